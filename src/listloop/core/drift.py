"""Drift: what an audit finds that no reading of changes had told, each with its cause in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from listloop.core.merge import FieldMerge, merge_field
from listloop.core.people import Consent, Record, SideName, Value, address_key
from listloop.core.plan import Memory
from listloop.core.rules import Rules
from listloop.core.side import Field, FieldType


class Cause(StrEnum):
    """Why a side shows something else than we believed."""

    EDITED = "edited"
    NOT_STORED = "not-stored"
    CUT = "cut"
    CHOICE = "choice"
    HIDDEN = "hidden"
    ADDRESS = "address"
    FURTHER = "further-address"
    LABEL_GONE = "label-gone"
    LABEL_NEW = "label-new"
    FLAG_YES = "flag-yes"
    FLAG_NO = "flag-no"
    FLAG_BLANK = "flag-blank"
    ID_CHANGED = "id-changed"
    ID_LOST = "id-lost"
    CONSENT_LOWERED = "consent-lowered"
    CONSENT_RAISED = "consent-raised"
    ARCHIVED = "archived"
    UNARCHIVED = "unarchived"
    MISSING = "missing"
    BACK = "back"
    NEW = "new"
    DUPLICATE = "duplicate"
    KIND = "kind"
    OLDER = "older"
    NO_MEMORY = "no-memory"
    MEMORY = "memory"


#: What each cause says to people.
CAUSES: dict[Cause, str] = {
    Cause.EDITED: "was edited, and the side did not tell",
    Cause.NOT_STORED: "shows the value from before Listloop wrote it: the write was not kept",
    Cause.CUT: "was cut: only a part of the value is there",
    Cause.CHOICE: "has a choice that the field's list does not have",
    Cause.HIDDEN: "is no longer shown by the side",
    Cause.ADDRESS: "has another address",
    Cause.FURTHER: "has other further addresses",
    Cause.LABEL_GONE: "lost a label, and the side did not tell",
    Cause.LABEL_NEW: "got a label, and the side did not tell",
    Cause.FLAG_YES: "was set to Sync with Mailchimp: Yes",
    Cause.FLAG_NO: "was set to Sync with Mailchimp: No",
    Cause.FLAG_BLANK: "lost its Sync with Mailchimp",
    Cause.ID_CHANGED: "stores the Mailchimp ID of somebody else",
    Cause.ID_LOST: "lost its Mailchimp ID",
    Cause.CONSENT_LOWERED: "opted out or bounced, and the side did not tell",
    Cause.CONSENT_RAISED: "may be mailed again, and the side did not tell",
    Cause.ARCHIVED: "was archived, and Mailchimp did not tell",
    Cause.UNARCHIVED: "was brought back from the archive, and Mailchimp did not tell",
    Cause.MISSING: "is no longer there",
    Cause.BACK: "was held for gone, and is there",
    Cause.NEW: "was there and nobody had told of it",
    Cause.DUPLICATE: "is a second record of somebody who is linked",
    Cause.KIND: "is of another kind of record now",
    Cause.OLDER: "shows an older state than before: was the side put back from a backup?",
    Cause.NO_MEMORY: "is linked, but Listloop had lost what both sides showed",
    Cause.MEMORY: "counts as in sync, but the two sides differ",
}


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that drifted; ``field`` is its name as people know it, ``known`` what we believed."""

    side: SideName
    cause: Cause
    field: str = ""
    known: Value = ""
    shows: Value = ""


Before = Callable[[str], Value | None]
"""The value of a field before we wrote last, by its name; None where we never did."""

_NO = (Consent.UNSUBSCRIBED, Consent.CLEANED)


def drifts_of(side: SideName, known: Record, shows: Record, rules: Rules, before: Before) -> Iterator[Drift]:
    """What drifted between what we knew of a record and what its side shows."""
    yield from _fields(side, known, shows, rules, before)
    yield from _labels(side, known, shows, rules)
    if address_key(known.email) != address_key(shows.email):
        yield Drift(side, Cause.ADDRESS, "E-mail", known.email, shows.email)
    if set(known.emails) != set(shows.emails):
        yield Drift(side, Cause.FURTHER, "E-mail", ", ".join(known.emails), ", ".join(shows.emails))
    if known.kind != shows.kind:
        yield Drift(side, Cause.KIND, "", known.kind, shows.kind)
    yield from _status(side, known, shows)


def _fields(side: SideName, known: Record, shows: Record, rules: Rules, before: Before) -> Iterator[Drift]:
    for row in rules.rows:
        field = row.crm if side is SideName.CRM else row.mailchimp
        old, new = known.person.fields.get(field.name), shows.person.fields.get(field.name)
        if old == new or old is None:
            continue
        if new is None:
            yield Drift(side, Cause.HIDDEN, row.crm.title, old)
        else:
            yield Drift(side, _cause(field, old, new, before(field.name)), row.crm.title, old, new)


def _cause(field: Field, old: Value, new: Value, before: Value | None) -> Cause:
    if before is not None and new == before:
        return Cause.NOT_STORED
    if new and field.type is FieldType.CHOICE and field.choices and new not in field.choices:
        return Cause.CHOICE
    if new and len(new) < len(old) and old.startswith(new):
        return Cause.CUT
    return Cause.EDITED


def _labels(side: SideName, known: Record, shows: Record, rules: Rules) -> Iterator[Drift]:
    for row in rules.labels:
        name = row.crm.name if side is SideName.CRM else row.mailchimp.name
        had, has = name in known.person.labels, name in shows.person.labels
        if had and not has and shows.labels_shown:
            yield Drift(side, Cause.LABEL_GONE, row.crm.title, "yes", "no")
        elif has and not had and known.labels_shown:
            yield Drift(side, Cause.LABEL_NEW, row.crm.title, "no", "yes")


def _status(side: SideName, known: Record, shows: Record) -> Iterator[Drift]:
    old, new = known.person.consent, shows.person.consent
    archived = side is SideName.MAILCHIMP and False in (known.takes_part, shows.takes_part)
    if old is not new and not archived:  # an archived member shows no consent
        lowered = new in _NO or (old is Consent.SUBSCRIBED and new is not Consent.SUBSCRIBED)
        yield Drift(side, Cause.CONSENT_LOWERED if lowered else Cause.CONSENT_RAISED, "", old, new)
    if known.takes_part != shows.takes_part:
        if side is SideName.MAILCHIMP:
            yield Drift(side, Cause.ARCHIVED if shows.takes_part is False else Cause.UNARCHIVED)
        else:
            cause = {True: Cause.FLAG_YES, False: Cause.FLAG_NO, None: Cause.FLAG_BLANK}[shows.takes_part]
            words = {True: "Yes", False: "No", None: ""}
            yield Drift(side, cause, "Sync with Mailchimp", words[known.takes_part], words[shows.takes_part])
    if side is SideName.CRM and known.mailchimp_id != shows.mailchimp_id:
        yield Drift(side, Cause.ID_CHANGED if shows.mailchimp_id else Cause.ID_LOST)


def disagreements(crm: Record, member: Record, memory: Memory | None, rules: Rules) -> Iterator[Drift]:
    """What two linked records that count as in sync differ in: a merge would write it, or cannot tell."""
    if memory is None:
        yield Drift(SideName.CRM, Cause.NO_MEMORY)
        return
    for row in rules.rows:
        here, there = crm.person.fields.get(row.crm.name), member.person.fields.get(row.mailchimp.name)
        if here == there or here is None or there is None:
            continue
        seen = _seen(memory.crm.fields, memory.mailchimp.fields, row.name)
        merged: FieldMerge = merge_field(row, here, there, seen, rules.fillers)
        if merged.to is not None:
            yield Drift(
                merged.to, Cause.MEMORY, row.crm.title, merged.value, here if merged.to is SideName.CRM else there
            )


def _seen(crm: Mapping[str, Value], mailchimp: Mapping[str, Value], name: str) -> tuple[Value, Value] | None:
    return (crm[name], mailchimp[name]) if name in crm and name in mailchimp else None
