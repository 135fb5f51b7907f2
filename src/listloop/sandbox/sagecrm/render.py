"""A row as the API shows it: spelling, empty columns, times, boxes and amounts as the switches say."""

from datetime import datetime, timedelta, timezone
from typing import Any

from listloop.sandbox.sagecrm.ask import Ask
from listloop.sandbox.sagecrm.books import Row
from listloop.sandbox.sagecrm.tables import Column

INSIDE = "http://crm-server01"
"""The host that the program believes it has: never the one that was asked."""


def shown(ask: Ask, resource: str, key: str, columns: tuple[Column, ...], row: Row, select: set[str]) -> dict[str, Any]:
    """One entry of a feed, or one record; ``select`` is empty for all columns."""
    number = row[key]
    entry: dict[str, Any] = {
        "$key": number if ask.switches["key"] == "number" else str(number),
        "$title": f"{resource} {number}",
        "$url": f"{where(ask)}/{resource}('{number}')",
    }
    hidden = ask.hidden()
    for column in columns:
        if column.low in hidden or (select and column.low not in select):
            continue
        value = _value(ask, column, row.get(column.low))
        if value is not None or ask.switches["nulls"] == "null":
            entry[_spelled(ask, column.name)] = value
    if resource.lower() == "person" and not select:
        entry["Company"] = {"$key": row.get("pers_companyid"), "Reference": {"$url": f"{INSIDE}/opaque"}}
        entry["Users"] = {"Association": None}
    return entry


def where(ask: Ask) -> str:
    """The address of the contract, as the program believes it to be."""
    return f"{INSIDE}/sdata/{ask.books.install}j/sagecrm2/-"


def _spelled(ask: Ask, name: str) -> str:
    how = ask.switches["casing"]
    return name if how == "schema" else name.lower() if how == "lower" else name.upper()


def _value(ask: Ask, column: Column, value: Any) -> Any:
    if column.kind == "check":
        ticked = value == "Y"
        plain = {"Y": "Y" if ticked else None, "empty": "Y" if ticked else "", "boolean": ticked}
        return plain[str(ask.switches["checkbox"])]
    if value is None:
        return None
    if column.kind == "moment":
        return moment(ask, int(value))
    if column.kind == "day":
        return f"{value}T00:00:00" + _offset(ask, 0)
    if column.kind == "number" and ask.switches["amounts"] == "text":
        return f"{float(value):,.2f}".translate(str.maketrans(",.", ".,"))
    return value


def moment(ask: Ask, at: int) -> str:
    """A time in the server's zone, with its offset, as Z, or without a zone."""
    if ask.switches["moments"] == "Z":
        return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: UP017 - one name for both
    local = datetime.fromtimestamp(at, timezone(timedelta(seconds=ask.zone(at))))
    return local.strftime("%Y-%m-%dT%H:%M:%S") + _offset(ask, at)


def _offset(ask: Ask, at: int) -> str:
    how = ask.switches["moments"]
    if how != "offset":
        return "Z" if how == "Z" else ""
    zone = ask.zone(at)
    return f"{'-' if zone < 0 else '+'}{abs(zone) // 3600:02}:{abs(zone) % 3600 // 60:02}"
