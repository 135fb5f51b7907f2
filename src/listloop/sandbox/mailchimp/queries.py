"""The filters of ``GET /lists/{id}/members``."""

from collections.abc import Callable

from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience
from listloop.sandbox.mailchimp.member import CODES, STATUSES, Member
from listloop.sandbox.mailchimp.problems import fields_invalid, invalid

Keep = Callable[[Member], bool]
PARAMS = frozenset({
    "count", "offset", "fields", "exclude_fields", "email_type", "status", "since_timestamp_opt",
    "before_timestamp_opt", "since_last_changed", "before_last_changed", "unique_email_id", "vip_only",
    "interest_category_id", "interest_ids", "interest_match", "sort_field", "sort_dir", "since_last_campaign",
    "unsubscribed_since",
})  # fmt: skip
SORTS = ("timestamp_opt", "timestamp_signup", "last_changed")


def select(ask: Ask, audience: Audience) -> tuple[int, list[Member]]:
    """(how many match, the page of them). Raises ProblemError (400) for parameters that do not fit."""
    offset, count = ask.slice()
    codes = _codes(ask)
    if "unique_email_id" in ask.params and audience.find_unique(ask.params["unique_email_id"]) is None:
        return 0, []
    keeps = _keeps(ask, audience)
    sort = ask.params.get("sort_field", "")
    backwards = ask.params.get("sort_dir", "").upper() == "DESC"
    if sort and sort not in SORTS:
        raise fields_invalid(("sort_field", "The value you selected is not a valid choice."))
    low, high = bounds(ask, "last_changed")
    by_change = sort == "last_changed" or low is not None or high is not None
    order = audience.changed if by_change else audience.arrived
    start, end = order.between(low, high) if by_change else order.between(None, None)
    in_rows = sort in {"", "last_changed"}  # without a sort field the order is undocumented: the one at hand
    if in_rows and not keeps:
        return order.count(codes, start, end), order.page(codes, start, end, offset, count, backwards=backwards)
    keep = keeps[0] if len(keeps) == 1 else lambda member: all(one(member) for one in keeps)
    found = list(order.each(codes, start, end, keep))
    if in_rows:
        found = found[::-1] if backwards else found
    else:
        found.sort(key=lambda member: (getattr(member, sort), member.web_id), reverse=backwards)
    return len(found), found[offset : offset + count]


def bounds(ask: Ask, name: str) -> tuple[int | None, int | None]:
    """The lowest and highest second that ``since_<name>`` and ``before_<name>`` let through."""
    since, before = ask.time(f"since_{name}"), ask.time(f"before_{name}")
    if since is not None and not ask.switches["since_inclusive"]:
        since += 1
    if before is not None and not ask.switches["before_inclusive"]:
        before -= 1
    return since, before


def _codes(ask: Ask) -> list[int]:
    status = ask.params.get("status", "")
    if status and status not in STATUSES:
        raise fields_invalid(("status", "The value you selected is not a valid choice."))
    if status:
        return [CODES[status]]
    return [code for name, code in CODES.items() if name != "archived" or ask.switches["archived_in_unfiltered"]]


def _keeps(ask: Ask, audience: Audience) -> list[Keep]:
    keeps: list[Keep] = []
    low, high = bounds(ask, "timestamp_opt")
    if low is not None:
        keeps.append(lambda member: member.timestamp_opt >= low)
    if high is not None:
        keeps.append(lambda member: 0 < member.timestamp_opt <= high)
    if "email_type" in ask.params:
        keeps.append(lambda member: member.email_type == ask.params["email_type"])
    if ask.flag("vip_only"):
        keeps.append(lambda member: member.vip)
    if "unique_email_id" in ask.params:
        only = audience.find_unique(ask.params["unique_email_id"])
        keeps.append(lambda member: member is only)
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
        keeps.append(lambda member: getattr(member, field) > last)
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
