"""How one connection is kept in step: the mapping and the answers given at set-up, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from listloop.core.people import Consent
from listloop.core.side import Field, Label


class Owner(StrEnum):
    """Whose value stays when both sides changed a field to different values."""

    CRM = "crm"
    MAILCHIMP = "mailchimp"
    ASK = "ask"


class Direction(StrEnum):
    """Which way a field crosses."""

    BOTH = "both"
    TO_CRM = "to crm"
    TO_MAILCHIMP = "to mailchimp"


@dataclass(frozen=True)
class Row:
    """One line of the mapping: a field of the CRM and one of the audience that hold the same thing."""

    crm: Field
    mailchimp: Field
    direction: Direction = Direction.BOTH
    owner: Owner = Owner.CRM

    @cached_property
    def name(self) -> str:
        """The row's stable name; memory is kept under it. Another pair of fields or types is another row."""
        return f"{self.crm.name}:{self.crm.type}={self.mailchimp.name}:{self.mailchimp.type}"


@dataclass(frozen=True)
class LabelRow:
    """A label of the CRM and one of the audience that mean the same."""

    crm: Label
    mailchimp: Label

    @cached_property
    def name(self) -> str:
        """The row's stable name; memory is kept under it."""
        return f"{self.crm.name}={self.mailchimp.name}"


class Gone(StrEnum):
    """What becomes of the member of a person who no longer takes part."""

    ARCHIVE = "archive"
    LEAVE = "leave"


class Duplicate(StrEnum):
    """Who keeps an address that several unlinked CRM records share."""

    OLDEST = "oldest"
    ASK = "ask"


@dataclass(frozen=True)
class Rules:
    """Everything that ``decide`` needs to know of a connection.

    ``unknown_consent`` is the administrator's answer for people whose consent the CRM doesn't know: they agreed
    (SUBSCRIBED), ask them (PENDING), or keep without mailing (UNKNOWN). ``blank_flag`` says whether CRM people whose
    flag is blank take part. ``new_in_crm`` are the consents of members that may become CRM people.
    ``last_name`` is the field that the CRM requires, and ``fallback`` what is written there when nobody knows it.
    ``everywhere``: an opt-out in another connected audience of the same account counts here too. ``older_id`` is the
    CRM's field in which an earlier connector kept Mailchimp's ID; it is read, and never written. ``only_tags``,
    ``not_tags`` (by name) and ``not_sources`` say which members are another tool's, and left alone. ``only_values``
    (fields, and the values that each may have) and ``only_groups`` (labels, of which one is enough) say which people
    of the CRM take part, beside their flag.
    """

    rows: tuple[Row, ...] = ()
    labels: tuple[LabelRow, ...] = ()
    unknown_consent: Consent = Consent.UNKNOWN
    gone: Gone = Gone.ARCHIVE
    duplicate: Duplicate = Duplicate.OLDEST
    duplicate_flag_no: bool = False
    blank_flag: bool = False
    new_in_crm: frozenset[Consent] = frozenset({Consent.SUBSCRIBED})
    creates_in_crm: bool = True
    creates_in_mailchimp: bool = True
    last_name: str = ""
    fallback: str = "-"
    fillers: frozenset[str] = frozenset({"-"})
    everywhere: bool = False
    older_id: str = ""
    only_tags: frozenset[str] = frozenset()
    not_tags: frozenset[str] = frozenset()
    not_sources: frozenset[str] = frozenset()
    only_values: tuple[tuple[str, frozenset[str]], ...] = ()
    only_groups: frozenset[str] = frozenset()
    guard_share: float = 0.2
    guard_least: int = 50
    guard_most: int = 1000

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all rows and labels."""
        return frozenset([row.name for row in self.rows] + [label.name for label in self.labels])
