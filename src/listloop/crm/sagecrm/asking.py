"""Asking for many rows with the few operators that Sage CRM has: windows of keys, lists of numbers, days.

No order is promised without ``orderBy``, which older servers don't know; so nothing is paged by offset that others
may change meanwhile. A window of keys that does not fit one answer is halved instead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from listloop.core.errors import RecordRejected, TryLater
from listloop.crm.sagecrm.client import LONGEST, SageClient, literal
from listloop.crm.sagecrm.errors import RETRY
from listloop.crm.sagecrm.rows import Row, whole

HIGHEST = 2**31 - 1
"""The largest key there can be: they are whole numbers of 32 bits."""

DAYS_BACK = 2
"""Whole days before the last change seen that are read again, for dates are compared by day in the server's zone."""


class Asking:
    """Questions of one client. What the server turns out to take is remembered for its life."""

    def __init__(self, client: SageClient) -> None:
        self.client = client
        self.takes_in: bool | None = None
        """Whether lists by ``in`` work; None: not tried yet. Sage shows them once, and leaves them off its list."""

    def everything(self, resource: str, key: str, select: str = "", where: str = "") -> Iterator[Row]:
        """All rows of a resource (that a question fits), by windows of its key, in the order of the key.

        Raises ``TryLater`` where the answers don't add up to what the server says there is.
        """
        more = f" and ({where})" if where else ""
        total = self.client.feed(resource, where, key, count=1).total
        seen, low, width = 0, 1, self.client.count
        while low <= HIGHEST and seen < total:
            high = min(HIGHEST, low + width - 1)
            rows = self._window(resource, key, select, more, low, high)
            seen += len(rows)
            yield from rows
            low = high + 1
            width = width * 2 if len(rows) * 4 < self.client.count else max(self.client.count, width // 2)
        if seen < total:
            raise TryLater(
                f"Sage CRM says that there are {total:,} of {resource}, and gives {seen:,}.", RETRY, code="crm-garbled"
            )

    def _window(self, resource: str, key: str, select: str, more: str, low: int, high: int) -> list[Row]:
        page = self.client.feed(resource, f"{key} between {low} and {high}{more}", select)
        if page.total <= len(page.rows):
            return sorted(page.rows, key=lambda row: whole(row, key))
        if low == high:
            raise TryLater(f"Sage CRM gives several of {resource} under one number.", RETRY, code="crm-garbled")
        middle = (low + high) // 2
        first = self._window(resource, key, select, more, low, middle)
        return first + self._window(resource, key, select, more, middle + 1, high)

    def by_numbers(self, resource: str, column: str, numbers: Collection[int], select: str = "") -> Iterator[Row]:
        """Rows whose column is one of these numbers; a row may come once only, in any order."""
        wanted = sorted(set(numbers) - {0})
        if len(wanted) > 2 and self.takes_in is None:
            self.takes_in = self._try_in(resource, column, wanted[:2])
        size = 1_000 if self.takes_in else len(wanted)
        for start in range(0, len(wanted), size or 1):
            yield from self._listed(resource, column, list(map(str, wanted[start : start + size])), select)

    def by_texts(self, resource: str, column: str, texts: Collection[str], select: str = "") -> Iterator[Row]:
        """Rows whose column is one of these texts, as the database compares: the caller looks again."""
        wanted = [literal(one) for one in sorted(set(texts)) if one]
        yield from self._listed(resource, column, wanted, select, by_in=False)

    def _listed(
        self, resource: str, column: str, values: Sequence[str], select: str, *, by_in: bool = True
    ) -> Iterator[Row]:
        with_in = by_in and bool(self.takes_in)
        for some in _short(values, len(column), len(select), with_in=with_in):
            yield from self._fully(resource, column, some, select, with_in=with_in)

    def _fully(self, resource: str, column: str, values: Sequence[str], select: str, *, with_in: bool) -> Iterator[Row]:
        """All rows for a list of values; the list is halved where one answer can't hold them."""
        page = self.client.feed(resource, _either(column, values, with_in=with_in), select)
        if page.total <= len(page.rows):
            yield from page.rows
        elif len(values) == 1:
            yield from self.client.pages(resource, _either(column, values, with_in=with_in), select)
        else:
            half = len(values) // 2
            yield from self._fully(resource, column, values[:half], select, with_in=with_in)
            yield from self._fully(resource, column, values[half:], select, with_in=with_in)

    def _try_in(self, resource: str, column: str, two: list[int]) -> bool:
        """Does a list by ``in`` give what the documented operators give, and not silently nothing?"""
        texts = list(map(str, two))
        plain = self.client.feed(resource, _either(column, texts, with_in=False), column).total
        if plain == 0:
            return False
        try:
            return self.client.feed(resource, _either(column, texts, with_in=True), column).total == plain
        except RecordRejected:
            return False

    def since(self, resource: str, key: str, stamp: str, after: str, select: str = "") -> list[Row]:
        """Rows changed on the day of ``after`` (ISO 8601 UTC) or later, and some days before."""
        day = datetime.fromisoformat(after).astimezone(UTC) - timedelta(days=DAYS_BACK)
        where = f"{stamp} gt @{day:%Y-%m-%d}@"
        page = self.client.feed(resource, where, select)
        if page.total <= len(page.rows):
            return page.rows
        return list(self.everything(resource, key, select, where))


def _either(column: str, values: Sequence[str], *, with_in: bool) -> str:
    if with_in:
        return f"{column} in ({','.join(_as_text(one) for one in values)})"
    return " or ".join(f"{column} eq {one}" for one in values)


def _as_text(value: str) -> str:
    return value if value.startswith("'") else f"'{value}'"


def _short(values: Sequence[str], column: int, select: int, *, with_in: bool) -> Iterator[list[str]]:
    """Lists that fit a question. Every character beyond ASCII counts nine, as it is sent in percent signs."""
    some: list[str] = []
    length = 0
    for one in values:
        cost = sum(1 if char.isascii() and char.isalnum() else 3 if char.isascii() else 12 for char in one)
        cost += 3 if with_in else column + 3 + 3 + 3 + 8
        if some and length + cost > LONGEST - select:
            yield some
            some, length = [], 0
        some.append(one)
        length += cost
    if some:
        yield some
