"""One side's people as rows of a sheet, which ``listloop import`` reads again: everybody once, with all fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from listloop.core.people import Record
from listloop.core.side import Schema, Side
from listloop.files.defusing import defuse

#: The columns beside the fields. The headers of the built-in CRM's own export are recognised by ``listloop import``.
BEFORE = ("Key", "E-mail")
AFTER = ("Sync with Mailchimp", "Mailchimp ID", "Consent", "Groups", "Created")


def everybody(side: Side) -> Iterator[Record]:
    """Everybody once, as the side shows them now."""
    seen: set[str] = set()
    for page in side.changes(None):
        for one in page.records:
            if one.key not in seen:
                seen.add(one.key)
                yield one
        if page.last:
            return


def header(schema: Schema) -> list[str]:
    """The titles of the columns."""
    return [defuse(name) for name in (*BEFORE, *(one.title for one in schema.fields), *AFTER)]


def cells(record: Record, schema: Schema) -> list[str]:
    """The row of one person; a cell that a spreadsheet would run is made text."""
    person = record.person
    titles = [one.title for one in schema.labels if one.name in person.labels]
    flag = {True: "yes", False: "no", None: ""}[record.takes_part]
    row = [
        record.key,
        record.email,
        *(person.fields.get(one.name, "") for one in schema.fields),
        flag,
        record.mailchimp_id,
        person.consent,
        _joined(titles),
        record.created,
    ]
    return [defuse(one) for one in row]


def _joined(titles: Sequence[str]) -> str:
    """Labels in one cell, as ``listloop.files.survey.split_list`` takes them apart."""
    if len(titles) == 1 and any(sign in titles[0] for sign in ";,"):
        return f"{titles[0]} :::"
    return " ::: ".join(titles)
