"""A record that is gone while another has its ID or address: merged, moved, signed up anew; the link goes along."""

from __future__ import annotations

from listloop.core.people import Consent
from listloop.core.plan import Standing
from listloop.sync.context import Scope
from tests.sync.stage import Stage


def linked(stage: Stage, email: str = "ann@x.example", **fields: str) -> tuple[str, str]:
    crm = stage.crm.add(email, {"Last": "Lee", **fields}, takes_part=True)
    stage.settle()
    return crm, stage.crm.record(crm).mailchimp_id


def believed(stage: Stage) -> None:
    """Absence is believed the second time; then everything settles."""
    for _ in range(3):
        stage.run(Scope(sweep=True))
    stage.settle()


def test_a_merged_record_s_empty_fields_clear_nothing_and_its_own_values_go_along(stage: Stage) -> None:
    crm, member = linked(stage, City="Bern", First="Ann")
    other = stage.crm.add("ann@x.example", {"Last": "Lee", "First": "Anna"}, takes_part=True)
    stage.settle()
    stage.crm.delete(crm)
    believed(stage)
    assert stage.crm.record(other).mailchimp_id == member
    assert stage.audience.record(member).person.fields["FNAME"] == "Anna"
    assert (
        stage.crm.record(other).person.fields["City"] == "Bern" == stage.audience.record(member).person.fields["CITY"]
    )


def test_a_contact_that_moved_to_another_company_keeps_member_and_what_was_edited_in_mailchimp(stage: Stage) -> None:
    crm, member = linked(stage, City="Bern", Company="Acme")
    old = stage.crm.record(crm)
    new = stage.crm.add(
        old.email, {**old.person.fields, "Company": "Globex"}, takes_part=True, mailchimp_id=old.mailchimp_id
    )
    stage.crm.delete(crm)
    stage.audience.edit(member, {"CITY": "Graz"})
    believed(stage)
    assert stage.crm.record(new).person.fields["City"] == "Graz"
    assert stage.audience.record(member).person.fields["COMPANY"] == "Globex"
    assert stage.audience.record(member).takes_part is True
    assert stage.standings() == {"in_sync": 1, "waiting": 0, "excluded": 0, "failed": 0}


def test_a_record_made_anew_after_its_member_was_archived_brings_the_member_back(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.crm.delete(crm)
    believed(stage)
    assert stage.audience.record(member).takes_part is False
    new = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    assert stage.audience.record(member).takes_part is True
    assert stage.audience.record(member).person.consent is Consent.SUBSCRIBED
    assert stage.crm.record(new).takes_part is True
    assert len(stage.audience.records()) == 1


def test_a_no_of_the_record_that_takes_over_is_a_new_no(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True, consent=Consent.UNSUBSCRIBED)
    stage.crm.delete(crm)
    believed(stage)
    assert stage.audience.record(member).person.consent is Consent.UNSUBSCRIBED


def test_who_was_deleted_in_mailchimp_and_signs_up_anew_stays_the_same_person(stage: Stage) -> None:
    crm, member = linked(stage, City="Bern")
    stage.audience.delete(member)
    stage.run()
    again = stage.audience.sign_up("ann@x.example").key
    believed(stage)
    assert stage.crm.record(crm).takes_part is True
    assert stage.crm.record(crm).mailchimp_id == again
    assert stage.crm.record(crm).person.fields["City"] == "Bern" == stage.audience.record(again).person.fields["CITY"]
    assert len(stage.crm.records()) == 1
    assert stage.people()["ann@x.example"].standing == Standing.IN_SYNC
    assert stage.standings() == {"in_sync": 1, "waiting": 0, "excluded": 0, "failed": 0}
