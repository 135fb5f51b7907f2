"""Facts: what came of a campaign, person by person, counted as Mailchimp's report counts it.

Facts are appended one way and never merged. An event has no ID at Mailchimp: it is known by campaign, recipient, kind,
second and detail, and by its place among those that are alike in all of these (Mailchimp API reference, reports).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

from listloop.core.people import Key, address_key

LONGEST = 900
"""Characters of a link that are kept; a longer one is cut, and told apart by a check sum."""


class Kind(StrEnum):
    """What can happen between a person and a campaign."""

    SENT = "sent"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"


@dataclass(frozen=True, slots=True)
class Sums:
    """The numbers of a campaign. ``own`` are those without what a mail program opened by itself.

    ``own_opens`` and ``own_openers`` are None where Mailchimp does not tell. A person who complained is not among the
    ``unsubscribed``; ``sent`` counts the mails that bounced too.
    """

    sent: int = 0
    opens: int = 0
    openers: int = 0
    own_opens: int | None = None
    own_openers: int | None = None
    clicks: int = 0
    clickers: int = 0
    hard: int = 0
    soft: int = 0
    unsubscribed: int = 0
    complained: int = 0

    @property
    def delivered(self) -> int:
        """Mails that arrived: Mailchimp's rates are shares of these."""
        return self.sent - self.bounced

    @property
    def opened(self) -> int:
        """People who opened, without those whose mail was opened by a machine only."""
        return self.openers if self.own_openers is None else self.own_openers

    @property
    def bounced(self) -> int:
        """Mails that did not arrive, for good or for now."""
        return self.hard + self.soft

    @property
    def left(self) -> int:
        """People who opted out or complained."""
        return self.unsubscribed + self.complained

    @property
    def told_apart(self) -> bool:
        """Were some of the opens made by a machine?"""
        return self.own_opens is not None and self.own_opens < self.opens

    @property
    def machine_openers(self) -> int:
        """People whose mail was opened by a machine only."""
        return self.openers - self.opened


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign of the audience.

    ``kind`` is Mailchimp's word (regular, plaintext, variate, rss, automation …), ``parent`` the key of the one that it
    is a part of. ``audience`` says to whom it went, in Mailchimp's words; ``page`` is the address of the mail for
    everybody; ``web_id`` is what conditions of segments know it by. ``sums`` are its report's; None: it has none yet.
    """

    key: Key
    title: str
    subject: str
    status: str
    sent: str = ""
    recipients: int = 0
    kind: str = "regular"
    parent: Key = ""
    audience: str = ""
    page: str = ""
    web_id: str = ""
    sums: Sums | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A fact about a person and a campaign: sent, opened, clicked, bounced, unsubscribed, complained.

    ``detail`` is the link, the reason, hard or soft, or of a campaign that tries several mails which one was sent.
    ``ref`` is what the report knows the recipient by. ``place`` tells apart what is alike in all else, of the same
    second. ``machine``: the mail program opened it by itself.
    """

    campaign: Key
    email: str
    kind: str
    at: str
    detail: str = ""
    ref: str = ""
    place: int = 0
    machine: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """How often a mail was opened in a place, as far as the audience knows; ``country`` is a code of ISO 3166."""

    country: str
    region: str
    opens: int


@dataclass(frozen=True, slots=True)
class Mail:
    """A campaign's mail as HTML ("" where it has none to show), and where it was opened."""

    html: str = ""
    places: tuple[Opened, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that Mailchimp's report shows otherwise than we counted."""

    name: str
    report: int
    counted: int


def differences(report: Sums, counted: Sums) -> tuple[Difference, ...]:
    """Where the sums over people are not the report's; what the report does not tell is no difference."""
    found = []
    for one in fields(Sums):
        told, ours = getattr(report, one.name), getattr(counted, one.name)
        if told is not None and told != (ours or 0):
            found.append(Difference(one.name, told, ours or 0))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of one recipient, as it is stored. ``machine``: a mail program opened it by itself."""

    kind: Kind
    at: datetime
    detail: str = ""
    machine: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """All that one recipient did with one campaign."""

    opens: int = 0
    own_opens: int = 0
    first_open: datetime | None = None
    last_open: datetime | None = None
    clicks: int = 0
    first_click: datetime | None = None
    last_click: datetime | None = None
    bounce: str = ""
    bounced_at: datetime | None = None
    left_at: datetime | None = None
    left_why: str = ""
    complained_at: datetime | None = None


def response(events: Iterable[Happening]) -> Response:
    """What these events of one recipient add up to. First and last open are the person's own, where there are any."""
    by_kind: dict[Kind, list[Happening]] = {kind: [] for kind in Kind}
    for event in sorted(events, key=lambda one: one.at):
        by_kind[event.kind].append(event)
    opens, clicks = by_kind[Kind.OPENED], by_kind[Kind.CLICKED]
    own = [one for one in opens if not one.machine]
    bounces, left, complaints = by_kind[Kind.BOUNCED], by_kind[Kind.UNSUBSCRIBED], by_kind[Kind.COMPLAINED]
    return Response(
        opens=len(opens),
        own_opens=len(own),
        first_open=own[0].at if own else None,
        last_open=own[-1].at if own else None,
        clicks=len(clicks),
        first_click=clicks[0].at if clicks else None,
        last_click=clicks[-1].at if clicks else None,
        bounce=bounces[0].detail or "hard" if bounces else "",
        bounced_at=bounces[0].at if bounces else None,
        left_at=left[-1].at if left else None,
        left_why=left[-1].detail if left else "",
        complained_at=complaints[0].at if complaints else None,
    )


def total(responses: Iterable[Response]) -> Sums:
    """The numbers of a campaign with these recipients."""
    all_of = list(responses)
    return Sums(
        sent=len(all_of),
        opens=sum(one.opens for one in all_of),
        openers=sum(one.opens > 0 for one in all_of),
        own_opens=sum(one.own_opens for one in all_of),
        own_openers=sum(one.own_opens > 0 for one in all_of),
        clicks=sum(one.clicks for one in all_of),
        clickers=sum(one.clicks > 0 for one in all_of),
        hard=sum(one.bounce == "hard" for one in all_of),
        soft=sum(one.bounce == "soft" for one in all_of),
        unsubscribed=sum(one.left_at is not None and one.complained_at is None for one in all_of),
        complained=sum(one.complained_at is not None for one in all_of),
    )


def who(email: str, ref: str) -> str:
    """By what a recipient is known within a campaign: the address of the mail, or the report's ID of an erased one."""
    return address_key(email) or f"#{ref}"


def detail(text: str) -> str:
    """A link, a reason or the kind of a bounce as it is stored; what is stored already stays as it is."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 17]}#{sha256(text.encode()).hexdigest()[:16]}"


FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def in_utc(at: datetime | None) -> datetime | None:
    """A moment that somebody asks for, in UTC; one without a zone is meant so. What lies outside all years is the first
    or the last moment that there is.
    """
    if at is None or at.tzinfo is None:
        return at and at.replace(tzinfo=UTC)
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return FIRST if at.year == 1 else LAST


def rate(part: int, whole: int) -> float:
    """A share of 0 to 1; nothing of nothing is nothing."""
    return part / whole if whole else 0.0
