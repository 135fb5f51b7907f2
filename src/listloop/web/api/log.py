"""The audit log."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request
from pydantic import BaseModel, Field

from listloop.store import audit
from listloop.store.database import reading
from listloop.web.access import services_of
from listloop.web.api.access import AUDIT, area
from listloop.web.api.paging import Cursor, Limit, Page, number, page_of

router = area("audit log")


class EntryShown(BaseModel):
    """Who did what, when and from where."""

    id: int
    at: datetime
    who: str
    what: str
    connection_id: int | None
    address: str = Field(description="The network address; empty for the command line.")


@router.get("/audit", dependencies=[AUDIT])
def list_audit_log(request: Request, cursor: Cursor = "", limit: Limit = 50) -> Page[EntryShown]:
    """List who did what, the newest first. For tokens of administrators."""
    before = number(cursor)
    with reading(services_of(request).engine).begin() as db:
        found = audit.entries(db, before=before or None, limit=limit + 1)
    last = found[limit - 1].id if len(found) > limit else 0
    items = [
        EntryShown(
            id=one.id, at=one.at, who=one.who, what=one.what, connection_id=one.connection_id, address=one.address
        )
        for one in found
    ]
    return page_of(items, limit, str(last))
