"""A CRM seen through a connection's rules keeps every promise of a CRM, and shows wholes, lists and older IDs."""

from __future__ import annotations

import pytest

from listloop.core.addresses import address
from listloop.core.fields import choice_label
from listloop.core.people import Patch
from listloop.core.rules import LabelRow, Row, Rules
from listloop.core.side import Change, Field, FieldType, Label, LabelKind, Schema
from listloop.crm.view import View, parts_named, seen_by, whole_name
from listloop.testing.builders import CRM_SCHEMA, label_row, row
from listloop.testing.memory import MemoryCrm
from listloop.testing.side import CrmTests

STREET = {"addr1": "Street", "city": "City", "zip": "Zip"}
WHOLE = whole_name(STREET)
WINE = Field("Wine", "Wine", FieldType.CHOICES, ("Dry", "Red", "White"))
SCHEMA = Schema(
    (*CRM_SCHEMA.fields, Field("Street", "Street"), Field("Zip", "Zip"), WINE, Field("Old", "Old ID")),
    CRM_SCHEMA.labels,
)
RED, DRY = choice_label(WINE, "Red").name, choice_label(WINE, "Dry").name


class TestView(CrmTests):
    """The whole suite, with everything that can be seen."""

    three_pages = 25

    @pytest.fixture
    def hands(self) -> MemoryCrm:
        return MemoryCrm(SCHEMA, page_size=10)

    @pytest.fixture
    def side(self, hands: MemoryCrm) -> View:
        return View(hands, "Old", (WHOLE,), ("Wine",))


@pytest.fixture
def crm() -> MemoryCrm:
    return MemoryCrm(SCHEMA)


@pytest.fixture
def view(crm: MemoryCrm) -> View:
    return View(crm, "Old", (WHOLE,), ("Wine",))


def test_an_address_in_parts_is_shown_whole_and_written_in_parts(crm: MemoryCrm, view: View) -> None:
    key = crm.add("a@x.example", {"Last": "A", "Street": "Ring 1", "City": "Wien"})
    assert next(view.fetch([key])).person.fields[WHOLE] == address({"addr1": "Ring 1", "city": "Wien"})
    (outcome,) = view.write([Change("1", key, Patch(fields={WHOLE: address({"addr1": "Ring 2", "zip": "1010"})}))])
    assert outcome.record is not None
    assert outcome.record.person.fields[WHOLE] == address({"addr1": "Ring 2", "zip": "1010"})
    held = crm.record(key).person.fields
    assert {name: held[name] for name in STREET.values()} == {"Street": "Ring 2", "City": "", "Zip": "1010"}
    list(view.write([Change("2", key, Patch(fields={WHOLE: ""}))]))
    assert {crm.record(key).person.fields[name] for name in STREET.values()} == {""}
    field = view.schema().field(WHOLE)
    assert field is not None
    assert (field.type, field.parts, field.title) == (FieldType.ADDRESS, ("addr1", "city", "zip"), "Street, City, Zip")


def test_an_address_one_of_whose_parts_vanished_is_not_shown(crm: MemoryCrm, view: View) -> None:
    crm.fields = CRM_SCHEMA
    assert view.schema().field(WHOLE) is None
    assert parts_named("City") == {}
    assert parts_named(WHOLE) == STREET


def test_choices_of_a_list_are_labels(crm: MemoryCrm, view: View) -> None:
    key = crm.add("a@x.example", {"Last": "A", "Wine": "Red\nWhite"})
    shown = next(view.fetch([key])).person
    assert {one for one in shown.labels if one.startswith("choice:")} == {RED, choice_label(WINE, "White").name}
    (outcome,) = view.write([Change("1", key, Patch(add=frozenset({DRY, "customers"}), remove=frozenset({RED})))])
    assert outcome.error is None
    assert crm.record(key).person.fields["Wine"] == "Dry\nWhite"
    assert crm.record(key).person.labels == {"customers"}
    (made,) = view.write([Change("2", None, Patch("b@x.example", {"Last": "B"}, add=frozenset({RED})))])
    assert made.record is not None
    assert made.record.person.fields["Wine"] == "Red"


def test_a_choice_that_is_missing_is_made_in_its_list(crm: MemoryCrm, view: View) -> None:
    view.prepare(Schema((), (choice_label(WINE, "Rosé"), Label("new", "New", LabelKind.GROUP))))
    wine = crm.schema().field("Wine")
    assert wine is not None
    assert wine.choices == ("Dry", "Red", "White", "Rosé")
    assert view.schema().label("new")
    assert view.schema().label(choice_label(WINE, "Rosé").name)


def test_the_id_of_an_earlier_connector_is_shown_and_never_written(crm: MemoryCrm, view: View) -> None:
    key = crm.add("a@x.example", {"Last": "A", "Old": " 0123456789 "})
    assert next(view.fetch([key])).older_ids == ("0123456789",)
    old = view.schema().field("Old")
    assert old is not None
    assert not old.writable


def test_a_crm_is_seen_as_it_is_where_the_rules_need_nothing(crm: MemoryCrm) -> None:
    plain = Rules(rows=(row("First", "FNAME"),), labels=(label_row("customers", "customer"),))
    assert seen_by(crm, plain) is crm
    whole = Row(Field(WHOLE, "Address", FieldType.ADDRESS), Field("ADDRESS", "Address", FieldType.ADDRESS))
    listed = LabelRow(choice_label(WINE, "Red"), Label("tag:1", "Red", LabelKind.TAG))
    seen = seen_by(crm, Rules(rows=(whole,), labels=(listed,), older_id="Old"))
    assert seen == View(crm, "Old", (WHOLE,), ("Wine",))
