"""People: one row for each of the population, joined, split and moved without losing what was noted of them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, select

from listloop.core.consent import No
from listloop.core.people import Consent, Origin, Record, SideName
from listloop.core.plan import Memory, Seen, Standing
from listloop.store.codec import encode
from listloop.store.history import Entry, add_history, history_of
from listloop.store.nos import nos_of, note_no
from listloop.store.people import (
    PersonRow,
    by_address,
    by_record,
    count_links,
    dirty_ids,
    everybody,
    join_people,
    load,
    mark_dirty,
    mark_due,
    move_crm_record,
    save_people,
    split_person,
    standings,
)
from listloop.store.records import record_ids, save_readings
from listloop.store.tables import people
from listloop.testing.builders import record
from tests.store.conftest import NOON, add_connection

CRM, MAILCHIMP = SideName.CRM, SideName.MAILCHIMP
ADA = record("p1", "ada@b.example", First="Ada")
MEMBER = record("m1", "ADA@b.example", FNAME="Ada", mailchimp_id="id-1")
NO = No("ada@b.example", MAILCHIMP, Origin.PERSON)


def read(engine: Engine, connection_id: int, side: SideName, *page: Record) -> list[int]:
    """Store records; returns the ids of their people."""
    with engine.begin() as db:
        save_readings(db, connection_id, side, page, NOON, 1)
        found = [by_record(db, connection_id, side, one.key) for one in page]
    return [one.id for one in found if one]


def person(engine: Engine, person_id: int) -> PersonRow:
    with engine.begin() as db:
        (found,) = load(db, [person_id])
    return found


def linked(engine: Engine, connection_id: int) -> int:
    """Ada and her member, linked."""
    (ada,) = read(engine, connection_id, CRM, ADA)
    (member,) = read(engine, connection_id, MAILCHIMP, MEMBER)
    with engine.begin() as db:
        join_people(db, MAILCHIMP, [(ada, member)], "e-mail")
        save_people(db, [{"id": ada, "linked_at": NOON, "memory": encode(Memory()), "parted": ""}])
    return ada


def test_two_who_are_one_become_one_person_with_both_records(engine: Engine, connection_id: int) -> None:
    (ada,) = read(engine, connection_id, CRM, ADA)
    (member,) = read(engine, connection_id, MAILCHIMP, MEMBER)
    with engine.begin() as db:
        add_history(db, connection_id, 1, NOON, [Entry(member, MAILCHIMP, "created")])
        note_no(db, connection_id, member, NO, NOON)
        save_people(db, [{"id": ada, "dirty": False}])
        join_people(db, MAILCHIMP, [(ada, member)], "e-mail")
        assert load(db, [member]) == []
        assert [one.what for one in history_of(db, ada)] == ["created"]
        assert len(nos_of(db, connection_id, ada, [])) == 1
    joined = person(engine, ada)
    assert (joined.crm, joined.mailchimp, joined.linked_by, joined.dirty) == (ADA, MEMBER, "e-mail", True)
    assert joined.linked_at is None, "found, not yet a link"


def test_a_new_crm_record_is_given_to_the_member_it_was_made_for(engine: Engine, connection_id: int) -> None:
    (member,) = read(engine, connection_id, MAILCHIMP, MEMBER)
    (made,) = read(engine, connection_id, CRM, ADA)
    with engine.begin() as db:
        join_people(db, CRM, [(member, made)], "created")
    joined = person(engine, member)
    assert (joined.crm, joined.mailchimp) == (ADA, MEMBER)


def test_nobody_to_join_changes_nothing(engine: Engine, connection_id: int) -> None:
    (ada,) = read(engine, connection_id, CRM, ADA)
    with engine.begin() as db:
        join_people(db, MAILCHIMP, [], "e-mail")
    assert person(engine, ada).crm == ADA


def test_a_pair_that_is_taken_apart_gives_two_people_and_forgets_the_link(engine: Engine, connection_id: int) -> None:
    ada = linked(engine, connection_id)
    with engine.begin() as db:
        member = split_person(db, connection_id, ada)
    assert member
    here, there = person(engine, ada), person(engine, member)
    assert (here.crm, here.mailchimp, here.linked_at, here.memory, here.dirty) == (ADA, None, None, None, True)
    assert (there.crm, there.mailchimp, there.linked_at, there.dirty) == (None, MEMBER, None, True)


def test_a_person_without_a_member_is_not_taken_apart(engine: Engine, connection_id: int) -> None:
    (ada,) = read(engine, connection_id, CRM, ADA)
    with engine.begin() as db:
        assert split_person(db, connection_id, ada) is None


def test_the_link_moves_to_the_record_that_took_the_place_of_one_that_is_gone(
    engine: Engine, connection_id: int
) -> None:
    ada = linked(engine, connection_id)
    moved = record("p9", "ada@b.example", First="Ada", kind="Contact")
    (heir,) = read(engine, connection_id, CRM, moved)
    with engine.begin() as db:
        save_people(db, [{"id": ada, "parted": "gone-crm", "dirty": False}])
        note_no(db, connection_id, heir, NO, NOON)
        move_crm_record(db, ada, heir, "")
        assert load(db, [heir]) == []
        assert record_ids(db, connection_id, CRM, ["p1"]) == {}
        assert len(nos_of(db, connection_id, ada, [])) == 1
    kept = person(engine, ada)
    assert (kept.crm, kept.mailchimp, kept.linked_at) == (moved, MEMBER, NOON)
    assert (kept.parted, kept.dirty) == ("gone-crm", True)


def test_a_person_is_found_by_a_record_of_either_side(engine: Engine, connection_id: int) -> None:
    ada = linked(engine, connection_id)
    with engine.begin() as db:
        found = [by_record(db, connection_id, side, key) for side, key in ((CRM, "p1"), (MAILCHIMP, "m1"))]
        assert by_record(db, connection_id, CRM, "m1") is None
        assert by_record(db, 99, CRM, "p1") is None
    assert [one.id for one in found if one] == [ada, ada]


def test_everybody_who_has_an_address_on_either_side_is_found_by_it(engine: Engine, connection_id: int) -> None:
    ada = linked(engine, connection_id)
    (bob,) = read(engine, connection_id, CRM, record("p2", " Ada@B.example"))
    read(engine, connection_id, CRM, record("p3", "third@b.example"))
    with engine.begin() as db:
        assert [one.id for one in by_address(db, connection_id, "ada@b.example")] == [ada, bob]
        assert by_address(db, connection_id, "nobody@b.example") == []


def test_memory_and_standing_are_read_back(engine: Engine, connection_id: int) -> None:
    (ada,) = read(engine, connection_id, CRM, ADA)
    memory = Memory(Seen("ada@b.example", {"row": "Ada"}), Seen(), Consent.SUBSCRIBED)
    with engine.begin() as db:
        save_people(
            db,
            [
                {
                    "id": ada,
                    "memory": encode(memory),
                    "standing": Standing.FAILED,
                    "rule": "retry",
                    "reason": "refused",
                    "tries": 2,
                }
            ],
        )
    found = person(engine, ada)
    assert (found.memory, found.standing, found.rule, found.reason, found.tries) == (
        *(memory, "failed", "retry", "refused"),
        2,
    )


def test_who_is_due_comes_by_id_a_page_at_a_time(engine: Engine, connection_id: int) -> None:
    ids = read(engine, connection_id, CRM, *(record(f"k{n}", f"k{n}@b.example") for n in range(5)))
    with engine.begin() as db:
        assert dirty_ids(db, connection_id, 2) == ids[:2]
        assert dirty_ids(db, connection_id, 9, after=ids[1]) == ids[2:]
        save_people(db, [{"id": one, "dirty": False} for one in ids])
        assert dirty_ids(db, connection_id, 9) == []
        mark_dirty(db, ids[3:])
        assert dirty_ids(db, connection_id, 9) == ids[3:]


def test_whose_next_try_has_come_is_due(engine: Engine, connection_id: int) -> None:
    now, later, never = read(engine, connection_id, CRM, *(record(f"k{n}", f"k{n}@b.example") for n in range(3)))
    tries = {now: NOON, later: NOON + timedelta(seconds=1), never: None}
    with engine.begin() as db:
        save_people(db, [{"id": one, "dirty": False, "next_try": at} for one, at in tries.items()])
        mark_due(db, connection_id, NOON)
        assert dirty_ids(db, connection_id, 9) == [now]


def test_the_standings_add_up_to_the_population(engine: Engine, connection_id: int) -> None:
    other = add_connection(engine, "Brewery")
    ids = read(engine, connection_id, CRM, *(record(f"k{n}", f"k{n}@b.example") for n in range(6)))
    read(engine, other, CRM, ADA)
    states = ("in_sync", "in_sync", "waiting", "excluded", "failed", "failed")
    with engine.begin() as db:
        save_people(db, [{"id": one, "standing": state} for one, state in zip(ids, states, strict=True)])
        save_people(db, [{"id": ids[5], "counted": False}])
        assert standings(db, connection_id) == {"in_sync": 2, "waiting": 1, "excluded": 1, "failed": 1}
        assert standings(db) == {"in_sync": 2, "waiting": 2, "excluded": 1, "failed": 1}
        assert len(list(everybody(db, connection_id, page=2))) == 5
        assert standings(db, 99) == {"in_sync": 0, "waiting": 0, "excluded": 0, "failed": 0}


def test_links_are_counted_without_the_parted_ones_and_those_only_found(engine: Engine, connection_id: int) -> None:
    ada = linked(engine, connection_id)
    with engine.begin() as db:
        assert count_links(db, connection_id) == 1
        save_people(db, [{"id": ada, "parted": "flag-no"}])
        assert count_links(db, connection_id) == 0
        save_people(db, [{"id": ada, "parted": "", "linked_at": None}])
        assert count_links(db, connection_id) == 0


def test_more_people_than_a_statement_holds_are_all_loaded(engine: Engine, connection_id: int) -> None:
    ids = read_many(engine, connection_id, 1100)
    with engine.begin() as db:
        assert len(load(db, ids)) == 1100


def read_many(engine: Engine, connection_id: int, count: int) -> list[int]:
    with engine.begin() as db:
        page = [record(f"k{n}", f"k{n}@b.example") for n in range(count)]
        save_readings(db, connection_id, CRM, page, NOON, 1)
        return list(db.scalars(select(people.c.id)))
