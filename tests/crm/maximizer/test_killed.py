"""Killed at any request, communications stand in Maximizer once each."""

from __future__ import annotations

from collections import Counter

import httpx2
import pytest

from listloop.core.side import Communication
from listloop.crm.maximizer import MaximizerCrm
from listloop.crm.maximizer.answers import Ident, ident_of, read_key
from listloop.crm.maximizer.client import Octopus
from listloop.crm.maximizer.facts import place
from listloop.crm.maximizer.walk import KEY, Walk
from listloop.sandbox.server import Running
from tests.crm.dying import Dying, Killed
from tests.crm.maximizer.hands import SIGN_IN, MaximizerHands

PEOPLE, KINDS = 5, ("sent", "clicked")


def opened(server: Running, transport: httpx2.BaseTransport | None = None) -> Octopus:
    """A client of the stand-in; waiting is done by its clock."""

    def wait(seconds: float) -> None:
        server.control("clock", {"step": int(seconds) + 1})

    return Octopus(f"{server.url}/MaximizerWebData/Data.svc/json", SIGN_IN, wait=wait, transport=transport)


def told(keys: list[str]) -> list[Communication]:
    """The same mail to all of them, at the same moment, in the same words."""
    at = "2027-01-15T08:00:00+00:00"
    return [Communication("c1", key, kind, at, "News") for key in keys for kind in KINDS]


@pytest.mark.parametrize("heard", [True, False])
def test_each_is_there_once(server: Running, hands: MaximizerHands, crm: MaximizerCrm, *, heard: bool) -> None:
    """Killed at the first request, then at the second, and so on until it is done."""
    keys = [hands.add(f"p{number}@acme.example", {"LastName": f"P{number}"}) for number in range(PEOPLE)]
    kills, ended = 0, False
    while not ended:
        side = MaximizerCrm(opened(server, Dying(httpx2.HTTPTransport(), kills + 1, heard=heard)), size=10)
        try:
            assert all(one.error is None for one in side.append(told(keys)))
            ended = True
        except Killed:
            kills += 1
            hands.wait(700)  # the session of who died ends by itself
        finally:
            side.close()
    assert written(crm) == Counter(dict.fromkeys(((read_key(key), kind) for key in keys for kind in KINDS), 1))
    assert kills > PEOPLE


def written(crm: MaximizerCrm) -> Counter[tuple[Ident | None, str]]:
    """The communications of all entries, by entry and kind."""
    where = place(crm.reader)
    scope = {"Key": KEY, where.above: KEY, where.text: 1}
    date = "DateTime" if where.thing == "Note" else "StartDate"
    pages = Walk(crm.client, where.thing, scope, [], date=date, size=500).pages(0)
    rows = [row for page, _ in pages for row in page]
    return Counter((ident_of(row[where.above]), str(row[where.text]).rpartition(":")[2].rstrip("]")) for row in rows)
