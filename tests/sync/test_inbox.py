"""Whom a webhook or a button named is looked at, whatever became of that address meanwhile."""

from __future__ import annotations

from listloop.core.people import SideName
from listloop.store import inbox
from listloop.store.runs import start_run
from listloop.sync.reading import read_inbox
from tests.sync.stage import Stage


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
