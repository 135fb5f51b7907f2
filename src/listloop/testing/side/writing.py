"""Promises about writes that go well."""

from __future__ import annotations

from dataclasses import replace

from listloop.core.people import Consent, Patch
from listloop.core.side import Change, Side
from listloop.testing.side.hands import Hands
from listloop.testing.side.steps import (
    LONG,
    address,
    create,
    needs,
    new,
    people,
    person,
    read,
    shown,
    stored,
    texts,
    update,
    write,
)


class Writing:
    """``write``, where nothing is wrong with what is asked."""

    def test_each_change_has_one_outcome(self, side: Side) -> None:
        """Every change is answered, and none twice."""
        changes = [Change(f"ref{number}", None, new(side, number)) for number in range(5)]
        assert sorted(one.ref for one in side.write(changes)) == sorted(one.ref for one in changes)

    def test_any_number_is_written(self, side: Side) -> None:
        """1,001 changes in one call are all carried out."""
        made = people(side, 1_001)
        assert len({one.key for one in made}) == 1_001
        assert set(side.keys()) == {one.key for one in made}

    def test_writing_nothing_does_nothing(self, side: Side) -> None:
        """A call without changes has no outcomes."""
        assert list(side.write([])) == []

    def test_an_outcome_is_of_its_own_change(self, side: Side) -> None:
        """The outcome with a change's name is about that change's person."""
        made = create(side, *(new(side, number) for number in range(5)))
        assert [one.email for one in made] == [address(number) for number in range(5)]
        field = texts(side)[0].name
        moved = write(side, *((one.key, Patch(fields={field: one.email})) for one in reversed(made)))
        assert [stored(one).key for one in moved] == [one.key for one in reversed(made)]
        assert all(one.record and one.record.person.fields[field] == one.record.email for one in moved)

    def test_changes_sharing_a_name_are_all_answered(self, side: Side) -> None:
        """Two changes that go by the same name by mistake have one outcome each, and both are done."""
        changes = [Change("same", None, new(side, number)) for number in (1, 2)]
        assert [one.ref for one in side.write(changes)] == ["same", "same"]
        assert len(list(side.find([address(1), address(2)]))) == 2

    def test_two_changes_of_one_record_are_both_done(self, side: Side) -> None:
        """Two changes of one record in one call are both answered, and both stand."""
        record, (first, second) = person(side), texts(side)[:2]
        one = (record.key, Patch(fields={first.name: "one"}))
        two = (record.key, Patch(fields={second.name: "two"}))
        assert all(outcome.error is None for outcome in write(side, one, two))
        fields = shown(side, record.key).person.fields
        assert (fields[first.name], fields[second.name]) == ("one", "two")

    def test_creating_stores_everything(self, side: Side) -> None:
        """A new record has the address and the fields that were asked for, and takes part."""
        field = texts(side)[0].name
        record = person(side, **{field: "Ada"})
        now = shown(side, record.key)
        assert (now.email, now.person.fields[field], now.takes_part) == (address(1), "Ada", True)

    def test_the_outcome_is_what_is_stored(self, side: Side) -> None:
        """The record of an outcome is the one that a fetch shows: after creating and after changing."""
        field = texts(side)[0].name
        record = person(side, **{field: "before"})
        assert shown(side, record.key) == record
        record = update(side, record.key, Patch(email="moved@suite.example", fields={field: "after"}))
        assert shown(side, record.key) == record

    def test_a_field_is_changed(self, side: Side) -> None:
        """An update stores the new value, and later readings show it."""
        field, record = texts(side)[0].name, person(side)
        update(side, record.key, Patch(fields={field: "new"}))
        assert read(side)[0][record.key].person.fields[field] == "new"

    def test_other_fields_stay(self, side: Side) -> None:
        """A patch leaves the fields alone that it does not name."""
        first, second = (one.name for one in texts(side)[:2])
        record = person(side, **{first: "one", second: "two"})
        update(side, record.key, Patch(fields={first: "new"}))
        fields = {**record.person.fields, first: "new"}
        assert shown(side, record.key).person.fields == fields

    def test_the_rest_of_the_record_stays(self, side: Side) -> None:
        """A patch of a field leaves address, labels, consent, flag and ID alone."""
        labels = frozenset(one.name for one in side.schema().labels[:1]) if side.can.labels else frozenset()
        record = update(side, person(side).key, Patch(add=labels))
        after = update(side, record.key, Patch(fields={texts(side)[0].name: "new"}))
        fields = {**record.person.fields, texts(side)[0].name: "new"}
        assert after.person == replace(record.person, fields=fields)
        assert (after.takes_part, after.mailchimp_id) == (record.takes_part, record.mailchimp_id)

    def test_other_records_stay(self, side: Side) -> None:
        """A write touches no record but its own."""
        made = people(side, 3)
        update(side, made[1].key, Patch(email="moved@suite.example", fields={texts(side)[0].name: "new"}))
        assert [shown(side, one.key) for one in (made[0], made[2])] == [made[0], made[2]]

    def test_an_edit_of_another_field_survives(self, side: Side, hands: Hands) -> None:
        """What a user edited after our reading stays when we write another field."""
        first, second = (one.name for one in texts(side)[:2])
        record = person(side)
        hands.edit(record.key, {first: "by hand"})
        update(side, record.key, Patch(fields={second: "by us"}))
        fields = shown(side, record.key).person.fields
        assert (fields[first], fields[second]) == ("by hand", "by us")

    def test_a_field_is_cleared(self, side: Side) -> None:
        """An empty value empties a field, where the side can clear."""
        needs(side.can.clears, "can't clear")
        field = texts(side)[0].name
        record = person(side, **{field: "full"})
        update(side, record.key, Patch(fields={field: ""}))
        assert shown(side, record.key).person.fields[field] == ""

    def test_an_address_is_changed(self, side: Side) -> None:
        """A new address stands, and the key stays."""
        record = person(side)
        after = update(side, record.key, Patch(email="moved@suite.example"))
        assert (after.key, after.email) == (record.key, "moved@suite.example")
        assert shown(side, record.key).email == "moved@suite.example"

    def test_the_spelling_of_an_address_is_changed(self, side: Side) -> None:
        """An address may be respelled in capitals without being in its own way."""
        record = person(side)
        update(side, record.key, Patch(email=record.email.upper()))
        assert [one.key for one in side.find([record.email])] == [record.key]

    def test_labels_are_added_and_removed(self, side: Side) -> None:
        """A label that is added is shown, one that is removed is not, and the others stay."""
        needs(side.can.labels, "has no labels")
        first, second = (one.name for one in side.schema().labels[:2])
        record = person(side)
        update(side, record.key, Patch(add=frozenset({first})))
        update(side, record.key, Patch(add=frozenset({second})))
        assert shown(side, record.key).person.labels == {first, second}
        update(side, record.key, Patch(remove=frozenset({first})))
        assert shown(side, record.key).person.labels == {second}

    def test_labels_come_with_a_new_record(self, side: Side) -> None:
        """A record can be created with labels."""
        needs(side.can.labels, "has no labels")
        name = side.schema().labels[0].name
        record = create(side, replace(new(side), add=frozenset({name})))[0]
        assert shown(side, record.key).person.labels == {name}

    def test_removing_a_missing_label_is_no_error(self, side: Side) -> None:
        """A label that is not there may be removed, and one that is there may be added."""
        needs(side.can.labels, "has no labels")
        first, second = (one.name for one in side.schema().labels[:2])
        record = update(side, person(side).key, Patch(add=frozenset({first})))
        update(side, record.key, Patch(add=frozenset({first}), remove=frozenset({second})))
        assert shown(side, record.key).person.labels == {first}

    def test_a_label_leaves_the_fields_alone(self, side: Side) -> None:
        """A patch of labels changes no field, address or consent."""
        needs(side.can.labels, "has no labels")
        name = side.schema().labels[0].name
        record = person(side, **{texts(side)[0].name: "full"})
        after = update(side, record.key, Patch(add=frozenset({name})))
        assert after.person == replace(record.person, labels=frozenset({name}))

    def test_an_opt_out_is_stored(self, side: Side) -> None:
        """A person can be opted out, and nothing else changes."""
        needs(Consent.UNSUBSCRIBED in side.can.consents, "stores no opt-out")
        record = person(side)
        update(side, record.key, Patch(consent=Consent.UNSUBSCRIBED))
        now = shown(side, record.key)
        assert now.person == replace(record.person, consent=Consent.UNSUBSCRIBED)
        assert now.takes_part == record.takes_part

    def test_a_no_outlives_an_edit(self, side: Side) -> None:
        """An edit of a field leaves an opted-out person opted out."""
        needs(Consent.UNSUBSCRIBED in side.can.consents, "stores no opt-out")
        record = create(side, replace(new(side), consent=Consent.UNSUBSCRIBED))[0]
        update(side, record.key, Patch(fields={texts(side)[0].name: "new"}))
        assert shown(side, record.key).person.consent is Consent.UNSUBSCRIBED

    def test_a_consent_comes_with_a_new_record(self, side: Side) -> None:
        """A record can be created with its consent, where the side stores that one."""
        for number, consent in enumerate((Consent.SUBSCRIBED, Consent.UNSUBSCRIBED)):
            if consent in side.can.consents:
                record = create(side, replace(new(side, number), consent=consent))[0]
                assert shown(side, record.key).person.consent is consent

    def test_taking_part_is_stored(self, side: Side) -> None:
        """The flag, or the archive, is set and set back."""
        record = person(side)
        for wanted in (False, True):
            update(side, record.key, Patch(takes_part=wanted))
            assert shown(side, record.key).takes_part is wanted

    def test_an_id_comes_with_a_new_record(self, side: Side) -> None:
        """The call that creates a record stores the Mailchimp ID, by which it is found after a crash."""
        needs(side.can.id_on_create and not side.can.archives, "takes no Mailchimp ID when it creates")
        wanted = "fedcba9876543210fedcba9876543210"
        record = create(side, replace(new(side), mailchimp_id=wanted))[0]
        assert record.mailchimp_id == wanted
        assert [one.key for one in side.find([], [wanted])] == [record.key]

    def test_an_id_is_replaced(self, side: Side) -> None:
        """A stored Mailchimp ID can be exchanged and taken away."""
        needs(not side.can.archives, "gives the Mailchimp ID itself")
        record = person(side)
        for wanted in ("0" * 32, "f" * 32, ""):
            update(side, record.key, Patch(mailchimp_id=wanted))
            assert shown(side, record.key).mailchimp_id == wanted

    def test_the_same_write_again_is_no_change(self, side: Side, hands: Hands) -> None:
        """Writing what is there already is answered well, and does not show as a change."""
        field, record = texts(side)[0].name, person(side)
        before = update(side, record.key, Patch(fields={field: "same"}))
        hands.wait(LONG)
        _, cursor = read(side)
        hands.wait(LONG)
        again = update(side, record.key, Patch(email=before.email, fields={field: "same"}))
        assert again == before
        assert record.key not in read(side, cursor)[0]

    def test_an_own_write_is_a_change(self, side: Side, hands: Hands) -> None:
        """What we write is in the next reading, as any other edit."""
        record = person(side)
        hands.wait(LONG)
        _, cursor = read(side)
        hands.wait(LONG)
        update(side, record.key, Patch(fields={texts(side)[0].name: "new"}))
        assert record.key in read(side, cursor)[0]

    def test_a_call_may_be_broken_off(self, side: Side) -> None:
        """Whoever stops after an outcome has that one stored, and a side that can be used as before."""
        outcomes = iter(side.write([Change(f"ref{number}", None, new(side, number)) for number in range(5)]))
        first = stored(next(outcomes))
        del outcomes
        assert shown(side, first.key) == first
        update(side, first.key, Patch(fields={texts(side)[0].name: "new"}))

    def test_an_empty_patch_changes_nothing(self, side: Side, hands: Hands) -> None:
        """A change without content is answered with the record as it is."""
        record = person(side)
        hands.wait(LONG)
        assert update(side, record.key, Patch()) == record
