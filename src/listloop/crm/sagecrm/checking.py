"""Who the other end is, and what it lacks for Listloop: in the words of Sage CRM's administration."""

from __future__ import annotations

from collections.abc import Iterator

from listloop.core.errors import NeedsAttention
from listloop.core.side import FieldType, Health, Problem
from listloop.crm.sagecrm.asking import Asking
from listloop.crm.sagecrm.leads import Leads, twin
from listloop.crm.sagecrm.mails import Mails, is_exposed
from listloop.crm.sagecrm.options import Options
from listloop.crm.sagecrm.schema import columns_of
from listloop.crm.sagecrm.security import Security

OPT_OUT = "pers_optout"
FIELDS = "Administration → Customization → Person → Fields → New"


def check(asking: Asking, mails: Mails, leads: Leads, options: Options, security: Security) -> Health:
    """A few cheap questions. Raises as the client where nobody answers, or nobody is let in."""
    client = asking.client
    client.feed("Person", count=1, select="pers_personid")
    found = [*_problems(asking, mails, options, security), *_missing_of_leads(leads, options)]
    place = client.root.partition("://")[2].lower()
    return Health(
        f"sagecrm {place}/{client.install.lower()}",
        f"Sage CRM “{client.install}” at {place}",
        writable=not found,
        problems=tuple(found),
    )


def _problems(asking: Asking, mails: Mails, options: Options, security: Security) -> Iterator[Problem]:
    told = columns_of(asking)
    ours = [(one, FieldType.TEXT) for one in sorted(options.ours) if one in told]
    hidden = security.hidden([*ours, (OPT_OUT, FieldType.YES_NO)])
    for column, title, kind in (
        (options.flag, "Sync with Mailchimp", "a selection with the choices Y and N"),
        (options.member_id, "Mailchimp ID", "a text of 40 characters"),
        (options.status, "Mailchimp status", "a text of 20 characters"),
        (options.responses, "Mailchimp responses", "a multi-line text"),
    ):
        if column and (column not in told or column in hidden):
            yield Problem(
                f"The person of Sage CRM has no column {column} (“{title}”), or it is hidden from the user.",
                f"Add it under {FIELDS}: {kind}; then refresh the metadata.",
            )
        elif column and told[column].get("$isreadonly"):
            yield Problem(
                f"The user may not write the column {column} (“{title}”).",
                "Allow it under Administration → Customization → Person → Fields → Field Security.",
            )
    if "bool" in str(told.get(options.flag, {}).get("$type", "")).lower():
        yield Problem(
            f"The column {options.flag} is a checkbox, in which “no” and “not said” look alike.",
            f"Make it a selection with the choices Y and N under {FIELDS}.",
        )
    if OPT_OUT not in told or OPT_OUT in hidden:
        yield Problem(
            "The user is not shown Pers_OptOut (“Opt out of E-marketing communications”).",
            "Allow it under Field Security: without it Listloop can't keep a refusal.",
        )
    if options.consents and not is_exposed(asking, options.consents):
        yield Problem(
            f"The view {options.consents} of the people who consented can't be read.",
            "Make it under Administration → Customization → Person → Views, with pers_personid, allowed for SData.",
        )
    try:
        mails.by_links()
    except NeedsAttention as error:
        yield Problem(error.problem, error.fix)


def _missing_of_leads(leads: Leads, options: Options) -> Iterator[Problem]:
    """What leads lack, where they are synced: without an opt-out of their own, a refusal would be kept nowhere."""
    if not options.leads:
        return
    if not is_exposed(leads.asking, "Lead"):
        yield Problem("The user is not shown leads.", "Give its profile View and Edit on Lead, or set “leads” to no.")
        return
    told = leads.look()
    wanted = [one for one in (options.flag, options.member_id, options.status, OPT_OUT) if one]
    missing = [twin(one) for one in wanted if one not in leads.twins()]
    if missing:
        yield Problem(
            f"A lead of Sage CRM has no column {', '.join(missing)}, or it is hidden from the user.",
            "Add it under Administration → Customization → Lead → Fields → New, as the person has it; lead_optout is "
            "a checkbox. Then refresh the metadata.",
        )
    fixed = [twin(one) for one in wanted if told.get(twin(one), {}).get("$isreadonly")]
    if fixed:
        yield Problem(
            f"The user may not write {', '.join(fixed)} of a lead.",
            "Allow it under Administration → Customization → Lead → Fields → Field Security.",
        )
