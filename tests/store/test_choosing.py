"""Who is chosen for something that is done to many is counted and found exactly, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, insert

from listloop.core.people import Person, Record
from listloop.store.choosing import Tally, chosen, tally
from listloop.store.codec import encode
from listloop.store.database import create_all, open_database
from listloop.store.search import Question, mark_labels, prepare_search
from listloop.store.tables import connections, people, records
from tests.store.conftest import NOON


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database with two connections and the search index."""
    made = open_database(database_url)
    create_all(made)
    prepare_search(made)
    with made.begin() as db:
        for number in (1, 2):
            row = {"id": number, "name": f"C{number}", "crm": "local", "audience": "a", "created_at": NOON}
            db.execute(insert(connections).values(row))
    yield made
    made.dispose()


def put(engine: Engine, name: str, rule: str = "", labels: tuple[str, ...] = (), connection_id: int = 1) -> int:
    """A person of the CRM; one whose name begins with M is only in Mailchimp."""
    with engine.begin() as db:
        here = None
        if not name.startswith("M"):
            record = {"connection_id": connection_id, "side": "crm", "key": name, "read_at": NOON}
            payload = encode(Record(name, Person("a@b.example")))
            here = db.execute(insert(records).values(**record, payload=payload).returning(records.c.id)).scalar_one()
        row = {"connection_id": connection_id, "name": name, "rule": rule, "crm_record": here, "company": "Mill Ltd"}
        row |= {
            "search": f"{name.lower()} mill ltd{mark_labels(labels)}",
            "standing": "excluded" if rule else "in_sync",
        }
        return int(db.execute(insert(people).values(row).returning(people.c.id)).scalar_one())


def test_what_a_flag_would_change_is_counted_by_connection(engine: Engine) -> None:
    put(engine, "Ann")
    put(engine, "Bob", "flag-no")
    put(engine, "Cem", "flag-blank")
    put(engine, "Dao", "no-email")
    put(engine, "Mia")
    put(engine, "Eve", "flag-no", connection_id=2)
    with engine.begin() as db:
        assert tally(db, Question()) == (Tally(1, 5, 4, 2), Tally(2, 1, 1, 0))
        assert tally(db, Question(connection_id=2)) == (Tally(2, 1, 1, 0),)
        assert tally(db, Question(rule="flag-no", connection_id=1)) == (Tally(1, 1, 1, 0),)
        assert tally(db, Question(words="an")) == (Tally(1, 1, 1, 1),)
        assert tally(db, Question(words="mill l")) == (Tally(1, 5, 4, 2), Tally(2, 1, 1, 0))
        assert tally(db, Question(words="nobody")) == ()


def test_a_label_finds_exactly_those_who_have_it(engine: Engine) -> None:
    put(engine, "Ann", labels=("group:1", "tag:7"))
    put(engine, "Bob", labels=("group:11",))
    with engine.begin() as db:
        assert [one.people for one in tally(db, Question(label="group:1"))] == [1]
        assert [one.people for one in tally(db, Question(label="tag:7", company="Mill Ltd"))] == [1]
        assert tally(db, Question(label="group:1", company="Mill")) == ()
        assert tally(db, Question(words="group:1")) == (), "nobody finds a label by typing"


def test_the_chosen_come_page_by_page(engine: Engine) -> None:
    ids = [put(engine, f"Ann {number}") for number in range(5)]
    put(engine, "Bob")
    with engine.begin() as db:
        first = chosen(db, 1, Question(words="ann"), (), 0, 3)
        assert first + chosen(db, 1, Question(words="ann"), (), first[-1], 3) == ids
        assert chosen(db, 1, Question(), ids[:2], 0, 10) == ids[:2]
        assert chosen(db, 2, Question(), ids[:2], 0, 10) == []


ODD = ("abcabd", "abdabc", 'say "hi" now', "a*b?c[d]", "Straße İzmir", "x" * 200, "\u4e2d\u6587\u5b57")
ASKED = (
    "bcabd",
    "abcab",
    '"hi"',
    'y "hi" n',
    "a*b",
    "?c[d",
    "stra\u00dfe",
    "i\u0307zmir",
    "x" * 150,
    "\u6587\u5b57",
    "ab",
    '"',
)


@pytest.mark.parametrize("words", ASKED)
def test_the_index_counts_who_has_the_very_words(words: str, engine: Engine) -> None:
    """Whoever has the same letters in another order is not meant."""
    for name in ODD:
        put(engine, name)
    meant = [name for name in ODD if words in f"{name.lower()} mill ltd"]
    with engine.begin() as db:
        assert sum(one.people for one in tally(db, Question(words=words))) == len(meant)
