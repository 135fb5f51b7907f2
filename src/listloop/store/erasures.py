"""Erasures: of who was forgotten, nothing is kept but a salted hash of each address, which stops a re-creation.

And the erasing itself: everything that the database holds on a person.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import OperationalError

from sqlalchemy import Connection, Engine, delete, func, insert, or_, select, update

from listloop.store.installation import audit, inbox
from listloop.store.tables import addresses, erasures, metadata, nos, orders, people, records, runs

#: What stands in a sentence in the place of a name or an address.
ERASED = "(erased)"


@dataclass(frozen=True, slots=True)
class Erasure:
    """A forgotten address: only its salted hash."""

    salt: str
    digest: str
    at: datetime
    lifted_at: datetime | None = None


def digest(salt: str, address: str) -> str:
    """The hash of an address (in ``address_key`` form) under a salt, 64 hex characters."""
    return hmac.new(salt.encode(), address.encode(), hashlib.sha256).hexdigest()


_SALTS = select(erasures.c.salt).where(erasures.c.lifted_at.is_(None)).distinct()


def erased_among(db: Connection, wanted: Collection[str]) -> set[str]:
    """Those of these addresses that were forgotten and may not come back yet. One query where nobody ever was."""
    return set(salt_of_erased(db, wanted))


def salt_of_erased(db: Connection, wanted: Collection[str]) -> dict[str, str]:
    """The same, each with the salt of its hash."""
    salts = list(db.scalars(_SALTS))
    found: dict[str, str] = {}
    for salt in salts:
        by_digest = {digest(salt, one): one for one in wanted}
        standing = select(erasures.c.digest).where(erasures.c.salt == salt, erasures.c.lifted_at.is_(None))
        found |= {by_digest[one]: salt for one in db.scalars(standing) if one in by_digest}
    return found


def note_erasure(db: Connection, wanted: Collection[str], fresh_salt: str, now: datetime) -> list[Erasure]:
    """Remember that these addresses were forgotten, under the salt of this installation (``fresh_salt`` begins it)."""
    salt = db.scalar(select(erasures.c.salt).order_by(erasures.c.id).limit(1)) or fresh_salt
    made = [Erasure(salt, digest(salt, one), now) for one in sorted(wanted)]
    keep_erasures(db, made)
    return made


def keep_erasures(db: Connection, made: Collection[Erasure]) -> None:
    """Store erasures; one that was lifted before stands again."""
    for one in made:
        values = {"salt": one.salt, "at": one.at, "lifted_at": one.lifted_at}
        changed = update(erasures).where(erasures.c.digest == one.digest).values(values).returning(erasures.c.id)
        if db.scalar(changed) is None:
            db.execute(insert(erasures).values(values | {"digest": one.digest}))


def all_erasures(db: Connection) -> list[Erasure]:
    """Every erasure."""
    return [
        Erasure(row.salt, row.digest, row.at, row.lifted_at)
        for row in db.execute(select(erasures).order_by(erasures.c.id))
    ]


def lift_erasure(db: Connection, address: str, now: datetime) -> bool:
    """A person's yes: this address may come back. False where it was never forgotten."""
    digests = [digest(salt, address) for salt in db.scalars(select(erasures.c.salt).distinct())]
    lifted = update(erasures).where(erasures.c.digest.in_(digests), erasures.c.lifted_at.is_(None))
    return bool(db.execute(lifted.values(lifted_at=now)).rowcount)


def erase_person(
    db: Connection, connection_id: int, person_id: int, held: Collection[str], words: Sequence[str]
) -> None:
    """Delete what the database holds on a person; ``words`` (names, addresses) are taken out of sentences, too."""
    person = db.execute(select(people.c.crm_record, people.c.mailchimp_record).where(people.c.id == person_id)).first()
    keys = [one for one in person or () if one is not None]
    told = select(records.c.key).where(records.c.id.in_(keys))
    here = inbox.c.connection_id == connection_id
    db.execute(delete(inbox).where(here, or_(inbox.c.address.in_(list(held)), inbox.c.key.in_(told))))
    for table in metadata.sorted_tables:
        if "person_id" in table.c and table is not nos:
            db.execute(delete(table).where(table.c.person_id == person_id))
    mine = or_(nos.c.person_id == person_id, nos.c.address.in_(list(held)))
    db.execute(delete(nos).where(nos.c.connection_id == connection_id, mine))
    db.execute(delete(people).where(people.c.id == person_id))
    db.execute(delete(addresses).where(addresses.c.record_id.in_(keys)))
    db.execute(delete(records).where(records.c.id.in_(keys)))
    for word in sorted(words, key=len, reverse=True):
        _take_out(db, connection_id, word)


def _take_out(db: Connection, connection_id: int, word: str) -> None:
    """Take a name or an address out of every sentence that was stored."""
    for column in (people.c.reason, runs.c.problem, runs.c.wait, orders.c.body, orders.c.problem, audit.c.what):
        table = column.table
        here = table.c.connection_id == connection_id, column.contains(word, autoescape=True)
        db.execute(update(table).where(*here).values({column.name: func.replace(column, word, ERASED)}))


def sweep_search(db: Connection) -> None:
    """Have the search index let go of what it no longer needs."""
    if db.dialect.name != "sqlite":
        return
    if db.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'people_search'").first():
        db.exec_driver_sql("INSERT INTO people_search(people_search) VALUES ('optimize')")


def compact(engine: Engine) -> bool:
    """Write the SQLite file anew, so that it holds no trace of what was deleted; False where others keep it busy."""
    if engine.dialect.name != "sqlite":
        return True
    raw = engine.raw_connection()
    try:
        for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            raw.cursor().execute(statement).close()
    except OperationalError:
        return False
    else:
        return True
    finally:
        raw.close()
