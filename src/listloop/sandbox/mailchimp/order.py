"""Members in an order that changes: by last change, or by arrival. Counting and skipping by status need no scan."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator
from itertools import islice

from listloop.sandbox.mailchimp.member import CODES, Member

BLOCK = 4096
GONE = 0


class Order:
    """Rows of (key, status code, member). A member that moves leaves a gap behind and is appended again.

    ``slotted``: members remember their row in ``member.slot``; else the keys are unique and ascending.
    """

    def __init__(self, *, slotted: bool) -> None:
        self.slotted = slotted
        self.keys = array("q")
        self.codes = bytearray()
        self.members: list[Member | None] = []
        self.gaps = 0
        self.in_order = True

    def append(self, key: int, member: Member) -> None:
        if self.keys and key < self.keys[-1]:
            self.in_order = False
        if self.slotted:
            member.slot = len(self.keys)
        self.keys.append(key)
        self.codes.append(CODES[member.status])
        self.members.append(member)

    def _row(self, key: int, member: Member) -> int:
        return member.slot if self.slotted else bisect_left(self.keys, key)

    def at(self, key: int) -> Member | None:
        """Who stands there, where keys are unique."""
        row = bisect_left(self.keys, key)
        return self.members[row] if row < len(self.keys) and self.keys[row] == key else None

    def mark(self, key: int, member: Member) -> None:
        """The member's status changed, its place did not."""
        self.codes[self._row(key, member)] = CODES[member.status]

    def drop(self, key: int, member: Member) -> None:
        row = self._row(key, member)
        self.codes[row] = GONE
        self.members[row] = None
        self.gaps += 1

    def settle(self) -> None:
        """Sorts what came out of order, and closes the gaps when they are the larger part."""
        if self.in_order and self.gaps <= len(self.keys) // 2:
            return
        there = [row for row, member in enumerate(self.members) if member is not None]
        there.sort(key=self.keys.__getitem__)  # stable: rows of one key stay as they came
        self.keys = array("q", [self.keys[row] for row in there])
        self.members = [self.members[row] for row in there]
        self.codes = bytearray(self.codes[row] for row in there)
        self.gaps, self.in_order = 0, True
        if self.slotted:
            for row, member in enumerate(self.members):
                if member is not None:
                    member.slot = row

    def between(self, low: int | None, high: int | None) -> tuple[int, int]:
        """Rows whose key is at least ``low`` and at most ``high``."""
        self.settle()
        start = 0 if low is None else bisect_left(self.keys, low)
        end = len(self.keys) if high is None else bisect_right(self.keys, high)
        return start, max(start, end)

    def count(self, codes: Collection[int], start: int = 0, end: int | None = None) -> int:
        stop = len(self.codes) if end is None else end
        return sum(self.codes.count(code, start, stop) for code in codes)

    def page(
        self, codes: Collection[int], start: int, end: int, offset: int, count: int, *, backwards: bool = False
    ) -> list[Member]:
        """So many members with one of the status codes, after skipping ``offset`` of them."""
        found: list[Member] = []
        edges = range(start, end, BLOCK)
        for edge in reversed(edges) if backwards else edges:
            stop = min(edge + BLOCK, end)
            here = self.count(codes, edge, stop)
            if offset >= here:
                offset -= here
                continue
            rows = range(stop - 1, edge - 1, -1) if backwards else range(edge, stop)
            block = [member for row in rows if self.codes[row] in codes and (member := self.members[row])]
            found += block[offset : offset + count - len(found)]
            offset = 0
            if len(found) >= count:
                break
        return found

    def all(self, code: int) -> list[Member]:
        """Everybody with this status code: each() without a question for each, in a fifth of its time."""
        self.settle()
        return [member for member, known in zip(self.members, self.codes, strict=True) if member and known == code]

    def each(self, codes: Collection[int], start: int, end: int, keep: Callable[[Member], bool]) -> Iterator[Member]:
        rows = zip(islice(self.members, start, end), islice(self.codes, start, end), strict=True)
        known = frozenset(codes)
        return (member for member, code in rows if code in known and member is not None and keep(member))
