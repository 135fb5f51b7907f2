"""The page of alerts: what is wrong now and since when, what to do, what was, and the limits."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from listloop.core.alerts import Limits
from listloop.store.alerts import limits_of, set_limits
from listloop.store.users import Role
from tests.web.alerts import fill_alerts
from tests.web.conftest import Visitor, form_token, press
from tests.web.pressed import Pressed
from tests.web.tokens import Calls, token_of
from tests.web.world import World

GIVEN = {"late": "30", "share": "8", "number": "25", "room": "2048", "patience": "0", "calm": "20", "again": "12",
         "digest": "06:30", "zone": "Europe/Berlin"}  # fmt: skip
WANTED = Limits(30, 8, 25, 2048, 0, 20, 12, "06:30", "Europe/Berlin")


def test_it_tells_what_is_wrong_since_when_and_what_to_do(engine: Engine, world: World, visitor: Visitor) -> None:
    with engine.begin() as db:
        fill_alerts(db)
    text = visitor(Role.VIEWER).get("/alerts").text
    now, past = text.split('id="past"')
    for said in ("A run is late", "It was due at 2026-11-19 11:00 UTC.", "Look at the log of the service.", "12:05"):
        assert said in now
    assert "Not told yet: it may pass." in now
    assert "The last run failed" in past
    assert past.count("it lasts") == 1
    assert "it@halden-roos.example, chat.example.com" in now
    assert "/settings/alerts" not in text


def test_where_nothing_is_wrong_it_says_so(world: World, visitor: Visitor) -> None:
    text = visitor(Role.VIEWER).get("/alerts").text
    assert "Nothing is wrong" in text
    assert "Nothing was told yet." in text


def test_limits_are_kept_and_told_in_the_audit_log(engine: Engine, world: World, visitor: Visitor) -> None:
    client = visitor(Role.ADMINISTRATOR)
    press(client, "/settings/alerts", "/settings/alerts", **GIVEN)
    with engine.begin() as db:
        assert limits_of(db) == WANTED
    assert "changed from when on something is told as wrong" in client.get("/settings/audit").text
    assert 'value="06:30"' in client.get("/settings/alerts").text
    assert "every day at 06:30 (Europe/Berlin)" in client.get("/alerts").text


@pytest.mark.parametrize(
    "wrong",
    [{"late": "0"}, {"share": "101"}, {"room": "much"}, {"digest": "4h"}, {"digest": "25:00"}, {"zone": "Mars"}],
)
def test_limits_that_cannot_be_used_change_nothing_and_stay_in_the_form(
    engine: Engine, world: World, visitor: Visitor, wrong: dict[str, str]
) -> None:
    client = visitor(Role.ADMINISTRATOR)
    token = form_token(client.get("/settings/alerts").text)
    answer = client.post("/settings/alerts", data={"form_token": token, **GIVEN, **wrong})
    assert answer.status_code == 422
    (entered,) = wrong.values()
    assert f'value="{entered}"' in answer.text
    assert 'role="alert"' in answer.text
    with engine.begin() as db:
        assert limits_of(db) == Limits()


def test_a_try_is_sent(world: World, visitor: Visitor, pressed: Pressed) -> None:
    assert press(visitor(Role.ADMINISTRATOR), "/alerts", "/alerts/try") == "/alerts"
    assert pressed.calls == [("attempt",)]


def test_a_program_reads_alerts_and_changes_the_limits(engine: Engine, world: World, visitor: Visitor) -> None:
    with engine.begin() as db:
        fill_alerts(db)
    calls = Calls(visitor(), token_of(engine))
    items = calls.get("/alerts")["items"]
    assert [(one["kind"], one["told_at"] is None) for one in items] == [("disk", True), ("late", False)]
    first = calls.get("/alerts/history?limit=1")
    rest = calls.get(f"/alerts/history?cursor={first['next']}")
    assert [(one["kind"], one["over_at"] is None) for one in first["items"] + rest["items"]] == [
        ("late", True),
        ("failed-run", False),
    ]
    known = calls.get("/settings/alerts")
    assert calls.call("PUT", "/settings/alerts", {**known, "late": 60, "digest": ""}).json()["late"] == 60
    wrong = calls.call("PUT", "/settings/alerts", {**known, "share": 0})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "alert-limit")


def test_other_limits_hold_after_a_restart(engine: Engine) -> None:
    with engine.begin() as db:
        set_limits(db, WANTED)
    with engine.begin() as db:
        assert limits_of(db) == WANTED
