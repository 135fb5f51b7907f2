"""A renamed or removed choice is followed by one call, or by the next run: nobody's record is saved again by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from listloop.core.errors import NeedsAttention
from listloop.core.people import SideName
from listloop.core.rules import Row
from listloop.core.side import Field, FieldType, Schema
from listloop.store.dossier import past
from listloop.sync.choices import move_choice
from listloop.testing.builders import AUDIENCE_SCHEMA, CRM_SCHEMA
from tests.sync.stage import RULES, Stage, make_stage, writes

HERE = Field("Heat", "Heat", FieldType.CHOICE, ("Hot", "Cold"))
THERE = Field("HEAT", "Heat", FieldType.CHOICE, ("Hot", "Cold"))
ROW = Row(HERE, THERE)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Ann and Bob are hot, Eve is cold; Zoe is a member who is not in the CRM."""
    stage = make_stage(tmp_path, replace(RULES, rows=(*RULES.rows, ROW), creates_in_crm=False))
    stage.crm.fields = Schema((*CRM_SCHEMA.fields, HERE), CRM_SCHEMA.labels)
    stage.audience.fields = Schema((*AUDIENCE_SCHEMA.fields, THERE), AUDIENCE_SCHEMA.labels)
    for name, heat in (("ann", "Hot"), ("bob", "Hot"), ("eve", "Cold")):
        stage.crm.add(f"{name}@x.example", {"Last": name, "Heat": heat}, takes_part=True)
    stage.audience.add("zoe@x.example", {"HEAT": "Hot"})
    stage.settle()
    return stage


def heats(stage: Stage) -> tuple[list[str], list[str]]:
    return (
        [one.person.fields["Heat"] for one in stage.crm.records()],
        [one.person.fields["HEAT"] for one in sorted(stage.audience.records(), key=lambda one: one.email)],
    )


def lists(stage: Stage) -> list[tuple[str, ...]]:
    fields = (stage.crm.fields.field("Heat"), stage.audience.fields.field("HEAT"))
    return [one.choices for one in fields if one]


def test_a_choice_is_renamed_on_both_sides_for_everybody_by_one_call(stage: Stage) -> None:
    done = move_choice(stage.sync, ROW, "Hot", "Very hot")
    assert [(one.side, one.people, one.refused) for one in done] == [(SideName.CRM, 2, ()), (SideName.MAILCHIMP, 3, ())]
    assert heats(stage) == (["Very hot", "Very hot", "Cold"], ["Very hot", "Very hot", "Cold", "Very hot"])
    assert lists(stage) == [("Cold", "Very hot")] * 2
    assert writes(stage.run()) == 0, "no run has anything left to do, nor asks for a yes"
    ann = stage.people()["ann@x.example"]
    with stage.engine.begin() as db:
        assert "the choice “Hot” was renamed “Very hot”" in [one.why for one in past(db, ann.id)]


def test_a_choice_is_removed_with_its_values(stage: Stage) -> None:
    move_choice(stage.sync, ROW, "Hot", "")
    assert heats(stage) == (["", "", "Cold"], ["", "", "Cold", ""])
    assert lists(stage) == [("Cold",)] * 2
    assert writes(stage.run()) == 0


def test_two_choices_are_joined(stage: Stage) -> None:
    move_choice(stage.sync, ROW, "Cold", "Hot")
    assert {*heats(stage)[0], *heats(stage)[1]} == {"Hot"}
    assert lists(stage) == [("Hot",)] * 2


def test_a_choice_that_there_is_not_is_told(stage: Stage) -> None:
    with pytest.raises(NeedsAttention, match=r"Heat has no choice “Warm”\. It has: Hot, Cold\."):
        move_choice(stage.sync, ROW, "Warm", "Hot")


def test_a_call_that_was_cut_off_is_carried_on_by_the_next_run(stage: Stage) -> None:
    """Only the CRM was done: the rest crosses as an edit."""
    for side in (stage.crm, stage.audience):
        side.prepare(Schema((replace(HERE if side is stage.crm else THERE, choices=("Very hot",)),)))
    for one in stage.crm.records()[:2]:
        stage.crm.edit(one.key, {"Heat": "Very hot"})
    stage.settle()
    assert heats(stage)[1][:3] == ["Very hot", "Very hot", "Cold"]


def test_a_choice_that_the_crm_renamed_itself_is_noticed_though_no_record_tells(stage: Stage) -> None:
    """The values change without a new time of change: such a run reads in full, once."""
    for side, field in ((stage.crm, HERE), (stage.audience, THERE)):
        kept = [one for one in side.fields.fields if one.name != field.name]
        choices = ("Very hot", "Cold") if side is stage.crm else ("Hot", "Cold", "Very hot")
        side.fields = Schema((*kept, replace(field, choices=choices)), side.fields.labels)
    for one in stage.crm.records()[:2]:
        person = replace(one.person, fields={**one.person.fields, "Heat": "Very hot"})
        stage.crm._records[one.key] = replace(one, person=person)  # its time stays
    stage.settle()
    assert heats(stage)[1][:3] == ["Very hot", "Very hot", "Cold"]
    assert stage.people()["ann@x.example"].standing == "in_sync"
