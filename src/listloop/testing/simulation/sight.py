"""What the checker sees: both sides as they truly are, and what Listloop's tables say, as plain values.

Nothing here comes from ``listloop.core`` but the names of plain data: a checker that shared the rules would share
their mistakes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, select

from listloop.core.people import Consent, Key, Record
from listloop.store.tables import people, records
from listloop.testing.simulation.world import World, rows

MAILED = frozenset({Consent.UNKNOWN, Consent.SUBSCRIBED, Consent.PENDING})
HEIGHT = {
    Consent.UNSUBSCRIBED: 0,
    Consent.CLEANED: 0,
    Consent.UNKNOWN: 1,
    Consent.PENDING: 2,
    Consent.SUBSCRIBED: 3,
}


def lowered(email: str) -> str:
    """An address as mail systems compare it."""
    return email.strip().lower()


def valid(email: str) -> bool:
    """Could this be an address of the simulation?"""
    return "@" in email


def same(name: str, crm: str, mailchimp: str) -> bool:
    """Do two values of a field say the same, for what each side can hold?"""
    if name == "Last" and {crm, mailchimp} == {"-", ""}:  # what stands for a name that the CRM requires
        return True
    cut_there = crm.encode()[:255].decode(errors="ignore").rstrip()
    most = {"First": 100, "Last": 100, "City": 60}.get(name, 10_000)
    return mailchimp in {crm, cut_there} or mailchimp[:most].rstrip() == crm


@dataclass(frozen=True, slots=True)
class Row:
    """A person as Listloop's tables show it; keys are None where that half is missing."""

    id: int
    crm: Key | None
    member: Key | None
    linked: bool
    parted: str
    standing: str
    rule: str
    reason: str
    counted: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """One moment."""

    crm: Mapping[Key, Record] = field(default_factory=dict)
    members: Mapping[Key, Record] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()

    def links(self) -> dict[Key, Row]:
        """Links that are not parted and have both ends, by CRM key."""
        return {
            one.crm: one
            for one in self.rows
            if one.linked and not one.parted and one.crm in self.crm and one.member in self.members and one.crm
        }

    def of(self, crm: Key | None = None, member: Key | None = None) -> Row | None:
        """The person with this record."""
        for one in self.rows:
            if (crm is not None and one.crm == crm) or (member is not None and one.member == member):
                return one
        return None

    def at(self, address: str) -> tuple[list[Record], list[Record]]:
        """The CRM records and active members whose synced address this is."""
        here = [one for one in self.crm.values() if lowered(one.email) == address]
        there = [one for one in self.members.values() if lowered(one.email) == address and one.takes_part]
        return here, there


def look(world: World, *, tables: bool = True) -> Sight:
    """See this moment."""
    crm = {one.key: one for one in world.crm.records()}
    members = {one.key: one for one in world.audience.records()}
    return Sight(crm, members, tuple(_rows(world)) if tables else ())


_HERE, _THERE = records.alias("here"), records.alias("there")
_ROWS: Select[Any] = (
    select(
        people.c.id,
        _HERE.c.key.label("crm"),
        _THERE.c.key.label("member"),
        people.c.linked_at.is_not(None).label("linked"),
        people.c.parted,
        people.c.standing,
        people.c.rule,
        people.c.reason,
        people.c.counted,
    )
    .select_from(people)
    .outerjoin(_HERE, _HERE.c.id == people.c.crm_record)
    .outerjoin(_THERE, _THERE.c.id == people.c.mailchimp_record)
)


def _rows(world: World) -> list[Row]:
    return [Row(**one) for one in rows(world.engine, _ROWS)]
