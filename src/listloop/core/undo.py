"""Take back what was written for one person: only where the value is still ours, and never towards being mailed.

The two sides then differ as they did before, and stay so until somebody edits one of them: memory keeps what the other
side showed, so no run writes the same again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from listloop.core.content import EMAIL, KEEP_THEIRS, apart_reason
from listloop.core.fields import kept
from listloop.core.mapping import CannotCrossError, across
from listloop.core.people import Consent, Patch, Record, SideName, Value, address_key
from listloop.core.plan import RULES, Action, Decision, Kind, Pair, Rule, Standing
from listloop.core.rules import LabelRow, Row, Rules
from listloop.core.side import Field

PLACES = {SideName.CRM: "the CRM", SideName.MAILCHIMP: "Mailchimp"}


@dataclass(frozen=True, slots=True)
class Written:
    """A line of the history: what was written on one side, from what to what."""

    side: SideName
    what: str
    field: str = ""
    old: str = ""
    new: str = ""


def net(lines: Iterable[Written]) -> list[Written]:
    """One line for each thing, from the value before our last unbroken run of writes to the last one written.

    ``lines`` are in the order of writing. Where somebody edited in between, that edit is what we go back to.
    """
    found: dict[tuple[SideName, str, str], Written] = {}
    for one in lines:
        name = (one.side, one.what, one.field)
        before = found.get(name)
        chained = before is not None and before.new == one.old and one.what != "lost"
        found[name] = Written(one.side, one.what, one.field, before.old if before and chained else one.old, one.new)
    return [one for one in found.values() if one.old != one.new or one.what in ("created", "lost")]


@dataclass(slots=True)
class _Draft:
    """The two patches and what is said while they are put together."""

    pair: Pair
    rules: Rules
    fields: dict[SideName, dict[str, Value]] = field(default_factory=lambda: {side: {} for side in SideName})
    add: dict[SideName, set[str]] = field(default_factory=lambda: {side: set() for side in SideName})
    remove: dict[SideName, set[str]] = field(default_factory=lambda: {side: set() for side in SideName})
    email: dict[SideName, str] = field(default_factory=dict)
    takes_part: dict[SideName, bool] = field(default_factory=dict)
    consent: dict[SideName, Consent] = field(default_factory=dict)
    sources: dict[str, Value] = field(default_factory=dict)
    back: list[str] = field(default_factory=list)
    stays: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)
    kinds: set[Kind] = field(default_factory=set)

    def record(self, side: SideName) -> Record | None:
        """The person's record there, unless it is gone."""
        pair = self.pair
        if side is SideName.CRM:
            return None if pair.crm_gone else pair.crm
        return None if pair.mailchimp_gone else pair.mailchimp

    def patch(self, side: SideName) -> Patch:
        return Patch(
            self.email.get(side),
            self.fields[side],
            frozenset(self.add[side]),
            frozenset(self.remove[side]),
            self.consent.get(side),
            self.takes_part.get(side),
        )

    def keep(self, what: str, why: str) -> None:
        """Note what is not taken back, and why."""
        self.stays.append(f"{what} stays: {why}")


def take_back(pair: Pair, lines: Sequence[Written], rules: Rules, made: Mapping[SideName, Patch]) -> Decision:
    """The decision that takes these net lines back; ``made`` are the patches by which records were created."""
    draft = _Draft(pair, rules)
    created = {one.side for one in lines if one.what == "created"}
    flagged = {one.side for one in lines if one.what == "flag"}
    for one in lines:
        record = draft.record(one.side)
        if record is None:
            draft.keep(one.field or one.what, f"the record in {PLACES[one.side]} is no longer there")
        elif one.what == "created":
            _uncreate(draft, one.side, record, made.get(one.side, Patch()))
        elif one.side in created or one.what == "lost" or (one.what == "consent" and one.side in flagged):
            continue  # told along with the creation, the value that won, the flag
        else:
            _TAKES[one.what](draft, one, record)
    return _decision(draft)


def _decision(draft: _Draft) -> Decision:
    crm, mailchimp = draft.patch(SideName.CRM), draft.patch(SideName.MAILCHIMP)
    writes = bool(crm or mailchimp)
    standing, rule, reason = Standing.IN_SYNC, Rule.NONE, ""
    part = Rule(draft.pair.parted) if draft.pair.parted else Rule.NONE
    if draft.takes_part:
        standing, rule, part, reason = Standing.EXCLUDED, Rule.UNDONE, Rule.UNDONE, RULES[Rule.UNDONE]
    elif part:
        standing, rule, reason = Standing.EXCLUDED, part, RULES[part]
    elif draft.apart:
        standing, rule, reason = Standing.WAITING, Rule.UNDONE, apart_reason(draft.apart)
    return Decision(
        Action.UNDO if writes else Action.KEEP,
        crm,
        mailchimp,
        (*draft.back, *draft.stays),
        standing,
        rule,
        reason,
        part=part,
        kinds=frozenset(draft.kinds),
        sources=draft.sources,
        apart=True,
    )


def _field(draft: _Draft, one: Written, record: Record) -> None:
    rows = _rows(draft.rules, one.side, one.field)
    if not rows:
        draft.keep(one.field, "it is no longer mapped")
        return
    target = rows[0].crm if one.side is SideName.CRM else rows[0].mailchimp
    title = rows[0].crm.title
    if record.person.fields.get(target.name) != one.new:
        draft.keep(title, f"somebody changed it in {PLACES[one.side]} since")
    elif not target.writable or (not one.old and (target.required or not target.clearable)):
        draft.keep(title, f"it can't be written so in {PLACES[one.side]}")
    else:
        draft.fields[one.side][target.name] = one.old
        draft.back.append(f"{title} goes back to what it was in {PLACES[one.side]}")
        draft.apart.append(title)
        if not one.old:
            draft.kinds.add(Kind.CLEAR)
        other = draft.record(one.side.other)
        for row in rows:
            there = row.mailchimp if one.side is SideName.CRM else row.crm
            draft.sources[row.name] = other.person.fields.get(there.name, "") if other else ""


def _rows(rules: Rules, side: SideName, name: str) -> list[Row]:
    return [row for row in rules.rows if (row.crm if side is SideName.CRM else row.mailchimp).name == name]


def _label(draft: _Draft, one: Written, record: Record) -> None:
    row = next((row for row in draft.rules.labels if _label_name(row, one.side) == one.field), None)
    if row is None:
        draft.keep(one.field, "the label is no longer mapped")
        return
    title = row.crm.title
    if (one.field in record.person.labels) is not bool(one.new):
        draft.keep(title, f"somebody changed the label in {PLACES[one.side]} since")
        return
    (draft.remove if one.new else draft.add)[one.side].add(one.field)
    draft.back.append(f"the label {title} goes back to what it was in {PLACES[one.side]}")
    draft.apart.append(title)
    if one.new:
        draft.kinds.add(Kind.LABEL)


def _label_name(row: LabelRow, side: SideName) -> str:
    return row.crm.name if side is SideName.CRM else row.mailchimp.name


def _email(draft: _Draft, one: Written, record: Record) -> None:
    consent = record.person.consent
    if address_key(record.email) != address_key(one.new):
        draft.keep("The address", f"somebody changed it in {PLACES[one.side]} since")
    elif one.side is SideName.MAILCHIMP and consent in KEEP_THEIRS:
        draft.keep("The address", KEEP_THEIRS[consent])
    elif not one.old.strip():
        draft.keep("The address", "there was none before")
    else:
        draft.email[one.side] = one.old
        draft.back.append(f"the address goes back to {one.old} in {PLACES[one.side]}")
        draft.apart.append("E-mail")


def _flag(draft: _Draft, one: Written, record: Record) -> None:
    is_now = {True: "yes", False: "no", None: ""}[record.takes_part]
    crm = one.side is SideName.CRM
    name = "Sync with Mailchimp" if crm else "The archive"
    if is_now != one.new:
        draft.keep(name, f"somebody changed it in {PLACES[one.side]} since")
    elif not one.old:
        draft.keep(name, "it was not set before, and can't be emptied")
    elif crm:
        draft.takes_part[one.side] = one.old == "yes"
        draft.back.append(f"Sync with Mailchimp goes back to {one.old.capitalize()}")
    elif one.old == "yes":
        _unarchive(draft, record)
    else:
        _archive(draft, record)


def _unarchive(draft: _Draft, record: Record) -> None:
    pair = draft.pair
    before = pair.memory.archived_as if pair.memory else None
    barred = pair.crm is not None and pair.crm.person.consent in (Consent.UNSUBSCRIBED, Consent.CLEANED)
    free = pair.no is None and not pair.unsubscribed_since and not barred
    if not free or before not in (Consent.SUBSCRIBED, Consent.UNKNOWN):
        draft.keep("The archive", f"{record.email} may only come back by its owner's own act")
        return
    draft.takes_part[SideName.MAILCHIMP] = True
    draft.consent[SideName.MAILCHIMP] = before
    draft.back.append("comes back from the archive, as before")


def _archive(draft: _Draft, record: Record) -> None:
    if record.person.consent in (Consent.CLEANED, Consent.PENDING):
        draft.keep("The member", f"Mailchimp archives nobody who is {record.person.consent}")
        return
    draft.takes_part[SideName.MAILCHIMP] = False
    draft.kinds.add(Kind.ARCHIVE)
    draft.back.append("goes back into the archive")


def _uncreate(draft: _Draft, side: SideName, record: Record, made: Patch) -> None:
    """Who was created is taken out again, and deleted by nobody: archived there, flagged No here."""
    who = "The member" if side is SideName.MAILCHIMP else "The CRM record"
    if any(not _as_made(draft.rules, side, name, value, record) for name, value in made.fields.items()):
        draft.keep(who, "somebody edited it since it was created")
    elif record.takes_part is False:
        draft.keep(who, "it takes no part any longer")
    elif side is SideName.MAILCHIMP:
        _archive(draft, record)
    else:
        draft.takes_part[side] = False
        draft.kinds.add(Kind.FLAG_NO)
        draft.back.append("Sync with Mailchimp is set to No; the CRM record itself is deleted by nobody")


def _as_made(rules: Rules, side: SideName, name: str, value: Value, record: Record) -> bool:
    rows = _rows(rules, side, name)
    target = (rows[0].crm if side is SideName.CRM else rows[0].mailchimp) if rows else Field(name, name)
    return kept(target, value, record.person.fields.get(name, ""))


def _consent(draft: _Draft, one: Written, _record: Record) -> None:
    draft.keep(f"The consent in {PLACES[one.side]}", "consents are never taken back")


def _link(draft: _Draft, _one: Written, _record: Record) -> None:
    draft.keep("The link", "the two records are the same person still")


_TAKES = {"field": _field, "label": _label, "e-mail": _email, "flag": _flag, "consent": _consent, "link": _link}


def restore(pair: Pair, side: SideName, name: str, value: Value, rules: Rules) -> Decision:
    """Make a value of the history, by the name of its field on ``side``, the value of both sides again."""
    draft = _Draft(pair, rules)
    if name == EMAIL:
        for place in SideName:
            record = draft.record(place)
            if record is not None and address_key(record.email) != address_key(value):
                draft.email[place] = value
    rows = _rows(rules, side, name)[:1]
    for row in rows:
        _both(draft, row, side, value)
    if name != EMAIL and not rows:
        draft.keep(name, "it is no longer mapped")
    writes = any(draft.patch(place) for place in SideName)
    said = ("a person put this value back",) if writes else draft.stays or ("both sides show this value already",)
    part = Rule(pair.parted) if pair.parted else Rule.NONE  # a value that is put back brings nobody back
    return Decision(
        Action.UNDO if writes else Action.KEEP,
        draft.patch(SideName.CRM),
        draft.patch(SideName.MAILCHIMP),
        tuple(said),
        Standing.EXCLUDED if part else Standing.IN_SYNC,
        part,
        RULES[part] if part else "",
        part=part,
        sources=draft.sources,
    )


def _both(draft: _Draft, row: Row, side: SideName, value: Value) -> None:
    for place in SideName:
        record, target = draft.record(place), row.crm if place is SideName.CRM else row.mailchimp
        if record is None:
            continue
        shown = record.person.fields.get(target.name, "")
        try:
            wanted = value if place is side else across(row, place, value, shown)
        except CannotCrossError as error:
            draft.keep(row.crm.title, str(error))
            return
        if not target.writable:
            draft.keep(row.crm.title, f"it can't be written in {PLACES[place]}")
            return
        if shown != wanted:
            draft.fields[place][target.name] = wanted
            draft.sources[row.name] = value
