"""What the set-up and settings pages ask of the rest of Listloop; filled beside the other services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from listloop.core.people import Record
from listloop.core.plan import Rule
from listloop.core.rules import Rules
from listloop.core.side import Adapter, Schema
from listloop.store.drafts import Draft
from listloop.store.rhythm import Rhythm

STEPS = ("fields", "companies", "labels", "who", "consent", "schedule", "webhooks")
"""The pages of a connection's settings, in the order in which a set-up walks through them."""


@dataclass(frozen=True, slots=True)
class AudienceChoice:
    """An audience of the account. ``members`` is how many people are in it, archived ones left out.

    ``kept_by`` names the connection that keeps it in step already; "" where there is none.
    """

    id: str
    name: str
    members: int
    kept_by: str = ""


@dataclass(frozen=True, slots=True)
class Hook:
    """A connection's webhook. ``address``: does this installation have a public one? ``off``: it shall have none.

    ``state`` is "" (none yet), ``problem`` with what is wrong and its ``fix``, or ``works``.
    """

    address: str
    off: bool = False
    state: str = ""
    heard_at: datetime | None = None
    problem: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """One thing that was looked at: ``bad`` stops something, ``look`` deserves a look; ``fix`` is the next step."""

    level: Literal["ok", "look", "bad"]
    what: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """One person as both sides show it; a side that has nobody alike shows None."""

    crm: Record | None = None
    mailchimp: Record | None = None


@dataclass(frozen=True, slots=True)
class Headcount:
    """How many people of the CRM would take part: of those ``read``, all if ``whole``; others by the rule that does it.

    Several with one address, and opt-outs, are told by the plan only.
    """

    read: int
    whole: bool
    left_out: Mapping[Rule, int]

    @property
    def takes_part(self) -> int:
        """Whom no rule leaves out."""
        return self.read - sum(self.left_out.values())


class SetUp(Protocol):
    """Everything may raise a ``ListloopError``, which the page shows beside what was entered; then nothing is kept.

    ``who`` is the address of the user, for the audit log.
    """

    def crms(self) -> Sequence[Adapter]:
        """The CRMs that can be connected."""

    def drafts(self) -> Sequence[Draft]:
        """Set-ups that were begun and not finished."""

    def draft(self, draft_id: int) -> Draft:
        """One of them."""

    def begin(self, crm: str, settings: Mapping[str, str], who: str) -> int:
        """Check that the CRM can be read and written with these settings, and keep them as a draft.

        Nothing is checked yet where somebody has to sign in on the CRM's own page first.
        """

    def ask_crm(self, place: str, back: str, state: str) -> str:
        """Where to sign in at the CRM, to come back to ``back``; "" where that is not how it is signed in to.

        ``place`` is whose CRM it is: ``draft/5`` or ``connection/3``.
        """

    def crm_came_back(self, place: str, code: str, back: str, who: str) -> None:
        """Take the code that the CRM gave, check what it opens, and keep it."""

    def sign_in(self, draft_id: int, key: str, base_url: str, who: str) -> None:
        """Check a Mailchimp key and keep it."""

    def ask_mailchimp(self, back: str, state: str) -> str:
        """Where to sign in at Mailchimp, to come back to ``back``; "" where only a key can be pasted."""

    def came_back(self, draft_id: int, code: str, back: str, who: str) -> None:
        """Take the code that Mailchimp gave, and keep what it opens."""

    def audiences(self, draft_id: int) -> Sequence[AudienceChoice]:
        """The audiences that the kept key opens."""

    def connect(self, draft_id: int, audience: str, name: str, who: str) -> int:
        """Make the connection with a proposed mapping, still off the schedule; gives its id.

        Where another audience of the account is kept in step, opt-outs count in all of them from then on.
        """

    def drop(self, draft_id: int, who: str) -> None:
        """Forget a draft and its secrets."""

    def check(self, connection_id: int) -> Sequence[Looked]:
        """Ask both ends who they are and what is allowed, and look at the runs and the webhook."""

    def schemas(self, connection_id: int) -> tuple[Schema, Schema]:
        """The fields and labels of both ends as they are now."""

    def count(self, connection_id: int, rules: Rules) -> Headcount:
        """How many people of the CRM would take part under these rules; of a large CRM the first some thousand."""

    def example(self, connection_id: int) -> Example:
        """Somebody who is on both sides, else on the CRM's."""

    def make_field(self, connection_id: int, name: str, who: str) -> None:
        """Make a merge field for this field of the CRM, and map the two."""

    def save(self, connection_id: int, rules: Rules, what: str, who: str) -> None:
        """Keep changed rules; the next plan waits for a yes."""

    def hook(self, connection_id: int) -> Hook:
        """How its webhook stands, as far as it is known here."""

    def use_hook(self, connection_id: int, wanted: bool, who: str) -> None:
        """Have Mailchimp tell at once, or no more: the webhook is made, looked after or removed over there."""

    def change_key(self, connection_id: int, key: str, who: str) -> None:
        """Take another key of the same Mailchimp account."""

    def crm_settings(self, connection_id: int) -> dict[str, str]:
        """What a connection's CRM is opened with, its secrets left out."""

    def change_crm(self, connection_id: int, given: Mapping[str, str], who: str) -> None:
        """Open the same CRM with these from now on; a secret that is "" stays as it is."""

    def runs(self, connection_id: int, rhythm: Rhythm | None, who: str) -> None:
        """Run in this rhythm; None: only when somebody asks."""

    def results(self, connection_id: int, rhythm: Rhythm | None, who: str) -> None:
        """Read campaign results in this rhythm; None: only when somebody asks."""

    def step(self, connection_id: int, step: str) -> None:
        """Note how far a set-up is; "" when it is done."""

    def name_of(self, crm: str) -> str:
        """What the CRM is called."""
