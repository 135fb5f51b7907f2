"""When a connection runs, compares both sides in full, and reads campaign results."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from listloop.core.errors import NeedsAttention
from listloop.store import schedule
from listloop.store.connections import ConnectionRow, connection
from listloop.store.database import reading
from listloop.store.rhythm import FORMS, parse
from listloop.web.access import services_of
from listloop.web.api.access import READ, SETTINGS, area, caller_of, noted
from listloop.web.api.connections import known_connection
from listloop.web.api.new_connections import setup_of
from listloop.web.api.paging import Line, Number

router = area("schedules")

When = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f]*$", examples=["1h", "02:30", "off"])]


class ScheduleShown(BaseModel):
    """Times are as “listloop schedule set” takes them: 15m, 4h, 02:30, a cron line, or off."""

    runs: str
    next_run: datetime | None
    comparison: str = Field(description="When both sides are read in full and compared.")
    next_comparison: datetime | None
    results: str = Field(description="When campaign results are read.")
    next_results: datetime | None
    zone: str = Field(description="The time zone that times of day are meant in.")


class NewSchedule(BaseModel):
    """What of it changes; what is left out stays."""

    runs: When | None = None
    comparison: When | None = Field(None, description="A time of day, a cron line, or off.")
    results: When | None = None
    zone: Line | None = Field(None, examples=["Europe/Berlin"], description="For the times that are given with it.")


@router.get("/connections/{connection_id}/schedule", dependencies=[READ])
def get_schedule(request: Request, connection_id: Number) -> ScheduleShown:
    """Get when a connection runs by itself, compares both sides in full, and reads campaign results."""
    row = _row(request, connection_id)
    return ScheduleShown(
        runs=row.rhythm.text if row.next_run else "off",
        next_run=row.next_run,
        comparison=row.audit or "off",
        next_comparison=row.next_audit,
        results=row.facts or "off",
        next_results=row.next_facts,
        zone=row.rhythm.zone,
    )


@router.patch("/connections/{connection_id}/schedule", dependencies=[SETTINGS])
def change_schedule(request: Request, connection_id: Number, wanted: NewSchedule) -> ScheduleShown:
    """Change when it does so; 409 says which time can't be read, and nothing is changed."""
    row, setup, who = _row(request, connection_id), setup_of(request), caller_of(request).who
    zone = wanted.zone or row.rhythm.zone
    runs, comparison, results = (
        None if text is None else parse(text, zone) for text in (wanted.runs, wanted.comparison, wanted.results)
    )
    if comparison is not None and not comparison.cron:
        raise NeedsAttention("A full comparison needs a time of day, not an interval.", FORMS, code="schedule")
    if wanted.runs is not None:
        setup.runs(row.id, runs, who)
    if wanted.comparison is not None:
        services = services_of(request)
        schedule.set_audit(services.engine, row.id, comparison, services.now())
        noted(request, f"set the full comparison: {comparison or 'off'}", row.id)
    if wanted.results is not None:
        setup.results(row.id, results, who)
    return get_schedule(request, row.id)


def _row(request: Request, connection_id: int) -> ConnectionRow:
    known = known_connection(request, connection_id)
    with reading(services_of(request).engine).begin() as db:
        return connection(db, known)
