"""Amounts are read as people write them, and never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listloop.core.amounts import MOST, RATE, cents_of, currency_of, plain_amount, plain_rate, rate_of


@pytest.mark.parametrize(
    ("text", "cents"), [("12.50", 1250), (" 12,5 ", 1250), ("12", 1200), ("-3.01", -301), ("0", 0)]
)
def test_an_amount_is_whole_cents(text: str, cents: int) -> None:
    assert cents_of(text) == cents


@pytest.mark.parametrize(
    "text", ["", "much", "1,000", "1.000", "1.000,50", "NaN", "1e9", "٣", "1" * 5_000, str(MOST + 1)]
)
def test_what_is_no_clear_amount_is_refused(text: str) -> None:
    """A thousand that might be one is none."""
    assert cents_of(text) is None


@given(st.integers(-MOST * 100, MOST * 100))
def test_every_amount_is_read_as_it_is_shown(cents: int) -> None:
    assert cents_of(plain_amount(cents)) == cents


@given(st.integers(1, 10**9 * RATE - 1))
def test_every_rate_is_read_as_it_is_shown(rate: int) -> None:
    assert rate_of(f"usd = {plain_rate(rate)}") == ("USD", rate)


@pytest.mark.parametrize(
    "text", ["USD", "USD 0", "USD=", "0.92", "US 1", "USD -1", "USD 1e3", "USD 0.0000001", "USD 1 2"]
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    assert rate_of(text) is None


@pytest.mark.parametrize(("text", "code"), [(" eur ", "EUR"), ("USD", "USD"), ("€", None), ("EURO", None), ("", None)])
def test_a_currency_is_three_letters(text: str, code: str | None) -> None:
    assert currency_of(text) == code
