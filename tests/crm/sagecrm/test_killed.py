"""Killed at any request, communications stand in Sage CRM once each, and none of them belongs to nobody."""

from __future__ import annotations

from collections import Counter

import pytest

from listloop.core.side import Communication
from listloop.crm.sagecrm import SageCrm
from listloop.crm.sagecrm.client import SageClient
from listloop.sandbox.sagecrm.standin import SageCrm as StandIn
from tests.crm.dying import Dying, Killed
from tests.crm.sagecrm.wire import ADDRESS, OPTIONS, PASSWORD, USER, Hands, Straight

PEOPLE, KINDS = 7, ("sent", "clicked")


def dying(standin: StandIn, number: int, *, heard: bool) -> SageCrm:
    """The adapter, of which no more than so many requests are heard of."""
    transport = Dying(Straight(standin), number, heard=heard)
    return SageCrm(SageClient(ADDRESS, USER, PASSWORD, transport=transport), OPTIONS, 10, None)


def told(keys: list[str]) -> list[Communication]:
    """The same mail to all of them, at the same moment, in the same words: nothing but the person tells them apart."""
    at = "2027-01-15T08:00:00+00:00"
    return [
        Communication(campaign, key, kind, at, "News") for campaign in ("c1", "c2") for key in keys for kind in KINDS
    ]


@pytest.mark.parametrize("links", ["exposed", "hidden"])
@pytest.mark.parametrize("heard", [True, False])
def test_each_is_there_once_and_belongs_to_somebody(standin: StandIn, hands: Hands, *, heard: bool, links: str) -> None:
    """Killed at the first request, then at the second, and so on until it is done; with Comm_Link, and without."""
    hands.switch(links=links)
    keys = [hands.add(f"p{number}@acme.example", {}) for number in range(PEOPLE)]
    kills, ended = 0, False
    while not ended:
        side = dying(standin, kills + 1, heard=heard)
        try:
            assert all(one.error is None for one in side.append(told(keys)))
            ended = True
        except Killed:
            kills += 1
        finally:
            side.close()
    here = {row["comm_communicationid"]: row for row in hands.rows("Communication") if not row.get("comm_deleted")}
    owners = Counter(
        (str(link["cmli_comm_personid"]), here[link["cmli_comm_communicationid"]]["comm_mailchimpcampaignid"])
        for link in hands.rows("Comm_Link")
        if not link.get("cmli_deleted")
    )
    assert owners == Counter((key, campaign) for key in keys for campaign in ("c1", "c2"))
    assert len(here) == len(owners)
    assert all(row["comm_note"].count("\n") == len(KINDS) - 1 for row in here.values())
    assert kills > PEOPLE
