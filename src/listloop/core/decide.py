"""One pure function decides about one person: first sync, delta, webhook, "sync now" and preview all call it."""

from __future__ import annotations

from listloop.core.alone import ARCHIVED, archivable, consent_of_new, decide_crm_alone, decide_member_alone
from listloop.core.consent import CELLS, SILENT, Ledger, Remembered, expressible
from listloop.core.content import merge_content
from listloop.core.frozen import replace
from listloop.core.people import Consent, Patch, Record, address_key
from listloop.core.plan import NOBODY, RULES, Action, Decision, Kind, Pair, Rule, Standing
from listloop.core.questions import Answer, Question, Topic, answer_to
from listloop.core.rules import Rules
from listloop.core.scope import left_alone, outside
from listloop.core.side import Capabilities


def decide(pair: Pair, rules: Rules, crm_can: Capabilities, mailchimp_can: Capabilities) -> Decision:
    """What becomes of one person: both patches, the reasons, and the standing once they are written."""
    if pair.held:
        # Nobody can tell who this is, but a no counts whoever it is.
        decision = _ask_who(pair)
    elif pair.older or (pair.erased and not pair.linked):
        rule = Rule.OLDER if pair.older else Rule.ERASED
        decision = Decision(standing=Standing.WAITING, rule=rule, reason=RULES[rule], reasons=(RULES[rule],))
    elif pair.crm is not None and pair.mailchimp is not None:
        decision = _decide_pair(pair, pair.crm, pair.mailchimp, rules)
    elif pair.crm is not None:
        decision = decide_crm_alone(pair, pair.crm, rules)
    elif pair.mailchimp is not None:
        decision = decide_member_alone(pair, pair.mailchimp, rules, crm_can)
    else:
        raise ValueError("a person has at least one record")
    return _with_consent(decision, pair, crm_can, mailchimp_can)


def _ask_who(pair: Pair) -> Decision:
    """Several people could be meant: each CRM record among them may be said to be the one."""
    record = pair.crm or pair.mailchimp
    answers = (Answer.SAME,) if pair.crm and not pair.mailchimp else ()
    email = record.email if record else ""
    question = Question(
        Topic.WHO, "", "Who is it?", pair.crm.name or email if pair.crm else "", email, pair.held, answers
    )
    return Decision(
        standing=Standing.WAITING,
        rule=Rule.AMBIGUOUS,
        reason=pair.held,
        reasons=(pair.held,),
        questions=(question,) if answers else (),
    )


def _with_consent(decision: Decision, pair: Pair, crm_can: Capabilities, mailchimp_can: Capabilities) -> Decision:
    """Add what the consent table says; it holds for everybody, taking part or not.

    An archived or vanished member is sent nothing by Mailchimp, so only the CRM's half of the cell is written then.
    """
    # What a record said that is gone is in the memory of nos; it says nothing new.
    crm = pair.crm.person.consent if pair.crm and not pair.crm_gone else Consent.UNKNOWN
    member = pair.mailchimp
    active = member is not None and member.takes_part is not False and not pair.mailchimp_gone
    there = member.person.consent if member and active else Consent.UNKNOWN
    if member is None and pair.remembered is Remembered.RETURNED:
        there = Consent.SUBSCRIBED  # somebody else at the address is the member who came back
    cell = CELLS[crm, there, pair.remembered]
    if cell is SILENT and crm is not Consent.CLEANED and there is not Consent.UNSUBSCRIBED:
        return decision  # as for most people
    to_crm = expressible(cell.to_crm, crm_can.consents) if pair.crm and not pair.crm_gone else None
    if decision.action is Action.MOVE and to_crm is Consent.CLEANED:
        to_crm = None  # it is the address from before that bounces
    to_mailchimp = expressible(cell.to_mailchimp, mailchimp_can.consents) if active else None
    if decision.action is Action.NEW_MAILCHIMP and crm is Consent.CLEANED:
        # The corrected address is marked as a good one again.
        to_crm = expressible(decision.mailchimp.consent, crm_can.consents)
        cell = replace(cell, reason="the address was corrected")
    if active and member and member.person.consent is Consent.UNSUBSCRIBED and _asks_again(pair):
        to_mailchimp, cell = Consent.PENDING, replace(cell, reason="is asked for a confirmation, as you said")
    if cell is SILENT:
        return decision
    if to_crm is not cell.to_crm or to_mailchimp is not cell.to_mailchimp:
        cell = replace(cell, to_crm=to_crm, to_mailchimp=to_mailchimp)
    if to_crm is None and to_mailchimp is None:
        return replace(decision, consent=cell)
    kinds = decision.kinds | ({Kind.CRM_NO} if to_mailchimp and cell.ledger is Ledger.FROM_CRM else set())
    return replace(
        decision,
        action=Action.UPDATE if decision.action is Action.NONE else decision.action,
        crm=replace(decision.crm, consent=to_crm) if to_crm else decision.crm,
        mailchimp=replace(decision.mailchimp, consent=to_mailchimp) if to_mailchimp else decision.mailchimp,
        reasons=(cell.reason, *decision.reasons),
        consent=cell,
        kinds=frozenset(kinds),
    )


def _asks_again(pair: Pair) -> bool:
    """Did somebody click to offer the confirmation mail? Only the person's own yes then lifts the no."""
    return answer_to(pair.answered, Topic.CONFIRM) is Answer.CONFIRM


def _decide_pair(pair: Pair, crm: Record, member: Record, rules: Rules) -> Decision:
    out = Rule.GONE_CRM if pair.crm_gone else outside(crm, rules, linked=True)
    away = Rule.GONE_MAILCHIMP if pair.mailchimp_gone else (Rule.ARCHIVED if member.takes_part is False else Rule.NONE)
    if not away and left_alone(member, rules):
        # Linked, so that neither is created anew, and parted: of another tool's member nothing is written but a no.
        return replace(_part(Rule.FILTERED), action=Action.PART if pair.linked else Action.PAIR)
    if pair.take and not out and not away:
        return _move(pair, crm)
    if not out and not away and _corrected(pair, crm, member):
        return _let_go()
    if pair.parted:
        return _decide_parted(pair, crm, member, rules, out, away)
    if not out and not away:
        return merge_content(pair, crm, member, rules)
    if not pair.linked:
        return _meet_apart(pair, crm, member, out or away)
    if out and not away:
        return _leave(member, rules, out)
    if away and not out:
        flag = Patch(takes_part=False) if crm.takes_part is not False else Patch()
        kinds = frozenset({Kind.FLAG_NO}) if flag else frozenset()
        return _part(away, crm=flag, kinds=kinds)
    return _part(out)


def _move(pair: Pair, crm: Record) -> Decision:
    """The address does not move, the link does; whatever differs then is decided of the two that are linked now."""
    reason = f"{crm.email} is in Mailchimp already: the CRM record is linked with the member of that address"
    if pair.mailchimp is not None and address_key(crm.email) == address_key(pair.mailchimp.email):
        reason = "the Mailchimp ID in the CRM was changed: the record is linked with the member of that ID"
    return Decision(action=Action.MOVE, take=pair.take, reasons=(reason,), kinds=frozenset({Kind.MOVED}))


def _corrected(pair: Pair, crm: Record, member: Record) -> bool:
    """Was an address that bounces corrected in the CRM, to one that nobody in the audience has?"""
    if member.person.consent is not Consent.CLEANED or pair.memory is None or pair.taken:
        return False
    here = address_key(crm.email)
    return here not in (address_key(member.email), address_key(pair.memory.crm.email))


def _let_go() -> Decision:
    """Cleaned says no for the address, not for the person: the corrected one starts as a new member."""
    reason = "the address that bounced was corrected in the CRM: the person becomes a new member with the new one"
    return Decision(action=Action.MOVE, take=NOBODY, reasons=(reason,), kinds=frozenset({Kind.MOVED}))


def _meet_apart(pair: Pair, crm: Record, member: Record, rule: Rule) -> Decision:
    # Two records of one person of whom one side was taken out before we ever saw them: linked, so that neither is
    # created anew, but parted from the start; what a person set stays as it is.
    link = Patch(mailchimp_id=member.mailchimp_id) if crm.mailchimp_id != member.mailchimp_id else Patch()
    parted = replace(_part(rule, crm=link), action=Action.PAIR)
    if rule is not Rule.ARCHIVED or not crm.takes_part:
        return parted
    # The CRM wants this person in, and who archived the member is not known: a person decides.
    asked = _ask_back(pair, crm, rule)
    return replace(
        parted,
        standing=asked.standing,
        rule=asked.rule,
        reason=asked.reason,
        reasons=asked.reasons,
        questions=asked.questions,
    )


def _leave(member: Record, rules: Rules, rule: Rule) -> Decision:
    if not archivable(member, rules):
        return _part(rule)
    return _part(rule, mailchimp=Patch(takes_part=False), kinds=frozenset({Kind.ARCHIVE}))


def _part(
    rule: Rule, *, crm: Patch | None = None, mailchimp: Patch | None = None, kinds: frozenset[Kind] = frozenset()
) -> Decision:
    return Decision(
        action=Action.PART,
        crm=crm or Patch(),
        mailchimp=mailchimp or Patch(),
        reasons=(RULES[rule],),
        standing=Standing.EXCLUDED,
        rule=rule,
        reason=RULES[rule],
        part=rule,
        kinds=kinds,
    )


def _decide_parted(pair: Pair, crm: Record, member: Record, rules: Rules, out: Rule, away: Rule) -> Decision:
    if pair.parted == Rule.UNDONE and pair.memory is not None:
        shown = not out, not away
        if shown == (pair.memory.crm.takes_part, pair.memory.mailchimp.takes_part):
            reason = RULES[Rule.UNDONE]
            return Decision(standing=Standing.EXCLUDED, rule=Rule.UNDONE, reason=reason, part=Rule.UNDONE)
    was_active = pair.memory is not None and pair.memory.mailchimp.takes_part
    if not out:
        if not away:
            return replace(merge_content(pair, crm, member, rules), action=Action.RESUME)
        return _revive(pair, crm, rules, away)
    if not away and not was_active and out is Rule.FLAG_NO:
        merged = merge_content(pair, crm, member, rules)
        flag = replace(merged.crm, takes_part=True)
        reason = "brought back from the archive in Mailchimp"
        return replace(merged, action=Action.RESUME, crm=flag, reasons=(reason, *merged.reasons))
    rule = Rule(pair.parted)
    return Decision(standing=Standing.EXCLUDED, rule=rule, reason=RULES[rule], part=rule)


def _revive(pair: Pair, crm: Record, rules: Rules, away: Rule) -> Decision:
    """Bring back a member whose person takes part again: only in the state in which we archived it ourselves.

    Everyone else is held until a person says what is to become of them.
    """
    said = answer_to(pair.answered, Topic.REVIVE, "", *ARCHIVED)
    if said is Answer.OUT:
        return _part(Rule.FLAG_NO, crm=Patch(takes_part=False))
    back, reason = _back(pair, crm, rules, said) if away is Rule.ARCHIVED else (None, "")
    if back is None:
        return _ask_back(pair, crm, away)
    return Decision(action=Action.RESUME, mailchimp=Patch(takes_part=True, consent=back), reasons=(reason,))


def _back(pair: Pair, crm: Record, rules: Rules, said: Answer | None) -> tuple[Consent | None, str]:
    """With what consent somebody comes back from the archive, and why; None: a person has to say so."""
    if said is Answer.CONFIRM:
        return Consent.PENDING, "takes part again, and is asked for a confirmation, as you said"
    archived_as = pair.memory.archived_as if pair.memory else None
    if not _barred(pair, crm) and archived_as in (Consent.SUBSCRIBED, Consent.UNKNOWN):
        return archived_as, "takes part again, and was archived by Listloop"
    if not _barred(pair, crm) and said is Answer.BACK:
        return consent_of_new(crm, rules, asked=pair.asked)[0], "takes part again, as you said"
    return None, ""


def _barred(pair: Pair, crm: Record) -> bool:
    """Would it be against a no to mail this person again? One said along with the flag is not noted yet."""
    said_no = crm.person.consent in (Consent.UNSUBSCRIBED, Consent.CLEANED)
    return pair.no is not None or pair.unsubscribed_since or said_no


def _ask_back(pair: Pair, crm: Record, away: Rule) -> Decision:
    """Ask a person whether somebody comes back, and how; against a no only by the person's own confirmation."""
    reason = RULES[Rule.REVIVE] if away is Rule.ARCHIVED else RULES[away]
    answers: tuple[Answer, ...] = (Answer.OUT,)
    if away is Rule.ARCHIVED and crm.person.consent is not Consent.CLEANED:
        answers = (Answer.CONFIRM, Answer.OUT) if _barred(pair, crm) else (Answer.BACK, Answer.CONFIRM, Answer.OUT)
    if _barred(pair, crm):
        reason += "; this person opted out before"
    return Decision(
        standing=Standing.WAITING,
        rule=Rule.REVIVE,
        reason=reason,
        reasons=(reason,),
        part=Rule(pair.parted) if pair.parted else Rule.NONE,
        questions=(Question(Topic.REVIVE, "", "Takes part?", *ARCHIVED, reason, answers),),
    )
