"""What a world is made of, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from listloop.core.people import Consent
from listloop.core.side import Field, FieldType
from listloop.testing.world_crowd import CULTURES

#: Everything in a world happened before this moment.
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

FIELDS: tuple[Field, ...] = (
    Field("customer_number", "Customer number"),
    Field("customer_since", "Customer since", FieldType.DATE),
    Field("newsletter_language", "Newsletter language", FieldType.CHOICE, tuple(one.title for one in CULTURES)),
    Field("seats", "Number of seats", FieldType.NUMBER),
    Field("annual_revenue", "Annual revenue", FieldType.MONEY),
    Field("vip", "VIP", FieldType.YES_NO),
)

GROUPS = ("Customers", "Newsletter", "Trade fair 2026", "Webinar autumn 2025", "Partners", "Press")


@dataclass(frozen=True, slots=True)
class CrmPerson:
    """Somebody in the CRM. ``custom`` goes by the names of ``FIELDS``; empty ones are left out."""

    number: int
    first_name: str
    last_name: str
    title: str
    company: str
    email: str
    email_2: str
    phone: str
    street: str
    city: str
    postal_code: str
    country: str
    language: str
    birthday: str
    owner: str
    takes_part: bool | None
    consent: Consent
    custom: Mapping[str, str]
    groups: tuple[str, ...]
    created: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the audience. ``person`` is the number of the CRM person with the same address, 0 for nobody.

    ``differs`` says how the member differs from that person: name, no last name, phone, city, job, case of the e-mail.
    """

    email: str
    status: str
    merge_fields: Mapping[str, str | int]
    tags: tuple[str, ...]
    language: str
    changed: datetime
    origin: str = ""  # who unsubscribed: self or admin
    archived: bool = False
    person: int = 0
    differs: frozenset[str] = frozenset()
