"""When the service runs a connection, said on the command line."""

from __future__ import annotations

from tests.cli.stage import Cli


def shown(cli: Cli) -> dict[str, object]:
    (row,) = cli("schedule", "--json").json
    return dict(row)


def test_a_new_connection_runs_hourly_and_is_compared_every_night(connected: Cli) -> None:
    row = shown(connected)
    assert (row["every_minutes"], row["cron"], row["zone"]) == (60, None, "UTC")
    assert row["audit"]
    assert "every hour" in connected("schedule").out


def test_every_form_is_set_and_shown_by_status(connected: Cli) -> None:
    for said, shown_as in (("15m", "every 15 minutes"), ("8h", "every 8 hours"), ("*/5 * * * *", "at “*/5 * * * *”")):
        assert shown_as in connected("schedule", "set", said).out
        assert shown_as in connected("status").out
    assert "02:30 (Europe/Berlin)" in connected("schedule", "set", "02:30", "--zone", "Europe/Berlin").out
    assert "only when asked" in connected("schedule", "set", "off").out
    assert shown(connected)["next_run"] is None


def test_pause_resume_and_now(connected: Cli) -> None:
    assert "do not mail" in connected("schedule", "pause").out
    assert shown(connected)["paused"]
    assert "somebody resumes" in connected("schedule", "now").out
    assert connected("schedule", "resume").code == 0
    assert shown(connected)["paused"] is None
    assert "next tick" in connected("schedule", "now").out


def test_the_full_comparison_takes_a_time_of_day_and_no_interval(connected: Cli) -> None:
    assert "03:15" in connected("schedule", "audit", "03:15").out
    assert connected("schedule", "audit", "4h").code == 1
    assert connected("schedule", "audit", "off").code == 0
    assert shown(connected)["audit"] is None


def test_what_is_no_schedule_is_refused_with_examples(cli: Cli) -> None:
    refused = cli.connect("--every", "sometimes")
    assert (refused.code, "Say for example" in refused.err) == (1, True)


def test_campaign_results_have_times_of_their_own(connected: Cli) -> None:
    assert shown(connected)["results"] == "4h"
    assert "every 12 hours" in connected("schedule", "results", "12h").out
    assert connected("schedule", "set", "15m").code == 0
    assert (shown(connected)["results"], shown(connected)["every_minutes"]) == ("12h", 15)
    assert "03:30" in connected("schedule", "results", "3:30", "--zone", "Europe/Berlin").out
    assert "03:30 (Europe/Berlin)" in connected("schedule").out
    assert "only when asked" in connected("schedule", "results", "off").out
    assert shown(connected)["next_results"] is None
    assert "next tick" in connected("schedule", "results", "now").out
    assert connected("schedule", "results", "sometimes").code == 1
