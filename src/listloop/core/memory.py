"""What is remembered when a person is settled, after a write, and after a crash.

Memory moves only for what is settled: both sides written, or nothing to write. A refused write never moves it, and of
a reply only what we wrote counts, and only if it is what was sent or its ``fit``: an edit made while we wrote is then
seen next time. A row that memory does not hold is a first meeting.
"""

from __future__ import annotations

from dataclasses import dataclass

from listloop.core.content import EMAIL, question_of
from listloop.core.fields import kept
from listloop.core.frozen import replace
from listloop.core.people import Consent, Record, SideName, Value, address_key
from listloop.core.plan import Decision, Memory, Pair, Rule, Seen
from listloop.core.questions import Question, Topic
from listloop.core.rules import LabelRow, Row, Rules
from listloop.core.scope import outside


def settle(pair: Pair, decision: Decision, rules: Rules) -> Memory:
    """The memory of a linked pair once it is decided: everything that is neither written nor open is settled.

    Nothing is merged of who does not take part: address, fields and labels then keep their memory, so that what is
    edited meanwhile crosses once the person takes part again.
    """
    old = pair.memory or Memory()
    if pair.crm is None or pair.mailchimp is None:
        return old
    crm, member = pair.crm, pair.mailchimp
    here, there = _Half.of(old.crm, rules), _Half.of(old.mailchimp, rules)
    if decision.merged:
        _settle_content(here, there, crm, member, decision, rules)
    active = member.takes_part is not False and not pair.mailchimp_gone
    if not _moves(decision):
        here.takes_part, there.takes_part = not pair.crm_gone and not outside(crm, rules, linked=True), active
    if decision.crm.mailchimp_id is None and not decision.take:
        here.mailchimp_id = crm.mailchimp_id
    if decision.crm.consent is None:
        here.consent = crm.person.consent
    if decision.mailchimp.consent is None:
        there.consent = member.person.consent
    archived_as = None if active and decision.mailchimp.takes_part is None else old.archived_as
    return Memory(here.seen(), there.seen(), archived_as, _cleaned_from(old, member))


def _cleaned_from(old: Memory, member: Record) -> Consent | None:
    if member.person.consent is not Consent.CLEANED:
        return None
    return old.cleaned_from if old.mailchimp.consent is Consent.CLEANED else old.mailchimp.consent


@dataclass(slots=True)
class _Half:
    """What one side showed, while it is put together."""

    email: str
    fields: dict[str, Value]
    labels: dict[str, bool]
    consent: Consent
    takes_part: bool
    mailchimp_id: str

    @classmethod
    def of(cls, seen: Seen, rules: Rules) -> _Half:
        """What is mapped still: a row that is taken up again later starts as a first meeting."""
        names = rules.names
        fields = {name: value for name, value in seen.fields.items() if name in names}
        labels = {name: has for name, has in seen.labels.items() if name in names}
        return cls(seen.email, fields, labels, seen.consent, seen.takes_part, seen.mailchimp_id)

    def seen(self) -> Seen:
        return Seen(self.email, self.fields, self.labels, self.consent, self.takes_part, self.mailchimp_id)


def _moves(decision: Decision) -> bool:
    """Is membership being moved, or waiting for a yes? Both halves of its memory then stay until that is done."""
    moving = (decision.crm.takes_part, decision.mailchimp.takes_part) != (None, None)
    return moving or decision.rule is Rule.REVIVE


def _settle_content(here: _Half, there: _Half, crm: Record, member: Record, decision: Decision, rules: Rules) -> None:
    for row in rules.rows:
        ours, theirs = crm.person.fields.get(row.crm.name), member.person.fields.get(row.mailchimp.name)
        if ours is None or theirs is None or row.name in decision.open or _writes(row, decision):
            continue
        here.fields[row.name], there.fields[row.name] = ours, theirs
    for label in rules.labels:
        if not _writes_label(label, decision):
            _settle_label(label, crm, member, here.labels, there.labels)
    if EMAIL not in decision.open and decision.crm.email is None and decision.mailchimp.email is None:
        here.email, there.email = crm.email, member.email


def created(crm: Record, member: Record, decision: Decision, side: SideName, rules: Rules) -> Memory:
    """The memory of a link whose ``side`` was just created from the other: rows that were not carried first meet."""
    patch = decision.mailchimp if side is SideName.MAILCHIMP else decision.crm
    reply, source = (member, crm) if side is SideName.MAILCHIMP else (crm, member)
    crm_fields: dict[str, Value] = {}
    member_fields: dict[str, Value] = {}
    for row in rules.rows:
        target, origin = (row.mailchimp, row.crm) if side is SideName.MAILCHIMP else (row.crm, row.mailchimp)
        stored = reply.person.fields.get(target.name, "")
        value = source.person.fields.get(origin.name, "")
        if not kept(target, patch.fields.get(target.name, ""), stored) or (value and target.name not in patch.fields):
            continue
        here, there = (value, stored) if side is SideName.MAILCHIMP else (stored, value)
        crm_fields[row.name], member_fields[row.name] = here, there
    crm_labels: dict[str, bool] = {}
    member_labels: dict[str, bool] = {}
    for label in rules.labels:
        _settle_label(label, crm, member, crm_labels, member_labels, agreeing=True)
    return Memory(
        Seen(crm.email, crm_fields, crm_labels, crm.person.consent, crm.takes_part is not False, crm.mailchimp_id),
        Seen(member.email, member_fields, member_labels, member.person.consent, member.takes_part is not False),
    )


def wrote(
    memory: Memory, decision: Decision, side: SideName, reply: Record, rules: Rules
) -> tuple[Memory, tuple[Question, ...]]:
    """The memory after one side answered a write, and a question for each field that it stored otherwise than sent.

    After a crash ``reply`` is a fresh reading: what shows the intended value was ours. What still shows the old one
    was not done and is decided anew; anything else is somebody's edit, and merged as one.
    """
    patch = decision.crm if side is SideName.CRM else decision.mailchimp
    own, other = (memory.crm, memory.mailchimp) if side is SideName.CRM else (memory.mailchimp, memory.crm)
    own_fields, other_fields = dict(own.fields), dict(other.fields)
    own_labels, other_labels = dict(own.labels), dict(other.labels)
    differs: list[Question] = []
    for row in rules.rows:
        target = row.crm if side is SideName.CRM else row.mailchimp
        if target.name not in patch.fields or row.name not in decision.sources:
            continue  # not written, or written for another row of the same field
        sent, stored = patch.fields[target.name], reply.person.fields.get(target.name, "")
        if kept(target, sent, stored):
            own_fields[row.name] = stored
            if not (decision.apart and row.name in other_fields):
                other_fields[row.name] = decision.sources[row.name]
        else:
            values = (stored, decision.sources[row.name])
            here, there = values if side is SideName.CRM else (values[1], values[0])
            why = f"sent “{sent}”, but “{stored}” was stored"
            differs.append(question_of(Topic.STORED, row, here, there, why))
    for label in rules.labels:
        name = label.crm.name if side is SideName.CRM else label.mailchimp.name
        wanted = name in patch.add
        if name in patch.add | patch.remove and (name in reply.person.labels) is wanted:
            own_labels[label.name] = wanted
            other_labels[label.name] = other_labels.get(label.name, not wanted) if decision.apart else wanted
    own = replace(own, fields=own_fields, labels=own_labels)
    other = replace(other, fields=other_fields, labels=other_labels)
    if patch.mailchimp_id is not None and patch.mailchimp_id == reply.mailchimp_id:
        own = replace(own, mailchimp_id=reply.mailchimp_id)
    if patch.email is not None and address_key(patch.email) == address_key(reply.email):
        own, other = replace(own, email=reply.email), other if decision.apart else replace(other, email=patch.email)
    return _with_status(memory, decision, side, own, other, reply), tuple(differs)


def _with_status(memory: Memory, decision: Decision, side: SideName, own: Seen, other: Seen, reply: Record) -> Memory:
    patch = decision.crm if side is SideName.CRM else decision.mailchimp
    archived_as = memory.archived_as
    if patch.consent is not None and reply.person.consent is patch.consent:
        own = replace(own, consent=reply.person.consent)
    if patch.takes_part is not None and (reply.takes_part is not False) is patch.takes_part:
        if side is SideName.MAILCHIMP:
            # A no that was written just before is what the member was archived as.
            archived_as = own.consent if patch.takes_part is False else None
        # Membership is one thing: once one half is written, both are settled.
        own = replace(own, takes_part=patch.takes_part)
        other = other if decision.apart else replace(other, takes_part=patch.takes_part)
    crm, mailchimp = (own, other) if side is SideName.CRM else (other, own)
    return Memory(crm, mailchimp, archived_as, memory.cleaned_from)


def _writes(row: Row, decision: Decision) -> bool:
    return row.crm.name in decision.crm.fields or row.mailchimp.name in decision.mailchimp.fields


def _writes_label(label: LabelRow, decision: Decision) -> bool:
    return label.crm.name in decision.crm.add | decision.crm.remove or label.mailchimp.name in (
        decision.mailchimp.add | decision.mailchimp.remove
    )


def _settle_label(
    label: LabelRow,
    crm: Record,
    member: Record,
    crm_labels: dict[str, bool],
    member_labels: dict[str, bool],
    *,
    agreeing: bool = False,
) -> None:
    here, there = label.crm.name in crm.person.labels, label.mailchimp.name in member.person.labels
    if (not here and not crm.labels_shown) or (not there and not member.labels_shown) or (agreeing and here != there):
        return
    crm_labels[label.name], member_labels[label.name] = here, there
