"""Walking through an Address Book in the order of a date, so that nobody is left out whatever users do meanwhile.

Maximizer pages by offsets, in disguise: a record that is edited or deleted in mid-walk would push another past the
reading. So each page starts at a date instead, and dates have whole seconds: only where more records than fit on a page
share one second is that second read by offsets, again and again until a pass brings nobody new.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from listloop.core.errors import NeedsAttention, TryLater
from listloop.crm.maximizer.answers import Ident, Json, ident_of, pick, rows_of
from listloop.crm.maximizer.client import Octopus, instant, seconds

KEY = {"Value": 1, "ID": 1, "Number": 1}
SMALLEST = 10
"""Rows of a page below which a question that takes too long is given up."""

LARGEST = 2_000
"""Rows of the largest page that clients were seen to get."""


@dataclass
class Walk:
    """A walk through the records of ``thing`` by ``date``, from a moment on. ``scope`` and ``query`` are the API's."""

    client: Octopus
    thing: str
    scope: Json
    query: list[Json]
    date: str = "LastModifyDate"
    size: int = 200
    favorites: str = ""
    seen: set[Ident] = field(default_factory=set)

    def pages(self, since: int) -> Iterator[tuple[list[Json], int]]:
        """Pages of records that are new in this walk, and from which second to go on; none when there are no more."""
        at = since
        while True:
            rows, _ = self._ask([{self.date: {"$GE": instant(at)}}])
            fresh = self._fresh(rows)
            if not fresh and not self._is_one_second(rows, at):
                return
            top = seconds(str(pick(rows[-1], self.date) or "")) if rows else at
            if top > at:
                yield fresh, top
                self.seen = {one for row in rows if self._at(row) == top and (one := ident_of(pick(row, "Key")))}
                at = top
                continue
            if fresh:
                yield fresh, at
            for page in self._second(at):
                yield page, at
            at, self.seen = at + 1, set()

    def _is_one_second(self, rows: list[Json], at: int) -> bool:
        """Is the page full of people of this very second, all of them known?"""
        return bool(rows) and self._at(rows[-1]) == at and len(rows) >= min(self.size, 10)

    def _at(self, row: Json) -> int:
        return seconds(str(pick(row, self.date) or ""))

    def _second(self, at: int) -> Iterator[list[Json]]:
        while True:
            found = False
            for page in self._by_offsets([{self.date: {"$RANGE": [instant(at), instant(at)]}}]):
                fresh = self._fresh(page)
                if fresh:
                    found = True
                    yield fresh
            if not found:
                return

    def _by_offsets(self, query: list[Json]) -> Iterator[list[Json]]:
        offset, key, first = 0, "", None
        while True:
            rows, told = self._ask(query, key)
            start = ident_of(pick(rows[0], "Key")) if rows else None
            if not rows:
                return
            if offset and start == first:
                if self.size >= LARGEST:
                    raise NeedsAttention(
                        "Maximizer gives the same page of records again and again.",
                        "Run “listloop doctor”, and report what it says of pages.",
                        code="reading-cut",
                    )
                self.size, offset, key, first = min(self.size * 4, LARGEST), 0, "", None
                continue
            first = start
            yield rows
            offset += len(rows)
            key = told or base64.b64encode(str(offset).encode()).decode()

    def _ask(self, query: list[Json], key: str = "") -> tuple[list[Json], str]:
        criteria: Json = {"SearchQuery": {"$AND": [*self.query, *query]}}
        if self.favorites:
            criteria["FavoriteList"] = self.favorites
        while True:
            order = {"Fields": [{self.date: "ASC"}], "PageKey": key or None, "PageSize": self.size}
            fields = {**self.scope, "Key": KEY, self.date: 1}
            block = {"Scope": {"Fields": fields}, "Criteria": criteria, "OrderBy": order}
            try:
                answer = self.client.read(self.thing, block)
            except TryLater as error:
                if error.code != "too-large" or self.size <= SMALLEST:
                    raise
                self.size //= 2
                continue
            return rows_of(answer, self.thing), next_key(answer, self.thing)

    def _fresh(self, rows: Iterable[Json]) -> list[Json]:
        fresh = []
        for row in rows:
            ident = ident_of(pick(row, "Key"))
            if ident is not None and ident not in self.seen:
                self.seen.add(ident)
                fresh.append(row)
        return fresh


NEXT: tuple[tuple[Any, ...], ...] = (
    ("{}", "OrderBy", "PageKey"), ("{}", "PageKey"), ("{}", "NextPageKey"), ("PageKey",), ("NextPageKey",),
)  # fmt: skip
"""Where the key of the next page may be: the documentation says that there is one, and not where."""


def next_key(answer: Json, thing: str) -> str:
    """The key of the next page; "" where none is told."""
    for names in NEXT:
        found = pick(answer, *(one.format(thing) for one in names))
        if isinstance(found, str) and found:
            return found
    return ""
