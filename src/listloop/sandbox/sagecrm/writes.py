"""Writing: create, change, soft delete. An answer echoes what was sent, not what the database holds."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

from listloop.sandbox.sagecrm.ask import Ask, RefusedError
from listloop.sandbox.sagecrm.books import Row
from listloop.sandbox.sagecrm.feeds import Resource, one, resource
from listloop.sandbox.sagecrm.tables import PERSON, TABLES, Column

ONLY_SHOWN = {"pers_emailaddress", "pers_phonenumber", "comp_emailaddress"}
"""Columns of views that are taken on the table, echoed, and stored nowhere."""


def create(ask: Ask, name: str, body: dict[str, Any]) -> dict[str, Any]:
    """A new row; the echo has its number."""
    what = _writable(ask, name, "I")
    low = what.name.lower()
    _planned_failure(ask, low)
    row_values = _values(ask, what, body)
    _mandatory(ask, what, row_values)
    _script(ask, row_values)
    row = ask.books.insert(low, row_values, ask.now, ask.user.number)
    _linked(ask, low, row)
    if low == "communication":
        _inline_link(ask, row, body)
    return _echo(ask, what, int(row[what.key]), body)


def change(ask: Ask, name: str, key: str, body: dict[str, Any], *, whole: bool = False) -> dict[str, Any]:
    """Some columns of a row; with ``whole`` the columns that are not named are emptied."""
    what = _writable(ask, name, "U")
    low = what.name.lower()
    _planned_failure(ask, low)
    one(ask, name, key)
    row = ask.books.row(low, int(key))
    assert row is not None  # noqa: S101 - it was just read
    values = _values(ask, what, body)
    if whole:
        values = {column.low: None for column in what.columns if not column.readonly and column.low in row} | values
    _mandatory(ask, what, {**row, **values})
    _script(ask, values)
    ask.books.update(low, row, values, ask.now, ask.user.number)
    _linked(ask, low, row)
    return _echo(ask, what, int(key), body)


def delete(ask: Ask, name: str, key: str) -> None:
    """Soft."""
    what = _writable(ask, name, "D")
    one(ask, name, key)
    ask.books.delete(what.name.lower(), int(key), ask.now, ask.user.number)


def _writable(ask: Ask, name: str, act: str) -> Resource:
    what = resource(ask, name)
    if what.view:
        raise RefusedError(400, f"{what.name} is a view and cannot be written")
    if not ask.user.may(what.name.lower(), act):
        raise RefusedError(403, f"You do not have rights to change {what.name}")
    return what


def _planned_failure(ask: Ask, low: str) -> None:
    """A failure that somebody asked for, such as between an address and its link."""
    left = ask.books.fail_next.get(low, 0)
    if left:
        ask.books.fail_next[low] = left - 1
        raise RefusedError(500, f"{low} could not be saved")


def _values(ask: Ask, what: Resource, body: dict[str, Any]) -> Row:
    columns, fixed = what.by_name(), ask.fixed()
    values: Row = {}
    for name, value in body.items():
        low = name.lower()
        column = columns.get(low)
        if name.startswith("$") or low in ONLY_SHOWN or column is None or column.readonly:
            continue
        if low in fixed:
            continue  # field security: taken, echoed, not stored
        values[low] = _value(ask, column, value)
    return values


def _value(ask: Ask, column: Column, value: Any) -> Any:
    if value is None or value == "":
        return None
    try:
        if column.kind == "int":
            return int(value)
        if column.kind == "number":
            return float(value)
        if column.kind == "moment":
            return _seconds(ask, str(value))
        if column.kind == "day":
            return date.fromisoformat(str(value)[:10]).isoformat()
    except (ValueError, TypeError):
        raise RefusedError(400, f"{value!r} is no value for {column.name}") from None
    if column.kind == "check":
        return "Y" if value in ("Y", "y", True, "true") else None
    text = str(value)
    if column.size is not None and len(text) > column.size:
        if ask.switches["overflow"] == "refused":
            raise RefusedError(400, f"{column.name}: String or binary data would be truncated")
        text = text[: column.size]
    return text


def _seconds(ask: Ask, text: str) -> int:
    moment = datetime.fromisoformat(text)
    zone = timezone(timedelta(seconds=ask.zone(ask.now)))
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())


def _mandatory(ask: Ask, what: Resource, values: Row) -> None:
    missing = [column.name for column in what.columns if column.mandatory and not values.get(column.low)]
    if missing and ask.switches["mandatory"] != "accepted":
        raise RefusedError(int(str(ask.switches["mandatory"])), f"{', '.join(missing)}: a value is required")


def _script(ask: Ask, values: Row) -> None:
    """A table-level script of the customer's, which changes what is stored behind the echo."""
    name = values.get("pers_lastname")
    if not name or ask.switches["script"] == "off":
        return
    if ask.switches["script"] == "upper":
        values["pers_lastname"] = str(name).upper()
    elif "reject" in str(name).lower():
        raise RefusedError(500, "Script error: this person is not wanted")


def _linked(ask: Ask, low: str, row: Row) -> None:
    """Where the guess is so, a change of an address moves its people's own updated date as well."""
    if not ask.switches["child_moves_person"] or low not in {"email", "emaillink"}:
        return
    for link in ask.books.live("emaillink"):
        email = row.get("emai_emailid", row.get("elink_emailid"))
        if link.get("elink_entityid") == PERSON and link.get("elink_emailid") == email:
            person = ask.books.row("person", int(link["elink_recordid"]))
            if person:
                ask.books.update("person", person, {}, ask.now, ask.user.number)


def _inline_link(ask: Ask, row: Row, body: dict[str, Any]) -> None:
    """A communication that carries the columns of its link gets one."""
    table = TABLES["comm_link"]
    given = {name.lower(): value for name, value in body.items() if name.lower().startswith("cmli_")}
    known = {name: int(value) for name, value in given.items() if table.column(name) and value}
    if known:
        link = known | {"cmli_comm_communicationid": row["comm_communicationid"]}
        ask.books.insert("comm_link", link, ask.now, ask.user.number)


def _echo(ask: Ask, what: Resource, number: int, body: dict[str, Any]) -> dict[str, Any]:
    """What was sent, from memory; the database's truth only on request."""
    if ask.params.get("returnpartial", "").lower() == "false":
        return one(ask, what.name, str(number))
    return {"$key": number if ask.switches["key"] == "number" else str(number)} | {
        name: value for name, value in body.items() if not name.startswith("$")
    }
