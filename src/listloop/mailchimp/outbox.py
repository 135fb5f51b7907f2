"""Campaigns at Mailchimp: made, filled, checked, tested, scheduled, sent (Mailchimp API reference, campaigns)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from listloop.core.errors import NeedsAttention
from listloop.core.people import Key
from listloop.core.sending import Envelope, Finding, Level, Sender, Shown, State, Template
from listloop.mailchimp.client import MailchimpClient, Param, Reply
from listloop.mailchimp.errors import Subject

T = TypeVar("T")

LARGEST_PICTURE = 1_000_000
"""Bytes of a picture that the file manager takes (Mailchimp help, file sizes)."""

_STATES = {
    "save": State.DRAFT,
    "paused": State.DRAFT,
    "schedule": State.SCHEDULED,
    "sending": State.SENDING,
    "canceling": State.CANCELLED,
    "canceled": State.CANCELLED,
    "sent": State.SENT,
}
_LEVELS = {"success": Level.GOOD, "warning": Level.HINT, "error": Level.STOP}


class _Settings(msgspec.Struct):
    subject_line: str | None = ""
    preview_text: str | None = ""
    title: str | None = ""
    from_name: str | None = ""
    reply_to: str | None = ""


class _Options(msgspec.Struct):
    saved_segment_id: int | None = None
    conditions: list[dict[str, Any]] | None = None


class _Recipients(msgspec.Struct):
    segment_opts: _Options = msgspec.field(default_factory=_Options)


class _Campaign(msgspec.Struct):
    id: str
    web_id: int = 0
    status: str = ""
    send_time: str | None = ""
    emails_sent: int | None = 0
    settings: _Settings = msgspec.field(default_factory=_Settings)
    recipients: _Recipients = msgspec.field(default_factory=_Recipients)


class _Content(msgspec.Struct):
    html: str | None = ""
    plain_text: str | None = ""


class _Item(msgspec.Struct):
    type: str = ""
    heading: str | None = ""
    details: str | None = ""


class _Checklist(msgspec.Struct):
    items: list[_Item] = []


class _Defaults(msgspec.Struct):
    from_name: str | None = ""
    from_email: str | None = ""


class _List(msgspec.Struct):
    campaign_defaults: _Defaults = msgspec.field(default_factory=_Defaults)
    contact: dict[str, Any] = {}


class _Template(msgspec.Struct):
    id: int
    name: str = ""
    active: bool = True


class _File(msgspec.Struct):
    full_size_url: str = ""


_ONE = "id,web_id,status,send_time,emails_sent,settings,recipients"


class MailchimpOutbox:
    """The outbox of one audience; see ``Outbox`` for what each call promises."""

    def __init__(self, client: MailchimpClient, list_id: str) -> None:
        self._client = client
        self._list = list_id

    def sender(self) -> Sender:
        """The audience's usual sender."""
        found = self._client.get(f"lists/{self._list}", _List, fields="campaign_defaults,contact")
        parts = (found.contact.get(name) for name in ("company", "address1", "address2", "zip", "city", "country"))
        usual = found.campaign_defaults
        return Sender(usual.from_name or "", usual.from_email or "", ", ".join(str(one) for one in parts if one))

    def find(self, title: str) -> Shown | None:
        """The oldest campaign of this audience with exactly this title."""
        fields = ",".join(f"campaigns.{name}" for name in _ONE.split(",")) + ",total_items"
        query: dict[str, Param] = {"list_id": self._list, "sort_field": "create_time", "sort_dir": "ASC"}
        pages = self._client.pages("campaigns", "campaigns", _Campaign, fields=fields, **query)
        return next((_shown(one) for one in pages if one.settings.title == title), None)

    def show(self, key: Key) -> Shown | None:
        """The campaign as it is now; None where it was deleted."""
        try:
            return _shown(self._get(f"campaigns/{key}", _Campaign, fields=_ONE))
        except NeedsAttention as error:
            if error.code == "campaign-gone":
                return None
            raise

    def content(self, key: Key) -> tuple[str, str]:
        """Its HTML and its plain text."""
        found = self._get(f"campaigns/{key}/content", _Content, fields="html,plain_text")
        return found.html or "", found.plain_text or ""

    def make(self, title: str, envelope: Envelope) -> Shown:
        """A new campaign."""
        body = {"type": "regular"} | self._body(title, envelope)
        return _shown(self._send("POST", "campaigns", body).read(_Campaign))

    def change(self, key: Key, title: str, envelope: Envelope) -> None:
        """Give a draft another envelope."""
        self._send("PATCH", f"campaigns/{key}", self._body(title, envelope))

    def fill(self, key: Key, html: str, text: str) -> None:
        """Give a draft this content."""
        self._send("PUT", f"campaigns/{key}/content", {"html": html, "plain_text": text})

    def checklist(self, key: Key) -> Sequence[Finding]:
        """Mailchimp's own checklist."""
        found = self._get(f"campaigns/{key}/send-checklist", _Checklist)
        return [Finding(_LEVELS.get(one.type, Level.HINT), one.heading or "", one.details or "") for one in found.items]

    def test(self, key: Key, addresses: Sequence[str], *, plain: bool) -> None:
        """Mail a test."""
        body = {"test_emails": list(addresses), "send_type": "plaintext" if plain else "html"}
        self._send("POST", f"campaigns/{key}/actions/test", body)

    def send(self, key: Key) -> None:
        """Send it now."""
        self._send("POST", f"campaigns/{key}/actions/send")

    def schedule(self, key: Key, at: datetime) -> None:
        """Have it sent at a quarter hour."""
        moment = at.astimezone(UTC).isoformat(timespec="seconds")
        self._send("POST", f"campaigns/{key}/actions/schedule", {"schedule_time": moment})

    def unschedule(self, key: Key) -> None:
        """Make a scheduled one a draft again."""
        self._send("POST", f"campaigns/{key}/actions/unschedule")

    def cancel(self, key: Key) -> None:
        """Stop one that is being sent."""
        self._send("POST", f"campaigns/{key}/actions/cancel-send")

    def templates(self) -> Sequence[Template]:
        """The account's own templates."""
        fields = "templates.id,templates.name,templates.active,total_items"
        found = self._client.pages("templates", "templates", _Template, fields=fields, type="user")
        return [Template(str(one.id), one.name) for one in found if one.active]

    def template(self, key: str) -> str:
        """The HTML of a template: Mailchimp shows it only in a campaign, so one is made for a moment and deleted."""
        body = self._body(f"Template {key}, looked at by Listloop (may be deleted)", Envelope()) | {"type": "regular"}
        made = self._send("POST", "campaigns", body).read(_Campaign)
        try:
            self._send("PUT", f"campaigns/{made.id}/content", {"template": {"id": int(key)}})
            return self.content(made.id)[0]
        finally:
            self._send("DELETE", f"campaigns/{made.id}")

    def upload(self, name: str, data: bytes) -> str:
        """Put a picture into the account's files; its address. Raises NeedsAttention for one that is too large."""
        if len(data) > LARGEST_PICTURE:
            raise NeedsAttention(
                f"The picture “{name}” is larger than 1 MB.", "Make it smaller: Mailchimp takes no larger one.",
                code="picture",
            )  # fmt: skip
        body = {"name": name, "file_data": base64.b64encode(data).decode()}
        return self._send("POST", "file-manager/files", body).read(_File).full_size_url

    def _body(self, title: str, envelope: Envelope) -> dict[str, Any]:
        options: dict[str, Any] = {}
        if envelope.segment:
            options = {"saved_segment_id": int(envelope.segment)}
        elif envelope.missed:
            aim = {"condition_type": "Aim", "field": "aim", "op": "noopen", "value": envelope.missed}
            options = {"match": "all", "conditions": [aim]}
        settings = {
            "title": title,
            "subject_line": envelope.subject,
            "preview_text": envelope.preview,
            "from_name": envelope.from_name,
            "reply_to": envelope.reply_to,
        }
        return {"recipients": {"list_id": self._list, "segment_opts": options}, "settings": settings}

    def _send(self, method: str, path: str, body: object = None) -> Reply:
        return self._client.send(method, path, body, who="the campaign", subject=Subject.CAMPAIGN)

    def _get(self, path: str, kind: type[T], **params: Param) -> T:
        reply = self._client.send("GET", path, params=params, who="the campaign", subject=Subject.CAMPAIGN)
        return reply.read(kind)


def _shown(one: _Campaign) -> Shown:
    options, settings = one.recipients.segment_opts, one.settings
    aims = [found for found in options.conditions or () if found.get("condition_type") == "Aim"]
    envelope = Envelope(
        settings.subject_line or "",
        settings.preview_text or "",
        settings.from_name or "",
        settings.reply_to or "",
        str(options.saved_segment_id or ""),
        "" if options.saved_segment_id or not aims else str(aims[0].get("value", "")),
    )
    state = _STATES.get(one.status, State.DRAFT)
    return Shown(
        one.id, str(one.web_id), settings.title or "", state, envelope, one.send_time or "", one.emails_sent or 0
    )
