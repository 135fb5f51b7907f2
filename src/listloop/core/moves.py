"""Addresses that move to where somebody is already: then the address does not move, the link does.

A member's address is unique in an audience, so two members can't swap theirs without a made-up address in between.
Instead the CRM record is linked with the member that has its new address: one unlinked member, a swap and a longer
cycle are alike. Addresses that are free are moved first, one at a time; one that somebody keeps is held.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from listloop.core.frozen import frozen, replace
from listloop.core.mapping import agree
from listloop.core.people import Key, Record, address_key
from listloop.core.plan import Memory, Seen
from listloop.core.rules import Direction, Rules

PersonId = int
Place = str
"""What a person claims in the audience: an address (``address_key``), or a member by its ID (``by_id``)."""


def by_id(mailchimp_id: str) -> Place:
    """The place of a member that the CRM names by its ID; no address has a blank in it."""
    return f"id {mailchimp_id}"


@frozen
class Claim:
    """A linked person whose CRM record names another place than its member has.

    ``moved``: the CRM changed since both agreed, so that its wish counts; else the member's address was changed in
    Mailchimp, and the CRM's will follow. ``first``: the two never agreed, so that no link moves for it.
    """

    person: PersonId
    name: str
    place: Place
    moved: bool
    first: bool = False


@frozen
class Holder:
    """The member that has a place. ``free``: nobody in the CRM keeps it there; ``archived`` ones are not taken."""

    person: PersonId
    name: str
    member: Key
    free: bool = False
    archived: bool = False


@frozen
class Verdict:
    """What becomes of a claim: the member to be linked with, or why it waits; neither: the address itself moves."""

    take: Key = ""
    waits: str = ""


#: Nobody else has the new address: it moves itself, or there is none.
FOLLOWS = Verdict()


def resolve(claims: Mapping[PersonId, Claim], holders: Mapping[Place, Holder]) -> dict[PersonId, Verdict]:
    """What becomes of each claim, all of them seen together."""
    winners = _winners(claims, holders)
    return {person: _verdict(claim, claims, holders, winners) for person, claim in claims.items()}


def _winners(claims: Mapping[PersonId, Claim], holders: Mapping[Place, Holder]) -> dict[Place, PersonId]:
    """Who gets a place that several claim: whose own goes round to another of them, else the first."""
    winners: dict[Place, PersonId] = {}
    for claim in sorted(claims.values(), key=lambda one: (not _comes_round(one, claims, holders), one.person)):
        winners.setdefault(claim.place, claim.person)
    return winners


def _comes_round(claim: Claim, claims: Mapping[PersonId, Claim], holders: Mapping[Place, Holder]) -> bool:
    return any(one == claim.person for one in _path(claim, claims, holders)[0][1:])


def _path(
    claim: Claim, claims: Mapping[PersonId, Claim], holders: Mapping[Place, Holder]
) -> tuple[list[PersonId], Holder | None]:
    """The people whose members' places are claimed one after the other, and who has the last place (None: nobody)."""
    path = [claim.person]
    while True:
        holder = holders.get(claims[path[-1]].place)
        if holder is None or holder.person not in claims:
            return path, holder
        path.append(holder.person)
        if path.count(holder.person) > 1:
            return path, holder


def _verdict(
    claim: Claim,
    claims: Mapping[PersonId, Claim],
    holders: Mapping[Place, Holder],
    winners: Mapping[Place, PersonId],
) -> Verdict:
    path, last = _path(claim, claims, holders)
    holder = holders.get(claim.place)
    goes = [claims[one] for one in path]
    round_ = len(path) > 1 and path[-1] == claim.person
    if not claim.moved and not (round_ and any(one.moved for one in goes)):
        return FOLLOWS  # changed in Mailchimp alone: the CRM follows
    if winners[claim.place] != claim.person:
        return Verdict(waits=f"which {claims[winners[claim.place]].name} gets")
    if holder is None:
        return FOLLOWS
    if holder.archived:
        return Verdict(waits="which is archived in Mailchimp")
    if claim.first or (round_ and any(one.first for one in goes)):
        return Verdict(waits=f"which {holder.name} has already")
    if round_:
        return Verdict(take=holder.member)
    return _along(goes, last, holder, winners)


def _along(goes: list[Claim], last: Holder | None, holder: Holder, winners: Mapping[Place, PersonId]) -> Verdict:
    """A chain moves along where everybody in it goes on, and its last place is nobody's or a member's alone."""
    stays = any(not one.moved or one.first or winners[one.place] != one.person for one in goes[1:])
    if stays or (last is not None and (last.archived or not last.free)):
        return Verdict(waits=f"which {holder.name} has already")
    if last is None:
        return Verdict(waits=f"which {holder.name} gives up; it moves right after")
    return Verdict(take=holder.member)


def carry_memory(mine: Memory, theirs: Memory, crm: Record, member: Record, rules: Rules, *, alone: bool) -> Memory:
    """The memory of a link that moved: ``mine`` of the CRM record, ``theirs`` of the member it is linked with now.

    The values of the CRM, where the addresses moved, hold: the member's are somebody else's. Of a member that was
    ``alone`` they are of the same person, who signed up with the new address: a first meeting. The mailbox keeps its
    consent, and what it was archived as.
    """
    fields, others, labels = ({}, {}, {}) if alone else _as_edited(crm, member, rules)
    # Linked by an ID, the two may have different addresses: those meet for the first time, too.
    emails = (crm.email, member.email) if address_key(crm.email) == address_key(member.email) else ("", "")
    here = replace(mine.crm, email=emails[0], fields=fields, labels=labels, mailchimp_id=crm.mailchimp_id)
    there = replace(theirs.mailchimp, email=emails[1], fields=others, labels=dict.fromkeys(labels, True))
    return Memory(here, there, theirs.archived_as)


def _as_edited(crm: Record, member: Record, rules: Rules) -> tuple[dict[str, str], dict[str, str], dict[str, bool]]:
    """What both would have shown before, had the CRM alone changed whatever differs now."""
    fields: dict[str, str] = {}
    others: dict[str, str] = {}
    for row in rules.rows:
        here, there = crm.person.fields.get(row.crm.name), member.person.fields.get(row.mailchimp.name)
        if here is None or there is None or row.direction is Direction.TO_CRM:
            continue
        before = here if agree(row, here, there) else ("" if here else there)
        fields[row.name], others[row.name] = before, there
    labels = {
        row.name: True
        for row in rules.labels
        if row.crm.name not in crm.person.labels and row.mailchimp.name in member.person.labels
    }
    return fields, others, labels


def inherit(mine: Memory, own: Memory, crm: Record, rules: Rules) -> Memory:
    """The memory of a link whose CRM record was merged into another, or moved to another company and got a new key.

    ``own`` is what was remembered of the record that takes its place: its opt-out is its own. What it shows otherwise
    than the one before was not edited: that starts as a first meeting, so that an empty field clears nothing.
    """
    here, there = mine.crm, mine.mailchimp
    same = {row.name for row in rules.rows if crm.person.fields.get(row.crm.name, "") == here.fields.get(row.name)}
    same |= {row.name for row in rules.labels if here.labels.get(row.name) is (row.crm.name in crm.person.labels)}
    here = replace(here, consent=own.crm.consent, mailchimp_id=crm.mailchimp_id)
    return replace(mine, crm=_only(here, same), mailchimp=_only(there, same))


def _only(seen: Seen, names: Collection[str]) -> Seen:
    fields = {name: value for name, value in seen.fields.items() if name in names}
    return replace(seen, fields=fields, labels={name: has for name, has in seen.labels.items() if name in names})


def together(moves: Mapping[PersonId, Key], holders: Mapping[Key, PersonId], linked: Collection[PersonId]) -> set[int]:
    """Of these moves, those that can be made: nobody who is ``linked`` loses a member without getting another one.

    ``holders`` tells who has each member.
    """
    able = set(moves)
    while True:
        stuck = {
            person
            for person in able
            if moves[person] not in holders or (holders[moves[person]] in linked and holders[moves[person]] not in able)
        }
        if not stuck:
            return able
        able -= stuck
