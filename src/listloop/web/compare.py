"""One person's two sides next to each other, field by field."""

from __future__ import annotations

from dataclasses import dataclass

from listloop.core.addresses import in_a_line
from listloop.core.mapping import agree
from listloop.core.people import Person
from listloop.core.rules import Row
from listloop.store.dossier import Dossier, End
from listloop.web.words import N_, OWNERS


@dataclass(frozen=True, slots=True)
class Compared:
    """One mapped field on both sides; a value is None where the side has no record or did not show the field.

    ``state`` is agrees, alike (each in its side's own form), differs, empty (on both sides), alone (on one side) or
    hidden (no side shows the field).
    """

    title: str
    crm: str | None
    mailchimp: str | None
    state: str
    owner: str


def compare(found: Dossier) -> list[Compared]:
    """The e-mail, every mapped field and label with its state; differences first."""
    crm, mailchimp = _person(found.crm), _person(found.mailchimp)
    addresses = (crm.email if crm else None, mailchimp.email if mailchimp else None)
    rows = [Compared(N_("E-mail"), *addresses, _state(*addresses), N_("both"))]
    for row in found.rules.rows:
        there = crm.fields.get(row.crm.name) if crm else None
        here = mailchimp.fields.get(row.mailchimp.name) if mailchimp else None
        rows.append(
            Compared(row.crm.title, _shown(there), _shown(here), _state(there, here, row), OWNERS[row.owner.value])
        )
    for label in found.rules.labels:
        there, here = _has(crm, label.crm.name), _has(mailchimp, label.mailchimp.name)
        rows.append(Compared(label.crm.title, there, here, _state(there, here), N_("both")))
    return sorted(rows, key=lambda row: row.state != "differs")


def _shown(value: str | None) -> str | None:
    return None if value is None else in_a_line(value)


def _person(end: End | None) -> Person | None:
    return None if end is None else end.record.person


def _has(person: Person | None, label: str) -> str | None:
    if person is None:
        return None
    return N_("yes") if label in person.labels else N_("no")


def _state(crm: str | None, mailchimp: str | None, row: Row | None = None) -> str:
    if crm is None or mailchimp is None:
        return "alone" if crm != mailchimp else "hidden"
    if crm == mailchimp:
        return "agrees" if crm else "empty"
    return "alike" if row is not None and agree(row, crm, mailchimp) else "differs"
