"""An opt-out in one audience counts in the account's other audiences where the setting says so, and is lifted alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from listloop.core.people import Consent
from listloop.store.connections import add_connection, change_connection
from listloop.store.tables import connections, history
from listloop.sync.context import Sync
from listloop.testing.builders import AUDIENCE_SCHEMA, CRM_SCHEMA
from listloop.testing.memory import MemoryAudience, MemoryCrm
from tests.sync.stage import RULES, Stage, make_stage

NO = Consent.UNSUBSCRIBED


@pytest.fixture
def stages(tmp_path: Path) -> tuple[Stage, Stage]:
    """Two connections of one account in one database, each with Ann in it."""
    first = make_stage(tmp_path)
    crm, audience = (
        MemoryCrm(CRM_SCHEMA, "crm 2", first.clock),
        MemoryAudience(AUDIENCE_SCHEMA, "audience 2", first.clock),
    )
    with first.engine.begin() as db:
        made = add_connection(
            db, name="second", crm="memory", crm_settings={}, audience="b", rules=RULES, now=first.clock()
        )
        for one in (first.sync.connection_id, made):
            change_connection(db, one, account="acme")
    second = Stage(first.engine, crm, audience, first.clock, Sync(first.engine, made, crm, audience, now=first.clock))
    for stage in (first, second):
        stage.rules(replace(RULES, everywhere=True))
        stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
        stage.settle()
    return first, second


def consents(stage: Stage) -> set[Consent]:
    return {one.person.consent for side in (stage.crm, stage.audience) for one in side.records()}


def leave(stage: Stage) -> None:
    stage.audience.unsubscribe(stage.audience.records()[0].key)
    stage.run()


def wanted(stage: Stage) -> str:
    with stage.engine.begin() as db:
        of = connections.c.id == stage.sync.connection_id
        return str(db.scalar(select(connections.c.wanted).where(of)))


def test_an_opt_out_stands_in_the_other_audience_after_its_next_run(stages: tuple[Stage, Stage]) -> None:
    first, second = stages
    leave(first)
    assert wanted(second) == "opt-out"
    second.run()
    assert consents(first) == consents(second) == {NO}
    second.settle()
    with second.engine.begin() as db:
        lines = db.execute(select(history.c.why).where(history.c.connection_id == second.sync.connection_id))
        assert "opted out in “stage”, an audience of the same account" in set(lines.scalars())


def test_it_stays_apart_where_the_setting_does_not_say_so(stages: tuple[Stage, Stage]) -> None:
    first, second = stages
    second.rules(RULES)
    leave(first)
    second.run()
    assert wanted(second) == ""
    assert NO not in consents(second)


@pytest.mark.parametrize("account", ["", "other"])
def test_audiences_of_other_accounts_are_left_alone(stages: tuple[Stage, Stage], account: str) -> None:
    first, second = stages
    with second.engine.begin() as db:
        change_connection(db, second.sync.connection_id, account=account)
    leave(first)
    second.run()
    assert wanted(second) == ""
    assert NO not in consents(second)


def test_who_comes_back_to_one_audience_stays_out_of_the_other(stages: tuple[Stage, Stage]) -> None:
    first, second = stages
    leave(first)
    second.settle()
    first.clock.move(60)
    first.audience.sign_up("ann@x.example")
    first.settle()
    second.settle()
    assert consents(first) == {Consent.SUBSCRIBED}
    assert consents(second) == {NO}


def test_who_comes_back_where_the_opt_out_was_taken_over_is_not_opted_out_again(stages: tuple[Stage, Stage]) -> None:
    first, second = stages
    leave(first)
    second.settle()
    second.clock.move(60)
    second.audience.sign_up("ann@x.example")
    second.settle()
    assert consents(second) == {Consent.SUBSCRIBED}
    assert consents(first) == {NO}
    second.settle()
    assert consents(second) == {Consent.SUBSCRIBED}


def test_who_joins_the_other_audience_later_is_out_there_too(stages: tuple[Stage, Stage]) -> None:
    first, second = stages
    first.crm.add("bob@x.example", {"Last": "Bow"}, takes_part=True)
    first.settle()
    first.audience.unsubscribe(next(one.key for one in first.audience.records() if one.email == "bob@x.example"))
    first.run()
    second.crm.add("bob@x.example", {"Last": "Bow"}, takes_part=True)
    second.settle()
    bob = next(one for one in second.crm.records() if one.email == "bob@x.example")
    assert bob.person.consent is NO
    assert [one.email for one in second.audience.records()] == ["ann@x.example"]
    second.clock.move(60)
    second.audience.sign_up("bob@x.example")
    second.settle()
    assert {one.person.consent for one in second.audience.records()} == {Consent.SUBSCRIBED}
