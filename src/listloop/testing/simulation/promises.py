"""The promises that bind after a run, each checked by what both sides, the requests and the tables show.

Nothing of ``listloop.core`` decides here: what should have happened is worked out anew, from what hands typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from listloop.core.people import Consent, Key
from listloop.testing.simulation.checker import WAITS, Broken, Checker
from listloop.testing.simulation.hands import crm_key
from listloop.testing.simulation.history import Do
from listloop.testing.simulation.notes import leave_for_the_next_plan, planned, take_note
from listloop.testing.simulation.requests import BY_REQUEST
from listloop.testing.simulation.sight import MAILED, Sight, look, lowered, same, valid
from listloop.testing.simulation.sources import SOURCES
from listloop.testing.simulation.world import LABEL, Ran


def after(checker: Checker, before: Sight, ran: Ran) -> None:
    """Check everything that this run binds. Raises Broken."""
    checker.looking = False
    checker.runs += 1
    take_note(checker, ran)
    for request in ran.requests:
        for promise, check in BY_REQUEST.items():
            _hold(promise, check(checker, request, ran))
    if ran.approved:
        leave_for_the_next_plan(checker, ran)
    checker.earlier, checker.now = checker.now, look(checker.world)
    now = checker.now
    for promise, run_check in BY_RUN.items():
        if not (ran.ordered and promise in SOURCES):  # what a person ordered comes from the history
            _hold(promise, run_check(checker, before, now, ran))
    checker.planned = planned(checker, ran)
    if not ran.clean:
        checker.faulty = checker.faulty or ran.do is not Do.ASK or ran.state != "done"
        return
    left = any(one.rule == "planned" for one in now.rows)
    for promise, run_check in BY_CLEAN_RUN.items() if not checker.world.desk.put_back else ():
        if not left or run_check is a_no_stands_on_both_sides:
            _hold(promise, run_check(checker, before, now, ran))
    if left:  # somebody moved while the run wrote, and is decided by the next one
        checker.faulty = True
        return
    checker.settled, checker.faulty = now, False
    checker.world.rest()
    checker.read = 0


def _hold(promise: str, broken: Iterator[str]) -> None:
    for why in broken:
        raise Broken(promise, why)


MOVES = frozenset(
    {
        Do.MOVE_CRM,
        Do.MOVE_MEMBER,
        Do.SWAP_CRM,
        Do.SWAP_MEMBER,
        Do.ID_CRM,
        Do.COPY_CRM,
        Do.MERGE_CRM,
        Do.RECREATE_CRM,
        Do.FURTHER,
    }
)
"""What may change who is who."""


# --- what holds after any run -----------------------------------------------------------------------------------


def links_are_one_to_one(_checker: Checker, _before: Sight, now: Sight, _ran: Ran) -> Iterator[str]:
    """No record belongs to two people."""
    for side in ("crm", "member"):
        keys = [getattr(one, side) for one in now.rows if getattr(one, side)]
        for key in {key for key in keys if keys.count(key) > 1}:
            yield f"{key} belongs to {keys.count(key)} people"


def standings_add_up(_checker: Checker, _before: Sight, now: Sight, _ran: Ran) -> Iterator[str]:
    """Everybody read is in the population exactly once, under one of four standings."""
    for one in now.rows:
        if one.standing not in ("in_sync", "waiting", "excluded", "failed"):
            yield f"person {one.id} stands at {one.standing!r}"
        if one.crm is None and one.member is None:
            yield f"person {one.id} has no record"


def a_preview_is_what_is_written(checker: Checker, _before: Sight, _now: Sight, ran: Ran) -> Iterator[str]:
    """After a yes only what was listed is written; a new member's ID, unknown before, goes along.

    Where the inbox names somebody meanwhile, a plan of its own follows in the same run, of who moved since, too.
    """
    listed = checker.listed
    if ran.approved:
        for request in ran.requests:
            planned = listed.get(f"{request.side}:{request.ref}")
            sent = repr(request.patch)
            if ran.asked and planned != sent:  # that plan's; it may have the number of a decision that was dropped
                continue
            if ran.chosen is not None and request.ref not in ran.chosen:
                yield f"{request.side} was written {sent}, which got no yes"
            if planned is None or (sent != planned and request.patch.mailchimp_id is None):
                yield f"{request.side} was written {sent}, but listed was {planned}"


def mass_changes_wait(checker: Checker, _before: Sight, _now: Sight, ran: Ran) -> Iterator[str]:
    """No more than the limit of one destructive kind is written by runs without a yes in one go."""
    if ran.approved or checker.world.setting.guard_least > 10:
        return
    most = max(checker.world.setting.guard_least, len(checker.settled.links()) // 5 + 1)
    archives = [one for one in ran.requests if one.side == "mailchimp" and one.patch.takes_part is False and one.took]
    flags = [one for one in ran.requests if one.side == "crm" and one.patch.takes_part is False and one.took]
    clears = [one for one in ran.requests if one.took and "" in one.patch.fields.values() and one.key]
    labels = [one for one in ran.requests if one.took and one.patch.remove]
    for name, some in (("archives", archives), ("cleared fields", clears), ("removed labels", labels)):
        if len(some) > most:
            yield f"{len(some)} {name} were written in one run without a yes; {most} may pass"
    if len(flags) > most and not checker.world.setting.flag_duplicates:
        yield f"{len(flags)} flags were set to No in one run without a yes; {most} may pass"


def a_no_comes_first(_checker: Checker, _before: Sight, _now: Sight, ran: Ran) -> Iterator[str]:
    """What opts somebody out is written before anything else, as far as it was known when the plan was made."""
    if ran.asked:
        return  # who was asked for in the middle of the run has a plan of their own
    others = False
    for request in ran.requests:
        no = request.key is not None and request.patch.consent is Consent.UNSUBSCRIBED and request.patch.email is None
        if no and others:
            yield f"{request.key} was opted out in {request.side} only after other things were written"
        others = others or not no


BY_RUN: dict[str, Callable[[Checker, Sight, Sight, Ran], Iterator[str]]] = {
    "8: links are one to one": links_are_one_to_one,
    "17: standings add up": standings_add_up,
    "15: what is written is what was shown": a_preview_is_what_is_written,
    "7: a no comes first": a_no_comes_first,
    "14: the guard holds a mass of changes": mass_changes_wait,
    **SOURCES,
}


# --- what holds after a clean run -------------------------------------------------------------------------------


def _excused(checker: Checker, now: Sight, crm: Key | None, member: Key | None, waits: frozenset[str] = WAITS) -> bool:
    """Did this person fail, or wait for somebody's answer, so that nothing could be written?"""
    lines = checker.world.lines
    if crm in lines["crm"].refused or member in lines["mailchimp"].refused:
        return True
    some = [one for one in now.rows if (crm and one.crm == crm) or (member and one.member == member)]
    return any(one.standing == "failed" or checker.waits(one, waits) for one in some)


def a_no_stands_on_both_sides(checker: Checker, _before: Sight, now: Sight, _ran: Ran) -> Iterator[str]:
    """Wherever one record of an address says no, all of them do."""
    addresses = {lowered(one.email) for one in (*now.crm.values(), *now.members.values())} - {""}
    for address in sorted(addresses):
        here, there = now.at(address)
        nos = [one for one in (*here, *there) if one.person.consent is Consent.UNSUBSCRIBED]
        if not nos and address not in checker.said:
            continue
        if address in checker.maybe or (address in checker.returned and address not in checker.said):
            continue
        for one in here:
            if one.person.consent is not Consent.UNSUBSCRIBED and not _excused(checker, now, one.key, None):
                yield f"{address} said no, but {one.key} in the CRM shows {one.person.consent}"
        for one in there:
            asked = one.person.consent is Consent.PENDING and address in checker.asking
            if one.person.consent in MAILED and not asked and not _excused(checker, now, None, one.key):
                yield f"{address} said no, but {one.key} in Mailchimp is {one.person.consent}"


def edits_survive(checker: Checker, _before: Sight, now: Sight, _ran: Ran) -> Iterator[str]:
    """A field that was edited on one side only shows that edit on both; one that nobody edited stays."""
    typed = checker.world.typed
    for crm, old in checker.settled.links().items():
        pair = now.links().get(crm)
        if pair is None or pair.member != old.member or old.standing != "in_sync":
            continue
        if old.member is None or _excused(checker, now, crm, old.member):
            continue
        for here, there in checker.world.fields():
            if {(crm, here), (old.member, here)} & checker.world.desk.touched:
                continue
            shown = now.crm[crm].person.fields[here], now.members[old.member].person.fields[there]
            was = (
                checker.settled.crm[crm].person.fields[here],
                checker.settled.members[old.member].person.fields[there],
            )
            if not same(here, *was) and (crm, here) not in checker.world.desk.kept:
                continue  # just back from the archive, and not compared since
            wanted = _wanted(checker, was, typed.get((crm, here)), typed.get((old.member, there)))
            if not any(_shows(here, one, shown) for one in wanted):
                yield f"{here} of {crm} and {old.member} shows {shown}, but was {was}, and typed was {wanted}"


Wanted = tuple[str | None, str | None]


def _wanted(checker: Checker, was: tuple[str, str], ours: str | None, theirs: str | None) -> list[Wanted]:
    """The values that may stand now: (in the CRM, in Mailchimp), None: whatever says the same as the other."""
    if ours is None and theirs is None:
        return [was]
    both: list[Wanted] = [(ours, None)] if ours is not None else []
    if theirs is not None:
        both.append((None, theirs))
    if len(both) == 2 and not checker.faulty and ours != was[0] and theirs != was[1]:
        return [(None, theirs)] if checker.world.setting.mailchimp_owns else [(ours, None)]
    return both


def _shows(name: str, wanted: Wanted, shown: tuple[str, str]) -> bool:
    if wanted[0] is not None and shown[0] != wanted[0]:
        return False
    if wanted[1] is not None and shown[1] != wanted[1]:
        return False
    return None not in wanted or same(name, *shown)


def labels_survive(checker: Checker, before: Sight, now: Sight, _ran: Ran) -> Iterator[str]:
    """A label that was changed on one side only is so on both; one that nobody touched stays."""
    touched = {(str(move.do), move.who) for move in checker.world.hands}
    for crm, old in checker.settled.links().items():
        pair = now.links().get(crm)
        if pair is None or pair.member != old.member or old.member is None or old.standing != "in_sync":
            continue
        if _excused(checker, now, crm, old.member) or {(crm, ""), (old.member, "")} & checker.world.desk.touched:
            continue
        ours = (str(Do.LABEL_CRM), int(crm[1:]) - 1) in touched
        theirs = (str(Do.LABEL_MEMBER), int(old.member[1:]) - 1) in touched
        shown = LABEL[0] in now.crm[crm].person.labels, LABEL[1] in now.members[old.member].person.labels
        was = LABEL[0] in checker.settled.crm[crm].person.labels
        if shown[0] != shown[1]:
            yield f"the label of {crm} and {old.member} is {shown[0]} in the CRM and {shown[1]} in Mailchimp"
        typed = (
            LABEL[0] in before.crm[crm].person.labels if ours else LABEL[1] in before.members[old.member].person.labels
        )
        if ours is not theirs and typed is not was and shown[0] is not typed:
            yield f"the label of {crm} was set to {typed} on one side, and it is {shown[0]}"
        if not ours and not theirs and shown[0] != was:
            yield f"nobody touched the label of {crm}, and it went from {was} to {shown[0]}"


def links_stay(checker: Checker, _before: Sight, now: Sight, _ran: Ran) -> Iterator[str]:
    """Two linked records that still exist stay linked, unless addresses or IDs were moved.

    An address that was moved before the last clean run may have waited for one that somebody had: gone is only who
    was missed twice, so its link moves a run later.
    """
    if any(move.do in MOVES for move in checker.world.hands):
        return
    for one in checker.settled.rows:
        if one.linked and one.crm in now.crm and one.member in now.members:
            here, there = checker.settled.crm.get(one.crm or ""), checker.settled.members.get(one.member or "")
            if one.rule == "question" and here and there and lowered(here.email) != lowered(there.email):
                continue
            pair = now.of(crm=one.crm)
            if pair is None or pair.member != one.member:
                yield f"{one.crm} was linked to {one.member} and is now to {pair.member if pair else None}"


def a_first_meeting_fills(checker: Checker, before: Sight, now: Sight, _ran: Ran) -> Iterator[str]:
    """Two records that were linked in this run have every value that either had: an empty one erases nothing.

    Nor is a value cut to what the other side can hold of it.
    """
    for crm, link in now.links().items():
        here, there = before.crm.get(crm), before.members.get(link.member or "")
        old = checker.earlier.of(crm=crm)
        if here is None or there is None or link.standing != "in_sync" or (old is not None and old.linked):
            continue
        if not there.takes_part:  # just back from the archive, and not compared since
            continue
        for name, merge in checker.world.fields():
            had = {here.person.fields[name], there.person.fields[merge]} - {"", "-"}
            shown = now.crm[crm].person.fields[name], now.members[there.key].person.fields[merge]
            if had and not all(shown):
                yield f"{name} of {crm} and {there.key} was {had} when they first met, and is {shown}"
            both = here.person.fields[name], there.person.fields[merge]
            if all(both) and same(name, *both) and shown != both:
                yield f"{name} of {crm} and {there.key} said the same when they first met, {both}, and is {shown}"


def an_address_follows(checker: Checker, before: Sight, now: Sight, _ran: Ran) -> Iterator[str]:
    """One address changed in the CRM to one that nobody has is the member's afterwards, and nobody is created."""
    moved = [move for move in checker.world.hands if move.do in (Do.MOVE_CRM, Do.MOVE_MEMBER, Do.ID_CRM)]
    if checker.faulty or len(moved) != 1 or moved[0].do is not Do.MOVE_CRM:
        return
    key, address = crm_key(moved[0].who), lowered(moved[0].text)
    link = checker.settled.links().get(key)
    others = [one for one in (*before.crm.values(), *before.members.values()) if one.key != key]
    held = {lowered(email) for one in others for email in (one.email, *one.emails)}
    if not (link and link.member and valid(address) and address not in held):
        return
    member = before.members.get(link.member)
    alive = before.crm.get(key)
    if not member or not alive or not member.takes_part or alive.takes_part is not True or link.standing != "in_sync":
        return
    if member.person.consent not in (Consent.SUBSCRIBED, Consent.PENDING, Consent.UNKNOWN) or address in checker.said:
        return
    if alive.person.consent is Consent.UNSUBSCRIBED or _excused(checker, now, key, link.member):
        return
    if address in checker.world.audience._forgotten:  # noqa: SLF001 - only the side itself knows
        return
    if lowered(now.members[link.member].email) != address:
        yield f"{key} moved to {address}, but its member {link.member} has {now.members[link.member].email}"


def answers_are_carried_out(checker: Checker, _before: Sight, now: Sight, _ran: Ran) -> Iterator[str]:
    """Where somebody chose between two values, both sides show the chosen one."""
    merges = dict(checker.world.fields())
    for (crm, name), value in checker.world.desk.wanted.items():
        link = now.links().get(crm)
        if link is None or name not in merges or _excused(checker, now, crm, link.member, WAITS - {"question"}):
            continue
        shown = now.crm[crm].person.fields[name], now.members[link.member or ""].person.fields[merges[name]]
        if not same(name, *shown) or value not in shown:
            yield f"{value!r} was chosen for {name} of {crm}, and it shows {shown}"


BY_CLEAN_RUN: dict[str, Callable[[Checker, Sight, Sight, Ran], Iterator[str]]] = {
    "7: a no stands on both sides": a_no_stands_on_both_sides,
    "3, 4: edits survive": edits_survive,
    "5: labels merge as sets": labels_survive,
    "3: a first meeting fills": a_first_meeting_fills,
    "8: links stay": links_stay,
    "1: answers are carried out": answers_are_carried_out,
    "9: an address change makes nobody": an_address_follows,
}
