"""The CRMs that the demo can be shown with: each filled with the same invented people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx2

from listloop.cli.demo_deals import deals_of, win_deals
from listloop.cli.standin import sandbox_process
from listloop.core.people import Consent
from listloop.core.side import Deal, FieldType
from listloop.crm.local import LocalCrm
from listloop.crm.local.fill import fill
from listloop.testing.world import CrmPerson, World
from listloop.wiring import Listloop


@dataclass(frozen=True, slots=True)
class Shown:
    """A CRM that is filled and answers. ``pages`` is where its own pages are, "" for none."""

    crm: str
    title: str
    settings: dict[str, str] = field(default_factory=dict)
    pages: str = ""


Open = Callable[[Listloop, World, int], AbstractContextManager[Shown]]


@contextmanager
def local(listloop: Listloop, made: World, seed: int) -> Iterator[Shown]:
    """The built-in CRM, in the demo's own database."""
    crm = listloop.crm("local", {})
    if isinstance(crm, LocalCrm):
        fill(crm.place, made, listloop.now())
        win_deals(crm.place, made, seed, listloop.now())
    crm.close()
    yield Shown("local", "a built-in CRM")


@contextmanager
def sagecrm(listloop: Listloop, made: World, seed: int) -> Iterator[Shown]:
    """The Sage CRM stand-in, in a process of its own."""
    with sandbox_process(seed, kind="sagecrm") as (address, _):
        document = sage_document(made) | {"deals": [_sage_deal(one) for one in deals_of(made, seed, listloop.now())]}
        httpx2.post(f"{address}/_sandbox/seed", json=document, timeout=120).raise_for_status()
        settings = {
            "address": address, "user": "listloop", "password": "sage-listloop", "status": "pers_mc_status",
            "responses": "pers_mc_segment", "groups": ",".join(map(_view, made.groups)),
        }  # fmt: skip
        yield Shown("sagecrm", "a Sage CRM stand-in", settings, address)


@contextmanager
def maximizer(listloop: Listloop, made: World, seed: int) -> Iterator[Shown]:  # noqa: ARG001 - all have this form
    """The Maximizer stand-in, in a process of its own."""
    with sandbox_process(seed, kind="maximizer") as (address, _):
        httpx2.post(f"{address}/_sandbox/seed", json=maximizer_document(made), timeout=120).raise_for_status()
        settings = {
            "address": f"{address}/MaximizerWebData/Data.svc/json", "book": "AcmeBook", "user": "SYNC",
            "password": "sync",
        }  # fmt: skip
        yield Shown("maximizer", "a Maximizer stand-in", settings, address)


#: The CRMs by their names.
CRMS: dict[str, Open] = {"local": local, "maximizer": maximizer, "sagecrm": sagecrm}

CURRENCIES = {"USD": 1, "EUR": 2}
"""Numbers of currencies in the Sage CRM stand-in."""

_SAGE_KINDS = {
    FieldType.DATE: "day",
    FieldType.CHOICE: "select",
    FieldType.CHOICES: "multi",
    FieldType.NUMBER: "number",
    FieldType.MONEY: "number",
    FieldType.YES_NO: "check",
}


def sage_document(made: World) -> dict[str, Any]:
    """A world's CRM half as the Sage CRM stand-in is seeded with it."""
    columns = [
        {
            "name": f"pers_{one.name}", "title": one.title, "kind": _SAGE_KINDS.get(one.type, "text"),
            "choices": one.choices,
        }
        for one in made.fields
    ]  # fmt: skip
    columns.append({"name": "pers_birthday", "title": "Date of birth", "kind": "day"})
    groups: dict[str, list[int]] = {_view(title): [] for title in made.groups}
    for place, one in enumerate(made.people):
        for title in one.groups:
            groups[_view(title)].append(place)
    return {
        "columns": columns,
        "companies": [{"Comp_Name": one.name} for one in made.companies],
        "people": [_sage_person(one) for one in made.people],
        "groups": groups,
    }


def _view(title: str) -> str:
    return "vMC_" + "".join(one for one in title.title() if one.isalnum())


def _sage_deal(one: Deal) -> dict[str, Any]:
    """``person`` is the place of the person in the document, from 0."""
    closed = int(datetime.fromisoformat(one.won).timestamp()) if one.won else None
    return {
        "person": int(one.people[0]) - 1, "oppo_description": one.title, "oppo_total": one.value / 100,
        "oppo_total_cid": CURRENCIES[one.currency], "oppo_status": "Won" if one.won else "In Progress",
        "oppo_stage": "Negotiating", "oppo_closed": closed,
    }  # fmt: skip


def _sage_person(one: CrmPerson) -> dict[str, Any]:
    custom = {
        f"pers_{name}": "Y" if value == "yes" else "" if value == "no" else value for name, value in one.custom.items()
    }
    return {
        "pers_firstname": one.first_name, "pers_lastname": one.last_name or "-", "pers_title": one.title,
        "pers_birthday": one.birthday, "company": one.company, "email": one.email,
        "emails": [one.email_2] if one.email_2 else [], "phones": {"Business": one.phone} if one.phone else {},
        "created": int(one.created.timestamp()),
        "pers_mc_sync": {True: "Y", False: "N", None: ""}[one.takes_part],
        "pers_optout": "Y" if one.consent is Consent.UNSUBSCRIBED else "",
        "pers_mc_status": one.consent.value if one.consent is Consent.SUBSCRIBED else "",
        "address": {
            "addr_address1": one.street, "addr_city": one.city, "addr_postcode": one.postal_code,
            "addr_country": one.country,
        },
    } | custom  # fmt: skip


_MAXIMIZER_KINDS: dict[FieldType, tuple[str, dict[str, Any]]] = {
    FieldType.DATE: ("DateTimeField", {}),
    FieldType.CHOICE: ("EnumField<StringItem>", {}),
    FieldType.CHOICES: ("EnumField<StringItem>", {"MultiSelect": True}),
    FieldType.NUMBER: ("NumericField", {"DecimalPlaces": 2}),
    FieldType.MONEY: ("NumericField", {"DecimalPlaces": 2}),
    FieldType.YES_NO: ("EnumField<StringItem>", {"YesNo": True}),
}


def maximizer_document(made: World) -> dict[str, Any]:
    """A world's CRM half as the Maximizer stand-in is seeded with it, the flag as an earlier connector left it."""
    fields: list[dict[str, Any]] = [
        {"name": "Sync with MailChimp", "type": "EnumField<StringItem>", "folder": "MailChimp",
         "attributes": {"YesNo": True}},
        {"name": "Date of birth", "type": "DateTimeField"},
        {"name": "Language", "type": "StringField", "attributes": {"MaxLength": 60}},
    ]  # fmt: skip
    for one in made.fields:
        kind, attributes = _MAXIMIZER_KINDS.get(one.type, ("StringField", {"MaxLength": 254}))
        fields.append({"name": one.title, "type": kind, "attributes": attributes, "choices": list(one.choices)})
    titles = {one.name: (one.title, one.type) for one in made.fields}
    lists = [
        {"name": title, "members": [place for place, one in enumerate(made.people) if title in one.groups]}
        for title in made.groups
    ]
    return {
        "fields": fields,
        "companies": [{"CompanyName": one.name} for one in made.companies],
        "people": [_maximizer_person(one, titles) for one in made.people],
        "lists": lists,
    }


def _maximizer_person(one: CrmPerson, titles: dict[str, tuple[str, FieldType]]) -> dict[str, Any]:
    custom: dict[str, Any] = {}
    for name, value in one.custom.items():
        title, kind = titles[name]
        number = kind in {FieldType.NUMBER, FieldType.MONEY}
        custom[title] = value.capitalize() if kind is FieldType.YES_NO else float(value) if number else value
    if one.takes_part is not None:
        custom["Sync with MailChimp"] = "Yes" if one.takes_part else "No"
    return {
        "FirstName": one.first_name, "LastName": one.last_name or "-", "Position": one.title, "company": one.company,
        "Email1": one.email, "Email2": one.email_2, "Phone1": one.phone[:21], "created": one.created.isoformat(),
        "Date of birth": one.birthday or None, "Language": one.language,
        "DoNotSolicitBy": ["1"] if one.consent is Consent.UNSUBSCRIBED else [],
        "Address": {
            "AddressLine1": one.street, "City": one.city, "ZipCode": one.postal_code, "Country": one.country,
        },
    } | custom  # fmt: skip
