"""What a line of the mapping means: two fields, two labels, a list and a group of labels, or an address in parts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from listloop.core.addresses import PARTS
from listloop.core.errors import NeedsAttention
from listloop.core.fields import CHOICE, choice_named
from listloop.core.mapping import refusal
from listloop.core.proposals import MEANINGS, plain
from listloop.core.rules import Direction, LabelRow, Owner, Row, Rules
from listloop.core.side import Field, FieldType, Label, LabelKind, Schema
from listloop.crm.view import View, whole_name
from listloop.mailchimp.schema import merge_tag
from listloop.sync.context import Sync

#: The first word of each meaning that is a part of an address, and which part it is.
_PARTS = {"street": "addr1", "city": "city", "state": "state", "zip": "zip", "country": "country"}


@dataclass(frozen=True, slots=True)
class Both:
    """What both sides can hold, with every list as labels, and with the whole address that is asked for."""

    crm: Schema
    audience: Schema


def both(sync: Sync, crm_name: str = "") -> Both:
    """The schemas to map from; ``crm_name`` may name an address by its parts."""
    crm = sync.crm.crm if isinstance(sync.crm, View) else sync.crm
    whole = whole_of(crm.schema(), crm_name)
    return Both(View(crm, wholes=(whole,) if whole else (), lists=None).schema(), sync.audience.schema())


def whole_of(crm: Schema, name: str) -> str:
    """The name of the whole address that some fields make, given as “street,city,zip” or “addr1=street,…”; else "".

    Raises NeedsAttention where a field is none of the CRM's, or nobody can tell which part it is.
    """
    if "," not in name:
        return ""
    parts: dict[str, str] = {}
    for one in name.split(","):
        part, equals, named = one.strip().rpartition("=")
        field = found(crm.fields, named, "The CRM")
        part = part.strip() if equals else _part(field)
        if part not in PARTS:
            raise NeedsAttention(
                f"Which part of an address is “{named}”?",
                f"Say it, for example as addr1={named}. The parts are: {', '.join(PARTS)}.",
                code="field-unknown",
            )
        parts[part] = field.name
    return whole_name(parts)


def _part(field: Field) -> str:
    names = {plain(field.name), plain(field.title)}
    return next((_PARTS[words[0]] for words in _meanings() if names & set(words)), "")


def _meanings() -> Iterator[tuple[str, ...]]:
    return (words for words in MEANINGS if words[0] in _PARTS)


def found(there: Collection[Field], wanted: str, title: str) -> Field:
    """The field of that name, or else of that title. Raises NeedsAttention."""
    some = [one for one in there if one.name == wanted] or [one for one in there if one.title == wanted]
    if len(some) != 1:
        problem = f"{title} has several of the title “{wanted}”." if some else f"{title} has no field “{wanted}”."
        raise NeedsAttention(problem, f"It has: {', '.join(one.name for one in there)}.", code="field-unknown")
    return some[0]


def named(schema: Schema, wanted: str, title: str) -> Field | Label:
    """The field or label of that name, or else of that title. Raises NeedsAttention."""
    there: tuple[Field | Label, ...] = (*schema.fields, *schema.labels)
    some = [one for one in there if one.name == wanted] or [one for one in there if one.title == wanted]
    if len(some) == 1:
        return some[0]
    shown = [one.name if isinstance(one, Field) else one.title for one in there if not _is_choice(one)]
    problem = f"{title} has several of the title “{wanted}”." if some else f"{title} has no field “{wanted}”."
    fix = f"It has: {', '.join(shown)}. With --new it is made."
    raise NeedsAttention(problem, fix, code="field-unknown")


def _is_choice(one: Field | Label) -> bool:
    return isinstance(one, Label) and one.name.startswith(CHOICE)


def with_row(rules: Rules, first: Field | Label, second: Field | Label, direction: Direction, owner: Owner) -> Rules:
    """The rules with this row in place of any with the same fields. Raises NeedsAttention where it can't be mapped."""
    if isinstance(first, Label) and isinstance(second, Label):
        kept = tuple(one for one in rules.labels if one.crm.name != first.name and one.mailchimp.name != second.name)
        return replace(rules, labels=(*kept, LabelRow(first, second)))
    if isinstance(first, Label) or isinstance(second, Label):
        label, field = (first, second) if isinstance(first, Label) else (second, first)
        raise NeedsAttention(
            f"“{label.title}” is something a person has or has not, and “{field.title}” is a field.",
            "Map a group with a tag, or a field with a field; “listloop mapping fields” lists both.",
            code="field-unmappable",
        )
    if first.name == rules.older_id:
        raise NeedsAttention(
            f"“{first.title}” holds the IDs of an earlier connector, which stay as they are.",
            "Choose another field, or first say “listloop mapping older-id none”.",
            code="field-unmappable",
        )
    row = Row(first, second, direction, owner)
    if refusal(row):
        raise NeedsAttention(
            refusal(row), "“listloop mapping fields” lists what there is, with its type.", code="field-unmappable"
        )
    rows = tuple(one for one in rules.rows if one.crm.name != first.name and one.mailchimp.name != second.name)
    return replace(rules, rows=(*rows, row))


def is_list(there: Both, crm_name: str) -> Field | None:
    """The CRM's field with many choices of that name or title, or None."""
    some = [one for one in there.crm.fields if crm_name in (one.name, one.title) and one.type is FieldType.CHOICES]
    return some[0] if len(some) == 1 else None


def list_labels(there: Both, wanted: Field, group: str) -> list[tuple[Label, Label]]:
    """Each choice of a list with the group name, or (``group`` is “tags”) the tag, of the same words.

    What Mailchimp has not yet has no name: it is to be made.
    """
    kind = LabelKind.TAG if group.lower() == "tags" else LabelKind.INTEREST
    pairs = []
    for label in there.crm.labels:
        field, choice = choice_named(label.name)
        if field != wanted.name:
            continue
        title = choice if kind is LabelKind.TAG else f"{group}: {choice}"
        known = [one for one in there.audience.labels if (one.kind, one.title.lower()) == (kind, title.lower())]
        pairs.append((label, known[0] if known else Label("", title, kind)))
    return pairs


def to_make(there: Both, crm_name: str, mailchimp_name: str) -> tuple[Schema, Schema]:
    """What is to be made in the CRM and in Mailchimp, so that these two can be mapped: at most one of each."""
    here = _known(there.crm, crm_name)
    theirs = _known(there.audience, mailchimp_name)
    if here is None and theirs is None:
        raise NeedsAttention(
            f"Neither the CRM has “{crm_name}” nor the audience “{mailchimp_name}”.",
            "One of the two must be there; the other is made like it.",
            code="field-unknown",
        )
    if here is not None and theirs is None:
        taken = frozenset(one.name for one in there.audience.fields)
        return Schema(), _like(here, mailchimp_name, merge_tag(mailchimp_name, taken), LabelKind.TAG)
    if theirs is not None and here is None:
        return _like(theirs, crm_name.rpartition(":")[2], crm_name, LabelKind.GROUP), Schema()
    return Schema(), Schema()


def _known(schema: Schema, name: str) -> Field | Label | None:
    there: tuple[Field | Label, ...] = (*schema.fields, *schema.labels)
    return next((one for one in there if name in (one.name, one.title)), None)


def _like(one: Field | Label, title: str, name: str, kind: LabelKind) -> Schema:
    if isinstance(one, Label):
        return Schema(labels=(Label("", title, kind),))
    return Schema((Field(name, one.title if title == name else title, one.type, one.choices),))
