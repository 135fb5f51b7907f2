"""The two ends of a connection are for life, and what is missing there rests instead of being lost."""

from dataclasses import replace

import pytest

from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent
from listloop.core.side import Health, Label, LabelKind, Schema
from listloop.store.connections import connection
from listloop.store.labels import known_labels
from listloop.sync.context import Scope
from tests.sync.stage import RULES, Stage


@pytest.fixture
def pair(stage: Stage) -> Stage:
    """One linked pair with a city and a label."""
    stage.crm.add("ann@x.example", {"Last": "Lee", "City": "Bern"}, {"customers"}, takes_part=True)
    stage.settle()
    return stage


@pytest.mark.parametrize("side", ["crm", "audience"])
def test_an_exchanged_end_is_refused_and_nothing_is_written(pair: Stage, side: str) -> None:
    getattr(pair, side).health = Health("memory:another", "Another one")
    pair.crm.edit("p000001", {"City": "Graz"})
    with pytest.raises(NeedsAttention, match="Another one answers now"):
        pair.run()
    assert pair.audience.records()[0].person.fields["CITY"] == "Bern"


def test_a_field_that_vanished_rests_and_the_others_go_on(pair: Stage) -> None:
    schema = pair.audience.fields
    pair.audience.fields = Schema(tuple(one for one in schema.fields if one.name != "CITY"), schema.labels)
    pair.crm.edit("p000001", {"City": "Graz", "First": "Ann"})
    run = pair.run()
    assert "CITY is no longer in Mailchimp" in run.problem
    assert pair.audience.records()[0].person.fields["FNAME"] == "Ann"
    assert pair.crm.record("p000001").person.fields["City"] == "Graz"


def test_a_field_that_came_back_goes_on_where_it_stopped(pair: Stage) -> None:
    schema = pair.audience.fields
    pair.audience.fields = Schema(tuple(one for one in schema.fields if one.name != "CITY"), schema.labels)
    pair.crm.edit("p000001", {"City": "Graz"})
    pair.run()
    pair.audience.fields = schema
    pair.run(Scope(full=True))
    pair.crm.edit("p000001", {"First": "Ann"})
    pair.settle()
    assert pair.audience.records()[0].person.fields["CITY"] == "Graz"


def test_a_tag_that_was_deleted_takes_nobody_out_of_the_group(pair: Stage) -> None:
    schema = pair.audience.fields
    pair.audience.fields = Schema(schema.fields, ())
    pair.audience.edit(pair.audience.records()[0].key, labels=set())
    pair.settle()
    assert pair.crm.record("p000001").person.labels == {"customers"}


@pytest.mark.parametrize("left", [0, 5])
def test_a_side_that_reads_empty_or_truncated_stops_the_run(stage: Stage, left: int) -> None:
    for number in range(24):
        stage.crm.add(f"a{number}@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    for one in stage.crm.records()[left:]:
        stage.crm.delete(one.key)
    with pytest.raises(NeedsAttention, match=rf"Of the 24 people .* shows {left}\."):
        stage.run(Scope(full=True))
    assert {one.takes_part for one in stage.audience.records()} == {True}


@pytest.mark.parametrize("empty", ["crm", "mailchimp"])
def test_a_no_is_written_although_a_side_reads_almost_empty(stage: Stage, empty: str) -> None:
    for number in range(24):
        stage.crm.add(f"a{number}@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    people, members = stage.crm.records(), stage.audience.records()
    stage.audience.unsubscribe(members[0].key)
    stage.crm.opt_out(people[1].key)
    stage.crm.edit(people[2].key, {"City": "Bern"})
    for one in people[3:] if empty == "crm" else members[3:]:
        (stage.crm if empty == "crm" else stage.audience).delete(one.key)
    with pytest.raises(NeedsAttention, match=r"Of the 24 people .* shows 3\."):
        stage.run(Scope(full=True))
    assert [one.person.consent for one in stage.crm.records()[:2]] == [Consent.UNSUBSCRIBED] * 2
    there = {one.email: one for one in stage.audience.records()}
    assert {there[f"a{number}@x.example"].person.consent for number in (0, 1)} == {Consent.UNSUBSCRIBED}
    assert {one.person.fields["CITY"] for one in there.values()} == {""}
    with stage.engine.begin() as db:
        assert "it now shows 3" in connection(db, stage.sync.connection_id).paused


def test_deletions_that_a_person_says_are_meant_are_believed(stage: Stage) -> None:
    for number in range(24):
        stage.crm.add(f"a{number}@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    for one in stage.crm.records():
        stage.crm.delete(one.key)
    for _ in range(3):
        stage.run(Scope(full=True, believe_empty=True))
    assert {one.takes_part for one in stage.audience.records()} == {False}


def test_clocks_that_differ_by_hours_change_nothing(stage: Stage) -> None:
    stage.crm.wait(-7200)
    stage.audience.wait(36000)
    key = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    stage.crm.edit(key, {"City": "Bern"})
    stage.settle()
    stage.audience.unsubscribe(stage.audience.records()[0].key)
    stage.settle()
    assert stage.audience.records()[0].person.fields["CITY"] == "Bern"
    assert stage.crm.record(key).person.consent is Consent.UNSUBSCRIBED


def test_a_new_member_follows_the_set_up_answer(stage: Stage) -> None:
    stage.rules(replace(RULES, unknown_consent=Consent.PENDING))
    stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    assert stage.audience.records()[0].person.consent is Consent.PENDING


def test_the_words_of_all_labels_are_kept_mapped_or_not_and_those_that_go_are_forgotten(pair: Stage) -> None:
    def known() -> set[tuple[str, str, str]]:
        with pair.engine.begin() as db:
            return {(one.side, one.label.name, one.label.title) for one in known_labels(db, pair.sync.connection_id)}

    fields = pair.audience.fields
    vip, fair = Label("t7", "VIP", LabelKind.TAG), Label("t8", "Fair", LabelKind.TAG)
    pair.audience.fields = Schema(fields.fields, (*fields.labels, vip, fair))
    pair.run()
    assert {("mailchimp", "t7", "VIP"), ("mailchimp", "t8", "Fair")} < known()
    pair.audience.fields = Schema(fields.fields, (*fields.labels, replace(vip, title="Very important")))
    pair.run()
    assert {one for one in known() if one[1] in {"t7", "t8"}} == {("mailchimp", "t7", "Very important")}
