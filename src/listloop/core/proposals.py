"""A mapping proposed from two schemas: fields whose names mean the same and whose types can be kept in step."""

from __future__ import annotations

import re
from collections.abc import Iterable

from listloop.core.mapping import refusal
from listloop.core.rules import LabelRow, Row
from listloop.core.side import Field, FieldType, Label, LabelKind, Schema

#: Words for one meaning, in the form of ``_plain``. The first field that has one of them is taken.
MEANINGS: tuple[tuple[str, ...], ...] = (
    ("fname", "firstname", "givenname", "forename", "vorname", "prenom", "first"),
    ("lname", "lastname", "surname", "familyname", "nachname", "nom", "last"),
    ("company", "organisation", "organization", "firma", "societe", "companyname", "account"),
    ("phone", "telephone", "tel", "telefon", "mobile", "phonenumber", "phone1", "mainphone"),
    ("city", "town", "ort", "stadt", "ville", "ciudad"),
    ("zip", "postalcode", "postcode", "plz", "zipcode"),
    ("country", "land", "pays"),
    ("street", "addr1", "address1", "strasse", "addressline1"),
    ("job", "jobtitle", "title", "position", "role", "funktion"),
    ("birthday", "bday", "dateofbirth", "geburtstag", "birth"),
    ("lang", "language", "sprache", "newsletterlanguage"),
    ("custno", "customernumber", "customerno", "kundennummer", "customerid"),
    ("since", "customersince", "kundeseit"),
    ("seats", "seatcount", "users", "employees", "staff"),
    ("vip",),
    ("website", "url", "homepage"),
)


def propose(crm: Schema, audience: Schema) -> tuple[tuple[Row, ...], tuple[LabelRow, ...]]:
    """Rows for every merge field whose meaning is found in the CRM, and label rows for tags named as a group."""
    rows: list[Row] = []
    taken: set[str] = set()
    for there in audience.fields:
        for here in _candidates(there, crm.fields):
            row = Row(here, there)
            if here.name not in taken and not refusal(row):
                rows.append(row)
                taken.add(here.name)
                break
    groups = {_plain(one.title): one for one in crm.labels}
    labels = tuple(
        LabelRow(groups[_plain(one.title)], one) for one in _tags(audience.labels) if _plain(one.title) in groups
    )
    return tuple(rows), labels


def _tags(labels: Iterable[Label]) -> Iterable[Label]:
    return (one for one in labels if one.kind is LabelKind.TAG)


def _candidates(there: Field, fields: Iterable[Field]) -> list[Field]:
    """The CRM's fields that may mean the same, the likeliest first."""
    wanted = {_plain(there.name), _plain(there.title)}
    meaning = next((words for words in MEANINGS if wanted & set(words)), ())
    ranked = []
    for here in fields:
        names = {_plain(here.name), _plain(here.title)}
        if names & wanted:
            ranked.append((0, here))
        elif names & set(meaning) or (meaning and meaning[0] == "company" and here.type is FieldType.COMPANY):
            ranked.append((1, here))
    return [here for _, here in sorted(ranked, key=lambda one: one[0])]


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.rsplit(":", maxsplit=1)[-1].lower())
