"""Which mails of a campaign go out when: all at once, in batches, or a part first to find the best of several."""

from collections import Counter
from datetime import UTC, datetime
from math import ceil
from random import Random

from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.campaign import Campaign, Wave
from listloop.sandbox.mailchimp.compose import combinations
from listloop.sandbox.mailchimp.member import Member

ALL = 100  # percent
HOUR = 3600
LEAST = 10


def planned(account: Account, campaign: Campaign, members: list[Member], now: int) -> tuple[list[Wave], list[int]]:
    """(the waves, earliest first; the web ids of those who wait until a winner is known)."""
    if campaign.type == "variate":
        return _tried(account, campaign, members, now)
    if campaign.warped:
        return _warped(members, now), []
    people = [member.web_id for member in members]
    count, delay = campaign.batches or (1, 0)
    size = max(1, ceil(len(people) / count))
    parts = [people[at * size : (at + 1) * size] for at in range(count)]
    return [(now + at * delay * 60, part, bytes(len(part))) for at, part in enumerate(parts)], []


def _warped(members: list[Member], at: int) -> list[Wave]:
    """The same hour in each time zone, the east first. Whose place is unknown lives where the account does, in UTC."""
    zones: dict[int, list[int]] = {}
    for member in members:
        zones.setdefault(member.place.offset if member.place else 0, []).append(member.web_id)
    found = [(at - offset * HOUR, people, bytes(len(people))) for offset, people in zones.items()]
    return sorted(found) or [(at, [], b"")]


def _tried(account: Account, campaign: Campaign, members: list[Member], now: int) -> tuple[list[Wave], list[int]]:
    """Each combination gets an equal part of those who are tested; with send times that is everybody."""
    tried = combinations(campaign)
    tested = [member.web_id for member in members]
    rest: list[int] = []
    if not campaign.variate_settings.get("send_times"):
        Random(f"{account.seed} {campaign.id} test").shuffle(tested)
        size = min(ALL, max(LEAST, int(campaign.variate_settings.get("test_size") or ALL)))
        cut = ceil(len(tested) * size / ALL)
        tested, rest = tested[:cut], tested[cut:]
    waves: dict[int, tuple[list[int], bytearray]] = {}
    for at, web_id in enumerate(tested):
        number = at % len(tried)
        people, numbers = waves.setdefault(max(now, seconds(tried[number]["send_time"])), ([], bytearray()))
        people.append(web_id)
        numbers.append(number)
    return [(at, people, bytes(numbers)) for at, (people, numbers) in sorted(waves.items())] or [(now, [], b"")], rest


def seconds(text: str) -> int:
    """Of a send time, ``2026-03-01 12:00:00`` in UTC; 0 for none. Raises ValueError."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) if text else 0


def winner(account: Account, campaign: Campaign) -> int:
    """The combination with the best rate of what the campaign asks for; of equal ones the first."""
    wanted = campaign.variate_settings.get("winner_criteria", "opens")
    got: Counter[int] = Counter()
    good: Counter[int] = Counter()
    bought = _spent(account, campaign) if wanted == "total_revenue" else {}
    for to in campaign.recipients.values():
        got[to.combination] += not to.bounced()
        if wanted == "total_revenue":
            good[to.combination] += bought.get(to.email.lower(), 0)
        else:
            good[to.combination] += bool(to.of("click" if wanted == "clicks" else "open"))
    rates = {number: good[number] / got[number] if got[number] else 0 for number in sorted(got)}
    return max(rates, key=lambda number: rates[number], default=0)


def _spent(account: Account, campaign: Campaign) -> dict[str, int]:
    """Cents by address, of the orders that name the campaign."""
    spent: Counter[str] = Counter()
    for order in account.orders():
        if order.get("campaign_id") == campaign.id:
            spent[order["customer"].get("email_address", "").lower()] += round(100 * float(order["order_total"]))
    return spent
