"""The plan's plain data: what is known of a person, what was decided, and where the person stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from listloop.core.consent import SILENT, Cell, No, Remembered
from listloop.core.frozen import frozen
from listloop.core.people import NOTHING, Consent, Key, Patch, Record, SideName, Value
from listloop.core.questions import Answered, Question


class Standing(StrEnum):
    """Where a person stands; everyone of the population has exactly one, failed before waiting before excluded."""

    IN_SYNC = "in_sync"
    WAITING = "waiting"
    EXCLUDED = "excluded"
    FAILED = "failed"


class Rule(StrEnum):
    """What put a person into a standing; the words people see are in ``RULES``."""

    NONE = ""
    PLANNED = "planned"
    HELD = "held"
    QUESTION = "question"
    AMBIGUOUS = "ambiguous"
    RETRY = "retry"
    GAVE_UP = "gave-up"
    FLAG_NO = "flag-no"
    FLAG_BLANK = "flag-blank"
    NO_EMAIL = "no-email"
    BAD_EMAIL = "bad-email"
    DUPLICATE = "duplicate-email"
    OPTED_OUT = "opted-out"
    STATUS = "not-subscribed"
    GONE_CRM = "gone-crm"
    GONE_MAILCHIMP = "gone-mailchimp"
    ARCHIVED = "archived"
    NO_CREATE = "no-create"
    REVIVE = "revive"
    MOVED = "moved"
    FILTERED = "filtered"
    NOT_CHOSEN = "not-chosen"
    UNDONE = "undone"
    ERASED = "erased"
    OLDER = "older"


#: What each rule says to a person who asks why.
RULES: dict[Rule, str] = {
    Rule.NONE: "both sides agree",
    Rule.PLANNED: "is written by the next run",
    Rule.HELD: "waits for your yes",
    Rule.QUESTION: "waits for your answer",
    Rule.AMBIGUOUS: "several people could be meant",
    Rule.RETRY: "is tried again",
    Rule.GAVE_UP: "was refused for a week and is tried again when you say so",
    Rule.FLAG_NO: "Sync with Mailchimp is No",
    Rule.FLAG_BLANK: "Sync with Mailchimp is not set",
    Rule.NO_EMAIL: "has no e-mail address",
    Rule.BAD_EMAIL: "the e-mail address is not one",
    Rule.DUPLICATE: "shares an e-mail address with somebody who is linked",
    Rule.OPTED_OUT: "opted out",
    Rule.STATUS: "is in Mailchimp without being subscribed",
    Rule.GONE_CRM: "is no longer in the CRM",
    Rule.GONE_MAILCHIMP: "is no longer in Mailchimp",
    Rule.ARCHIVED: "is archived in Mailchimp",
    Rule.NO_CREATE: "the connection creates nobody on the other side",
    Rule.REVIVE: "is archived in Mailchimp and may only come back by your yes",
    Rule.NOT_CHOSEN: "is not among the people of the CRM whom the filter lets in",
    Rule.FILTERED: "is in a part of the audience that this connection leaves alone",
    Rule.MOVED: "was left behind by a person who has another address now",
    Rule.ERASED: "was forgotten for good and may only come back by your yes",
    Rule.OLDER: "is shown as before: was the side put back from a backup?",
    Rule.UNDONE: "what was written was taken back; it stays so until somebody edits this person",
}


class Action(StrEnum):
    """What a decision does with a person, in one word."""

    NONE = "none"
    PAIR = "pair"
    NEW_CRM = "new_crm"
    NEW_MAILCHIMP = "new_mailchimp"
    UPDATE = "update"
    PART = "part"
    RESUME = "resume"
    MOVE = "move"
    UNDO = "undo"
    KEEP = "keep"


class Kind(StrEnum):
    """Destructive kinds, counted by the guard."""

    ARCHIVE = "archive"
    FLAG_NO = "flag set to No"
    CLEAR = "cleared field"
    LABEL = "removed label"
    LOST = "conflict lost"
    CRM_NO = "opt-out from the CRM"
    MOVED = "moved link"


@frozen
class Seen:
    """What one side showed of a person when it was last settled, by the names of mapping rows.

    ``mailchimp_id`` is the ID that the CRM stored then; "" where it never did.
    """

    email: str = ""
    fields: Mapping[str, Value] = field(default_factory=dict)
    labels: Mapping[str, bool] = field(default_factory=dict)
    consent: Consent = Consent.UNKNOWN
    takes_part: bool = True
    mailchimp_id: str = ""


_UNSEEN = Seen()


@frozen
class Memory:
    """What both sides showed. ``archived_as`` is the consent of a member whom we archived; None: we didn't.

    ``cleaned_from`` is the consent from before the member's address bounced for good; None: it did not.
    """

    crm: Seen = _UNSEEN
    mailchimp: Seen = _UNSEEN
    archived_as: Consent | None = None
    cleaned_from: Consent | None = None


@frozen
class Pair:
    """All that is known of one person of the population when it is decided.

    ``memory`` is None at a first meeting. ``linked`` tells a link (parted ones included) from a record that stands
    alone, or a pair that is about to be linked. ``owner`` names who holds the address that this person would get,
    ``taken`` says so of an address that somebody else's member has ("which Bob has already"), and ``take`` is the
    member to be linked with instead. ``cleaned_from`` is the consent from before the address bounced, of a person who
    let go of that member. ``held`` says why nobody can tell who this is, ``archived`` is a former member with this
    address. ``unsubscribed_since`` tells that the member unsubscribed after it was archived. ``answered`` are the
    questions that were asked about this person, ``asked`` tells that the address was sent a confirmation mail once.
    """

    crm: Record | None = None
    mailchimp: Record | None = None
    memory: Memory | None = None
    linked: bool = False
    by: str = ""
    parted: str = ""
    crm_gone: bool = False
    mailchimp_gone: bool = False
    no: No | None = None
    remembered: Remembered = Remembered.NONE
    owner: str = ""
    held: str = ""
    archived: Record | None = None
    unsubscribed_since: bool = False
    taken: str = ""
    take: Key = ""
    answered: tuple[Answered, ...] = ()
    cleaned_from: Consent | None = None
    asked: bool = False
    erased: bool = False
    older: bool = False


#: In the place of a member's key: the link lets go of its member, and the person becomes a new one.
NOBODY: Key = "-"


@frozen
class Lost:
    """A value that a rule overwrote; it is kept in the history and can be restored."""

    side: SideName
    field: str
    value: Value


@frozen
class Decision:
    """The two patches for one person, and why.

    ``standing``, ``rule`` and ``reason`` hold once everything is written. ``open`` are rows (by name) that wait for
    an answer. ``part`` is why the link parts, ``consent`` the cell of the consent table that was used, ``sources`` the
    values that written rows come from: once written, they are what the other side showed. ``why`` tells the reason
    of each written thing, by side and name. ``merged`` tells that address, fields and labels were merged; where they
    were not, their memory stays as it is. ``take`` is the member that the link moves to, ``questions`` what only a
    person can answer. ``apart`` tells that one side alone is put back to what it showed before: the memory of the
    other stays as it is.
    """

    action: Action = Action.NONE
    crm: Patch = NOTHING
    mailchimp: Patch = NOTHING
    reasons: tuple[str, ...] = ()
    standing: Standing = Standing.IN_SYNC
    rule: Rule = Rule.NONE
    reason: str = ""
    open: tuple[str, ...] = ()
    part: Rule = Rule.NONE
    consent: Cell = SILENT
    lost: tuple[Lost, ...] = ()
    kinds: frozenset[Kind] = frozenset()
    sources: Mapping[str, Value] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)
    merged: bool = False
    take: Key = ""
    questions: tuple[Question, ...] = ()
    apart: bool = False

    @property
    def writes(self) -> bool:
        """Is anything to be written on either side, or a link to be moved?"""
        return bool(self.crm) or bool(self.mailchimp) or bool(self.take)
