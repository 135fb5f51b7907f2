"""A worker that is killed in the middle of a run loses nothing, on SQLite and on PostgreSQL."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from listloop.core.errors import NeedsAttention
from listloop.service.sole import Sole
from listloop.store import schedule
from listloop.store.database import open_database
from listloop.store.installation import audit
from tests.service.conftest import NOON, PATIENCE, wait_until

ROOT = Path(__file__).parents[2]


class Workers:
    """Worker processes on one database."""

    def __init__(self, engine: Engine, folder: Path, closing: ExitStack) -> None:
        self.engine, self.folder, self.closing = engine, folder, closing

    def start(self) -> subprocess.Popen[str]:
        """Start a worker and wait until it works."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-W", "error", "-m", "tests.service.worker"),
                *(self.engine.url.render_as_string(hide_password=False), str(self.folder)),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.closing.enter_context(process)
        self.closing.callback(process.kill)
        wait_until((self.folder / str(process.pid)).exists)
        return process

    def hold(self) -> None:
        (self.folder / "hold").touch()

    def let_go(self) -> None:
        (self.folder / "hold").unlink()

    def notes(self) -> list[tuple[str, str]]:
        """Who did what, in its order."""
        with self.engine.connect() as reading:
            return [(row.who, row.what) for row in reading.execute(select(audit).order_by(audit.c.id))]

    def whats(self) -> list[str]:
        return [what for _who, what in self.notes()]


@pytest.fixture
def workers(engine: Engine, connection_id: int, tmp_path: Path) -> Iterator[Workers]:
    schedule.set_rhythm(
        engine, connection_id, None, NOON
    )  # the workers' clock is the real one: only asking counts here
    folder = tmp_path / "workers"
    folder.mkdir()
    with ExitStack() as closing:
        yield Workers(engine, folder, closing)


def test_a_run_is_resumed_by_a_restart_or_by_another_worker(workers: Workers, connection_id: int) -> None:
    """On SQLite by the restarted process; on PostgreSQL by another one that was there all the time."""
    workers.hold()
    processes = [workers.start()]
    if workers.engine.dialect.name == "postgresql":
        processes.append(workers.start())
    schedule.ask(workers.engine, connection_id, "button", NOON)
    wait_until(lambda: workers.whats() == ["began for button"])
    (victim,) = [process for process in processes if was(process, workers.notes()[0][0])]
    victim.kill()
    victim.wait()
    if workers.engine.dialect.name == "sqlite":
        workers.start()
    wait_until(lambda: len(workers.notes()) == 2)
    workers.let_go()
    wait_until(lambda: len(workers.notes()) == 3)
    assert workers.whats() == ["began for button", "began for button", "wrote for button"]
    if workers.engine.dialect.name == "postgresql":
        assert workers.notes()[0][0] != workers.notes()[2][0]


def was(process: subprocess.Popen[str], owner: str) -> bool:
    """Whether that process is the owner; on SQLite there is only one."""
    return owner == "sole" or f"-{process.pid}-" in owner


def test_a_worker_that_is_asked_to_stop_hands_its_long_run_over(workers: Workers, connection_id: int) -> None:
    """It does not wait for ever, it ends without a word, and the run begins again elsewhere."""
    workers.hold()
    first = workers.start()
    schedule.ask(workers.engine, connection_id, "button", NOON)
    wait_until(lambda: workers.whats() == ["began for button"])
    first.terminate()
    said, _ = first.communicate(timeout=PATIENCE)
    assert (first.returncode, said) == (0, "")
    workers.start()
    wait_until(lambda: len(workers.notes()) == 2)
    workers.let_go()
    wait_until(lambda: len(workers.notes()) == 3)
    assert workers.whats() == ["began for button", "began for button", "wrote for button"]


def test_a_second_process_on_the_same_file_is_refused(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "listloop.sqlite")
    first = Sole(engine)
    with pytest.raises(NeedsAttention, match="Another process already serves"):
        Sole(engine)
    first.release()
    Sole(engine).release()
    engine.dispose()
