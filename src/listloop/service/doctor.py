"""What could stop this installation, looked for before it does: each finding with its next step."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import httpx2
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from listloop.core.abilities import Probes
from listloop.core.errors import ListloopError
from listloop.mailchimp.audience import MailchimpAudience
from listloop.service.sole import is_taken
from listloop.service.webhooks import public_prefix
from listloop.store import webhooks as webhook_store
from listloop.store.connections import ConnectionRow
from listloop.store.database import reading
from listloop.store.tables import people, runs
from listloop.wiring import Listloop

Level = Literal["ok", "look", "bad"]

#: Bytes of disk that should be free, beside as much as the database has: a migration writes it anew.
ROOM = 1 << 30

#: Seconds by which our clock may differ from Mailchimp's before it is mentioned, and before webhooks are refused.
SKEW, REFUSED = 60, 300


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: ``bad`` stops something, ``look`` deserves a look; ``fix`` is the next step."""

    level: Level
    about: str
    what: str
    fix: str = ""


def examine(listloop: Listloop) -> Iterator[Finding]:
    """Look at everything; each finding comes as soon as it is known. Raises nothing for what is merely wrong."""
    yield from _database(listloop)
    yield from _key(listloop)
    yield from _service(listloop)
    yield from _public_address(listloop)
    rows = listloop.connections()
    if not rows:
        yield Finding("look", "Connections", "There is none yet.", "Make one with “listloop connect”.")
    for row in rows:
        yield from of_connection(listloop, row)


def of_connection(listloop: Listloop, row: ConnectionRow) -> Iterator[Finding]:
    """Look at one connection: both ends, its runs, its webhook."""
    yield from _ends(listloop, row)
    yield from _runs(listloop, row)
    yield from _webhook(listloop, row)


def _database(listloop: Listloop) -> Iterator[Finding]:
    engine = listloop.engine
    try:
        if engine.dialect.name == "postgresql":
            with engine.connect() as db:
                server = db.execute(text("SHOW server_version")).scalar()
            yield Finding("ok", "Database", f"PostgreSQL {server} answers.")
            return
        with reading(engine).begin() as db:
            found = str(db.execute(text("PRAGMA quick_check(1)")).scalar())
    except DatabaseError as error:
        found = str(error.orig)
    path = Path(str(engine.url.database))
    if found != "ok":
        yield Finding("bad", "Database", f"{path} is damaged: {found}.", "Keep a copy, then restore the newest backup.")
        return
    size, free = path.stat().st_size, shutil.disk_usage(path.parent).free
    yield Finding("ok", "Database", f"{path} is whole ({_mib(size)}).")
    if free < ROOM + size:
        yield Finding("look", "Disk", f"Only {_mib(free)} are free beside the database.", "Make room, or move it.")
    else:
        yield Finding("ok", "Disk", f"{_mib(free)} are free.")


def _key(listloop: Listloop) -> Iterator[Finding]:
    try:
        names = listloop.secrets.names()
        for name in names:
            listloop.secrets.get(name)
    except ListloopError as error:
        yield Finding("bad", "Key", error.problem, error.fix)
        return
    yield Finding("ok", "Key", f"It opens all {len(names)} stored passwords.")
    file = Path(f"{listloop.engine.url.database}.key")
    if os.name == "posix" and file.exists() and file.stat().st_mode & 0o077:
        yield Finding("look", "Key", f"{file} can be read by other users.", f"Say: chmod 600 {file}")


def _service(listloop: Listloop) -> Iterator[Finding]:
    if listloop.engine.dialect.name == "postgresql":
        at_work = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'listloop worker'"
        with listloop.engine.connect() as db:
            count = int(db.execute(text(f"{at_work} AND datname = current_database()")).scalar() or 0)
    else:
        count = int(is_taken(listloop.engine))
    if count:
        yield Finding("ok", "Service", f"{count} working process{'es' if count > 1 else ''}.")
    else:
        yield Finding("look", "Service", "None is at work: nothing runs by itself.", "Start “listloop serve”.")


def _public_address(listloop: Listloop) -> Iterator[Finding]:
    base = listloop.settings.webhook_url
    if not base:
        what = "No public address is set: changes in Mailchimp come by the schedule only."
        yield Finding("look", "Webhooks", what, "docs/how-to/webhooks.md tells how to have them within seconds.")
        return
    try:
        answer = httpx2.get(f"{public_prefix(base)}doctor", timeout=10, follow_redirects=False)
    except ListloopError as error:
        yield Finding("bad", "Webhooks", error.problem, error.fix)
    except httpx2.HTTPError as error:
        what = f"{base} does not answer when called from here ({type(error).__name__})."
        yield Finding("look", "Webhooks", what, "Call it from outside; check the reverse proxy, and that serve runs.")
    else:
        if answer.status_code == 404 and not answer.content:
            yield Finding("ok", "Webhooks", f"{base} leads to a Listloop.")
        else:
            what = f"{base} answers, but not as a Listloop does (HTTP {answer.status_code})."
            yield Finding("look", "Webhooks", what, "Lead the path /hooks/ to “listloop serve”.")


def _ends(listloop: Listloop, row: ConnectionRow) -> Iterator[Finding]:
    try:
        with closing(listloop.crm_of(row)) as crm:
            health = crm.check()
            yield Finding("ok", row.name, f"The CRM answers: {health.title}.")
            yield from (Finding("bad", row.name, one.text, one.fix) for one in health.problems)
            if isinstance(crm, Probes):
                yield from (
                    Finding("ok", row.name, f"{one.switch} = {one.position}: {one.text}.") for one in crm.probe()
                )
    except ListloopError as error:
        yield Finding("bad", row.name, error.problem, error.fix)
    try:
        with listloop.client_of(row) as client:
            health = MailchimpAudience(client, row.audience).check()
            theirs = client.last_date
        yield Finding("ok", row.name, f"Mailchimp answers: {health.title}.")
        yield from (Finding("bad", row.name, one.text, one.fix) for one in health.problems)
    except ListloopError as error:
        yield Finding("bad", row.name, error.problem, error.fix)
        return
    off = abs((datetime.fromisoformat(theirs).astimezone(UTC) - listloop.now()).total_seconds()) if theirs else 0
    if off > SKEW:
        what = f"This machine's clock and Mailchimp's differ by {off:,.0f} seconds."
        more = " Signed webhooks are refused so." if off > REFUSED else ""
        yield Finding("bad" if off > REFUSED else "look", row.name, what + more, "Let the system set its clock (NTP).")


def _runs(listloop: Listloop, row: ConnectionRow) -> Iterator[Finding]:
    now = listloop.now()
    with reading(listloop.engine).begin() as db:
        mine = runs.c.connection_id == row.id
        last = db.execute(
            select(func.max(runs.c.finished_at)).where(mine, runs.c.state.in_(("done", "waiting")))
        ).scalar()
        waiting = db.scalar(select(func.count()).where(mine, runs.c.state == "waiting"))
        failed = db.scalar(select(func.count()).where(people.c.connection_id == row.id, people.c.standing == "failed"))
    if row.paused:
        yield Finding("bad", row.name, f"It is paused: {row.paused}", row.paused_fix)
    elif row.next_run is not None and row.next_run < now - timedelta(minutes=15):
        fix = "Look at the log of the service, and whether it runs."
        yield Finding("bad", row.name, f"Its run is late: it was due at {row.next_run:%Y-%m-%d %H:%M} UTC.", fix)
    elif last is not None:
        yield Finding("ok", row.name, f"Its last run ended at {last:%Y-%m-%d %H:%M} UTC.")
    if row.next_audit is not None and row.next_audit < now - timedelta(days=1):
        what = "Both sides were not compared in full for more than a day after it was due."
        yield Finding("look", row.name, what, "Say “listloop sync --full”, and look what stops it.")
    if waiting:
        yield Finding("look", row.name, "A plan waits for a yes.", "Look at it with “listloop preview” or on its page.")
    if failed:
        what = f"{failed:,} {'person' if failed == 1 else 'people'} could not be written."
        yield Finding("look", row.name, what, "The page of people lists them, with the reason and the next try.")


def _webhook(listloop: Listloop, row: ConnectionRow) -> Iterator[Finding]:
    if not listloop.settings.webhook_url or row.paused:
        return
    with reading(listloop.engine).begin() as db:
        kept = [one for one in webhook_store.webhooks_of(db, row.id) if one.retired_at is None]
    if not kept or not kept[-1].mailchimp_id:
        what = kept[-1].problem if kept else "It has no webhook yet."
        yield Finding("look", row.name, what, "Say “listloop webhooks check”, while the service runs.")
    elif kept[-1].problem:
        yield Finding("look", row.name, kept[-1].problem, kept[-1].fix)
    else:
        yield Finding("ok", row.name, "Its webhook is in order.")


def _mib(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MiB"
