"""Every pair of types comes back as it went, or is refused when it is mapped; nothing is cut to another value."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import permutations, product

import pytest

from listloop.core.conversions import US_PHONE, yes_no_choices
from listloop.core.fields import fit
from listloop.core.mapping import CannotCrossError, across, agree, instead, loss, refusal, ways
from listloop.core.people import SideName, Value
from listloop.core.rules import Direction, Row
from listloop.core.side import Field, FieldType
from tests.core.hostile_values import CHOICES, HOSTILE

T = FieldType
CRM, MAILCHIMP = SideName.CRM, SideName.MAILCHIMP
PLAINS = (T.TEXT, T.COMPANY, T.PHONE)
#: The pairs that are kept in step both ways, in either order, written out by hand.
BOTH_WAYS = {
    *(pair for pair in product(PLAINS, PLAINS) if set(pair) != {T.COMPANY, T.PHONE}),
    *((one, one) for one in T),
    *product((T.NUMBER, T.MONEY), (T.NUMBER, T.MONEY)),
    *permutations((T.DATE, T.DATETIME, T.BIRTHDAY), 2),
    *product((T.URL, T.IMAGE_URL, T.EMAIL, T.ZIP, T.CHOICE, T.CHOICES, T.YES_NO), (T.TEXT,)),
    *product((T.TEXT,), (T.URL, T.IMAGE_URL, T.EMAIL, T.ZIP, T.CHOICE, T.CHOICES, T.YES_NO)),
    *permutations((T.YES_NO, T.CHOICE), 2),
}
#: What goes one way: into a text, which says anything.
INTO_TEXT = {(one, T.TEXT) for one in (T.NUMBER, T.MONEY, T.DATE, T.DATETIME, T.BIRTHDAY, T.ADDRESS)}


def row_of(crm: FieldType, mailchimp: FieldType, direction: Direction = Direction.BOTH) -> Row:
    """A row of two fields of these types, with the limits that an audience has."""
    here = Field("Here", "Here", crm, _choices(crm, mailchimp))
    limit = 255 if mailchimp in (T.TEXT, T.PHONE, T.URL, T.IMAGE_URL) else None
    digits = 15 if mailchimp is T.NUMBER else None
    there = Field("THERE", "There", mailchimp, _choices(mailchimp, crm), max_bytes=limit, digits=digits)
    return Row(here, there, direction)


def _choices(kind: FieldType, other: FieldType) -> tuple[str, ...]:
    if kind is T.CHOICE and other is T.YES_NO:
        return ("Ja", "Nein")
    if kind is T.CHOICES and other is T.TEXT:
        return tuple(one for one in CHOICES if ";" not in one)
    return CHOICES if kind in (T.CHOICE, T.CHOICES) else ()


every_pair = pytest.mark.parametrize(("crm", "mailchimp"), list(product(T, T)), ids=str)


@every_pair
@pytest.mark.parametrize("direction", Direction)
def test_a_pair_that_can_not_come_back_is_refused_with_a_way_out(
    crm: FieldType, mailchimp: FieldType, direction: Direction
) -> None:
    possible = {
        Direction.BOTH: (crm, mailchimp) in BOTH_WAYS,
        Direction.TO_MAILCHIMP: (crm, mailchimp) in BOTH_WAYS | INTO_TEXT,
        Direction.TO_CRM: (mailchimp, crm) in BOTH_WAYS | INTO_TEXT,
    }
    text = refusal(row_of(crm, mailchimp, direction))
    assert (text == "") is possible[direction]
    if text:
        assert text.startswith(f"Here ({crm}) and There ({mailchimp}) can't be kept in step")
        assert re.search(r"Map Here to an? .*\.$|Map Here to groups, tags .*\.$", text)
        assert ("from the CRM to Mailchimp only" in text) is possible[Direction.TO_MAILCHIMP]
        only_back = possible[Direction.TO_CRM] and not possible[Direction.TO_MAILCHIMP]
        assert ("from Mailchimp to the CRM only" in text) is only_back


@pytest.mark.parametrize("crm", T)
def test_what_a_refusal_advises_can_be_mapped(crm: FieldType) -> None:
    offered = {
        "number field": T.NUMBER, "date": T.DATE, "birthday field": T.BIRTHDAY, "website": T.URL, "image": T.IMAGE_URL,
        "text field": T.TEXT, "address field": T.ADDRESS, "zip code": T.ZIP, "drop-down": T.CHOICE,
    }  # fmt: skip
    advice = instead(crm)
    wanted = [kind for words, kind in offered.items() if re.search(rf"\b{words}", advice)]
    assert wanted
    for kind in wanted:
        assert ways(crm, kind)[0] is Direction.BOTH, kind


def crosses(row: Row, to: SideName, value: Value, held: Value = "") -> Value | None:
    """The value on the other side, or None where it has no form there."""
    try:
        return across(row, to, value, held)
    except CannotCrossError:
        return None


def test_every_value_of_every_pair_of_types_comes_back_as_it_went_or_is_refused_with_a_reason() -> None:
    """All pairs of types × thirty hostile values, both ways; what was cut or rounded says so."""
    whole = lost = refused = 0
    for (crm, mailchimp), to in product(sorted(BOTH_WAYS | INTO_TEXT), SideName):
        if to is CRM:
            crm, mailchimp = mailchimp, crm  # noqa: PLW2901 - the same pair, the other way round
        row = row_of(crm, mailchimp)
        source = row.crm if to is MAILCHIMP else row.mailchimp
        for value in HOSTILE[source.type]:
            if fit(source, value) != value:
                continue  # that field never shows it
            try:
                sent = across(row, to, value)
            except CannotCrossError as error:
                refused += bool(str(error))
                continue
            assert agree(row, *((value, sent) if to is MAILCHIMP else (sent, value)))
            assert bool(sent) is bool(value)
            if (crm, mailchimp) in BOTH_WAYS:
                assert across(row, to.other, sent, value) == value, "what is richer stays as it is"
                assert across(row, to, value, sent) == sent, "what crossed has arrived"
            if loss(row, value, sent):
                lost += 1
            else:
                whole += 1
                numeric = {crm, mailchimp} <= {T.NUMBER, T.MONEY}
                if {crm, mailchimp} <= {*PLAINS, T.URL, T.EMAIL} or numeric:
                    assert sent == value
    pairs = len(list(product(T, T)))
    refused_pairs = sum(not ways(*pair) for pair in product(T, T))
    print(  # noqa: T201 - the count is asked for
        f"{pairs} pairs of types, {refused_pairs} of them refused when mapped; of {whole + lost + refused:,} values "
        f"{whole:,} went over whole, {lost:,} were listed as cut or rounded, {refused:,} refused with a reason"
    )
    assert whole > 5 * refused
    assert lost > 10


@pytest.mark.parametrize(("crm", "mailchimp"), sorted(BOTH_WAYS), ids=str)
def test_an_edit_in_mailchimp_agrees_with_what_it_became_in_the_crm(crm: FieldType, mailchimp: FieldType) -> None:
    row = row_of(crm, mailchimp)
    words = ("", "Ja", "Nein", "ja", " NO ", "TRUE", "vielleicht") if crm is T.YES_NO else HOSTILE[mailchimp]
    words = ("", "yes", "no") if mailchimp is T.YES_NO else words
    crossed = 0
    for value, held in product(words, HOSTILE[crm][:6]):
        stored = crosses(row, CRM, value, held)
        if stored is not None:
            crossed += 1
            assert agree(row, stored, value)
            assert bool(stored) is bool(value)
    assert crossed >= 9


def test_the_hostile_values_are_thirty_of_each_type_that_has_so_many() -> None:
    assert {len(set(HOSTILE[one])) for one in T if one is not T.YES_NO} == {30}


FORMS = {
    T.ZIP: (r"\d{5}", "five digits"),
    T.URL: (r"https?://\S+", "a link"),
    T.PHONE: (US_PHONE, "a phone number like 555-010-1234"),
}


def strict(row: Row) -> Row:
    """The row with a field of the audience that insists on a form."""
    pattern, form = FORMS.get(row.mailchimp.type, ("", ""))
    return replace(row, mailchimp=replace(row.mailchimp, pattern=pattern, form=form))


FORMED = {
    "a zip code in its long form": (T.TEXT, T.ZIP, "90210-1234", "90210"),
    "a link without http": (T.TEXT, T.URL, "www.b.example/x?y", "http://www.b.example/x?y"),
    "a link with it": (T.URL, T.URL, "https://b.example", "https://b.example"),
    "a phone number of the United States": (T.TEXT, T.PHONE, "+1 (555) 010-1234", "555-010-1234"),
    "no value": (T.TEXT, T.PHONE, "", ""),
}


@pytest.mark.parametrize(("crm", "mailchimp", "value", "sent"), FORMED.values(), ids=FORMED)
def test_a_value_goes_in_the_form_that_the_field_insists_on(
    crm: FieldType, mailchimp: FieldType, value: Value, sent: Value
) -> None:
    assert across(strict(row_of(crm, mailchimp)), MAILCHIMP, value) == sent


@pytest.mark.parametrize(
    ("crm", "mailchimp", "value"),
    [
        (T.ZIP, T.ZIP, "SW1A 1AA"),
        (T.TEXT, T.URL, "n/a"),
        (T.URL, T.URL, "ftp://b.example"),
        (T.PHONE, T.PHONE, "+41 1"),
    ],
)
def test_a_value_that_has_not_that_form_is_refused_with_the_form(
    crm: FieldType, mailchimp: FieldType, value: Value
) -> None:
    row = strict(row_of(crm, mailchimp))
    with pytest.raises(CannotCrossError, match=f"“{re.escape(value)}” is not {row.mailchimp.form}, which There wants"):
        across(row, MAILCHIMP, value)


def test_nobody_but_the_person_says_yes_to_a_permission() -> None:
    row = row_of(T.YES_NO, T.YES_NO)
    row = replace(row, mailchimp=replace(row.mailchimp, only_no=True))
    assert across(row, MAILCHIMP, "no") == "no"
    assert across(row, CRM, "yes") == "yes"
    with pytest.raises(CannotCrossError, match="only the person can say yes to There"):
        across(row, MAILCHIMP, "yes")


@pytest.mark.parametrize(
    ("value", "sent", "said"),
    [
        ("3.14159265358979323", "3.14159265358979", "rounded to 3.14159265358979"),
        ("0.00012345678901234567", "0.000123456789012346", "rounded to 0.000123456789012346"),
        ("123456789012345", "123456789012345", ""),
        ("-2.5", "-2.5", ""),
    ],
)
def test_a_number_is_rounded_behind_the_point_and_that_is_listed(value: Value, sent: Value, said: str) -> None:
    row = row_of(T.MONEY, T.NUMBER)
    assert across(row, MAILCHIMP, value) == sent
    assert loss(row, value, sent) == said


def test_a_number_is_never_shortened_before_the_point() -> None:
    with pytest.raises(CannotCrossError, match="does not fit into There"):
        across(row_of(T.NUMBER, T.NUMBER), MAILCHIMP, "9007199254740993")


def test_an_amount_is_rounded_to_its_decimals() -> None:
    row = row_of(T.MONEY, T.MONEY)
    row = replace(row, mailchimp=replace(row.mailchimp, decimals=2))
    assert across(row, MAILCHIMP, "19.995") == "20"
    assert across(row, CRM, "20", "19.995") == "19.995"


def test_many_choices_are_separated_by_semicolons_in_a_text() -> None:
    row = row_of(T.CHOICES, T.TEXT)
    assert across(row, MAILCHIMP, "large\nsmall") == "large; small"
    assert across(row, CRM, "small;large ;") == "large\nsmall"
    with pytest.raises(CannotCrossError, match="“huge” is not among the choices of Here"):
        across(row, CRM, "small; huge")
    text = refusal(replace(row, crm=replace(row.crm, choices=("a", "b;c"))))
    assert text == (
        "The choice “b;c” of Here has a semicolon, which separates the choices in There. "
        "Rename the choice, or map the choices to groups or tags."
    )


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
    "the time stays too, when the birthday moves": (
        T.DATETIME,
        T.BIRTHDAY,
        "12-10",
        "1815-12-01T06:00:00",
        "1815-12-10T06:00:00",
    ),
    "digits that a number can't hold": (
        T.NUMBER,
        T.NUMBER,
        "0.333333333333333",
        "0.3333333333333333333",
        "0.3333333333333333333",
    ),
    "the long form of a zip code": (T.ZIP, T.ZIP, "90210", "90210-1234", "90210-1234"),
    "how a link was typed": (T.TEXT, T.URL, "http://b.example/x", "b.example/x", "b.example/x"),
    "how a phone number was typed": (T.PHONE, T.PHONE, "555-010-1234", "+1 (555) 010-1234", "+1 (555) 010-1234"),
    "how the CRM spells a choice": (T.TEXT, T.CHOICE, "small", "Small ", "Small "),
    "a cleared birthday clears the date": (T.DATE, T.BIRTHDAY, "", "1815-12-10", ""),
}


@pytest.mark.parametrize(("crm", "mailchimp", "value", "held", "stored"), KEPT.values(), ids=KEPT)
def test_writing_back_keeps_what_the_poorer_form_cannot_hold(
    crm: FieldType, mailchimp: FieldType, value: Value, held: Value, stored: Value
) -> None:
    assert across(strict(row_of(crm, mailchimp)), CRM, value, held) == stored


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
        (T.ADDRESS, T.TEXT, '{"addr1":"' + "a" * 256 + '"}'),
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
    assert agree(row_of(T.COMPANY, T.TEXT), "Acme  GmbH", "ACME gmbh")


def test_values_that_differ_do_not_agree() -> None:
    assert not agree(row_of(T.DATE, T.BIRTHDAY), "", "12-10")
    assert not agree(row_of(T.DATETIME, T.DATE), "2026-03-01T14:30:00", "2026-03-02")
    assert not agree(row_of(T.YES_NO, T.TEXT), "no", "")
    assert not agree(row_of(T.TEXT, T.TEXT), "a" * 300, "a" * 254)
    assert not agree(row_of(T.CHOICE, T.CHOICE), "small", "huge")
