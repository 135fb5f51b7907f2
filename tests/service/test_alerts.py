"""Alerts of real faults, to a real mail server and a real web server: raised, not repeated, cleared."""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from listloop.core.alerts import Limits
from listloop.core.errors import NeedsAttention
from listloop.sandbox.mailchimp.server import start
from listloop.sandbox.server import Running
from listloop.service.alerts import LOOK, digest, troubles
from listloop.service.messages import SIGNATURE, Messenger
from listloop.service.webhooks import tend
from listloop.settings import Settings
from listloop.store import schedule
from listloop.store.alerts import claim, set_limits
from listloop.store.connections import pause, resume
from listloop.store.rhythm import Rhythm
from listloop.wiring import key_name
from tests.service.hookup import KEY, Hookup, hookup
from tests.service.postbox import Inbox, Moments, looks, messenger, post_office

SECRET = "only-for-tests"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox) -> Iterator[str]:
    with post_office(inbox) as port:
        yield f"smtp://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start() as running:
        yield running


@pytest.fixture
def hooked(tmp_path: Path, sandbox: Running) -> Iterator[Hookup]:
    with hookup(tmp_path, sandbox) as made:
        made.listloop.now = Moments(made.listloop.now())
        yield made


def test_a_key_that_mailchimp_refuses_is_told_at_once_and_when_it_is_accepted_again(
    hooked: Hookup, server: str, inbox: Inbox
) -> None:
    listloop, row = hooked.listloop, hooked.row
    listloop.secrets.put(key_name(row.id), "not-a-key-of-this-account-us1", listloop.now())
    with pytest.raises(NeedsAttention):
        listloop.run(row.id, "button")
    schedule.set_rhythm(listloop.engine, row.id, None, listloop.now())
    looks(listloop, messenger(server), 10)
    assert [subject for subject, _ in inbox.mails] == ["[Listloop] A connection stands still: Test"]
    assert listloop.connection().paused in inbox.mails[0][1]
    listloop.change_key(row, KEY)
    with listloop.engine.begin() as db:
        resume(db, row.id)
    listloop.run(row.id, "button")
    looks(listloop, messenger(server), 15)
    assert "[Listloop] Over: A connection stands still: Test" in [subject for subject, _ in inbox.mails]


def test_a_run_that_is_late_is_told_when_it_stays_so(hooked: Hookup, server: str, inbox: Inbox) -> None:
    listloop, row = hooked.listloop, hooked.row
    schedule.set_rhythm(listloop.engine, row.id, Rhythm(60), listloop.now())
    looks(listloop, messenger(server), 14)
    assert inbox.mails == []
    looks(listloop, messenger(server), 30)
    assert [subject for subject, _ in inbox.mails] == ["[Listloop] A run is late: Test"]


def test_a_plan_that_waits_is_told_by_mail_and_by_a_signed_post(hooked: Hookup, server: str, inbox: Inbox) -> None:
    listloop, row = hooked.listloop, hooked.row
    listloop.run(row.id, "button")
    with posts() as (url, got):
        looks(listloop, messenger(server, webhook=url, secret=SECRET), 5)
    assert [subject for subject, _ in inbox.mails] == ["[Listloop] A plan waits for a yes: Test"]
    ((body, signature),) = got
    assert hmac.new(SECRET.encode(), body, sha256).hexdigest() == signature
    told = json.loads(body)
    assert (told["event"], told["kind"], told["about"]) == ("raised", "plan", "Test")


def test_a_webhook_that_cannot_be_made_is_told(hooked: Hookup, server: str, inbox: Inbox) -> None:
    listloop, row = hooked.listloop, hooked.row
    listloop.settings.webhook_url = "http://127.0.0.1:9"  # nobody answers there, so Mailchimp makes none
    with pytest.raises(NeedsAttention):
        tend(listloop, row)
    looks(listloop, messenger(server), 6)
    assert [subject for subject, _ in inbox.mails] == ["[Listloop] A webhook is dead: Test"]


def test_a_mail_server_that_is_away_gets_the_alert_when_it_is_back(hooked: Hookup, server: str, inbox: Inbox) -> None:
    listloop, row = hooked.listloop, hooked.row
    with listloop.engine.begin() as db:
        pause(db, row.id, "Somebody said so.", "")
    looks(listloop, messenger("smtp://127.0.0.1:9"), 2)
    looks(listloop, messenger(server), 2)
    assert [subject for subject, _ in inbox.mails] == ["[Listloop] A connection stands still: Test"]


def test_the_digest_comes_once_a_day_at_its_hour_and_tells_where_people_stand(
    hooked: Hookup, server: str, inbox: Inbox
) -> None:
    listloop, row = hooked.listloop, hooked.row
    listloop.run(row.id, "button")
    clock = listloop.now
    assert isinstance(clock, Moments)
    clock.now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    with listloop.engine.begin() as db:
        set_limits(db, Limits(digest="06:30", zone="America/New_York"))  # 11:30 UTC
    came = []
    for _ in range(3 * 96):
        before = len(inbox.mails)
        digest(listloop, messenger(server))
        if len(inbox.mails) > before:
            came.append(clock.now)
        clock.go(timedelta(minutes=15))
    assert came == [datetime(2026, 11, day, 11, 30, tzinfo=UTC) for day in (22, 23, 24)]
    assert {subject for subject, _ in inbox.mails} == {"[Listloop] How everything stands"}
    assert "Run 1 waits for a yes" in inbox.mails[0][1]


def test_a_digest_that_could_not_be_sent_comes_when_the_server_is_back(
    hooked: Hookup, server: str, inbox: Inbox
) -> None:
    listloop, clock = hooked.listloop, hooked.listloop.now
    assert isinstance(clock, Moments)
    digest(listloop, messenger(server))
    clock.go(timedelta(hours=24))
    digest(listloop, messenger("smtp://127.0.0.1:9"))
    assert inbox.mails == []
    clock.go(LOOK)
    digest(listloop, messenger(server))
    digest(listloop, messenger(server))
    assert len(inbox.mails) == 1


def test_without_a_time_of_day_no_digest_comes(hooked: Hookup, server: str, inbox: Inbox) -> None:
    clock = hooked.listloop.now
    assert isinstance(clock, Moments)
    with hooked.listloop.engine.begin() as db:
        set_limits(db, Limits(digest=""))
    for _ in range(30):
        digest(hooked.listloop, messenger(server))
        clock.go(timedelta(hours=1))
    assert inbox.mails == []


def test_of_several_processes_one_looks(hooked: Hookup) -> None:
    engine, now = hooked.listloop.engine, hooked.listloop.now()
    assert [claim(engine, now, LOOK) for _ in range(3)] == [True, False, False]
    assert claim(engine, now + LOOK, LOOK)


def test_where_nothing_is_wrong_nothing_is_told(hooked: Hookup, server: str, inbox: Inbox) -> None:
    schedule.set_rhythm(hooked.listloop.engine, hooked.row.id, None, hooked.listloop.now())
    assert list(troubles(hooked.listloop, Limits())) == []
    looks(hooked.listloop, messenger(server), 30)
    assert inbox.mails == []


def test_a_password_is_not_in_what_a_messenger_says_of_itself() -> None:
    settings = Settings(mail_server="smtp://u:hidden@mail.example", alert_mail="a@b.example, c@d.example")
    made = Messenger.of(settings)
    assert made.to == ("a@b.example", "c@d.example")
    assert "hidden" not in f"{made!r} {settings!r}"


class posts:  # noqa: N801 - reads as what it is: a context
    """A web server that keeps what is posted: bodies and signatures."""

    def __enter__(self) -> tuple[str, list[tuple[bytes, str]]]:
        got: list[tuple[bytes, str]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got.append((body, self.headers.get(SIGNATURE, "")))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_port}/", got

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
