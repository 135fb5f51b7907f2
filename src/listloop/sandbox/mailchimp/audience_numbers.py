"""What an audience went through: complaints, days, months, places, mail programs."""

from collections import Counter
from collections.abc import Iterator

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience
from listloop.sandbox.mailchimp.campaign import Campaign, Recipient
from listloop.sandbox.mailchimp.ledger import DAY, date_of
from listloop.sandbox.mailchimp.member import Member, codes_of
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.places import COUNTRIES
from listloop.sandbox.mailchimp.problems import fields_invalid, not_found
from listloop.sandbox.mailchimp.render import collection, link
from listloop.sandbox.mailchimp.report_parts import complaints
from listloop.sandbox.mailchimp.tally import HOUR
from listloop.sandbox.mailchimp.who import Who
from listloop.sandbox.wire import Json, Route

DAYS = 180
STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "deleted")
ACTS = (
    "emails_sent", "unique_opens", "recipient_clicks", "hard_bounce", "soft_bounce", "subs", "unsubs", "other_adds",
    "other_removes",
)  # fmt: skip


def list_complaints(ask: Ask) -> Json:
    audience = ask.audience()
    offset, count = ask.slice()
    found = [(one, number, to) for one in audience.sent.values() for number, to in complaints(one)]
    rows = [_complaint(ask, *row) for row in found[offset : offset + count]]
    return collection("abuse_reports", rows, len(found), f"{_root(ask)}/abuse-reports", list_id=audience.id)


def get_complaint(ask: Ask) -> Json:
    for one in ask.audience().sent.values():
        for number, to in complaints(one):
            if str(number) == ask.args["report_id"]:
                return _complaint(ask, one, number, to)
    raise not_found()


def _complaint(ask: Ask, one: Campaign, number: int, to: Recipient) -> Json:
    here = f"{_root(ask)}/abuse-reports"
    person = Who(ask, one).person(to)
    about = {"id": number, "campaign_id": one.id, "list_id": one.list_id, "date": iso(to.of("abuse")[0].at)}
    return about | person | {"_links": [link("parent", here), link("self", f"{here}/{number}")]}


def list_activity(ask: Ask) -> Json:
    """The last 180 days on which something happened, newest first."""
    audience = ask.audience()
    offset, count = ask.slice()
    days: dict[int, Counter[str]] = {day: Counter(acts) for day, acts in audience.ledger.acts.items()}

    def add(at: int, what: str, number: int = 1) -> None:
        days.setdefault(at // DAY, Counter())[what] += number

    for one in audience.sent.values():
        found = one.tally()
        for wave, number in found.by_wave.items():
            add(one.waves[wave], "emails_sent", number)
        for hour, number in found.openers_by_hour.items():
            add(hour * HOUR, "unique_opens", number)
        for hour, number in found.clickers_by_hour.items():
            add(hour * HOUR, "recipient_clicks", number)
        for (hour, kind), number in found.bounces.items():
            add(hour * HOUR, f"{kind}_bounce", number)
    rows = [
        {"day": date_of(day), **{name: days[day][name] for name in ACTS}}
        for day in sorted(days, reverse=True)
        if day > ask.now // DAY - DAYS
    ]  # fmt: skip
    href = f"{_root(ask)}/activity"
    return collection("activity", rows[offset : offset + count], len(rows), href, list_id=audience.id)


def list_growth(ask: Ask) -> Json:
    audience = ask.audience()
    offset, count = ask.slice()
    if ask.params.get("sort_field", "month") != "month":
        raise fields_invalid(("sort_field", "The value you selected is not a valid choice."))
    rows = _growth(ask, audience)
    if ask.params.get("sort_dir", "DESC").upper() == "DESC":
        rows.reverse()
    href = f"{_root(ask)}/growth-history"
    return collection("history", rows[offset : offset + count], len(rows), href, list_id=audience.id)


def get_growth(ask: Ask) -> Json:
    found = next((row for row in _growth(ask, ask.audience()) if row["month"] == ask.args["month"]), None)
    if found is None:
        raise not_found()
    return found


def _growth(ask: Ask, audience: Audience) -> list[Json]:
    """Each month: how many there were of each status at its end, and what it brought; the oldest first."""
    here = f"{_root(ask)}/growth-history"
    rows: list[Json] = []
    for month, (counts, acts) in audience.ledger.months(ask.now).items():
        brought = {"imports": acts["other_adds"], "optins": acts["subs"], "reconfirm": 0}
        existing = rows[-1]["subscribed"] if rows else 0
        rows.append({
            "list_id": audience.id, "month": month, "existing": existing, **brought,
            **{status: counts[status] for status in STATUSES},
            "_links": [link("parent", here), link("self", f"{here}/{month}")],
        })  # fmt: skip
    return rows


def list_clients(ask: Ask) -> Json:
    """The mail programs of the subscribed, as far as they are known; the most used first."""
    known = Counter(one.extra.client for one in _subscribed(ask) if one.extra and one.extra.client)
    rows = [{"client": client, "members": number} for client, number in known.most_common()]
    return collection("clients", rows, len(rows), f"{_root(ask)}/clients", list_id=ask.audience().id)


def list_locations(ask: Ask) -> Json:
    """Where the subscribed are, by country, as far as it is known."""
    known = Counter(one.place.country_code for one in _subscribed(ask) if one.place)
    rows = [
        {
            "country": COUNTRIES.get(code, code), "cc": code, "percent": round(100 * number / known.total(), 2),
            "total": number,
        }
        for code, number in known.most_common()
    ]  # fmt: skip
    return collection("locations", rows, len(rows), f"{_root(ask)}/locations", list_id=ask.audience().id)


def _subscribed(ask: Ask) -> Iterator[Member]:
    return ask.audience().arrived.each(codes_of("subscribed"))


def _root(ask: Ask) -> str:
    return f"{ask.base}/lists/{ask.args['list_id']}"


_L = "/lists/{list_id}"
ROUTES: list[Route[Handler]] = [
    Route("GET", _L + "/abuse-reports", list_complaints, PAGED),
    Route("GET", _L + "/abuse-reports/{report_id}", get_complaint, PAGED),
    Route("GET", _L + "/activity", list_activity, PAGED),
    Route("GET", _L + "/growth-history", list_growth, PAGED | {"sort_field", "sort_dir"}),
    Route("GET", _L + "/growth-history/{month}", get_growth, FIELDS),
    Route("GET", _L + "/clients", list_clients, FIELDS),
    Route("GET", _L + "/locations", list_locations, FIELDS),
]
