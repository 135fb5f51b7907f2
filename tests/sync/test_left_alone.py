"""Members that belong to other tools, by tag or source, are left alone: nothing of them is written but a no."""

from __future__ import annotations

from dataclasses import replace

from listloop.core.people import Consent
from listloop.core.plan import Rule, Standing
from tests.sync.stage import RULES, Stage, writes

SHOP = replace(RULES, not_sources=frozenset({"Shop"}))
PRESS = replace(RULES, only_tags=frozenset({"customer"}))


def test_a_member_of_another_tool_becomes_no_crm_person(stage: Stage) -> None:
    stage.rules(SHOP)
    stage.audience.add("shop@x.example", consent=Consent.SUBSCRIBED, source="Shop")
    stage.settle()
    assert stage.crm.records() == ()
    assert stage.people()["shop@x.example"].rule == Rule.FILTERED


def test_a_crm_person_with_the_address_of_such_a_member_is_neither_written_nor_made_twice(stage: Stage) -> None:
    stage.rules(SHOP)
    member = stage.audience.add("ann@x.example", {"LNAME": "Li"}, consent=Consent.SUBSCRIBED, source="Shop")
    crm = stage.crm.add("ann@x.example", {"Last": "Lee", "City": "Bern"}, takes_part=True)
    before = stage.audience.record(member), stage.crm.record(crm)
    stage.settle()
    assert (stage.audience.record(member), stage.crm.record(crm)) == before
    person = stage.people()["ann@x.example"]
    assert (person.standing, person.rule) == (Standing.EXCLUDED, Rule.FILTERED)
    assert writes(stage.run()) == 0


def test_a_no_crosses_to_a_member_of_another_tool(stage: Stage) -> None:
    stage.rules(SHOP)
    member = stage.audience.add("ann@x.example", consent=Consent.SUBSCRIBED, source="Shop")
    crm = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    stage.crm.opt_out(crm)
    stage.settle()
    assert stage.audience.record(member).person.consent is Consent.UNSUBSCRIBED


def test_who_loses_the_tag_parts_untouched_and_resumes_with_it(stage: Stage) -> None:
    crm = stage.crm.add("ann@x.example", {"Last": "Lee"}, {"customers"}, takes_part=True)
    stage.settle()
    member = stage.crm.record(crm).mailchimp_id
    stage.rules(PRESS)
    stage.settle()
    stage.audience.edit(member, labels=frozenset())
    stage.crm.edit(crm, {"City": "Bern"})
    stage.settle()
    assert stage.audience.record(member).takes_part is True
    assert stage.audience.record(member).person.fields["CITY"] == ""
    assert stage.crm.record(crm).takes_part is True
    stage.audience.edit(member, labels=frozenset({"customer"}))
    stage.settle()
    assert stage.audience.record(member).person.fields["CITY"] == "Bern"


def test_a_new_member_gets_the_tag_that_makes_it_ours(stage: Stage) -> None:
    stage.rules(PRESS)
    crm = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    assert stage.audience.record(stage.crm.record(crm).mailchimp_id).person.labels == {"customer"}
    assert stage.people()["ann@x.example"].standing == Standing.IN_SYNC
