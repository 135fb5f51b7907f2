"""What came of a campaign to 100,000 people is imported in 100 pages of activity, and once more with none."""

from __future__ import annotations

import os
import time
from pathlib import Path

import httpx2

from listloop.core.facts import differences
from listloop.settings import Settings
from listloop.store.campaigns import list_campaigns
from listloop.store.database import reading
from listloop.testing.crash.rig import KEY, Sandbox
from listloop.wiring import Listloop, open_listloop

RECIPIENTS = int(os.environ.get("RECIPIENTS", "100000"))
RATES = {
    "open": 0.4,
    "click": 0.1,
    "unsubscribe": 0.002,
    "complain": 0.002,
    "hard_bounce": 0.005,
    "soft_bounce": 0.005,
}


def sent(sandbox: Sandbox) -> None:
    """A campaign to everybody, a week ago; nobody's mail program opens anything by itself."""
    members = [{"email_address": f"p{n}@mailed{n % 50}.example", "status": "subscribed"} for n in range(RECIPIENTS)]
    sandbox.control("seed", {"lists": [{"name": "News", "members": members}]})
    sandbox.control("rates", RATES | {"proxy": 0})
    with httpx2.Client(base_url=f"{sandbox.url}/3.0", auth=("any", KEY), timeout=300) as api:
        list_id = api.get("/lists").json()["lists"][0]["id"]
        settings = {"title": "May", "subject_line": "May", "from_name": "S", "reply_to": "s@corp.example"}
        body = {"type": "regular", "recipients": {"list_id": list_id}, "settings": settings}
        key = api.post("/campaigns", json=body).json()["id"]
        api.put(f"/campaigns/{key}/content", json={"html": '<a href="https://shop.example/new">New</a>'})
        assert api.post(f"/campaigns/{key}/actions/send").status_code == 204
        until = time.monotonic() + 500
        while api.get("/reports?fields=reports.emails_sent").json()["reports"][:1] != [{"emails_sent": RECIPIENTS}]:
            assert time.monotonic() < until
            sandbox.control("clock", {"step": 86400})
            time.sleep(1)
    sandbox.control("clock", {"step": 7 * 86400})


def asked(sandbox: Sandbox) -> list[str]:
    """The paths that were asked for since the last time, and forget them."""
    entries = sandbox.control("journal?last=1000")["entries"]
    sandbox.control("journal", method="DELETE")
    return [one["path"].partition("/3.0")[2].partition("?")[0] for one in entries if "/3.0" in one["path"]]


def imported(listloop: Listloop) -> int:
    """Import until nothing is left; how many pages of events that took."""
    pages, more = 0, True
    while more:
        done = listloop.import_facts(1)
        pages, more = pages + done.pages, done.more
    return pages


def test_a_hundred_thousand_recipients_take_a_hundred_pages_and_then_none(sandbox: Sandbox, tmp_path: Path) -> None:
    sent(sandbox)
    listloop = open_listloop(Settings(database=str(tmp_path / "results.sqlite")))
    try:
        base_url = f"{sandbox.url}/3.0"
        (audience,) = listloop.audiences(KEY, base_url)
        listloop.connect(
            name="News", crm="local", crm_settings={}, api_key=KEY, audience=audience.id, base_url=base_url
        )
        asked(sandbox)
        begun = time.process_time()
        pages = imported(listloop)
        took, first = time.process_time() - begun, asked(sandbox)
        activity = sum(one.endswith("/email-activity") for one in first)
        again, second = imported(listloop), asked(sandbox)
        with reading(listloop.engine).begin() as db:
            (row,) = list_campaigns(db, 1)
    finally:
        listloop.close()
    print(  # noqa: T201
        f"{row.counted.sent:,} recipients: {activity} pages of activity, {pages} of events, {len(first)} requests, "
        f"{took:.1f} s of CPU; again: {again} pages, {len(second)} requests"
    )
    assert row.sums is not None
    assert differences(row.sums, row.counted) == ()
    assert (row.counted.sent, activity) == (RECIPIENTS, -(-RECIPIENTS // 1000))
    assert pages == activity + 2  # one of opt-outs, one of complaints
    assert (again, len(second)) == (0, 2)
