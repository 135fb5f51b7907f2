"""Nobody gets two confirmation mails from us: not after the member expired, not as another record of the CRM."""

from __future__ import annotations

from dataclasses import replace

import pytest

from listloop.core.people import Consent
from listloop.store.ledger import asked_before
from tests.sync.stage import RULES, Stage


@pytest.fixture
def asked(stage: Stage) -> Stage:
    """Ann was asked, did not confirm, and Mailchimp dropped her."""
    stage.rules(replace(RULES, unknown_consent=Consent.PENDING))
    stage.crm.add("Ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    (member,) = stage.audience.records()
    assert member.person.consent is Consent.PENDING
    stage.audience.delete(member.key)
    return stage


def test_an_address_that_was_asked_is_remembered_however_it_is_spelled(asked: Stage) -> None:
    asked.settle()
    with asked.engine.begin() as db:
        known = asked_before(db, asked.sync.connection_id, {"ann@x.example", "bob@x.example"})
        assert known == {"ann@x.example"}
        assert asked_before(db, asked.sync.connection_id + 1, {"ann@x.example"}) == set()
        assert asked_before(db, asked.sync.connection_id, set()) == set()


@pytest.mark.parametrize("again", ["flag", "record"])
def test_who_did_not_confirm_is_not_asked_by_another_record_or_flag(asked: Stage, again: str) -> None:
    asked.settle()
    (first,) = asked.crm.records()
    if again == "flag":
        asked.crm.flag(first.key, takes_part=True)
    else:
        asked.crm.delete(first.key)
        asked.settle()
        asked.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    asked.settle()
    assert all(one.person.consent is not Consent.PENDING for one in asked.audience.records())
