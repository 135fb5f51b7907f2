"""Marketing permissions are fields that a program takes away and never gives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from listloop.core.people import Consent, Patch
from listloop.core.side import Change, FieldType
from listloop.mailchimp.audience import MailchimpAudience
from listloop.mailchimp.client import MailchimpClient
from listloop.sandbox.server import Running
from tests.mailchimp.conftest import KEY

LIST = "9e9e9e9e9e"


@pytest.fixture
def audience(sandbox: Running) -> Iterator[MailchimpAudience]:
    member = {"email_address": "ann@acme.test", "status": "subscribed"}
    sandbox.control(
        "seed", {"lists": [{"id": LIST, "name": "GDPR", "permissions": ["Email", "Post"], "members": [member]}]}
    )
    with MailchimpAudience(MailchimpClient(KEY, f"{sandbox.url}/3.0"), LIST) as audience:
        yield audience


def permissions(audience: MailchimpAudience) -> dict[str, str]:
    """Names by title."""
    return {one.title: one.name for one in audience.schema().fields if one.name.startswith("permission:")}


def shown(audience: MailchimpAudience) -> dict[str, str]:
    (ann,) = [one for page in audience.changes(None) for one in page.records]
    named = {name: title for title, name in permissions(audience).items()}
    return {named[name]: value for name, value in ann.person.fields.items() if name in named}


def give(audience: MailchimpAudience, title: str) -> None:
    """The person gives a permission on a form of Mailchimp's."""
    name = permissions(audience)[title].removeprefix("permission:")
    body = {"marketing_permissions": [{"marketing_permission_id": name, "enabled": True}]}
    audience.client.send("PATCH", f"lists/{LIST}/members/{next(audience.keys())}", body, who="ann")


def test_an_audience_with_permissions_shows_them_as_yes_or_no(audience: MailchimpAudience) -> None:
    audience.check()
    fields = [one for one in audience.schema().fields if one.name.startswith("permission:")]
    assert [(one.title, one.type, one.only_no) for one in fields] == [
        ("Email", FieldType.YES_NO, True),
        ("Post", FieldType.YES_NO, True),
    ]
    assert shown(audience) == {"Email": "no", "Post": "no"}
    give(audience, "Post")
    assert shown(audience) == {"Email": "no", "Post": "yes"}


def test_a_permission_is_taken_away_and_the_others_stay(audience: MailchimpAudience) -> None:
    for title in ("Email", "Post"):
        give(audience, title)
    name = permissions(audience)["Post"]
    (outcome,) = audience.write([Change("1", next(audience.keys()), Patch(fields={name: "no"}))])
    assert outcome.record is not None
    assert outcome.record.person.fields[name] == "no"
    assert shown(audience) == {"Email": "yes", "Post": "no"}


def test_no_permission_is_ever_given(audience: MailchimpAudience, sandbox: Running) -> None:
    name = permissions(audience)["Email"]
    (outcome,) = audience.write([Change("1", next(audience.keys()), Patch(fields={name: "yes"}))])
    assert outcome.error is not None
    assert "can only be taken away" in str(outcome.error)
    new = Patch("bob@acme.test", {name: "no"}, consent=Consent.SUBSCRIBED, takes_part=True)
    (made,) = audience.write([Change("2", None, new)])
    assert made.record is not None
    assert '"enabled":true' not in str(sandbox.control("journal"))


def test_an_audience_without_them_is_not_asked_for_any(sandbox: Running) -> None:
    with MailchimpAudience(MailchimpClient(KEY, f"{sandbox.url}/3.0"), "a1b2c3d4e5") as audience:
        audience.check()
        audience.schema()
    assert "marketing_permissions&" not in str(sandbox.control("journal"))
