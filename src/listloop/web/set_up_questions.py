"""The questions of a set-up as data: what is asked, what may be answered, and what each answer means for the rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from starlette.datastructures import FormData

from listloop.core.people import Consent
from listloop.core.rules import Duplicate, Gone, Rules
from listloop.web.words import N_


@dataclass(frozen=True, slots=True)
class Option:
    """One answer; ``hint`` says what follows from it."""

    value: str
    title: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. ``read`` tells the answer that the rules hold now, ``write`` gives the rules with another."""

    name: str
    title: str
    options: tuple[Option, ...]
    read: Callable[[Rules], str]
    write: Callable[[Rules, str], Rules]


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


#: Which members may become people of the CRM, by the name of the answer.
MEMBERS = {
    "none": frozenset[Consent](),
    "subscribed": frozenset({Consent.SUBSCRIBED}),
    "known": frozenset({Consent.SUBSCRIBED, Consent.UNKNOWN}),
}


def members_taken(rules: Rules) -> str:
    """Which members may become people of the CRM, as the answer is named."""
    if not rules.creates_in_crm:
        return "none"
    return next((name for name, them in MEMBERS.items() if them == rules.new_in_crm), "subscribed")


def _set_members(rules: Rules, answer: str) -> Rules:
    if answer == "none":
        return replace(rules, creates_in_crm=False)
    return replace(rules, creates_in_crm=True, new_in_crm=MEMBERS[answer])


WHO: tuple[Question, ...] = (
    Question(
        "blank_flag",
        N_("People of the CRM whose “Sync with Mailchimp” is not set"),
        (
            Option("no", N_("Leave them out"), N_("Only people who are set to Yes take part.")),
            Option("yes", N_("Take them in"), N_("Everybody takes part who is not set to No.")),
        ),
        lambda rules: _yes(rules.blank_flag),
        lambda rules, answer: replace(rules, blank_flag=answer == "yes"),
    ),
    Question(
        "creates_in_mailchimp",
        N_("People who are only in the CRM"),
        (
            Option("yes", N_("Become members of the audience"), N_("With the consent that the next page asks for.")),
            Option("no", N_("Stay in the CRM only"), N_("Only people who are on both sides already are kept in step.")),
        ),
        lambda rules: _yes(rules.creates_in_mailchimp),
        lambda rules, answer: replace(rules, creates_in_mailchimp=answer == "yes"),
    ),
    Question(
        "creates_in_crm",
        N_("Members who are only in Mailchimp"),
        (
            Option("subscribed", N_("Become people of the CRM if they are subscribed")),
            Option("known", N_("Become people of the CRM if they are subscribed, or customers who get no marketing")),
            Option("none", N_("Stay in Mailchimp only")),
        ),
        members_taken,
        _set_members,
    ),
    Question(
        "gone",
        N_("Members whose person no longer takes part"),
        (
            Option("archive", N_("Are archived in Mailchimp"), N_("They keep everything and can be brought back.")),
            Option("leave", N_("Are left as they are"), N_("Only an opt-out still crosses.")),
        ),
        lambda rules: str(rules.gone),
        lambda rules, answer: replace(rules, gone=Gone(answer)),
    ),
    Question(
        "duplicate",
        N_("Several people of the CRM with the same address"),
        (
            Option(
                "oldest", N_("The oldest keeps it"), N_("The others are left out, and listed with the owner's name.")
            ),
            Option("ask", N_("I am asked each time")),
        ),
        lambda rules: str(rules.duplicate),
        lambda rules, answer: replace(rules, duplicate=Duplicate(answer)),
    ),
    Question(
        "duplicate_flag_no",
        N_("“Sync with Mailchimp” of those who are left out for that reason"),
        (
            Option("no", N_("Stays as it is")),
            Option("yes", N_("Is set to No"), N_("So that everybody sees it in the CRM.")),
        ),
        lambda rules: _yes(rules.duplicate_flag_no),
        lambda rules, answer: replace(rules, duplicate_flag_no=answer == "yes"),
    ),
)

CONSENT: tuple[Question, ...] = (
    Question(
        "unknown_consent",
        N_("People of the CRM of whom nobody wrote down whether they may be mailed"),
        (
            Option(
                str(Consent.UNKNOWN),
                N_("Keep them without mailing them"),
                N_("They become transactional members: kept in step, never sent a campaign. The safe answer."),
            ),
            Option(
                str(Consent.PENDING),
                N_("Ask them"),
                N_("Mailchimp sends each one confirmation mail, and never a second one. Who confirms is subscribed."),
            ),
            Option(
                str(Consent.SUBSCRIBED),
                N_("They agreed"),
                N_("They become subscribed. Choose this only if you can show that each of them agreed."),
            ),
        ),
        lambda rules: str(rules.unknown_consent),
        lambda rules, answer: replace(rules, unknown_consent=Consent(answer)),
    ),
)

#: Asked where more than one audience is connected.
ELSEWHERE: tuple[Question, ...] = (
    Question(
        "everywhere",
        N_("Opt-outs said in another connected audience of the same Mailchimp account"),
        (
            Option("yes", N_("Count here too"), N_("Who says no once gets no mail from any of them. The safe answer.")),
            Option(
                "no",
                N_("Count only where they were said"),
                N_("Mailchimp keeps them apart: who left one audience can still be mailed from another."),
            ),
        ),
        lambda rules: _yes(rules.everywhere),
        lambda rules, answer: replace(rules, everywhere=answer == "yes"),
    ),
)

#: How often -> words. What is not an interval is told in a field of its own: a time of day, or a cron line.
FREQUENCIES = {
    "15m": N_("every 15 minutes"),
    "1h": N_("every hour"),
    "2h": N_("every 2 hours"),
    "4h": N_("every 4 hours"),
    "8h": N_("every 8 hours"),
    "12h": N_("every 12 hours"),
    "24h": N_("every 24 hours"),
    "time": N_("once a day, at this time"),
    "cron": N_("at the times of this cron line"),
    "off": N_("only when somebody starts it"),
}

#: How often the results of campaigns are read.
RESULTS = {code: title for code, title in FREQUENCIES.items() if code not in ("15m", "time", "cron")}


def answered(rules: Rules, form: FormData, questions: tuple[Question, ...]) -> Rules:
    """The rules with the answers of a form; what is no answer changes nothing."""
    for one in questions:
        given = str(form.get(one.name, ""))
        if given in {option.value for option in one.options}:
            rules = one.write(rules, given)
    return rules


#: Fields that a filter may ask for at once.
FILTERS = 3


def filter_rows(rules: Rules) -> list[tuple[str, str]]:
    """The filter's fields with their values, as the form shows them."""
    rows = [(name, "; ".join(sorted(values))) for name, values in rules.only_values]
    return rows + [("", "")] * (FILTERS - len(rows))


def read_filter(form: FormData, rules: Rules) -> Rules:
    """The rules with the filter of a form: groups, fields with their values, and the tags of other tools."""
    values: dict[str, frozenset[str]] = {}
    for number in range(FILTERS):
        name, text = str(form.get(f"field{number}", "")), str(form.get(f"values{number}", ""))[:2000]
        wanted = frozenset(one.strip().casefold() for one in text.split(";") if one.strip())
        if name and wanted:
            values[name] = wanted
    return replace(
        rules,
        only_values=tuple(sorted(values.items())),
        only_groups=frozenset(str(one) for one in form.getlist("only_group")),
        not_tags=frozenset(str(one) for one in form.getlist("not_tag")),
    )
