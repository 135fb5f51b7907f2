"""Alerts: what is wrong now, what was, and from when on something is told as wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from listloop.core.alerts import Kind, Limits
from listloop.store.alerts import checked, known_alerts, limits_of, past_alerts, set_limits
from listloop.store.database import reading
from listloop.web.access import services_of
from listloop.web.api.access import READ, SETTINGS, area, noted
from listloop.web.api.paging import Cursor, Limit, Line, Page, number, page_of

router = area("alerts")

Number = Annotated[int, Field(ge=0, le=100_000_000)]


class AlertShown(BaseModel):
    """Something that is wrong now."""

    kind: Kind
    about: str = Field(description="The connection's name, or the machine.")
    text: str
    fix: str = Field(description="The next step.")
    since: datetime
    told_at: datetime | None = Field(description="Null: it has not lasted long enough to be told.")


class Alerts(BaseModel):
    """Everything that was wrong at the service's last look, within half a minute; the oldest first."""

    items: list[AlertShown]


class PastShown(BaseModel):
    """Something that was told as wrong."""

    id: int
    kind: Kind
    about: str
    text: str
    since: datetime
    over_at: datetime | None = Field(description="Null: it lasts.")


class LimitsShown(BaseModel):
    """From when on something is told as wrong, and when the digest comes."""

    late: Number = Field(description="Minutes after which a run that is due is late.")
    share: Number = Field(description="Percent of a connection's people from which on failures are many …")
    number: Number = Field(description="… and their number.")
    room: Number = Field(description="MiB that should be free on the disk of a SQLite file, beside its own size.")
    patience: Number = Field(description="Minutes for which a trouble has to last before it is told.")
    calm: Number = Field(description="Minutes for which it has to be gone before that is told.")
    again: Number = Field(description="Hours after which it is told again while it lasts.")
    digest: Line = Field(description="The time of day of the digest, such as 07:00; empty: never.")
    zone: Line = Field(description="The time zone of that time, such as Europe/Berlin.")


@router.get("/alerts", dependencies=[READ])
def list_alerts(request: Request) -> Alerts:
    """List what is wrong now, with what to do."""
    with reading(services_of(request).engine).begin() as db:
        known = sorted(known_alerts(db).values(), key=lambda one: one.first)
    return Alerts(
        items=[
            AlertShown(
                kind=one.trouble.kind,
                about=one.trouble.about,
                text=one.trouble.text,
                fix=one.trouble.fix,
                since=one.first,
                told_at=one.told,
            )
            for one in known
        ]
    )


@router.get("/alerts/history", dependencies=[READ])
def list_past_alerts(request: Request, cursor: Cursor = "", limit: Limit = 50) -> Page[PastShown]:
    """List what was told as wrong, the newest first."""
    before = number(cursor)
    with reading(services_of(request).engine).begin() as db:
        found = past_alerts(db, before=before or None, limit=limit + 1)
    last = found[limit - 1].id if len(found) > limit else 0
    items = [
        PastShown(id=one.id, kind=one.kind, about=one.about, text=one.text, since=one.first, over_at=one.over)
        for one in found
    ]
    return page_of(items, limit, str(last))


@router.get("/settings/alerts", dependencies=[READ])
def get_alert_limits(request: Request) -> LimitsShown:
    """Get from when on something is told as wrong, and when the digest comes."""
    with reading(services_of(request).engine).begin() as db:
        found = limits_of(db)
    return LimitsShown(**{name: getattr(found, name) for name in LimitsShown.model_fields})


@router.put("/settings/alerts", dependencies=[SETTINGS])
def set_alert_limits(request: Request, wanted: LimitsShown) -> LimitsShown:
    """Set it; 409 names what can't be used."""
    limits = checked(Limits(**wanted.model_dump()))
    with services_of(request).engine.begin() as db:
        set_limits(db, limits)
    noted(request, "changed from when on something is told as wrong")
    return get_alert_limits(request)
