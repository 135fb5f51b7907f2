"""What people do on the two sides, each hand a small function on the world's sides."""

from __future__ import annotations

from collections.abc import Callable

from listloop.core.people import Consent, Key, Origin, address_key
from listloop.testing.memory import MemoryAudience, MemoryCrm
from listloop.testing.simulation.history import Do, Move

ORIGINS = {"person": Origin.PERSON, "admin": Origin.ADMIN, "complaint": Origin.COMPLAINT}
FLAGS = {"yes": True, "no": False, "": None}

Hand = Callable[[MemoryCrm, MemoryAudience, Move], None]


def crm_key(who: int) -> Key:
    """The key of the nth CRM record ever made, from 0."""
    return f"p{who + 1:06d}"


def member_key(who: int) -> Key:
    """The key of the nth member ever made, from 0."""
    return f"m{who + 1:06d}"


def free(audience: MemoryAudience, email: str, key: Key = "") -> bool:
    """May a member have this address?"""
    taken = {address_key(one.email) for one in audience.records() if one.key != key}
    return "@" in email and address_key(email) not in taken


def _add_crm(crm: MemoryCrm, _audience: MemoryAudience, move: Move) -> None:
    crm.add(move.text, {"Last": move.field or "Doe"}, takes_part=FLAGS[("yes", "yes", "yes", "", "no")[move.other % 5]])


def _add_member(_crm: MemoryCrm, audience: MemoryAudience, move: Move) -> None:
    if free(audience, move.text):
        consent = (Consent.SUBSCRIBED, Consent.SUBSCRIBED, Consent.SUBSCRIBED, Consent.PENDING, Consent.UNKNOWN)
        key = audience.add(move.text, {"LNAME": move.field}, consent=consent[move.other % 5])
        if move.other in (2, 3):  # another tool made it
            audience.edit(key, labels=frozenset({"press"}))


def _sign_up(_crm: MemoryCrm, audience: MemoryAudience, move: Move) -> None:
    if "@" in move.text:
        audience.sign_up(move.text, {"FNAME": move.field} if move.field else None)


def _label_crm(crm: MemoryCrm, _audience: MemoryAudience, move: Move) -> None:
    held = crm.record(crm_key(move.who)).person.labels
    crm.edit(crm_key(move.who), labels=held ^ {"customers"})


def _label_member(_crm: MemoryCrm, audience: MemoryAudience, move: Move) -> None:
    member = audience.record(member_key(move.who))
    if member.takes_part:
        audience.edit(member.key, labels=member.person.labels ^ {"customer"})


def _edit_member(_crm: MemoryCrm, audience: MemoryAudience, move: Move) -> None:
    if audience.record(member_key(move.who)).takes_part:
        audience.edit(member_key(move.who), {move.field: move.text})


def _consent(consent: Consent, before: frozenset[Consent]) -> Hand:
    def hand(_crm: MemoryCrm, audience: MemoryAudience, move: Move) -> None:
        member = audience.record(member_key(move.who))
        if not member.takes_part or member.person.consent not in before:
            return
        if consent is Consent.UNSUBSCRIBED:
            audience.unsubscribe(member.key, ORIGINS[move.text])
        elif consent is Consent.CLEANED:
            audience.clean(member.key)
        elif move.do is Do.CONFIRM:
            audience.confirm(member.key)
        else:
            audience.edit(member.key, consent=consent)

    return hand


def _archive(_crm: MemoryCrm, audience: MemoryAudience, move: Move) -> None:
    if audience.record(member_key(move.who)).person.consent not in (Consent.CLEANED, Consent.PENDING):
        audience.archive(member_key(move.who))


def _recreate(crm: MemoryCrm, audience: MemoryAudience, move: Move) -> None:
    _copy(crm, audience, move)
    crm.delete(crm_key(move.who))


def _copy(crm: MemoryCrm, _audience: MemoryAudience, move: Move) -> None:
    old = crm.record(crm_key(move.who))
    crm.add(
        old.email if move.other % 3 else move.text,
        old.person.fields,
        old.person.labels,
        consent=old.person.consent,
        takes_part=old.takes_part,
        mailchimp_id=old.mailchimp_id if move.other % 2 else "",
        emails=old.emails,
    )


def _merge(crm: MemoryCrm, _audience: MemoryAudience, move: Move) -> None:
    kept, gone = crm.record(crm_key(move.who)), crm.record(crm_key(move.other))
    if kept.key != gone.key:
        addresses = dict.fromkeys((*kept.emails, gone.email, *gone.emails))
        crm.edit(kept.key, emails=tuple(one for one in addresses if one and one != kept.email))
        crm.delete(gone.key)


def _note(crm: MemoryCrm, _audience: MemoryAudience, move: Move) -> None:
    if Consent(move.text) in crm.can.consents:
        crm.edit(crm_key(move.who), consent=Consent(move.text))


def _id(crm: MemoryCrm, audience: MemoryAudience, move: Move) -> None:
    known = {one.key for one in audience.records()}
    crm.edit(crm_key(move.who), mailchimp_id=member_key(move.other) if member_key(move.other) in known else "")


def _move_member(_crm: MemoryCrm, audience: MemoryAudience, move: Move) -> None:
    member = audience.record(member_key(move.who))
    if member.takes_part and free(audience, move.text, member.key):
        audience.change_address(member.key, move.text)


def _swap_crm(crm: MemoryCrm, _audience: MemoryAudience, move: Move) -> None:
    one, two = crm.record(crm_key(move.who)), crm.record(crm_key(move.other))
    if one.email and two.email:
        crm.change_address(one.key, two.email)
        crm.change_address(two.key, one.email)


def _swap_member(_crm: MemoryCrm, audience: MemoryAudience, move: Move) -> None:
    one, two = audience.record(member_key(move.who)), audience.record(member_key(move.other))
    if one.takes_part and two.takes_part and one.key != two.key:
        audience.change_address(one.key, "between@sim.example")
        audience.change_address(two.key, one.email)
        audience.change_address(one.key, two.email)


_MAILED = frozenset({Consent.SUBSCRIBED, Consent.PENDING, Consent.UNKNOWN})

HANDS: dict[Do, Hand] = {
    Do.ADD_CRM: _add_crm,
    Do.ADD_MEMBER: _add_member,
    Do.SIGN_UP: _sign_up,
    Do.EDIT_CRM: lambda crm, _audience, move: void(crm.edit(crm_key(move.who), {move.field: move.text})),
    Do.EDIT_MEMBER: _edit_member,
    Do.LABEL_CRM: _label_crm,
    Do.LABEL_MEMBER: _label_member,
    Do.FLAG: lambda crm, _audience, move: void(crm.flag(crm_key(move.who), FLAGS[move.text])),
    Do.OPT_OUT: lambda crm, _audience, move: void(crm.opt_out(crm_key(move.who))),
    Do.OPT_IN: lambda crm, _audience, move: void(crm.opt_in(crm_key(move.who))),
    Do.UNSUBSCRIBE: _consent(Consent.UNSUBSCRIBED, _MAILED),
    Do.CONFIRM: _consent(Consent.SUBSCRIBED, frozenset({Consent.PENDING})),
    Do.CLEAN: _consent(Consent.CLEANED, frozenset({Consent.SUBSCRIBED})),
    Do.RESUBSCRIBE: _consent(Consent.SUBSCRIBED, frozenset({Consent.UNSUBSCRIBED, Consent.UNKNOWN})),
    Do.NOTE_CRM: _note,
    Do.ARCHIVE: _archive,
    Do.UNARCHIVE: lambda _crm, audience, move: void(audience.unarchive(member_key(move.who))),
    Do.DELETE_MEMBER: lambda _crm, audience, move: audience.delete(member_key(move.who)),
    Do.DELETE_CRM: lambda crm, _audience, move: crm.delete(crm_key(move.who)),
    Do.RECREATE_CRM: _recreate,
    Do.MERGE_CRM: _merge,
    Do.COPY_CRM: _copy,
    Do.ID_CRM: _id,
    Do.MOVE_CRM: lambda crm, _audience, move: void(crm.change_address(crm_key(move.who), move.text)),
    Do.MOVE_MEMBER: _move_member,
    Do.SWAP_CRM: _swap_crm,
    Do.SWAP_MEMBER: _swap_member,
    Do.FURTHER: lambda crm, _audience, move: void(crm.add_address(crm_key(move.who), move.text)),
}


OUTSIDE = frozenset({*HANDS, Do.WAIT, Do.SICKEN, Do.HEAL, Do.WEBHOOK})
"""Moves that ask nothing of Listloop."""


def void(_result: object) -> None:
    """A hand returns nothing."""


def work(crm: MemoryCrm, audience: MemoryAudience, move: Move) -> bool:
    """Let a hand do its work; False where it changed nothing, as when the record that it would touch is not there."""
    before = crm.records(), audience.records()
    try:
        HANDS[move.do](crm, audience, move)
    except KeyError:
        return False
    return before != (crm.records(), audience.records())
