import gc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import QueuePool, Table, event, insert, select, text

from listloop.core.errors import NeedsAttention
from listloop.core.people import Patch
from listloop.core.side import Change
from listloop.crm.local import LocalCrm, adapter, open_local, opening, tables
from listloop.crm.local.tables import companies
from listloop.store.database import open_database


def test_the_migrations_make_the_tables_as_they_are_written(crm: LocalCrm) -> None:
    def ours(thing: object, _name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return kind != "table" or (isinstance(thing, Table) and thing.name != opening.VERSION_TABLE)

    with crm.place.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, tables.metadata) == []


def test_every_table_is_marked_as_ours() -> None:
    assert all(name.startswith("local_") for name in tables.metadata.tables)


def test_there_is_one_line_of_migrations_and_its_end_is_known() -> None:
    config = Config()
    config.set_main_option("script_location", str(opening.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [opening.HEAD]


def test_opening_again_migrates_nothing(crm: LocalCrm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "migrate", lambda _: pytest.fail("migrated again"))
    again = opening.open_book(crm.place.engine)
    assert again.identity == crm.place.identity


def test_several_may_open_a_new_database_at_once(database_url: str) -> None:
    engine = open_database(database_url)
    try:
        with ThreadPoolExecutor(4) as pool:
            places = list(pool.map(lambda _: opening.open_book(engine), range(4)))
    finally:
        engine.dispose()
    assert len({place.identity for place in places}) == 1


def test_writers_at_once_never_hide_a_change(crm: LocalCrm) -> None:
    """Who reads on from a cursor while others write misses nobody, in whatever order they commit."""

    def write(start: int) -> None:
        for number in range(start, start + 20):
            list(crm.write([Change("x", None, Patch(fields={"last_name": str(number)}))]))

    seen: list[str] = []
    cursor = None
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(write, start) for start in (0, 100, 200, 300)]
        while not all(job.done() for job in jobs):
            for page in crm.changes(cursor):
                seen += [one.key for one in page.records]
                cursor = page.cursor
        for job in jobs:
            job.result()
    seen += [one.key for page in crm.changes(cursor) for one in page.records]
    assert sorted(seen) == sorted(crm.keys())
    assert len(seen) == 80


def test_the_adapter_opens_the_book_that_the_settings_name(tmp_path: Path) -> None:
    settings = {"database": str(tmp_path / "listloop.sqlite")}
    first, second = adapter.open(settings), adapter.open({**settings, "book": "second"})
    assert isinstance(first, LocalCrm)
    assert isinstance(second, LocalCrm)
    assert (first.place.name, second.place.name) == ("main", "second")
    assert first.check().identity != second.check().identity
    first.close()
    second.close()


def test_who_lets_go_of_the_crm_lets_go_of_the_database(tmp_path: Path) -> None:
    crm = open_local({"database": str(tmp_path / "listloop.sqlite")})
    pool = crm.place.engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedin() > 0
    disposed: list[bool] = []
    event.listen(pool, "close", lambda *_: disposed.append(True))
    del crm
    gc.collect()
    assert disposed


def test_companies_of_an_older_program_are_found_however_they_are_spelled(crm: LocalCrm) -> None:
    """Two that are one by the new comparison both stay; the older one is found from then on."""
    old = {"Groß  AG": "groß  ag", "GROSS AG": "gross ag", "Ａ1": "ａ1", "Other": "other"}
    rows = [
        {"book_id": crm.place.book, "name": name, "name_key": key, "created_at": datetime(2026, 1, 5, tzinfo=UTC)}
        for name, key in old.items()
    ]
    with crm.place.engine.begin() as connection:
        connection.execute(insert(companies), rows)
        connection.execute(text("ALTER TABLE local_deals DROP COLUMN campaign"))
        connection.execute(text(f"UPDATE {opening.VERSION_TABLE} SET version_num = '0001'"))
    opening.open_book(crm.place.engine)
    wanted = ["gross ag", "GROẞ ag", "A1", "other"]
    changes = [Change(name, None, Patch(fields={"last_name": "X", "company": name})) for name in wanted]
    found = {one.ref: one.record.person.fields["company"] for one in crm.write(changes) if one.record}
    assert [found[name] for name in wanted] == ["Groß  AG", "Groß  AG", "Ａ1", "Other"]
    with crm.place.read() as connection:
        assert len(connection.execute(select(companies)).all()) == 4


def test_the_tables_of_a_newer_program_are_left_alone(crm: LocalCrm) -> None:
    with crm.place.engine.begin() as connection:
        connection.execute(text(f"UPDATE {opening.VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(NeedsAttention, match="newer Listloop"):
        opening.open_book(crm.place.engine)


def test_a_database_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Anna, this is not a database but a letter of some length. " * 40)
    for name in ("no/folder.sqlite", "letter.txt"):
        with pytest.raises(NeedsAttention, match="can't be opened") as caught:
            open_local({"database": str(tmp_path / name)})
        assert caught.value.fix
