"""Readings: what a side showed last, who is thereby due for a decision, and who is gone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from listloop.core.people import Consent, Record, SideName
from listloop.store.addresses import held_addresses, touch_addresses
from listloop.store.people import by_record
from listloop.store.records import (
    Reply,
    chunks,
    count_here,
    count_seen,
    mark_absent,
    mark_seen,
    missed,
    record_ids,
    save_readings,
    save_replies,
    unseen,
)
from listloop.store.tables import people
from listloop.testing.builders import record
from tests.store.conftest import NOON, add_connection

CRM, MAILCHIMP = SideName.CRM, SideName.MAILCHIMP
ADA, BOB = record("p1", "ada@b.example", First="Ada"), record("p2", "bob@b.example", First="Bob")


def read(
    engine: Engine, connection_id: int, *page: Record, side: SideName = CRM, run: int = 1
) -> tuple[int, tuple[str, ...]]:
    """Store a page; returns how many were new or changed, and which were stale."""
    with engine.begin() as db:
        stored = save_readings(db, connection_id, side, page, NOON, run)
    return stored.fresh, stored.stale


def due(engine: Engine) -> set[str]:
    """Keys of the CRM records whose people are due for a decision; nobody is afterwards."""
    found = set()
    with engine.begin() as db:
        for key in ("p1", "p2", "p3"):
            one = by_record(db, 1, CRM, key)
            if one and one.dirty:
                found.add(key)
        db.execute(update(people).values(dirty=False))
    return found


def shown(engine: Engine, key: str = "p1", side: SideName = CRM) -> Record:
    with engine.begin() as db:
        found = by_record(db, 1, side, key)
    assert found
    here = found.crm if side is CRM else found.mailchimp
    assert here
    return here


def test_a_new_record_makes_a_person_who_is_due(engine: Engine, connection_id: int) -> None:
    assert read(engine, connection_id, ADA, BOB) == (2, ())
    assert due(engine) == {"p1", "p2"}
    assert shown(engine) == ADA


def test_the_same_page_again_makes_nobody_due(engine: Engine, connection_id: int) -> None:
    read(engine, connection_id, ADA, BOB)
    due(engine)
    assert read(engine, connection_id, ADA, BOB, run=2) == (0, ())
    assert due(engine) == set()
    with engine.begin() as db:
        assert len(db.execute(select(people)).all()) == 2


@pytest.mark.parametrize(
    "now",
    [
        record("p1", "ada@b.example", First="Augusta"),
        record("p1", "new@b.example", First="Ada"),
        record("p1", "ada@b.example", First="Ada", takes_part=None),
        record("p1", "ada@b.example", First="Ada", consent=Consent.UNSUBSCRIBED),
        record("p1", "ada@b.example", First="Ada", labels=["vip"]),
        record("p1", "ada@b.example", First="Ada", mailchimp_id="id-1"),
    ],
    ids=["field", "address", "flag", "consent", "label", "id"],
)
def test_a_record_that_shows_something_new_makes_its_person_due(
    engine: Engine, connection_id: int, now: Record
) -> None:
    read(engine, connection_id, ADA, BOB)
    due(engine)
    assert read(engine, connection_id, now, run=2)[0] == 1
    assert due(engine) == {"p1"}
    assert shown(engine) == now


def test_a_record_that_was_only_touched_makes_nobody_due_and_its_time_is_kept(
    engine: Engine, connection_id: int
) -> None:
    read(engine, connection_id, ADA)
    due(engine)
    touched = replace(ADA, changed="2026-02-01T00:00:00+00:00")
    assert read(engine, connection_id, touched, run=2) == (0, ())
    assert due(engine) == set()
    assert shown(engine) == touched


def test_a_record_older_than_what_the_side_showed_before_is_stale_and_left_out(
    engine: Engine, connection_id: int
) -> None:
    read(engine, connection_id, ADA)
    old = replace(record("p1", "ada@b.example", First="Old"), changed="2025-01-01T00:00:00+00:00")
    assert read(engine, connection_id, old, run=2) == (0, ("p1",))
    assert shown(engine) == ADA


def answer(engine: Engine, connection_id: int, *replies: Reply, side: SideName = CRM) -> list[str]:
    """Store replies; returns the keys that were to be made, but were somebody's already."""
    with engine.begin() as db:
        return save_replies(db, connection_id, side, replies, NOON, 1)


def owner(engine: Engine, connection_id: int, key: str, side: SideName = CRM) -> int:
    with engine.begin() as db:
        found = by_record(db, connection_id, side, key)
    assert found is not None
    return found.id


def test_a_reply_to_a_write_of_ours_is_never_stale(engine: Engine, connection_id: int) -> None:
    read(engine, connection_id, ADA)
    reply = replace(record("p1", "ada@b.example", First="Augusta"), changed="2025-01-01T00:00:00+00:00")
    assert answer(engine, connection_id, Reply(owner(engine, connection_id, "p1"), reply, ADA)) == []
    assert shown(engine) == reply


def test_a_reply_makes_nobody_due_but_those_whose_address_came_or_went(engine: Engine, connection_id: int) -> None:
    read(engine, connection_id, ADA, record("p2", "new@b.example"), record("p3", "other@b.example"))
    due(engine)
    one = owner(engine, connection_id, "p1")
    answer(engine, connection_id, Reply(one, record("p1", ADA.email, First="Augusta"), ADA))
    assert due(engine) == set()
    answer(engine, connection_id, Reply(one, record("p1", "new@b.example"), ADA))
    assert due(engine) == {"p1", "p2"}


def test_a_record_that_was_made_goes_to_the_person_it_was_made_for(engine: Engine, connection_id: int) -> None:
    read(engine, connection_id, ADA)
    one = owner(engine, connection_id, "p1")
    member = record("m1", "ada@b.example")
    assert answer(engine, connection_id, Reply(one, member, None), side=SideName.MAILCHIMP) == []
    assert owner(engine, connection_id, "m1", SideName.MAILCHIMP) == one
    with engine.begin() as db:
        held = held_addresses(db, connection_id, SideName.MAILCHIMP, ["ada@b.example"])
        assert [each.person for each in held] == [one]
        assert db.scalar(select(func.count()).select_from(people)) == 1


def test_a_record_that_was_to_be_made_but_is_somebodys_stays_theirs(engine: Engine, connection_id: int) -> None:
    read(engine, connection_id, ADA)
    member = record("m1", "ada@b.example")
    read(engine, connection_id, member, side=SideName.MAILCHIMP)
    theirs, one = owner(engine, connection_id, "m1", SideName.MAILCHIMP), owner(engine, connection_id, "p1")
    assert answer(engine, connection_id, Reply(one, member, None), side=SideName.MAILCHIMP) == ["m1"]
    assert owner(engine, connection_id, "m1", SideName.MAILCHIMP) == theirs != one


def test_a_side_that_tells_no_times_has_nothing_stale(engine: Engine, connection_id: int) -> None:
    read(engine, connection_id, ADA)
    assert read(engine, connection_id, replace(ADA, changed=""), run=2) == (0, ())


def test_of_a_record_that_comes_twice_on_a_page_the_last_counts(engine: Engine, connection_id: int) -> None:
    later = record("p1", "ada@b.example", First="Augusta")
    assert read(engine, connection_id, ADA, later) == (1, ())
    assert shown(engine) == later


def test_the_same_key_is_another_record_on_the_other_side_and_in_another_connection(
    engine: Engine, connection_id: int
) -> None:
    other = add_connection(engine, "Brewery")
    for one, side in ((connection_id, CRM), (connection_id, MAILCHIMP), (other, CRM)):
        assert read(engine, one, ADA, side=side)[0] == 1
    with engine.begin() as db:
        ids = [record_ids(db, one, side, ["p1", "p9"]) for one, side in ((1, CRM), (1, MAILCHIMP), (other, CRM))]
    assert [set(one) for one in ids] == [{"p1"}] * 3
    assert len({one["p1"] for one in ids}) == 3


def test_a_new_archived_member_is_kept_but_not_of_the_population(engine: Engine, connection_id: int) -> None:
    read(engine, connection_id, replace(ADA, takes_part=False), BOB, side=MAILCHIMP)
    with engine.begin() as db:
        counted = {row.counted for row in db.execute(select(people).where(people.c.id == 1))}
    assert counted == {False}


def sharing(*others: str, key: str = "p2", takes_part: bool | None = True) -> Record:
    """Somebody who holds Ada's address, as a further one or as the synced one."""
    return replace(record(key, "bob@b.example", takes_part=takes_part), emails=others)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param(sharing(), sharing("ADA@b.example "), id="somebody gets the address"),
        pytest.param(sharing("ada@b.example"), sharing(), id="somebody lets go of it"),
        pytest.param(sharing("ada@b.example"), sharing("ada@b.example", takes_part=False), id="who has it leaves"),
    ],
)
def test_whoever_shares_an_address_that_came_or_went_is_due_too(
    engine: Engine, connection_id: int, before: Record, now: Record
) -> None:
    read(engine, connection_id, ADA, before, record("p3", "third@b.example"))
    due(engine)
    read(engine, connection_id, now, run=2)
    assert due(engine) == {"p1", "p2"}


def test_an_edit_that_moves_no_address_concerns_nobody_else(engine: Engine, connection_id: int) -> None:
    read(engine, connection_id, ADA, sharing("ada@b.example"))
    due(engine)
    edited = sharing("ada@b.example")
    read(engine, connection_id, replace(edited, person=replace(edited.person, fields={"First": "B"})), run=2)
    assert due(engine) == {"p2"}


def test_a_no_makes_everybody_with_the_address_due(engine: Engine, connection_id: int) -> None:
    read(engine, connection_id, ADA, sharing("ada@b.example"), record("p3", "third@b.example"))
    due(engine)
    with engine.begin() as db:
        touch_addresses(db, connection_id, ["ada@b.example"])
    assert due(engine) == {"p1", "p2"}


def absent(engine: Engine, connection_id: int, keys: Collection[str], run: int) -> list[str]:
    with engine.begin() as db:
        return mark_absent(db, connection_id, CRM, keys, run)


def test_a_record_is_gone_only_when_the_side_denies_it_twice_one_run_apart(engine: Engine, connection_id: int) -> None:
    read(engine, connection_id, ADA, BOB)
    due(engine)
    assert absent(engine, connection_id, ["p1"], 2) == []
    assert absent(engine, connection_id, ["p1"], 2) == [], "twice in one run is once"
    assert due(engine) == set()
    assert absent(engine, connection_id, ["p1"], 3) == ["p1"]
    assert due(engine) == {"p1"}
    assert absent(engine, connection_id, ["p1"], 4) == [], "gone is gone"
    with engine.begin() as db:
        ada = by_record(db, connection_id, CRM, "p1")
        assert ada
        assert ada.crm_gone
        assert count_here(db, connection_id, CRM) == 1


def test_a_record_that_shows_again_in_between_starts_anew(engine: Engine, connection_id: int) -> None:
    read(engine, connection_id, ADA)
    absent(engine, connection_id, ["p1"], 2)
    read(engine, connection_id, ADA, run=3)
    assert absent(engine, connection_id, ["p1"], 4) == []


def test_a_record_that_was_gone_and_shows_again_is_here_and_due(engine: Engine, connection_id: int) -> None:
    read(engine, connection_id, ADA)
    for run in (2, 3):
        absent(engine, connection_id, ["p1"], run)
    due(engine)
    assert read(engine, connection_id, ADA, run=4)[0] == 1
    assert due(engine) == {"p1"}
    with engine.begin() as db:
        assert count_here(db, connection_id, CRM) == 1


def test_whoever_shared_the_address_of_one_who_is_gone_is_due(engine: Engine, connection_id: int) -> None:
    read(engine, connection_id, ADA, sharing("ada@b.example"))
    due(engine)
    for run in (2, 3):
        absent(engine, connection_id, ["p1"], run)
    assert due(engine) == {"p1", "p2"}


def test_whom_a_full_reading_did_not_show_is_to_be_asked_for_by_key(engine: Engine, connection_id: int) -> None:
    read(engine, connection_id, ADA, BOB)
    read(engine, connection_id, BOB, run=2)
    with engine.begin() as db:
        assert unseen(db, connection_id, CRM, 2) == ["p1"]
        assert count_seen(db, connection_id, CRM, 2) == 1
        mark_seen(db, connection_id, CRM, ["p1"], 2)
        assert unseen(db, connection_id, CRM, 2) == []


def test_whom_an_earlier_run_asked_for_in_vain_is_asked_for_again(engine: Engine, connection_id: int) -> None:
    read(engine, connection_id, ADA, BOB)
    absent(engine, connection_id, ["p1"], 2)
    with engine.begin() as db:
        assert missed(db, connection_id, CRM, 2) == []
        assert missed(db, connection_id, CRM, 3) == ["p1"]


def test_a_full_page_and_more_is_stored_whole(engine: Engine, connection_id: int) -> None:
    page = [record(f"k{n}", f"k{n}@b.example") for n in range(1201)]
    with engine.begin() as db:
        stored = save_readings(db, connection_id, CRM, page, NOON + timedelta(hours=1), 1)
        assert stored.fresh == count_here(db, connection_id, CRM) == 1201
    assert read(engine, connection_id, *page, run=1) == (0, ())


def test_values_are_cut_into_pieces_that_fit_into_one_statement() -> None:
    assert [len(one) for one in chunks(range(1001))] == [500, 500, 1]
    assert list(chunks([])) == []
    assert list(chunks("abc", 2)) == [["a", "b"], ["c"]]
