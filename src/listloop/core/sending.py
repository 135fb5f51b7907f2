"""What it takes to send a campaign: envelope and content, what an audience can do with it, how it is checked."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from listloop.core.people import Key

QUARTER = timedelta(minutes=15)
"""Mailchimp sends at full quarter hours (API reference, campaigns/actions/schedule)."""

CLIPPED = 102_000
"""Bytes of HTML from which on Gmail cuts a mail off, the unsubscribe link at its end with it (Gmail's help)."""

_UNSUBSCRIBE = re.compile(r"\*\|UNSUB(:[^|]*)?\|\*", re.IGNORECASE)
_POSTAL = re.compile(r"\*\|(LIST:ADDRESS(LINE)?|(HTML:)?LIST_ADDRESS(_HTML)?)\|\*", re.IGNORECASE)
_TAG = re.compile(r"\*\|([^|*]+)\|\*")
_EMPTY_LINK = re.compile(r"""<a\b[^>]*\bhref\s*=\s*(""|''|"#"|'#'|"https?://"|'https?://')""", re.IGNORECASE)
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_NO_PICTURE = re.compile(r"""<img\b[^>]*\bsrc\s*=\s*["'](data:|["'])""", re.IGNORECASE)
_ALT = re.compile(r"\balt\s*=", re.IGNORECASE)

#: Merge tags that Mailchimp fills itself, and the words of conditional blocks (Mailchimp help, merge tags).
OWN_TAGS = frozenset({
    "EMAIL", "UNSUB", "UPDATE_PROFILE", "ARCHIVE", "FORWARD", "CURRENT_YEAR", "DATE", "LIST", "HTML", "MC", "REWARDS",
    "MC_PREVIEW_TEXT", "UNIQID", "CAMPAIGN_UID", "IF", "IFNOT", "ELSEIF", "ELSE", "END", "INTERESTED",
    "UPPER", "LOWER", "TITLE", "URL", "LIST_ADDRESS", "LIST_ADDRESS_HTML",
})  # fmt: skip


class State(StrEnum):
    """Where a campaign stands at Mailchimp, or whether it is there at all."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    CANCELLED = "cancelled"
    GONE = "gone"


class Act(StrEnum):
    """What is being done at Mailchimp: saved before the call, so that a crash leaves a trace."""

    CREATE = "create"
    SEND = "send"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands around the content. ``segment`` is the id of a segment; "" is the whole audience.

    ``missed`` is the web id of a campaign: only those who got that one and did not open it.
    """

    subject: str = ""
    preview: str = ""
    from_name: str = ""
    reply_to: str = ""
    segment: str = ""
    missed: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A campaign as Mailchimp shows it."""

    key: Key
    web_id: str
    title: str
    state: State
    envelope: Envelope
    at: str = ""
    sent: int = 0


@dataclass(frozen=True, slots=True)
class Sender:
    """What the audience says of its sender: the usual name and address, and the postal address under its mails."""

    name: str = ""
    reply_to: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A template of the Mailchimp account."""

    key: str
    title: str


class Level(StrEnum):
    """How much a finding matters."""

    GOOD = "good"
    HINT = "hint"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the checklist: ``what`` was looked at, and what was found."""

    level: Level
    what: str
    text: str


@runtime_checkable
class Outbox(Protocol):
    """What an audience can do to send campaigns. All of it raises TryLater, RecordRejected and NeedsAttention."""

    def sender(self) -> Sender:
        """The audience's usual sender."""

    def find(self, title: str) -> Shown | None:
        """The oldest campaign of this audience with exactly this title."""

    def show(self, key: Key) -> Shown | None:
        """The campaign as it is now; None where it was deleted."""

    def content(self, key: Key) -> tuple[str, str]:
        """Its HTML and its plain text."""

    def make(self, title: str, envelope: Envelope) -> Shown:
        """A new campaign. Not repeated by itself: who calls looks it up by its title."""

    def change(self, key: Key, title: str, envelope: Envelope) -> None:
        """Give a draft another envelope."""

    def fill(self, key: Key, html: str, text: str) -> None:
        """Give a draft this content."""

    def checklist(self, key: Key) -> Sequence[Finding]:
        """Mailchimp's own checklist."""

    def test(self, key: Key, addresses: Sequence[str], *, plain: bool) -> None:
        """Mail the campaign to these addresses as a test."""

    def send(self, key: Key) -> None:
        """Send it now. Mailchimp refuses a second time."""

    def schedule(self, key: Key, at: datetime) -> None:
        """Have it sent at a quarter hour."""

    def unschedule(self, key: Key) -> None:
        """Make a scheduled one a draft again."""

    def cancel(self, key: Key) -> None:
        """Stop one that is being sent; who has got it has got it."""

    def templates(self) -> Sequence[Template]:
        """The account's own templates."""

    def template(self, key: str) -> str:
        """The HTML of a template, as a campaign made of it would have it."""

    def upload(self, name: str, data: bytes) -> str:
        """Put a picture into the account's files; its address."""


@runtime_checkable
class HasOutbox(Protocol):
    """An audience that campaigns can be sent to."""

    def outbox(self) -> Outbox:
        """Its outbox."""


def differing(ours: Envelope, theirs: Envelope) -> tuple[str, ...]:
    """The parts of the envelope that somebody changed."""
    return tuple(one.name for one in fields(Envelope) if getattr(ours, one.name) != getattr(theirs, one.name))


def next_quarter(now: datetime) -> datetime:
    """The first quarter hour that is at least five minutes ahead, in UTC."""
    at = now.astimezone(UTC) + timedelta(minutes=5)
    past = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at - past + QUARTER if past else at


def is_quarter(at: datetime) -> bool:
    """Is this a full quarter hour?"""
    return at.minute % 15 == 0 and not at.second and not at.microsecond


def check(envelope: Envelope, html: str, text: str, tags: Collection[str]) -> list[Finding]:
    """Our own checklist, over Mailchimp's; ``tags`` are the audience's merge tags, in capitals."""
    found = [
        _must(bool(envelope.subject.strip()), "Subject", "There is a subject.", "Write a subject."),
        _must(bool(envelope.from_name.strip()), "Sender", "There is a sender's name.", "Write the sender's name."),
        _must("@" in envelope.reply_to, "Reply address", "Answers have an address.", "Write the address for answers."),
        _must(bool(html.strip()), "Content", "There is content.", "Write or design the content."),
        _must(
            bool(_UNSUBSCRIBE.search(html)) and bool(_UNSUBSCRIBE.search(text)),
            "Unsubscribe link",
            "The mail and its plain-text part have an unsubscribe link.",
            "Put the unsubscribe link *|UNSUB|* into the mail and into its plain-text part.",
        ),
        _must(
            bool(_POSTAL.search(html)),
            "Postal address",
            "The mail names a postal address.",
            "Put the postal address *|LIST:ADDRESSLINE|* into the mail; the law asks for it.",
        ),
        _must(bool(text.strip()), "Plain text", "There is a plain-text part.", "Make the plain-text part."),
        _must(not unclosed(html), "Conditional blocks", "Every block is closed.", "A conditional block is not closed."),
    ]
    if _NO_PICTURE.search(html):
        found.append(Finding(Level.STOP, "Pictures", "A picture was not chosen yet."))
    return found + _hints(html, envelope.subject, tags)


def _hints(html: str, subject: str, tags: Collection[str]) -> list[Finding]:
    made: list[Finding] = []
    size = len(html.encode())
    if size > CLIPPED:
        made.append(Finding(Level.HINT, "Size", "The mail is so large that Gmail cuts off its end."))
    unknown = sorted(unknown_tags(html + subject, tags))
    if unknown:
        made.append(Finding(Level.HINT, "Merge tags", f"The audience has no field for: {', '.join(unknown)}."))
    if _EMPTY_LINK.search(html):
        made.append(Finding(Level.HINT, "Links", "A link leads nowhere."))
    if any(not _ALT.search(one) for one in _IMAGE.findall(html)):
        made.append(Finding(Level.HINT, "Pictures", "A picture has no description for those who do not see it."))
    return made


def _must(good: bool, what: str, yes: str, no: str) -> Finding:
    return Finding(Level.GOOD if good else Level.STOP, what, yes if good else no)


def unclosed(html: str) -> int:
    """How many conditional blocks are left open, or closed without having been opened."""
    words: list[str] = [one.split(":", 1)[0].strip().upper() for one in _TAG.findall(html)]
    return sum(one in ("IF", "IFNOT", "INTERESTED") for one in words) - sum(one == "END" for one in words)


def unknown_tags(text: str, tags: Collection[str]) -> set[str]:
    """The merge tags that neither the audience nor Mailchimp has."""
    heads = {one.split(":", 1)[0].strip().upper() for one in _TAG.findall(text)}
    return {one for one in heads if one not in OWN_TAGS and one not in tags and not re.fullmatch(r"MERGE\d+", one)}
