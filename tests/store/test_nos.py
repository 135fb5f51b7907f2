"""A no is remembered once for each person and address, stands until the person lifts it, and is never forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from listloop.core.consent import No
from listloop.core.people import Origin, SideName
from listloop.store.nos import lift_nos, nos_of, note_no, standing_nos, stands_since, taken_back
from tests.store.conftest import NOON, add_connection

NO = No("ada@b.example", SideName.MAILCHIMP, Origin.PERSON, "2026-03-01T10:00", "2026-03-01T10:00")
FROM_CRM = replace(NO, side=SideName.CRM, origin=Origin.CRM, said_at="2026-03-02T10:00", stands_at="")


def test_a_no_is_found_by_its_address_and_by_its_person(engine: Engine, connection_id: int) -> None:
    with engine.begin() as db:
        assert note_no(db, connection_id, 7, NO, NOON)
        assert standing_nos(db, connection_id, ["ada@b.example", "bob@b.example"], []) == ({"ada@b.example": [NO]}, {})
        assert standing_nos(db, connection_id, [], [7, 8]) == ({}, {7: NO})
        assert standing_nos(db, connection_id, ["bob@b.example"], [8]) == ({}, {})


def test_a_no_that_stands_is_not_noted_twice_for_the_same_person_and_address(
    engine: Engine, connection_id: int
) -> None:
    with engine.begin() as db:
        assert note_no(db, connection_id, 7, NO, NOON)
        assert not note_no(db, connection_id, 7, FROM_CRM, NOON)
        assert note_no(db, connection_id, 8, NO, NOON), "another person with that address"
        assert note_no(db, connection_id, 7, replace(NO, address="new@b.example"), NOON), (
            "another address of the person"
        )
        assert len(nos_of(db, connection_id, 7, ["ada@b.example"])) == 3


def test_what_was_said_first_counts(engine: Engine, connection_id: int) -> None:
    with engine.begin() as db:
        note_no(db, connection_id, 7, FROM_CRM, NOON)
        note_no(db, connection_id, 8, NO, NOON)
        assert standing_nos(db, connection_id, ["ada@b.example"], [])[0]["ada@b.example"] == [FROM_CRM, NO]


def test_another_connection_has_its_own_nos(engine: Engine, connection_id: int) -> None:
    other = add_connection(engine, "Brewery")
    with engine.begin() as db:
        note_no(db, connection_id, 7, NO, NOON)
        assert standing_nos(db, other, ["ada@b.example"], [7]) == ({}, {})
        lift_nos(db, other, 7, ["ada@b.example"], "signed up", NOON)
        stands_since(db, other, {"ada@b.example": "2027"})
        assert standing_nos(db, connection_id, [], [7])[1] == {7: NO}


def test_since_when_it_stands_in_mailchimp_is_noted_once(engine: Engine, connection_id: int) -> None:
    with engine.begin() as db:
        note_no(db, connection_id, 7, FROM_CRM, NOON)
        for at in ("2026-03-03", "2026-03-04"):
            stands_since(db, connection_id, {"ada@b.example": at})
        assert standing_nos(db, connection_id, [], [7])[1][7].stands_at == "2026-03-03"


def test_a_lifted_no_stands_no_longer_and_stays_in_the_ledger(engine: Engine, connection_id: int) -> None:
    later = NOON + timedelta(days=1)
    with engine.begin() as db:
        note_no(db, connection_id, 7, NO, NOON)
        lift_nos(db, connection_id, 7, [], "signed up again", later)
        assert standing_nos(db, connection_id, ["ada@b.example"], [7]) == ({}, {})
        (line,) = nos_of(db, connection_id, 7, [])
    assert (line.noted_at, line.lifted_at, line.lifted_by) == (NOON, later, "signed up again")


def test_lifting_takes_every_no_of_the_person_and_of_the_address_and_no_other(
    engine: Engine, connection_id: int
) -> None:
    with engine.begin() as db:
        note_no(db, connection_id, 7, NO, NOON)
        note_no(db, connection_id, 7, replace(NO, address="old@b.example"), NOON)
        note_no(db, connection_id, 8, NO, NOON)
        note_no(db, connection_id, 9, replace(NO, address="bob@b.example"), NOON)
        lift_nos(db, connection_id, 7, ["ada@b.example"], "signed up again", NOON)
        everybody = standing_nos(db, connection_id, ["ada@b.example", "old@b.example", "bob@b.example"], [7, 8, 9])
    assert (set(everybody[0]), set(everybody[1])) == ({"bob@b.example"}, {9})


def test_a_no_that_a_person_took_back_is_told_apart_from_the_same_one_that_stands_for_another(
    engine: Engine, connection_id: int
) -> None:
    with engine.begin() as db:
        for person in (7, 8):
            note_no(db, connection_id, person, NO, NOON)
            note_no(db, connection_id, person, replace(NO, address="old@b.example", said_at=""), NOON)
        lift_nos(db, connection_id, 7, [], "signed up again", NOON)
        assert taken_back(db, connection_id, [7, 8]) == {(7, NO.address, NO.side, NO.said_at)}, "one without a time is"


def test_after_a_return_a_new_no_is_noted_anew(engine: Engine, connection_id: int) -> None:
    with engine.begin() as db:
        note_no(db, connection_id, 7, NO, NOON)
        lift_nos(db, connection_id, 7, [], "signed up again", NOON)
        assert note_no(db, connection_id, 7, FROM_CRM, NOON)
        assert standing_nos(db, connection_id, [], [7])[1] == {7: FROM_CRM}
        assert [one.side for one in nos_of(db, connection_id, 7, [])] == ["crm", "mailchimp"]


def test_more_addresses_than_a_statement_holds_are_all_looked_up(engine: Engine, connection_id: int) -> None:
    with engine.begin() as db:
        note_no(db, connection_id, 7, NO, NOON)
        wanted = [f"a{n}@b.example" for n in range(1100)] + ["ada@b.example"]
        assert set(standing_nos(db, connection_id, wanted, [])[0]) == {"ada@b.example"}
