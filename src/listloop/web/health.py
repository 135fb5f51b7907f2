"""How a connection does, in a few lines: its runs, the full comparison, the webhook, campaign results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from listloop.store.drifts import count_drifts
from listloop.store.plans import ConnectionLine, last_done
from listloop.store.webhooks import webhooks_of
from listloop.web.words import N_

#: A run that is late by less is being begun.
LATE = timedelta(minutes=15)

#: The trigger of a comparison of everything.
AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing about a connection. ``level`` is ok, look, bad, or none where it says neither; ``at`` when it was."""

    level: str
    text: str
    at: datetime | None = None
    number: int = 0
    href: str = ""


def signs(database: Connection, line: ConnectionLine, now: datetime) -> tuple[Sign, ...]:
    """How it does. Reads a handful of rows by index."""
    if line.setup_step:
        return (Sign("none", N_("Its set-up is not finished")),)
    return (*_runs(database, line, now), *_compared(database, line), *_told(database, line), *_results(line))


def _runs(database: Connection, line: ConnectionLine, now: datetime) -> Iterator[Sign]:
    last = last_done(database, line.id)
    if line.paused:
        yield Sign("bad", N_("Stands still: it is paused"))
    elif line.next_run is not None and line.next_run < now - LATE:
        yield Sign("bad", N_("A run is late; is the service at work? It was due"), line.next_run)
    if last is not None:
        yield Sign("ok", N_("Last run ended"), last.finished_at, href=f"/runs/{last.id}")
    else:
        yield Sign("none", N_("No run has ended yet"))


def _compared(database: Connection, line: ConnectionLine) -> Iterator[Sign]:
    last = last_done(database, line.id, AUDIT)
    if last is None:
        yield Sign("none", N_("Both sides were not compared in full yet"))
        return
    drifted = sum(count_drifts(database, last.id).values())
    href = f"/runs/{last.id}"
    if drifted:
        yield Sign("look", N_("Compared in full; values that had drifted:"), last.finished_at, drifted, href)
    else:
        yield Sign("ok", N_("Compared in full, nothing had drifted"), last.finished_at, href=href)


def _told(database: Connection, line: ConnectionLine) -> Iterator[Sign]:
    kept = [one for one in webhooks_of(database, line.id) if one.retired_at is None]
    if not kept or not (kept[-1].mailchimp_id or kept[-1].problem):
        yield Sign("none", N_("Changes of members come by the schedule, without a webhook"))
    elif kept[-1].problem:
        yield Sign("look", kept[-1].problem)
    else:
        yield Sign("ok", N_("Mailchimp tells changes at once"), kept[-1].heard_at)


def _results(line: ConnectionLine) -> Iterator[Sign]:
    if line.results_problem:
        yield Sign("look", line.results_problem)
