"""Overnight, as the built-in integration did: an unsubscribe waits by day, and is an opt-out at the hour set."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

from listloop.sandbox.server import Running
from listloop.service.memory import MemoryJobs
from listloop.settings import Settings
from listloop.wiring import open_listloop
from tests.cli.stage import Cli
from tests.cli.test_sagecrm import joined, person, sage, synced

__all__ = ["joined", "sage", "synced"]

PATIENCE = 150.0
"""Seconds after which a run that has not ended will not end."""


class Night:
    """The service between two nights: a clock that the test moves, both stand-ins with it, and a tick by hand."""

    def __init__(self, cli: Cli, sage: Running, now: datetime) -> None:
        self.cli, self.sage, self.now = cli, sage, now

    def tick(self, at: datetime) -> list[str]:
        """One tick of the service at this moment, with all that it begins; the triggers of its runs."""
        for standin in (self.cli.mailchimp, self.sage):
            standin.control("clock", {"step": round((at - self.now).total_seconds())})
        self.now, begun = at, []
        with closing(open_listloop(Settings(database=str(self.cli.database)))) as listloop:
            listloop.now = lambda: at

            def run(connection_id: int, trigger: str) -> None:
                begun.append(trigger)
                listloop.run(connection_id, trigger)

            jobs = MemoryJobs(listloop.engine, run, every=None, now=lambda: at)
            jobs.start()
            jobs.tick()
            assert jobs.stop(PATIENCE)
        return begun


def opted_out(sage: Running) -> set[str]:
    rows = sage.control("rows/list", {"table": "Person"})["rows"]
    return {str(one["pers_firstname"]) for one in rows if one.get("pers_optout") == "Y"}


def test_p10_an_unsubscribe_waits_for_the_night_and_is_an_opt_out_in_the_morning(synced: Cli, sage: Running) -> None:
    """P10 nightly unsubscribe → `Pers_OptOut`: whole, by the service at the hour that the administrator set."""
    noon = datetime.now(UTC).replace(second=0, microsecond=0)
    due = noon + timedelta(hours=12)
    for said in (("set", f"{due:%H:%M}"), ("audit", "off"), ("results", "off")):
        assert synced("schedule", *said).code == 0
    (row,) = synced("schedule", "--json").json
    assert datetime.fromisoformat(row["next_run"]) == due
    night = Night(synced, sage, noon)
    synced.mailchimp.control("people/unsubscribe", {"email": "ann@archer.example"})
    before = person(sage, "Ann")
    assert night.tick(due - timedelta(minutes=1)) == []
    assert person(sage, "Ann") == before
    assert night.tick(due) == ["schedule"]
    assert opted_out(sage) == {"Ann", "Dan"}
    assert person(sage, "Ann")["pers_mc_status"] == "unsubscribed"
    synced.mailchimp.control("people/unsubscribe", {"email": "bob@brown.example"})
    assert night.tick(due + timedelta(hours=12)) == []
    assert opted_out(sage) == {"Ann", "Dan"}
    assert night.tick(due + timedelta(hours=25)) == ["schedule"]
    assert opted_out(sage) == {"Ann", "Bob", "Dan"}
