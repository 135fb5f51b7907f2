"""A connection between the Maximizer stand-in, over HTTP, and an audience in memory; both clocks move together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from listloop.core.people import Consent, Record
from listloop.core.rules import Rules
from listloop.core.side import FieldType
from listloop.crm.maximizer import MaximizerCrm
from listloop.crm.view import seen_by
from listloop.store.connections import add_connection
from listloop.store.database import create_all, open_database
from listloop.store.people import PersonRow, everybody, standings
from listloop.store.runs import RunRow
from listloop.sync.context import Scope, Sync
from listloop.sync.run import approve, run_once
from listloop.testing.builders import AUDIENCE_SCHEMA, row, rules
from listloop.testing.memory import Clock, MemoryAudience
from tests.crm.maximizer.hands import MaximizerHands

PAIRS = (("FirstName", "FNAME"), ("LastName", "LNAME"), ("Address/City", "CITY"), ("CompanyName", "COMPANY"))


@dataclass
class Loop:
    """Both ends, and short words for what a test does."""

    engine: Engine
    crm: MaximizerCrm
    hands: MaximizerHands
    audience: MemoryAudience
    clock: Clock
    sync: Sync

    def turn(self, scope: Scope | None = None) -> RunRow:
        """An hour passes, and a run goes through, with its yes where it waits for the first one."""
        self.clock.move(3_600)
        self.hands.wait(3_600)
        done = run_once(self.sync, "schedule", scope)
        if done.state == "waiting":
            done = approve(self.sync, done.id, "test")
        return done

    def settle(self) -> None:
        """Run until nothing is written."""
        for _ in range(5):
            done = self.turn()
            if not sum(done.counts.get(f"{side}_done", 0) for side in ("crm", "mailchimp")):
                return
        raise AssertionError("still writing after 5 runs")

    def people(self) -> dict[str, Record]:
        """The people of the Address Book, by last name."""
        return {one.person.fields["LastName"]: one for page in self.crm.changes(None) for one in page.records}

    def members(self) -> dict[str, Record]:
        """The members, by address."""
        return {one.email: one for one in self.audience.records()}

    def rows(self) -> dict[str, PersonRow]:
        """The population as the store has it, by the CRM's key, else the member's."""
        with self.engine.begin() as db:
            found = list(everybody(db, self.sync.connection_id))
        return {(one.crm or one.mailchimp).key: one for one in found}  # type: ignore[union-attr]

    def standings(self) -> dict[str, int]:
        """How many stand where."""
        with self.engine.begin() as db:
            return standings(db, self.sync.connection_id)


def make_loop(folder: Path, crm: MaximizerCrm, hands: MaximizerHands, wanted: Rules | None = None) -> Loop:
    """The two connected, with names, city and company mapped, and flags of duplicates set to No as for Maximizer."""
    arranged = crm.set_up()
    here = crm.schema()
    pairs = [row(field, there) for name, there in PAIRS if (field := here.field(name))]
    size, theirs = next(one for one in here.fields if one.title == "Region"), AUDIENCE_SCHEMA.field("SIZE")
    assert theirs is not None
    audience_schema = replace(
        AUDIENCE_SCHEMA,
        fields=tuple(
            replace(one, choices=("North", "South")) if one is theirs else one for one in AUDIENCE_SCHEMA.fields
        ),
    )
    pairs.append(row(size, replace(theirs, choices=("North", "South"), type=FieldType.CHOICE)))
    made = wanted or replace(
        rules(*pairs),
        last_name="LastName",
        unknown_consent=Consent.SUBSCRIBED,
        older_id=arranged.older_id,
        duplicate_flag_no=arranged.duplicate_flag_no,
    )
    engine = open_database(folder / "loop.sqlite")
    create_all(engine)
    clock = Clock(datetime.fromtimestamp(hands.server.standin.clock.now(), UTC))
    audience = MemoryAudience(audience_schema, "audience", clock)
    with engine.begin() as db:
        number = add_connection(
            db, name="loop", crm="maximizer", crm_settings={}, audience="a", rules=made, now=clock()
        )
    return Loop(engine, crm, hands, audience, clock, Sync(engine, number, seen_by(crm, made), audience, now=clock))
