"""Campaigns as they are written: begun, given another envelope, other recipients, other content."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from listloop.campaigns import sending
from listloop.campaigns.composing import compose, from_html
from listloop.campaigns.templates import built_in
from listloop.core.errors import NeedsAttention
from listloop.store import mail_templates, mailings
from listloop.store.mailings import Body, Mailing
from listloop.sync.context import Sync
from listloop.sync.sources import Source

#: What a person may write around the content, and how long it may be.
ENVELOPE = {"subject": 150, "preview": 150, "from_name": 100, "reply_to": 200}


class Way(StrEnum):
    """Where content comes from; each with a value of its own."""

    TEMPLATE = "template"
    KEPT = "kept"
    MAILCHIMP = "mailchimp"
    DESIGN = "design"
    HTML = "html"
    VERSION = "version"
    TEXT = "text"


def begin(sync: Sync, name: str, to: Source, body: Body, envelope: Mapping[str, str], who: str, *, tells: bool) -> int:
    """A new campaign, here alone; where the envelope is silent, the sender is the audience's. Gives its id."""
    sender = sending.outbox_of(sync).sender()
    usual = {"subject": name, "from_name": sender.name, "reply_to": sender.reply_to}
    said = usual | {part: text for part, text in _cut(envelope).items() if text}
    with sync.engine.begin() as db:
        made = mailings.add_mailing(
            db, sync.connection_id, name, who, sync.now(), **said,
            source=to.kind, source_key=to.key, source_title=to.title, tells=tells,
        )  # fmt: skip
        mailings.save_body(db, mailings.mailing(db, made), body, who, sync.now())
    return made


def change(
    db: Connection, one: Mailing, envelope: Mapping[str, str], to: Source | None, *, tells: bool, now: datetime
) -> None:
    """Another envelope, and other recipients unless they are the same. Raises NeedsAttention for one that is sent."""
    if not one.editable:
        raise sending.too_late(one)
    aim: dict[str, object] = {}
    if to is not None and (to.kind, to.key) != (one.source, one.source_key):
        aim = {"source": to.kind, "source_key": to.key, "source_title": to.title, "crowd_id": None}
    mailings.change_mailing(db, one.id, **_cut(envelope), **aim, tells=tells, changed_at=now)


def _cut(envelope: Mapping[str, str]) -> dict[str, str]:
    return {part: envelope[part].strip()[:most] for part, most in ENVELOPE.items() if part in envelope}


def save(db: Connection, one: Mailing, body: Body, who: str, now: datetime, *, typed: bool = False) -> int:
    """Keep content; the number of its version, which is the same while one types.

    Raises NeedsAttention for a campaign that is no draft any more.
    """
    one = mailings.mailing(db, one.id)
    if not one.editable:
        raise sending.too_late(one)
    return mailings.save_body(db, one, body, who, now, typed=typed)


def new_body(way: Way, value: str, plain: str = "") -> Body:
    """Content from a template of ours, a design in MJML, or HTML; ``plain`` is a person's own plain text.

    Raises NeedsAttention where there is no such template, or the design can't be read.
    """
    if way is Way.TEMPLATE:
        return compose(built_in(value), plain)
    if way is Way.DESIGN:
        return compose(value, plain)
    if way is Way.HTML and value.strip():
        return from_html(value, plain)
    raise NeedsAttention("There is no content in this.", "Name a template, or write a design or HTML.", code="template")


def from_account(sync: Sync, template: str, plain: str = "") -> Body:
    """Content from a template of the Mailchimp account."""
    if not template.isdecimal():
        raise NeedsAttention(f"Mailchimp has no template “{template}”.", "Choose one of its list.", code="template")
    return from_html(sending.outbox_of(sync).template(template), plain)


def from_kept(db: Connection, named: str, plain: str = "") -> Body:
    """Content from a template that somebody here made, by its number or name. Raises NeedsAttention for no such one."""
    design, html = mail_templates.template_of(db, named)
    return compose(design, plain) if design else from_html(html, plain)


def with_text(one: Mailing, plain: str) -> Body:
    """The same mail with another plain text; without one it is made of the mail again."""
    if plain.strip():
        return Body(one.design, one.html, plain.strip(), own_plain=True)
    return compose(one.design) if one.design else from_html(one.html)


def earlier(db: Connection, one: Mailing, number: int) -> Body:
    """The content of an earlier version. Raises NeedsAttention where it is not kept any more."""
    for old in mailings.versions(db, one.id):
        if old.number == number:
            return old.body
    raise NeedsAttention(f"Version {number} is not kept.", "Choose one of the list of versions.", code="no-version")
