"""A disk that is full and a file that is damaged stop the service in plain words; afterwards nothing is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from listloop.service.serve import listen
from listloop.settings import Settings
from listloop.store import schedule
from listloop.store.database import reading
from listloop.store.rhythm import Rhythm
from listloop.store.runs import runs_in
from listloop.sync.approval import say_yes
from listloop.testing.crash.rig import COMMAND, End, Sandbox, Start, answers, end, furnish
from listloop.wiring import open_listloop, utc_now
from tests.endure.town import wait_until

PEOPLE = 150

#: Of the small disk. The database of 150 people has 1 MB.
SIZE = "16m"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mounting, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount here; tests/cli/test_trouble.py fills a disk by a fault instead")
    if done.returncode:
        pytest.skip(f"no disk could be mounted ({done.stderr.strip()}); tests/cli/test_trouble.py fills one by a fault")
    yield folder
    subprocess.run([shutil.which("umount") or "umount", str(folder)], check=True)


@pytest.fixture(scope="module")
def start(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Start:
    return furnish(sandbox, tmp_path_factory.mktemp("start") / "start.sqlite", PEOPLE, seed=3)


@pytest.fixture(scope="module")
def undisturbed(start: Start, tmp_path_factory: pytest.TempPathFactory) -> End:
    """What comes out where nothing happens."""
    database = start.again(tmp_path_factory.mktemp("undisturbed"))
    assert listloop(database, "sync", "--yes").returncode == 0
    return end(database)


def listloop(database: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LISTLOOP_DATABASE": str(database)}
    return subprocess.run([*COMMAND, *words], env=environment, capture_output=True, text=True, check=False)


def fill_up(folder: Path) -> Path:
    """Use up what is left of a disk, to the last page of a database."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 512):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    return filler


def test_a_full_disk_stops_a_command_in_plain_words_and_the_next_one_goes_on(
    start: Start, disk: Path, undisturbed: End
) -> None:
    database = start.again(disk)
    filler = fill_up(disk)
    said = listloop(database, "sync", "--yes")
    assert said.returncode == 1
    assert "disk" in said.stderr
    assert "Traceback" not in said.stderr
    kept = listloop(database, "backup", str(disk / "b.backup"))
    assert kept.returncode == 1
    assert "Traceback" not in kept.stderr
    assert not list(disk.glob("*b.backup*"))
    filler.unlink()
    assert listloop(database, "sync", "--yes").returncode == 0
    assert end(database) == undisturbed


def test_a_service_lives_through_a_full_disk_and_ends_its_run_by_itself(
    start: Start, disk: Path, undisturbed: End, tmp_path: Path
) -> None:
    database = start.again(disk)
    assert listloop(database, "sync").returncode == 3  # the first plan waits
    with closing(open_listloop(Settings(database=str(database)))) as opened:
        with reading(opened.engine).begin() as db:
            (first,) = runs_in(db, 1, ("waiting",))
        say_yes(opened.engine, first.id, "test", utc_now())
        schedule.set_rhythm(opened.engine, 1, Rhythm(1), utc_now() + timedelta(seconds=40))
    log = tmp_path / "log"
    with listen(port=0) as probe:
        port = str(probe.getsockname()[1])
    environment = {**os.environ, "LISTLOOP_DATABASE": str(database), "LISTLOOP_TICK": "1", "LISTLOOP_PORT": port}
    with log.open("w") as out, subprocess.Popen([*COMMAND, "serve"], env=environment, stdout=out, stderr=out) as serve:
        try:
            wait_until(lambda: answers(f"http://127.0.0.1:{port}"))
            filler = fill_up(disk)
            wait_until(lambda: "disk is full" in log.read_text())
            assert serve.poll() is None
            filler.unlink()
            wait_until(lambda: ended(database))
        finally:
            serve.terminate()
        assert serve.wait(60) == 0
    assert "Traceback" not in log.read_text()
    assert end(database) == undisturbed


def ended(database: Path) -> bool:
    with closing(open_listloop(Settings(database=str(database)))) as opened, reading(opened.engine).begin() as db:
        return bool(runs_in(db, 1, ("done",)))


def test_a_damaged_file_stops_everything_in_plain_words_and_a_backup_brings_it_back(
    start: Start, tmp_path: Path, undisturbed: End
) -> None:
    database, new = start.again(tmp_path), tmp_path / "new.sqlite"
    assert listloop(database, "sync", "--yes").returncode == 0
    assert listloop(database, "backup", str(tmp_path / "b.backup")).returncode == 0
    damage(database)
    for words in (("sync",), ("serve", "--port", "0")):
        said = listloop(database, *words)
        assert said.returncode == 1, words
        assert "damaged" in said.stderr
        assert "restore the newest backup" in said.stderr
        assert "Traceback" not in said.stderr
    assert listloop(new, "restore", str(tmp_path / "b.backup")).returncode == 0
    Path(f"{new}.key").write_bytes(Path(f"{database}.key").read_bytes())
    assert listloop(new, "sync", "--yes").returncode == 0
    found = end(new)
    assert (found.members, found.people, found.writes_of_one_more_run) == (
        undisturbed.members,
        undisturbed.people,
        0,
    )


def damage(database: Path) -> None:
    for ending in ("-wal", "-shm"):
        Path(f"{database}{ending}").unlink(missing_ok=True)
    content = bytearray(database.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    database.write_bytes(content)
