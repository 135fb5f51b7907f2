"""``listloop campaigns``: what was sent to the audience, with what came of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from listloop.cli.console import OK, out, print_json, table
from listloop.cli.options import COMMON, Common
from listloop.core.facts import in_utc
from listloop.store.campaigns import CampaignRow, list_campaigns
from listloop.store.database import reading


def campaigns(
    search: Annotated[str, Parameter(help="Only with this in the title or the subject.")] = "",
    *,
    kind: Annotated[str, Parameter(help="Only of this kind, in Mailchimp's words: regular, variate, rss …")] = "",
    since: Annotated[datetime | None, Parameter(help="Only those sent from this moment on (UTC).")] = None,
    until: Annotated[datetime | None, Parameter(help="Only those sent before this moment (UTC).")] = None,
    limit: Annotated[int, Parameter(validator=Number(gte=1), help="How many at most.")] = 20,
    common: Common = COMMON,
) -> int:
    """List the audience's campaigns, newest first, with what came of them as far as it was read."""
    with common.row() as (listloop, row), reading(listloop.engine).begin() as db:
        found = list_campaigns(
            db, row.id, words=search, kind=kind, since=in_utc(since), until=in_utc(until), limit=limit
        )
    if common.json:
        print_json([entry(one) for one in found])
        return OK
    if not found:
        narrowed = search or kind or since or until
        out.print(
            "No campaign fits.\n→ “listloop campaigns” lists them all."
            if narrowed
            else "No campaign is known here.\n→ Read them with “listloop results read”."
        )
        return OK
    shown = table("#", "campaign", "sent (UTC)", "#sent", "#opened", "#clicked", "#bounced", "#opted out", "")
    for one in found:
        sums = one.counted
        shown.add_row(
            str(one.id),
            one.name,
            f"{one.sent_at:%Y-%m-%d %H:%M}" if one.sent_at else one.status,
            *(f"{number:,}" for number in (sums.sent, sums.opened, sums.clickers, sums.bounced, sums.left)),
            state(one),
        )
    out.print(shown)
    return OK


def state(row: CampaignRow) -> str:
    """What is to be known beside the numbers."""
    if row.gone:
        return "deleted in Mailchimp"
    return f"{row.unread:,} still to be read" if row.unread else ""


def entry(row: CampaignRow) -> dict[str, Any]:
    """A campaign for scripts."""
    return {
        "campaign": row.id,
        "key": row.key,
        "title": row.title,
        "subject": row.subject,
        "kind": row.kind,
        "status": row.status,
        "sent_at": row.sent_at,
        "counted": asdict(row.counted),
        "report": asdict(row.sums) if row.sums else None,
        "unread": row.unread,
        "read_at": row.read_at,
        "gone": row.gone,
    }
