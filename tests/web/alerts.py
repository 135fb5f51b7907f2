"""Alerts in the world of the pages: one that is told, one that may pass, one that is over."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from listloop.core.alerts import Alert, Kind, Trouble
from listloop.store.alerts import end_alerts, raise_alerts, save_alerts
from tests.web.world import NOW, SCRIPT

HOUR = timedelta(hours=1)


def alert(kind: Kind, about: str, text: str, fix: str, *, told: bool = True) -> Alert:
    """Something that has been wrong for an hour."""
    return Alert(Trouble(f"{kind}/{about}", kind, about, text, fix), NOW - HOUR, NOW, NOW - HOUR if told else None)


def fill_alerts(db: Connection) -> None:
    """Put them into the database."""
    late = alert(Kind.LATE, "Customers", "It was due at 2026-11-19 11:00 UTC.", "Look at the log of the service.")
    disk = alert(Kind.DISK, "This machine", SCRIPT, "Make room, or move the database.", told=False)
    over = alert(Kind.FAILED_RUN, SCRIPT, "Sage CRM did not answer.", "")
    save_alerts(db, [late, disk], [])
    raise_alerts(db, [over])
    end_alerts(db, [over.trouble.key], NOW)
    raise_alerts(db, [late])
