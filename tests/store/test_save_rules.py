"""A mapping row that is new, changed or taken up again starts as a first meeting, and is read anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from listloop.core.people import SideName
from listloop.core.rules import Direction, Owner, Rules
from listloop.store.connections import connection, save_rules
from listloop.store.cursors import place
from tests.sync.stage import RULES, Stage, make_stage

LESS = replace(RULES, rows=RULES.rows[:-1], labels=())
ONE_WAY = replace(RULES, rows=(replace(RULES.rows[0], direction=Direction.TO_CRM), *RULES.rows[1:]))
OTHER_OWNER = replace(RULES, rows=(replace(RULES.rows[0], owner=Owner.ASK), *RULES.rows[1:]))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = make_stage(tmp_path)
    stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    return stage


def remembered(stage: Stage) -> set[str]:
    (ann,) = stage.people().values()
    assert ann.memory is not None
    return {*ann.memory.crm.fields, *ann.memory.crm.labels}


def names(rules: Rules) -> set[str]:
    return {*(one.name for one in rules.rows), *(one.name for one in rules.labels)}


def saved(stage: Stage, rules: Rules) -> bool:
    """Change the rules; are both sides read in full then?"""
    with stage.engine.begin() as db:
        save_rules(db, stage.sync.connection_id, rules)
        assert connection(db, stage.sync.connection_id).rules == rules
        return not any(place(db, stage.sync.connection_id, side).cursor for side in SideName)


def test_a_row_that_is_taken_up_again_at_once_is_a_first_meeting_too(stage: Stage) -> None:
    assert remembered(stage) == names(RULES)
    assert not saved(stage, LESS)
    assert remembered(stage) == names(LESS)
    assert saved(stage, RULES)
    assert remembered(stage) == names(LESS)


def test_a_row_that_goes_another_way_is_a_first_meeting(stage: Stage) -> None:
    assert not saved(stage, ONE_WAY)
    assert remembered(stage) == names(RULES) - {RULES.rows[0].name}


def test_another_owner_changes_nothing_that_is_remembered(stage: Stage) -> None:
    assert not saved(stage, OTHER_OWNER)
    assert remembered(stage) == names(RULES)


def test_another_field_of_older_ids_is_read_in_full(stage: Stage) -> None:
    assert saved(stage, replace(RULES, older_id="Their ID"))
