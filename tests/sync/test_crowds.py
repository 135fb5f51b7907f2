"""Response groups and CRM groups are written as segments and groups: whole, once, and for those who may be mailed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from listloop.core.crowd import read_chosen
from listloop.core.facts import Campaign, Event
from listloop.core.people import Consent
from listloop.store.crowds import add_crowd, all_crowds, found, of_crm, reach, reach_of
from listloop.sync.facts import import_facts
from listloop.testing.memory import FaultyAudience, FaultyCrm
from listloop.testing.memory.faulty import Crash, Fault, Plan
from tests.sync.stage import Stage, make_stage

SENT = "2026-02-01T09:00:00+00:00"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Ten people on both sides who got “May”; the first four opened it, the first one clicked and left since."""
    made = make_stage(tmp_path)
    addresses = [f"p{number}@stage.example" for number in range(10)]
    for one in addresses:
        made.audience.add(one, {"FNAME": "A", "LNAME": "B"}, consent=Consent.SUBSCRIBED)
    made.settle()
    made.audience.sent.append(Campaign("may", "May", "May", "sent", SENT))
    made.audience.facts += [Event("may", one, "sent", SENT) for one in addresses]
    made.audience.facts += [Event("may", one, "opened", SENT) for one in addresses[:4]]
    made.audience.facts.append(Event("may", addresses[0], "clicked", SENT, "https://shop.example/"))
    import_facts(made.sync)
    made.audience.unsubscribe(next(one.key for one in made.audience.records() if one.email == addresses[0]))
    made.settle()
    return made


def make(stage: Stage, who: str = "opened 1", *, segment: bool = True, crm: bool = True, living: bool = False) -> int:
    chosen = read_chosen(who)
    with stage.engine.begin() as db:
        some = found(db, stage.sync.connection_id, chosen)
        where = {"segment": segment, "crm": crm, "living": living}
        return add_crowd(db, stage.sync.connection_id, "Keen", chosen, some, **where, who="Ada", now=stage.clock())


def groups(stage: Stage) -> list[int | None]:
    return [one.members for one in stage.crm.groups() if one.title.startswith("Keen")]


@pytest.mark.parametrize(
    ("who", "people"),
    [
        ("opened 1", 4),
        ("not-opened 1", 6),
        ("clicked 1", 1),
        ("clicked 1 https://shop.example/", 1),
        ("clicked 1 https://shop.example/other", 0),
        ("opened 1 and not-clicked 1", 3),
        ("clicked 1 or not-opened 1", 7),
        ("opened 1 and clicked 1 or not-opened 1", 7),
    ],
)
def test_people_are_chosen_by_what_they_did(stage: Stage, who: str, people: int) -> None:
    """Conditions are combined by “and”, which binds closer, and “or”."""
    with stage.engine.begin() as db:
        assert len(found(db, stage.sync.connection_id, read_chosen(who))) == people


def test_a_group_is_written_on_both_sides_and_says_whom_it_lacks(stage: Stage) -> None:
    """The CRM's group has everybody, the segment whom Mailchimp may mail; the others are counted with the reason."""
    made = make(stage)
    import_facts(stage.sync)
    assert groups(stage) == [4]
    (segment,) = stage.audience.segments()
    assert segment.members == 3
    with stage.engine.begin() as db:
        (crowd,) = all_crowds(db)
        assert (crowd.people, crowd.in_segment, crowd.in_crm, crowd.problem) == (4, 3, 4, "")
        assert reach_of(db, made) == {"": 3, "unsubscribed": 1}


def test_a_frozen_group_stays_and_a_living_one_follows(stage: Stage) -> None:
    """Who opens later comes into the living group only, on both sides."""
    make(stage)
    make(stage, living=True)
    import_facts(stage.sync)
    stage.audience.facts.append(Event("may", "p9@stage.example", "opened", SENT))
    import_facts(stage.sync)
    assert [one.members for one in stage.audience.segments()] == [3, 4]
    assert groups(stage) == [4, 5]


def test_who_no_longer_fits_leaves_a_living_group(stage: Stage) -> None:
    """“Did not open” loses whoever opens."""
    make(stage, "not-opened 1", crm=False, living=True)
    import_facts(stage.sync)
    stage.audience.facts.append(Event("may", "p9@stage.example", "opened", SENT))
    import_facts(stage.sync)
    assert [one.members for one in stage.audience.segments()] == [5]


def test_a_crm_group_becomes_a_dated_segment_and_again_a_second_one(stage: Stage) -> None:
    """What the group is later changes neither."""
    keys = [one.key for one in stage.crm.records()][1:6]
    with stage.engine.begin() as db:
        some = of_crm(db, stage.sync.connection_id, keys)
    for _ in range(2):
        with stage.engine.begin() as db:
            where = {"segment": True, "crm": False, "living": False}
            add_crowd(db, stage.sync.connection_id, "Fair", "Fair", some, **where, who="Ada", now=stage.clock())
        import_facts(stage.sync)
    titles = [one.title for one in stage.audience.segments()]
    assert len(set(titles)) == 2
    assert all(f"{stage.clock():%Y-%m-%d %H:%M}" in one for one in titles)
    assert reach(some).total() == len(keys)


@pytest.mark.parametrize("seed", range(5))
def test_crashes_make_no_second_segment_or_group(stage: Stage, seed: int) -> None:
    """However often the process dies, there is one segment and one group, and both are whole."""
    make(stage)
    stage.sync.audience = FaultyAudience(stage.audience, Plan(seed, {Fault.CRASH: 0.15}))
    stage.sync.crm = FaultyCrm(stage.crm, Plan(seed, {Fault.CRASH: 0.15}))
    for _ in range(200):
        try:
            import_facts(stage.sync)
            break
        except Crash:
            continue
    assert [one.members for one in stage.audience.segments()] == [3]
    assert groups(stage) == [4]


def test_a_segment_takes_one_call_for_500_people(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """⌈n/500⌉ calls, the creating one included."""
    for number in range(1100):
        stage.audience.add(f"x{number}@stage.example", consent=Consent.SUBSCRIBED)
        stage.audience.facts.append(Event("may", f"x{number}@stage.example", "sent", SENT))
    stage.settle()
    import_facts(stage.sync)
    make(stage, "sent 1", crm=False)
    calls: list[int] = []
    change = stage.audience.change_segment

    def counted(segment: str, add: Sequence[str], remove: Sequence[str]) -> int:
        calls.append(len(add))
        return change(segment, add, remove)

    monkeypatch.setattr(stage.audience, "change_segment", counted)
    import_facts(stage.sync)
    assert calls == [500, 500, 109]  # the memory's creating call fills by the same door
    assert [one.members for one in stage.audience.segments()] == [1109]
