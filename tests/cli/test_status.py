"""``listloop status`` and ``listloop history``."""

from __future__ import annotations

from tests.cli.stage import Cli


def test_without_a_connection_it_says_what_to_do_and_that_is_no_failure(cli: Cli) -> None:
    said = cli("status")
    assert said.code == 0
    assert "There is no connection yet." in said.out
    assert "listloop connect" in said.out
    assert cli("status", "--json").json == []


def test_the_standings_add_up_and_the_waiting_plan_is_told(connected: Cli) -> None:
    connected("sync")
    said = connected("status")
    assert said.code == 0
    assert "1. Built-in CRM – Newsletter" in said.out
    assert "in sync 0, waiting 3, excluded 2, failed 0, sum 5" in said.out
    assert "waits for your yes:" in said.out
    assert "→ “listloop sync --yes”" in said.out


def test_a_script_gets_population_schedule_and_the_last_run(synced: Cli) -> None:
    (one,) = synced("status", "--json").json
    assert list(one) == ["connection", "name", "standings", "population", "questions", "paused", "next_run", "last_run"]
    assert one["population"] == sum(one["standings"].values()) == 5
    assert one["last_run"] == {"run": 1, "state": "done", "wait": None}
    assert one["paused"] is None


def test_a_connection_that_only_runs_when_asked_says_so(cli: Cli) -> None:
    assert cli.connect("--every", "0").code == 0
    assert "runs only when asked" in cli("status").out


def test_a_paused_connection_says_why_and_what_to_do_and_goes_on_when_mended(synced: Cli) -> None:
    synced.mailchimp.control("faults", {"kind": "403", "times": 0})
    assert synced("sync").code == 1
    assert "paused" not in synced("status").out, "a server that is away for a moment pauses nobody"
    synced.mailchimp.control("faults", method="DELETE")
    synced.mailchimp.standin.key = "another"  # type: ignore[attr-defined]  # the stand-in's one key, as if revoked
    said = synced("sync")
    synced.mailchimp.standin.key = ""  # type: ignore[attr-defined]
    assert said.code == 1
    assert "Mailchimp does not accept the API key" in said.err
    shown = synced("status").out
    assert "paused: Mailchimp does not accept the API key" in shown
    assert "→ Make a new API key" in shown
    assert synced("sync").code == 0
    assert "paused" not in synced("status").out


def test_the_history_lists_runs_newest_first(synced: Cli) -> None:
    synced("sync")
    runs = synced("history", "--json").json
    assert [(run["run"], run["state"]) for run in runs] == [(2, "done"), (1, "done")]
    assert runs[1]["counts"]["crm_done"] == 4
    said = synced("history", "--limit", "1")
    assert said.code == 0
    assert said.out.split()[:6] == ["run", "state", "started", "(UTC)", "by", "CRM"]
    assert len(said.out.strip().splitlines()) == 2


def test_a_persons_history_tells_what_was_overwritten_and_why(synced: Cli) -> None:
    said = synced("history", "ann@archer.example")
    assert said.code == 0
    assert "+44 20 7946 0001" in said.out
    assert "the CRM's value wins" in said.out
    lines = synced("history", "ann@archer.example", "--json").json
    phone = next(line for line in lines if line["what"] == "field")
    assert phone["field"] == "PHONE"
    assert (phone["side"], phone["old"], phone["new"]) == ("mailchimp", "+44 20 7946 0001", "+44 20 7946 0002")
    assert phone["why"]


def test_a_limit_is_at_least_one(synced: Cli) -> None:
    assert synced("history", "--limit", "0").code == 2
    assert synced("preview", "--people", "-1").code == 2
