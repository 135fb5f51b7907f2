from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listloop.sandbox.mailchimp.audience import MergeField
from listloop.sandbox.mailchimp.merge import TYPES, BadValueError, cut, shown, stored

FULL = {"addr1": "1 Road", "addr2": "", "city": "Town", "state": "TX", "zip": "1", "country": "GB"}


def field(kind: str, **options: Any) -> MergeField:
    return MergeField(1, "F", "F", kind, options=options)


@pytest.mark.parametrize(
    ("kind", "given_value", "expected"),
    [
        ("text", "a", "a"), ("text", 7, "7"), ("number", "7", 7), ("number", " 7.5 ", 7.5), ("number", 7, 7),
        ("number", 0, 0), ("date", "2026-02-03", "2026-02-03"), ("date", "2026/2/3", "2026-02-03"),
        ("date", "02/03/2026", "2026-02-03"), ("date", "03-02-2026", "2026-02-03"),
        ("date", "2024-02-29", "2024-02-29"),
        ("birthday", "2/29", "02/29"), ("zip", "01234", "01234"), ("url", "https://a.example", "https://a.example"),
        ("phone", "000", "000"), ("address", FULL, FULL), ("address", dict.fromkeys(FULL, ""), ""),
    ],
)  # fmt: skip
def test_a_fitting_value_is_kept_in_its_form(kind: str, given_value: Any, expected: Any) -> None:
    assert shown(stored(field(kind), given_value)) == expected


@pytest.mark.parametrize(
    ("kind", "bad", "message"),
    [
        ("number", "x", "Please enter a number"), ("number", "nan", "Please enter a number"),
        ("date", "2026-02-30", "Please enter the date"), ("date", "2025-02-29", "Please enter the date"),
        ("date", "3.2.2026", "Please enter the date"), ("birthday", "13/01", "Please enter the date"),
        ("birthday", "2000-01-02", "Please enter the date"), ("url", "a.example", "Please enter a valid URL"),
        ("zip", "1234", "Please enter a zip code (5 digits)"), ("address", "1 Road", "Please enter a complete address"),
        ("address", FULL | {"city": " "}, "Please enter a complete address"),
        ("text", None, "Data did not match any of the schemas described in anyOf."),
        ("number", True, "Data did not match any of the schemas described in anyOf."),
        ("text", {}, "Data did not match any of the schemas described in anyOf."),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_says_so_in_the_recorded_words(kind: str, bad: Any, message: str) -> None:
    with pytest.raises(BadValueError, match=message.replace("(", r"\(").replace(")", r"\)")):
        stored(field(kind), bad)


def test_a_choice_must_be_one_of_the_choices() -> None:
    choice = field("dropdown", choices=["m", "w"])
    assert stored(choice, "m") == "m"
    with pytest.raises(BadValueError, match=r"Value must be one of: m, w,  \(not z\)"):
        stored(choice, "z")


def test_a_phone_in_us_form_has_ten_digits() -> None:
    assert stored(field("phone", phone_format="US"), "404-555-0100") == "404-555-0100"
    with pytest.raises(BadValueError):
        stored(field("phone", phone_format="US"), "+44 20")


@pytest.mark.parametrize("kind", TYPES)
def test_the_empty_string_clears_each_type(kind: str) -> None:
    assert stored(field(kind), "") == ""


@given(st.text())
def test_text_is_cut_to_255_bytes_between_characters(text: str) -> None:
    kept = cut(text)
    assert text.startswith(kept)
    assert len(kept.encode()) <= 255
    assert kept == text or len(text[: len(kept) + 1].encode()) > 255


@given(
    st.sampled_from(TYPES),
    st.text(max_size=30) | st.integers() | st.floats() | st.none() | st.dictionaries(st.text(), st.text()),
)
def test_what_was_stored_is_accepted_again_unchanged(kind: str, value: Any) -> None:
    """A client that writes back what it read changes nothing."""
    try:
        kept = stored(field(kind, choices=["a"]), value)
    except BadValueError:
        return
    assert stored(field(kind, choices=["a"]), shown(kept)) == kept
