"""How a connection gives credit for deals, and how far the CRM's deals were read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from listloop.core.attribution import Model, Rules
from listloop.core.side import Field
from listloop.store.bulk import upsert
from listloop.store.codec import decode, encode
from listloop.store.deals import reckon_anew
from listloop.store.tables import closing


@dataclass(frozen=True, slots=True)
class Fields:
    """Fields, as they are kept."""

    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Closing:
    """How a connection gives credit. ``mail_price`` is in cents for 1,000 mails.

    ``note_field`` of the CRM's deals, one of ``deal_fields``, is to say which campaigns won them, by ``note_model``;
    "": nothing is written.
    """

    rules: Rules = field(default_factory=Rules)
    mail_price: int = 0
    note_field: str = ""
    note_model: Model = Model.LINEAR
    deal_fields: tuple[Field, ...] = ()
    cursor: str = ""
    read_at: datetime | None = None


def closing_of(db: Connection, connection_id: int) -> Closing:
    """How a connection gives credit."""
    row = db.execute(select(closing).where(closing.c.connection_id == connection_id)).first()
    if row is None:
        return Closing()
    return Closing(
        decode(Rules, row.rules) if row.rules else Rules(),
        row.mail_price,
        row.note_field,
        Model(row.note_model),
        decode(Fields, row.deal_fields).fields if row.deal_fields else (),
        row.cursor,
        row.read_at,
    )


def set_closing(db: Connection, connection_id: int, rules: Rules, mail_price: int) -> None:
    """Change how credit is given; all of it is reckoned anew."""
    row = {"connection_id": connection_id, "rules": encode(rules), "mail_price": mail_price}
    upsert(db, closing, [row], ("connection_id",))
    reckon_anew(db, connection_id)


def note_read(db: Connection, connection_id: int, cursor: str, at: datetime) -> None:
    """Deals were read up to here."""
    upsert(db, closing, [{"connection_id": connection_id, "cursor": cursor, "read_at": at}], ("connection_id",))


def save_deal_fields(db: Connection, connection_id: int, fields: Sequence[Field]) -> None:
    """Keep which fields of deals the CRM has for a text."""
    known = encode(Fields(tuple(fields)))
    upsert(db, closing, [{"connection_id": connection_id, "deal_fields": known}], ("connection_id",))
