"""Members in the order they came, and by times that change. Counting and skipping by status need no look at anybody."""

from abc import ABC, abstractmethod
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import compress

from listloop.sandbox.mailchimp.member import CODES, Codes, Member

BLOCK = 4096
GONE = 0


@cache
def _mask(codes: Codes) -> bytes:
    """Turns status codes into 1 and 0, for ``bytes.translate``."""
    return bytes(code in codes for code in range(256))


class Rows(ABC):
    """Rows in an order, each with the status code of its member; `GONE` is a gap."""

    def __init__(self) -> None:
        self.codes = bytearray()

    @abstractmethod
    def people(self, rows: Iterable[int]) -> Iterator[Member]:
        """Who stands in these rows, none of them a gap."""

    def count(self, codes: Codes, start: int = 0, end: int | None = None) -> int:
        return self.codes[start:end].translate(_mask(codes)).count(1)

    def page(
        self, codes: Codes, start: int, end: int, offset: int, count: int, *, backwards: bool = False
    ) -> list[Member]:
        """So many members with one of the status codes, after skipping ``offset`` of them."""
        found: list[int] = []
        edges = range(start, end, BLOCK)
        for edge in reversed(edges) if backwards else edges:
            stop = min(edge + BLOCK, end)
            here = self.count(codes, edge, stop)
            if offset >= here:
                offset -= here
                continue
            step = -1 if backwards else 1
            wanted = self.codes[edge:stop].translate(_mask(codes))[::step]
            block = list(compress(range(edge, stop)[::step], wanted))
            found += block[offset : offset + count - len(found)]
            offset = 0
            if len(found) >= count:
                break
        return list(self.people(found))

    def each(
        self, codes: Codes, start: int = 0, end: int | None = None, *, backwards: bool = False
    ) -> Iterator[Member]:
        stop, step = len(self.codes) if end is None else end, -1 if backwards else 1
        wanted = self.codes[start:stop].translate(_mask(codes))[::step]
        return filter(None, self.picked(start, stop, step, wanted))

    @abstractmethod
    def picked(self, start: int, end: int, step: int, wanted: bytearray) -> Iterator[Member | None]:
        """Who stands from ``start`` to ``end``, forwards or backwards, where ``wanted`` has a 1."""


class Arrivals(Rows):
    """Everybody in the order they came, which is that of their web ids. A row stays a member's own for good."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = array("q")
        self.members: list[Member | None] = []

    def people(self, rows: Iterable[int]) -> Iterator[Member]:
        return filter(None, map(self.members.__getitem__, rows))

    def picked(self, start: int, end: int, step: int, wanted: bytearray) -> Iterator[Member | None]:
        return compress(self.members[start:end][::step], wanted)

    def row(self, web_id: int) -> int:
        """-1 for a number that nobody has had."""
        found = bisect_left(self.keys, web_id)
        return found if found < len(self.keys) and self.keys[found] == web_id else -1

    def at(self, web_id: int) -> Member | None:
        row = self.row(web_id)
        return None if row < 0 else self.members[row]

    def append(self, member: Member) -> None:
        self.keys.append(member.web_id)
        self.codes.append(CODES[member.status])
        self.members.append(member)

    def mark(self, member: Member) -> None:
        """The member's status changed."""
        self.codes[self.row(member.web_id)] = CODES[member.status]

    def drop(self, member: Member) -> None:
        row = self.row(member.web_id)
        self.codes[row], self.members[row] = GONE, None


class Order(Rows):
    """By a time. A member that moves leaves a gap behind and is appended again.

    Kept in plain numbers: 17 bytes for each member. ``places`` are the rows here by the rows of the arrivals.
    """

    def __init__(self, arrivals: Arrivals) -> None:
        super().__init__()
        self.arrivals = arrivals
        self.keys = array("q")
        self.numbers = array("I")
        self.places = array("I")
        self.gaps = 0
        self.in_order = True

    def people(self, rows: Iterable[int]) -> Iterator[Member]:
        return self.arrivals.people(map(self.numbers.__getitem__, rows))

    def picked(self, start: int, end: int, step: int, wanted: bytearray) -> Iterator[Member | None]:
        return map(self.arrivals.members.__getitem__, compress(self.numbers[start:end][::step], wanted))

    def append(self, key: int, member: Member) -> None:
        number = self.arrivals.row(member.web_id)
        if self.keys and key < self.keys[-1]:
            self.in_order = False
        self.places.extend([0] * (number + 1 - len(self.places)))
        self.places[number] = len(self.keys)
        self.keys.append(key)
        self.codes.append(CODES[member.status])
        self.numbers.append(number)

    def mark(self, member: Member) -> None:
        """The member's status changed, its place did not."""
        self.codes[self._row(member)] = CODES[member.status]

    def drop(self, member: Member) -> None:
        self.codes[self._row(member)] = GONE
        self.gaps += 1

    def _row(self, member: Member) -> int:
        return self.places[self.arrivals.row(member.web_id)]

    def settle(self) -> None:
        """Sorts what came out of order, and closes the gaps when they are the larger part."""
        if self.in_order and self.gaps <= len(self.keys) // 2:
            return
        there = list(compress(range(len(self.keys)), self.codes))
        there.sort(key=self.keys.__getitem__)  # stable: rows of one key stay as they came
        self.keys = array("q", map(self.keys.__getitem__, there))
        self.numbers = array("I", map(self.numbers.__getitem__, there))
        self.codes = bytearray(map(self.codes.__getitem__, there))
        self.gaps, self.in_order = 0, True
        for row, number in enumerate(self.numbers):
            self.places[number] = row

    def between(self, low: int | None, high: int | None) -> tuple[int, int]:
        """Rows whose key is at least ``low`` and at most ``high``."""
        self.settle()
        start = 0 if low is None else bisect_left(self.keys, low)
        end = len(self.keys) if high is None else bisect_right(self.keys, high)
        return start, max(start, end)
