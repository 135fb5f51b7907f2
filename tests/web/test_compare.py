"""Both sides next to each other: what differs comes first, and only what differs is called so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from listloop.core.people import Person, Record
from listloop.core.rules import Row
from listloop.core.side import Field
from listloop.store.dossier import Dossier, End, dossier
from listloop.web.compare import compare
from tests.web.world import NOW, World


@pytest.fixture
def elena(engine: Engine, world: World) -> Dossier:
    """A person whose phone and label differ."""
    with engine.begin() as db:
        found = dossier(db, world.elena)
    assert found is not None
    return found


def test_differences_come_first_and_the_rest_keeps_its_order(elena: Dossier) -> None:
    states = [(row.title, row.state) for row in compare(elena)]
    assert states == [
        ("Phone", "differs"),
        ("Customer A", "differs"),
        ("E-mail", "agrees"),
        ("First name", "agrees"),
        ("Last name", "agrees"),
        ("Language", "empty"),
    ]


def test_a_value_that_a_side_cut_agrees_in_that_sides_form(elena: Dossier) -> None:
    row = Row(Field("note", "Note"), Field("NOTE", "Note", max_chars=5))
    crm = End(Record("1", Person(fields={"note": "abcdefgh"})), NOW, gone=False)
    mailchimp = End(Record("2", Person(fields={"NOTE": "abcde"})), NOW, gone=False)
    found = replace(elena, crm=crm, mailchimp=mailchimp, rules=replace(elena.rules, rows=(row,), labels=()))
    assert [one.state for one in compare(found) if one.title == "Note"] == ["alike"]


def test_without_the_other_side_nothing_is_called_different(elena: Dossier) -> None:
    states = {row.state for row in compare(replace(elena, mailchimp=None))}
    assert states == {"alone"}


def test_a_field_that_a_side_did_not_show_is_not_an_empty_one(elena: Dossier) -> None:
    crm = End(Record("1", Person(fields={})), NOW, gone=False)
    rows = {row.title: row for row in compare(replace(elena, crm=crm))}
    assert rows["Phone"].crm is None
    assert rows["Phone"].state == "alone"
