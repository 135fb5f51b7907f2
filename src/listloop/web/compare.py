"""One person's two sides next to each other, field by field."""

from __future__ import annotations

from dataclasses import dataclass

from listloop.core.people import Person
from listloop.store.dossier import Dossier, End
from listloop.web.words import N_, OWNERS


@dataclass(frozen=True, slots=True)
class Compared:
    """One mapped field on both sides; a value is None where the side has no record or did not show the field.

    ``state`` is agrees, alike (each in its side's own form), differs, empty (on both sides) or alone (on one side).
    """

    title: str
    crm: str | None
    mailchimp: str | None
    state: str
    owner: str


def compare(found: Dossier) -> list[Compared]:
    """The e-mail, every mapped field and label with its state; differences first."""
    crm, mailchimp = _person(found.crm), _person(found.mailchimp)
    rows = [
        _compared(found, N_("E-mail"), crm.email if crm else None, mailchimp.email if mailchimp else None, N_("both"))
    ]
    for row in found.rules.rows:
        there = crm.fields.get(row.crm.name) if crm else None
        here = mailchimp.fields.get(row.mailchimp.name) if mailchimp else None
        rows.append(_compared(found, row.crm.title, there, here, OWNERS[row.owner.value]))
    for label in found.rules.labels:
        there, here = _has(crm, label.crm.name), _has(mailchimp, label.mailchimp.name)
        rows.append(_compared(found, label.crm.title, there, here, N_("both")))
    return sorted(rows, key=lambda row: row.state != "differs")


def _person(end: End | None) -> Person | None:
    return None if end is None else end.record.person


def _has(person: Person | None, label: str) -> str | None:
    if person is None:
        return None
    return N_("yes") if label in person.labels else N_("no")


def _compared(found: Dossier, title: str, crm: str | None, mailchimp: str | None, owner: str) -> Compared:
    if crm is None or mailchimp is None:
        state = "alone"
    elif crm == mailchimp:
        state = "agrees" if crm else "empty"
    else:
        # A settled pair was found equal by the run, in the poorer of the two forms.
        state = "alike" if found.settled else "differs"
    return Compared(title, crm, mailchimp, state, owner)
