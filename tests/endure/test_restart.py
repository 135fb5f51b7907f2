"""PostgreSQL is restarted, and once killed, in the middle of runs: the processes live on and every run ends."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from sqlalchemy import select

from listloop.store.tables import runs
from listloop.testing.crash.rig import Sandbox
from listloop.wiring import Listloop, utc_now
from tests.conftest import NOT_RUN
from tests.endure.town import done, overlaps, settled, town_on, wait_until
from tests.provision import Missing
from tests.provision.postgresql import Server, own_server

pytestmark = pytest.mark.postgres

CONNECTIONS = int(os.environ.get("CONNECTIONS", "30"))

#: Seconds for which the server is away.
AWAY = 3.0


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the test's own; a commit that it confirmed survives its being killed."""
    folder = Path(mkdtemp(prefix="listloop-restart-"))  # not below pytest's folders, which only their owner may pass
    try:
        with own_server(folder, ("synchronous_commit=on",)) as running:
            yield running
    except Missing as missing:
        pytest.skip(f"{NOT_RUN}{missing}")
    finally:
        shutil.rmtree(folder)


def under_way(listloop: Listloop) -> int:
    with listloop.engine.connect() as db:
        return len(list(db.execute(select(runs.c.id).where(runs.c.state.not_in(("done", "waiting", "dropped"))))))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["restarted", "killed"])
def test_the_database_goes_away_in_mid_run_and_comes_back(
    server: Server, sandbox: Sandbox, how: signal.Signals
) -> None:
    """No process ends by it; afterwards every run ends, with nothing lost, doubled or overlapping."""
    url = server.url.replace("postgresql:", "postgresql+psycopg:", 1)
    with town_on(url, sandbox, CONNECTIONS) as (town, listloop):
        for command in ("serve", "worker"):
            town.start(command)
        town.all_due(listloop, utc_now())
        wait_until(lambda: done(listloop) >= CONNECTIONS // 5 and under_way(listloop) > 0)
        server.stop(how)
        time.sleep(AWAY)
        assert server.start()
        back, before = time.monotonic(), done(listloop)
        assert before < CONNECTIONS
        wait_until(lambda: done(listloop) == CONNECTIONS)
        print(f"{CONNECTIONS - before} runs ended within {time.monotonic() - back:.0f} s of its return")  # noqa: T201
        assert [one.poll() for one in town.workers] == [None, None]
        assert overlaps(listloop) == []
        for worker in town.workers:
            worker.terminate()
        assert [one.wait(60) for one in town.workers] == [0, 0]
        settled(town, listloop)
