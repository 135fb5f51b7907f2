"""Promises about who the other end is and what it can hold."""

from __future__ import annotations

from dataclasses import replace

from listloop.core.people import Patch
from listloop.core.side import FieldType, Label, LabelKind, Schema, Side
from listloop.testing.side.steps import needs, people, person, shown, texts, typed, update


class Setup:
    """``can``, ``check``, ``schema``, ``prepare``."""

    def test_it_says_who_it_is(self, side: Side) -> None:
        """A check names the other end, for people and for good."""
        health = side.check()
        assert health.identity.strip()
        assert health.title.strip()

    def test_its_identity_stays(self, side: Side) -> None:
        """The identity is the same on every check, whatever is written meanwhile."""
        before = side.check().identity
        people(side, 1)
        assert side.check().identity == before

    def test_a_sound_side_has_no_problems(self, side: Side) -> None:
        """A side that may be read and written says so, and names no problem."""
        health = side.check()
        assert health.readable
        assert health.writable
        assert health.problems == ()

    def test_what_it_can_is_constant(self, side: Side) -> None:
        """``can`` does not change when the side is used."""
        before = side.can
        people(side, 1)
        assert side.can == before

    def test_field_names_are_unique(self, side: Side) -> None:
        """No two fields have the same name, and each has a title."""
        fields = side.schema().fields
        assert len({one.name for one in fields}) == len(fields)
        assert all(one.title for one in fields)

    def test_label_names_are_unique(self, side: Side) -> None:
        """No two labels have the same name, and each has a title."""
        labels = side.schema().labels
        assert len({one.name for one in labels}) == len(labels)
        assert all(one.title for one in labels)

    def test_choices_are_listed(self, side: Side) -> None:
        """A field of choices lists them."""
        for one in side.schema().fields:
            assert one.type not in {FieldType.CHOICE, FieldType.CHOICES} or one.choices

    def test_the_schema_is_stable(self, side: Side) -> None:
        """The schema is the same when nobody changed it."""
        before = side.schema()
        people(side, 1)
        assert side.schema() == before

    def test_prepare_makes_a_missing_field(self, side: Side) -> None:
        """A field that was missing is there afterwards, and can be written."""
        needs(side.can.prepares, "makes no fields")
        wanted = replace(texts(side)[0], name="SUITE", title="Suite")
        side.prepare(Schema((wanted,)))
        made = next(one for one in side.schema().fields if one.title == "Suite")
        record = person(side, **{made.name: "x"})
        assert shown(side, record.key).person.fields[made.name] == "x"

    def test_prepare_makes_a_missing_choice(self, side: Side) -> None:
        """A choice that was missing is there afterwards, can be written, and the earlier ones stay."""
        needs(side.can.prepares, "makes no choices")
        old = typed(side, FieldType.CHOICE)
        side.prepare(Schema((replace(old, choices=(*old.choices, "suite")),)))
        now = side.schema().field(old.name)
        assert now is not None
        assert set(now.choices) == {*old.choices, "suite"}
        record = person(side, **{old.name: "suite"})
        assert shown(side, record.key).person.fields[old.name] == "suite"

    def test_prepare_makes_a_missing_label(self, side: Side) -> None:
        """A label that was missing is there afterwards, and can be given."""
        needs(side.can.prepares and side.can.labels, "makes no labels")
        kinds = [one.kind for one in side.schema().labels]
        side.prepare(Schema(labels=(Label("suite", "Suite", kinds[0] if kinds else LabelKind.TAG),)))
        made = next(one for one in side.schema().labels if one.title == "Suite")
        record = update(side, person(side).key, Patch(add=frozenset({made.name})))
        assert made.name in record.person.labels

    def test_prepare_leaves_what_is_there(self, side: Side) -> None:
        """Preparing what exists already changes no field, label or record."""
        needs(side.can.prepares, "prepares nothing")
        record, before = person(side), side.schema()
        side.prepare(before)
        assert side.schema() == before
        assert shown(side, record.key) == record
