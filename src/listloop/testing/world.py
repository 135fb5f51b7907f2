"""Believable people: a CRM, and a Mailchimp audience that overlaps it and differs as two real systems differ.

The demo, the simulation's start and the benchmarks use it. All addresses end in ``.example`` (RFC 2606), and the phone
numbers reach nobody. The same number of people and seed give the same world, on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from listloop.core.side import Field
from listloop.testing.world_audience import document, members_of
from listloop.testing.world_book import Book
from listloop.testing.world_crowd import Crowd, Firm
from listloop.testing.world_shapes import FIELDS, GROUPS, NOW, CrmPerson, Member

__all__ = ["FIELDS", "GROUPS", "NOW", "CrmPerson", "Firm", "Member", "World", "audience_in_parts", "world", "worlds"]

PART = 15_000  # members


@dataclass(frozen=True, slots=True)
class World:
    """Both halves."""

    companies: tuple[Firm, ...]
    people: tuple[CrmPerson, ...]
    members: tuple[Member, ...] = ()
    fields: tuple[Field, ...] = FIELDS
    groups: tuple[str, ...] = GROUPS

    def seed_sandbox(self, name: str = "Newsletter") -> dict[str, Any]:
        """The audience as one document for ``POST /_sandbox/seed`` of the Mailchimp sandbox."""
        return document(self.members, name)


def world(people: int = 2000, seed: int = 7) -> World:
    """About ``people`` in a CRM, 15 companies to 100 of them, and three quarters as many members of an audience.

    Two thirds of the members are in the CRM.
    """
    return _drawn(Crowd(seed), people)


def worlds(people: int, seed: int = 7) -> Iterator[World]:
    """The same as one after the other of at most 20,000 people each, who know nobody of the others.

    A million people don't fit into memory at once. Up to 20,000 of them are one world.
    """
    crowd, whole = Crowd(seed), PART * 4 // 3
    for start in range(0, people, whole):
        crowd.leave_firms()
        yield _drawn(crowd, min(whole, people - start), start)


def audience_in_parts(members: int, seed: int = 7, name: str = "Newsletter") -> Iterator[dict[str, Any]]:
    """About so many members of one audience, as documents for ``POST /_sandbox/seed`` of some thousand members each.

    A million people don't fit into memory at once. Up to `PART` of them are the members of one world.
    """
    crowd = Crowd(seed)
    for start in range(0, members, PART):
        crowd.leave_firms()
        wanted = min(PART, members - start)
        yield document(_drawn(crowd, -(-wanted * 4 // 3)).members, name)


def _drawn(crowd: Crowd, people: int, before: int = 0) -> World:
    firms = tuple(crowd.firm(crowd.culture()) for _ in range(max(1, people * 15 // 100)))
    book = Book(crowd, firms, before)
    half = tuple(book.person(number) for number in range(1, people + 1))
    return World(firms, half, members_of(firms, half, crowd))
