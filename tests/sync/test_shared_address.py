"""A no reaches everybody with the address in the run that reads it, whoever else is decided along with them."""

from pathlib import Path

import pytest

from listloop.core.people import Consent
from tests.sync.stage import make_stage


@pytest.mark.parametrize("chunk", [1, 500])
def test_a_no_of_one_who_is_left_out_reaches_the_linked_one_edited_in_the_same_interval(
    tmp_path: Path, chunk: int
) -> None:
    stage = make_stage(tmp_path)
    stage.sync.chunk = chunk
    linked = stage.crm.add("office@b.example", {"First": "Ada", "Last": "King"}, takes_part=True)
    shared = stage.crm.add("office@b.example", {"First": "Bob", "Last": "Bell"}, takes_part=True)
    stage.settle()
    (member,) = stage.audience.records()
    assert member.person.consent is Consent.SUBSCRIBED
    stage.crm.edit(linked, {"City": "Bern"})
    stage.crm.opt_out(shared)
    stage.run()
    (member,) = stage.audience.records()
    assert member.person.consent is Consent.UNSUBSCRIBED
    assert {one.person.consent for one in stage.crm.records()} == {Consent.UNSUBSCRIBED}
    stage.engine.dispose()


@pytest.mark.parametrize("chunk", [1, 500])
def test_nobody_is_created_over_a_no_that_was_noted_later_in_the_same_run(tmp_path: Path, chunk: int) -> None:
    stage = make_stage(tmp_path)
    stage.sync.chunk = chunk
    stage.crm.add("office@b.example", {"First": "Ada", "Last": "King"}, takes_part=True)
    stage.crm.opt_out(stage.crm.add("office@b.example", {"First": "Bob", "Last": "Bell"}, takes_part=True))
    stage.run()
    assert stage.audience.records() == ()
    assert {one.person.consent for one in stage.crm.records()} == {Consent.UNSUBSCRIBED}
    stage.engine.dispose()
