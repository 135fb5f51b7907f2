"""Where what a run wrote came from: no value that the other side does not show, and nobody taken out unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from listloop.core.people import Key, Record
from listloop.testing.simulation.checker import Checker
from listloop.testing.simulation.line import Request
from listloop.testing.simulation.sight import Row, Sight, lowered, same, valid
from listloop.testing.simulation.world import Ran


def _pair(now: Sight, request: Request) -> Row | None:
    """Whose record it was, as the tables show it after the run."""
    key = request.after.key if request.after else None
    return now.of(crm=key) if request.side == "crm" else now.of(member=key)


def _moments(before: Sight, now: Sight, row: Row, side: str) -> list[Record]:
    """The records of the other side, as they were before the run and after it."""
    found = [
        sight.members.get(row.member or "") if side == "crm" else sight.crm.get(row.crm or "")
        for sight in (before, now)
    ]
    return [one for one in found if one is not None]


def _heirs(now: Sight, row: Row) -> list[Key]:
    """The CRM records without a link that have the ID or the address of this member."""
    member = now.members.get(row.member or "")
    if member is None:
        return []
    return [
        one.key
        for one in now.crm.values()
        if one.takes_part is True
        and (one.mailchimp_id == member.key or lowered(one.email) == lowered(member.email))
        and not any(each.crm == one.key and each.linked for each in now.rows)
    ]


def values_have_a_source(checker: Checker, before: Sight, now: Sight, ran: Ran) -> Iterator[str]:
    """A value that is written is one that the other side truly shows; what a lagging copy showed is none."""
    if ran.asked or ran.approved:  # hands were at work, or the plan is of an earlier moment
        return
    for request in ran.requests:
        row = _pair(now, request)
        others = _moments(before, now, row, request.side) if row else []
        if not request.took or not others:
            continue
        for here, there in checker.world.fields():
            own, other = (here, there) if request.side == "crm" else (there, here)
            value = request.patch.fields.get(own)
            if value is None:
                continue
            shown = [one.person.fields[other] for one in others]
            if not any(same(here, *((value, one) if request.side == "crm" else (one, value))) for one in shown):
                yield f"{own} of {row.crm if row else ''} in {request.side} became {value!r}; the other shows {shown}"


def nobody_is_taken_out_unasked(checker: Checker, before: Sight, now: Sight, ran: Ran) -> Iterator[str]:
    """Nobody is archived whose CRM record is there and takes part; no flag is set to No while the member is active."""
    if ran.asked or ran.approved or not ran.read:
        return
    for request in ran.requests:
        row = _pair(now, request)
        others = _moments(before, now, row, request.side) if row else []
        if request.patch.takes_part is not False or not request.took or row is None:
            continue
        heirs = _heirs(now, row) if request.side == "mailchimp" and not others else []
        if len(heirs) == 1:
            yield f"{row.member} was archived, and {heirs[0]} took the place of its CRM record {row.crm}"
        if len(others) < 2:
            continue
        if request.side == "crm":
            if all(one.takes_part for one in others) and row.linked:
                yield f"the flag of {row.crm} was set to No, and its member {row.member} is active"
        elif all(_wanted(checker, one) for one in others) and row.linked:
            yield f"{row.member} was archived, and its CRM record {row.crm} takes part"


def _wanted(checker: Checker, one: Record) -> bool:
    """Does this CRM record take part?"""
    chosen = not checker.world.setting.only_acme or one.person.fields["Company"] == "Acme"
    return one.takes_part is True and valid(one.email) and chosen


def who_moved_is_left_to_the_next_plan(checker: Checker, before: Sight, now: Sight, ran: Ran) -> Iterator[str]:
    """After a yes nothing is written of a pair of which either record is no longer as it was when the plan was made."""
    if not ran.approved or ran.asked:
        return
    for request in ran.requests:
        row = _pair(now, request)
        if row is None or request.key is None:
            continue
        for then, since in ((checker.planned.crm, before.crm), (checker.planned.members, before.members)):
            key = row.crm if since is before.crm else row.member
            old, new = then.get(key or ""), since.get(key or "")
            if old is not None and new is not None and replace(old, changed=new.changed) != new:
                yield f"{key} was edited since the plan was made, and {request.side} was written {request.patch}"


def a_no_to_the_flag_stays(checker: Checker, before: Sight, now: Sight, ran: Ran) -> Iterator[str]:
    """A flag that a user set to No is set to Yes by us only where the member was brought back from the archive."""
    if ran.asked:
        return
    for request in ran.requests:
        row = _pair(now, request)
        if request.side != "crm" or not request.took or not request.patch.takes_part or row is None:
            continue
        member = checker.settled.members.get(row.member or "")
        was = request.before is not None and request.before.takes_part is False
        if was and member and member.takes_part and before.members[member.key].takes_part:
            yield f"the flag of {row.crm} was set from No to Yes, and its member {member.key} was active all the time"


def an_id_goes_before_an_address(checker: Checker, before: Sight, now: Sight, ran: Ran) -> Iterator[str]:
    """A member that nobody was linked to is linked with the one CRM record that carries its ID."""
    seen = before if ran.clean else checker.planned
    if not (ran.clean or ran.approved) or (seen.crm, seen.members) != (before.crm, before.members):
        return
    for member in seen.members.values():
        own = [one for one in seen.crm.values() if one.mailchimp_id == member.key]
        rows = [checker.earlier.of(member=member.key), *(checker.earlier.of(crm=one.key) for one in own)]
        if (
            len(own) != 1
            or not member.takes_part
            or own[0].takes_part is not True
            or any(one and one.linked for one in rows)
        ):
            continue
        row = now.of(member=member.key)
        if row and row.rule != "ambiguous" and own[0].key in now.crm and row.crm != own[0].key:
            yield f"{own[0].key} carries the ID of {member.key}, which is linked to {row.crm}"


SOURCES: dict[str, Callable[[Checker, Sight, Sight, Ran], Iterator[str]]] = {
    "3: a value has a source": values_have_a_source,
    "8: nobody is taken out unasked": nobody_is_taken_out_unasked,
    "8: a no to the flag stays": a_no_to_the_flag_stays,
    "8: an ID goes before an address": an_id_goes_before_an_address,
    "15: who moved is left to the next plan": who_moved_is_left_to_the_next_plan,
}
