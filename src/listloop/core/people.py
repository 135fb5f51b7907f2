"""People as the core sees them: plain values, alike for both sides of a connection.

A value is always text in the canonical form of its field's type (see ``fields``), and "" is empty. A field that is
missing from ``Person.fields`` was not shown by its side, which is not the same as an empty one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from functools import lru_cache

from listloop.core.frozen import frozen, replace

Key = str
"""A record's key on its own side; opaque to everybody else, at most 200 characters."""

Value = str
"""A field's content in canonical text; "" is empty."""


class SideName(StrEnum):
    """The two ends of a connection."""

    CRM = "crm"
    MAILCHIMP = "mailchimp"

    @property
    def other(self) -> SideName:
        """The opposite end."""
        return SideName.MAILCHIMP if self is SideName.CRM else SideName.CRM


class Consent(StrEnum):
    """May we mail this person? Mailchimp's ``transactional`` is UNKNOWN; a complaint is UNSUBSCRIBED, so noted."""

    UNKNOWN = "unknown"
    SUBSCRIBED = "subscribed"
    PENDING = "pending"
    UNSUBSCRIBED = "unsubscribed"
    CLEANED = "cleaned"


class Origin(StrEnum):
    """Who said a no, or a yes after it."""

    PERSON = "person"
    COMPLAINT = "complaint"
    ADMIN = "admin"
    CRM = "crm"
    UNKNOWN = "unknown"


@frozen
class Person:
    """The mapped content of a record. ``fields`` goes by the side's own field names, ``labels`` by its label names."""

    email: str = ""
    fields: Mapping[str, Value] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()
    consent: Consent = Consent.UNKNOWN


@frozen
class Record:
    """What one side holds about one person.

    ``takes_part`` is the CRM's flag *Sync with Mailchimp* (None: blank) and, in the audience, True for an active and
    False for an archived member. ``mailchimp_id`` is the member's ``contact_id``, in the CRM the stored copy of it.
    ``changed`` and ``created`` are the side's own times in ISO 8601 UTC ("" when it doesn't tell): they order
    readings of one side and are never compared with the other's. ``kind`` is the side's word (Individual, Contact,
    Member). ``emails`` are further addresses that may match; only ``person.email`` is synced. ``labels_shown`` is
    False where the side did not list every label, so that a missing one is no removal. ``origin`` says who opted out,
    ``source`` where the record came from, ``name`` is the person's name as the side shows it. ``older_ids`` are what
    earlier connectors knew a member by (hash, ``unique_email_id``, ``web_id``), in the CRM what one of them stored.
    """

    key: Key
    person: Person
    takes_part: bool | None = None
    mailchimp_id: str = ""
    changed: str = ""
    created: str = ""
    kind: str = ""
    emails: tuple[str, ...] = ()
    labels_shown: bool = True
    origin: Origin = Origin.UNKNOWN
    source: str = ""
    name: str = ""
    older_ids: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        """The address that is synced, as the side spells it."""
        return self.person.email


@frozen
class Patch:
    """An edit of one record: None and empty collections leave things as they are.

    ``fields`` maps the side's field names to new values ("" clears). Sync never sends ``consent`` along with
    anything else to an existing record.
    """

    email: str | None = None
    fields: Mapping[str, Value] = field(default_factory=dict)
    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()
    consent: Consent | None = None
    takes_part: bool | None = None
    mailchimp_id: str | None = None

    def __bool__(self) -> bool:
        """Is anything to be written?"""
        return bool(
            self.fields
            or self.add
            or self.remove
            or self.email is not None
            or self.consent is not None
            or self.takes_part is not None
            or self.mailchimp_id is not None
        )

    def without_consent(self) -> Patch:
        """Everything of this patch that is not a status."""
        return replace(self, consent=None)


#: The patch that changes nothing.
NOTHING = Patch()


@lru_cache(maxsize=8192)  # of each person of a chunk it is asked some ten times
def address_key(email: str) -> str:
    """The form in which two addresses are compared: trimmed, NFC, lower-cased.

    Not case-folded: ``straße@`` and ``strasse@`` are two mailboxes, and Mailchimp hashes the lower-cased form.
    """
    return unicodedata.normalize("NFC", email.strip()).lower()


def company_key(name: str) -> str:
    """The form in which two companies' names are compared: NFKC, case-folded, with single spaces between words."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())
