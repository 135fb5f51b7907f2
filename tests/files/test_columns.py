"""What a column holds is told by all of its texts, and doubts are said."""

from __future__ import annotations

import pytest

from listloop.core.side import FieldType
from listloop.files.columns import Profile, forms, likeliest
from listloop.files.forms import Form, reader


def form_of(*texts: str, separator: str = ",", order: str = "") -> Form:
    profile = Profile()
    for text in texts:
        profile.add([text])
    return forms([profile], separator, order)[0]


@pytest.mark.parametrize(
    ("texts", "of", "order", "sure"),
    [
        (("2024-01-05", "2023/12/31"), FieldType.DATE, "ymd", True),
        (("31.12.2023", "05.01.2024"), FieldType.DATE, "dmy", True),
        (("01.02.2024",), FieldType.DATE, "dmy", True),  # dots are written where days come first
        (("12/31/2023", "01/05/2024"), FieldType.DATE, "mdy", True),
        (("03/04/2024", "01/05/2024"), FieldType.DATE, "dmy", False),
        (("31/12/2023", "12/31/2023"), FieldType.TEXT, "", True),
        (("2024-01-05 10:22", "2024-01-06 00:00"), FieldType.DATETIME, "ymd", True),
        (("1/5/2024 3:04 PM", "12/24/2023 9:00 AM"), FieldType.DATETIME, "mdy", True),
        (("12/24", "01/31"), FieldType.BIRTHDAY, "mdy", True),
        (("24/12",), FieldType.BIRTHDAY, "dmy", True),
        (("01/02",), FieldType.BIRTHDAY, "mdy", False),
        (("--04-12",), FieldType.BIRTHDAY, "mdy", True),
    ],
)
def test_dates_are_told_by_all_of_their_texts(texts: tuple[str, ...], of: FieldType, order: str, sure: bool) -> None:
    found = form_of(*texts)
    assert (found.type, found.order, found.sure) == (of, order, sure)


@pytest.mark.parametrize(
    ("texts", "of", "decimal", "sure"),
    [
        (("1", "20"), FieldType.NUMBER, ".", True),
        (("1.5", "20"), FieldType.NUMBER, ".", True),
        (("1,5", "20"), FieldType.NUMBER, ",", True),
        (("1.234,50",), FieldType.NUMBER, ",", True),
        (("1,234.50",), FieldType.NUMBER, ".", True),
        (("1,234",), FieldType.NUMBER, ".", False),
        (("1.234,50 €", "€ 3"), FieldType.MONEY, ",", True),
        (("00123",), FieldType.TEXT, "", True),
        (("+49 30",), FieldType.TEXT, "", True),
    ],
)
def test_numbers_are_told_with_their_decimal_sign(
    texts: tuple[str, ...], of: FieldType, decimal: str, sure: bool
) -> None:
    found = form_of(*texts)
    assert (found.type, found.decimal, found.sure) == (of, decimal, sure)


@pytest.mark.parametrize(
    ("texts", "of"),
    [
        (("yes", "No"), FieldType.YES_NO),
        (("ja", "nein", "Ja"), FieldType.YES_NO),
        (("x",), FieldType.YES_NO),
        (("0", "1"), FieldType.NUMBER),
        (("https://x.example", "www.y.example"), FieldType.URL),
        (("a@x.example",), FieldType.EMAIL),
        (("red", "blue") * 20, FieldType.CHOICE),
        (("anything", "at all"), FieldType.TEXT),
        ((), FieldType.TEXT),
    ],
)
def test_other_types(texts: tuple[str, ...], of: FieldType) -> None:
    assert form_of(*texts).type is of


def test_a_doubtful_column_follows_another_of_the_same_table_or_a_persons_word() -> None:
    clear, doubtful = Profile(), Profile()
    clear.add(["12/31/2023"])
    doubtful.add(["03/04/2024"])
    assert forms([clear, doubtful], ",")[1] == Form(FieldType.DATE, "mdy")
    assert form_of("03/04/2024", order="mdy") == Form(FieldType.DATE, "mdy")


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        (Form(FieldType.DATE, "dmy"), "3.4.2024", "2024-04-03"),
        (Form(FieldType.DATE, "mdy"), "3/4/2024 10:00", "2024-03-04"),
        (Form(FieldType.DATE, "mdy"), "0/0/00", ""),
        (Form(FieldType.DATETIME, "ymd"), "2024-01-05T10:22:00+02:00", "2024-01-05T08:22:00"),
        (Form(FieldType.DATETIME, "mdy"), "1/5/2024 12:04 AM", "2024-01-05T00:04:00"),
        (Form(FieldType.BIRTHDAY, "dmy"), "29.2.", "02-29"),
        (Form(FieldType.NUMBER, decimal=","), "1 234,50", "1234.5"),
        (Form(FieldType.MONEY, decimal="."), "$1,234.50", "1234.5"),
        (Form(FieldType.NUMBER, decimal="."), "1'234.50", "1234.5"),
        (Form(FieldType.MONEY, decimal=","), "CHF 1’234,50", "1234.5"),
        (Form(FieldType.YES_NO), "Wahr", "yes"),
    ],
)
def test_texts_are_read_into_their_canonical_form(form: Form, text: str, value: str) -> None:
    assert reader(form)(text) == value


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Form(FieldType.DATE, "dmy"), "31.2.2024"),
        (Form(FieldType.DATE, "dmy"), "1.2.324"),
        (Form(FieldType.DATE, "ymd"), "24-02-01"),
        (Form(FieldType.DATE, "ymd"), "soon"),
        (Form(FieldType.BIRTHDAY, "mdy"), "13/13"),
        (Form(FieldType.NUMBER, decimal="."), "1,5"),
        (Form(FieldType.YES_NO), "perhaps"),
    ],
)
def test_other_texts_are_refused(form: Form, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        reader(form)(text)


@pytest.mark.parametrize(
    ("text", "day"), [("24.12.85", "1985-12-24"), ("24.12.24", "2024-12-24"), ("1.1.36", "1936-01-01")]
)
def test_years_of_two_digits_are_read_and_said(text: str, day: str) -> None:
    found = form_of(text)
    assert reader(found)(text) == day
    assert "years of two digits are 1936 to 2035" in found.told
    assert "two digits" not in form_of("24.12.1985").told


def test_a_column_that_must_be_of_a_type_has_the_form_of_most_texts() -> None:
    assert likeliest(["31.12.2023", "oops", "1.2.2024"], FieldType.DATE) == Form(FieldType.DATE, "dmy")
    assert likeliest(["oops", "no", "31.12.2023"], FieldType.DATE) is None
    assert likeliest(["1.2.2024"], FieldType.DATE, "mdy") == Form(FieldType.DATE, "mdy")


def test_zeros_for_no_date_leave_no_doubt() -> None:
    assert form_of("0/0/00") == form_of("0.0.00") == Form()
    assert form_of("0/0/00", "12/24/1980") == Form(FieldType.DATE, "mdy")


def test_a_birthday_of_iso_8601_leaves_no_doubt() -> None:
    assert likeliest(["--12-11", "--01-02"], FieldType.BIRTHDAY) == Form(FieldType.BIRTHDAY, "mdy")


GOOD = tuple(f"{day:02}.03.2020" for day in range(1, 20))


@pytest.mark.parametrize(
    ("texts", "of", "order"),
    [
        ((*GOOD, "31.02.2020"), FieldType.DATE, "dmy"),
        ((*GOOD, "unknown", "31.02.2020"), FieldType.DATE, "dmy"),
        ((*GOOD, "unknown", "31.02.2020", "soon"), FieldType.TEXT, ""),
        (("2020-03-01", "2020-03-02", "2020-03-03", "2020-02-31"), FieldType.DATE, "ymd"),
        (("2020-03-01", "2020-03-02", "2020-02-31"), FieldType.TEXT, ""),
        (("24/12", "1/2", "13/5", "summer"), FieldType.BIRTHDAY, "dmy"),
        (("12/24/2020", "1/2/2020", "3/4/2020", "13/13/2020"), FieldType.DATE, "mdy"),
    ],
)
def test_a_few_impossible_dates_make_no_text_of_a_column(texts: tuple[str, ...], of: FieldType, order: str) -> None:
    found = form_of(*texts)
    assert (found.type, found.order, bool(found.misfits)) == (of, order, of is not FieldType.TEXT)


NUMBERS = tuple(str(number) for number in range(7, 40))


@pytest.mark.parametrize(
    ("texts", "of", "decimal"),
    [
        ((*NUMBERS, "n/a"), FieldType.NUMBER, "."),
        ((*NUMBERS, "n/a", "unknown", "TBD"), FieldType.NUMBER, "."),
        ((*NUMBERS, "12,5", "k.A."), FieldType.NUMBER, ","),
        ((*(f"€ {number}" for number in NUMBERS), "on request"), FieldType.MONEY, "."),
        ((*NUMBERS, "14a"), FieldType.TEXT, ""),  # a number of a house, and its letter belongs to it
        ((*NUMBERS, "00123"), FieldType.TEXT, ""),
        (("7", "8", "n/a"), FieldType.TEXT, ""),  # too few to tell
        ((*NUMBERS, "n/a", "unknown", "soon", "none", "later"), FieldType.TEXT, ""),
    ],
)
def test_a_few_words_for_none_make_no_text_of_a_column_of_numbers(
    texts: tuple[str, ...], of: FieldType, decimal: str
) -> None:
    found = form_of(*texts)
    assert (found.type, found.decimal) == (of, decimal)
    assert all(text in texts for _, text in found.misfits)


def test_a_word_for_none_among_numbers_is_named_with_its_line() -> None:
    profile = Profile()
    profile.add([*NUMBERS, "n/a"], range(2, 100))
    (found,) = forms([profile], ",")
    assert found.misfits == ((len(NUMBERS) + 2, "n/a"),)


def test_misfits_are_named_with_their_lines() -> None:
    profile = Profile()
    profile.add([*GOOD, "31.02.2020", ""], range(2, 100))
    profile.add([*GOOD, "soon"], range(100, 200))
    (found,) = forms([profile], ",")
    assert found.misfits == ((21, "31.02.2020"), (119, "soon"))


def test_a_column_that_fits_another_type_wholly_is_of_that_type() -> None:
    assert form_of("1.5", "2.5", "3.5", "20.5", "40.25").type is FieldType.NUMBER
    assert form_of(*GOOD, "https://x.example", "y", "z", "w").type is FieldType.TEXT


@pytest.mark.parametrize("between", ["; ", " ::: ", ", ", "\n"])
def test_a_few_parts_in_ever_other_company_are_many_choices(between: str) -> None:
    cells = [between.join(some) for some in (["red", "blue"], ["blue"], ["blue", "green"], ["green", "red"])] * 6
    found = form_of(*cells)
    assert (found.type, found.choices, found.between) == (
        FieldType.CHOICES,
        ("blue", "green", "red"),
        between.strip() or between,
    )
    assert reader(found)(cells[0]) == "blue\nred"


@pytest.mark.parametrize(
    "texts",
    [
        ("Frankfurt, Main", "Berlin", "Köln") * 10,  # a comma that is a part of the text
        tuple(f"Smith {one}, Ann {one}" for one in range(40)),
        ("red; blue", "blue; green"),  # too few to tell
    ],
)
def test_signs_inside_of_texts_make_no_choices_of_them(texts: tuple[str, ...]) -> None:
    assert form_of(*texts).type is not FieldType.CHOICES


def test_a_comma_inside_a_choice_has_a_backslash_before_it() -> None:
    found = form_of(*["a\\, b, c", "c, d", "d", "a\\, b"] * 6)
    assert found.choices == ("a, b", "c", "d")


def test_a_column_for_many_choices_is_split_however_few_lines_there_are() -> None:
    found = likeliest(["red; blue"], FieldType.CHOICES)
    assert found is not None
    assert reader(found)("red; blue") == "blue\nred"
