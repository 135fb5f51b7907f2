"""What two linked records that both take part make of each other: address, fields, labels, bookkeeping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from listloop.core.merge import FieldMerge, LabelMerge, merge_field, merge_label, take_field
from listloop.core.people import Consent, Patch, Record, SideName, Value, address_key
from listloop.core.plan import Action, Decision, Kind, Lost, Pair, Rule, Standing
from listloop.core.questions import Answer, Question, Topic, answer_to, was_asked
from listloop.core.rules import Row, Rules

#: The name under which an open question about the address is listed.
EMAIL = "e-mail"


#: Consents under which Mailchimp refuses another address (Mailchimp API reference, lists/members).
KEEP_THEIRS = {
    Consent.CLEANED: "Mailchimp keeps the bounced address of a cleaned member",
    Consent.UNSUBSCRIBED: "Mailchimp moves no address of somebody who opted out",
}


_CRM, _MAILCHIMP = SideName.CRM, SideName.MAILCHIMP  # looking a name up in its enum costs more than using it


def apart_reason(titles: Sequence[str]) -> str:
    """Why two linked records differ although nothing is to be written."""
    return f"{', '.join(titles)}: the two sides differ, as a person decided, until somebody edits one of them"


@dataclass(slots=True)
class _Draft:
    """The two patches while they are put together."""

    email: dict[SideName, str] = field(default_factory=dict)
    fields: dict[SideName, dict[str, Value]] = field(default_factory=lambda: {_CRM: {}, _MAILCHIMP: {}})
    add: dict[SideName, set[str]] = field(default_factory=lambda: {_CRM: set(), _MAILCHIMP: set()})
    remove: dict[SideName, set[str]] = field(default_factory=lambda: {_CRM: set(), _MAILCHIMP: set()})
    reasons: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    kinds: set[Kind] = field(default_factory=set)
    sources: dict[str, Value] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)

    def ask(self, name: str, question: Question) -> None:
        self.open.append(name)
        self.questions.append(question)

    def patch(self, side: SideName, takes_part: bool | None = None, mailchimp_id: str | None = None) -> Patch:
        return Patch(
            self.email.get(side),
            self.fields[side],
            frozenset(self.add[side]),
            frozenset(self.remove[side]),
            takes_part=takes_part,
            mailchimp_id=mailchimp_id,
        )


def merge_content(pair: Pair, crm: Record, member: Record, rules: Rules) -> Decision:
    """Merge everything but the consent of two records that are one person."""
    draft = _Draft()
    _merge_email(draft, pair, crm, member)
    for row in rules.rows:
        _merge_row(draft, row, pair, crm, member, rules)
    _merge_labels(draft, pair, crm, member, rules)
    flag = True if crm.takes_part is None else None
    identity = member.mailchimp_id if crm.mailchimp_id != member.mailchimp_id else None
    crm_patch = draft.patch(SideName.CRM, flag, identity)
    mailchimp_patch = draft.patch(SideName.MAILCHIMP)
    action = Action.PAIR if not pair.linked else (Action.UPDATE if crm_patch or mailchimp_patch else Action.NONE)
    if not pair.linked:
        draft.reasons.insert(0, f"the same person on both sides, by {pair.by}")
    elif identity is not None or flag is not None:
        draft.reasons.append("the CRM record gets its Mailchimp ID and flag")
    questions = [f"{one.title}: {one.why}" for one in draft.questions]
    asked = "; ".join(questions)
    apart = apart_reason(draft.apart) if draft.apart else ""
    return Decision(
        action,
        crm_patch,
        mailchimp_patch,
        (*draft.reasons, *questions),
        Standing.WAITING if asked or apart else Standing.IN_SYNC,
        Rule.QUESTION if asked else Rule.UNDONE if apart else Rule.NONE,
        asked or apart,
        tuple(draft.open),
        lost=tuple(draft.lost),
        kinds=frozenset(draft.kinds),
        sources=draft.sources,
        why=draft.why,
        merged=True,
        questions=tuple(draft.questions),
    )


def _merge_email(draft: _Draft, pair: Pair, crm: Record, member: Record) -> None:
    here, there = address_key(crm.email), address_key(member.email)
    if here == there:
        return
    seen = pair.memory
    if seen is None or not (seen.crm.email or seen.mailchimp.email):  # linked, but never merged yet
        if there in {address_key(one) for one in crm.emails}:
            return  # Mailchimp uses another address of the same person; it stays until somebody changes one
        _move(draft, pair, SideName.MAILCHIMP, crm.email, member, "addresses differed when the two first met")
        return
    crm_changed = here != address_key(seen.crm.email)
    mailchimp_changed = there != address_key(seen.mailchimp.email)
    if crm_changed and mailchimp_changed:
        _move(draft, pair, SideName.MAILCHIMP, crm.email, member, "address changed on both sides: the CRM's wins")
        if SideName.MAILCHIMP in draft.email:
            draft.lost.append(Lost(SideName.MAILCHIMP, EMAIL, member.email))
            draft.kinds.add(Kind.LOST)
    elif crm_changed:
        _move(draft, pair, SideName.MAILCHIMP, crm.email, member, "address changed in the CRM")
    elif mailchimp_changed:
        _move(draft, pair, SideName.CRM, member.email, member, "address changed in Mailchimp")
    elif there not in {address_key(one) for one in crm.emails}:
        draft.apart.append("E-mail")


def _move(draft: _Draft, pair: Pair, to: SideName, email: str, member: Record, why: str) -> None:
    bars = ""
    if to is SideName.MAILCHIMP:
        kept = KEEP_THEIRS.get(member.person.consent)
        bars = pair.taken or (f"but {kept}" if kept else "")
    here = pair.crm.email if pair.crm else ""
    said = answer_to(pair.answered, Topic.ADDRESS, EMAIL, here, member.email)
    if said is Answer.KEEP:
        return
    if said is Answer.MAILCHIMP:
        to, email, why, bars = SideName.CRM, member.email, "you said: Mailchimp's address stays", ""
    if bars:
        answers = (Answer.MAILCHIMP, Answer.KEEP)
        draft.ask(
            EMAIL, Question(Topic.ADDRESS, EMAIL, "E-mail", here, member.email, f"{why} to {email}, {bars}", answers)
        )
        return
    draft.email[to] = email
    draft.reasons.append(why)
    draft.why[f"{to}:{EMAIL}"] = why


def _merge_row(draft: _Draft, row: Row, pair: Pair, crm: Record, member: Record, rules: Rules) -> None:
    here, there = crm.person.fields.get(row.crm.name), member.person.fields.get(row.mailchimp.name)
    if here == there and here is not None:
        return  # as most are
    seen = None
    if pair.memory and row.name in pair.memory.crm.fields and row.name in pair.memory.mailchimp.fields:
        seen = (pair.memory.crm.fields[row.name], pair.memory.mailchimp.fields[row.name])
    merged = merge_field(row, here, there, seen, rules.fillers)
    topic = Topic.FIELD
    if here is not None and there is not None:
        topic, merged = _as_said(row, merged, here, there, pair)
    if merged.open:
        draft.ask(row.name, question_of(topic, row, here, there, merged.reason))
    if merged.apart:
        draft.apart.append(row.crm.title)
    if merged.to is None:
        return
    target = row.crm if merged.to is SideName.CRM else row.mailchimp
    draft.fields[merged.to][target.name] = merged.value
    draft.sources[row.name] = (there if merged.to is SideName.CRM else here) or ""
    draft.reasons.append(f"{row.crm.title}: {merged.reason}")
    draft.why[f"{merged.to}:{target.name}"] = merged.reason
    if merged.lost is not None:
        draft.lost.append(Lost(merged.to, target.name, merged.lost))
        draft.kinds.add(Kind.LOST)
    if not merged.value:
        draft.kinds.add(Kind.CLEAR)


def _as_said(row: Row, merged: FieldMerge, here: Value, there: Value, pair: Pair) -> tuple[Topic, FieldMerge]:
    """A merge as a person answered it, or asked again where what was written was stored otherwise."""
    stored = was_asked(pair.answered, Topic.STORED, row.name, here, there)
    topic = Topic.STORED if stored and merged.to is not None else Topic.FIELD
    if topic is Topic.FIELD and not merged.open:
        return topic, merged
    said = answer_to(pair.answered, topic, row.name, here, there)
    if said is Answer.KEEP:
        return topic, FieldMerge(reason="stays different, as you said")
    if said in (Answer.CRM, Answer.MAILCHIMP):
        side = SideName.CRM if said is Answer.CRM else SideName.MAILCHIMP
        return topic, take_field(row, side, here, there, "as you said")
    if topic is Topic.STORED:
        where = "Mailchimp" if merged.to is SideName.MAILCHIMP else "the CRM"
        return topic, FieldMerge(open=True, reason=f"{merged.reason}, but {where} stores it otherwise")
    return topic, merged


def question_of(topic: Topic, row: Row, here: Value | None, there: Value | None, why: str) -> Question:
    """The answers there are to a field that differs: each side's value, where the other can hold it, or neither's."""
    answers: list[Answer] = []
    if here is not None and there is not None:
        for side, answer in ((SideName.CRM, Answer.CRM), (SideName.MAILCHIMP, Answer.MAILCHIMP)):
            if not take_field(row, side, here, there, "").open:
                answers.append(answer)
        answers.append(Answer.KEEP)
    return Question(topic, row.name, row.crm.title, here or "", there or "", why, tuple(answers))


def _merge_labels(draft: _Draft, pair: Pair, crm: Record, member: Record, rules: Rules) -> None:
    for row in rules.labels:
        here, there = row.crm.name in crm.person.labels, row.mailchimp.name in member.person.labels
        if here == there:
            continue
        seen = None
        if pair.memory and row.name in pair.memory.crm.labels and row.name in pair.memory.mailchimp.labels:
            seen = (pair.memory.crm.labels[row.name], pair.memory.mailchimp.labels[row.name])
        shown = crm.labels_shown if not here else member.labels_shown
        merged: LabelMerge = merge_label(here, there, seen, shown)
        if merged.apart:
            draft.apart.append(row.crm.title)
        if merged.to is None:
            continue
        name = row.crm.name if merged.to is SideName.CRM else row.mailchimp.name
        (draft.add if merged.add else draft.remove)[merged.to].add(name)
        draft.reasons.append(f"{row.crm.title}: {merged.reason}")
        draft.why[f"{merged.to}:{name}"] = merged.reason
        if not merged.add:
            draft.kinds.add(Kind.LABEL)
