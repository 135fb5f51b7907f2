"""Alerts: what is wrong is looked for twice a minute, and told by mail and webhook when it lasts, and when it is over.

And once a day a digest of how everything stands. Whoever can't be told now is told at the next look.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import Connection, func, select

from listloop.core.alerts import TITLES, Alert, Kind, Limits, Tell, Trouble, seen, unseen
from listloop.core.frozen import replace
from listloop.service.messages import Messenger
from listloop.store.alerts import (
    DIGEST,
    claim,
    due,
    end_alerts,
    known_alerts,
    limits_of,
    raise_alerts,
    save_alerts,
)
from listloop.store.database import reading
from listloop.store.drifts import count_drifts
from listloop.store.options import set_option
from listloop.store.people import standings
from listloop.store.plans import ConnectionLine, connection_lines, last_done, open_runs, run_lines
from listloop.store.rhythm import parse
from listloop.store.tables import runs
from listloop.store.webhooks import webhooks_of
from listloop.wiring import AUDIT, Listloop

#: Between two looks, over all processes.
LOOK = timedelta(seconds=30)

#: What a digest looks back on.
DAY = timedelta(hours=24)

_log = structlog.get_logger("listloop.alerts")


def watch(listloop: Listloop, messenger: Messenger) -> None:
    """Look for troubles and tell what is due to be told, if it is this process's turn."""
    if not claim(listloop.engine, listloop.now(), LOOK):
        return
    now = listloop.now()
    with reading(listloop.engine).begin() as db:
        known, limits = known_alerts(db), limits_of(db)
    found = {one.key: one for one in troubles(listloop, limits)}
    kept: list[Alert] = []
    over: list[str] = []
    raised: list[Alert] = []
    for key in sorted(known.keys() | found.keys()):
        there = key in found
        alert, tell = seen(known.get(key), found[key], now, limits) if there else unseen(known[key], now, limits)
        if tell is not None and _told(messenger, alert or known[key], tell, now):
            raised += [alert] if alert and tell is Tell.RAISED else []
            alert = alert and replace(alert, told=now)
        elif tell is not None:
            alert = alert or known[key]  # told at a later look
        if alert is None:
            over.append(key)
        else:
            kept.append(alert)
    with listloop.engine.begin() as db:
        save_alerts(db, kept, over)
        raise_alerts(db, raised)
        end_alerts(db, over, now)


def troubles(listloop: Listloop, limits: Limits) -> Iterator[Trouble]:
    """Everything that is wrong now."""
    now = listloop.now()
    with reading(listloop.engine).begin() as db:
        lines = [line for line in connection_lines(db) if not line.setup_step]
        for line in lines:
            yield from _of_schedule(db, line, now, limits)
            yield from _of_people(db, line, limits)
            yield from _of_webhook(db, line)
        for one in open_runs(db):
            if one.waits:
                key = f"{Kind.PLAN}/{one.connection_id}/{one.id}"
                fix = "Look at the plan, and say yes or no."
                yield Trouble(key, Kind.PLAN, one.connection, f"Run {one.number}: {one.wait}", fix)
    yield from _of_disk(listloop, limits)


def _of_schedule(db: Connection, line: ConnectionLine, now: datetime, limits: Limits) -> Iterator[Trouble]:
    if line.paused:
        yield Trouble(f"{Kind.PAUSED}/{line.id}", Kind.PAUSED, line.name, line.paused, line.paused_fix)
        return
    if line.next_run is not None and line.next_run < now - timedelta(minutes=limits.late):
        text = f"It was due at {line.next_run:%Y-%m-%d %H:%M} UTC."
        yield Trouble(f"{Kind.LATE}/{line.id}", Kind.LATE, line.name, text, "Look at the log of the service.")
    last = next(iter(run_lines(db, connection_id=line.id, limit=1)), None)
    if last is not None and last.state == "failed":
        yield Trouble(f"{Kind.FAILED_RUN}/{line.id}", Kind.FAILED_RUN, line.name, last.problem, last.fix)


def _of_people(db: Connection, line: ConnectionLine, limits: Limits) -> Iterator[Trouble]:
    counts = standings(db, line.id)
    failed, population = counts.get("failed", 0), sum(counts.values())
    if failed >= limits.number and failed * 100 >= limits.share * population:
        text = f"{failed:,} of {population:,} people could not be written."
        fix = "The list of people shows them, with the reasons."
        yield Trouble(f"{Kind.FAILURES}/{line.id}", Kind.FAILURES, line.name, text, fix)
    compared = last_done(db, line.id, AUDIT)
    drifted = sum(count_drifts(db, compared.id).values()) if compared else 0
    if compared is not None and drifted:
        text = f"The full comparison (run {compared.number}) found {drifted:,} differences, and healed what it could."
        fix = "Its page lists them by cause."
        yield Trouble(f"{Kind.DRIFT}/{line.id}/{compared.id}", Kind.DRIFT, line.name, text, fix)


def _of_webhook(db: Connection, line: ConnectionLine) -> Iterator[Trouble]:
    live = [one for one in webhooks_of(db, line.id) if one.retired_at is None]
    if live and live[-1].problem:
        yield Trouble(f"{Kind.WEBHOOK}/{line.id}", Kind.WEBHOOK, line.name, live[-1].problem, live[-1].fix)


def _of_disk(listloop: Listloop, limits: Limits) -> Iterator[Trouble]:
    file = listloop.engine.url.database
    if listloop.engine.dialect.name != "sqlite" or not file or not Path(file).exists():
        return
    free, size = shutil.disk_usage(Path(file).parent).free, Path(file).stat().st_size
    if free < (limits.room << 20) + size:
        text = f"Only {free >> 20:,} MiB are free beside the database, which has {size >> 20:,} MiB."
        yield Trouble(str(Kind.DISK), Kind.DISK, "This machine", text, "Make room, or move the database.")


def _told(messenger: Messenger, alert: Alert, tell: Tell, now: datetime) -> bool:
    one = alert.trouble
    over = {Tell.RAISED: "", Tell.STILL: "Still: ", Tell.CLEARED: "Over: "}[tell]
    since = f"Since {alert.first:%Y-%m-%d %H:%M} UTC"
    if tell is Tell.CLEARED:
        since += f", over at {now:%Y-%m-%d %H:%M} UTC"
    subject = f"{over}{TITLES[one.kind]}: {one.about}"
    body = "\n\n".join(
        filter(None, [one.text, f"→ {one.fix}" if one.fix and tell is not Tell.CLEARED else "", f"{since}."])
    )
    data = {"event": tell, "kind": one.kind, "about": one.about, "text": one.text, "fix": one.fix, "since": alert.first}
    _log.warning("alert", tell=str(tell), kind=str(one.kind), about=one.about)
    return not messenger.anybody or messenger.tell(subject, body, data)


def digest(listloop: Listloop, messenger: Messenger) -> None:
    """Mail how everything stands, once a day at its hour, if it is this process's turn."""
    with reading(listloop.engine).begin() as db:
        limits = limits_of(db)
    at = parse(limits.digest or "off", limits.zone)
    if at is None or not (messenger.mails and listloop.settings.digest):
        return
    if not due(listloop.engine, listloop.now(), at, DIGEST):
        return
    with reading(listloop.engine).begin() as db:
        text = "\n\n".join(_paragraph(db, line, listloop.now()) for line in connection_lines(db))
    if not messenger.mail("How everything stands", text or "There is no connection yet."):
        with listloop.engine.begin() as db:
            set_option(db, DIGEST, listloop.now().isoformat())  # again at the next look


def _paragraph(db: Connection, line: ConnectionLine, now: datetime) -> str:
    counts = standings(db, line.id)
    mine = (runs.c.connection_id == line.id) & (runs.c.started_at > now - DAY)
    by_state: Sequence[tuple[str, int]] = [
        (row[0], row[1]) for row in db.execute(select(runs.c.state, func.count()).where(mine).group_by(runs.c.state))
    ]
    stand = ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in counts.items())
    ran = ", ".join(f"{number} {state}" for state, number in sorted(by_state)) or "none"
    waiting = [one for one in open_runs(db) if one.connection_id == line.id and one.waits]
    told = [line.name, f"People: {stand}", f"Runs of the last 24 hours: {ran}"]
    told += [f"Stands still: {line.paused} → {line.paused_fix}"] if line.paused else []
    told += [f"Run {one.number} waits for a yes: {one.wait}" for one in waiting]
    return "\n".join(told)
