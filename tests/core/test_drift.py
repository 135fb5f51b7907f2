"""Each way in which a record can be found otherwise than it was known, with its cause."""

from __future__ import annotations

from dataclasses import replace

import pytest

from listloop.core.drift import CAUSES, Cause, Drift, disagreements, drifts_of
from listloop.core.people import Consent, Record, SideName
from listloop.core.plan import Memory, Seen
from listloop.core.rules import Rules
from listloop.core.side import FieldType
from listloop.testing.builders import field, label_row, record, row, rules
from tests.core.stage import CRM, MAILCHIMP

ROWS = rules(
    row("First", "FNAME"),
    row("City", "CITY"),
    row(field("Size", FieldType.CHOICE, choices=("S", "L")), field("SIZE", FieldType.CHOICE, choices=("S", "L"))),
    label_row("customers", "customer"),
)


def crm(**fields: str) -> Record:
    return _with(record("p1", "ada@b.example", mailchimp_id="m1", kind="Contact"), "First", "City", "Size", fields)


def member(**fields: str) -> Record:
    return _with(record("m1", "ada@b.example"), "FNAME", "CITY", "SIZE", fields)


def _with(bare: Record, first: str, city: str, size: str, fields: dict[str, str]) -> Record:
    plain = {first: "Ada", city: "Bern", size: "S"}
    return replace(bare, person=replace(bare.person, fields=plain | fields, labels=frozenset({"press"})))


def found(side: SideName, known: Record, shows: Record, before: str | None = None, way: Rules = ROWS) -> list[Drift]:
    return list(drifts_of(side, known, shows, way, lambda _name: before))


def test_a_record_that_is_as_it_was_known_did_not_drift() -> None:
    assert found(CRM, crm(), crm()) == found(MAILCHIMP, member(), member()) == []


@pytest.mark.parametrize(
    ("new", "before", "cause"),
    [
        ("Basel", None, Cause.EDITED),
        ("Basel", "Graz", Cause.EDITED),
        ("Basel", "Basel", Cause.NOT_STORED),
        ("Ber", None, Cause.CUT),
        ("Bern, Bern", None, Cause.EDITED),
        ("er", None, Cause.EDITED),
        ("", None, Cause.EDITED),
        ("", "", Cause.NOT_STORED),
    ],
)
def test_a_field_drifts_for_a_reason(new: str, before: str | None, cause: Cause) -> None:
    assert found(CRM, crm(), crm(City=new), before) == [Drift(CRM, cause, "City", "Bern", new)]
    assert found(MAILCHIMP, member(), member(CITY=new), before) == [Drift(MAILCHIMP, cause, "City", "Bern", new)]


def test_the_value_from_before_is_asked_for_by_the_field_s_name_on_that_side() -> None:
    asked: list[str] = []

    def before(name: str) -> str | None:
        asked.append(name)
        return None

    list(drifts_of(MAILCHIMP, member(), member(CITY="x"), ROWS, before))
    list(drifts_of(CRM, crm(), crm(City="x"), ROWS, before))
    assert asked == ["CITY", "City"]


@pytest.mark.parametrize(("new", "cause"), [("XL", Cause.CHOICE), ("L", Cause.EDITED), ("", Cause.EDITED)])
def test_a_choice_that_the_list_lacks_is_told_apart(new: str, cause: Cause) -> None:
    assert found(CRM, crm(), crm(Size=new)) == [Drift(CRM, cause, "Size", "S", new)]
    free = rules(row(field("Size", FieldType.CHOICE), "SIZE"))
    assert found(CRM, crm(), crm(Size="XL"), way=free) == [Drift(CRM, Cause.EDITED, "Size", "S", "XL")]


def test_a_field_that_is_no_longer_shown_is_hidden_and_one_that_never_was_is_nothing() -> None:
    bare = replace(crm(), person=replace(crm().person, fields={"First": "Bob", "Size": "S"}))
    assert found(CRM, crm(), bare) == [
        Drift(CRM, Cause.EDITED, "First", "Ada", "Bob"),
        Drift(CRM, Cause.HIDDEN, "City", "Bern"),
    ]
    assert found(CRM, replace(bare, person=replace(bare.person, fields={"Size": "L"})), crm()) == [
        Drift(CRM, Cause.EDITED, "Size", "L", "S")
    ]


@pytest.mark.parametrize(("side", "name"), [(CRM, "customers"), (MAILCHIMP, "customer")])
def test_labels_that_came_and_went_are_told_where_all_are_listed(side: SideName, name: str) -> None:
    bare = crm() if side is CRM else member()
    having = replace(bare, person=replace(bare.person, labels=frozenset({name})))
    gone, new = (
        Drift(side, Cause.LABEL_GONE, "customers", "yes", "no"),
        Drift(side, Cause.LABEL_NEW, "customers", "no", "yes"),
    )
    assert found(side, having, bare) == [gone]
    assert found(side, bare, having) == [new]
    assert found(side, having, replace(bare, labels_shown=False)) == []
    assert found(side, replace(bare, labels_shown=False), having) == []
    assert found(side, having, having) == []


def test_addresses_kinds_and_further_addresses() -> None:
    moved = replace(crm(), person=replace(crm().person, email="ADA@b.example"))
    assert found(CRM, crm(), moved) == []
    moved = replace(crm(), person=replace(crm().person, email="eve@b.example"))
    assert found(CRM, crm(), moved) == [Drift(CRM, Cause.ADDRESS, "E-mail", "ada@b.example", "eve@b.example")]
    some, other = (
        replace(crm(), emails=("b@x.example", "c@x.example")),
        replace(crm(), emails=("c@x.example", "b@x.example")),
    )
    assert found(CRM, some, other) == []
    assert found(CRM, some, crm()) == [Drift(CRM, Cause.FURTHER, "E-mail", "b@x.example, c@x.example", "")]
    assert found(CRM, crm(), some) == [Drift(CRM, Cause.FURTHER, "E-mail", "", "b@x.example, c@x.example")]
    alone = replace(crm(), kind="Individual")
    assert found(CRM, crm(), alone) == [Drift(CRM, Cause.KIND, "", "Contact", "Individual")]


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        (Consent.SUBSCRIBED, Consent.UNSUBSCRIBED, Cause.CONSENT_LOWERED),
        (Consent.UNKNOWN, Consent.UNSUBSCRIBED, Cause.CONSENT_LOWERED),
        (Consent.UNKNOWN, Consent.CLEANED, Cause.CONSENT_LOWERED),
        (Consent.SUBSCRIBED, Consent.PENDING, Cause.CONSENT_LOWERED),
        (Consent.PENDING, Consent.SUBSCRIBED, Cause.CONSENT_RAISED),
        (Consent.UNSUBSCRIBED, Consent.SUBSCRIBED, Cause.CONSENT_RAISED),
        (Consent.UNKNOWN, Consent.PENDING, Cause.CONSENT_RAISED),
    ],
)
@pytest.mark.parametrize("side", SideName)
def test_a_consent_that_moved_was_raised_or_lowered(side: SideName, old: Consent, new: Consent, cause: Cause) -> None:
    bare = crm() if side is CRM else member()
    known, shows = (replace(bare, person=replace(bare.person, consent=one)) for one in (old, new))
    assert found(side, known, shows) == [Drift(side, cause, "", old, new)]


def test_an_archived_member_shows_no_consent_so_that_is_no_drift() -> None:
    subscribed = replace(member(), person=replace(member().person, consent=Consent.SUBSCRIBED))
    archived = replace(member(), takes_part=False)
    assert found(MAILCHIMP, subscribed, archived) == [Drift(MAILCHIMP, Cause.ARCHIVED)]
    assert found(MAILCHIMP, archived, subscribed) == [Drift(MAILCHIMP, Cause.UNARCHIVED)]
    out = replace(crm(), takes_part=False, person=replace(crm().person, consent=Consent.UNSUBSCRIBED))
    assert [one.cause for one in found(CRM, crm(), out)] == [Cause.CONSENT_LOWERED, Cause.FLAG_NO]


@pytest.mark.parametrize(
    ("old", "new", "cause", "words"),
    [
        (True, False, Cause.FLAG_NO, ("Yes", "No")),
        (False, True, Cause.FLAG_YES, ("No", "Yes")),
        (True, None, Cause.FLAG_BLANK, ("Yes", "")),
        (None, True, Cause.FLAG_YES, ("", "Yes")),
    ],
)
def test_the_flag_drifts_with_words(old: bool | None, new: bool | None, cause: Cause, words: tuple[str, str]) -> None:
    known, shows = replace(crm(), takes_part=old), replace(crm(), takes_part=new)
    assert found(CRM, known, shows) == [Drift(CRM, cause, "Sync with Mailchimp", *words)]


def test_the_stored_id_is_another_or_lost_and_a_member_s_own_is_no_drift() -> None:
    assert found(CRM, crm(), replace(crm(), mailchimp_id="m2")) == [Drift(CRM, Cause.ID_CHANGED)]
    assert found(CRM, crm(), replace(crm(), mailchimp_id="")) == [Drift(CRM, Cause.ID_LOST)]
    assert found(MAILCHIMP, member(), replace(member(), mailchimp_id="m2")) == []


def memory(first: tuple[str, str] | None = None) -> Memory:
    city = ROWS.rows[1].name
    here, there = {city: "Bern"}, {city: "Bern"}
    if first:
        name = ROWS.rows[0].name
        here[name], there[name] = first
    return Memory(Seen(fields=here), Seen(fields=there))


def test_a_link_without_memory_is_told_and_nothing_else() -> None:
    assert list(disagreements(crm(First="x"), member(), None, ROWS)) == [Drift(CRM, Cause.NO_MEMORY)]


def test_two_that_count_as_in_sync_and_differ_are_told_with_what_a_merge_would_write() -> None:
    assert list(disagreements(crm(), member(), memory(), ROWS)) == []
    ours = list(disagreements(crm(City="Graz"), member(), memory(), ROWS))
    assert ours == [Drift(MAILCHIMP, Cause.MEMORY, "City", "Graz", "Bern")]
    theirs = list(disagreements(crm(), member(CITY="Graz"), memory(), ROWS))
    assert theirs == [Drift(CRM, Cause.MEMORY, "City", "Graz", "Bern")]
    edited = list(disagreements(crm(), member(FNAME="Bob"), memory(("Ada", "Ada")), ROWS))
    assert edited == [Drift(CRM, Cause.MEMORY, "First", "Bob", "Ada")]
    first_met = list(disagreements(crm(), member(FNAME="Bob"), memory(), ROWS))
    assert first_met == [Drift(MAILCHIMP, Cause.MEMORY, "First", "Ada", "Bob")]


def test_a_difference_that_was_settled_so_is_none_and_a_field_not_shown_delays_no_other() -> None:
    assert list(disagreements(crm(), member(FNAME="Bob"), memory(("Ada", "Bob")), ROWS)) == []
    for bare, other in ((crm(City="Graz"), member()), (crm(City="Graz"), member())):
        here = replace(bare, person=replace(bare.person, fields={"City": "Graz"}))
        assert [one.field for one in disagreements(here, other, memory(), ROWS)] == ["City"]
        there = replace(other, person=replace(other.person, fields={"CITY": "Bern"}))
        assert [one.field for one in disagreements(bare, there, memory(), ROWS)] == ["City"]


def test_an_empty_value_that_was_there_before_is_filled_at_a_first_meeting() -> None:
    filled = list(disagreements(crm(), member(FNAME=""), memory(), replace(ROWS, fillers=frozenset({"-"}))))
    assert filled == [Drift(MAILCHIMP, Cause.MEMORY, "First", "Ada", "")]
    ours = list(disagreements(crm(First="-"), member(), memory(), replace(ROWS, fillers=frozenset({"-"}))))
    assert ours == [Drift(CRM, Cause.MEMORY, "First", "Ada", "-")]
    filler = list(disagreements(crm(), member(FNAME="-"), memory(), replace(ROWS, fillers=frozenset({"-"}))))
    assert filler == [Drift(MAILCHIMP, Cause.MEMORY, "First", "Ada", "-")]


@pytest.mark.parametrize("side", SideName)
def test_what_one_side_alone_had_shown_is_a_first_meeting(side: SideName) -> None:
    first = {ROWS.rows[0].name: "Bob"}
    half = Memory(Seen(fields=first), Seen()) if side is CRM else Memory(Seen(), Seen(fields=first))
    assert list(disagreements(crm(), member(FNAME="Bob"), half, rules(row("First", "FNAME")))) == [
        Drift(MAILCHIMP, Cause.MEMORY, "First", "Ada", "Bob")
    ]


def test_every_cause_says_something() -> None:
    assert set(CAUSES) == set(Cause)
