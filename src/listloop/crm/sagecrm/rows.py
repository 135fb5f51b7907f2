"""Rows of Sage CRM's answers: columns by any spelling, values in whatever form the server gives them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

Row = dict[str, Any]

_TRUE = frozenset({"y", "yes", "true", "1"})
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE)
_GROUPED = re.compile(r"[^\d.,-]")


def lowered(raw: Any) -> Row:
    """A row with its columns in lower case, its ``$key`` with them; nested objects of linked entities are left out.

    Sage spells columns one way in a table and another in a view (``Comp_Name``, ``comp_promote``).
    """
    if not isinstance(raw, dict):
        return {}
    return {str(name).lower(): value for name, value in raw.items() if not isinstance(value, dict)}


def whole(row: Row, column: str) -> int:
    """A number column; 0 for nothing and for what is none."""
    value = row.get(column)
    try:
        return int(value) if value not in (None, "") and not isinstance(value, bool) else 0
    except (TypeError, ValueError):
        return 0


def text(row: Row, column: str) -> str:
    """A text column; "" for nothing."""
    value = row.get(column)
    return "" if value is None else str(value)


def ticked(row: Row, column: str) -> bool:
    """A checkbox, which may be Y, true, 1; anything else is unticked."""
    return text(row, column).strip().lower() in _TRUE


def moment(value: object, zone: timezone = UTC) -> str:
    """A time as ISO 8601 UTC: with an offset, with Z, or without, which then is in the server's zone. "" for none."""
    found = _MOMENT.fullmatch(str(value or "").strip())
    if not found:
        return ""
    day, clock, offset = found.groups()
    try:
        read = datetime.fromisoformat(
            f"{day}T{clock or '00:00:00'}{'+00:00' if offset in ('Z', 'z') else offset or ''}"
        )
    except ValueError:
        return ""
    aware = read if read.tzinfo else read.replace(tzinfo=zone)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(value: object) -> str:
    """A time as the server shows it, without its offset: what a field of the type date-time holds. "" for none."""
    found = _MOMENT.fullmatch(str(value or "").strip())
    if not found:
        return ""
    clock = found[2] or "00:00:00"
    return f"{found[1]}T{clock if len(clock) == 8 else clock + ':00'}"


def amount(value: object) -> str:
    """A number as plain decimal text, from a number or from ``1.234,56`` or ``1,234.56``; "" for none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    plain = _GROUPED.sub("", str(value or ""))
    if not re.search(r"\d", plain):
        return ""
    last = max(plain.rfind("."), plain.rfind(","))
    is_grouping = last >= 0 and len(plain) - last == 4 and (plain.count(plain[last]) > 1 or plain[last] == ",")
    if last < 0 or is_grouping:
        return re.sub(r"[.,]", "", plain)
    return re.sub(r"[.,]", "", plain[:last]) + "." + plain[last + 1 :]


def cents(value: object) -> int:
    """An amount in whole cents."""
    plain = amount(value)
    return round(float(plain) * 100) if plain else 0


def zone_of(setting: str) -> timezone:
    """A zone written as +01:00 or -05:00; UTC when empty. Raises ValueError."""
    found = re.fullmatch(r"([+-])(\d\d):(\d\d)", setting.strip()) if setting.strip() else None
    if found is None:
        if setting.strip():
            raise ValueError(setting)
        return UTC
    away = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-away if found[1] == "-" else away)
