"""Read: scope, criteria, order and pages."""

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from listloop.sandbox.maximizer.book import Account, Row
from listloop.sandbox.maximizer.keys import ident_of
from listloop.sandbox.maximizer.names import find
from listloop.sandbox.maximizer.problems import Failure
from listloop.sandbox.maximizer.query import Query
from listloop.sandbox.maximizer.shapes import Shapes
from listloop.sandbox.maximizer.things import THINGS, Property, Thing, options_of, raw
from listloop.sandbox.switches import Switches

Json = dict[str, Any]
OURS = "70001"
"""The type of interaction that an administrator made for campaigns."""


def get(body: Json, *names: str) -> Any:
    """A value inside a request; names know no case. None where it is missing."""
    value: Any = body
    for name in names:
        if not isinstance(value, dict):
            return None
        value = next((one for key, one in value.items() if key.lower() == name.lower()), None)
    return value


class Reader:
    """Answers the object blocks of a Read."""

    def __init__(self, shapes: Shapes, switches: Switches, now: int, *, sees_all: bool, sql: bool) -> None:
        self.now = now
        self.shapes = shapes
        self.account: Account = shapes.account
        self.switches = switches
        self.sees_all = sees_all
        self.sql = sql

    def read(self, thing: Thing, block: Json, top: Json) -> Json:
        """The block's answer. ``top`` takes what stands beside the blocks. Raises Failure."""
        options = get(block, "FieldOptions") or get(block, "Options")
        if options is not None and get(block, "Scope") is None:
            return {"FieldOptions": {name: self._options(thing, name, asked) for name, asked in options.items()}}
        rows = self._found(thing, block)
        scope = get(block, "Scope", "Fields") or {}
        if any(name.startswith(("$COUNT", "$SUM")) for name in scope):
            return {"Data": self._summed(thing, rows, scope, get(block, "GroupBy", "Fields") or [])}
        if not self._known(thing, scope):
            return {"Data": []}
        page, next_key = self._page(rows, block)
        answer: Json = {"Data": [self.shown(thing, row, scope) for row in page]}
        self._tell(next_key, answer, top)
        return answer

    def _found(self, thing: Thing, block: Json) -> list[Row]:
        if self.switches["driver_needed"] and not self.sql:
            return []
        rows: Iterable[Row] = self.account.of(thing.name).values()
        favorites = get(block, "Criteria", "FavoriteList")
        if favorites:
            members = self._members(str(favorites))
            rows = [row for row in rows if row.ident in members]
        query, asked = Query(self.shapes, self.switches, thing, self.now), get(block, "Criteria", "SearchQuery") or {}
        test, few = query.test(asked), query.among(asked)
        rows = rows if few is None or favorites else few
        found = [row for row in rows if (self.sees_all or not row.hidden) and test(row)]
        return self._ordered(thing, found, get(block, "OrderBy", "Fields") or [])

    def _summed(self, thing: Thing, rows: list[Row], scope: Json, by: list[str]) -> list[Json]:
        groups: dict[tuple[Any, ...], list[Row]] = {}
        for row in rows:
            groups.setdefault(tuple(raw(self.account, row, name) for name in by), []).append(row)
        if not by:
            groups.setdefault((), [])
        return [{name: self._sum(thing, some, name) for name in scope} for some in groups.values()]

    def _sum(self, thing: Thing, rows: list[Row], name: str) -> Any:
        if name == "$COUNT()":
            return len(rows)
        if name.startswith("$SUM("):
            return sum(raw(self.account, row, name[5:-1]) or 0 for row in rows)
        return self._value(thing, rows[0], name, 1) if rows else None

    def _members(self, key: str) -> set[Any]:
        found = self.account.of("FavoriteList").get(ident_of(key, self.shapes.salt))
        if found is None:
            raise Failure(-1, "The favorite list was not found")
        return set(found.values.get("MemberKeys") or ())

    def _ordered(self, thing: Thing, rows: list[Row], fields: list[Json]) -> list[Row]:
        for one in reversed(fields):
            name, way = next(iter(one.items()))
            found = find(self.account, thing, name)
            if found is None:
                raise Failure(-1, f"'{name}' is not a sortable property of {thing.name}")
            rows = sorted(rows, key=lambda row, name=found.name: _rank(raw(self.account, row, name)),  # type: ignore[misc]
                          reverse=str(way).upper() == "DESC")  # fmt: skip
        return rows

    def _page(self, rows: list[Row], block: Json) -> tuple[list[Row], str]:
        most = int(self.switches["most_rows"])
        size = min(int(get(block, "OrderBy", "PageSize") or get(block, "Criteria", "Top") or most), most)
        key = get(block, "OrderBy", "PageKey")
        try:
            start = int(base64.b64decode(key, validate=True)) if key else 0
        except (ValueError, binascii.Error, TypeError):
            raise Failure(-1, "PageKey is not valid") from None
        page = rows[start : start + size]
        more = len(rows) > start + size
        return page, base64.b64encode(str(start + size).encode()).decode() if more else ""

    def _tell(self, key: str, answer: Json, top: Json) -> None:
        if not key:
            return
        match self.switches["next_page_key"]:
            case "object-order":
                answer["OrderBy"] = {"PageKey": key}
            case "object":
                answer["PageKey"] = key
            case "object-next":
                answer["NextPageKey"] = key
            case "top":
                top["PageKey"] = key
            case "top-next":
                top["NextPageKey"] = key

    def _known(self, thing: Thing, scope: Json) -> bool:
        for name in scope:
            if name != "*" and find(self.account, thing, name.split("/")[0] if "$" not in name else name) is None:
                if self.switches["unknown_scope_field"] == "error":
                    raise Failure(-1, f"'{name}' is not a property of {thing.name}")
                return False
        return True

    def shown(self, thing: Thing, row: Row, scope: Json) -> Json:
        """A record with what the scope asks for, in the casing of the request."""
        return {name: self._value(thing, row, name, asked) for name, asked in scope.items()}

    def _value(self, thing: Thing, row: Row, name: str, asked: Any) -> Any:
        if thing.name == "AbEntry" and name.lower().startswith("address"):
            return self._address(row, name, asked)
        found = find(self.account, thing, name)
        if found is None:
            return None
        if found.name == "SecStatus":
            may = {"canread": True, "canupdate": True, "candelete": True}
            return {one: may.get(one.lower()) for one in asked} if isinstance(asked, dict) else may
        if found.name == "Parent":
            return self._parent(row, asked) if self.sql else None
        return self.shapes.show(row, found, raw(self.account, row, found.name), asked)

    def _parent(self, row: Row, asked: Any) -> Any:
        above = self.account.of("AbEntry").get((row.ident[0], 0))
        if above is None or above is row or not isinstance(asked, dict):
            return None
        return self.shown(THINGS["abentry"], above, asked)

    def _address(self, row: Row, name: str, asked: Any) -> Any:
        if self.switches["address_in_entry"] == "null":
            return dict.fromkeys(asked) if isinstance(asked, dict) else None
        own = next((one for one in self.account.of("Address").values() if one.values["ParentKey"] == row.ident), None)
        if own is None:
            return None
        thing = THINGS["address"]
        if "/" in name:
            return self._value(thing, own, name.split("/", 1)[1], asked)
        return self.shown(thing, own, asked) if isinstance(asked, dict) else None

    def _options(self, thing: Thing, name: str, asked: Any) -> list[Json]:
        found: Property | None = find(self.account, thing, name)
        if found is None:
            raise Failure(-1, f"'{name}' is not a property of {thing.name}")
        shape = asked[0] if isinstance(asked, list) and asked else {"Key": 1, "DisplayValue": 1}
        rows = []
        for place, (key, title) in enumerate(options_of(self.account, found).items()):
            if key == OURS and found.options == "InteractionType" and not self.switches["campaign_type"]:
                continue
            parts = {"key": key, "value": title, "displayvalue": title, "name": title, "sortvalue": place}
            rows.append({one: parts.get(one.lower(), False) for one in shape})
        return rows


def _rank(value: Any) -> tuple[int, Any]:
    """Nothing comes before anything; texts are ordered as they are compared."""
    if value is None or value == []:
        return (0, 0)
    if isinstance(value, list | tuple):
        return (1, str(value))
    return (1, value.casefold()) if isinstance(value, str) else (1, value)
