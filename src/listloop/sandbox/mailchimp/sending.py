"""A campaign on its way, and the people who get it, over the sandbox's clock.

Everything that will happen is in the account's agenda with its second, and is done as of that second, whenever the
clock is looked at; so the same seed, clock and requests give the same history. Each mail and each act of a person is a
step, so that a million of them can be done in slices, with requests answered in between.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from heapq import heappop
from random import Random
from sys import maxsize
from urllib.parse import urlencode

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp import feeds, people, targeting, waves
from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience
from listloop.sandbox.mailchimp.campaign import Campaign, Recipient
from listloop.sandbox.mailchimp.compose import combinations, content_of, links_of
from listloop.sandbox.mailchimp.tally import PROXY
from listloop.sandbox.mailchimp.webhooks import Delivery
from listloop.sandbox.switches import Switches

TAKES = 2  # seconds from send to sent
EAST = 14  # hours that the first time zone is ahead of UTC
HOUR = 3600


def begin(account: Account, campaign: Campaign, now: int) -> None:
    """It is being sent from now on, and is sent two seconds later; a feed campaign is sent again and again."""
    campaign.status = "sending"
    if not campaign.warped:
        campaign.send_time = now
    if campaign.type == "rss":
        await_feed(account, campaign, now)
    else:
        account.later(now + TAKES, campaign.id, "finish")


def await_feed(account: Account, campaign: Campaign, now: int) -> None:
    """Notes the next hour of the campaign's schedule."""
    due = feeds.next_due(campaign.rss_opts, now)
    campaign.news = campaign.news | {"due": due}
    account.later(due, campaign.id, "feed")


def schedule(account: Account, campaign: Campaign, at: int) -> None:
    campaign.status, campaign.send_time = "schedule", at
    account.later(at - EAST * HOUR if campaign.warped else at, campaign.id, "begin", detail=str(at))


def cancel(account: Account, campaign: Campaign, now: int) -> None:
    """What has gone out is gone."""
    campaign.status = "canceling"
    account.later(now + 1, campaign.id, "cancelled")


def advance(account: Account, switches: Switches, now: int, end: int = maxsize) -> int | None:
    """Does everything that is due by now, in its order.

    When ``account.steps`` reaches ``end`` it stops, and gives the second of what is due next.
    """
    while account.agenda and account.agenda[0][0] <= now:
        due, _, campaign_id, web_id, what, detail = account.agenda[0]
        if account.steps >= end:
            return due
        campaign = account.campaigns.get(campaign_id)
        body = {"proxy": True} if detail == PROXY else {"url": detail}
        ask = Ask(account, switches, due, source="user", campaign=campaign_id, body=body)
        if what == "wave" and campaign is not None and not _mail(ask, campaign, end):
            return due  # it stays the first until its last mail is out
        heappop(account.agenda)
        account.steps += 1
        if what == "lapse":
            people.lapse(account, detail, web_id, due)
        elif campaign is not None:  # else deleted, and with it what would have come of it
            _do(ask, campaign, web_id, what, detail)
    return None


def _do(ask: Ask, campaign: Campaign, web_id: int, what: str, detail: str) -> None:
    """What one line of the agenda says."""
    if web_id:
        _act(ask, campaign, web_id, what)
    elif what == "begin" and (campaign.status, str(campaign.send_time)) == ("schedule", detail):
        begin(ask.account, campaign, ask.now)
    elif what == "cancelled" and campaign.status == "canceling":
        _cancelled(ask, campaign)
    elif campaign.status == "sending" and what in _STEPS:
        _STEPS[what](ask, campaign)


def _cancelled(ask: Ask, campaign: Campaign) -> None:
    left = sum(len(contacts) for _, contacts, _ in campaign.waiting) - campaign.mailed + len(campaign.rest)
    campaign.mailed, campaign.chance = 0, None
    campaign.canceled = left if campaign.waves else len(targeting.chosen(ask.account, campaign, ask.now))
    campaign.waiting, campaign.rest, campaign.status = [], [], "canceled"
    _tell(ask, campaign)


def _act(ask: Ask, campaign: Campaign, web_id: int, what: str) -> None:
    audience = ask.account.audiences.get(campaign.list_id)
    member = audience.numbered(web_id) if audience else None
    if audience is None or member is None or web_id not in campaign.recipients:
        return
    try:
        people.ACTS[what][1](ask, audience, member)
    except people.NotNowError:
        return  # has left meanwhile, or the mail never came


def _finish(ask: Ask, campaign: Campaign) -> None:
    if campaign.list_id not in ask.account.audiences:
        campaign.status, campaign.send_time = "save", 0
        return
    members = targeting.chosen(ask.account, campaign, ask.now)
    campaign.waiting, campaign.rest = waves.planned(ask.account, campaign, members, campaign.send_time)
    _go_on(ask, campaign)


def _go_on(ask: Ask, campaign: Campaign) -> None:
    """Notes when the next mails go out; without anything left the campaign is sent."""
    if campaign.waiting:
        ask.account.later(max(ask.now, campaign.waiting[0][0]), campaign.id, "wave")
    elif campaign.rest and campaign.winner is None:
        if campaign.variate_settings.get("winner_criteria") != "manual":
            wait = int(campaign.variate_settings.get("wait_time") or 60)
            ask.account.later(ask.now + wait * 60, campaign.id, "winner")
    else:
        campaign.status = "sent"
        _tell(ask, campaign)


def _elect(ask: Ask, campaign: Campaign) -> None:
    if campaign.rest and campaign.winner is None:
        choose(ask, campaign, waves.winner(ask.account, campaign))


def choose(ask: Ask, campaign: Campaign, number: int) -> None:
    """The combination with this number goes to everybody who has waited for the winner."""
    campaign.winner = number
    campaign.waiting, campaign.rest = [(ask.now, campaign.rest, bytes([number]) * len(campaign.rest))], []
    _go_on(ask, campaign)


def _mail(ask: Ask, campaign: Campaign, end: int) -> bool:
    """The first wave that waits, or the next slice of it. False when ``account.steps`` reached ``end`` before.

    The mails are of the second when the wave was due. Who has left while waiting gets nothing.
    """
    account, audience = ask.account, ask.account.audiences.get(campaign.list_id)
    if campaign.status != "sending" or not campaign.waiting:
        return True
    at, contacts, numbers = campaign.waiting[0]
    if campaign.chance is None:
        wave = len(campaign.waves)
        campaign.waves.append(at)
        campaign.chance = Random(f"{account.seed} {campaign.id}" + (f" {wave}" if wave else ""))
    start, stop = campaign.mailed, min(len(contacts), campaign.mailed + end - account.steps)
    if audience is not None:
        audience.sent[campaign.id] = campaign
        audience.listings.clear()
        _mail_to(
            ask, audience, campaign, campaign.chance, list(zip(contacts[start:stop], numbers[start:stop], strict=True))
        )
    campaign.mailed = stop
    account.steps += stop - start
    if stop < len(contacts):
        return False
    campaign.waiting, campaign.mailed, campaign.chance = campaign.waiting[1:], 0, None
    return True


def _mail_to(ask: Ask, audience: Audience, campaign: Campaign, chance: Random, pairs: list[tuple[int, int]]) -> None:
    links = [links_of(content_of(campaign, tried)) for tried in range(len(combinations(campaign)))]
    wave = len(campaign.waves) - 1
    for web_id, tried in pairs:
        member = audience.numbered(web_id)
        if member is not None and member.status == "subscribed":
            to = Recipient(member.web_id, member.email, member.id, member.values, member.interests, tried, wave)
            campaign.mail(to)
            _plan(ask.account, campaign, to, links[tried], chance, ask.now)


def _feed(ask: Ask, campaign: Campaign) -> None:
    """The hour of a feed campaign: what stands at the address may be known; else somebody has to go and look."""
    account = ask.account
    if campaign.news.get("due") != ask.now:  # it was paused, and has another hour now
        return
    await_feed(account, campaign, ask.now)
    campaign.news = campaign.news | {"asked": ask.now}
    xml = account.feeds.get(str(campaign.rss_opts.get("feed_url", "")))
    if xml is not None:
        fed(ask, campaign, xml)
    elif campaign.id not in account.errands:
        account.errands.append(campaign.id)


def fed(ask: Ask, campaign: Campaign, xml: str) -> None:
    """What is new in the feed goes out now. Nothing new, or no feed at all: nobody is mailed."""
    try:
        about, items = feeds.read(xml)
    except ValueError:
        return
    news = feeds.fresh(campaign, items, ask.now)
    if news:
        made = feeds.child(ask.account, campaign, about, news, ask.now)
        made.status, made.send_time = "sending", ask.now
        ask.account.later(ask.now + TAKES, made.id, "finish")
        campaign.rss_opts = campaign.rss_opts | {"last_sent": iso(ask.now)}


_STEPS: dict[str, Callable[[Ask, Campaign], None]] = {
    "finish": _finish, "wave": _go_on, "winner": _elect, "feed": _feed,
}  # fmt: skip


def _plan(account: Account, campaign: Campaign, to: Recipient, links: list[str], chance: Random, now: int) -> None:
    """What this person, or the mailbox, will do with the mail. The draws are the same whatever the rates are."""
    rates = account.rates
    hard, soft, opens, clicks, leaves, complains = (chance.random() for _ in range(6))
    first = now + 30 + int(chance.expovariate(1 / (3 * HOUR)))
    again, link = chance.randrange(60, 48 * HOUR), chance.random()
    if hard < rates["hard_bounce"] or soft < rates["soft_bounce"]:
        kind = "hard-bounce" if hard < rates["hard_bounce"] else "soft-bounce"
        account.later(now + 1, campaign.id, kind, to.web_id)
        return
    if rates["proxy"] and Random(f"{account.seed} {campaign.id} {to.web_id} proxy").random() < rates["proxy"]:
        account.later(now + 5, campaign.id, "open", to.web_id, PROXY)
    clicking = bool(links) and clicks < rates["click"]
    leaving, complaining = leaves < rates["unsubscribe"], complains < rates["complain"]
    if opens < rates["open"] or clicking or leaving or complaining:
        account.later(first, campaign.id, "open", to.web_id)
        if again % 4 == 0:
            account.later(first + again, campaign.id, "open", to.web_id)
    if clicking:
        account.later(first + 20, campaign.id, "click", to.web_id, links[int(link * link * len(links))])
    if complaining:
        account.later(first + 40, campaign.id, "complain", to.web_id)
    elif leaving:
        account.later(first + 60, campaign.id, "unsubscribe", to.web_id)


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
