"""What a plan tells of everybody is what was planned, whole and each person once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from listloop.core.people import Consent, Patch, Person, Record, SideName
from listloop.core.plan import Action, Decision, Rule, Standing
from listloop.store import listing
from listloop.store.decisions import Hold, save_decisions
from listloop.store.listing import ShownPatch, listed, outlooks, samples
from listloop.store.records import save_readings
from listloop.store.runs import start_run
from tests.store.conftest import NOON

BERN = Decision(Action.UPDATE, mailchimp=Patch(fields={"CITY": "Bern"}), reasons=("City: changed in the CRM",))


@pytest.fixture
def run_id(engine: Engine, connection_id: int) -> int:
    """A run over three people of the CRM, the ids 1 to 3."""
    people = [Record(str(one), Person(f"p{one}@x.example", {"City": f"City {one}"})) for one in (1, 2, 3)]
    with engine.begin() as db:
        made = start_run(db, connection_id, "preview", NOON)
        save_readings(db, connection_id, SideName.CRM, people, NOON, made)
    return made


def save(engine: Engine, run_id: int, *made: tuple[int, Decision]) -> None:
    with engine.begin() as db:
        save_decisions(db, run_id, list(made), Hold.ALL)


def test_everybody_is_listed_once_whatever_the_size_of_a_page(
    engine: Engine, connection_id: int, run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(engine, run_id, (2, BERN))
    for size in (1, 2, 3, 500):
        monkeypatch.setattr(listing, "_PAGE", size)
        monkeypatch.setattr(listing, "_A_PAGE", listing._A_PAGE.limit(size))
        with engine.begin() as db:
            found = [one for page in listed(db, connection_id, run_id) for one in page]
        assert [(one.id, one.crm and one.crm.person.email, one.actions) for one in found] == [
            (1, "p1@x.example", []),
            (2, "p2@x.example", ["update"]),
            (3, "p3@x.example", []),
        ]


def test_a_no_and_the_rest_are_one_edit_with_every_reason(engine: Engine, connection_id: int, run_id: int) -> None:
    both = Decision(
        Action.UPDATE,
        crm=Patch(fields={"City": "Bern"}, add=frozenset({"Press"}), consent=Consent.UNSUBSCRIBED),
        mailchimp=Patch(fields={"CITY": "Bern"}),
        reasons=("opted out in Mailchimp", "City: changed in the CRM"),
    )
    save(engine, run_id, (1, both))
    with engine.begin() as db:
        one = next(listed(db, connection_id, run_id))[0]
    assert len(one.actions) == 2
    assert one.to_crm == ShownPatch(fields={"City": "Bern"}, add=["Press"], consent="unsubscribed")
    assert one.to_mailchimp == ShownPatch(fields={"CITY": "Bern"})
    assert list(one.reasons) == ["opted out in Mailchimp", "City: changed in the CRM"]


def test_another_runs_plan_is_not_told(engine: Engine, connection_id: int, run_id: int) -> None:
    save(engine, run_id, (1, BERN))
    with engine.begin() as db:
        other = start_run(db, connection_id, "preview", NOON)
        assert not any(one.actions for page in listed(db, connection_id, other) for one in page)


def test_where_people_will_stand_is_told_of_those_with_something_planned(engine: Engine, run_id: int) -> None:
    out = replace(BERN, standing=Standing.EXCLUDED, rule=Rule.OPTED_OUT)
    save(engine, run_id, (1, BERN), (2, out))
    with engine.begin() as db:
        assert sorted(then.standing for _, then in outlooks(db, run_id)) == ["excluded", "in_sync"]


def test_samples_have_one_of_each_action_first_and_nobody_twice(engine: Engine, run_id: int) -> None:
    new = Decision(Action.NEW_MAILCHIMP, mailchimp=Patch("p3@x.example", consent=Consent.UNKNOWN))
    save(engine, run_id, (1, BERN), (2, BERN), (3, new))
    with engine.begin() as db:
        assert [one.id for one in samples(db, run_id, 2)] == [1, 3]
        assert [one.id for one in samples(db, run_id, 10)] == [1, 3, 2]
