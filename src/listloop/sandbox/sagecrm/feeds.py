"""Reading: feeds with where, paging and columns; one record; prototypes."""

import math
from dataclasses import dataclass
from typing import Any

from listloop.sandbox.sagecrm.ask import Ask, RefusedError
from listloop.sandbox.sagecrm.books import Row, view_rows, views
from listloop.sandbox.sagecrm.render import shown, where
from listloop.sandbox.sagecrm.tables import TABLES, Column
from listloop.sandbox.sagecrm.where import BadWhereError, Test, parsed

LINKS = {"emaillink", "phonelink", "comm_link", "address_link"}
REPORTS = {"custom_reports", "custom_reportsearches", "ddfield", "ddata"}
UNTOLD = {"custom_captions", "currency", "users", *REPORTS}
"""Resources that answer and are not among the prototypes."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A table or a view that may be asked for now."""

    name: str
    key: str
    columns: tuple[Column, ...]
    view: bool = False
    number: int = 0

    def by_name(self) -> dict[str, Column]:
        return {one.low: one for one in self.columns}


def resource(ask: Ask, name: str) -> Resource:
    """By its name in any case. Raises RefusedError (404) for one that is not exposed, 403 for one not allowed."""
    low = name.lower()
    table = ask.books.table(low)
    if table is None:
        found = views(ask.books).get(low) if ask.switches["views"] == "exposed" else None
        if found is None:
            raise RefusedError(404, f"Resource kind {name} not found", "ResourceKindNotFound")
        return Resource(found.name, found.key, found.columns, view=True)
    closed = (
        (low in LINKS and ask.switches["links"] == "hidden")
        or (low in REPORTS and ask.switches["reports"] == "hidden")
        or (low == "custom_captions" and ask.switches["captions"] == "hidden")
    )
    if closed:
        raise RefusedError(404, f"Resource kind {name} not found", "ResourceKindNotFound")
    if not ask.user.may(low, "R"):
        raise RefusedError(403, f"You do not have rights to view {table.name}")
    return Resource(table.name, table.key, table.columns, number=table.number)


def feed(ask: Ask, name: str) -> dict[str, Any]:
    """A page of rows in the envelope of the standard."""
    what = resource(ask, name)
    test = _test(ask, what)
    rows = _rows(ask, what) if test is None else [row for row in _rows(ask, what) if test(row)]
    rows = _ordered(ask, what, rows)
    start, count = max(1, _whole(ask, "startindex", 1)), _whole(ask, "count", int(ask.switches["page"]))
    count = min(count, int(ask.switches["most"]))
    page = rows[start - 1 : start - 1 + count]
    select = _select(ask, what)
    return {
        "$url": f"{where(ask)}/{what.name}",
        "$totalResults": len(rows),
        "$startIndex": start,
        "$itemsPerPage": count,
        "$resources": [shown(ask, what.name, what.key, what.columns, row, select) for row in page],
    }


def one(ask: Ask, name: str, key: str) -> dict[str, Any]:
    """One record. Raises RefusedError (404) for one that is gone or hidden: they can't be told apart."""
    what = resource(ask, name)
    number = int(key) if key.isascii() and key.isdigit() else 0
    rows = [row for row in _rows(ask, what) if row[what.key] == number] if what.view else _by_key(ask, what, number)
    if not rows:
        raise RefusedError(404, f"{what.name} {key} not found")
    return shown(ask, what.name, what.key, what.columns, rows[0], set())


def _by_key(ask: Ask, what: Resource, number: int) -> list[Row]:
    row = ask.books.row(what.name.lower(), number)
    return [row] if row and _in_territory(ask, what, row) else []


def _rows(ask: Ask, what: Resource) -> list[Row]:
    low = what.name.lower()
    rows = view_rows(ask.books, low) if what.view else ask.books.live(low)
    return [row for row in rows if _in_territory(ask, what, row)] if ask.switches["territory"] else rows


def _in_territory(ask: Ask, what: Resource, row: Row) -> bool:
    wanted = int(ask.switches["territory"])
    column = f"{what.key.partition('_')[0]}_secterr"
    return not wanted or what.name.lower() not in {"person", "company", "vmc_person"} or row.get(column) == wanted


def _test(ask: Ask, what: Resource) -> Test | None:
    text = ask.params.get("where", "")
    if not text.strip():
        return None
    try:
        return parsed(
            text, what.by_name(), permissive=ask.switches["operators"] == "permissive",
            timestamps=bool(ask.switches["timestamps"]), zone=ask.zone(ask.now),
        )  # fmt: skip
    except BadWhereError as wrong:
        how = str(ask.switches["unknown_operator"])
        if how == "zero rows":
            return lambda _: False
        raise RefusedError(int(how), f"Bad where syntax: {wrong}", "BadWhereSyntax") from None


def _ordered(ask: Ask, what: Resource, rows: list[Row]) -> list[Row]:
    wanted = ask.params.get("orderby", "").split()
    if wanted and ask.switches["order_by"] == "refused":
        raise RefusedError(400, "orderBy is not supported", "BadQueryParameter")
    if wanted and ask.switches["order_by"] == "sorted":
        low = wanted[0].lower()
        down = len(wanted) > 1 and wanted[1].lower() == "desc"
        return sorted(rows, key=lambda row: (row.get(low) is not None, row.get(low), row[what.key]), reverse=down)
    # No order is promised: what comes first changes whenever somebody adds a row.
    step = 2 * ask.books.inserts + 1
    return sorted(rows, key=lambda row: row[what.key] * step % 65_537)


def _select(ask: Ask, what: Resource) -> set[str]:
    wanted = {name.strip().lower() for name in ask.params.get("select", "").split(",")} - {""}
    unknown = wanted - what.by_name().keys()
    if unknown and ask.switches["unknown_column"] == "refused":
        raise RefusedError(400, f"{', '.join(sorted(unknown))} is no property", "BadQueryParameter")
    return wanted


def _whole(ask: Ask, name: str, default: int) -> int:
    text = ask.params.get(name, "")
    if not text:
        return default
    if not text.isdigit():
        raise RefusedError(400, f"{name} is no number", "BadQueryParameter")
    return min(int(text), int(math.pow(2, 31)))


_TYPES = {
    "int": "sdata/integer", "number": "sdata/decimal", "moment": "sdata/datetime", "day": "sdata/date",
    "check": "sdata/boolean", "select": "sdata/selection", "multi": "sdata/multiselect",
}  # fmt: skip


def prototypes(ask: Ask, name: str = "") -> dict[str, Any]:
    """What columns there are: of one resource, or of all that are exposed."""
    if name:
        what = resource(ask, name)
        return _prototype(ask, what)
    found = []
    for low in TABLES:
        try:
            what = resource(ask, low)
        except RefusedError:
            continue
        if low not in UNTOLD:
            found.append(_prototype(ask, what))
    return {"$totalResults": len(found), "$resources": found}


def _prototype(ask: Ask, what: Resource) -> dict[str, Any]:
    rich = ask.switches["prototype_types"] == "rich"
    fixed = ask.fixed()
    properties = {}
    for column in what.columns:
        told = {
            "$title": column.title or column.name.partition("_")[2],
            "$type": _TYPES.get(column.kind, "sdata/string") if rich else "sdata/string",
            "$isMandatory": column.mandatory, "$isHidden": False,
            "$isReadOnly": column.readonly or what.view or column.low in fixed,
        }  # fmt: skip
        if ask.switches["prototype_lengths"] and column.size:
            told["$maxLength"] = column.size
        properties[column.low] = told  # hidden columns too: field security is the business of rows
    return {
        "$title": what.name, "$resourceKind": what.name.lower(), "$resourceId": what.number,
        "$baseUrl": where(ask), "$url": f"{where(ask)}/$prototypes/{what.name}", "$properties": properties,
    }  # fmt: skip
