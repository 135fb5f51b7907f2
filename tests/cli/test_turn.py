"""Whose turn it is: two commands at once, and what a killed one leaves behind."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from listloop.service.sole import Sole
from listloop.store import leases
from listloop.store.database import open_database
from tests.cli.stage import Cli
from tests.cli.test_main import run

DEAD = 2**22 + 1  # above every process id that Linux gives


@pytest.mark.parametrize("owner", [f"{socket.gethostname()}-{DEAD}-00ff", "sole"], ids=["command", "service"])
def test_a_run_whose_process_died_holds_nobody_up(connected: Cli, owner: str) -> None:
    engine = open_database(connected.database)
    leases.take(engine, 1, owner, datetime.now(UTC))
    engine.dispose()
    said = connected("sync")
    assert said.code == 3
    assert "under way" not in said.err


@pytest.mark.parametrize(
    "owner",
    [f"{socket.gethostname()}-{os.getpid()}-00ff", "elsewhere-1-00ff", "sole"],
    ids=["here", "elsewhere", "service"],
)
def test_a_run_under_way_is_waited_for(connected: Cli, owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_database(connected.database)
    sole = Sole(engine) if owner == "sole" else None
    lease = leases.take(engine, 1, owner, datetime.now(UTC))

    def ended(_: float) -> None:
        leases.release(engine, lease, datetime.now(UTC) - timedelta(seconds=1))

    monkeypatch.setattr("listloop.cli.turn.time", SimpleNamespace(sleep=ended))
    said = connected("sync")
    if sole is not None:
        sole.release()
    engine.dispose()
    assert said.code == 3
    assert said.err.count("Another run of this connection is under way.") == 1


def test_two_at_once_do_the_work_once(connected: Cli) -> None:
    with run(connected.database, ["sync", "--yes"]) as first, run(connected.database, ["sync", "--yes"]) as second:
        said = [each.communicate() for each in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], said
    with connected.api() as api:
        (audience,) = api.get("/lists").json()["lists"]
        assert api.get(f"/lists/{audience['id']}/members").json()["total_items"] == 3
    assert "in sync 3" in connected("status").out
    written = [run["counts"].get("crm_done", 0) for run in connected("history", "--json").json]
    assert max(written) == sum(written)
