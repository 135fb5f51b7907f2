"""``listloop serve`` as it runs for years: killed in the middle of long calls, and reading results at their times."""

from __future__ import annotations

import time

import httpx2
import pytest

from listloop.cli.mailing import send_campaigns
from listloop.store import schedule
from listloop.store.campaigns import list_campaigns
from listloop.store.database import reading
from listloop.store.rhythm import parse
from listloop.testing.crash.rig import Sandbox
from listloop.wiring import Listloop, utc_now
from tests.endure.town import KEY, done, settled, town_on, wait_until

#: Enough that a run sends them in two bulk calls.
MANY = 1200


def hangs(sandbox: Sandbox) -> bool:
    return any(one["fault"] == "timeout" for one in sandbox.control("journal?last=50")["entries"])


@pytest.mark.parametrize("carried_out", [True, False], ids=["carried out", "lost"])
def test_a_bulk_call_that_hangs_as_the_service_is_killed_is_gone_on_with(
    database_url: str, sandbox: Sandbox, carried_out: bool
) -> None:
    """500 people are in the call; whether it was carried out is looked up, and nobody is made twice or left out."""
    with town_on(database_url, sandbox, 1, MANY) as (town, listloop):
        bulk = {"kind": "timeout", "method": "POST", "path": "/3.0/lists/*", "commit": carried_out}
        sandbox.control("faults", bulk)
        service = town.start("serve")
        town.all_due(listloop, utc_now())
        wait_until(lambda: hangs(sandbox))
        service.kill()
        service.wait()
        begun = time.monotonic()
        again = town.start("serve")
        wait_until(lambda: done(listloop) == 1)
        print(f"finished {time.monotonic() - begun:.0f} s after the restart")  # noqa: T201
        again.terminate()
        assert again.wait(60) == 0
        settled(town, listloop)


def test_the_results_of_a_sent_campaign_come_by_themselves_at_their_own_times(
    database_url: str, sandbox: Sandbox
) -> None:
    """Nobody asks and no run of people is due: the clock of the results alone brings what came of a campaign."""
    with town_on(database_url, sandbox, 1) as (town, listloop):
        (row,) = listloop.connections()
        schedule.set_rhythm(listloop.engine, row.id, None, utc_now())
        schedule.set_facts(listloop.engine, row.id, parse("1m"), utc_now())
        service = town.start("serve")
        wait_until(lambda: facts_are_read(listloop))
        assert campaigns(listloop) == []
        sent = send_campaigns(sandbox.url, KEY, row.audience)
        wait_until(lambda: len(campaigns(listloop)) == sent)
        with httpx2.Client(base_url=sandbox.url, headers={"Authorization": f"Bearer {KEY}"}) as client:
            reports = client.get("/3.0/reports", params={"count": 100}).raise_for_status().json()["reports"]
        wait_until(
            lambda: campaigns(listloop) == sorted((one["campaign_title"], one["emails_sent"]) for one in reports)
        )
        assert done(listloop) == 0
        service.terminate()
        assert service.wait(60) == 0


def facts_are_read(listloop: Listloop) -> bool:
    (row,) = listloop.connections()
    return row.next_facts is not None and not schedule.are_facts_asked(listloop.engine, row.id)


def campaigns(listloop: Listloop) -> list[tuple[str, int]]:
    """Title and number of people of every campaign that was read."""
    (row,) = listloop.connections()
    with reading(listloop.engine).begin() as db:
        return sorted((one.name, one.counted.sent) for one in list_campaigns(db, row.id))
