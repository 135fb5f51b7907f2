"""Every pair of types comes back as it went, or is refused when it is mapped; nothing is cut to another value."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from listloop.core.fields import PLAIN
from listloop.core.mapping import CROSSINGS, CannotCrossError, across, agree, refusal, yes_no_choices
from listloop.core.people import SideName, Value
from listloop.core.rules import Direction, Row
from listloop.core.side import Field, FieldType
from tests.core.hostile_values import CHOICES, HOSTILE

T = FieldType
CRM, MAILCHIMP = SideName.CRM, SideName.MAILCHIMP
#: The pairs that are kept in step both ways, written out by hand: CRM's type, then the audience's.
BOTH_WAYS = {
    *product((T.TEXT, T.COMPANY, T.PHONE), (T.TEXT, T.PHONE)),
    *((one, one) for one in (T.URL, T.IMAGE_URL, T.ZIP, T.ADDRESS, T.NUMBER, T.DATE, T.BIRTHDAY, T.CHOICE)),
    *((T.MONEY, T.NUMBER), (T.DATETIME, T.DATE), (T.DATE, T.BIRTHDAY), (T.YES_NO, T.CHOICE), (T.YES_NO, T.TEXT)),
}
#: What a text field of the audience takes, besides, from the CRM alone.
ONLY_OUTWARD = set(product(T, (T.TEXT, T.PHONE))) - BOTH_WAYS


def row_of(crm: FieldType, mailchimp: FieldType, direction: Direction = Direction.BOTH) -> Row:
    """A row of two fields of these types, with the limits that an audience has."""
    here = Field("Here", "Here", crm, CHOICES if crm in (T.CHOICE, T.CHOICES) else ())
    choices = ("Ja", "Nein") if crm is T.YES_NO else CHOICES
    limit = 255 if mailchimp in (T.TEXT, T.PHONE, T.URL, T.IMAGE_URL) else None
    there = Field("THERE", "There", mailchimp, choices if mailchimp is T.CHOICE else (), max_bytes=limit)
    return Row(here, there, direction)


every_pair = pytest.mark.parametrize(
    ("crm", "mailchimp", "direction"),
    list(product(T, T, Direction)),
    ids=lambda one: str(one).replace("/", " or "),
)


@every_pair
def test_a_pair_that_can_not_come_back_is_refused_with_a_way_out(
    crm: FieldType, mailchimp: FieldType, direction: Direction
) -> None:
    text = refusal(row_of(crm, mailchimp, direction))
    one_way = (crm, mailchimp) in ONLY_OUTWARD
    assert (text == "") is ((crm, mailchimp) in BOTH_WAYS or (one_way and direction is Direction.TO_MAILCHIMP))
    if text:
        assert text.startswith(f"Here ({crm}) and There ({mailchimp}) can't be kept in step")
        assert text.endswith(".")
        assert ("from the CRM to Mailchimp only" in text) is one_way


def crosses(row: Row, to: SideName, value: Value, held: Value = "") -> Value | None:
    """The value on the other side, or None where it has no form there."""
    try:
        return across(row, to, value, held)
    except CannotCrossError:
        return None


outward = pytest.mark.parametrize(("crm", "mailchimp"), sorted(BOTH_WAYS | ONLY_OUTWARD), ids=str)
both_ways = pytest.mark.parametrize(("crm", "mailchimp"), sorted(BOTH_WAYS), ids=str)


@outward
def test_a_value_agrees_with_what_it_became_and_comes_back_as_it_went(crm: FieldType, mailchimp: FieldType) -> None:
    row = row_of(crm, mailchimp, Direction.TO_MAILCHIMP)
    crossed = [(value, sent) for value in HOSTILE[crm] if (sent := crosses(row, MAILCHIMP, value)) is not None]
    assert len(crossed) >= min(25, len(HOSTILE[crm]))
    for value, sent in crossed:
        assert agree(row, value, sent)
        cut = {crm, mailchimp} <= PLAIN and len(value.encode()) > 255
        if (crm, mailchimp) in BOTH_WAYS and not cut:
            assert across(row, CRM, sent, value) == value


@both_ways
def test_an_edit_in_mailchimp_agrees_with_what_it_became_in_the_crm(crm: FieldType, mailchimp: FieldType) -> None:
    row = row_of(crm, mailchimp)
    words = ("", "Ja", "Nein", "ja", " NO ", "TRUE", "vielleicht") if crm is T.YES_NO else HOSTILE[mailchimp]
    crossed = 0
    for value, held in product(words, HOSTILE[crm][:6]):
        stored = crosses(row, CRM, value, held)
        if stored is not None:
            crossed += 1
            assert agree(row, stored, value)
            assert bool(stored) is bool(value)
    assert crossed >= 18


def test_the_hostile_values_are_thirty_of_each_type_that_has_so_many() -> None:
    assert {len(set(HOSTILE[one])) for one in T if one is not T.YES_NO} == {30}
    assert set(CROSSINGS) == BOTH_WAYS


KEPT = {
    "the time of day stays when the day moves": (
        T.DATETIME,
        T.DATE,
        "2026-03-02",
        "2026-03-01T14:30:00",
        "2026-03-02T14:30:00",
    ),
    "a day without a time begins at midnight": (T.DATETIME, T.DATE, "2026-03-02", "", "2026-03-02T00:00:00"),
    "a cleared day clears the time": (T.DATETIME, T.DATE, "", "2026-03-01T14:30:00", ""),
    "the year of birth stays when the day moves": (T.DATE, T.BIRTHDAY, "12-10", "1815-12-01", "1815-12-10"),
    "29 February in a leap year": (T.DATE, T.BIRTHDAY, "02-29", "2000-01-01", "2000-02-29"),
    "a cleared birthday clears the date": (T.DATE, T.BIRTHDAY, "", "1815-12-10", ""),
}


@pytest.mark.parametrize(("crm", "mailchimp", "value", "held", "stored"), KEPT.values(), ids=KEPT)
def test_writing_back_keeps_what_the_poorer_form_cannot_hold(
    crm: FieldType, mailchimp: FieldType, value: Value, held: Value, stored: Value
) -> None:
    assert across(row_of(crm, mailchimp), CRM, value, held) == stored


NO_FORM = {
    "a birthday has no year for an empty date": (T.DATE, T.BIRTHDAY, "12-10", "", "a birthday has no year"),
    "1999 has no 29 February": (T.DATE, T.BIRTHDAY, "02-29", "1999-01-01", "1999 has no 29 February"),
    "nor has 1900": (T.DATE, T.BIRTHDAY, "02-29", "1900-01-01", "1900 has no 29 February"),
    "a word that is neither yes nor no": (T.YES_NO, T.TEXT, "perhaps", "yes", "“perhaps” is neither yes nor no"),
    "a choice that the CRM does not offer": (
        T.CHOICE,
        T.CHOICE,
        "huge",
        "small",
        "“huge” is not among the choices of Here",
    ),
}


@pytest.mark.parametrize(("crm", "mailchimp", "value", "held", "why"), NO_FORM.values(), ids=NO_FORM)
def test_a_value_without_a_form_in_the_crm_is_refused_with_the_reason(
    crm: FieldType, mailchimp: FieldType, value: Value, held: Value, why: str
) -> None:
    with pytest.raises(CannotCrossError, match=why):
        across(row_of(crm, mailchimp), CRM, value, held)


def test_a_choice_that_the_audience_does_not_offer_is_refused_with_the_reason() -> None:
    with pytest.raises(CannotCrossError, match="“huge” is not among the choices of There"):
        across(row_of(T.CHOICE, T.CHOICE), MAILCHIMP, "huge")


@pytest.mark.parametrize(
    ("crm", "mailchimp", "value"),
    [
        (T.URL, T.URL, "https://b.example/" + "a" * 300),
        (T.IMAGE_URL, T.IMAGE_URL, "https://b.example/" + "a" * 300),
        (T.URL, T.TEXT, "https://b.example/" + "a" * 300),
        (T.NUMBER, T.TEXT, "1" * 256),
        (T.ADDRESS, T.TEXT, HOSTILE[T.ADDRESS][1] + " " * 256),
    ],
)
def test_only_plain_text_is_cut_since_half_a_number_or_link_is_another_one(
    crm: FieldType, mailchimp: FieldType, value: Value
) -> None:
    with pytest.raises(CannotCrossError, match="does not fit into There"):
        across(row_of(crm, mailchimp, Direction.TO_MAILCHIMP), MAILCHIMP, value)


def test_plain_text_is_cut_to_what_the_other_side_holds() -> None:
    row = row_of(T.COMPANY, T.TEXT)
    assert across(row, MAILCHIMP, "ß" * 128) == "ß" * 127
    short = replace(row, crm=replace(row.crm, max_chars=3))
    assert across(short, CRM, "abcdef") == "abc"


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ((), ("yes", "no")),
        (("No", "Yes"), ("Yes", "No")),
        (("Ναι", "Όχι"), ("Ναι", "Όχι")),
        ((" ja ", "nein"), (" ja ", "nein")),
        (("Yes", "No", "Maybe"), None),
        (("Yes", "Ja"), None),
        (("Yes",), None),
        (("A", "B"), None),
    ],
)
def test_which_choices_mean_yes_and_no(choices: tuple[str, ...], words: tuple[str, str] | None) -> None:
    assert yes_no_choices(Field("X", "X", T.CHOICE, choices)) == words


def test_yes_or_no_is_refused_where_the_choices_are_not_told_apart() -> None:
    row = row_of(T.YES_NO, T.CHOICE)
    text = refusal(replace(row, mailchimp=replace(row.mailchimp, choices=("A", "B"))))
    assert text == "Here is yes or no, but There has the choices A, B. Give it two choices, Yes and No."


@pytest.mark.parametrize("direction", Direction)
def test_a_field_that_cannot_be_written_is_only_read(direction: Direction) -> None:
    row = row_of(T.TEXT, T.TEXT, direction)
    fixed_here = refusal(replace(row, crm=replace(row.crm, writable=False)))
    assert fixed_here == (
        ""
        if direction is Direction.TO_MAILCHIMP
        else "Here can't be written in the CRM. Let it go from the CRM to Mailchimp only."
    )
    fixed_there = refusal(replace(row, mailchimp=replace(row.mailchimp, writable=False)))
    assert fixed_there == (
        ""
        if direction is Direction.TO_CRM
        else "There can't be written in Mailchimp. Let it go from Mailchimp to the CRM only."
    )


def test_values_that_say_the_same_in_the_poorer_form_agree() -> None:
    assert agree(row_of(T.DATE, T.BIRTHDAY), "1815-12-10", "12-10")
    assert agree(row_of(T.DATETIME, T.DATE), "2026-03-01T14:30:00", "2026-03-01")
    assert agree(row_of(T.YES_NO, T.TEXT), "yes", "Oui")
    assert agree(row_of(T.TEXT, T.TEXT), "a" * 300, "a" * 255)


def test_values_that_differ_do_not_agree() -> None:
    assert not agree(row_of(T.DATE, T.BIRTHDAY), "", "12-10")
    assert not agree(row_of(T.DATETIME, T.DATE), "2026-03-01T14:30:00", "2026-03-02")
    assert not agree(row_of(T.YES_NO, T.TEXT), "no", "")
    assert not agree(row_of(T.TEXT, T.TEXT), "a" * 300, "a" * 254)
    assert not agree(row_of(T.CHOICE, T.CHOICE), "small", "huge")
