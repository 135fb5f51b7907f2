import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.provision import Missing, postgresql


@pytest.mark.parametrize("turn", ["first", "second"])
def test_every_test_gets_an_empty_database(database_url: str, turn: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE person (name TEXT)"))
        connection.execute(text("INSERT INTO person VALUES ('Ada')"))
        assert connection.execute(text("SELECT count(*) FROM person")).scalar_one() == 1
    engine.dispose()


@pytest.mark.postgres
def test_a_database_is_dropped_although_somebody_is_connected(postgresql_server: str) -> None:
    with postgresql.fresh_database(postgresql_server) as url:
        left_open = psycopg.connect(url)
    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


@pytest.mark.postgres
def test_the_server_admits_nobody_without_its_password(postgresql_server: str) -> None:
    _, _, host = postgresql_server.partition("@")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(f"postgresql://postgres:guess@{host}")


@pytest.mark.postgres
@pytest.mark.slow
def test_the_server_goes_with_its_session_even_when_that_is_killed(postgresql_server: str) -> None:
    session = (
        "from tests.provision import postgresql; import signal; session = postgresql.Session(); "
        "print(session.folder, postgresql.server(session.folder), flush=True); signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", session], cwd=postgresql.ROOT, stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        folder, url = killed.stdout.readline().decode().split()
        psycopg.connect(url).close()
        killed.kill()
    until = time.monotonic() + 150
    while Path(folder).exists():
        assert time.monotonic() < until, f"{folder} is still there"
        time.sleep(0.05)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


@pytest.fixture
def machine_without_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "PACKAGED", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda _: None)


@pytest.mark.usefixtures("machine_without_postgresql")
def test_a_normal_user_gets_the_programs_of_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert (postgresql.binaries() / "initdb").exists()


@pytest.mark.usefixtures("machine_without_postgresql")
def test_root_never_gets_the_programs_of_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(Missing, match="PostgreSQL: "):
        postgresql.binaries()
