"""Whom a webhook or a button named is looked at, whatever became of that address meanwhile."""

from __future__ import annotations

import pytest

from listloop.core.people import SideName
from listloop.store import inbox
from listloop.store.runs import start_run
from listloop.sync import looks
from listloop.sync.context import Sync
from listloop.sync.reading import read_inbox
from tests.sync.stage import RULES, Stage


def say(stage: Stage, *addresses: str) -> None:
    """A webhook names these addresses, and a run looks into its inbox and nowhere else."""
    connection_id = stage.sync.connection_id
    with stage.engine.begin() as db:
        for address in addresses:
            inbox.put(db, connection_id, side=SideName.MAILCHIMP, source="webhook", address=address, at=stage.clock())
        run = start_run(db, connection_id, "webhook", stage.clock())
    assert read_inbox(stage.sync, run)
    with stage.engine.begin() as db:
        assert inbox.take(db, connection_id) == []


def test_a_change_of_address_is_seen_though_the_old_one_is_all_that_was_told(stage: Stage) -> None:
    key = stage.audience.add("Ann@a.example", {"FNAME": "Ann"})
    stage.settle()
    stage.audience.change_address(key, "ann@b.example")
    say(stage, "ANN@a.example")
    assert "ann@b.example" in {one.mailchimp.email for one in stage.people().values() if one.mailchimp}


def test_who_was_deleted_is_asked_for_and_gone_when_two_runs_missed_it(stage: Stage) -> None:
    key = stage.audience.add("ann@a.example", {"FNAME": "Ann"})
    stage.settle()
    stage.audience.delete(key)
    say(stage, "ann@a.example")
    assert not any(one.dirty for one in stage.people().values())
    say(stage, "ann@a.example")
    assert all(one.dirty for one in stage.people().values())


def test_who_was_named_twice_or_is_unknown_harms_nobody(stage: Stage) -> None:
    stage.audience.add("ann@a.example", {"FNAME": "Ann"})
    stage.settle()
    say(stage, "ann@a.example", "nobody@a.example", "ANN@A.EXAMPLE")
    assert set(stage.people()) == {"ann@a.example"}


def test_a_run_ends_though_somebody_is_named_at_every_look(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of them is the next run's: nobody who was named is lost."""
    stage.audience.add("ann@a.example", {"FNAME": "Ann"})
    stage.rules(RULES)
    seen: list[int] = []

    def busy(sync: Sync, run_id: int) -> bool:
        seen.append(run_id)
        assert len(seen) < 10 * looks.LOOKS, "the run never ends"
        with stage.engine.begin() as db:
            for key in (f"n{len(seen)}@a.example", "ann@a.example"):
                inbox.put(
                    db, sync.connection_id, side=SideName.MAILCHIMP, source="webhook", address=key, at=stage.clock()
                )
        return read_inbox(sync, run_id)

    monkeypatch.setattr(looks, "read_inbox", busy)
    assert stage.run().state == "done"
    assert len(seen) == looks.LOOKS
    with stage.engine.begin() as db:
        assert inbox.take(db, stage.sync.connection_id) == []
