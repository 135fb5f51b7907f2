"""Results are told on the CRM's records as the setting says: each once, across crashes, and brought up to date."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from listloop.core.facts import Campaign, Event, Kind
from listloop.core.people import Consent
from listloop.store.telling import Telling, set_telling, told_count
from listloop.sync.facts import import_facts
from listloop.testing.memory import FaultyCrm
from listloop.testing.memory.faulty import Crash, Fault, Plan
from tests.sync.stage import Stage, make_stage

SENT = "2026-02-01T09:00:00+00:00"
LATER = "2026-02-01T10:00:00+00:00"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Twenty people on both sides, linked, who got the campaign “May”."""
    made = make_stage(tmp_path)
    addresses = [f"p{number}@stage.example" for number in range(20)]
    for one in addresses:
        made.audience.add(one, {"FNAME": "A", "LNAME": "B"}, consent=Consent.SUBSCRIBED)
    made.settle()
    made.audience.sent.append(Campaign("may", "May", "May", "sent", SENT))
    made.audience.facts += [Event("may", one, "sent", SENT) for one in addresses]
    return made


def tells(stage: Stage, *kinds: Kind, since: datetime | None = None) -> None:
    with stage.engine.begin() as db:
        set_telling(db, stage.sync.connection_id, Telling(frozenset(kinds), since))


def read(stage: Stage) -> int:
    done = import_facts(stage.sync)
    told = done.told
    while done.more:
        done = import_facts(stage.sync)
        told += done.told
    return told


def test_nothing_is_told_unless_the_setting_says_so(stage: Stage) -> None:
    """Without a setting the CRM's records stay as they are."""
    assert read(stage) == 0
    assert stage.crm.communications == {}


def test_the_setting_names_what_is_told(stage: Stage) -> None:
    """Each recipient gets one communication of each kind that the setting names and that happened."""
    stage.audience.facts.append(Event("may", "p1@stage.example", "clicked", LATER, "https://shop.example/"))
    tells(stage, Kind.SENT, Kind.OPENED)
    assert read(stage) == 20
    assert {one.kind for one in stage.crm.communications.values()} == {"sent"}
    tells(stage, Kind.SENT, Kind.CLICKED)
    assert read(stage) == 1
    assert len(stage.crm.communications) == 21


def test_more_of_the_same_kind_updates_what_stands_there(stage: Stage) -> None:
    """A second open is told in the communication of the first."""
    tells(stage, Kind.OPENED)
    stage.audience.facts.append(Event("may", "p1@stage.example", "opened", LATER))
    read(stage)
    (before,) = stage.crm.communications.values()
    assert before.text == "Opened once."
    stage.audience.facts.append(Event("may", "p1@stage.example", "opened", "2026-02-03T10:00:00+00:00"))
    assert read(stage) == 1
    (after,) = stage.crm.communications.values()
    assert after.text == "Opened 2 times, the last time 2026-02-03 10:00 UTC."


def test_a_crm_that_rewrites_nothing_is_not_asked_again(stage: Stage) -> None:
    """Where a CRM keeps communications as they are, the first one stays the only one."""
    stage.crm.can = replace(stage.crm.can, rewrites=False)
    tells(stage, Kind.OPENED)
    for at in (LATER, "2026-02-03T10:00:00+00:00"):
        stage.audience.facts.append(Event("may", "p1@stage.example", "opened", at))
        read(stage)
    (one,) = stage.crm.communications.values()
    assert one.text == "Opened once."


def test_campaigns_from_before_the_setting_are_left_alone(stage: Stage) -> None:
    """A backfill of years does not flood the CRM, where the setting names a day."""
    tells(stage, Kind.SENT, since=datetime(2026, 2, 2, tzinfo=UTC))
    assert read(stage) == 0


@pytest.mark.parametrize("seed", range(5))
def test_crashes_leave_exactly_one_of_each(stage: Stage, seed: int) -> None:
    """However often the process dies in between, each communication is there once, and the ledger knows all."""
    tells(stage, Kind.SENT)
    stage.sync.chunk = 3
    stage.sync.crm = FaultyCrm(stage.crm, Plan(seed, {Fault.CRASH: 0.2}))
    crashes = 0
    while True:
        try:
            if not import_facts(stage.sync).more:
                break
        except Crash:
            crashes += 1
    assert crashes > 0
    assert len(stage.crm.communications) == 20
    with stage.engine.begin() as db:
        assert told_count(db, stage.sync.connection_id) == (20, 0)


def test_a_refused_communication_stops_nobody(stage: Stage) -> None:
    """What the CRM refuses is noted, and the others are told."""
    tells(stage, Kind.SENT)
    del stage.crm._records[min(stage.crm._records)]
    assert read(stage) == 19
    with stage.engine.begin() as db:
        assert told_count(db, stage.sync.connection_id) == (19, 1)
