"""A connection of two in-memory sides on a database of its own, with a clock that the test moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from listloop.core.people import Consent
from listloop.core.rules import Rules
from listloop.store.connections import add_connection, change_connection, connection, save_rules
from listloop.store.database import create_all, open_database
from listloop.store.people import PersonRow, everybody, standings
from listloop.store.runs import RunRow
from listloop.sync.context import Scope, Sync
from listloop.sync.run import approve, run_once
from listloop.testing.builders import AUDIENCE_SCHEMA, CRM_SCHEMA, label_row, row, rules
from listloop.testing.memory import Clock, MemoryAudience, MemoryCrm

RULES = replace(
    rules(
        row(CRM_SCHEMA.fields[0], AUDIENCE_SCHEMA.fields[0]),
        row(CRM_SCHEMA.fields[1], AUDIENCE_SCHEMA.fields[1]),
        row(CRM_SCHEMA.fields[2], AUDIENCE_SCHEMA.fields[2]),
        row(CRM_SCHEMA.fields[3], AUDIENCE_SCHEMA.fields[3]),
        row(CRM_SCHEMA.fields[4], AUDIENCE_SCHEMA.fields[4]),
        label_row("customers", "customer"),
    ),
    last_name="Last",
    unknown_consent=Consent.SUBSCRIBED,
)


@dataclass
class Stage:
    """Both sides, the connection, and short words for what a test does."""

    engine: Engine
    crm: MemoryCrm
    audience: MemoryAudience
    clock: Clock
    sync: Sync

    def run(self, scope: Scope | None = None, minutes: float = 60) -> RunRow:
        """Let an hour pass, run, and give the yes where the plan waits for the first one."""
        self.clock.move(minutes * 60)
        done = run_once(self.sync, "schedule", scope)
        if done.state == "waiting" and not done.counts.get("crm_done") and not done.counts.get("mailchimp_done"):
            done = approve(self.sync, done.id, "test")
        return done

    def settle(self, runs: int = 5) -> RunRow:
        """Run until nothing is written, at most so many times."""
        counts: list[dict[str, int]] = []
        for _ in range(runs):
            done = self.run()
            if writes(done) == 0:
                return done
            counts.append(done.counts)
        raise AssertionError(f"still writing after {runs} runs: {counts}")

    def rules(self, wanted: Rules) -> None:
        """Change the rules and give them their yes."""
        with self.engine.begin() as db:
            save_rules(db, self.sync.connection_id, wanted)
            changed = connection(db, self.sync.connection_id)
            change_connection(db, self.sync.connection_id, approved_rules=changed.digest)

    def people(self) -> dict[str, PersonRow]:
        """The population by e-mail (or key, without one)."""
        with self.engine.begin() as db:
            found = list(everybody(db, self.sync.connection_id))
        return {(one.crm or one.mailchimp).email or (one.crm or one.mailchimp).key: one for one in found}  # type: ignore[union-attr]

    def standings(self) -> dict[str, int]:
        """How many people stand where."""
        with self.engine.begin() as db:
            return standings(db, self.sync.connection_id)


def writes(run: RunRow) -> int:
    """How many changes a run wrote or was refused."""
    return sum(run.counts.get(f"{side}_{state}", 0) for side in ("crm", "mailchimp") for state in ("done", "refused"))


def make_stage(folder: Path, wanted: Rules = RULES, database: str = "") -> Stage:
    """A stage with two empty sides."""
    engine = open_database(database or folder / "stage.sqlite")
    create_all(engine)
    clock = Clock()
    crm = MemoryCrm(CRM_SCHEMA, "crm", clock)
    audience = MemoryAudience(AUDIENCE_SCHEMA, "audience", clock)
    with engine.begin() as db:
        connection_id = add_connection(
            db, name="stage", crm="memory", crm_settings={}, audience="a", rules=wanted, now=clock()
        )
    return Stage(engine, crm, audience, clock, Sync(engine, connection_id, crm, audience, now=clock))
