"""A connection of the sandbox's audience with a CRM in memory, for what came of campaigns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select

from listloop.core.facts import Sums, differences
from listloop.core.side import Field
from listloop.mailchimp.audience import MailchimpAudience
from listloop.store.campaigns import CampaignRow, list_campaigns
from listloop.store.connections import add_connection
from listloop.store.database import create_all, open_database
from listloop.store.tables import events, responses
from listloop.sync.context import Sync
from listloop.sync.facts import Imported, import_facts
from listloop.testing.builders import CRM_SCHEMA, row, rules
from listloop.testing.memory import MemoryCrm
from tests.mailchimp.conftest import LIST, SandboxHands

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULES = rules(row(CRM_SCHEMA.fields[0], Field("FNAME", "First Name")))
BUSY = {"open": 0.5, "click": 0.2, "unsubscribe": 0.05, "complain": 0.02, "hard_bounce": 0.03, "soft_bounce": 0.05}


@dataclass
class Desk:
    """A connection of the sandbox's audience with a CRM in memory."""

    engine: Engine
    sync: Sync
    hands: SandboxHands

    def read(self) -> Imported:
        """Import until nothing is left."""
        done = import_facts(self.sync)
        while done.more:
            done = import_facts(self.sync)
        return done

    def campaigns(self) -> dict[str, CampaignRow]:
        """The campaigns by title."""
        with self.engine.begin() as db:
            return {one.title: one for one in list_campaigns(db, self.sync.connection_id)}

    def all_campaigns(self) -> list[CampaignRow]:
        """All campaigns, newest first; several may have the same title."""
        with self.engine.begin() as db:
            return list_campaigns(db, self.sync.connection_id)

    def rows(self) -> tuple[int, int]:
        """How many recipients and events are stored."""
        with self.engine.begin() as db:
            counted = [db.scalar(select(func.count()).select_from(one)) for one in (responses, events)]
        return int(counted[0] or 0), int(counted[1] or 0)

    def asked(self) -> list[str]:
        """The parts of reports that were asked for since the last time, and forget them."""
        entries = self.hands.running.control("journal?last=1000")["entries"]
        self.hands.running.control("journal", method="DELETE")
        return [one["path"].partition("/3.0")[2] for one in entries if "/reports/" in one["path"]]


def agree(row: CampaignRow) -> Sums:
    """The sums over people, which are the report's."""
    assert row.sums is not None
    assert differences(row.sums, row.counted) == ()
    return row.counted


@contextmanager
def opened_desk(audience: MailchimpAudience, hands: SandboxHands, folder: Path) -> Iterator[Desk]:
    """Such a connection, which has run never."""
    engine = open_database(folder / "desk.sqlite")
    create_all(engine)
    with engine.begin() as db:
        made = add_connection(db, name="desk", crm="memory", crm_settings={}, audience=LIST, rules=RULES, now=NOON)
    yield Desk(engine, Sync(engine, made, MemoryCrm(CRM_SCHEMA), audience), hands)
    engine.dispose()
