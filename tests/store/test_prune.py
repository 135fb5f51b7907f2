"""What is old goes, what is needed stays."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, insert, select

from listloop.core.facts import Campaign, Event, Sums
from listloop.store import prune as module
from listloop.store.campaigns import change_campaign, due_campaigns, list_campaigns, save_campaigns
from listloop.store.installation import audit
from listloop.store.prune import Keep, prune
from listloop.store.responses import counted, save_events
from listloop.store.tables import decisions, events, history, nos, runs
from tests.store.conftest import NOON

DAY = timedelta(days=1)


def add_run(
    engine: Engine, connection_id: int, number: int, *, days: int, state: str = "done", write: str = "done"
) -> int:
    at = NOON - days * DAY
    with engine.begin() as db:
        values = {"connection_id": connection_id, "number": number, "trigger": "schedule", "state": state}
        made = db.execute(insert(runs).values(**values, started_at=at, finished_at=at).returning(runs.c.id))
        run = int(made.scalar_one())
        db.execute(insert(decisions).values(run_id=run, person_id=1, action="update", crm_state=write))
        line = {"connection_id": connection_id, "person_id": 1, "run_id": run, "at": at, "side": "crm", "what": "field"}
        db.execute(insert(history).values(line))
        db.execute(insert(audit).values(at=at, who="x", what="y"))
        no = {"connection_id": connection_id, "address": "a@a", "side": "crm", "origin": "person", "said_at": ""}
        db.execute(insert(nos).values(**no, noted_at=at))
    return run


def left(engine: Engine) -> dict[str, int]:
    with engine.connect() as db:
        return {
            table.name: int(db.scalar(select(func.count()).select_from(table)) or 0)
            for table in (runs, decisions, history, audit, nos)
        }


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NEWEST", 2)
    monkeypatch.setattr(module, "CHUNK", 2)


def test_old_runs_go_with_their_decisions_and_refusals_never(engine: Engine, connection_id: int) -> None:
    for number in range(1, 11):
        add_run(engine, connection_id, number, days=1000 - number)
    assert prune(engine, Keep(), NOON, dry=True)["runs"] == 8
    assert left(engine)["runs"] == 10
    gone = prune(engine, Keep(), NOON)
    assert (gone["runs"], gone["decisions"], gone["history"]) == (8, 8, 10)
    assert left(engine) == {"runs": 2, "decisions": 2, "history": 0, "audit": 10, "nos": 10}
    assert not any(prune(engine, Keep(), NOON).values())


def test_what_waits_or_was_interrupted_stays_however_old(engine: Engine, connection_id: int) -> None:
    waiting = add_run(engine, connection_id, 1, days=500, state="waiting", write="planned")
    broken = add_run(engine, connection_id, 2, days=500, state="failed", write="intended")
    for number in range(3, 8):
        add_run(engine, connection_id, number, days=400)
    prune(engine, Keep(), NOON)
    with engine.connect() as db:
        kept = set(db.execute(select(runs.c.id)).scalars())
    assert {waiting, broken} <= kept
    assert len(kept) == 4


def test_nought_days_keep_for_ever(engine: Engine, connection_id: int) -> None:
    for number in range(1, 6):
        add_run(engine, connection_id, number, days=5000)
    prune(engine, Keep(runs=0, history=0, audit=0), NOON)
    assert left(engine)["runs"] == 5
    prune(engine, Keep(runs=0, history=0, audit=10), NOON)
    assert left(engine)["audit"] == 0


def test_who_did_what_with_an_old_campaign_goes_and_its_numbers_stay(engine: Engine, connection_id: int) -> None:
    """A report that moves afterwards is read in full again; what it then brings back goes the next night."""
    sums = Sums(sent=2, opens=1, openers=1)
    told = [
        Campaign(key, key, key, "sent", (NOON - days * DAY).isoformat(), 2, sums=sums)
        for key, days in (("old", 400), ("new", 30))
    ]
    with engine.begin() as db:
        save_campaigns(db, connection_id, told)
        for row in list_campaigns(db, connection_id):
            page = [Event(row.key, one, "sent", "") for one in ("a@a.example", "b@b.example")]
            save_events(db, row, [*page, Event(row.key, "a@a.example", "opened", NOON.isoformat())])
            change_campaign(db, row.id, counted=counted(db, row.id), read_sums=sums, since="2026-01-01T00:00:00Z")
    assert not prune(engine, Keep(), NOON).get("responses")
    assert prune(engine, Keep(results=365), NOON, dry=True)["responses"] == 2
    assert prune(engine, Keep(results=365), NOON)["responses"] == 2
    with engine.begin() as db:
        new, old = list_campaigns(db, connection_id)
        assert (counted(db, new.id).sent, counted(db, old.id).sent) == (2, 0)
        assert (old.counted.sent, old.counted.openers, old.since) == (2, 1, "")
        assert new.since
        assert due_campaigns(db, connection_id) == []
        assert int(db.scalar(select(func.count()).select_from(events)) or 0) == 1
