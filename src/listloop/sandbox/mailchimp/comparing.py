"""What segment conditions are made of: operators, comparisons without regard to case, and what they may refer to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from typing import Any

from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.audience import Audience
from listloop.sandbox.mailchimp.member import Member
from listloop.sandbox.wire import Json

Test = Callable[[Member], bool]
DAY = 86400


class BadConditionError(ValueError):
    """The message says which part does not fit."""


@dataclass(frozen=True, slots=True)
class Here:
    """What a condition may refer to."""

    account: Account
    audience: Audience
    now: int


def op_of(condition: Json, *known: str) -> str:
    op = condition.get("op")
    if op not in known:
        raise BadConditionError(f"The op {op!r} is none of {', '.join(known)}.")
    return str(op)


def comparison(op: str, value: str, *, numbers: bool = False) -> Callable[[str], bool]:
    """A test of a text, without regard to case."""
    want = value.lower()
    table: dict[str, Callable[[str], bool]] = {
        "is": lambda text: text == want, "not": lambda text: text != want,
        "contains": lambda text: want in text, "notcontain": lambda text: want not in text,
        "starts": lambda text: text.startswith(want), "ends": lambda text: text.endswith(want),
        "greater": lambda text: text > want, "less": lambda text: text < want,
        "blank": lambda text: not text, "blank_not": bool,
    }  # fmt: skip
    test = table[op]
    limit = as_number(value) if numbers else None
    if limit is not None and op in {"is", "not", "greater", "less"}:
        by: dict[str, Callable[[float], bool]] = {
            "is": lambda number: number == limit, "not": lambda number: number != limit,
            "greater": lambda number: number > limit, "less": lambda number: number < limit,
        }  # fmt: skip
        return lambda text: by[op](number) if (number := as_number(text)) is not None else op == "not"
    return lambda text: test(text.lower())


def as_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def day_of(value: str) -> str:
    """MM/DD/YYYY or YYYY-MM-DD as YYYY-MM-DD."""
    for form in ("%m/%d/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(value, form).replace(tzinfo=UTC).date().isoformat()
        except ValueError:
            continue
    raise BadConditionError(f"{value!r} is no date; it should look like 12/31/2026.")


def days_of(value: Any) -> int:
    if not str(value).isdecimal():
        raise BadConditionError(f"{value!r} is no number of days.")
    return int(value)


def at(here: Here, condition: Json) -> Callable[[int], bool]:
    """A test of a second, 0 for never. ``value`` is date (the day is in ``extra``), campaign (its web id is there),
    last, or a number of days for within.
    """
    op = op_of(condition, "greater", "less", "is", "not", "blank", "blank_not", "within", "notwithin")
    if op in {"blank", "blank_not"}:
        return lambda at: bool(at) is (op == "blank_not")
    if op in {"within", "notwithin"}:
        since = here.now - days_of(condition.get("value")) * DAY
        return lambda at: (at >= since) is (op == "within")
    start, end = _span(here, str(condition.get("value", "")), str(condition.get("extra", "")))
    inside: dict[str, Callable[[int], bool]] = {
        "greater": lambda at: at >= end, "less": lambda at: 0 < at < start, "is": lambda at: start <= at < end,
        "not": lambda at: not start <= at < end,
    }  # fmt: skip
    return inside[op]


def _span(here: Here, value: str, extra: str) -> tuple[int, int]:
    """The seconds that a date, or the sending of a campaign, covers."""
    if value in {"campaign", "last"}:
        sent = [one for one in here.audience.sent.values() if value == "last" or str(one.web_id) == extra]
        at = max((one.send_time for one in sent), default=0)
        return at, at + 1
    day = date.fromisoformat(day_of(extra or value))
    first = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return int(first.timestamp()), int((first + timedelta(days=1)).timestamp())
