"""Connections: one CRM, one audience, and how to keep them in step."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from listloop.core.errors import NeedsAttention
from listloop.core.frozen import replace
from listloop.core.rules import Direction, Rules
from listloop.core.side import Field
from listloop.store.codec import decode, decode_rules, encode
from listloop.store.cursors import read_again
from listloop.store.database import changing
from listloop.store.people import forget_rows
from listloop.store.rhythm import Rhythm
from listloop.store.tables import connections, people


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection as stored. ``identities`` are (CRM, Mailchimp); "" before the first check."""

    id: int
    name: str
    crm: str
    crm_settings: dict[str, str]
    audience: str
    base_url: str
    rules: Rules
    rhythm: Rhythm
    next_run: datetime | None
    paused: str
    paused_fix: str
    identities: tuple[str, str]
    titles: tuple[str, str]
    resting: tuple[str, ...]
    approved_rules: str
    mark: str
    audit: str
    next_audit: datetime | None
    facts: str
    next_facts: datetime | None
    facts_problem: str
    account: str
    created_at: datetime = field(repr=False)

    @property
    def digest(self) -> str:
        """A fingerprint of the rules; a plan under rules that got no yes waits."""
        return digest(self.rules)


def digest(rules: Rules) -> str:
    """A fingerprint of what a person agreed to, 16 hex characters.

    Choices, limits and titles are not in it: the two sides change them, and the run goes by what they are then.
    """
    rows = tuple(replace(one, crm=_bare(one.crm), mailchimp=_bare(one.mailchimp)) for one in rules.rows)
    labels = tuple(one.name for one in rules.labels)
    return hashlib.sha256(encode((replace(rules, rows=rows, labels=()), labels)).encode()).hexdigest()[:16]


def _bare(field: Field) -> Field:
    return Field(field.name, "", field.type)


def add_connection(
    db: Connection,
    *,
    name: str,
    crm: str,
    crm_settings: dict[str, str],
    audience: str,
    base_url: str = "",
    rules: Rules,
    every_minutes: int = 60,
    now: datetime,
) -> int:
    """Store a new connection and return its id. Raises NeedsAttention where the name is taken."""
    if db.scalar(select(connections.c.id).where(connections.c.name == name)) is not None:
        raise NeedsAttention(
            f"There is a connection named “{name}” already.", "Choose another name with --name.", code="name-taken"
        )
    values = {
        "name": name,
        "crm": crm,
        "crm_settings": encode(crm_settings),
        "audience": audience,
        "base_url": base_url,
        "rules": encode(rules),
        "every_minutes": every_minutes,
        "created_at": now,
    }
    made = db.execute(insert(connections).values(values).returning(connections.c.id))
    return int(made.scalar_one())


_ONE = select(connections).where(connections.c.id == bindparam("id"))


def connection(db: Connection, connection_id: int) -> ConnectionRow:
    """One connection. Raises NeedsAttention where there is none of that id."""
    found = db.execute(_ONE, {"id": connection_id}).mappings().first()
    if found is None:
        raise NeedsAttention(
            f"There is no connection {connection_id}.",
            "“listloop status” lists the ones there are.",
            code="no-connection",
        )
    return _row(found)


_ALL = select(connections).order_by(connections.c.id)


def all_connections(db: Connection) -> list[ConnectionRow]:
    """Every connection, oldest first."""
    return [_row(one) for one in db.execute(_ALL).mappings()]


def _row(row: RowMapping) -> ConnectionRow:
    return ConnectionRow(
        row["id"],
        row["name"],
        row["crm"],
        decode(dict[str, str], row["crm_settings"]),
        row["audience"],
        row["base_url"],
        decode_rules(row["rules"]),
        Rhythm(row["every_minutes"], row["cron"], row["zone"]),
        row["next_run"],
        row["paused"],
        row["paused_fix"],
        (row["crm_identity"], row["mailchimp_identity"]),
        (row["crm_title"], row["mailchimp_title"]),
        tuple(decode(list[str], row["resting"])),
        row["approved_rules"],
        row["mark"],
        row["audit"],
        row["next_audit"],
        row["facts"],
        row["next_facts"],
        row["facts_problem"],
        row["account"],
        row["created_at"],
    )


def change_connection(db: Connection, connection_id: int, **values: Any) -> None:
    """Change columns of a connection."""
    db.execute(changing(connections, tuple(values)), {"_id": connection_id, **values})


def save_rules(db: Connection, connection_id: int, rules: Rules) -> None:
    """Change the rules; everybody is decided anew, and the next plan waits for a yes.

    A row that is new, changed or taken up again starts as a first meeting: what was remembered of it is forgotten.
    For a new one both sides are read in full, for the stored readings may be older than its fields.
    """
    before = connection(db, connection_id).rules
    old, new = _named(before), _named(rules)
    changed = {name for name in old | new if old.get(name) != new.get(name)}
    if changed:
        forget_rows(db, connection_id, changed)
    if new.keys() - old.keys() or rules.older_id != before.older_id:
        read_again(db, connection_id)
    change_connection(db, connection_id, rules=encode(rules))
    db.execute(update(people).where(people.c.connection_id == connection_id).values(dirty=True))


def follow_rules(db: Connection, connection_id: int, rules: Rules) -> None:
    """Change the rules as somebody asked for both sides at once; a yes to those before holds for these."""
    before = connection(db, connection_id)
    save_rules(db, connection_id, rules)
    if before.approved_rules == before.digest:
        change_connection(db, connection_id, approved_rules=digest(rules))


def _named(rules: Rules) -> dict[str, Direction]:
    rows = {row.name: row.direction for row in rules.rows}
    return rows | {label.name: Direction.BOTH for label in rules.labels}


def pause(db: Connection, connection_id: int, problem: str, fix: str = "") -> None:
    """Stop the schedule of a connection until a person acts, saying why."""
    change_connection(db, connection_id, paused=problem, paused_fix=fix)


def paused_by_hand(paused: str) -> bool:
    """Did a person ask for a pause of this reason? What Listloop paused itself goes on once its cause is gone."""
    return paused.startswith("Paused ")


def resume(db: Connection, connection_id: int) -> None:
    """Put a paused connection back on its schedule."""
    change_connection(db, connection_id, paused="", paused_fix="")


def first_book(db: Connection) -> int | None:
    """The first connection of the built-in CRM; None: there is none."""
    return db.scalar(select(connections.c.id).where(connections.c.crm == "local").order_by(connections.c.id).limit(1))
