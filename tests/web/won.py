"""Deals of the small world: one won by a campaign, one without, one without anybody, one in dollars."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from sqlalchemy import Engine, select

from listloop.core.side import Audience, Crm, Deal, Field
from listloop.store.closings import save_deal_fields
from listloop.store.deals import save_deals
from listloop.store.tables import people, records
from listloop.sync.closing import reckon
from listloop.sync.context import Sync
from tests.web.world import NOW

WON = (NOW - timedelta(days=1)).isoformat()


def fill_deals(engine: Engine, person_id: int) -> int:
    """The number of the connection."""
    with engine.begin() as db:
        found = select(people.c.connection_id, records.c.key).join(records, people.c.crm_record == records.c.id)
        connection_id, key = db.execute(found.where(people.c.id == person_id)).one()
        save_deals(
            db,
            connection_id,
            [
                Deal("1", "Licences <b>2026</b>", "won", 123_456, "EUR", WON, (key,), "Acme"),
                Deal("2", "Training", "won", 50_000, "EUR", (NOW - timedelta(days=40)).isoformat(), (key,)),
                Deal("3", "Walk-in", "won", 1_000, "EUR", WON),
                Deal("4", "Overseas", "won", 70_000, "USD", WON, (key,)),
                Deal("5", "Perhaps", "open", 9_900, "EUR", "", (key,)),
            ],
        )
    with engine.begin() as db:
        save_deal_fields(db, connection_id, [Field("campaign", "Campaign", max_chars=100)])
    nobody = cast("Crm", None)  # nothing is asked of either side
    reckon(Sync(engine, connection_id, nobody, cast("Audience", None), now=lambda: NOW))
    return int(connection_id)
