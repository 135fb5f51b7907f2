"""Three-way merge: what each side shows now against what it showed when both last agreed.

Only changes cross. Memory is kept per side, since a side may cut or rewrite what it is given; one shared copy would
make such a value travel for ever.
"""

from __future__ import annotations

from collections.abc import Set

from listloop.core.fields import NUMERIC
from listloop.core.frozen import frozen
from listloop.core.mapping import CannotCrossError, across, agree, loss, shows_beginning
from listloop.core.people import SideName, Value
from listloop.core.rules import Direction, Owner, Row
from listloop.core.side import Field


@frozen
class FieldMerge:
    """What becomes of one row: at most one side is written.

    ``open`` rows wait for a person or a changed mapping and keep their memory; ``lost`` is the value that a rule
    overwrote, kept in the history; ``apart`` tells that the two differ, as they did when they were settled.
    """

    to: SideName | None = None
    value: Value = ""
    lost: Value | None = None
    open: bool = False
    reason: str = ""
    apart: bool = False


def merge_field(
    row: Row,
    crm: Value | None,
    mailchimp: Value | None,
    seen: tuple[Value, Value] | None,
    fillers: Set[str] = frozenset(),
) -> FieldMerge:
    """Merge one row. ``seen`` is (CRM, Mailchimp) as last settled, None at a first meeting; None: not shown."""
    if crm is None or mailchimp is None:
        side = "the CRM" if crm is None else "Mailchimp"
        return FieldMerge(open=True, reason=f"{side} does not show this field; it rests")
    if agree(row, crm, mailchimp):
        return FieldMerge()
    if seen is None:
        return _first_meeting(row, crm, mailchimp, fillers)
    crm_changed, mailchimp_changed = crm != seen[0], mailchimp != seen[1]
    if row.direction is Direction.TO_MAILCHIMP:
        return _one_way(row, SideName.MAILCHIMP, crm, mailchimp, crm_changed or mailchimp_changed, mailchimp_changed)
    if row.direction is Direction.TO_CRM:
        return _one_way(row, SideName.CRM, mailchimp, crm, crm_changed or mailchimp_changed, crm_changed)
    if crm_changed and mailchimp_changed:
        return _conflict(row, crm, mailchimp, "changed on both sides")
    if crm_changed:
        return _carry(row, SideName.MAILCHIMP, crm, mailchimp, "changed in the CRM")
    if mailchimp_changed:
        return _carry(row, SideName.CRM, mailchimp, crm, "changed in Mailchimp")
    # A filler that stands for nothing does not differ from nothing.
    empty = is_empty(row.crm, crm, fillers) and is_empty(row.mailchimp, mailchimp, fillers)
    return FieldMerge(reason="differs as it did when it was last settled", apart=not empty)


def _first_meeting(row: Row, crm: Value, mailchimp: Value, fillers: Set[str]) -> FieldMerge:
    crm_empty, mailchimp_empty = is_empty(row.crm, crm, fillers), is_empty(row.mailchimp, mailchimp, fillers)
    if crm_empty and mailchimp_empty:
        return FieldMerge()
    if mailchimp_empty:
        if row.direction is Direction.TO_CRM:
            return FieldMerge()
        return _write(row, SideName.MAILCHIMP, crm, mailchimp, "empty in Mailchimp", keeps=bool(mailchimp))
    if crm_empty:
        if row.direction is Direction.TO_MAILCHIMP:
            return FieldMerge()
        return _write(row, SideName.CRM, mailchimp, crm, "empty in the CRM", keeps=bool(crm))
    return _conflict(row, crm, mailchimp, "different when the two first met")


def is_empty(field: Field, value: Value, fillers: Set[str]) -> bool:
    """Is a value none, or what an earlier connector wrote where a field insists on one: "-", 0, the first choice?"""
    if not value or value in fillers:
        return True
    if not field.required:
        return False
    return (field.type in NUMERIC and value == "0") or value == next(iter(field.choices), "")


def _one_way(row: Row, to: SideName, source: Value, target: Value, changed: bool, lost: bool) -> FieldMerge:
    if not changed:
        return FieldMerge(reason="differs as it did when it was last settled")
    where = "the CRM" if to is SideName.MAILCHIMP else "Mailchimp"
    return _write(row, to, source, target, f"this field comes from {where}", keeps=lost)


def _conflict(row: Row, crm: Value, mailchimp: Value, how: str) -> FieldMerge:
    if row.direction is Direction.TO_MAILCHIMP or (row.direction is Direction.BOTH and row.owner is Owner.CRM):
        return _write(row, SideName.MAILCHIMP, crm, mailchimp, f"{how}: the CRM's value wins", keeps=True)
    if row.direction is Direction.TO_CRM or row.owner is Owner.MAILCHIMP:
        return _write(row, SideName.CRM, mailchimp, crm, f"{how}: Mailchimp's value wins", keeps=True)
    return FieldMerge(open=True, reason=f"{how}: which value is right? The rule for this field is to ask")


def _carry(row: Row, to: SideName, source: Value, target: Value, why: str) -> FieldMerge:
    """An edit of one side, while the other stayed as it was."""
    if source and shows_beginning(row, to.other, target):
        where = "the CRM" if to is SideName.MAILCHIMP else "Mailchimp"
        return FieldMerge(open=True, reason=f"{why}, but {where} shows only the beginning: the rest would be lost")
    return _write(row, to, source, target, why)


def take_field(row: Row, side: SideName, crm: Value, mailchimp: Value, why: str) -> FieldMerge:
    """Take one side's value, because a person said so; the other's is kept in the history. Open where it can't be."""
    source, target = (crm, mailchimp) if side is SideName.CRM else (mailchimp, crm)
    against = Direction.TO_CRM if side is SideName.CRM else Direction.TO_MAILCHIMP
    if row.direction is against:
        return FieldMerge(open=True, reason=f"{why}, but this field goes the other way only")
    return _write(row, side.other, source, target, why, keeps=True)


def _write(row: Row, to: SideName, source: Value, target: Value, why: str, *, keeps: bool = False) -> FieldMerge:
    field = row.mailchimp if to is SideName.MAILCHIMP else row.crm
    place = "Mailchimp" if to is SideName.MAILCHIMP else "the CRM"
    if field.fixed:
        return FieldMerge(open=True, reason=f"{why}, but {place} can't change {field.title} of a record that is there")
    try:
        value = across(row, to, source, target)
    except CannotCrossError as error:
        return FieldMerge(open=True, reason=f"{why}, but {error}")
    if not value and (not field.clearable or field.required):
        return FieldMerge(open=True, reason=f"{why}, but {field.title} can't be empty in {place}")
    left = loss(row, source, value)
    return FieldMerge(to, value, target if keeps and target else None, reason=f"{why} ({left})" if left else why)


@frozen
class LabelMerge:
    """What becomes of one label: added (True) or removed (False) on one side, or left (to is None)."""

    to: SideName | None = None
    add: bool = False
    reason: str = ""
    apart: bool = False


def merge_label(crm: bool, mailchimp: bool, seen: tuple[bool, bool] | None, shown: bool = True) -> LabelMerge:
    """Merge one label as a set: additions give both, a removal removes only what that side had shown before.

    Two sides that were settled as different (what was written was taken back) stay so until one of them changes.

    ``shown`` is False where the side that lacks the label did not list all of its labels: nothing can be told then.
    """
    if crm == mailchimp:
        return LabelMerge()
    if seen == (crm, mailchimp):
        return LabelMerge(reason="differs as it did when it was last settled", apart=True)
    lacking = SideName.CRM if not crm else SideName.MAILCHIMP
    having = "the CRM" if crm else "Mailchimp"
    removed = seen is not None and (seen[0] if lacking is SideName.CRM else seen[1])
    if not removed:
        return LabelMerge(lacking, add=True, reason=f"added in {having}") if shown else LabelMerge()
    if not shown:
        return LabelMerge()
    added_since = not (seen[1] if lacking is SideName.CRM else seen[0]) if seen else True
    if added_since:
        return LabelMerge(lacking, add=True, reason=f"added in {having} meanwhile")
    place = "the CRM" if lacking is SideName.CRM else "Mailchimp"
    return LabelMerge(lacking.other, add=False, reason=f"removed in {place}")
