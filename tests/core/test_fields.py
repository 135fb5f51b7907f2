"""A value is cut by characters, then by bytes, never inside a character; a number has one text."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listloop.core.fields import fit, number
from listloop.core.side import Field

texts = st.text(st.characters(codec="utf-8"), max_size=40)
limits = st.none() | st.integers(1, 30)


def limited(chars: int | None, octets: int | None) -> Field:
    return Field("F", "F", max_chars=chars, max_bytes=octets)


@given(texts, limits, limits)
def test_a_value_that_was_cut_is_not_cut_again(value: str, chars: int | None, octets: int | None) -> None:
    field = limited(chars, octets)
    assert fit(field, fit(field, value)) == fit(field, value)


@given(texts, limits, limits)
def test_a_cut_value_is_the_beginning_of_the_whole_and_within_both_limits(
    value: str, chars: int | None, octets: int | None
) -> None:
    cut = fit(limited(chars, octets), value)
    assert value.startswith(cut)
    assert chars is None or len(cut) <= chars
    assert octets is None or len(cut.encode()) <= octets


@given(texts, limits, limits)
def test_no_more_is_cut_than_has_to_be(value: str, chars: int | None, octets: int | None) -> None:
    cut = fit(limited(chars, octets), value)
    lost = value[len(cut) :]
    longer = cut + lost[: len(lost) - len(lost.lstrip()) + 1]  # up to the next character that is seen
    fits = (chars is None or len(longer) <= chars) and (octets is None or len(longer.encode()) <= octets)
    assert not lost.strip() or not fits


@pytest.mark.parametrize(
    ("chars", "octets", "value", "cut"),
    [
        pytest.param(None, None, "a" * 10_000, "a" * 10_000, id="no limit, no cut"),
        pytest.param(3, None, "äöü", "äöü", id="characters are counted, not bytes"),
        pytest.param(None, 5, "äöü", "äö", id="bytes are counted, and ü is not halved"),
        pytest.param(None, 4, "a🙂", "a", id="a picture of four bytes is whole or not there"),
        pytest.param(None, 255, "ß" * 128, "ß" * 127, id="Mailchimp's 255 bytes hold 127 times ß"),
        pytest.param(5, None, "abcd efg", "abcd", id="white space at the cut goes with it"),
        pytest.param(None, 3, "ab cd", "ab", id="by whichever limit"),
        pytest.param(5, None, "ab  ", "ab  ", id="a value that fits keeps its white space"),
        pytest.param(4, 3, "äbcd", "äb", id="both limits hold"),
    ],
)
def test_what_a_side_would_cut_a_value_down_to(chars: int | None, octets: int | None, value: str, cut: str) -> None:
    assert fit(limited(chars, octets), value) == cut


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("", ""),
        ("   ", ""),
        ("0", "0"),
        ("-0.00", "0"),
        ("007", "7"),
        ("+1.50", "1.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1E3", "1000"),
        ("1e-3", "0.001"),
        (" 12 ", "12"),
        ("100", "100"),
        ("-0.25", "-0.25"),
        ("1e30", "1" + "0" * 30),
    ],
)
def test_a_number_has_one_text(text: str, canonical: str) -> None:
    assert number(text) == canonical


@pytest.mark.parametrize("text", ["abc", "1,5", "NaN", "Infinity", "-inf", "1e31", "1e-31", "1e999999", "--1", "0x10"])
def test_what_is_no_number_of_a_sensible_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no number"):
        number(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=6))
def test_a_number_keeps_its_value_and_its_text_is_stable(value: Decimal) -> None:
    text = number(str(value))
    assert Decimal(text) == value
    assert number(text) == text
    assert "e" not in text.lower()
