"""A backup taken in the middle of a run, restored into a new database: all meet anew, and both sides agree."""

from __future__ import annotations

import os
import subprocess
from contextlib import closing
from pathlib import Path

from listloop.settings import Settings
from listloop.store.database import reading
from listloop.store.runs import runs_in
from listloop.testing.crash.rig import COMMAND, Sandbox
from listloop.wiring import Listloop, open_listloop, utc_now
from tests.endure.town import SECRET, done, settled, town_on, wait_until

PEOPLE = 300


def listloop_says(database: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LISTLOOP_DATABASE": database, "LISTLOOP_KEY": SECRET}
    return subprocess.run([*COMMAND, *words], env=environment, capture_output=True, text=True, check=False)


def written(listloop: Listloop) -> bool:
    """Is a run in the middle of its writing?"""
    with reading(listloop.engine).begin() as db:
        return bool(runs_in(db, 1, ("writing",)))


def test_a_backup_taken_during_a_run_converges_when_restored(
    database_url: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    with town_on(database_url, sandbox, 1, PEOPLE) as (town, listloop):
        service = town.start("serve")
        sandbox.control("faults", {"kind": "slow", "method": "P*", "ms": 20_000, "times": 0})
        town.all_due(listloop, utc_now())
        wait_until(lambda: written(listloop))
        kept = listloop_says(database_url, "backup", str(tmp_path / "b.backup"))
        assert kept.returncode == 0, kept.stderr
        assert written(listloop)
        sandbox.control("faults", method="DELETE")
        wait_until(lambda: done(listloop) == 1)
        service.terminate()
        assert service.wait(60) == 0
        new = str(tmp_path / "new.sqlite")
        assert listloop_says(new, "restore", str(tmp_path / "b.backup")).returncode == 0
        with closing(open_listloop(Settings(database=new))) as restored:
            with reading(restored.engine).begin() as db:
                assert not runs_in(db, 1, ("done",))  # it is as of the middle of the run
            assert listloop_says(new, "sync").returncode == 3
            assert listloop_says(new, "sync", "--yes").returncode == 0
            settled(town, restored)
