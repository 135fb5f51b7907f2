"""The small form that edits a person of the built-in CRM: what it offers, and the patch that it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from listloop.core.people import Patch
from listloop.core.side import FieldType
from listloop.store.dossier import Dossier
from listloop.web.words import N_


@dataclass(frozen=True, slots=True)
class Input:
    """One field of the form, with what the CRM holds now."""

    name: str
    title: str
    value: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    required: bool = False
    max_chars: int | None = None


def editable(found: Dossier) -> bool:
    """Is there a record in the built-in CRM to edit?"""
    return found.crm_name == "local" and found.crm is not None and not found.crm.gone


def edit_form(found: Dossier) -> list[Input]:
    """The address, the mapped fields that the CRM lets us write, and the flag."""
    if found.crm is None:
        return []
    record = found.crm.record
    inputs = [Input("email", N_("E-mail"), record.email, "email")]
    for row in found.rules.rows:
        if row.crm.writable and row.crm.type is not FieldType.ADDRESS:
            value = record.person.fields.get(row.crm.name, "")
            choices = (N_("yes"), N_("no")) if row.crm.type is FieldType.YES_NO else row.crm.choices
            title, limit = row.crm.title, row.crm.max_chars
            kind = "tel" if row.crm.type is FieldType.PHONE else "text"
            inputs.append(Input(f"field:{row.crm.name}", title, value, kind, choices, row.crm.required, limit))
    flag = {True: "yes", False: "no", None: ""}[record.takes_part]
    return [*inputs, Input("flag", N_("Sync with Mailchimp"), flag, choices=(N_("yes"), N_("no")))]


def read_edit(found: Dossier, posted: Mapping[str, str]) -> Patch:
    """What the posted form changes; fields that were left alone or not sent stay as they are."""
    changed = {
        one.name: posted[one.name].strip()
        for one in edit_form(found)
        if one.name in posted and posted[one.name].strip() != one.value
    }
    return Patch(
        email=changed.get("email"),
        fields={name.removeprefix("field:"): value for name, value in changed.items() if name.startswith("field:")},
        takes_part={"yes": True, "no": False}.get(changed.get("flag", "")),
    )
