"""``./run bench --rehearse`` measures a rehearsal of exports that it writes itself."""

from __future__ import annotations

from tests.cli.stage import Cli


def test_a_rehearsal_is_measured_with_exports_of_the_size_asked(cli: Cli) -> None:
    done = cli("bench", "--rehearse", "40", "--json")
    assert done.code == 0, done.err
    assert (done.json["people"], done.json["population"]) == (40, 60)
    assert done.json["cpu"] > 0
    assert done.json["peak_mb"] is None or done.json["peak_mb"] > 0


def test_the_sandbox_is_measured_with_as_many_people_as_asked(cli: Cli) -> None:
    done = cli("bench", "--sandbox", "60", "--json")
    assert done.code == 0, done.err
    rows = {row["what"]: row for row in done.json["rows"]}
    assert {row["unit"] for row in rows.values()} == {"s", "ms", "MB"}
    assert all(row["value"] >= 0 for row in rows.values())
    assert "bulk write of 500 new" in rows
    assert "nine days after it: longest wait of another request" in rows


def test_the_answers_to_deliveries_are_measured_while_a_service_syncs(cli: Cli) -> None:
    done = cli("bench", "--webhooks", "--people", "40", "--json")
    assert done.code == 0, done.err
    rows = {row["when"]: row for row in done.json["rows"]}
    assert list(rows) == ["reading and deciding", "at rest", "writing"]
    assert all(0 < row["median"] <= row["p95"] <= row["slowest"] for row in rows.values())
