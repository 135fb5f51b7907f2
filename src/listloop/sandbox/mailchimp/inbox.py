"""Every mail that arrived, as one inbox of all people: those of campaigns, tests, and requests to confirm."""

from collections.abc import Iterator
from dataclasses import dataclass

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.campaign import Campaign, Letter, Recipient
from listloop.sandbox.mailchimp.compose import ROOT, Mail, of_campaign, of_letter, subject_of
from listloop.sandbox.wire import Json


@dataclass(frozen=True, slots=True)
class Wanted:
    """Empty parts let everything through."""

    email: str = ""
    campaign_id: str = ""
    kind: str = ""
    """campaign, test or confirmation."""


def listed(account: Account, wanted: Wanted, offset: int, count: int) -> tuple[int, list[Mail]]:
    """(how many there are, those of the page), newest first."""
    total, page = 0, []
    for source, recipients in _sources(account, wanted):
        for recipient in recipients:
            if offset <= total < offset + count:
                page.append(
                    of_letter(account, source)
                    if isinstance(source, Letter)
                    else of_campaign(account, source, recipient)
                )
            total += 1
    return total, page


def _sources(account: Account, wanted: Wanted) -> Iterator[tuple[Campaign | Letter, Iterator[Recipient]]]:
    sources: list[tuple[int, Campaign | Letter]] = []
    if wanted.kind in {"", "campaign"}:
        sources += [(one.send_time, one) for one in account.campaigns.values() if one.recipients]
    sources += [(one.at, one) for one in account.letters.values() if wanted.kind in {"", one.kind}]
    sources.sort(key=lambda pair: -pair[0])
    for _, source in sources:
        if wanted.campaign_id in {"", source.id if isinstance(source, Campaign) else source.campaign_id}:
            yield source, _arrived(source, wanted.email.lower())


def _arrived(source: Campaign | Letter, email: str) -> Iterator[Recipient]:
    recipients = source.recipients.values() if isinstance(source, Campaign) else [source.to]
    return (one for one in recipients if email in {"", one.email.lower()} and one.email and not one.bounced())


def shown(mail: Mail, base: str) -> Json:
    return {
        "id": mail.id, "kind": mail.kind, "to": mail.to.email, "from": mail.settings.get("from_name", ""),
        "reply_to": mail.settings.get("reply_to", ""), "subject": subject_of(mail, base),
        "preview": mail.settings.get("preview_text", ""), "at": iso(mail.at),
        "campaign_id": mail.campaign.id if mail.campaign else "",
        "list_id": mail.audience.id if mail.audience else "", "url": f"{base}{ROOT}{mail.id}",
        "unsubscribe_url": f"{base}{ROOT}{mail.id}/unsubscribe" if mail.kind == "campaign" else "",
    }  # fmt: skip
