"""Finding people gives exactly those who fit, once each, page after page, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, text, update

from listloop.store import search
from listloop.store.database import create_all, open_database
from listloop.store.search import Count, Question, counts, find, prepare_search
from listloop.store.tables import connections, people

NOW = datetime(2026, 11, 19, 13, 5, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database with two connections and the search index."""
    made = open_database(database_url)
    create_all(made)
    prepare_search(made)
    with made.begin() as db:
        for number in (1, 2):
            row = {"id": number, "name": f"C{number}", "crm": "local", "audience": "a", "created_at": NOW}
            db.execute(insert(connections).values(row))
    yield made
    made.dispose()


def put(engine: Engine, *names: str, connection_id: int = 1, standing: str = "in_sync", **more: object) -> None:
    with engine.begin() as db:
        for name in names:
            words = f"{name} {more.get('email', '')} {more.get('company', '')}".lower()
            row = {"connection_id": connection_id, "name": name, "standing": standing, "search": words, **more}
            db.execute(insert(people).values(row))


def names(engine: Engine, size: int = 50, **asked: Any) -> list[str]:
    """Everybody who is found, page by page."""
    found, after = [], ""
    while True:
        with engine.begin() as db:
            page = find(db, Question(**asked), after, size)
        found += [line.name for line in page.lines]
        after = page.after
        if not after:
            return found


def test_a_part_of_name_address_or_company_finds_the_person(engine: Engine) -> None:
    put(engine, "Elena Kowalczyk", email="ek@meridian.example", company="Meridian Optik")
    put(engine, "Somebody Else", email="se@aiolos.example", company="Aiolos")
    for words in ("kowal", "WALCZ", "meridian.ex", "ridian opt", "na kow", "  elena ", "k@m"):
        assert names(engine, words=words) == ["Elena Kowalczyk"], words
    assert names(engine, words="kowalski") == []


@pytest.mark.parametrize("words", ["el", "e", "李", "李娜"])
def test_one_or_two_letters_are_enough(words: str, engine: Engine) -> None:
    put(engine, "Elena 李娜")
    put(engine, "Otto Tumo")
    assert names(engine, words=words) == ["Elena 李娜"]


@pytest.mark.parametrize("sign", ["%", "_", "*", "?", "[", "]", "^", '"', "'", "\\", "[a]", "a*b", "--"])
def test_signs_mean_themselves(sign: str, engine: Engine) -> None:
    put(engine, f"Sign x{sign}y")
    put(engine, "Sign xay", "Sign xaby", "Sign xy")
    assert names(engine, words=f"x{sign}y") == [f"Sign x{sign}y"]


def test_letters_beyond_ascii_are_found_whatever_their_case(engine: Engine) -> None:
    put(engine, "Jürgen Süßmilch", "Γιώργος Παπαλέξης", "Łukasz Żak", "李*娜 x")
    assert names(engine, words="SÜß") == ["Jürgen Süßmilch"]
    assert names(engine, words="ΠΑΠΑΛΈ") == ["Γιώργος Παπαλέξης"]
    assert names(engine, words="łuk") == ["Łukasz Żak"]
    assert names(engine, words="李*娜") == ["李*娜 x"]


def test_search_follows_changes_and_deletions(engine: Engine) -> None:
    put(engine, "Elena Before")
    with engine.begin() as db:
        db.execute(update(people).values(name="Elena After", search="elena after"))
    assert names(engine, words="before") == []
    assert names(engine, words="after") == ["Elena After"]
    with engine.begin() as db:
        db.execute(delete(people))
    assert names(engine, words="after") == []


def test_without_the_index_the_same_people_are_found(database_url: str) -> None:
    bare = open_database(database_url)
    create_all(bare)
    with bare.begin() as db:
        row = {"id": 1, "name": "C1", "crm": "local", "audience": "a", "created_at": NOW}
        db.execute(insert(connections).values(row))
    put(bare, "Elena Kowalczyk", "Sign *")
    assert names(bare, words="kowal") == ["Elena Kowalczyk"]
    assert names(bare, words="n *") == ["Sign *"]
    prepare_search(bare)
    prepare_search(bare)
    assert names(bare, words="kowal") == ["Elena Kowalczyk"], "people from before the index are in it"
    bare.dispose()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("asked", [{}, {"standing": "excluded"}, {"words": "ann"}, {"words": "ann", "rule": "b"}])
def test_paging_shows_everyone_once_whatever_the_size(size: int, asked: dict[str, Any], engine: Engine) -> None:
    for connection_id in (2, 1):
        put(engine, *[f"Ann {i % 3}" for i in range(7)], connection_id=connection_id, standing="excluded", rule="b")
        put(engine, "Bob Annex", connection_id=connection_id, standing="excluded", rule="a")
        put(engine, "Zed Ann", "Zed Ann", connection_id=connection_id)
    whole = names(engine, **asked)
    assert names(engine, size, **asked) == whole
    expected = {"": 20, "excluded": 16}[asked.get("standing", "")]
    assert len(whole) == (14 if "rule" in asked else expected)


def test_the_plain_list_is_by_connection_and_name(engine: Engine) -> None:
    put(engine, "Cleo", "Anna", connection_id=2)
    put(engine, "Bert", "Zoe")
    assert names(engine) == ["Bert", "Zoe", "Anna", "Cleo"]
    assert names(engine, connection_id=2) == ["Anna", "Cleo"]


def test_filters_hold_together(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    put(engine, "Anna Flag", standing="excluded", rule="flag-no")
    put(engine, "Anna Mail", standing="excluded", rule="no-email")
    put(engine, "Anna Fine")
    put(engine, "Anna There", connection_id=2, standing="excluded", rule="flag-no")
    asked: dict[str, Any] = {"words": "anna", "standing": "excluded", "rule": "flag-no"}
    for few in (search.FEW, 0):  # both ways to search within a standing
        monkeypatch.setattr(search, "FEW", few)
        assert names(engine, **asked, connection_id=1) == ["Anna Flag"]


def test_whoever_is_not_of_the_population_is_neither_found_nor_counted(engine: Engine) -> None:
    put(engine, "Anna Archived", counted=False)
    with engine.begin() as db:
        assert counts(db) == ()
    assert names(engine) == names(engine, words="anna") == []


def test_counts_add_up_to_the_population_by_connection_standing_and_rule(engine: Engine) -> None:
    put(engine, "A", "B")
    put(engine, "C", standing="excluded", rule="flag-no")
    put(engine, "D", connection_id=2)
    with engine.begin() as db:
        assert counts(db) == (
            Count(1, "excluded", "flag-no", 1),
            Count(1, "in_sync", "", 2),
            Count(2, "in_sync", "", 1),
        )
        assert counts(db, 2) == (Count(2, "in_sync", "", 1),)


@pytest.mark.parametrize("after", ["nonsense", "[]", '{"a":1}', "[1,2]", '["x","y",1]', "\x00"])
def test_an_unreadable_place_starts_from_the_beginning(after: str, engine: Engine) -> None:
    put(engine, "Anna")
    with engine.begin() as db:
        assert [line.name for line in find(db, Question(), after).lines] == ["Anna"]


def test_search_uses_the_pieces(tmp_path: object) -> None:
    """A search that walked through all people would be a hundred times too slow at a million."""
    engine = open_database(f"sqlite:///{tmp_path}/x.sqlite")
    create_all(engine)
    prepare_search(engine)
    asked = {"glob": "*elena*", "after": 0, "connection": 1, "standing": "", "rule": "", "company": "", "limit": 50}
    with engine.begin() as db:
        steps = [row.detail for row in db.execute(text(f"EXPLAIN QUERY PLAN {search._by_pieces_sql(['glob'])}"), asked)]
    engine.dispose()
    assert steps[0].startswith("SCAN people_search VIRTUAL TABLE INDEX")
    assert steps[1] == "SEARCH people USING INTEGER PRIMARY KEY (rowid=?)"
    assert len(steps) == 2, "nothing is sorted"
