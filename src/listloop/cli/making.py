"""What the mapping lacks on one side: shown first, and made by a yes."""

from __future__ import annotations

from dataclasses import replace

from listloop.cli.console import out
from listloop.cli.pairing import Both
from listloop.core.rules import Direction, Rules
from listloop.core.side import Field, FieldType, LabelKind, Schema
from listloop.crm.view import View
from listloop.sync.context import Sync

#: Merge fields that an audience may have on most plans, and on the larger ones (Mailchimp help, audience fields).
MOST, LARGEST = 30, 80

#: Groups that an audience may have over all categories (Mailchimp's own refusal).
GROUPS = 60

_LISTS = (FieldType.CHOICE, FieldType.CHOICES)


def make(sync: Sync, there: Both, crm: Schema, audience: Schema, *, yes: bool) -> bool:
    """Tell what is to be made, and with ``yes`` make it. Raises NeedsAttention where a side refuses."""
    for line in told(there, crm, audience):
        out.print(line)
    if not yes:
        out.print("→ Nothing was made. Make it with --yes.")
        return False
    if crm != Schema():
        View(sync.crm.crm if isinstance(sync.crm, View) else sync.crm, lists=None).prepare(crm)
    if audience != Schema():
        sync.audience.prepare(audience)
    return True


def told(there: Both, crm: Schema, audience: Schema) -> list[str]:
    """What is to be made, in sentences, with how much room is left."""
    lines: list[str] = []
    for where, known, wanted in (("The CRM", there.crm, crm), ("Mailchimp", there.audience, audience)):
        for field in wanted.fields:
            choices = f"the choices {', '.join(field.choices)}"
            if known.field(field.name):
                lines.append(f"{where}: “{field.title}” gets {choices}.")
            else:
                name = f" ({field.name})" if known is there.audience else ""
                having = f" with {choices}" if field.choices else ""
                lines.append(f"{where} gets the field “{field.title}”{name}, {field.type}{having}.")
        lines += [f"{where} gets the {one.kind} “{one.title}”." for one in wanted.labels]
    new = [one for one in audience.fields if there.audience.field(one.name) is None]
    if new:
        have = len([one for one in there.audience.fields if not one.only_no])
        lines.append(
            f"The audience has {have} merge fields, then {have + len(new)}; most plans allow {MOST}, larger ones "
            f"{LARGEST}. New ones are not shown on Mailchimp's forms."
        )
    groups = [one for one in audience.labels if one.kind is LabelKind.INTEREST]
    if groups:
        have = len([one for one in there.audience.labels if one.kind is LabelKind.INTEREST])
        lines.append(f"The audience has {have} groups, then {have + len(groups)} of at most {GROUPS}.")
    return lines


def missing_choices(rules: Rules, there: Both) -> tuple[Schema, Schema]:
    """The choices that one side of a mapped list has and the other, to which values go, lacks."""
    ours: list[Field] = []
    theirs: list[Field] = []
    for row in rules.rows:
        crm, mailchimp = there.crm.field(row.crm.name), there.audience.field(row.mailchimp.name)
        if crm is None or mailchimp is None or {crm.type, mailchimp.type} - set(_LISTS):
            continue
        for target, source, against, wanted in (
            (mailchimp, crm, Direction.TO_CRM, theirs),
            (crm, mailchimp, Direction.TO_MAILCHIMP, ours),
        ):
            lacking = tuple(one for one in source.choices if one not in target.choices)
            if lacking and row.direction is not against:
                wanted.append(replace(target, choices=lacking))
    return Schema(tuple(ours)), Schema(tuple(theirs))
