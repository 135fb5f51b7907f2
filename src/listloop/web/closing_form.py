"""The form that says how campaigns earn credit, read into rules; what does not fit is told in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from listloop.core.amounts import cents_of, currency_of, rate_of
from listloop.core.attribution import Rules, Unit
from listloop.store.closings import Closing
from listloop.web.words import N_

#: Name of the input: the least and the most that it takes.
NUMBERS = {"sent": (0, 100), "opened": (0, 100), "clicked": (0, 100), "window": (1, 730), "half_life": (1, 365)}
NUMBERS |= {"ends": (0, 50)}


def read_closing(posted: Mapping[str, str]) -> Closing | str:
    """What the form says; inputs that it lacks stay as they are without any rules. Else what does not fit."""
    known = Rules()
    numbers = {name: posted.get(name, str(getattr(known, name))).strip() for name in NUMBERS}
    for name, text in numbers.items():
        least, most = NUMBERS[name]
        if not text.isdecimal() or len(text) > len(str(most)) or not least <= int(text) <= most:
            return N_("A weight, a number of days or a percentage does not fit. Nothing was saved.")
    currency = currency_of(posted.get("currency", known.currency))
    rates = [rate_of(line) for line in posted.get("rates", "").splitlines()[:200] if line.strip()]
    price = read_price(posted.get("price", ""))
    if currency is None:
        return N_("A currency is three letters, such as EUR. Nothing was saved.")
    if None in rates:
        return N_("A rate is a line such as “USD 0.92”. Nothing was saved.")
    if price is None:
        return N_("An amount is a number such as 12.50. Nothing was saved.")
    if not any(int(numbers[name]) for name in ("sent", "opened", "clicked")):
        return N_("At least one of the three has to count. Nothing was saved.")
    unit = Unit.COMPANY if posted.get("unit") == Unit.COMPANY else Unit.PERSON
    whole = {name: int(text) for name, text in numbers.items()}
    return Closing(Rules(unit=unit, currency=currency, rates=dict(filter(None, rates)), **whole), price)


def read_price(text: str) -> int | None:
    """An amount that something costs, in cents; nothing is 0. None where it is no such amount."""
    cents = cents_of(text.strip() or "0")
    return cents if cents is not None and cents >= 0 else None
