"""Numbers, shares, moments and bars as the pages write them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo

from babel.dates import format_date
from babel.numbers import format_decimal

from listloop.web.texts import Language
from listloop.web.words import N_

#: The days that have a name of their own, by how many days ago they were.
DAYS = {0: N_("today"), 1: N_("yesterday"), -1: N_("tomorrow")}

#: How long a value may be on a page before it is folded; long enough for any honest one.
LONG = 300
#: The gap between the parts of a bar and the least width of one, both in per cent.
GAP, LEAST = 0.25, 0.5


def number(value: int, language: Language) -> str:
    """A count, with thousands separated."""
    return format_decimal(value, locale=language.locale)


def share(part: int, whole: int, language: Language) -> str:
    """A share in per cent with one decimal; never 0.0 or 100.0 for what is not nothing or everything."""
    if whole == 0:
        return "0 %"
    if part in {0, whole}:
        return f"{100 * part // whole} %"
    return f"{format_decimal(min(max(100 * part / whole, 0.1), 99.9), '0.0', locale=language.locale)} %"


def iso(at: datetime) -> str:
    """A moment for ``<time datetime>``."""
    return at.isoformat(timespec="seconds")


def moment(at: datetime, now: datetime, zone: tzinfo, language: Language) -> str:
    """A moment for people: “today 14:05”, “yesterday 9:30”, else “12 Nov 2026, 14:05”."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    days = (today.date() - local.date()).days
    clock = f"{local:%H:%M}"
    if days in DAYS:
        return f"{language.gettext(DAYS[days])} {clock}"
    return f"{format_date(local.date(), 'medium', locale=language.locale)}, {clock}"


def said(text: str, now: datetime, zone: tzinfo, language: Language) -> str:
    """A side's own time for people; shown as it is where it is no ISO 8601 moment with a zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment(at, now, zone, language) if at.tzinfo else text


def until(at: datetime, now: datetime, zone: tzinfo, language: Language) -> str:
    """A planned moment, with its zone; one that has passed is due “now”."""
    if at <= now:
        return language.gettext(N_("now"))
    return f"{moment(at, now, zone, language)} ({at.astimezone(zone):%Z})"


def short(value: str) -> tuple[str, str]:
    """A value as its beginning and the rest that is folded away; the rest is "" for all but very long ones."""
    return (value, "") if len(value) <= LONG else (value[:LONG], value[LONG:])


def initials(name: str) -> str:
    """One or two letters that stand for a user."""
    parts = name.split()
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


def bar(parts: Iterable[tuple[str, int]]) -> list[tuple[str, str, str]]:
    """A bar as (class, x, width) in per cent: every part that is not zero can be seen, and together they fill it."""
    some = [(name, people) for name, people in parts if people]
    whole = sum(people for _, people in some)
    room = 100 - GAP * max(len(some) - 1, 0)
    widths = [max(people / whole * room, LEAST) for _, people in some]
    over = sum(widths) - room
    if widths:
        widths[widths.index(max(widths))] -= over
    drawn, x = [], 0.0
    for (name, _), width in zip(some, widths, strict=True):
        drawn.append((name, f"{x:.2f}%", f"{width:.2f}%"))
        x += width + GAP
    return drawn
