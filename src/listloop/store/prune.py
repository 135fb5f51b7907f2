"""What is old enough goes, in small transactions beside the runs. Refusals, links and memory never do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, func, select, update

from listloop.store.database import reading
from listloop.store.installation import alert_history, audit, sessions, sign_in_links
from listloop.store.options import option, set_option
from listloop.store.tables import campaign_parts, campaigns, decisions, history, responses, runs

#: Rows per transaction: a run that writes waits for no longer than one of them.
CHUNK = 2000

#: So many of the newest runs of a connection stay, however old they are.
NEWEST = 50

_ENDED = ("done", "failed", "dropped")


@dataclass(frozen=True, slots=True)
class Keep:
    """For how many days things are kept; 0: for ever. ``results`` are what people did with a campaign, counted from its
    sending; its numbers stay.
    """

    runs: int = 90
    history: int = 730
    audit: int = 0
    results: int = 0


NAMES = tuple(one.name for one in fields(Keep))


def kept(database: Connection, default: Keep) -> Keep:
    """For how long things are kept: as set on the pages, else as the program's settings say."""
    found = {name: option(database, f"keep-{name}") for name in NAMES}
    return replace(default, **{name: int(days) for name, days in found.items() if days.isdecimal()})


def set_kept(database: Connection, keep: Keep) -> None:
    """Set it on the pages, whatever the program's settings say."""
    for name in NAMES:
        set_option(database, f"keep-{name}", str(getattr(keep, name)))


def prune(engine: Engine, keep: Keep, now: datetime, *, dry: bool = False) -> dict[str, int]:
    """Delete what is older than ``keep`` says, and signed-out sessions; ``dry`` only counts. Returns rows by table.

    A run that waits for a yes stays with its plan, and so does one whose writes were interrupted.
    """
    gone = {
        table.name: _count(engine, table, old) if dry else _delete(engine, table, old) for table, old in _old(keep, now)
    }
    if keep.results and not dry:  # should a report move after all, everything of it is read again, and goes again
        with engine.begin() as db:
            db.execute(update(campaigns).where(_mailed_before(keep, now), campaigns.c.since != "").values(since=""))
    return gone


def _mailed_before(keep: Keep, now: datetime) -> ColumnElement[bool]:
    return campaigns.c.sent_at < now - timedelta(days=keep.results)


def _old(keep: Keep, now: datetime) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    if keep.runs:
        before = now - timedelta(days=keep.runs)
        open_writes = (decisions.c.crm_state == "intended") | (decisions.c.mailchimp_state == "intended")
        needed = select(decisions.c.run_id).where(open_writes)
        newer = runs.alias("newer")
        newest = select(func.count()).where(newer.c.connection_id == runs.c.connection_id, newer.c.id > runs.c.id)
        ended = runs.c.state.in_(_ENDED) & (runs.c.finished_at < before) & runs.c.id.not_in(needed)
        gone = ended & (newest.correlate(runs).scalar_subquery() >= NEWEST)
        yield decisions, decisions.c.run_id.in_(select(runs.c.id).where(gone))
        yield runs, gone
    if keep.history:
        yield history, history.c.at < now - timedelta(days=keep.history)
        yield alert_history, alert_history.c.over_at < now - timedelta(days=keep.history)
    if keep.audit:
        yield audit, audit.c.at < now - timedelta(days=keep.audit)
    if keep.results:
        mailed = select(campaigns.c.id).where(_mailed_before(keep, now))
        yield responses, responses.c.campaign_id.in_(mailed)
        yield campaign_parts, campaign_parts.c.campaign_id.in_(mailed)
    yield sessions, sessions.c.expires_at < now
    yield sign_in_links, sign_in_links.c.expires_at < now


def _count(engine: Engine, table: Table, old: ColumnElement[bool]) -> int:
    with reading(engine).begin() as db:
        return int(db.scalar(select(func.count()).select_from(table).where(old)) or 0)


def _delete(engine: Engine, table: Table, old: ColumnElement[bool]) -> int:
    key: Any = next(iter(table.primary_key.columns))
    gone = 0
    while True:
        with reading(engine).begin() as db:  # found without the right to write, which a run may hold for long
            some = list(db.execute(select(key).where(old).limit(CHUNK)).scalars())
        if not some:
            return gone
        with engine.begin() as db:
            db.execute(delete(table).where(key.in_(some)))
        gone += len(some)
