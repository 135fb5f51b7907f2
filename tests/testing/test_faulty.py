"""Faults happen by the plan, where they happen outside, and never break the protocol itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from listloop.core.errors import NeedsAttention, TryLater
from listloop.core.facts import Campaign
from listloop.core.people import Patch
from listloop.core.side import Audience, Change, Communication, Crm
from listloop.testing.builders import AUDIENCE_SCHEMA, CRM_SCHEMA, patch
from listloop.testing.memory import Crash, Fault, FaultyAudience, FaultyCrm, MemoryAudience, MemoryCrm, Plan

NEW = [Change(f"ref{number}", None, patch(f"p{number}@suite.example", Last="x")) for number in range(20)]


@pytest.fixture
def crm() -> MemoryCrm:
    return MemoryCrm(CRM_SCHEMA, page_size=5)


def behind(crm: MemoryCrm, seed: int = 1, **chances: float) -> FaultyCrm:
    """The CRM behind a line with these chances, by the names of the faults."""
    return FaultyCrm(crm, Plan(seed, {Fault[name.upper()]: chance for name, chance in chances.items()}))


def test_without_faults_it_is_the_side_itself(crm: MemoryCrm) -> None:
    """A plan without chances changes nothing."""
    line: Crm = behind(crm)
    assert len(list(line.write(NEW))) == 20
    assert [page.records for page in line.changes(None)] == [page.records for page in crm.changes(None)]
    assert (line.check(), line.schema(), line.can) == (crm.check(), crm.schema(), crm.can)
    assert sorted(line.keys()) == sorted(crm.keys())
    assert line.url("p000001") == crm.url("p000001")


def test_a_seed_repeats_its_faults(crm: MemoryCrm) -> None:
    """The same seed gives the same story, another seed another one."""
    stories = []
    for seed in (7, 7, 8):
        line = behind(MemoryCrm(CRM_SCHEMA), seed, try_later=0.1, reorder=0.5)
        line.plan.chances[Fault.CRASH] = 0.02
        with pytest.raises((TryLater, Crash)):
            _write_for_ever(line)
        stories.append(line.plan.done)
    assert stories[0] == stories[1] != stories[2]


def test_answers_come_in_another_order(crm: MemoryCrm) -> None:
    """Reordered outcomes are complete, and each keeps its own name."""
    outcomes = list(behind(crm, reorder=0.5).write(NEW))
    assert [one.ref for one in outcomes] != [one.ref for one in NEW]
    assert {one.ref: one.record.email for one in outcomes if one.record} == {one.ref: one.patch.email for one in NEW}


def test_a_lost_reply_leaves_the_write(crm: MemoryCrm) -> None:
    """A write whose reply was lost was done."""
    with pytest.raises(TryLater, match="reply was lost"):
        list(behind(crm, lost_reply=1).write(NEW))
    assert [one.email for one in crm.records()] == ["p0@suite.example"]


def test_a_call_breaks_off_half_done(crm: MemoryCrm) -> None:
    """A call may fail after part of its outcomes; what was answered is done, and at most one more."""
    outcomes = behind(crm, seed=3, try_later=0.2).write(NEW)
    answered = [next(outcomes).ref]
    with pytest.raises(TryLater):
        answered.extend(one.ref for one in outcomes)
    assert 0 < len(answered) <= len(crm.records()) < 20


def test_a_page_and_a_record_come_twice(crm: MemoryCrm) -> None:
    """Repeated pages and records hide nobody, and the last page comes once."""
    list(crm.write(NEW))
    pages = list(behind(crm, repeat=0.6).changes(None))
    assert {record.key for page in pages for record in page.records} == set(crm.keys())
    assert sum(len(page.records) for page in pages) > 20
    assert [page.last for page in pages].count(True) == 1


CALLS: list[Callable[[FaultyCrm], object]] = [
    lambda line: line.check(),
    lambda line: line.schema(),
    lambda line: list(line.changes(None)),
    lambda line: list(line.keys()),
    lambda line: list(line.fetch(["p000001"])),
    lambda line: list(line.find(["p0@suite.example"])),
    lambda line: line.prepare(CRM_SCHEMA),
    lambda line: list(line.write(NEW)),
    lambda line: list(line.append([Communication("c", "p000001", "sent", "", "")])),
    lambda line: list(line.deals(None)),
    lambda line: list(line.groups()),
    lambda line: list(line.group("customers")),
    lambda line: line.make_group("All", []),
]


@pytest.mark.parametrize("call", CALLS)
def test_every_call_can_fail(crm: MemoryCrm, call: Callable[[FaultyCrm], object]) -> None:
    """Each call to the outside may be put off, need a person, or be the last thing that the process did."""
    with pytest.raises(TryLater):
        call(behind(crm, try_later=1))
    with pytest.raises(NeedsAttention):
        call(behind(crm, needs_attention=1))
    with pytest.raises(Crash):
        call(behind(crm, crash=1))
    assert crm.records() == ()


def test_nobody_catches_a_crash() -> None:
    """A crash passes through code that handles every error."""
    assert not issubclass(Crash, Exception)


def test_faults_can_be_switched_off(crm: MemoryCrm) -> None:
    """A plan that is off lets everything through, so that a simulation can end in peace."""
    line = behind(crm, crash=1, try_later=1)
    line.plan.off = True
    assert len(list(line.write(NEW))) == 20


def test_an_audience_behind_a_bad_line_is_an_audience() -> None:
    """What an audience adds fails, too, and goes through without faults."""
    side = MemoryAudience(AUDIENCE_SCHEMA)
    key = side.sign_up("ada@suite.example").key
    line: Audience = FaultyAudience(side, Plan(1, {}))
    assert line.acts(key) == side.acts(key)
    assert list(line.campaigns()) == []
    campaign = Campaign("c", "", "", "sent")
    assert [page for page, _ in line.events(campaign)] == [()]
    assert line.clock_there() == side.clock_there()
    broken = FaultyAudience(side, Plan(1, {Fault.TRY_LATER: 1}))
    for call in (lambda: broken.acts(key), lambda: list(broken.campaigns()), lambda: list(broken.events(campaign))):
        with pytest.raises(TryLater):
            call()
    assert list(line.write([Change("a", key, Patch())]))


def _write_for_ever(line: FaultyCrm) -> None:
    while True:
        list(line.write(NEW[:3]))
