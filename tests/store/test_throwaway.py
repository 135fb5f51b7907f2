"""A database for one plan has every table, and only the indexes that a plan needs."""

from pathlib import Path

from sqlalchemy import inspect

from listloop.store.tables import metadata
from listloop.store.throwaway import SPARED, open_throwaway


def test_every_table_is_there_and_every_index_that_is_not_spared(tmp_path: Path) -> None:
    engine = open_throwaway(tmp_path / "plan.sqlite")
    try:
        seen = inspect(engine)
        assert set(seen.get_table_names()) == set(metadata.tables)
        there = {str(index["name"]) for name in metadata.tables for index in seen.get_indexes(name)}
    finally:
        engine.dispose()
    wanted = {str(index.name) for table in metadata.tables.values() for index in table.indexes}
    assert there == wanted - SPARED
    assert wanted > SPARED
