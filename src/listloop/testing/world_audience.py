"""The audience half of a world: people of the CRM as Mailchimp knows them, and people whom the CRM doesn't know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from listloop.core.people import address_key
from listloop.testing.world_crowd import CULTURES, Crowd, Firm
from listloop.testing.world_culture import plain
from listloop.testing.world_shapes import NOW, CrmPerson, Member

MERGE_FIELDS: tuple[dict[str, Any], ...] = (
    {"tag": "FNAME", "name": "First Name", "type": "text"},
    {"tag": "LNAME", "name": "Last Name", "type": "text"},
    {"tag": "PHONE", "name": "Phone Number", "type": "phone"},
    {"tag": "COMPANY", "name": "Company", "type": "text"},
    {"tag": "CITY", "name": "City", "type": "text"},
    {"tag": "JOB", "name": "Job title", "type": "text"},
    {"tag": "CUSTNO", "name": "Customer number", "type": "text"},
    {"tag": "SINCE", "name": "Customer since", "type": "date", "options": {"date_format": "YYYY-MM-DD"}},
    {"tag": "SEATS", "name": "Number of seats", "type": "number"},
    {"tag": "LANG", "name": "Language", "type": "dropdown", "options": {"choices": [one.title for one in CULTURES]}},
    {"tag": "VIP", "name": "VIP", "type": "dropdown", "options": {"choices": ["yes", "no"]}},
)

#: Status, who unsubscribed, archived; and how many of a hundred members are so.
_STANDINGS = (
    ("subscribed", "", False, 80.5),
    ("unsubscribed", "self", False, 5),
    ("unsubscribed", "admin", False, 2),
    ("cleaned", "", False, 3.5),
    ("pending", "", False, 2),
    ("transactional", "", False, 3.5),
    ("subscribed", "", True, 2.5),
    ("unsubscribed", "self", True, 1),
)

_TAGS = (("Newsletter", 0.5), ("Webinar autumn 2025", 0.1), ("Trade fair 2026", 0.06), ("Imported 2023", 0.3))


def members_of(firms: Sequence[Firm], people: Sequence[CrmPerson], crowd: Crowd) -> tuple[Member, ...]:
    """An audience: half as many of the CRM's people as there are, and half of that again who are not in the CRM."""
    first = {address_key(one.email): one for one in reversed(people) if one.email}
    known = sorted(first.values(), key=lambda one: one.number)
    shared = sorted(crowd.random.sample(known, min(len(known), len(people) // 2)), key=lambda one: one.number)
    return (
        *(_known(one, crowd) for one in shared),
        *(_stranger(firms, crowd) for _ in range(len(people) // 4)),
    )


def _known(person: CrmPerson, crowd: Crowd) -> Member:
    """A person of the CRM as Mailchimp knows them: entered earlier, elsewhere, by somebody else."""
    values: dict[str, str | int] = {
        "FNAME": person.first_name,
        "LNAME": person.last_name,
        "COMPANY": person.company if crowd.chance(0.7) else "",
        "PHONE": person.phone if crowd.chance(0.6) else "",
        "CITY": person.city if crowd.chance(0.8) else "",
        "JOB": person.title if crowd.chance(0.6) else "",
        "CUSTNO": person.custom.get("customer_number", "") if crowd.chance(0.5) else "",
        "SINCE": person.custom.get("customer_since", "") if crowd.chance(0.3) else "",
        "LANG": person.custom.get("newsletter_language", "") if crowd.chance(0.7) else "",
        "VIP": person.custom.get("vip", "") if crowd.chance(0.2) else "",
    }
    if "seats" in person.custom and crowd.chance(0.3):
        values["SEATS"] = int(person.custom["seats"])
    values, differs = _differ(person, values, crowd)
    email = person.email
    if crowd.chance(0.05):
        local, _, domain = email.partition("@")
        email, differs = f"{local.title()}@{domain}", differs | {"case of the e-mail"}
    return _member(email, person.language, values, crowd, person.number, differs)


def _differ(
    person: CrmPerson, values: dict[str, str | int], crowd: Crowd
) -> tuple[dict[str, str | int], frozenset[str]]:
    """Some honest differences, and what they are."""
    culture = next(one for one in CULTURES if one.language == person.language)
    here = crowd.place(culture)
    wanted: dict[str, dict[str, str | int]] = {}
    if crowd.chance(0.08):
        wanted["name"] = _other_spelling(person, crowd)
    if crowd.chance(0.05):
        wanted["no last name"] = {"LNAME": ""}
    if crowd.chance(0.10):
        wanted["phone"] = {"PHONE": here.phone}
    if crowd.chance(0.06):
        wanted["city"] = {"CITY": here.city}
    if crowd.chance(0.08):
        wanted["job"] = {"JOB": crowd.random.choice(culture.jobs).male}
    real = {what: change for what, change in wanted.items() if any(change[tag] != _crm(person, tag) for tag in change)}
    for change in real.values():
        values |= change
    return values, frozenset(real)


def _crm(person: CrmPerson, tag: str) -> str:
    """What the CRM has where the audience has this merge field."""
    return {
        "FNAME": person.first_name,
        "LNAME": person.last_name,
        "PHONE": person.phone,
        "CITY": person.city,
        "JOB": person.title,
    }[tag]


def _other_spelling(person: CrmPerson, crowd: Crowd) -> dict[str, str | int]:
    first, last = person.first_name, person.last_name
    unaccented = {"FNAME": plain(first), "LNAME": plain(last)}
    if unaccented != {"FNAME": first, "LNAME": last} and crowd.chance(0.7):
        return dict(unaccented)
    if crowd.chance(0.5):
        return {"FNAME": first.upper(), "LNAME": last.upper()}
    return {"FNAME": f"{first[:1]}.", "LNAME": last}


def _stranger(firms: Sequence[Firm], crowd: Crowd) -> Member:
    """Somebody who signed up alone; some say where they work: at a company of the CRM, or at another."""
    firm = None
    if crowd.chance(0.4):
        firm = crowd.random.choice(firms) if crowd.chance(0.5) else crowd.firm(crowd.culture())
    who = crowd.named(firm.culture if firm and not crowd.chance(0.1) else crowd.culture())
    values: dict[str, str | int] = {"FNAME": who.first, "LNAME": "" if crowd.chance(0.08) else who.last}
    values["LANG"] = who.culture.title if crowd.chance(0.6) else ""
    if firm:
        values["COMPANY"] = firm.name.upper() if crowd.chance(0.1) else firm.name
        values["JOB"] = crowd.job(who) if crowd.chance(0.5) else ""
        email = crowd.work_address(who, firm)
    else:
        email = crowd.private_address(who)
    if crowd.chance(0.2):
        values["CITY"] = crowd.place(who.culture).city
    return _member(email, who.culture.language, values, crowd)


def _member(
    email: str,
    language: str,
    values: dict[str, str | int],
    crowd: Crowd,
    person: int = 0,
    differs: frozenset[str] = frozenset(),
) -> Member:
    (standing,) = crowd.random.choices(_STANDINGS, [one[3] for one in _STANDINGS])
    status, origin, archived, _ = standing
    return Member(
        email=email,
        status=status,
        merge_fields={tag: value for tag, value in values.items() if value != ""},
        tags=tuple(tag for tag, share in _TAGS if crowd.chance(share)),
        language=language,
        changed=NOW - timedelta(days=crowd.random.randint(1, 1_200), seconds=crowd.random.randrange(86_400)),
        origin=origin,
        archived=archived,
        person=person,
        differs=differs,
    )


def document(members: Sequence[Member], name: str) -> dict[str, Any]:
    """What ``World.seed_sandbox`` gives."""
    audience = {
        "name": name,
        "merge_fields": [dict(one) for one in MERGE_FIELDS],
        "tags": [tag for tag, _ in _TAGS],
        "members": [_entry(one) for one in members],
    }
    return {"lists": [audience]}


def _entry(member: Member) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "email_address": member.email,
        "status": member.status,
        "merge_fields": dict(member.merge_fields),
        "tags": list(member.tags),
        "language": member.language,
        "last_changed": _moment(member.changed),
    }
    if member.origin:
        entry["origin"] = member.origin
    if member.archived:
        entry["archived"] = True
    return entry


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
