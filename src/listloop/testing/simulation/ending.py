"""What holds when the outside has come to rest: convergence, quiescence, and everybody in the place they belong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import select

from listloop.core.people import Consent
from listloop.store.tables import nos
from listloop.testing.simulation.checker import WAITS, Broken, Checker
from listloop.testing.simulation.history import Do, Move
from listloop.testing.simulation.promises import after
from listloop.testing.simulation.sight import MAILED, Sight, look, lowered, same, valid
from listloop.testing.simulation.world import LABEL, World, rows

RUNS = 5
"""In so many runs without outside change and faults everything has to agree."""


def settle(world: World, checker: Checker) -> None:
    """Heal everything, say yes to what waits, and run until nothing is written; then run once more over everybody."""
    list(world.play(Move(Do.HEAL)))
    if any(one.rule == "gave-up" for one in look(world).rows):  # tried again only when a person says so
        list(world.play(Move(Do.RETRY)))
    if world.desk.put_back:
        _believe_backups(world, checker)
    if not world.approved():
        _run(world, checker, Move(Do.RUN))
        _run(world, checker, Move(Do.APPROVE))
    quiet = False
    for _ in range(RUNS):
        wrote = _run(world, checker, Move(Do.RUN, other=27 * 60))
        wrote += _run(world, checker, Move(Do.APPROVE))
        if quiet and not wrote:  # twice: an absence is believed the second time
            break
        quiet = not wrote
    else:
        last = _run(world, checker, Move(Do.RUN, other=27 * 60), tell=True)
        if last:
            raise Broken("1: convergence within five runs", f"still written: {last[:3]}")
    again = _run(world, checker, Move(Do.RUN, text="full", other=60), tell=True)
    if again:
        raise Broken("2, 11: a run over everybody, again, writes nothing", f"written: {again[:3]}")


def _believe_backups(world: World, checker: Checker) -> None:
    """Sides that were put back are read in full, and a person says that it is meant so."""
    for text in ("full", "full"):
        _run(world, checker, Move(Do.RUN, text=text, other=60))
        _run(world, checker, Move(Do.APPROVE))
        list(world.play(Move(Do.BELIEVE)))
    world.desk.put_back = False


def _run(world: World, checker: Checker, move: Move, *, tell: bool = False) -> list[Any]:
    """Run and check; returns what was written (``tell``: with the reasons for a person)."""
    written: list[Any] = []
    before = checker.before()
    for ran in world.play(move):
        if ran.state not in ("done", "waiting"):
            raise Broken("1: convergence within five runs", f"a run without any fault ended {ran.state}")
        after(checker, before, ran)
        written += [(one.side, one.key, one.patch) if tell else one for one in ran.requests if one.after is not None]
    return written


def check_end(world: World, checker: Checker) -> None:
    """Check everybody, now that nothing moves any more."""
    now = look(world)
    for promise, check in AT_THE_END.items():
        for why in check(checker, now):
            raise Broken(promise, why)


def linked_pairs_agree(checker: Checker, now: Sight) -> Iterator[str]:
    """Every linked pair agrees on everything that is mapped, or is listed with a reason."""
    for crm, link in now.links().items():
        if link.standing == "failed" or checker.waits(link, WAITS - {"revive", "older"}):
            continue
        here, there = now.crm[crm], now.members[link.member or ""]
        if link.standing != "in_sync":
            yield f"{crm} and {link.member} are linked and {link.standing} by {link.rule!r}: {link.reason}"
        for name, merge in checker.world.fields():
            if (crm, name) not in checker.world.desk.kept and not same(
                name, here.person.fields[name], there.person.fields[merge]
            ):
                yield f"{name} of {crm} is {here.person.fields[name]!r} and {there.person.fields[merge]!r}"
        if (LABEL[0] in here.person.labels) != (LABEL[1] in there.person.labels):
            yield f"the label of {crm} and {link.member} differs"
        if lowered(here.email) != lowered(there.email) and lowered(there.email) not in map(lowered, here.emails):
            yield f"{crm} has {here.email} and its member {link.member} {there.email}"


def nobody_stays_failed(_checker: Checker, now: Sight) -> Iterator[str]:
    """Both sides take everybody again since days: whoever was refused was tried again meanwhile."""
    for one in now.rows:
        if one.standing == "failed":
            yield f"{one.crm} and {one.member} still stand at failed, by {one.rule!r}: {one.reason}"


def questions_are_questions(checker: Checker, now: Sight) -> Iterator[str]:
    """Who waits for an answer has something to ask about."""
    for crm, link in now.links().items():
        if link.rule != "question":
            continue
        here, there = now.crm[crm], now.members[link.member or ""]
        fields = any(here.person.fields[name] != there.person.fields[merge] for name, merge in checker.world.fields())
        if not fields and lowered(here.email) == lowered(there.email):
            yield f"{crm} and {link.member} wait for an answer ({link.reason}), and nothing differs"


def everybody_is_counted_once(_checker: Checker, now: Sight) -> Iterator[str]:
    """The population is linked pairs, CRM records without a link, and active members without one."""
    pairs = [one for one in now.rows if one.crm and one.member]
    alive = [one for one in pairs if one.crm in now.crm or one.member in now.members]
    crm = now.crm.keys() - {one.crm for one in pairs}
    members = {one.key for one in now.members.values() if one.takes_part} - {one.member for one in pairs}
    counted = sum(one.counted for one in now.rows)
    if counted != len(alive) + len(crm) + len(members):
        yield f"{counted} are counted: {len(alive)} pairs, {len(crm)} in the CRM and {len(members)} in Mailchimp alone"


def everybody_who_takes_part_is_a_member(checker: Checker, now: Sight) -> Iterator[str]:
    """Whoever is flagged Yes, has an address of the own and no no is linked to an active member."""
    for one in now.crm.values():
        address = lowered(one.email)
        row = now.of(crm=one.key)
        if row is None:
            yield f"{one.key} was never read"
            continue
        if one.takes_part is not True or not valid(one.email) or row.standing in ("waiting", "failed"):
            continue
        if one.person.consent not in (Consent.UNKNOWN, Consent.SUBSCRIBED) or address in checker.said:
            continue
        let_in = not checker.world.setting.only_acme or one.person.fields["Company"] == "Acme"
        if (
            row.rule == "filtered"
            or (row.rule == "not-chosen" and not let_in)
            or (row.rule == "undone" and checker.waits(row))
        ):
            continue
        member = now.members.get(row.member or "")
        if row.linked and member and member.takes_part:
            if row.parted:
                yield f"{one.key} takes part, its member {member.key} is active, and the link is parted ({row.parted})"
            continue
        rivals = [two for two in now.crm.values() if two.key != one.key and lowered(two.email) == address]
        if row.rule == "opted-out" and address in checker.world.audience._forgotten:  # noqa: SLF001 - nobody else knows
            continue
        if (row.rule == "duplicate-email" and rivals) or (
            row.rule == "no-create" and not checker.world.setting.creates
        ):
            continue
        yield f"{one.key} ({one.email}) takes part and has no member: {row.standing} by {row.rule!r} {row.reason}"


def nobody_is_mailed_who_left(_checker: Checker, now: Sight) -> Iterator[str]:
    """A link whose CRM record was flagged No, or is gone, leaves no active member behind that we could archive."""
    for row in now.rows:
        member = now.members.get(row.member or "")
        if not row.linked or not member or not member.takes_part or row.standing in ("waiting", "failed"):
            continue
        one = now.crm.get(row.crm or "")
        if (one is None or one.takes_part is False) and not row.parted:
            yield f"{row.crm} takes part no longer, and its member {member.key} is linked and active"


def every_subscriber_is_in_the_crm(checker: Checker, now: Sight) -> Iterator[str]:
    """A subscribed member is linked, or excluded by a rule that is true."""
    for member in now.members.values():
        if not member.takes_part or member.person.consent is not Consent.SUBSCRIBED:
            continue
        row = now.of(member=member.key)
        if row is None:
            yield f"{member.key} was never read"
        elif row.crm is None and row.standing == "excluded":
            holders, _ = now.at(lowered(member.email))
            further = [one for one in now.crm.values() if lowered(member.email) in map(lowered, one.emails)]
            rightly = row.rule in ("bad-email", "moved", "undone", "filtered") or (
                row.rule == "no-create" and not checker.world.setting.creates
            )
            if not holders and not further and not rightly:
                yield f"{member.key} ({member.email}) is subscribed and not in the CRM: {row.rule!r} {row.reason}"
        elif row.crm is None and row.standing == "in_sync":
            yield f"{member.key} is alone and called in sync"


def nobody_is_mailed_against_a_no(_checker: Checker, now: Sight) -> Iterator[str]:
    """No active member is mailable whose linked CRM record opted out."""
    for row in now.rows:
        one, member = now.crm.get(row.crm or ""), now.members.get(row.member or "")
        if not (row.linked and one and member and member.takes_part and row.standing != "failed"):
            continue
        if one.person.consent is Consent.UNSUBSCRIBED and member.person.consent in MAILED - {Consent.PENDING}:
            yield f"{one.key} opted out, and {member.key} is {member.person.consent}"


def bounces_are_told(_checker: Checker, now: Sight) -> Iterator[str]:
    """Where the CRM has a word for it, it knows of every linked member whose address bounces."""
    for crm, link in now.links().items():
        here, there = now.crm[crm], now.members[link.member or ""]
        told = here.person.consent in (Consent.CLEANED, Consent.UNSUBSCRIBED)
        if there.takes_part and there.person.consent is Consent.CLEANED and not told and link.standing != "failed":
            yield f"the address of {there.key} bounces, and {crm} shows {here.person.consent}"


def the_ledger_is_right(checker: Checker, now: Sight) -> Iterator[str]:
    """A no that stands is in the ledger, and one that the person took back stands there no longer."""
    standing = select(nos.c.address).where(nos.c.lifted_at.is_(None))
    noted = {one["address"] for one in rows(checker.world.engine, standing)}
    for one in now.members.values():
        address, row = lowered(one.email), now.of(member=one.key)
        if not one.takes_part or row is None or row.standing in ("failed", "waiting"):
            continue
        if one.person.consent is Consent.UNSUBSCRIBED and address not in noted:
            yield f"{one.key} ({address}) opted out, and the ledger does not know"
        back = address in checker.returned and address not in checker.said
        if back and one.person.consent is Consent.SUBSCRIBED and address in noted and row.linked:
            yield f"{one.key} ({address}) came back, and the ledger still holds a no"


AT_THE_END: dict[str, Callable[[Checker, Sight], Iterator[str]]] = {
    "1: linked pairs agree": linked_pairs_agree,
    "18: who failed is tried again": nobody_stays_failed,
    "1: a question has something to ask": questions_are_questions,
    "17: everybody is counted once": everybody_is_counted_once,
    "8, 9: who takes part is a member": everybody_who_takes_part_is_a_member,
    "8: who left is let go": nobody_is_mailed_who_left,
    "8: subscribers are in the CRM": every_subscriber_is_in_the_crm,
    "7: nobody is mailed against a no": nobody_is_mailed_against_a_no,
    "7: bounces are told": bounces_are_told,
    "7: the ledger is right": the_ledger_is_right,
}
