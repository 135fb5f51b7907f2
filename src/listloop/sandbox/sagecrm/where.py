"""The query language of ``where``: the published operators, and those that only a permissive server takes."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from listloop.sandbox.sagecrm.tables import Column

Test = Callable[[dict[str, Any]], bool]
STRICT = {"eq", "gt", "ge", "like", "between"}
ALL = STRICT | {"ne", "lt", "le", "in"}
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<date>@[^@]*@)|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>\w+)|(?P<sign>[(),]))"
)


class BadWhereError(Exception):
    """A where that is not understood; the text says why."""


@dataclass(slots=True)
class Parser:
    """Reads one where against the columns of a resource. ``zone`` is the server's offset in seconds."""

    columns: dict[str, Column]
    permissive: bool
    timestamps: bool
    zone: int
    tokens: list[tuple[str, str]]
    place: int = 0

    def whole(self) -> Test:
        found = self._either()
        if self.place < len(self.tokens):
            raise BadWhereError(f"unexpected {self.tokens[self.place][1]}")
        return found

    def _peek(self) -> str:
        return self.tokens[self.place][1].lower() if self.place < len(self.tokens) else ""

    def _take(self) -> tuple[str, str]:
        if self.place >= len(self.tokens):
            raise BadWhereError("it ends too early")
        self.place += 1
        return self.tokens[self.place - 1]

    def _either(self) -> Test:
        first = self.place
        tests = [self._both()]
        while self._peek() == "or":
            self._take()
            tests.append(self._both())
        quick = self._one_of(first) if len(tests) > 1 else None
        if quick:
            return quick
        return tests[0] if len(tests) == 1 else lambda row: any(one(row) for one in tests)

    def _one_of(self, first: int) -> Test | None:
        """``a eq 1 or a eq 2 or …`` as one look into a set, for long lists of numbers."""
        part = self.tokens[first : self.place]
        groups = [part[at : at + 4] for at in range(0, len(part), 4)]
        names = {one[0][1].lower() for one in groups}
        same = all([word[1].lower() for word in one[1::2]] in (["eq", "or"], ["eq"]) for one in groups)
        if not same or len(names) != 1 or len(groups[-1]) != 3:
            return None
        column = self._column(names.pop())
        wanted = {_comparable(column, self._value(column, one[2])) for one in groups}
        return lambda row: _comparable(column, row.get(column.low)) in wanted

    def _both(self) -> Test:
        tests = [self._single()]
        while self._peek() == "and":
            self._take()
            tests.append(self._single())
        return tests[0] if len(tests) == 1 else lambda row: all(one(row) for one in tests)

    def _single(self) -> Test:
        if self._peek() == "(":
            self._take()
            found = self._either()
            if self._take()[1] != ")":
                raise BadWhereError("a bracket is missing")
            return found
        if self._peek() == "not" and self.permissive:
            self._take()
            inner = self._single()
            return lambda row: not inner(row)
        return self._comparison()

    def _column(self, name: str) -> Column:
        found = self.columns.get(name.lower())
        if found is None:
            raise BadWhereError(f"{name} is no property")
        if found.kind == "check" and not self.permissive:
            raise BadWhereError(f"{name} is a Boolean, which cannot be searched")
        return found

    def _comparison(self) -> Test:
        column, operator = self._column(self._take()[1]), self._take()[1].lower()
        if operator not in (ALL if self.permissive else STRICT):
            raise BadWhereError(f"{operator} is no operator")
        if operator == "between":
            low = self._value(column, self._take())
            if self._take()[1].lower() != "and":
                raise BadWhereError("between needs and")
            high = self._value(column, self._take())
            return lambda row: (value := _plain(column, row)) is not None and low <= value <= high
        if operator == "in":
            wanted = {_comparable(column, one) for one in self._list(column)}
            return lambda row: _comparable(column, row.get(column.low)) in wanted
        return _test(column, operator, self._value(column, self._take()))

    def _list(self, column: Column) -> list[Any]:
        if self._take()[1] != "(":
            raise BadWhereError("in needs a list")
        found = [self._value(column, self._take())]
        while self._peek() == ",":
            self._take()
            found.append(self._value(column, self._take()))
        if self._take()[1] != ")":
            raise BadWhereError("a bracket is missing")
        return found

    def _value(self, column: Column, token: tuple[str, str]) -> Any:
        kind, text = token
        if kind == "date":
            return self._moment(text[1:-1])
        if kind not in {"text", "number"}:
            raise BadWhereError(f"{text} is no value")
        plain = text[1:-1].replace("''", "'") if kind == "text" else text
        if column.kind in {"int", "number"}:
            try:
                return float(plain)
            except ValueError:
                raise BadWhereError(f"{plain} is no number") from None
        return plain

    def _moment(self, text: str) -> int:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text) and not self.timestamps:
            raise BadWhereError(f"{text} is no date")
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise BadWhereError(f"{text} is no date") from None
        zone = timezone(timedelta(seconds=self.zone))
        return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC).timestamp())


def _test(column: Column, operator: str, wanted: Any) -> Test:
    low = column.low
    if operator in {"eq", "ne"}:
        same = _comparable(column, wanted)
        return lambda row: row.get(low) is not None and (_comparable(column, row[low]) == same) is (operator == "eq")
    if operator == "like":
        parts = (re.escape(one) if one not in "%_" else {"%": ".*", "_": "."}[one] for one in _folded(str(wanted)))
        pattern = re.compile("".join(parts), re.DOTALL)
        return lambda row: row.get(low) is not None and pattern.fullmatch(_folded(str(row[low]))) is not None
    compare: dict[str, Callable[[Any], bool]] = {
        "gt": lambda value: value > wanted,
        "ge": lambda value: value >= wanted,
        "lt": lambda value: value < wanted,
        "le": lambda value: value <= wanted,
    }
    return lambda row: (value := _plain(column, row)) is not None and compare[operator](value)


def _plain(column: Column, row: dict[str, Any]) -> Any:
    """Numbers stay numbers (times are seconds); null is nothing that can be compared."""
    return row.get(column.low)


def _comparable(column: Column, value: Any) -> Any:
    if value is None or column.kind == "moment":
        return value
    return float(value) if column.kind in {"int", "number"} else _folded(str(value)).rstrip()


def _folded(text: str) -> str:
    """As the database's collation compares: case and the form of accents make no difference."""
    return unicodedata.normalize("NFC", text).lower()


def parsed(text: str, columns: dict[str, Column], *, permissive: bool, timestamps: bool, zone: int) -> Test:
    """The test that a where stands for. Raises BadWhereError."""
    tokens, place = [], 0
    text = text.rstrip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if not found:
            raise BadWhereError(f"it cannot be read at {text[place : place + 20]!r}")
        kind = str(found.lastgroup)
        tokens.append((kind, found.group(kind)))
        place = found.end()
    return Parser(columns, permissive, timestamps, zone, tokens).whole()
