"""A campaign on its way, and the people who get it, over the sandbox's clock.

Everything that will happen is in the account's agenda with its second, and is done as of that second, whenever the
clock is looked at; so the same seed, clock and requests give the same history.
"""

from datetime import UTC, datetime
from heapq import heappop
from random import Random
from urllib.parse import urlencode

from listloop.sandbox.mailchimp import people, targeting
from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.campaign import Campaign, Recipient
from listloop.sandbox.mailchimp.compose import combinations, content_of, links_of
from listloop.sandbox.mailchimp.webhooks import Delivery
from listloop.sandbox.switches import Switches

TAKES = 2  # seconds from send to sent
HOUR = 3600


def begin(account: Account, campaign: Campaign, now: int) -> None:
    """It is being sent from now on, and is sent two seconds later; a feed is never done (and has no news here)."""
    campaign.status, campaign.send_time = "sending", now
    if campaign.type == "rss":
        return
    account.later(now + TAKES, campaign.id, "finish")


def schedule(account: Account, campaign: Campaign, at: int) -> None:
    campaign.status, campaign.send_time = "schedule", at
    account.later(at, campaign.id, "begin")


def cancel(account: Account, campaign: Campaign, now: int) -> None:
    campaign.status = "canceling"
    account.later(now + 1, campaign.id, "cancelled")


def advance(account: Account, switches: Switches, now: int) -> None:
    """Does everything that is due by now, in its order."""
    while account.agenda and account.agenda[0][0] <= now:
        due, _, campaign_id, contact_id, what, detail = heappop(account.agenda)
        campaign = account.campaigns.get(campaign_id)
        if campaign is None:  # deleted, and with it what would have come of it
            continue
        ask = Ask(account, switches, due, source="user", campaign=campaign_id, body={"url": detail})
        if contact_id:
            _act(ask, campaign, contact_id, what)
        elif what == "begin" and (campaign.status, campaign.send_time) == ("schedule", due):
            begin(account, campaign, due)
        elif what == "finish" and campaign.status == "sending":
            _finish(ask, campaign)
        elif what == "cancelled" and campaign.status == "canceling":
            campaign.canceled = len(targeting.chosen(account, campaign, due))
            campaign.status = "canceled"
            _tell(ask, campaign)


def _act(ask: Ask, campaign: Campaign, contact_id: str, what: str) -> None:
    audience = ask.account.audiences.get(campaign.list_id)
    member = audience.by_contact.get(contact_id) if audience else None
    if audience is None or member is None or contact_id not in campaign.recipients:
        return
    try:
        people.ACTS[what][1](ask, audience, member)
    except people.NotNowError:
        return  # has left meanwhile, or the mail never came


def _finish(ask: Ask, campaign: Campaign) -> None:
    account, audience = ask.account, ask.account.audiences.get(campaign.list_id)
    if audience is None:
        campaign.status, campaign.send_time = "save", 0
        return
    tried = len(combinations(campaign)) if campaign.type == "variate" else 1
    for number, member in enumerate(targeting.chosen(account, campaign, ask.now)):
        campaign.recipients[member.contact_id] = Recipient(
            member.contact_id, member.email, member.id, member.values, member.interests, number % tried
        )
    campaign.status, campaign.tallied = "sent", None
    audience.sent[campaign.id] = campaign
    links = [links_of(content_of(campaign, number)) for number in range(tried)]
    chance = Random(f"{account.seed} {campaign.id}")
    for recipient in campaign.recipients.values():
        _plan(account, campaign, recipient, links[recipient.combination], chance, ask.now)
    _tell(ask, campaign)


def _plan(account: Account, campaign: Campaign, to: Recipient, links: list[str], chance: Random, now: int) -> None:
    """What this person, or the mailbox, will do with the mail. The draws are the same whatever the rates are."""
    rates = account.rates
    hard, soft, opens, clicks, leaves, complains = (chance.random() for _ in range(6))
    first = now + 30 + int(chance.expovariate(1 / (3 * HOUR)))
    again, link = chance.randrange(60, 48 * HOUR), chance.random()
    if hard < rates["hard_bounce"] or soft < rates["soft_bounce"]:
        kind = "hard-bounce" if hard < rates["hard_bounce"] else "soft-bounce"
        account.later(now + 1, campaign.id, kind, to.contact_id)
        return
    clicking = bool(links) and clicks < rates["click"]
    leaving, complaining = leaves < rates["unsubscribe"], complains < rates["complain"]
    if opens < rates["open"] or clicking or leaving or complaining:
        account.later(first, campaign.id, "open", to.contact_id)
        if again % 4 == 0:
            account.later(first + again, campaign.id, "open", to.contact_id)
    if clicking:
        account.later(first + 20, campaign.id, "click", to.contact_id, links[int(link * link * len(links))])
    if complaining:
        account.later(first + 40, campaign.id, "complain", to.contact_id)
    elif leaving:
        account.later(first + 60, campaign.id, "unsubscribe", to.contact_id)


def _tell(ask: Ask, campaign: Campaign) -> None:
    """The webhook event ``campaign``. Nobody acts: it goes out when any source is on."""
    audience = ask.account.audiences.get(campaign.list_id)
    for hook in audience.webhooks.values() if audience else ():
        if hook.enabled and hook.events.get("campaign") and any(hook.sources.values()):
            fields = [
                ("type", "campaign"), ("fired_at", datetime.fromtimestamp(ask.now, UTC).strftime("%Y-%m-%d %H:%M:%S")),
                ("data[id]", campaign.id), ("data[subject]", campaign.settings.get("subject_line", "")),
                ("data[status]", campaign.status), ("data[reason]", ""), ("data[list_id]", campaign.list_id),
            ]  # fmt: skip
            body = urlencode(fields).encode()
            ask.account.outbox.append(
                Delivery(campaign.list_id, hook.id, hook.url, body, hook.secret, ask.now, ask.now)
            )
