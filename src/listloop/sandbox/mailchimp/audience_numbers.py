"""What an audience went through: complaints, days, months, places, mail programs. Computed, never kept."""

from collections import Counter
from datetime import UTC, datetime

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience
from listloop.sandbox.mailchimp.campaign import Campaign, Recipient
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid, not_found
from listloop.sandbox.mailchimp.render import collection, link
from listloop.sandbox.mailchimp.report_parts import complaints
from listloop.sandbox.mailchimp.who import Who
from listloop.sandbox.wire import Json, Route

DAYS = 180
STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")


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
    days: dict[str, Counter[str]] = {}

    def add(at: int, what: str, number: int = 1) -> None:
        if at:
            days.setdefault(_day(at), Counter())[what] += number

    for member in audience.by_id.values():
        add(member.timestamp_opt, "subs")
        if member.status == "unsubscribed":
            add(member.last_changed, "unsubs")
    for one in audience.sent.values():
        add(one.send_time, "emails_sent", len(one.recipients))
        for to in one.recipients.values():
            for kind, name in (("open", "unique_opens"), ("click", "recipient_clicks")):
                add(next((event.at for event in to.of(kind)), 0), name)
            for event in to.of("bounce"):
                add(event.at, f"{event.detail}_bounce")
    names = (
        "emails_sent", "unique_opens", "recipient_clicks", "hard_bounce", "soft_bounce", "subs", "unsubs", "other_adds",
        "other_removes",
    )  # fmt: skip
    rows = [{"day": day, **{name: days[day][name] for name in names}} for day in sorted(days, reverse=True)][:DAYS]
    href = f"{_root(ask)}/activity"
    return collection("activity", rows[offset : offset + count], len(rows), href, list_id=audience.id)


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def list_growth(ask: Ask) -> Json:
    audience = ask.audience()
    offset, count = ask.slice()
    if ask.params.get("sort_field", "month") != "month":
        raise fields_invalid(("sort_field", "The value you selected is not a valid choice."))
    months = _months(audience)
    newest_first = ask.params.get("sort_dir", "DESC").upper() == "DESC"
    rows = [_growth(ask, audience, month) for month in sorted(months, reverse=newest_first)]
    href = f"{_root(ask)}/growth-history"
    return collection("history", rows[offset : offset + count], len(rows), href, list_id=audience.id)


def get_growth(ask: Ask) -> Json:
    if ask.args["month"] not in _months(ask.audience()):
        raise not_found()
    return _growth(ask, ask.audience(), ask.args["month"])


def _months(audience: Audience) -> set[str]:
    return {_day(max(member.timestamp_opt, 0) or member.last_changed)[:7] for member in audience.by_id.values()}


def _growth(ask: Ask, audience: Audience, month: str) -> Json:
    """Who had come by the end of the month, by the status of today: how it was then is not kept."""
    came = [
        member.status
        for member in audience.by_id.values()
        if _day(member.timestamp_opt or member.last_changed)[:7] <= month
    ]
    counts = Counter(came)
    old = {"existing": 0, "imports": 0, "optins": 0, "reconfirm": 0, "deleted": 0}
    here = f"{_root(ask)}/growth-history"
    return {
        "list_id": audience.id, "month": month, **old, **{status: counts[status] for status in STATUSES},
        "_links": [link("parent", here), link("self", f"{here}/{month}")],
    }  # fmt: skip


def list_clients(ask: Ask) -> Json:
    """Nobody here has a mail program that could be told."""
    href = f"{_root(ask)}/clients"
    return collection("clients", [], 0, href, list_id=ask.audience().id)


def list_locations(ask: Ask) -> Json:
    href = f"{_root(ask)}/locations"
    return collection("locations", [], 0, href, list_id=ask.audience().id)


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
