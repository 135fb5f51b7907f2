"""Webhooks at Mailchimp: made, checked, repaired, exchanged and removed, against the sandbox over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from listloop.core.errors import NeedsAttention
from listloop.sandbox.mailchimp.server import start
from listloop.sandbox.server import Running
from listloop.service.webhooks import public_prefix, remove, tend, tend_due
from listloop.store import inbox, webhooks
from listloop.store.database import reading
from listloop.store.webhooks import WebhookRow
from listloop.sync.run import approve, run_once
from tests.service.conftest import wait_until
from tests.service.hookup import KEY, Hookup, hookup


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start() as running:
        yield running


@pytest.fixture
def hooked(tmp_path: Path, sandbox: Running) -> Iterator[Hookup]:
    with hookup(tmp_path, sandbox) as made:
        yield made


def kept(hooked: Hookup) -> list[WebhookRow]:
    with reading(hooked.listloop.engine).begin() as db:
        return webhooks.webhooks_of(db, hooked.row.id)


def entries(hooked: Hookup) -> list[inbox.Entry]:
    with reading(hooked.listloop.engine).begin() as db:
        return inbox.take(db, hooked.row.id)


def api(hooked: Hookup, method: str, path: str, body: object = None) -> None:
    (audience,) = (hooked.row.audience,)
    with httpx2.Client(base_url=f"{hooked.sandbox.url}/3.0/lists/{audience}", auth=("any", KEY)) as client:
        client.request(method, path, json=body).raise_for_status()


def test_an_opt_out_is_stored_and_a_run_is_asked_for(hooked: Hookup) -> None:
    """What the person did is read again by the run; of the delivery only the address is kept."""
    assert tend(hooked.listloop, hooked.row).made
    hooked.sandbox.control("people/unsubscribe", {"email": "m1@m.example"})
    wait_until(lambda: bool(hooked.jobs.put_in))
    assert set(hooked.jobs.put_in) == {(hooked.row.id, "webhook")}
    assert [(one.side, one.address) for one in entries(hooked)] == [("mailchimp", "m1@m.example")]
    assert kept(hooked)[0].heard_at is not None


def test_a_second_look_finds_it_in_order_and_a_due_look_is_done_once(hooked: Hookup) -> None:
    tend_due(hooked.listloop)
    assert len(hooked.hooks()) == 1
    tend_due(hooked.listloop)
    assert tend(hooked.listloop, hooked.row).found
    assert len(hooked.hooks()) == 1


def test_one_that_was_deleted_is_made_again_and_one_that_was_changed_is_mended(hooked: Hookup) -> None:
    tend(hooked.listloop, hooked.row)
    (hook,) = hooked.hooks()
    api(hooked, "PATCH", f"/webhooks/{hook.id}", {"events": {"unsubscribe": False}})
    assert tend(hooked.listloop, hooked.row).mended
    assert hooked.hooks()[0].events["unsubscribe"]
    api(hooked, "DELETE", f"/webhooks/{hook.id}")
    assert tend(hooked.listloop, hooked.row).made
    assert len(hooked.hooks()) == 1


def test_exchanging_leaves_one_and_what_was_on_its_way_to_the_old_one_is_taken(hooked: Hookup) -> None:
    tend(hooked.listloop, hooked.row)
    (old,) = hooked.hooks()
    done = tend(hooked.listloop, hooked.row, anew=True)
    assert (done.made, done.removed) == (True, 1)
    (new,) = hooked.hooks()
    assert new.url != old.url
    assert httpx2.get(old.url).status_code == 200
    hooked.listloop.now = lambda now=hooked.listloop.now: now() + timedelta(hours=3)  # type: ignore[misc]
    tend(hooked.listloop, hooked.row)
    assert [one.mailchimp_id for one in kept(hooked)] == [new.id]


def test_only_ours_is_removed_and_its_secret_goes_with_it(hooked: Hookup) -> None:
    tend(hooked.listloop, hooked.row)
    hooked.sandbox.control("switches", {"validate_webhooks": False})
    api(hooked, "POST", "/webhooks", {"url": "https://somebody.example/hook"})
    secrets = hooked.listloop.secrets.names()
    assert remove(hooked.listloop, hooked.row) == 1
    assert [one.url for one in hooked.hooks()] == ["https://somebody.example/hook"]
    assert kept(hooked) == []
    assert len(hooked.listloop.secrets.names()) == len(secrets) - 1


def test_an_address_that_mailchimp_cannot_reach_is_told_and_tried_again(hooked: Hookup) -> None:
    hooked.listloop.settings.webhook_url = "http://127.0.0.1:9"
    with pytest.raises(NeedsAttention, match="could not reach"):
        tend(hooked.listloop, hooked.row)
    with pytest.raises(NeedsAttention, match="could not reach"):
        tend(hooked.listloop, hooked.row)
    (told,) = kept(hooked)
    assert "could not reach" in told.problem
    assert told.mailchimp_id == ""


def test_one_that_is_silent_while_people_opt_out_is_exchanged(hooked: Hookup) -> None:
    """Nothing tells us that Mailchimp switched a webhook off; the poll, which sees the opt-outs, does."""
    listloop = hooked.listloop
    start = listloop.now()
    with listloop.sync(hooked.row.id) as sync:
        approve(sync, run_once(sync, "first").id, "test")
    tend(listloop, hooked.row)
    (hook,) = hooked.hooks()
    hook.enabled = False
    listloop.now = lambda: start + timedelta(hours=1)
    with listloop.sync(hooked.row.id) as sync:
        run_once(sync, "schedule")
    hooked.sandbox.control("people/unsubscribe", {"email": "m1@m.example"})
    listloop.now = lambda: start + timedelta(hours=2)
    with listloop.sync(hooked.row.id) as sync:
        run_once(sync, "schedule")
    assert tend(listloop, hooked.row).found, "a delivery may be late"
    listloop.now = lambda: start + timedelta(hours=3)
    done = tend(listloop, hooked.row)
    assert (done.made, done.silent) == (True, 1)
    assert "silent while 1 person opted out" in kept(hooked)[-1].problem
    assert tend(listloop, hooked.row).found


@pytest.mark.parametrize("address", ["", "listloop.example.com", "https://a.example/?x=1", "https://a b.example"])
def test_a_public_address_that_cannot_be_one_is_refused(address: str) -> None:
    with pytest.raises(NeedsAttention, match=r"LISTLOOP_WEBHOOK_URL|does not know"):
        public_prefix(address)
