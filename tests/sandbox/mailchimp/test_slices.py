"""Much at once is done in slices, with requests answered in between, and comes out as if nobody had looked."""

import json
from pathlib import Path
from typing import Any

import pytest

from listloop.sandbox import asgi
from listloop.sandbox.asgi import App
from listloop.sandbox.clock import Clock, iso
from listloop.sandbox.mailchimp.standin import Mailchimp
from listloop.sandbox.mailchimp.tally import count
from listloop.sandbox.wire import Call, Reply
from tests.sandbox.api import KEY, NOW
from tests.sandbox.mailchimp.mails import HTML, people

LIST = "a1b2c3d4e5"
BUSY = {"open": 0.9, "click": 0.5, "unsubscribe": 0.2, "complain": 0.1, "hard_bounce": 0.1, "soft_bounce": 0.1}
NINE_DAYS = 9 * 86400
AUDIENCE = {"lists": [{"id": LIST, "name": "News", "members": people(40)}]}


def ask(app: App, method: str, path: str, body: Any = None) -> Reply:
    raw = b"" if body is None else json.dumps(body).encode()
    where, _, query = path.partition("?")
    reply = app.do(Call(method, "/3.0" + where, query, headers={"authorization": f"Bearer {KEY}"}, body=raw))
    assert reply.status < 300, reply.body
    return reply


def got(app: App, path: str) -> Any:
    return json.loads(ask(app, "GET", path).body)


def on_its_way(data: Path | None = None) -> tuple[App, str]:
    """A campaign to forty busy people that is about to be sent."""
    app = App(Mailchimp(seed=1, clock=Clock(frozen=NOW)), data)
    app.steer("seed", AUDIENCE)
    app.steer("rates", BUSY)
    settings = {"subject_line": "News", "from_name": "Sandy", "reply_to": "s@corp.example"}
    body = {"type": "regular", "recipients": {"list_id": LIST}, "settings": settings}
    campaign = json.loads(ask(app, "POST", "/campaigns", body).body)["id"]
    ask(app, "PUT", f"/campaigns/{campaign}/content", {"html": HTML})
    ask(app, "POST", f"/campaigns/{campaign}/actions/send")
    return app, campaign


def aged(most: int | None) -> list[Any]:
    app, campaign = on_its_way()
    app.standin.clock.step(NINE_DAYS)
    while app.standin.advance(most):
        pass
    return [app.standin.steps, *(got(app, path) for path in paths_of(campaign))]


def paths_of(campaign: str) -> list[str]:
    report = f"/reports/{campaign}"
    return [report, f"{report}/email-activity?count=100", f"/lists/{LIST}/members?count=100", f"/lists/{LIST}"]


@pytest.mark.parametrize("most", [1, 2, 7, 41])
def test_slices_of_any_size_end_in_the_same_state(most: int) -> None:
    assert aged(most) == aged(None)


def test_a_request_in_the_middle_is_answered_and_sees_what_has_gone_out_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "SLICE", 5)
    app, campaign = on_its_way()
    app.standin.clock.step(NINE_DAYS)
    seen = [got(app, f"/campaigns/{campaign}") for _ in range(4)]
    assert [one["emails_sent"] for one in seen] == [4, 9, 14, 19]
    assert {one["status"] for one in seen} == {"sending"}


def test_the_clock_never_shows_a_time_whose_changes_are_still_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a client that reads "what changed since" from the time it was told would never be told of them."""
    monkeypatch.setattr(asgi, "SLICE", 5)
    app, _ = on_its_way()
    app.standin.clock.step(NINE_DAYS)
    known: dict[str, str] = {}
    before = ""
    more = True
    while more:
        more = app.standin.advance(5)
        told = iso(app.standin.clock.now())
        members = {one["id"]: one["last_changed"] for one in got(app, f"/lists/{LIST}/members?count=100")["members"]}
        changed = [members[key] for key in members if members[key] != known.get(key, members[key])]
        assert all(at >= before for at in changed), "a change from before the time that was told"
        known, before = members, told
    assert app.standin.clock.now() == NOW + NINE_DAYS


def test_who_leaves_while_a_campaign_goes_out_gets_nothing_also_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data file knows how far the sending was when the request came."""
    monkeypatch.setattr(asgi, "SLICE", 5)
    app, campaign = on_its_way(tmp_path / "state")
    app.steer("clock", {"step": NINE_DAYS})
    app.steer("people/unsubscribe", {"email": "p39@acme0.example"})
    app.steer("people/unsubscribe", {"email": "p0@acme0.example", "campaign_id": campaign})
    app.standin.advance()
    assert app.record
    app.record.close()
    again = App(Mailchimp(seed=1, clock=Clock(frozen=NOW)), tmp_path / "state")
    again.standin.advance()
    paths = paths_of(campaign)
    assert [got(again, path) for path in paths] == [got(app, path) for path in paths]
    assert got(app, paths[0])["emails_sent"] == 39
    assert again.record
    again.record.close()


def test_a_cancelled_sending_stops_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "SLICE", 5)
    app, campaign = on_its_way()
    app.standin.clock.step(60)
    app.standin.advance(11)
    ask(app, "POST", f"/campaigns/{campaign}/actions/cancel-send")
    app.standin.advance()
    shown = got(app, f"/campaigns/{campaign}")
    assert (shown["status"], shown["emails_sent"]) == ("canceled", 15)
    assert shown["delivery_status"]["emails_canceled"] == 25


def test_numbers_kept_while_it_happens_are_those_of_a_new_count() -> None:
    app, campaign = on_its_way()
    app.standin.clock.step(NINE_DAYS)
    app.standin.advance()
    one = app.standin.state.campaigns[campaign]
    assert one.tally() == count([(to.wave, to.events) for to in one.recipients.values()])
    assert one.tally().complaints
    assert one.tally().unsubscribed


def test_a_large_batch_runs_in_slices_and_is_not_finished_before_its_last_operation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asgi, "SLICE", 4)
    app = App(Mailchimp(seed=1, clock=Clock(frozen=NOW)))
    app.steer("seed", AUDIENCE)
    operations = [{"method": "DELETE", "path": f"lists/{LIST}/members/{one['email']}"} for one in people(10)]
    batch = json.loads(ask(app, "POST", "/batches", {"operations": operations}).body)["id"]
    app.standin.clock.step(60)
    seen = [got(app, f"/batches/{batch}") for _ in range(3)]
    assert [one["status"] for one in seen] == ["finalizing", "finalizing", "finished"]
    assert seen[-1]["finished_operations"] == 10
    assert got(app, f"/lists/{LIST}/members?status=archived")["total_items"] == 10
