"""Criteria: which records a Read means."""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from listloop.sandbox.clock import seconds_of
from listloop.sandbox.maximizer.book import Row
from listloop.sandbox.maximizer.keys import Ident, ident_of
from listloop.sandbox.maximizer.names import find
from listloop.sandbox.maximizer.problems import Failure
from listloop.sandbox.maximizer.shapes import Shapes
from listloop.sandbox.maximizer.things import KEY, MAIL, MOMENT, PHONE, TABLE, THINGS, Property, Thing, raw
from listloop.sandbox.switches import Switches

Test = Callable[[Row], bool]
LISTS = frozenset({"$IN", "$NIN", "$ALL", "$RANGE", "$NRANGE"})
ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "$GT": lambda a, b: a > b,
    "$GE": lambda a, b: a >= b,
    "$LT": lambda a, b: a < b,
    "$LE": lambda a, b: a <= b,
}


class Query:
    """Makes tests of criteria. ``shapes`` reads keys; the switches say what is refused."""

    def __init__(self, shapes: Shapes, switches: Switches, thing: Thing, now: int) -> None:
        self.now = now
        self.shapes = shapes
        self.account = shapes.account
        self.switches = switches
        self.thing = thing

    def test(self, asked: Any) -> Test:
        """One condition: several properties in one object are all meant. Raises Failure."""
        if not isinstance(asked, dict):
            raise Failure(-1, "SearchQuery is not valid")
        tests = [self._part(name, condition) for name, condition in asked.items()]
        return lambda row: all(one(row) for one in tests)

    def among(self, asked: Any) -> list[Row] | None:
        """The few records that a search by keys alone can mean; None where every record is to be tested."""
        if not isinstance(asked, dict) or len(asked) != 1 or self.thing.name != "AbEntry":
            return None
        name, inner = next(iter(asked.items()))
        some = inner if name.upper() == "$OR" else [asked] if name.lower() == "key" else []
        ids: dict[str, None] = {}
        for one in some:
            operand = next(iter(one.values())).get("$EQ") if len(one) == 1 and "Key" in one else None
            if isinstance(operand, dict) and "ID" in operand:
                ids[operand["ID"]] = None
            elif isinstance(operand, str):
                ids[ident_of(operand, self.shapes.salt)[0]] = None
            else:
                return None
        return [row for one in ids for row in self.account.family(one)] if ids else None

    def _part(self, name: str, condition: Any) -> Test:
        if name.upper() in {"$AND", "$OR"}:
            tests = [self.test(one) for one in condition]
            every = all if name.upper() == "$AND" else any
            return lambda row: every(one(row) for one in tests)
        if name.upper() == "$PHRASE":
            return self._phrase(str(condition))
        found = find(self.account, self.thing, name)
        if found is None:
            raise Failure(-1, f"'{name}' is not a searchable property of {self.thing.name}")
        if self.switches["email_criteria"] == "default" and found.name in {"Email1", "Email2", "Email3"}:
            raise Failure(-1, f"'{name}' is not a searchable property of {self.thing.name}")
        if not isinstance(condition, dict):
            raise Failure(-1, f"The condition of '{name}' is not valid")
        if not any(one.startswith("$") for one in condition):
            return self._nested(found, condition)
        if not all(one.startswith("$") for one in condition):
            raise Failure(-1, f"The condition of '{name}' is not valid")
        tests = [self._operator(found, operator.upper(), operand) for operator, operand in condition.items()]
        return lambda row: all(one(row) for one in tests)

    def _nested(self, found: Property, condition: Any) -> Test:
        """A condition on a part of a property: of an e-mail or phone its text, of the address any of its parts."""
        part, inner = next(iter(condition.items()), ("", None))
        if (found.type, part.lower()) in {(MAIL, "address"), (PHONE, "number")}:
            return self._part(found.name, inner)
        if found.name != "Address":
            raise Failure(-1, f"'{part}' is not a searchable part of '{found.name}'")
        one = Query(self.shapes, self.switches, THINGS["address"], self.now).test(condition)
        rows = self.account.of("Address").values()
        return lambda row: any(one(address) for address in rows if address.values.get("ParentKey") == row.ident)

    def _operator(self, found: Property, operator: str, operand: Any) -> Test:
        if found.type == KEY:
            return self._key(found, operator, operand)
        if found.name == "Type" and operator == "$NE" and self.switches["ne_type_refused"]:
            raise Failure(-1, "The operator $NE is not available for 'Type'")
        if found.name == "DateTime" and operator == "$GT":
            raise Failure(-1, "The operator $GT is not available for 'DateTime'")
        wanted = (
            [self._operand(found, one) for one in operand]
            if operator in LISTS and isinstance(operand, list)
            else (self._operand(found, operand))
        )
        if operator in LISTS and not isinstance(wanted, list):
            wanted = [wanted]

        if found.name == "Type" and "household" in ([wanted] if isinstance(wanted, str) else wanted or ()):
            return lambda _: True

        def test(row: Row) -> bool:
            return self._compare(operator, self._held(found, row), wanted)

        self._compare(operator, None, wanted)
        return test

    def _held(self, found: Property, row: Row) -> Any:
        value = raw(self.account, row, found.name)
        if isinstance(value, str):
            return value.rstrip().casefold()
        return value

    def _operand(self, found: Property, operand: Any) -> Any:
        if operand is None:
            return None
        if found.type == MOMENT and not found.name.startswith("Udf/"):
            try:
                return moment(str(operand), self.now)
            except ValueError:
                raise Failure(-1, f"'{operand}' is no date") from None
        if found.type == TABLE:
            return str(operand)
        return operand.rstrip().casefold() if isinstance(operand, str) else operand

    def _compare(self, operator: str, held: Any, wanted: Any) -> bool:
        if operator == "$EQ":
            return _same(held, wanted)
        if operator == "$NE":
            return not _same(held, wanted)
        if operator in {"$IN", "$NIN"}:
            return any(_same(held, one) for one in wanted) is (operator == "$IN")
        if operator == "$ALL":
            return all(one in (held or []) for one in wanted)
        if operator in {"$RANGE", "$NRANGE"}:
            low, high = wanted
            return (held is not None and low <= held <= high) is (operator == "$RANGE")
        if operator in {"$LIKE", "$NLIKE"}:
            return _like(str(held or ""), str(wanted)) is (operator == "$LIKE")
        if operator in ORDERED:
            return held is not None and ORDERED[operator](held, wanted)
        raise Failure(-1, f"The operator {operator} is not supported")

    def _key(self, found: Property, operator: str, operand: Any) -> Test:
        if operator not in {"$EQ", "$IN", "$NE"}:
            raise Failure(-1, f"The operator {operator} is not available for '{found.name}'")
        tests = [self._one_key(found, one) for one in (operand if operator == "$IN" else [operand])]
        return lambda row: any(one(row) for one in tests) is (operator != "$NE")

    def _one_key(self, found: Property, operand: Any) -> Test:
        own = found.name == "Key"

        def held(row: Row) -> Ident | None:
            return row.ident if own and row.thing != "CampaignSubscriber" else row.values.get(found.name)

        if isinstance(operand, dict):
            parts = {name.lower(): value for name, value in operand.items()}
            if "id" in parts:
                if not self.switches["key_by_id"]:
                    raise Failure(-1, "The given key is of a type not supported by the target object")
                return lambda row: (held(row) or ("",))[0] == parts["id"]
            ident = ident_of(parts.get("body"), self.shapes.salt)
            related = bool(parts.get("orrelated"))
            return lambda row: (held(row) or ("",))[0] == ident[0] if related else held(row) == ident
        if operand is None:
            return lambda row: held(row) is None
        ident = ident_of(operand, self.shapes.salt)
        return lambda row: held(row) == ident

    def _phrase(self, text: str) -> Test:
        wanted = text.casefold()

        def test(row: Row) -> bool:
            if row.thing != "AbEntry":
                return any(wanted in str(row.values.get(one) or "").casefold() for one in ("Name", "Description"))
            names = ("Email1", "Email2", "Email3") if "@" in wanted else ("LastName", "FirstName", "CompanyName")
            return any(str(row.values.get(one) or "").casefold().startswith(wanted) for one in names)

        return test


def moment(text: str, now: int) -> int:
    """A date of a criterion, or what a function of dates gives. Raises ValueError."""
    shifted = _OFFSET.fullmatch(text)
    if shifted:
        amount = int(shifted[2]) * (-1 if shifted[1][1:] == "-" else 1)
        return _shifted(moment(shifted[3], now), shifted[1][0], amount)
    today = now - now % 86_400
    day = datetime.fromtimestamp(today, UTC)
    starts = {
        "$NOW()": now, "$TODAY()": today, "$THISWEEK()": today - day.weekday() * 86_400,
        "$THISMONTH()": int(day.replace(day=1).timestamp()),
        "$THISYEAR()": int(day.replace(month=1, day=1).timestamp()),
    }  # fmt: skip
    return starts[text] if text in starts else seconds_of(text)


def _shifted(at: int, unit: str, amount: int) -> int:
    """So many units on; a month later is the same day, or the last one of a shorter month."""
    if unit not in "YM":
        return at + amount * _UNITS[unit]
    day = datetime.fromtimestamp(at, UTC)
    months = day.year * 12 + day.month - 1 + amount * (12 if unit == "Y" else 1)
    year, month = divmod(months, 12)
    last = monthrange(year, month + 1)[1]
    return int(day.replace(year=year, month=month + 1, day=min(day.day, last)).timestamp())


_OFFSET = re.compile(r"\$OFFSET\(([YMDWhms][+-])(\d+), ?(.+)\)")
_UNITS = {"D": 86_400, "W": 604_800, "h": 3_600, "m": 60, "s": 1}


def _same(held: Any, wanted: Any) -> bool:
    if wanted is None:
        return held is None or held in ("", [])
    if isinstance(held, list):
        return wanted in held
    return bool(held == wanted)


def _like(held: str, pattern: str) -> bool:
    parts = (".*" if one == "%" else "." if one == "_" else re.escape(one) for one in pattern)
    return re.fullmatch("".join(parts), held, re.DOTALL) is not None
