"""Records that stand alone: people new in the CRM, members new in Mailchimp, and those who stay out."""

from __future__ import annotations

from listloop.core.consent import Remembered
from listloop.core.frozen import replace
from listloop.core.mapping import CannotCrossError, across, loss
from listloop.core.merge import is_empty
from listloop.core.people import Consent, Patch, Record, SideName, Value
from listloop.core.plan import RULES, Action, Decision, Kind, Pair, Rule, Standing
from listloop.core.questions import Answer, Question, Topic, answer_to
from listloop.core.rules import Direction, Gone, Rules
from listloop.core.scope import is_address, left_alone, outside
from listloop.core.side import Capabilities

#: Mailchimp's own words for a consent, as people see them there.
WORDS = {
    Consent.UNKNOWN: "non-subscribed",
    Consent.SUBSCRIBED: "subscribed",
    Consent.PENDING: "pending",
    Consent.UNSUBSCRIBED: "unsubscribed",
    Consent.CLEANED: "cleaned",
}

#: What both sides show of somebody who is wanted in the CRM and archived in Mailchimp.
ARCHIVED = ("Sync with Mailchimp: Yes", "archived")


def decide_crm_alone(pair: Pair, crm: Record, rules: Rules) -> Decision:
    """A CRM person without a member: a new member, or excluded by a rule."""
    if pair.crm_gone:
        return excluded(Rule.GONE_CRM)
    rule = outside(crm, rules, linked=False)
    if rule:
        return excluded(rule)
    if pair.owner:
        flag = Patch(takes_part=False) if rules.duplicate_flag_no else Patch()
        reason = f"shares {crm.email} with {pair.owner}, who is linked to the member of that address"
        return excluded(Rule.DUPLICATE, reason, flag)
    if crm.person.consent is Consent.UNSUBSCRIBED or pair.remembered is Remembered.NO:
        return excluded(Rule.OPTED_OUT, "opted out, so no member is created")
    if crm.person.consent is Consent.CLEANED and pair.cleaned_from is None:
        return excluded(Rule.BAD_EMAIL, "mail to this address comes back; a corrected address takes part again")
    if pair.archived is not None:
        return _ask_back(pair, crm)
    if not rules.creates_in_mailchimp:
        return excluded(Rule.NO_CREATE)
    if pair.taken:
        return _address_kept(crm, pair.taken)
    consent, basis = consent_of_new(crm, rules, asked=pair.asked)
    if pair.cleaned_from is not None:
        consent = Consent.SUBSCRIBED if pair.cleaned_from is Consent.SUBSCRIBED else Consent.UNKNOWN
        basis = "the consent from before the address bounced, which was corrected since"
    fields, reasons = _fields(rules, crm, SideName.MAILCHIMP)
    return Decision(
        action=Action.NEW_MAILCHIMP,
        crm=Patch(takes_part=True) if crm.takes_part is None else Patch(),
        mailchimp=Patch(
            email=crm.email.strip(),
            fields=fields,
            # Where only members with certain tags are ours, ours get one.
            add=_labels(rules, crm, SideName.MAILCHIMP) | frozenset(sorted(rules.only_tags)[:1]),
            consent=consent,
        ),
        reasons=(f"new in the CRM: becomes a member as {WORDS[consent]}", *reasons),
        why={f"{SideName.MAILCHIMP}:consent": basis},
    )


def _ask_back(pair: Pair, crm: Record) -> Decision:
    """A former member with this address comes back by a person's yes only."""
    reason = f"{crm.email} is archived in Mailchimp and may only come back by your yes"
    if answer_to(pair.answered, Topic.REVIVE, "", *ARCHIVED) is Answer.OUT:
        return excluded(Rule.FLAG_NO, crm=Patch(takes_part=False))
    asked = Question(Topic.REVIVE, "", "Takes part?", *ARCHIVED, reason, (Answer.OUT,))
    return Decision(standing=Standing.WAITING, rule=Rule.REVIVE, reason=reason, reasons=(reason,), questions=(asked,))


def _address_kept(crm: Record, taken: str) -> Decision:
    """Somebody else's member has the address: nobody is created before it is free."""
    reason = f"wants the address {crm.email}, {taken}"
    asked = Question(Topic.ADDRESS, "", "E-mail", crm.email, crm.email, reason)
    return Decision(standing=Standing.WAITING, rule=Rule.QUESTION, reason=reason, reasons=(reason,), questions=(asked,))


#: What each answer of the set-up says, in the consent ledger.
ANSWERS = {
    Consent.SUBSCRIBED: "the CRM does not know, and the administrator answered: they agreed",
    Consent.PENDING: "the CRM does not know, and the administrator answered: ask them",
    Consent.UNKNOWN: "the CRM does not know, and the administrator answered: keep without mailing",
}


def consent_of_new(crm: Record, rules: Rules, *, asked: bool) -> tuple[Consent, str]:
    """With what consent a new member starts, and on what grounds.

    Who was asked and did not confirm is neither mailed nor asked again.
    """
    if crm.person.consent is Consent.SUBSCRIBED:
        return Consent.SUBSCRIBED, "the CRM says that this person agreed"
    if crm.person.consent is Consent.PENDING or (asked and rules.unknown_consent is Consent.PENDING):
        return Consent.UNKNOWN, "was asked before and did not confirm"
    return rules.unknown_consent, ANSWERS[rules.unknown_consent]


def decide_member_alone(pair: Pair, member: Record, rules: Rules, crm_can: Capabilities) -> Decision:
    """A member without a CRM person: a new Individual or Contact, or excluded by a rule."""
    if pair.mailchimp_gone or member.takes_part is False:
        return excluded(Rule.GONE_MAILCHIMP if pair.mailchimp_gone else Rule.ARCHIVED)
    if pair.parted or left_alone(member, rules):
        return _left_behind(member, rules)
    if pair.remembered is Remembered.NO or member.person.consent is Consent.UNSUBSCRIBED:
        return excluded(Rule.OPTED_OUT, "opted out, so nobody is created in the CRM")
    if member.person.consent not in rules.new_in_crm:
        return excluded(
            Rule.STATUS, f"is {WORDS[member.person.consent]} in Mailchimp; only subscribed members are taken over"
        )
    if not is_address(member.email):
        return excluded(Rule.BAD_EMAIL)
    if pair.owner:
        return excluded(Rule.DUPLICATE, f"has an address of {pair.owner}, who is linked to another member")
    if not rules.creates_in_crm or not crm_can.id_on_create:
        return excluded(Rule.NO_CREATE)
    fields, reasons = _fields(rules, member, SideName.CRM)
    lacking = [row.crm for row in rules.rows if row.crm.required and row.crm.name not in {rules.last_name, *fields}]
    if lacking:
        reason = f"the CRM requires {lacking[0].title}, and Mailchimp has no value for it"
        return Decision(standing=Standing.WAITING, rule=Rule.QUESTION, reason=reason, reasons=(reason, *reasons))
    if rules.last_name and not fields.get(rules.last_name, "").strip():
        fields = {**fields, rules.last_name: rules.fallback}
        reasons = (*reasons, f"the CRM requires a last name: “{rules.fallback}” is written")
    told = Consent.SUBSCRIBED if member.person.consent is Consent.SUBSCRIBED else None
    return Decision(
        action=Action.NEW_CRM,
        crm=Patch(
            email=member.email,
            fields=fields,
            add=_labels(rules, member, SideName.CRM),
            consent=told if told in crm_can.consents else None,
            takes_part=True,
            mailchimp_id=member.mailchimp_id,
        ),
        reasons=("new in Mailchimp: becomes a person in the CRM", *reasons),
    )


def _left_behind(member: Record, rules: Rules) -> Decision:
    """A member whose person has another address now is archived or stays there, and never becomes a new person.

    One of another tool is left alone.
    """
    if left_alone(member, rules):
        return excluded(Rule.FILTERED)
    if not archivable(member, rules):
        return excluded(Rule.MOVED)
    kinds = frozenset({Kind.ARCHIVE})
    left = excluded(Rule.MOVED)
    return replace(left, action=Action.PART, mailchimp=Patch(takes_part=False), part=Rule.MOVED, kinds=kinds)


def archivable(member: Record, rules: Rules) -> bool:
    """Is a member archived when its person no longer takes part? Mailchimp archives no cleaned and pending ones."""
    return rules.gone is Gone.ARCHIVE and member.person.consent not in (Consent.CLEANED, Consent.PENDING)


def excluded(rule: Rule, reason: str = "", crm: Patch | None = None) -> Decision:
    """Nobody is written but for ``crm``; the person is left out by this rule."""
    reason = reason or RULES[rule]
    action = Action.UPDATE if crm else Action.NONE
    return Decision(action, crm or Patch(), reasons=(reason,), standing=Standing.EXCLUDED, rule=rule, reason=reason)


def _fields(rules: Rules, record: Record, to: SideName) -> tuple[dict[str, Value], tuple[str, ...]]:
    """The mapped values as the other side takes them, and what had to be cut or stays behind."""
    values: dict[str, Value] = {}
    reasons: list[str] = []
    against = Direction.TO_CRM if to is SideName.MAILCHIMP else Direction.TO_MAILCHIMP
    for row in rules.rows:
        here, there = (row.crm, row.mailchimp) if to is SideName.MAILCHIMP else (row.mailchimp, row.crm)
        value = record.person.fields.get(here.name, "")
        if is_empty(here, value, rules.fillers) or row.direction is against:
            if there.required and to is SideName.MAILCHIMP and row.direction is not against:
                reasons.append(f"{there.title} is required in Mailchimp, and stays empty: {here.title} has no value")
            continue
        try:
            values[there.name] = across(row, to, value)
        except CannotCrossError as error:
            reasons.append(f"{there.title} stays empty: {error}")
            continue
        if left := loss(row, value, values[there.name]):
            reasons.append(f"{there.title} is {left}")
    return values, tuple(reasons)


def _labels(rules: Rules, record: Record, to: SideName) -> frozenset[str]:
    has = record.person.labels
    if to is SideName.CRM:
        return frozenset([row.crm.name for row in rules.labels if row.mailchimp.name in has])
    return frozenset([row.mailchimp.name for row in rules.labels if row.crm.name in has])
