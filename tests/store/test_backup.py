"""A backup holds every row, is as of one moment, and is refused where it is not whole."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select, update

from listloop.core.errors import NeedsAttention
from listloop.crm.local.book import Book
from listloop.crm.local.opening import VERSION_TABLE as LOCAL_VERSION
from listloop.crm.local.opening import migrate as make_local
from listloop.crm.local.opening import open_book
from listloop.crm.local.tables import metadata as local
from listloop.store import backup
from listloop.store.backup import restore_backup, write_backup
from listloop.store.database import open_database
from listloop.store.installation import leases
from listloop.store.migrations import HEAD, VERSION_TABLE, make_at
from listloop.store.restored import RESTORED_RULES, begin_all_anew
from listloop.store.secrets import Secrets, find_keys
from listloop.store.tables import connections, metadata, people, runs
from tests.store.conftest import NOON

TABLES = {*metadata.tables, *local.tables}
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
PREPARE: Mapping[str, Callable[[Engine, str], None]] = {VERSION_TABLE: make_at, LOCAL_VERSION: make_local}


@contextmanager
def fresh(folder: Path, name: str = "restored") -> Iterator[Engine]:
    engine = open_database(folder / f"{name}.sqlite")
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture
def filled(engine: Engine, connection_id: int) -> Engine:
    """Rows with every kind of value: moments, bytes, yes and no, JSON, empties, and strange letters."""
    Secrets(engine, find_keys(engine, {"LISTLOOP_KEY": KEY})).put("connection/1/mailchimp-key", "very secret", NOON)
    book = Book(open_book(engine), "test")
    for n in range(30):
        book.add_person({"first_name": f"Zoë {n} – “x”\n:=", "last_name": "O'Hara"}, f"p{n}@p.example")
    with engine.begin() as db:
        db.execute(insert(leases).values(connection_id=connection_id, owner="x", fence=7, until=NOON))
        for n in range(30):
            db.execute(
                insert(people).values(
                    connection_id=connection_id, memory="{}", name=f"p{n}", linked_at=NOON if n else None
                )
            )
    return engine


def take(engine: Engine, path: Path) -> dict[str, int]:
    return write_backup(engine, path, TABLES, [VERSION_TABLE, LOCAL_VERSION], NOON)


def test_everything_arrives_in_another_database_of_either_kind(filled: Engine, empty: Engine, tmp_path: Path) -> None:
    """From SQLite and from PostgreSQL into SQLite, and new rows are numbered on."""
    rows = take(filled, tmp_path / "b")
    assert (rows["people"], rows["local_people"], rows["secrets"], "leases" in rows) == (30, 30, 1, False)
    with fresh(tmp_path) as engine:
        head, arrived = restore_backup(engine, tmp_path / "b", PREPARE)
        assert arrived == rows
        assert head.at == NOON.isoformat()
        secrets = Secrets(engine, find_keys(engine, {"LISTLOOP_KEY": KEY}))
        assert secrets.get("connection/1/mailchimp-key") == "very secret"
        assert len(list(Book(open_book(engine), "test").people("p7@p.example"))) == 1


@pytest.mark.postgres
def test_a_sqlite_file_can_move_to_postgresql_and_goes_on_there(tmp_path: Path, postgresql_url: str) -> None:
    with fresh(tmp_path, "here") as here:
        make_at(here, HEAD)
        with here.begin() as db:
            db.execute(insert(connections).values(name="Shop", crm="local", audience="a", created_at=NOON))
        write_backup(here, tmp_path / "b", TABLES, [VERSION_TABLE], NOON)
    there = open_database(postgresql_url)
    restore_backup(there, tmp_path / "b", PREPARE)
    with there.begin() as db:
        values = {"name": "Second", "crm": "local", "audience": "b", "created_at": NOON}
        assert db.execute(insert(connections).values(values).returning(connections.c.id)).scalar() == 2
    there.dispose()


def test_it_is_as_of_one_moment_whatever_is_written_meanwhile(
    filled: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = backup._rows

    def disturbed(*arguments: object) -> Iterator[bytes]:
        with filled.begin() as db:
            db.execute(update(people).values(name="changed meanwhile"))
            db.execute(insert(people).values(connection_id=1, name="new meanwhile"))
        return rows(*arguments)  # type: ignore[arg-type]  # passed through as is

    monkeypatch.setattr(backup, "_rows", disturbed)
    take(filled, tmp_path / "b")
    monkeypatch.setattr(backup, "_rows", rows)
    with fresh(tmp_path) as engine:
        restore_backup(engine, tmp_path / "b", PREPARE)
        with engine.connect() as db:
            assert db.scalar(select(func.count()).select_from(people)) == 30
            assert db.scalar(select(func.count()).where(people.c.name == "p7")) == 1


def test_a_damaged_backup_changes_nothing(filled: Engine, tmp_path: Path) -> None:
    take(filled, tmp_path / "whole")
    lines = gzip.decompress((tmp_path / "whole").read_bytes()).splitlines(keepends=True)
    changed = [line.replace(b"p7@p", b"q7@p") for line in lines]
    wrong = {
        "cut": (tmp_path / "whole").read_bytes()[:-30],
        "no end": gzip.compress(b"".join(lines[:-1])),
        "a row is missing": gzip.compress(b"".join(lines[:5] + lines[6:])),
        "a row was changed": gzip.compress(b"".join(changed)),
        "no backup": b"hello",
        "nothing": b"",
    }
    for name, content in wrong.items():
        (tmp_path / name).write_bytes(content)
        with fresh(tmp_path, f"from {name}") as engine:
            with pytest.raises(NeedsAttention, match=r"damaged|no backup"):
                restore_backup(engine, tmp_path / name, PREPARE)
            with engine.connect() as db:
                assert not engine.dialect.has_table(db, "people"), name


def test_nothing_that_is_there_is_overwritten(filled: Engine, tmp_path: Path) -> None:
    take(filled, tmp_path / "b")
    with pytest.raises(NeedsAttention, match="exists already"):
        take(filled, tmp_path / "b")
    with pytest.raises(NeedsAttention, match="not empty"):
        restore_backup(filled, tmp_path / "b", PREPARE)
    with pytest.raises(NeedsAttention, match="can't be written"):
        take(filled, tmp_path / "no folder" / "b")


def test_after_a_restoring_everybody_meets_again_and_every_plan_waits(filled: Engine, connection_id: int) -> None:
    with filled.begin() as db:
        db.execute(update(connections).values(approved_rules="abc", wanted="button"))
        db.execute(
            insert(runs).values(connection_id=connection_id, number=1, trigger="x", state="writing", started_at=NOON)
        )
        begin_all_anew(db, NOON)
    with filled.connect() as db:
        assert db.execute(select(connections.c.approved_rules, connections.c.wanted)).one() == (RESTORED_RULES, "")
        assert db.scalar(select(func.count()).where(people.c.memory != "")) == 0
        assert db.scalar(select(runs.c.state)) == "dropped"
