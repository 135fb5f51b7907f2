"""What a run means for what the checker remembers: which nos it has read, and whom they bind."""

from __future__ import annotations

from listloop.core.people import Consent, Key
from listloop.testing.simulation.checker import Checker
from listloop.testing.simulation.history import Do
from listloop.testing.simulation.sight import Sight, look, lowered
from listloop.testing.simulation.world import Ran


def take_note(checker: Checker, ran: Ran) -> None:
    """What this run means for what the checker remembers."""
    checker.visible = set(checker.said)
    checker.came_meanwhile()
    if checker.world.worked:
        _moved_meanwhile(checker)
        shown = (*checker.world.crm.records(), *checker.world.audience.records())
        nos = [one for one in shown if one.person.consent is Consent.UNSUBSCRIBED]
        new = {one.key: lowered(one.email) for one in nos if checker.seen_no.get(one.key) != lowered(one.email)}
        checker.unsure.update(new)
    _asking_goes_along(checker, ran)
    _forget_the_forgotten(checker)
    if ran.do is Do.ASK or not (ran.read or ran.requests):  # a no that was perhaps not read binds nobody
        new, (checker.said, checker.returned, checker.seen_no) = checker.seen_no, checker.known
        for key in _told(checker, ran) & new.keys() - checker.seen_no.keys():
            checker.seen_no[key] = new[key]
            checker.said[new[key]] = checker.runs
            checker.returned.pop(new[key], None)
    for request in ran.requests:
        says_no = request.after is not None and request.after.person.consent is Consent.UNSUBSCRIBED
        if request.after is not None and says_no and (request.patch.consent or request.patch.email):
            checker.seen_no[request.after.key] = lowered(request.after.email)  # our own doing is nobody's new no
        elif request.after is not None and request.after.person.consent is not Consent.UNSUBSCRIBED:
            checker.seen_no.pop(request.after.key, None)  # says none any more: one that it says later is new
    if checker.world.desk.unsettled or checker.world.desk.put_back:
        checker.settled = Sight()


def _told(checker: Checker, ran: Ran) -> set[Key]:
    """The records of whom this run wrote a no: theirs was read, whatever else was not."""
    nos = [one.key for one in ran.requests if one.after and one.patch.consent is Consent.UNSUBSCRIBED]
    of = [one for one in look(checker.world).rows if one.crm in nos or one.member in nos]
    return {key for one in of for key in (one.crm, one.member) if key}


def leave_for_the_next_plan(checker: Checker, ran: Ran) -> None:
    """Whoever said no while a plan waited is decided by the next one; what is taken back before then was never told."""
    said, returned, seen = checker.known
    told = _told(checker, ran)
    for key, address in list(checker.seen_no.items()):
        if key not in seen and key not in told and checker.said.get(address) == checker.runs - 1:
            checker.seen_no.pop(key)
            for now, before in ((checker.said, said), (checker.returned, returned)):
                now.pop(address, None)
                now.update({address: before[address]} if address in before else {})


def _forget_the_forgotten(checker: Checker) -> None:
    """Of who was forgotten nothing is remembered, a no neither."""
    for address in checker.world.desk.forgotten:
        for remembered in (checker.said, checker.returned, checker.known[0], checker.known[1]):
            remembered.pop(address, None)
        checker.asking.discard(address)


def _moved_meanwhile(checker: Checker) -> None:
    """Who said no and was moved while the run was at work was perhaps never read at the address from before."""
    shown = {
        one.key: lowered(one.email) for side in (checker.world.crm, checker.world.audience) for one in side.records()
    }
    for key, address in list(checker.seen_no.items()):
        alone = [one for one, there in checker.seen_no.items() if there == address] == [key]
        if alone and shown.get(key, address) != address and checker.said.get(address) == checker.runs - 1:
            checker.said.pop(address)


def planned(checker: Checker, ran: Ran) -> Sight:
    """What stood when the plan that waits now was made."""
    if ran.do in (Do.RUN, Do.PREVIEW) and ran.state != "waiting":
        return Sight()
    # After the run: the nos that it wrote while the rest waits are no edit of anybody's.
    return checker.now if ran.read else checker.planned


def _asking_goes_along(checker: Checker, ran: Ran) -> None:
    """Who signed up and has not confirmed yet is asked under the address to which the CRM moved them since."""
    for request in ran.requests:
        old, new = request.before, request.after
        if request.side != "mailchimp" or old is None or new is None or lowered(old.email) not in checker.asking:
            continue
        if old.person.consent is new.person.consent is Consent.PENDING:
            checker.asking.add(lowered(new.email))
