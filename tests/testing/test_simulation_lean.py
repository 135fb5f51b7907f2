"""The simulation's own way to the database does what SQLAlchemy's does, only faster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from sqlalchemy import Engine, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError, StatementError

from listloop.store.database import create_all, open_database
from listloop.store.tables import erasures
from listloop.testing.simulation.draw import draw
from listloop.testing.simulation.lean import LeanEngine, empty
from listloop.testing.simulation.play import play
from tests.store.conftest import NOON


@pytest.fixture
def lean() -> Iterator[Engine]:
    engine = LeanEngine()
    yield cast("Engine", engine)
    engine.dispose()


@pytest.mark.parametrize("seed", [3, 28, 101])
def test_a_history_goes_the_same_way_on_either(seed: int, lean: Engine) -> None:
    plain = open_database("sqlite://")
    create_all(plain)
    one, two = play(draw(seed), lean), play(draw(seed), plain)
    assert (one.promise, one.story, one.met) == (two.promise, two.story, two.met)
    assert len(one.story) > 5
    plain.dispose()


def _add(engine: Engine, salt: str, digest: str = "d") -> None:
    with engine.begin() as db:
        db.execute(insert(erasures).values(salt=salt, digest=digest, at=NOON))


def test_values_come_by_name_or_from_the_statement_and_go_through_their_types(lean: Engine) -> None:
    _add(lean, "one", "x")
    _add(lean, "two", "y")
    by_name = select(erasures.c.digest, erasures.c.at).where(erasures.c.salt == bindparam("salt"))
    with lean.begin() as db:
        assert [tuple(db.execute(by_name, {"salt": one}).one()) for one in ("one", "two")] == [("x", NOON), ("y", NOON)]
        for salt, digest in (("one", "x"), ("two", "y")):
            assert db.scalar(select(erasures.c.digest).where(erasures.c.salt == salt)) == digest
        assert db.execute(update(erasures).where(erasures.c.salt == "one").values(digest="z")).rowcount == 1
        assert list(db.scalars(select(erasures.c.digest).where(erasures.c.salt.in_(["one", "two"])))) == ["z", "y"]
        with pytest.raises(StatementError, match="required for bind parameter 'salt'"):
            db.execute(by_name)


def _rename(engine: Engine, *new: str) -> None:
    """Give the rows these digests, one after the other in one transaction."""
    with engine.begin() as db:
        for salt, digest in zip(("one", "two"), new, strict=True):
            db.execute(update(erasures).where(erasures.c.salt == salt).values(digest=digest))


def test_an_error_is_sqlalchemys_own_and_undoes_what_it_interrupts(lean: Engine) -> None:
    _add(lean, "one", "x")
    _add(lean, "two", "y")
    with pytest.raises(IntegrityError):
        _rename(lean, "same", "same")
    with lean.begin() as db:
        assert list(db.scalars(select(erasures.c.digest).order_by(erasures.c.salt))) == ["x", "y"]


def test_a_database_is_emptied_for_the_next_history(lean: Engine) -> None:
    _add(lean, "s")
    empty(lean)
    with lean.begin() as db:
        assert db.scalar(select(func.count()).select_from(erasures)) == 0
