"""``./run bench --rehearse`` measures a rehearsal of exports that it writes itself."""

from __future__ import annotations

from tests.cli.stage import Cli


def test_a_rehearsal_is_measured_with_exports_of_the_size_asked(cli: Cli) -> None:
    done = cli("bench", "--rehearse", "40", "--json")
    assert done.code == 0, done.err
    assert (done.json["people"], done.json["population"]) == (40, 60)
    assert done.json["cpu"] > 0
    assert done.json["peak_mb"] is None or done.json["peak_mb"] > 0
