"""What a person of this installation can hold: its columns by ``$prototypes``, their choices by Custom_Captions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from listloop.core.errors import NeedsAttention, RecordRejected
from listloop.core.side import Field, FieldType, Schema
from listloop.crm.sagecrm.asking import Asking
from listloop.crm.sagecrm.consents import Consents
from listloop.crm.sagecrm.options import Options
from listloop.crm.sagecrm.phones import Phones
from listloop.crm.sagecrm.rows import Row, text
from listloop.crm.sagecrm.security import Security
from listloop.crm.sagecrm.texts import ADDRESS, COMPANY, HIDDEN, MOBILE, PHONE, STOCK, TYPES

_PHONES = ((PHONE, "Phone"), (MOBILE, "Mobile"))
LISTED = frozenset({FieldType.CHOICE, FieldType.CHOICES})
#: The columns of a caption that hold its words, the first that is there is taken.
LANGUAGES = ("capt_us", "capt_uk", "capt_de", "capt_fr", "capt_es")


def prototype(asking: Asking, resource: str) -> dict[str, dict[str, Any]] | None:
    """The properties of a resource, by column in lower case and name in lower case; None where it is not told."""
    try:
        answer = asking.client.call("GET", f"$prototypes/{resource}")
    except (NeedsAttention, RecordRejected) as error:
        if error.code in {"crm-sign-in", "crm-other-page"}:
            raise
        return None
    named = {str(name).lower(): value for name, value in answer.items()}
    properties = named.get("$properties")
    if not isinstance(properties, dict):
        return None
    return {
        str(column).lower(): {str(name).lower(): value for name, value in told.items()}
        for column, told in properties.items()
        if isinstance(told, dict)
    }


def columns_of(asking: Asking, resource: str = "Person", prefix: str = "pers_") -> dict[str, dict[str, Any]]:
    """The columns of a resource; where no prototypes are told, those of some rows. Raises as the client."""
    told = prototype(asking, resource)
    if told is not None:
        return told
    seen: dict[str, dict[str, Any]] = {}
    for row in asking.client.feed(resource, count=20).rows:
        seen |= {name: {} for name in row if name.startswith(prefix)}
    return seen


def schema_of(asking: Asking, options: Options, security: Security, phones: Phones, consents: Consents) -> Schema:
    """Fields of the person, of its company and of its address, without those that are hidden from the user."""
    told = columns_of(asking)
    order = [name for name in STOCK if name in told] + [name for name in told if name not in STOCK]
    names = [name for name in order if name not in HIDDEN and name not in options.ours and name.startswith("pers_")]
    types = {name: type_of(name, told[name], options) for name in names}
    hidden = security.hidden(types.items())
    names = [name for name in names if name not in hidden]
    texts = [name for name in names if types[name] in {FieldType.TEXT, *LISTED}]
    choices = captions(asking, texts)
    fields = [_field(name, told[name], types[name], choices.get(name, ())) for name in names]
    company = Field(COMPANY, "Company", FieldType.COMPANY, max_chars=60)
    address = tuple(Field(name, title, writable=False) for name, title in ADDRESS.items())
    numbers = (
        tuple(Field(name, title, FieldType.PHONE, writable=False) for name, title in _PHONES)
        if phones.are_shown()
        else ()
    )
    return Schema((*fields, company, *numbers, *address, *consents.fields))


def type_of(name: str, told: dict[str, Any], options: Options) -> FieldType:
    """What a person's column holds: as the settings say, else as its prototype tells."""
    given = (options.types or {}).get(name)
    if given is not None:
        return given
    kind = str(told.get("$type", "")).lower()
    return next((one for part, one in TYPES if part in kind), FieldType.TEXT)


def _field(name: str, told: dict[str, Any], type_: FieldType, choices: tuple[str, ...]) -> Field:
    if type_ is FieldType.TEXT and choices:
        type_ = FieldType.CHOICE
    if type_ in LISTED and not choices:
        type_ = FieldType.TEXT
    title, size = STOCK.get(name, (str(told.get("$title") or name), None))
    told_size = told.get("$maxlength") or told.get("$length")
    if isinstance(told_size, int) and told_size > 0:
        size = told_size
    required = name == "pers_lastname" or bool(told.get("$ismandatory"))
    return Field(
        name, title, type_, choices=choices, required=required, clearable=not required,
        writable=not told.get("$isreadonly"), max_chars=size if type_ is FieldType.TEXT else None,
    )  # fmt: skip


def captions(asking: Asking, families: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The codes of selections, by their family in lower case; none where Custom_Captions can't be read.

    A selection's family has the name of its column, unless an administrator shares one between several.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    try:
        for row in asking.by_texts("Custom_Captions", "capt_family", list(families)):
            code = text(row, "capt_code").strip()
            if code and code not in found[text(row, "capt_family").lower()]:
                found[text(row, "capt_family").lower()].append(code)
    except (NeedsAttention, RecordRejected) as error:
        if error.code in {"crm-sign-in", "crm-other-page"}:
            raise
        return {}
    return {family: tuple(codes) for family, codes in found.items()}


def words_of(row: Row) -> str:
    """What people read for a code, in the first language that has it."""
    return next((text(row, one) for one in LANGUAGES if text(row, one)), text(row, "capt_code"))
