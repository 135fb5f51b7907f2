"""The promises that bind each single request: consent, statuses, the first yes, and nobody made twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from listloop.core.people import Consent, Patch, Record
from listloop.testing.simulation.checker import Checker
from listloop.testing.simulation.line import Request
from listloop.testing.simulation.sight import HEIGHT, MAILED, look, lowered
from listloop.testing.simulation.world import OTHERS, Ran

FRESH = timedelta(minutes=10)


def consent_is_never_raised(checker: Checker, request: Request, ran: Ran) -> Iterator[str]:
    """No write of ours moves anybody towards being mailed, but on the person's own act."""
    before, after = request.before, request.after
    if after is None or (before is not None and before.key in checker.world.desk.clicked):
        return
    address = lowered(after.email)
    if before is None:
        if after.person.consent in (Consent.SUBSCRIBED, Consent.PENDING) and address in checker.said:
            yield f"{after.email} said no and was created as {after.person.consent} in {request.side}"
        return
    if before.takes_part and not after.takes_part and request.side == "mailchimp":
        checker.archived_by_us.add(before.key)
    raised = HEIGHT[after.person.consent] > HEIGHT[before.person.consent]
    if request.side == "crm":
        # The person came back at the address of the linked member, which may be on its way into the CRM still, or
        # had the CRM's new one written in this very run.
        link = look(checker.world).of(crm=before.key)
        members = [one for one in checker.world.audience.records() if link and one.key == link.member]
        members += [one.before for one in ran.requests if link and one.key == link.member and one.before]
        came_back = {address, *(lowered(one.email) for one in members)} & (
            checker.returned.keys() | checker.maybe | checker.during
        )
        corrected = before.person.consent is Consent.CLEANED  # a mark on the address, which is another one by now
        if raised and not came_back and not corrected:
            yield f"{after.email} went from {before.person.consent} to {after.person.consent} in the CRM"
        return
    if raised:
        yield f"{after.email} went from {before.person.consent} to {after.person.consent} in Mailchimp"
    if after.takes_part and not before.takes_part:
        yield from _brought_back(checker, before, after)


def _brought_back(checker: Checker, before: Record, after: Record) -> Iterator[str]:
    if before.key not in checker.archived_by_us:
        yield f"{after.email} was brought back from an archive that was not ours"
    if after.person.consent in (Consent.SUBSCRIBED, Consent.PENDING) and lowered(after.email) in checker.said:
        yield f"{after.email} said no and was brought back as {after.person.consent}"


def who_came_back_is_left_alone(checker: Checker, request: Request, ran: Ran) -> Iterator[str]:
    """Whoever signed up or confirmed after the last no is not opted out again."""
    before, after = request.before, request.after
    if (
        ran.asked
        or request.side != "mailchimp"
        or before is None
        or after is None
        or before.person.consent not in MAILED
    ):
        return
    address = lowered(after.email)
    # A no belongs to the person, too: said in the CRM, it holds for the linked member under whatever address. The
    # link may have moved in this very run; the no was said by whoever had the member before.
    links = look(checker.world).of(member=request.key), checker.now.of(member=request.key)
    theirs = {link.crm for link in links if link}
    held = [one for one in checker.world.crm.records() if one.key in theirs]
    held += [one.before for one in ran.requests if one.key in theirs and one.before]  # under the address from before
    if any(lowered(one.email) in checker.visible for one in held):
        return
    if _claimed_by_a_no(checker, address):
        return
    if after.person.consent is Consent.UNSUBSCRIBED and address in checker.returned and address not in checker.visible:
        yield f"{after.email} came back on their own and was opted out again"


def _claimed_by_a_no(checker: Checker, address: str) -> bool:
    """Was a CRM record moved to this address whose member, elsewhere, said no? A no of either counts for both."""
    there = [one.key for one in checker.world.crm.records() if lowered(one.email) == address]
    for sight in (look(checker.world), checker.now):  # the link may have moved to this address since
        links = [sight.of(crm=key) for key in there]
        members = [sight.members.get(link.member or "") for link in links if link]
        if any(one and lowered(one.email) in checker.visible - {address} for one in members):
            return True
    return False


def a_status_travels_alone(_checker: Checker, request: Request, _ran: Ran) -> Iterator[str]:
    """A status is never sent along with other fields to an existing record, but to bring it back from the archive."""
    patch = request.patch
    if request.key and patch.consent and patch.takes_part is None and patch.without_consent():
        yield f"{request.key} got {patch.consent} together with {patch.without_consent()}"


def nobody_is_opted_out_unasked(checker: Checker, request: Request, ran: Ran) -> Iterator[str]:
    """A no is written only where the person or the address said one, and a dead address only where mail bounced."""
    before, after = request.before, request.after
    if before is None or after is None or before.person.consent is after.person.consent or ran.asked:
        return  # of a run during which somebody was at work nobody knows any more what it had read
    sight = look(checker.world)
    row = sight.of(crm=request.key) if request.side == "crm" else sight.of(member=request.key)
    both = [sight.crm.get(row.crm or ""), sight.members.get(row.member or "")] if row else []
    mine = [before, *(one for one in both if one)]
    if after.person.consent is Consent.CLEANED and not any(
        one.person.consent is Consent.CLEANED for one in mine if one.key != before.key
    ):
        yield f"{after.email} is called a dead address in {request.side}, and no mail bounced"
    if after.person.consent is not Consent.UNSUBSCRIBED:
        return
    addresses = {lowered(one.email) for one in mine}
    shown = any(one.person.consent is Consent.UNSUBSCRIBED for one in mine if one.key != before.key)
    noted = row is not None and checker.noted(row.id, addresses)
    if not shown and not noted and not addresses & checker.said.keys():
        yield f"{after.email} was opted out in {request.side}, and nobody there ever said no"


def a_reading_is_fresh(_checker: Checker, request: Request, _ran: Ran) -> Iterator[str]:
    """Nothing is written from a reading older than ten minutes."""
    if request.age > FRESH:
        yield f"{request.side} {request.key or 'new'} was written {request.patch} from a reading of {request.age} ago"


def nothing_before_the_first_yes(checker: Checker, request: Request, ran: Ran) -> Iterator[str]:
    """The first plan waits whole; the first one under changed rules, or of a backup, but for the nos."""
    if request.patch.consent is Consent.UNSUBSCRIBED and request.key and checker.world.was_approved():
        return
    if not checker.world.approved() and not ran.approved and not ran.ordered:
        yield f"{request.side} was written {request.patch} before anybody said yes"


def nobody_is_created_twice(checker: Checker, request: Request, _ran: Ran) -> Iterator[str]:
    """A CRM record made for a member is made once."""
    if request.before is not None or request.after is None or request.side != "crm":
        return
    made = request.after.mailchimp_id
    twins = [
        one.key for one in checker.world.crm.records() if one.mailchimp_id == made and one.key != request.after.key
    ]
    ours = {one.after.key for one in checker.world.requests if one.before is None and one.after and one.side == "crm"}
    if made and set(twins) & ours:
        yield f"{request.after.email} was created in the CRM although {twins} carries its ID"


def the_forgotten_stay_so(checker: Checker, request: Request, _ran: Ran) -> Iterator[str]:
    """An address that was forgotten is created by us only after a person's yes."""
    made = request.after if request.before is None else None
    if made is not None and lowered(made.email) in checker.world.desk.forgotten:
        yield f"{made.email} was forgotten for good and was created in {request.side}"


def other_tools_are_left_alone(checker: Checker, request: Request, _ran: Ran) -> Iterator[str]:
    """Of a member that is another tool's nothing is written but a no."""
    before = request.before if request.side == "mailchimp" and checker.world.setting.leaves_alone else None
    if before and OTHERS in before.person.labels and request.patch != Patch(consent=Consent.UNSUBSCRIBED):
        yield f"{before.email} is another tool's, and was written {request.patch}"


BY_REQUEST: dict[str, Callable[[Checker, Request, Ran], Iterator[str]]] = {
    "6: consent is never raised by us": consent_is_never_raised,
    "7: who came back is left alone": who_came_back_is_left_alone,
    "6: nobody is opted out unasked": nobody_is_opted_out_unasked,
    "6: a status travels alone": a_status_travels_alone,
    "3: a reading is fresh": a_reading_is_fresh,
    "14: the first plan waits for a yes": nothing_before_the_first_yes,
    "13: nobody is created twice": nobody_is_created_twice,
    "20: the forgotten stay so": the_forgotten_stay_so,
    "8: other tools are left alone": other_tools_are_left_alone,
}
