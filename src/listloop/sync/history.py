"""The lines of a person's history that a write leaves: what, from what to what, and why."""

from __future__ import annotations

from listloop.core.people import Consent, Record, SideName
from listloop.core.plan import Action
from listloop.store.decisions import DecisionRow
from listloop.store.history import Entry
from listloop.store.people import PersonRow


def entries_of(row: DecisionRow, person: PersonRow, side: SideName, reply: Record) -> list[Entry]:
    """One line for each thing that was written on this side, with the value before."""
    patch, decision = row.patch(side), row.decision
    before = person.crm if side is SideName.CRM else person.mailchimp
    why = "; ".join(decision.reasons)

    def line(what: str, field: str = "", old: str = "", new: str = "") -> Entry:
        return Entry(person.id, side, what, field, old, new, decision.why.get(f"{side}:{field or what}", why))

    if before is None or (decision.action in (Action.NEW_CRM, Action.NEW_MAILCHIMP) and patch.email is not None):
        told = reply.person.consent in (Consent.SUBSCRIBED, Consent.PENDING) and patch.consent is not None
        return [line("created", new=reply.email), *([line("consent", new=reply.person.consent)] if told else [])]
    lines = [
        line("field", name, before.person.fields.get(name, ""), reply.person.fields.get(name, value))
        for name, value in sorted(patch.fields.items())
    ]
    if patch.email is not None:
        lines.append(line("e-mail", old=before.email, new=reply.email))
    lines += [line("label", name, new=name) for name in sorted(patch.add)]
    lines += [line("label", name, old=name) for name in sorted(patch.remove)]
    if patch.consent is not None:
        lines.append(line("consent", old=before.person.consent, new=reply.person.consent))
    if patch.takes_part is not None:
        words = {True: "yes", False: "no", None: ""}
        lines.append(line("flag", old=words[before.takes_part], new=words[reply.takes_part]))
    if patch.mailchimp_id is not None:
        lines.append(line("link", old=before.mailchimp_id, new=reply.mailchimp_id))
    lines += [
        Entry(person.id, side, "lost", lost.field, lost.value, why=decision.why.get(f"{side}:{lost.field}", why))
        for lost in decision.lost
        if lost.side is side
    ]
    return lines
