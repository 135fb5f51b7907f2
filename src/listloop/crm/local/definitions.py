"""Custom fields: their definitions, made by hand or by ``prepare``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, update

from listloop.core.errors import NeedsAttention
from listloop.core.side import Field, Label, Schema
from listloop.crm.local import feed, groups
from listloop.crm.local.opening import Place
from listloop.crm.local.tables import LIMIT, fields
from listloop.crm.local.values import CUSTOM_TYPES, LISTED, PREFIX, fields_of

#: More choices than that are a table of their own, not a list to choose from.
MOST_CHOICES = 1000


def prepare(place: Place, schema: Schema, now: datetime) -> None:
    """Make the fields, choices and groups that are missing; all or none of them.

    A new field is named ``custom:<name>``, whether or not its name is given with that prefix. A group is there when
    one has the label's name or its title, and a new one gets a name of its own: the numbers are the database's.
    """
    with place.write() as connection:
        feed.lock(connection, place.book)
        known = fields_of(connection, place.book)
        for field in schema.fields:
            there = known.get(field.name) or known.get(PREFIX + field.name)
            if there is None:
                make_field(connection, place.book, field)
            elif field.choices:
                _add_choices(connection, place.book, there, field)
        _make_groups(connection, place.book, schema.labels, now)


def make_field(connection: Connection, book: int, field: Field) -> None:
    """A new custom field; ``NeedsAttention`` where the built-in CRM can't have it."""
    name = field.name.removeprefix(PREFIX)
    if not 0 < len(name) <= 100 or len(field.title) > LIMIT:
        raise NeedsAttention(
            f"The built-in CRM can't make a field named “{field.name[:120]}”.",
            f"Give it a name of 1 to 100 characters, and a title of at most {LIMIT}.",
            code="field-impossible",
        )
    if field.type not in CUSTOM_TYPES:
        raise NeedsAttention(
            f"The built-in CRM has no fields of the type “{field.type}”.",
            "Choose another type for the new field, or a field that is there.",
            code="field-impossible",
        )
    choices = list(field.choices) if field.type in LISTED else []
    title = field.title or name
    row = {"book_id": book, "name": name, "title": title, "type": field.type.value, "choices": choices}
    connection.execute(insert(fields), [row])


def _add_choices(connection: Connection, book: int, known: Field, wanted: Field) -> None:
    missing = [choice for choice in wanted.choices if choice not in known.choices]
    if known.type in LISTED and missing:
        spot = fields.c.book_id == book, fields.c.name == known.name.removeprefix(PREFIX)
        connection.execute(update(fields).where(*spot).values(choices=[*known.choices, *missing]))


def set_choices(place: Place, name: str, choices: Sequence[str]) -> None:
    """Give a custom list these choices, in this order; who has one that is left out keeps it until it is changed.

    Raises NeedsAttention where the field is no list, or the choices can't be its.
    """
    wanted = list(dict.fromkeys(one.strip() for one in choices if one.strip()))
    with place.write() as connection:
        feed.lock(connection, place.book)
        known = fields_of(connection, place.book).get(name)
        if known is None or known.type not in LISTED:
            raise NeedsAttention("This field has no choices.", "Choose a list.", code="field-impossible")
        if not wanted or len(wanted) > MOST_CHOICES or any(len(one) > LIMIT for one in wanted):
            raise NeedsAttention(
                f"{known.title} needs 1 to {MOST_CHOICES} choices of at most {LIMIT} characters.",
                "Write one choice on each line.",
                code="field-impossible",
            )
        spot = fields.c.book_id == place.book, fields.c.name == name.removeprefix(PREFIX)
        connection.execute(update(fields).where(*spot).values(choices=wanted))


def drop_choice(place: Place, name: str, choice: str) -> None:
    """Take a choice off a custom list; who has it keeps it until somebody changes it."""
    with place.write() as connection:
        feed.lock(connection, place.book)
        known = fields_of(connection, place.book).get(name)
        if known is not None and choice in known.choices:
            spot = fields.c.book_id == place.book, fields.c.name == name.removeprefix(PREFIX)
            left = [one for one in known.choices if one != choice]
            connection.execute(update(fields).where(*spot).values(choices=left))


def _make_groups(connection: Connection, book: int, wanted: tuple[Label, ...], now: datetime) -> None:
    there = groups.labels_of(connection, book)
    names, titles = {one.name for one in there}, {one.title for one in there}
    for label in wanted:
        title = label.title or label.name
        if label.name not in names and title not in titles:
            groups.make_row(connection, book, title, now)
            titles.add(title)
