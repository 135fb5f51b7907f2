"""Fields and labels that a side no longer has rest; when they come back, nobody loses anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from listloop.core.people import Consent
from listloop.testing.builders import AUDIENCE_SCHEMA, label
from listloop.testing.memory import MemoryAudience
from tests.sync.stage import Stage, make_stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = make_stage(tmp_path)
    stage.crm.add("ann@x.example", {"Last": "Lee", "City": "Bern"}, takes_part=True, labels=frozenset({"customers"}))
    stage.settle()
    return stage


def member(audience: MemoryAudience) -> str:
    return audience.records()[0].key


def without_city(stage: Stage) -> None:
    fields = tuple(one for one in AUDIENCE_SCHEMA.fields if one.name != "CITY")
    stage.audience.fields = replace(AUDIENCE_SCHEMA, fields=fields)


def test_a_tag_that_was_deleted_and_made_anew_empties_no_group(stage: Stage) -> None:
    stage.audience.fields = replace(AUDIENCE_SCHEMA, labels=(label("press"),))
    stage.audience.edit(member(stage.audience), labels=frozenset())
    resting = stage.run()
    assert "The tag customer is no longer in Mailchimp: it rests" in resting.problem
    stage.audience.fields = AUDIENCE_SCHEMA
    stage.settle()
    assert stage.crm.records()[0].person.labels == {"customers"}
    assert stage.audience.records()[0].person.labels == {"customer"}


def test_nobody_who_was_not_looked_at_meanwhile_loses_the_tag_either(stage: Stage) -> None:
    stage.audience.fields = replace(AUDIENCE_SCHEMA, labels=(label("press"),))
    stage.run()
    stage.audience.fields = AUDIENCE_SCHEMA
    stage.audience.edit(member(stage.audience), labels=frozenset())
    stage.settle()
    assert stage.crm.records()[0].person.labels == {"customers"}


def test_a_merge_field_that_was_deleted_and_made_anew_clears_nothing_in_the_crm(stage: Stage) -> None:
    without_city(stage)
    assert "CITY is no longer in Mailchimp" in stage.run().problem
    stage.audience.fields = AUDIENCE_SCHEMA
    stage.audience.edit(member(stage.audience), {"CITY": ""})
    stage.settle()
    assert stage.crm.records()[0].person.fields["City"] == "Bern"
    assert stage.audience.records()[0].person.fields["CITY"] == "Bern"


def test_the_other_fields_go_on_while_one_rests(stage: Stage) -> None:
    without_city(stage)
    stage.crm.edit(stage.crm.records()[0].key, {"First": "Ann"})
    stage.run()
    assert stage.audience.records()[0].person.fields["FNAME"] == "Ann"


def test_who_opts_out_while_a_field_rests_stays_out(stage: Stage) -> None:
    without_city(stage)
    stage.audience.unsubscribe(member(stage.audience))
    stage.run()
    assert stage.crm.records()[0].person.consent is Consent.UNSUBSCRIBED
