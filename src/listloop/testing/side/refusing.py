"""Promises about writes that can't be carried out: one outcome says why, and the others go on."""

from __future__ import annotations

from listloop.core.people import Key, Patch
from listloop.core.side import FieldType, Side
from listloop.testing.side.hands import Hands
from listloop.testing.side.steps import needs, new, people, person, refused, shown, stored, texts, write

NO_FIELD = "no such field"
NO_LABEL = "no such label"


class Refusing:
    """``write``, where something is wrong with what is asked."""

    def test_an_unknown_key_is_refused(self, side: Side) -> None:
        """A change of a record that never was is refused, and makes nobody."""
        record = person(side)
        refused(write(side, (f"{record.key}0", Patch(fields={texts(side)[0].name: "x"})))[0])
        assert list(side.keys()) == [record.key]

    def test_a_deleted_record_is_refused(self, side: Side, hands: Hands) -> None:
        """A change of a record that was deleted is refused, and does not bring it back."""
        record = person(side)
        hands.delete(record.key)
        refused(write(side, (record.key, Patch(fields={texts(side)[0].name: "x"})))[0])
        assert list(side.keys()) == []

    def test_an_unknown_field_is_refused(self, side: Side) -> None:
        """A value for a field that does not exist is refused, never dropped unseen."""
        record = person(side)
        refused(write(side, (record.key, Patch(fields={NO_FIELD: "x"})))[0])
        assert shown(side, record.key) == record

    def test_what_is_only_read_is_refused(self, side: Side) -> None:
        """A value for a field that can't be written is refused, not left out."""
        found = [one for one in side.schema().fields if not one.writable]
        needs(bool(found), "has no field that can only be read")
        record = person(side)
        refused(write(side, (record.key, Patch(fields={found[0].name: "x"})))[0])
        assert shown(side, record.key) == record

    def test_what_stays_full_is_refused(self, side: Side) -> None:
        """Emptying a field that can't be emptied is refused, and it stays full."""
        found = [one for one in side.schema().fields if one.type is FieldType.TEXT and one.writable]
        found = [one for one in found if not one.clearable]
        needs(bool(found), "has no field that can't be emptied")
        record = person(side, **{found[0].name: "full"})
        refused(write(side, (record.key, Patch(fields={found[0].name: ""})))[0])
        assert shown(side, record.key) == record

    def test_an_unknown_label_is_refused(self, side: Side) -> None:
        """A label that does not exist is refused, never dropped or made unseen."""
        record = person(side)
        refused(write(side, (record.key, Patch(add=frozenset({NO_LABEL}))))[0])
        assert shown(side, record.key) == record

    def test_an_address_that_is_none_is_refused_or_kept(self, side: Side) -> None:
        """Something that is no address is refused with a reason, or stored as it is; nothing is raised."""
        for wrong in ("no address", "@", "a@b@c", "x" * 400 + "@suite.example"):
            outcome = write(side, (None, new(side, email=wrong)))[0]
            if outcome.error is None:
                assert shown(side, stored(outcome).key).email == wrong
            else:
                refused(outcome)

    def test_a_refused_change_changes_nothing(self, side: Side) -> None:
        """A change with a good and a bad part is refused as a whole."""
        record = person(side)
        refused(write(side, (record.key, Patch(fields={texts(side)[0].name: "good", NO_FIELD: "bad"})))[0])
        assert shown(side, record.key) == record

    def test_a_refused_creation_makes_nobody(self, side: Side) -> None:
        """A creation that is refused leaves no half of a record."""
        refused(write(side, (None, Patch(email="half@suite.example", fields={NO_FIELD: "bad"}, takes_part=True)))[0])
        assert list(side.keys()) == []
        assert list(side.find(["half@suite.example"])) == []

    def test_the_others_go_on(self, side: Side) -> None:
        """One bad change among many, wherever it stands, delays and harms none of the others."""
        made, field = people(side, 5), texts(side)[0].name
        for bad in (0, 2, 4):
            changes: list[tuple[Key | None, Patch]] = [
                (one.key, Patch(fields={NO_FIELD if number == bad else field: f"round {bad}"}))
                for number, one in enumerate(made)
            ]
            outcomes = write(side, *changes)
            assert [one.error is not None for one in outcomes] == [number == bad for number in range(5)]
            for number, one in enumerate(made):
                written = shown(side, one.key).person.fields[field] == f"round {bad}"
                assert written is (number != bad)

    def test_all_may_be_bad(self, side: Side) -> None:
        """A call in which everything is refused still answers each change."""
        made = people(side, 3)
        for outcome in write(side, *((one.key, Patch(fields={NO_FIELD: "x"})) for one in made)):
            refused(outcome)

    def test_a_refusal_says_what_to_do(self, side: Side) -> None:
        """A refusal names the problem and the next step, and has a code of its own."""
        error = refused(write(side, (person(side).key, Patch(fields={NO_FIELD: "x"})))[0])
        assert error.fix.strip()
        assert error.code

    def test_a_refusal_repeated_is_the_same(self, side: Side) -> None:
        """The same bad change is refused again for the same reason."""
        record = person(side)
        first, again = (refused(write(side, (record.key, Patch(fields={NO_FIELD: "x"})))[0]) for _ in range(2))
        assert (first.problem, first.code) == (again.problem, again.code)
