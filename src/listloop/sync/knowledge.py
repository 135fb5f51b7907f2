"""Everything that a decision needs to know of other people: nos, owners of addresses, archived members, own acts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from listloop.core.alone import ARCHIVED
from listloop.core.consent import No, Remembered, remembered
from listloop.core.moves import FOLLOWS, Verdict
from listloop.core.people import Consent, Origin, Record, SideName, address_key
from listloop.core.plan import Pair
from listloop.core.questions import Answer, Answered, Topic, answer_to
from listloop.core.rules import Duplicate
from listloop.core.scope import outside
from listloop.store.addresses import Held, held_addresses, shared_addresses
from listloop.store.codec import decode_record
from listloop.store.erasures import erased_among
from listloop.store.ledger import asked_before
from listloop.store.nos import standing_nos, taken_back
from listloop.store.people import PersonRow
from listloop.store.questions import asked_about, said_of
from listloop.store.records import payloads
from listloop.store.stale import stale_people
from listloop.sync.context import Sync


@dataclass(slots=True)
class Holder:
    """Somebody who has an address on a side."""

    person_id: int
    record: Record
    linked: bool
    gone: bool


@dataclass(slots=True)
class Knowledge:
    """What is known around a chunk of people; ``lifted`` are nos that a person took back."""

    nos_by_address: dict[str, list[No]] = field(default_factory=dict)
    nos_by_person: dict[int, No] = field(default_factory=dict)
    lifted: set[tuple[int, str, str, str]] = field(default_factory=set)
    crm: dict[str, list[Holder]] = field(default_factory=dict)
    mailchimp: dict[str, list[Holder]] = field(default_factory=dict)
    answered: dict[int, tuple[Answered, ...]] = field(default_factory=dict)
    chosen: frozenset[int] = frozenset()
    confirming: frozenset[int] = frozenset()
    asked: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    older: Mapping[int, SideName] = field(default_factory=dict)


def gather(db: Connection, sync: Sync, rows: Collection[PersonRow]) -> Knowledge:
    """Look up everything around these people in a handful of queries.

    Of addresses only other people than the one who has them are told: what one shows itself is known already.
    """
    having, own = _addresses(rows)
    by_address, by_person = standing_nos(db, sync.connection_id, having, [row.id for row in rows])
    answered = asked_about(db, [row.id for row in rows])
    chosen = frozenset(said_of(db, sync.connection_id, Topic.WHO, Answer.SAME, over=False))
    lifted = taken_back(db, sync.connection_id, [row.id for row in rows]) if by_address else set()
    known = Knowledge(by_address, by_person, lifted, answered=answered, chosen=chosen, erased=erased_among(db, having))
    known.older = stale_people(db, sync.connection_id, [row.id for row in rows])
    if any(row.mailchimp and row.mailchimp.person.consent is Consent.PENDING for row in rows):
        known.confirming = _confirming(db, sync)
    if sync.rules.unknown_consent is Consent.PENDING:
        known.asked = asked_before(db, sync.connection_id, having)
    for side, holders in ((SideName.CRM, known.crm), (SideName.MAILCHIMP, known.mailchimp)):
        others = _others(db, sync, side, having, own[side])
        shown = payloads(db, [held.record for held in others])
        for held in others:
            holder = Holder(held.person, decode_record(shown[held.record]), held.linked, held.gone)
            holders.setdefault(held.address, []).append(holder)
    return known


def _addresses(rows: Collection[PersonRow]) -> tuple[dict[str, set[int]], dict[SideName, set[str]]]:
    """Who of these people shows which address, and what is shown on each side."""
    having: dict[str, set[int]] = {}
    own: dict[SideName, set[str]] = {SideName.CRM: set(), SideName.MAILCHIMP: set()}
    for row in rows:
        for side, one in ((SideName.CRM, row.crm), (SideName.MAILCHIMP, row.mailchimp)):
            address = address_key(one.email) if one is not None else ""
            if address:
                having.setdefault(address, set()).add(row.id)
                own[side].add(address)
    return having, own


def _others(
    db: Connection, sync: Sync, side: SideName, having: Mapping[str, set[int]], own: Collection[str]
) -> list[Held]:
    """Who else has these addresses on a side: most are had by the one alone who shows it there as ``own``."""
    alone = [address for address in own if len(having[address]) == 1]
    asked = having.keys() - set(alone) | shared_addresses(db, sync.connection_id, side, alone)
    told = held_addresses(db, sync.connection_id, side, asked)
    return [held for held in told if having[held.address] != {held.person}]


def _confirming(db: Connection, sync: Sync) -> frozenset[int]:
    """Those to whom a person had the confirmation mail sent; a no that was said later counts all the same."""
    said = [
        said_of(db, sync.connection_id, topic, Answer.CONFIRM, over=True) for topic in (Topic.CONFIRM, Topic.REVIVE)
    ]
    return frozenset(said[0].keys() | said[1].keys())


def as_pair(sync: Sync, row: PersonRow, known: Knowledge, held: str, claim: Verdict = FOLLOWS) -> Pair:
    """A person with everything around it, ready to be decided; ``claim`` is what becomes of a moved address."""
    no = _no(row, known)
    state = _remembered(sync, row, no, known)
    owner, several = _owner(sync, row, known)
    return Pair(
        row.crm,
        row.mailchimp,
        row.memory if row.linked_at is not None else None,
        row.linked_at is not None,
        row.linked_by,
        row.parted,
        row.crm_gone,
        row.mailchimp_gone,
        no,
        state,
        owner,
        held or several,
        _archived(row, known),
        _unsubscribed_since(sync, row, known),
        claim.waits or _taken(row, known),
        claim.take,
        known.answered.get(row.id, ()),
        row.memory.cleaned_from if row.memory and row.linked_at is None else None,
        asked=row.crm is not None and address_key(row.crm.email) in known.asked,
        older=row.id in known.older,
        erased=bool(known.erased) and _erased(row, known),
    )


def _erased(row: PersonRow, known: Knowledge) -> bool:
    return any(one is not None and address_key(one.email) in known.erased for one in (row.crm, row.mailchimp))


def _no(row: PersonRow, known: Knowledge) -> No | None:
    """The person's own no, else one at an address: not the very one that this person took back, standing for others."""
    if row.id in known.nos_by_person:
        return known.nos_by_person[row.id]
    for one in (row.mailchimp, row.crm):
        for no in known.nos_by_address.get(address_key(one.email), ()) if one else ():
            if (row.id, no.address, no.side, no.said_at) not in known.lifted:
                return no
    return None


def _remembered(sync: Sync, row: PersonRow, no: No | None, known: Knowledge) -> Remembered:
    crm = row.crm.person.consent if row.crm else Consent.UNKNOWN
    seen = row.memory.crm.consent if row.memory else None
    member = row.mailchimp
    if no is None and member is None and crm is seen is Consent.UNSUBSCRIBED:
        return Remembered.RETURNED  # every no is noted when it is read, so this one was lifted since
    if (
        no is not None
        and member is not None
        and row.id in known.confirming
        and member.person.consent is Consent.PENDING
    ):
        return Remembered.RETURNED  # asked by a person's click; only the own confirmation lifts the no
    own = row.id in known.nos_by_person
    asked = (
        no is not None
        and no.stands_at != ""
        and member is not None
        and (own or address_key(member.email) == no.address)  # a sign-up at one address says nothing of another
        and not row.mailchimp_gone
        and member.person.consent in (Consent.SUBSCRIBED, Consent.PENDING)
    )
    acts = sync.audience.acts(member.key) if asked and member is not None else None
    return remembered(no, crm, seen, acts)


def _owner(sync: Sync, row: PersonRow, known: Knowledge) -> tuple[str, str]:
    """Who has the address that this person would get, and why nobody can tell whose it is."""
    if row.crm and row.mailchimp:
        return "", ""
    if row.crm:
        return _rival(sync, row, row.crm, known)
    if row.mailchimp:
        linked = [one for one in known.crm.get(address_key(row.mailchimp.email), ()) if one.linked and not one.gone]
        return (linked[0].record.name or linked[0].record.email if linked else ""), ""
    return "", ""


def _taken(row: PersonRow, known: Knowledge) -> str:
    """Does somebody who is linked under another address in the CRM keep the member of this new person's address?"""
    if row.crm is None or row.mailchimp is not None:
        return ""
    there = known.mailchimp.get(address_key(row.crm.email), ())
    kept = [one.record for one in there if one.linked and not one.gone and one.record.takes_part is not False]
    name = kept[0].name or kept[0].email if kept else ""
    return name and f"which {name} has already"


def _rival(sync: Sync, row: PersonRow, crm: Record, known: Knowledge) -> tuple[str, str]:
    key = address_key(crm.email)
    sharing = [
        one
        for one in known.crm.get(key, ())
        if not one.gone and one.person_id != row.id and address_key(one.record.email) == key
    ]
    linked = [one for one in sharing if one.linked] or [one for one in sharing if one.person_id in known.chosen]
    if linked:
        return linked[0].record.name or linked[0].record.email, ""
    if row.id in known.chosen:
        return "", ""
    rivals = [one for one in sharing if not outside(one.record, sync.rules, linked=False)]
    if not rivals or outside(crm, sync.rules, linked=False):
        return "", ""
    if sync.rules.duplicate is Duplicate.ASK:
        return "", f"{len(rivals) + 1} people in the CRM share the address {crm.email}: who shall be linked?"
    first = min(rivals, key=lambda one: (one.record.created or "9", one.record.key))
    if (first.record.created or "9", first.record.key) < (crm.created or "9", crm.key):
        return first.record.name or first.record.email, ""
    return "", ""


def _archived(row: PersonRow, known: Knowledge) -> Record | None:
    if not row.crm or row.mailchimp:
        return None
    for one in known.mailchimp.get(address_key(row.crm.email), ()):
        if one.record.takes_part is False and not one.gone:
            return one.record
    return None


def _unsubscribed_since(sync: Sync, row: PersonRow, known: Knowledge) -> bool:
    """Did an archived member unsubscribe? Asked only when its person takes part again, or shall come back."""
    if not (row.parted and row.crm and row.mailchimp and row.memory):
        return False
    comes_back = answer_to(known.answered.get(row.id, ()), Topic.REVIVE, "", *ARCHIVED) is Answer.BACK
    if row.memory.archived_as is not Consent.SUBSCRIBED and not comes_back:
        return False
    if row.mailchimp_gone or row.mailchimp.takes_part is not False or outside(row.crm, sync.rules, linked=True):
        return False
    acts = sorted(sync.audience.acts(row.mailchimp.key), key=lambda act: act.at)  # those of one second stay in order
    theirs = [act for act in acts if act.origin in (Origin.PERSON, Origin.COMPLAINT)]
    return bool(theirs) and theirs[-1].consent is Consent.UNSUBSCRIBED
