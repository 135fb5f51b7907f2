"""The filters of ``GET /lists/{id}/members``."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from sys import maxsize

from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import TIMES, Audience
from listloop.sandbox.mailchimp.member import CODES, STATUSES, Codes, Member, codes_of
from listloop.sandbox.mailchimp.order import Rows
from listloop.sandbox.mailchimp.problems import fields_invalid, invalid

PAGE = frozenset({"count", "offset", "fields", "exclude_fields"})
MOST_LISTINGS = 4
Keep = Callable[[Member], bool]
PARAMS = frozenset({
    "count", "offset", "fields", "exclude_fields", "email_type", "status", "since_timestamp_opt",
    "before_timestamp_opt", "since_last_changed", "before_last_changed", "unique_email_id", "vip_only",
    "interest_category_id", "interest_ids", "interest_match", "sort_field", "sort_dir", "since_last_campaign",
    "unsubscribed_since",
})  # fmt: skip


def select(ask: Ask, audience: Audience) -> tuple[int, list[Member]]:
    """(how many match, the page of them). Raises ProblemError (400) for parameters that do not fit."""
    offset, count = ask.slice()
    codes = _codes(ask)
    keeps = _keeps(ask, audience)
    sort = ask.params.get("sort_field", "")
    backwards = ask.params.get("sort_dir", "").upper() == "DESC"
    if sort and sort not in TIMES:
        raise fields_invalid(("sort_field", "The value you selected is not a valid choice."))
    spans = _spans(ask)
    name = sort or next(iter(spans), "")  # without a sort field the order is undocumented: the one at hand
    keeps += [_within(other, *span) for other, span in spans.items() if other != name]
    rows: Rows = audience.arrived
    start, end = 0, len(rows.codes)
    if name:
        rows = order = audience.by_time[name]
        start, end = order.between(*spans.get(name, (None, None)))
    if "unique_email_id" in ask.params:
        only = audience.find_unique(ask.params["unique_email_id"])
        there = [only] if only and CODES[only.status] in codes else []
        keeps += [_within(name, *spans[name])] if name in spans else []
        found = _found(ask, audience, lambda: there, keeps)
    elif not keeps:
        return rows.count(codes, start, end), rows.page(codes, start, end, offset, count, backwards=backwards)
    else:
        found = _found(ask, audience, lambda: rows.each(codes, start, end, backwards=backwards), keeps)
    return len(found), found[offset : offset + count]


def _found(ask: Ask, audience: Audience, all_of: Callable[[], Iterable[Member]], keeps: list[Keep]) -> list[Member]:
    """Those whom all filters let through. To look at a million takes 60 ms, so it is remembered for the next page."""
    asked = (
        tuple(sorted(pair for pair in ask.params.items() if pair[0] not in PAGE)),
        tuple(ask.switches.values.items()),
    )
    if asked not in audience.listings:
        members = all_of()
        for keep in keeps:
            members = filter(keep, members)
        if len(audience.listings) >= MOST_LISTINGS:
            audience.listings.clear()
        audience.listings[asked] = list(members)
    return audience.listings[asked]


def _spans(ask: Ask) -> dict[str, tuple[int | None, int | None]]:
    """By the name of a time the lowest and the highest second that are asked for; who never opted in is in none."""
    found = {name: bounds(ask, name) for name in ("last_changed", "timestamp_opt")}
    low, high = found["timestamp_opt"]
    if low is not None or high is not None:
        found["timestamp_opt"] = (max(1, low or 1), high)
    return {name: span for name, span in found.items() if span != (None, None)}


def _within(name: str, low: int | None, high: int | None) -> Keep:
    lowest, highest = low or 0, maxsize if high is None else high
    return lambda member: lowest <= getattr(member, name) <= highest


def bounds(ask: Ask, name: str) -> tuple[int | None, int | None]:
    """The lowest and highest second that ``since_<name>`` and ``before_<name>`` let through."""
    since, before = ask.time(f"since_{name}"), ask.time(f"before_{name}")
    if since is not None and not ask.switches["since_inclusive"]:
        since += 1
    if before is not None and not ask.switches["before_inclusive"]:
        before -= 1
    return since, before


def _codes(ask: Ask) -> Codes:
    status = ask.params.get("status", "")
    if status and status not in STATUSES:
        raise fields_invalid(("status", "The value you selected is not a valid choice."))
    if status:
        return codes_of(status)
    return codes_of(*(name for name in STATUSES if name != "archived" or ask.switches["archived_in_unfiltered"]))


def _keeps(ask: Ask, audience: Audience) -> list[Keep]:
    keeps: list[Keep] = []
    if "email_type" in ask.params:
        wanted = ask.params["email_type"]
        keeps.append(lambda member: member.email_type == wanted)
    if ask.flag("vip_only"):
        keeps.append(attrgetter("vip"))
    if "unsubscribed_since" in ask.params:
        if ask.params.get("status") != "unsubscribed":
            raise invalid("unsubscribed_since can only be used with status=unsubscribed.")
        since = ask.time("unsubscribed_since") or 0
        keeps.append(lambda member: member.extra is not None and member.extra.left >= since)
    if ask.flag("since_last_campaign"):
        if "status" not in ask.params:
            raise invalid("since_last_campaign can only be used with a status.")
        last = max((one.send_time for one in audience.sent.values()), default=0)
        field = "timestamp_opt" if ask.params["status"] == "subscribed" else "last_changed"
        keeps.append(_within(field, last + 1, None))
    return keeps + _by_interest(ask, audience)


def _by_interest(ask: Ask, audience: Audience) -> list[Keep]:
    names = ("interest_category_id", "interest_ids", "interest_match")
    given = [name for name in names if ask.params.get(name)]
    if not given:
        return []
    if len(given) < len(names):
        raise invalid("interest_category_id, interest_ids and interest_match belong together.")
    ids = set(ask.params["interest_ids"].split(","))
    if ask.params["interest_category_id"] not in audience.categories:
        raise invalid("Invalid interest category ID.")
    match ask.params["interest_match"]:
        case "any":
            return [lambda member: bool(ids & member.interests)]
        case "all":
            return [lambda member: ids <= member.interests]
        case "none":
            return [lambda member: not ids & member.interests]
        case _:
            raise fields_invalid(("interest_match", "The value you selected is not a valid choice."))
