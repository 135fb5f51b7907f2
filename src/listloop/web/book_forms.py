"""The forms of the built-in CRM: which inputs its fields get, and what a posted form changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from listloop.core.addresses import PARTS, address, parts_of
from listloop.core.amounts import cents_of
from listloop.core.people import Record
from listloop.core.side import Deal, Field, FieldType
from listloop.crm.local.tables import LIMIT
from listloop.web.edit import Input
from listloop.web.words import ADDRESS, N_

#: Field types with an input of their own; the others are text.
KINDS = {FieldType.PHONE: "tel", FieldType.DATE: "date", FieldType.EMAIL: "email", FieldType.URL: "url"}


@dataclass(frozen=True, slots=True)
class Given:
    """What a posted form sets: fields that differ, the address (None: as it is), and the flag."""

    fields: dict[str, str]
    email: str | None
    takes_part: bool | None


def shown(record: Record | None) -> dict[str, str]:
    """What a form shows of a record, by the names of its inputs."""
    if record is None:
        return {"flag": "yes"}
    held: dict[str, str] = {}
    for name, value in record.person.fields.items():
        held[f"field:{name}"] = value
        if value.startswith("{"):
            held |= {f"field:{name}/{part}": text for part, text in parts_of(value).items()}
    return held | {"email": record.email, "flag": {True: "yes", False: "no", None: ""}[record.takes_part]}


def person_form(fields: Iterable[Field], given: Mapping[str, str]) -> list[Input]:
    """The inputs for a person: the e-mail after the names, then every field, an address in its parts, then the flag."""
    inputs = []
    for field in fields:
        name = f"field:{field.name}"
        if field.type is FieldType.ADDRESS:
            inputs += [
                Input(
                    f"{name}/{part}",
                    f"{field.title}: {ADDRESS[part]}",
                    given.get(f"{name}/{part}", ""),
                    max_chars=LIMIT,
                )
                for part in field.parts or PARTS
            ]
            continue
        kind = "area" if field.type is FieldType.CHOICES else KINDS.get(field.type, "text")
        choices = (N_("yes"), N_("no")) if field.type is FieldType.YES_NO else field.choices
        choices = ("", *choices) if choices and kind != "area" else ()
        value = given.get(name, "")
        inputs.append(Input(name, field.title, value, kind, choices, field.required, field.max_chars))
    email = Input("email", N_("E-mail"), given.get("email", ""), "email", max_chars=400)
    flag = Input("flag", N_("Sync with Mailchimp"), given.get("flag", ""), choices=("", N_("yes"), N_("no")))
    return [*inputs[:2], email, *inputs[2:], flag]


def read_person(fields: Iterable[Field], posted: Mapping[str, str], record: Record | None) -> Given:
    """What a posted form sets, less what the record has already; inputs that were not sent stay as they are."""
    before = shown(record) if record else {}
    changed = {
        field.name: value
        for field in fields
        if (value := _given(field, posted)) is not None and value != before.get(f"field:{field.name}", "")
    }
    email = posted.get("email", "").strip()
    return Given(
        changed,
        email if record is None or email != before["email"] else None,
        {"yes": True, "no": False}.get(posted.get("flag", "")),
    )


def _given(field: Field, posted: Mapping[str, str]) -> str | None:
    """The value of a field in a posted form; None where the form has no input for it."""
    name = f"field:{field.name}"
    if field.type is not FieldType.ADDRESS:
        return posted[name].replace("\r\n", "\n").strip() if name in posted else None
    parts = {part: posted[f"{name}/{part}"] for part in PARTS if f"{name}/{part}" in posted}
    return address(parts) if parts else None


def read_deal(posted: Mapping[str, str], key: str = "") -> Deal | None:
    """The opportunity that a form tells; None where its amount is no number of money."""
    text = {name: posted.get(name, "").strip() for name in ("title", "stage", "currency", "won", "company", "people")}
    value = cents_of(posted.get("value", "").strip() or "0")
    people = tuple(text.pop("people").split())
    return None if value is None else Deal(key, value=value, people=people, **text)
