"""Mailchimp's webhooks: what we make, what a delivery says, and whether it is Mailchimp's."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from listloop.core.errors import NeedsAttention
from listloop.mailchimp.client import MailchimpClient
from listloop.mailchimp.webhooks import Notice, Webhooks, is_signed, notice
from listloop.sandbox.server import Running
from tests.mailchimp.conftest import KEY, LIST

NOW = 1_772_366_400.0
SECRET = "a" * 64


def sign(body: bytes, at: float, secret: str = SECRET) -> str:
    digest = hmac.new(secret.encode(), f"{at:.0f}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at:.0f},v1={digest}"


@pytest.fixture
def hooks(sandbox: Running) -> Iterator[Webhooks]:
    with MailchimpClient(KEY, f"{sandbox.url}/3.0", attempts=1) as client:
        yield Webhooks(client, LIST)


def test_one_is_made_shown_mended_and_deleted(hooks: Webhooks, sandbox: Running) -> None:
    sandbox.control("switches", {"validate_webhooks": False})
    made = hooks.create("https://here.example/hooks/mailchimp/abc")
    assert made.signing_secret
    assert [one.url for one in hooks.there()] == ["https://here.example/hooks/mailchimp/abc"]
    assert hooks.there()[0].as_wanted
    hooks._send("PATCH", f"lists/{LIST}/webhooks/{made.id}", {"events": {"unsubscribe": False}})
    assert not hooks.there()[0].as_wanted
    hooks.mend(made.id)
    assert hooks.there()[0].as_wanted
    hooks.delete(made.id)
    hooks.delete(made.id)
    assert hooks.there() == []


def test_an_address_that_does_not_answer_is_told_in_plain_words(hooks: Webhooks) -> None:
    with pytest.raises(NeedsAttention, match=r"could not reach Listloop at http://127\.0\.0\.1:9:") as told:
        hooks.create("http://127.0.0.1:9/hooks/mailchimp/very-secret")
    assert told.value.code == "webhook-unreachable"
    assert "very-secret" not in str(told.value) + told.value.detail


@pytest.mark.parametrize(
    ("data", "addresses"),
    [
        ({"type": "unsubscribe", "data[email]": "ann@a.example", "data[action]": "unsub"}, ("ann@a.example",)),
        (
            {"type": "upemail", "data[old_email]": "old@a.example", "data[new_email]": "new@a.example"},
            ("old@a.example", "new@a.example"),
        ),
        ({"type": "cleaned", "data[email]": "zoë+x@a.example"}, ("zoë+x@a.example",)),
        ({"type": "campaign", "data[id]": "c1"}, ()),
        ({"type": "subscribe", "data[email]": "x" * 500 + "@a.example"}, ()),
    ],
)
def test_only_the_audience_and_the_addresses_of_a_delivery_are_taken(
    data: dict[str, str], addresses: tuple[str, ...]
) -> None:
    assert notice(urlencode({**data, "data[list_id]": "a1"}).encode()) == Notice("a1", addresses)


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe", b"type=x", b"data[list_id]=a", b"&" * 2000 + b"type=x"])
def test_what_is_no_delivery_is_none(body: bytes) -> None:
    assert notice(body) is None


def test_a_signature_is_right_for_one_body_one_secret_and_five_minutes() -> None:
    good = sign(b"body", NOW)
    assert is_signed(SECRET, b"body", good, NOW)
    assert is_signed(SECRET, b"body", good, NOW + 299)
    assert not is_signed(SECRET, b"body", good, NOW + 301)
    assert not is_signed(SECRET, b"body", good, NOW - 301)
    assert not is_signed(SECRET, b"bodY", good, NOW)
    assert not is_signed("b" * 64, b"body", good, NOW)
    assert not is_signed(SECRET, b"body", "", NOW)
    assert not is_signed(SECRET, b"body", good.replace("v1", "v0"), NOW)
