"""A campaign, who got it, and what they did with it: the one store that reports and activity are computed from."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from listloop.sandbox.mailchimp.member import Packed, Value
from listloop.sandbox.mailchimp.tally import HOUR, Event, Tally, count

CREATABLE = ("regular", "plaintext", "rss", "variate")
EDITABLE = ("save", "paused")
Json = dict[str, Any]
Wave = tuple[int, list[int], bytes]
"""When it goes out, to which members (their web ids), and the number of the combination that each of them gets."""


@dataclass(slots=True, eq=False)
class Recipient(Packed):
    """One mail: the person as it was when the mail went out, and all that followed, oldest first.

    The parts are those of the member, shared and never changed in place, so that a mail costs little memory.
    """

    web_id: int
    email: str
    email_id: str
    values: tuple[Value, ...] = ()
    interests: frozenset[str] = frozenset()
    combination: int = 0
    wave: int = 0
    """The place in ``Campaign.waves`` of the moment when it went out."""
    events: tuple[Event, ...] = ()

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]

    def erase(self, contact_id: str) -> None:
        """The person was forgotten: the numbers of the report stay, the personal data does not."""
        self.email, self.email_id, self.values, self.interests = "", contact_id, (), frozenset()

    def bounced(self) -> str:
        """``hard``, ``soft``, or nothing for a mail that arrived."""
        return next((event.detail for event in self.events if event.kind == "bounce"), "")


@dataclass(frozen=True, slots=True)
class Content:
    """What is mailed. Replaced as a whole, so what a mail refers to stays as it was."""

    html: str = ""
    plain_text: str = ""
    kind: str = "html"
    variants: tuple[tuple[str, str, str], ...] = ()
    """(label, html, plain text) of each content of a variate campaign."""


@dataclass(slots=True, eq=False)
class Campaign:
    """``send_time``: when it is scheduled, then when it went out; 0 for neither."""

    id: str
    web_id: int
    type: str
    created: int
    list_id: str = ""
    segment_opts: Json = field(default_factory=dict)
    settings: Json = field(default_factory=dict)
    tracking: Json = field(default_factory=dict)
    social_card: Json = field(default_factory=dict)
    variate_settings: Json = field(default_factory=dict)
    rss_opts: Json = field(default_factory=dict)
    content: Content = field(default_factory=Content)
    parent_id: str = ""
    status: str = "save"
    send_time: int = 0
    batches: tuple[int, int] | None = None
    """(how many, minutes between them) for a sending in batches."""
    waves: list[int] = field(default_factory=list)
    """The seconds in which mails went out."""
    waiting: list[Wave] = field(default_factory=list)
    mailed: int = 0
    """How many of the first wave that waits have had their turn: a large one goes out in slices."""
    chance: Random | None = None
    """Draws what the people of that wave will do."""
    rest: list[int] = field(default_factory=list)
    """Web ids of the people of a variate campaign who get the winner."""
    winner: int | None = None
    """The number of the winning combination, once it is known."""
    news: Json = field(default_factory=dict)
    """Of a feed campaign: when it is ``due`` next, was ``asked``, mailed ``last``; the addresses ``seen``."""
    visits: list[tuple[int, str]] = field(default_factory=list)
    """Second and referrer of each look at the public page."""
    canceled: int = 0
    """How many mails were not sent since the sending was cancelled."""
    recipients: dict[int, Recipient] = field(default_factory=dict)
    """By the web id of the member."""
    feedback: dict[int, Json] = field(default_factory=dict)
    tallied: Tally | None = None

    def mail(self, to: Recipient) -> None:
        """One more mail is out."""
        found = self.tally()
        found.sent += 1
        found.by_wave[to.wave] += 1
        self.recipients[to.web_id] = to

    def note(self, web_id: int, event: Event) -> None:
        """Something happened to a mail."""
        recipient = self.recipients[web_id]
        self.tally().add(recipient.events, event)
        recipient.events = (*recipient.events, event)

    def tally(self) -> Tally:
        """The numbers of what has happened so far: counted once, and kept right from then on."""
        if self.tallied is None:
            self.tallied = count([(to.wave, to.events) for to in self.recipients.values()])
        return self.tallied

    def is_last(self, to: Recipient) -> bool:
        """Whether this one got the winner, instead of being tested on."""
        return self.winner is not None and to.wave == len(self.waves) - 1

    @property
    def warped(self) -> bool:
        """Everybody is mailed at the same hour of their own time zone."""
        return bool(self.settings.get("timewarp"))

    def offset(self, to: Recipient) -> int:
        """Hours ahead of UTC of the time zone that this mail was timed for; 0 where it was not."""
        return (self.send_time - self.mailed_at(to)) // HOUR if self.warped else 0

    def mailed_at(self, to: Recipient) -> int:
        return self.waves[to.wave] if to.wave < len(self.waves) else self.send_time

    def happened(self) -> Iterator[tuple[Recipient, Event]]:
        for recipient in self.recipients.values():
            for event in recipient.events:
                yield recipient, event

    @property
    def title(self) -> str:
        return str(self.settings.get("title") or self.settings.get("subject_line") or "")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that belongs to no sending: a test of a campaign (``campaign_id``), or a request to confirm an opt-in."""

    id: str
    kind: str
    at: int
    list_id: str
    to: Recipient
    settings: Json
    content: Content
    campaign_id: str = ""
