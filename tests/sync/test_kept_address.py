"""A new person whose address somebody else's member keeps is held and explained, and becomes one once it is free."""

from listloop.core.plan import Rule, Standing
from listloop.store.questions import lines
from tests.sync.stage import Stage, writes


def keeping(stage: Stage) -> tuple[str, str]:
    """Ann's member can't move to her new address, which is archived; Bob is new at the one it keeps.

    Returns the keys of Ann's CRM record and of her member.
    """
    old = stage.audience.add("new@x.example", {"LNAME": "Old"})
    ann = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.audience.archive(old)
    stage.settle()
    member = next(one.key for one in stage.audience.records() if one.email == "ann@x.example")
    stage.crm.change_address(ann, "new@x.example")
    stage.settle()
    stage.crm.add("ann@x.example", {"Last": "Bell"}, takes_part=True)
    stage.run()
    return ann, member


def test_who_wants_an_address_that_anothers_member_keeps_waits_with_the_reason(stage: Stage) -> None:
    keeping(stage)
    bob = stage.people()["ann@x.example"]
    assert (bob.standing, bob.rule) == (Standing.WAITING, Rule.QUESTION)
    assert bob.reason == "wants the address ann@x.example, which Lee has already"
    with stage.engine.begin() as db:
        (asked,) = lines(db, person_id=bob.id)
    assert not asked.answers
    assert writes(stage.run()) == 0


def test_once_the_address_is_free_they_become_a_member(stage: Stage) -> None:
    ann, member = keeping(stage)
    stage.crm.change_address(ann, "free@x.example")
    stage.settle()
    assert stage.audience.record(member).email == "free@x.example"
    assert stage.people()["ann@x.example"].standing == Standing.IN_SYNC
    assert [one.email for one in stage.audience.records() if one.takes_part] == ["free@x.example", "ann@x.example"]
    with stage.engine.begin() as db:
        assert not list(lines(db))
