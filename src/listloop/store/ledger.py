"""The consent ledger: every no, every yes and every lifting, with who said it, when and where."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from listloop.core.people import Consent, Origin, SideName
from listloop.store.bulk import among
from listloop.store.tables import connections, history, nos, people, records

#: Who said a no, in words.
WHO = {
    Origin.PERSON: "the person",
    Origin.COMPLAINT: "the person, by a complaint",
    Origin.ADMIN: "a user of Mailchimp",
    Origin.CRM: "a user of the CRM",
    Origin.UNKNOWN: "not told",
}


COLUMNS = ("Noted (UTC)", "Connection", "Name", "E-mail", "What", "Who", "Where", "Said at (that side's clock)", "Why")


@dataclass(frozen=True, slots=True)
class Line:
    """One act. ``what`` is no, lifted, yes or asked; ``said`` is by the clock of the side where it was said."""

    noted: datetime
    connection: str
    name: str
    address: str
    what: str
    who: str
    where: str
    said: str
    why: str

    @property
    def cells(self) -> list[str]:
        """The act as a row of a table under ``COLUMNS``."""
        noted = f"{self.noted:%Y-%m-%d %H:%M:%S}"
        return [noted, self.connection, self.name, self.address, self.what, self.who, self.where, self.said, self.why]


def consent_ledger(db: Connection, connection_id: int | None = None) -> list[Line]:
    """All acts of a connection, or of all, oldest first."""
    lines: list[Line] = []
    lifted: set[tuple[int, str]] = set()
    said = select(nos, connections.c.name.label("title"), people.c.name).select_from(
        nos.join(connections).outerjoin(people, people.c.id == nos.c.person_id)
    )
    if connection_id is not None:
        said = said.where(nos.c.connection_id == connection_id)
    for row in db.execute(said):
        where = "CRM" if row.side == SideName.CRM else "Mailchimp"
        about = (row.title, row.name or "", row.address)
        lines.append(Line(row.noted_at, *about, "no", WHO[Origin(row.origin)], where, row.said_at, ""))
        if row.lifted_at:
            lifted.add((row.person_id, row.lifted_by))
            lines.append(Line(row.lifted_at, *about, "lifted", "the person", "Mailchimp", "", row.lifted_by))
    given = (
        select(history, connections.c.name.label("title"), people.c.name, people.c.email)
        .select_from(history.join(connections).outerjoin(people, people.c.id == history.c.person_id))
        .where(history.c.what == "consent", history.c.new.in_((Consent.SUBSCRIBED, Consent.PENDING)))
        .where(history.c.side == SideName.MAILCHIMP)
    )
    if connection_id is not None:
        given = given.where(history.c.connection_id == connection_id)
    for row in db.execute(given):
        if (row.person_id, row.why) not in lifted:
            what = "yes" if row.new == Consent.SUBSCRIBED else "asked"
            about = (row.title, row.name or "", row.email or "")
            lines.append(Line(row.at, *about, what, "Listloop", "Mailchimp", "", row.why))
    return sorted(lines, key=lambda one: (one.noted, one.address, one.what))


_ASKED = (
    select(records.c.address)
    .distinct()
    .select_from(history.join(people, people.c.id == history.c.person_id))
    .join(records, (records.c.id == people.c.crm_record) | (records.c.id == people.c.mailchimp_record))
    .where(history.c.what == "consent", history.c.new == Consent.PENDING, among(records.c.address, "addresses"))
)


def asked_before(db: Connection, connection_id: int, addresses: Collection[str]) -> set[str]:
    """Those of these addresses that were sent a confirmation mail once: nobody is asked twice."""
    query = _ASKED.where(history.c.connection_id == connection_id)
    return set(db.execute(query, {"addresses": sorted(addresses)}).scalars()) if addresses else set()
