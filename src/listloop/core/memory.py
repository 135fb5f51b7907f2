"""What is remembered after writing, and what a crash left behind.

Memory moves only when a row is settled: both sides written, or nothing to write. A refused write never moves it, and
of a reply only what we wrote counts, and only if it is what was sent or its ``fit``: an edit made while we wrote is
then seen next time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from listloop.core.content import EMAIL
from listloop.core.fields import fit
from listloop.core.people import Consent, Patch, Record, SideName, Value, address_key
from listloop.core.plan import Decision, Memory, Pair, Seen
from listloop.core.rules import Row, Rules
from listloop.core.side import Field


@dataclass(frozen=True, slots=True)
class Written:
    """What a side showed after its patch was sent; None where nothing was sent or the write failed."""

    crm: Record | None = None
    mailchimp: Record | None = None

    def get(self, side: SideName) -> Record | None:
        """The reply of one side."""
        return self.crm if side is SideName.CRM else self.mailchimp


@dataclass(frozen=True, slots=True)
class Remembered:
    """The new memory, and rows whose stored value is neither what was sent nor its fit: (row, sent, stored)."""

    memory: Memory
    differs: tuple[tuple[str, Value, Value], ...] = ()


def remember(pair: Pair, decision: Decision, written: Written, rules: Rules) -> Remembered:
    """The memory of a pair after its decision was written, as far as it was."""
    old = pair.memory or Memory()
    crm, member = pair.crm or written.crm, pair.mailchimp or written.mailchimp
    if crm is None or member is None:
        return Remembered(old)
    fields: dict[SideName, dict[str, Value]] = {
        SideName.CRM: dict(old.crm.fields),
        SideName.MAILCHIMP: dict(old.mailchimp.fields),
    }
    differs: list[tuple[str, Value, Value]] = []
    names = {row.name for row in rules.rows}
    for row in rules.rows:
        settled = _settle(row, pair, crm, member, decision, written)
        if isinstance(settled, str):
            differs.append((row.name, _sent(row, decision), settled))
        elif settled is not None:
            fields[SideName.CRM][row.name], fields[SideName.MAILCHIMP][row.name] = settled
    here, there = _emails(old, pair, crm, member, decision, written)
    labels = {
        row.name: _label(row.crm.name, row.mailchimp.name, crm, member, decision, written) for row in rules.labels
    }
    crm_labels, mailchimp_labels = dict(old.crm.labels), dict(old.mailchimp.labels)
    for name, both in labels.items():
        if both is not None:
            crm_labels[name], mailchimp_labels[name] = both
    crm_in, active = _membership(pair, crm, member, decision, written)
    after = written.mailchimp or member
    return Remembered(
        Memory(
            Seen(
                here,
                {name: value for name, value in fields[SideName.CRM].items() if name in names},
                crm_labels,
                _consent(old.crm.consent, decision.crm, crm, written.crm),
                crm_in,
            ),
            Seen(
                there,
                {name: value for name, value in fields[SideName.MAILCHIMP].items() if name in names},
                mailchimp_labels,
                _consent(old.mailchimp.consent, decision.mailchimp, member, written.mailchimp),
                active,
            ),
            _archived_as(old, decision, member, after),
        ),
        tuple(differs),
    )


def _sent(row: Row, decision: Decision) -> Value:
    return decision.mailchimp.fields.get(row.mailchimp.name, decision.crm.fields.get(row.crm.name, ""))


def _settle(
    row: Row, pair: Pair, crm: Record, member: Record, decision: Decision, written: Written
) -> tuple[Value, Value] | str | None:
    """Both values where the row is settled, the stored text where it is neither sent nor fit, None where it waits."""
    if row.name in decision.open:
        return None
    for side, patch, field in (
        (SideName.MAILCHIMP, decision.mailchimp, row.mailchimp),
        (SideName.CRM, decision.crm, row.crm),
    ):
        if field.name not in patch.fields:
            continue
        reply = written.get(side)
        if reply is None:
            return None
        sent, stored = patch.fields[field.name], reply.person.fields.get(field.name)
        if stored is None or not _kept(field, sent, stored):
            return stored or ""
        other = crm.person.fields.get(row.crm.name, "") if side is SideName.MAILCHIMP else ""
        if side is SideName.MAILCHIMP:
            return other, stored
        return stored, member.person.fields.get(row.mailchimp.name, "")
    if pair.crm is None or pair.mailchimp is None:
        # A creation did not carry this row: it is settled only if both sides are empty, else it is a first meeting.
        here, there = crm.person.fields.get(row.crm.name), member.person.fields.get(row.mailchimp.name)
        return ("", "") if here == "" and there == "" else None
    here, there = crm.person.fields.get(row.crm.name), member.person.fields.get(row.mailchimp.name)
    return None if here is None or there is None else (here, there)


def _kept(field: Field, sent: Value, stored: Value) -> bool:
    return stored in (sent, fit(field, sent)) or stored.strip() == sent.strip()


def _emails(
    old: Memory, pair: Pair, crm: Record, member: Record, decision: Decision, written: Written
) -> tuple[str, str]:
    if EMAIL in decision.open:
        return old.crm.email, old.mailchimp.email
    here, there = crm.email, member.email
    for side, patch in ((SideName.CRM, decision.crm), (SideName.MAILCHIMP, decision.mailchimp)):
        if patch.email is None:
            continue
        reply = written.get(side)
        if reply is None or address_key(reply.email) != address_key(patch.email):
            return old.crm.email, old.mailchimp.email
        if side is SideName.CRM:
            here = reply.email
        else:
            there = reply.email
    return here, there


def _label(
    crm_name: str, mailchimp_name: str, crm: Record, member: Record, decision: Decision, written: Written
) -> tuple[bool, bool] | None:
    """What both sides show of a label now, or None where a write of it failed or was not accepted."""
    here, there = crm_name in crm.person.labels, mailchimp_name in member.person.labels
    for side, patch, name in (
        (SideName.CRM, decision.crm, crm_name),
        (SideName.MAILCHIMP, decision.mailchimp, mailchimp_name),
    ):
        if name not in patch.add | patch.remove:
            continue
        reply, wanted = written.get(side), name in patch.add
        if reply is None or (name in reply.person.labels) is not wanted:
            return None
        if side is SideName.CRM:
            here = wanted
        else:
            there = wanted
    if (not here and not crm.labels_shown) or (not there and not member.labels_shown):
        return None
    return here, there


def _consent(old: Consent, patch: Patch, read: Record, reply: Record | None) -> Consent:
    if patch.consent is None:
        return read.person.consent
    return reply.person.consent if reply is not None else old


def _membership(pair: Pair, crm: Record, member: Record, decision: Decision, written: Written) -> tuple[bool, bool]:
    crm_in = crm.takes_part is not False and bool(crm.email.strip()) and not pair.crm_gone
    active = member.takes_part is not False and not pair.mailchimp_gone
    if decision.crm.takes_part is not None:
        crm_in = decision.crm.takes_part if written.crm is not None else crm_in
    if decision.mailchimp.takes_part is not None and written.mailchimp is not None:
        active = written.mailchimp.takes_part is not False
    return crm_in, active


def _archived_as(old: Memory, decision: Decision, member: Record, after: Record) -> Consent | None:
    if decision.mailchimp.takes_part is False and after.takes_part is False:
        # A no that was written in the same decision is what the member was archived as.
        return decision.mailchimp.consent or member.person.consent
    return old.archived_as if after.takes_part is False else None


def recover(
    pair: Pair, decision: Decision, crm_now: Record | None, mailchimp_now: Record | None, rules: Rules
) -> Memory:
    """After a crash between write and remembering: what shows the intended value was ours and is remembered.

    What still shows the old value was not done and is decided anew; anything else is somebody's edit, and since
    memory does not move for it, it is merged like one. ``pair`` holds the readings that the decision was made from.
    """
    written = Written(
        crm_now if decision.crm else None,
        mailchimp_now if decision.mailchimp else None,
    )
    return remember(pair, decision, written, rules).memory


def part(memory: Memory, *, crm: bool, mailchimp: bool) -> Memory:
    """The same memory with another membership."""
    return replace(
        memory, crm=replace(memory.crm, takes_part=crm), mailchimp=replace(memory.mailchimp, takes_part=mailchimp)
    )
