"""The form that says how campaigns earn credit, read into rules; what does not fit is told in a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from listloop.core.attribution import Rules, Unit
from listloop.store.deals import Closing
from listloop.web.words import N_

#: Name of the input: the least and the most that it takes.
NUMBERS = {"sent": (0, 100), "opened": (0, 100), "clicked": (0, 100), "window": (1, 730), "half_life": (1, 365)}
NUMBERS |= {"ends": (0, 50)}
MOST = Decimal(10**9)

_RATE = re.compile(r"([A-Za-z]{3})[\s:=]+([0-9]+(?:[.,][0-9]{1,6})?)")
_CURRENCY = re.compile(r"[A-Z]{3}")


def money(cents: int) -> str:
    """An amount of whole cents as a form and a file show it."""
    return f"{Decimal(cents) / 100:.2f}"


def read_closing(posted: Mapping[str, str]) -> Closing | str:
    """What the form says; inputs that it lacks stay as they are without any rules. Else what does not fit."""
    known = Rules()
    numbers = {name: posted.get(name, str(getattr(known, name))).strip() for name in NUMBERS}
    for name, text in numbers.items():
        least, most = NUMBERS[name]
        if not text.isdecimal() or len(text) > len(str(most)) or not least <= int(text) <= most:
            return N_("A weight, a number of days or a percentage does not fit. Nothing was saved.")
    currency = posted.get("currency", known.currency).strip().upper()
    rates = _rates(posted.get("rates", ""))
    price = _cents(posted.get("price", "0"))
    if not _CURRENCY.fullmatch(currency):
        return N_("A currency is three letters, such as EUR. Nothing was saved.")
    if rates is None:
        return N_("A rate is a line such as “USD 0.92”. Nothing was saved.")
    if price is None:
        return N_("An amount is a number such as 12.50. Nothing was saved.")
    if not any(int(numbers[name]) for name in ("sent", "opened", "clicked")):
        return N_("At least one of the three has to count. Nothing was saved.")
    unit = Unit.COMPANY if posted.get("unit") == Unit.COMPANY else Unit.PERSON
    whole = {name: int(text) for name, text in numbers.items()}
    return Closing(Rules(unit=unit, currency=currency, rates=rates, **whole), price)


def _rates(text: str) -> dict[str, int] | None:
    found = {}
    for line in filter(None, map(str.strip, text.splitlines()[:200])):
        match = _RATE.fullmatch(line)
        rate = Decimal(match[2].replace(",", ".")) if match else Decimal(0)
        if match is None or not 0 < rate < MOST:
            return None
        found[match[1].upper()] = int(rate * 1_000_000)
    return found


def _cents(text: str) -> int | None:
    try:
        value = Decimal(text.strip().replace(",", ".") or "0")
    except InvalidOperation:
        return None
    return int((value * 100).to_integral_value()) if value.is_finite() and 0 <= value <= MOST else None
