"""Amounts of money as people write them: whole cents, currencies, and rates between them."""

from __future__ import annotations

import re
from decimal import Decimal

RATE = 1_000_000
"""What a rate of 1 is: rates are whole millionths."""

MOST = 10**12
"""The largest amount that is read, in whole units; more is a slip of the hand."""

_AMOUNT = re.compile(r"-?[0-9]{1,13}(?:[.,][0-9]{1,2})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_RATE = re.compile(r"([A-Za-z]{3})[\s:=]+([0-9]{1,9}(?:[.,][0-9]{1,6})?)")


def cents_of(text: str) -> int | None:
    """Whole cents of “12.50”, “12,50” or “12”; None for anything else.

    “1,000” and “1.000” are none: nobody knows whether that is one or a thousand.
    """
    plain = text.strip()
    if not _AMOUNT.fullmatch(plain):
        return None
    value = Decimal(plain.replace(",", "."))
    return int(value * 100) if abs(value) <= MOST else None


def plain_amount(cents: int) -> str:
    """Whole cents as a form and a file show them, such as 1234.50."""
    return f"{Decimal(cents) / 100:.2f}"


def amount(cents: int, currency: str) -> str:
    """Whole cents as people read them, such as 1,234.50 EUR."""
    return f"{Decimal(cents) / 100:,.2f} {currency}"


def currency_of(text: str) -> str | None:
    """The three letters of a currency (ISO 4217), whatever their case; None for anything else."""
    code = text.strip().upper()
    return code if _CURRENCY.fullmatch(code) else None


def rate_of(text: str) -> tuple[str, int] | None:
    """A currency and what one unit of it is worth, in millionths: “USD 0.92” or “USD=0.92”; None for anything else."""
    found = _RATE.fullmatch(text.strip())
    rate = int(Decimal(found[2].replace(",", ".")) * RATE) if found else 0
    return (found[1].upper(), rate) if found and rate else None


def plain_rate(rate: int) -> str:
    """What a rate is as people write it, such as 0.92."""
    return f"{Decimal(rate) / RATE:f}"
