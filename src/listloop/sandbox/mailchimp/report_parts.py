"""What lies below a report: each recipient with the mail's fate, each link, each refusal."""

import hashlib
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp import variate
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.campaign import Campaign, Recipient
from listloop.sandbox.mailchimp.compose import content_of, links_of
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid, not_found
from listloop.sandbox.mailchimp.render import collection, link
from listloop.sandbox.mailchimp.reports import sent
from listloop.sandbox.mailchimp.tally import PROXY, Event, Tally
from listloop.sandbox.mailchimp.who import Who
from listloop.sandbox.wire import Json, Route

ACTIVITY = ("open", "click", "bounce")
CALLER = "127.0.0.1"
Row = Callable[[Ask, Campaign, Who, Recipient], Json]


def _page(
    ask: Ask, one: Campaign, part: str, plural: str, found: Iterable[Recipient], total: int, row: Row, **more: Any
) -> Json:
    offset, count = ask.slice()
    who = Who(ask, one)
    rows = [row(ask, one, who, to) for to in islice(found, offset, offset + count)]
    here = f"{ask.base}/reports/{one.id}/{part}"
    return collection(plural, rows, total, here, campaign_id=one.id, **more)


def _one(ask: Ask, one: Campaign, row: Row, keep: Callable[[Recipient], bool] = lambda _: True) -> Json:
    """Raises ProblemError (404) for who is not among them."""
    who = Who(ask, one)
    to = who.find(ask.args["key"])
    if to is None or not keep(to):
        raise not_found()
    return row(ask, one, who, to)


def _self(ask: Ask, one: Campaign, part: str, to: Recipient) -> list[Json]:
    root = f"{ask.base}/reports/{one.id}/{part}"
    return [link("parent", root), link("self", f"{root}/{to.email_id}")]


def email_activity(ask: Ask) -> Json:
    """Every recipient, also those who did nothing."""
    one = sent(ask)
    ask.time("since")
    return _page(ask, one, "email-activity", "emails", one.recipients.values(), len(one.recipients), _activity)


def email_activity_of(ask: Ask) -> Json:
    return _one(ask, sent(ask), _activity)


def _activity(ask: Ask, one: Campaign, who: Who, to: Recipient) -> Json:
    since = ask.time("since")
    if since is not None and not ask.switches["since_inclusive"]:
        since += 1
    events = [event for event in to.events if event.kind in ACTIVITY and (since is None or event.at >= since)]
    return {
        "campaign_id": one.id, **who.list_keys, **who.keys(to), "activity": [_item(event) for event in events],
        "_links": _self(ask, one, "email-activity", to),
    }  # fmt: skip


def _item(event: Event) -> Json:
    detail = {"click": "url", "bounce": "type"}.get(event.kind)
    item: Json = {"action": event.kind} | ({"type": event.detail} if detail == "type" else {})
    return item | {"timestamp": iso(event.at)} | ({"url": event.detail} if detail == "url" else {}) | {"ip": CALLER}


def open_details(ask: Ask) -> Json:
    one, since = sent(ask), ask.time("since")
    found = [to for to in one.recipients.values() if to.of("open")]
    if since is not None:
        found = [to for to in found if to.of("open")[-1].at >= since]
    if sorted_by(ask, "opens_count"):
        found.sort(key=lambda to: len(to.of("open")), reverse=_backwards(ask))
    total = sum(len(to.of("open")) for to in found)
    own = sum(own_opens(to) for to in found)
    more = {"total_opens": total, "total_proxy_excluded_opens": own}
    return _page(ask, one, "open-details", "members", found, len(found), _opened, **more)


def open_details_of(ask: Ask) -> Json:
    return _one(ask, sent(ask), _opened, lambda to: bool(to.of("open")))


def _opened(ask: Ask, one: Campaign, who: Who, to: Recipient) -> Json:
    opens = to.of("open")
    return {
        "campaign_id": one.id, **who.list_keys, "contact_status": who.status(to), **who.person(to),
        "opens_count": len(opens), "proxy_excluded_opens_count": own_opens(to),
        "opens": [{"timestamp": iso(event.at), "is_proxy_open": event.detail == PROXY} for event in opens],
        "_links": _self(ask, one, "open-details", to),
    }  # fmt: skip


def own_opens(to: Recipient) -> int:
    """Opens that the person made, not a mail program by itself."""
    return sum(event.detail != PROXY for event in to.of("open"))


def sorted_by(ask: Ask, *known: str) -> str:
    sort = ask.params.get("sort_field", "")
    if sort and sort not in known:
        raise fields_invalid(("sort_field", "The value you selected is not a valid choice."))
    return sort


def _backwards(ask: Ask) -> bool:
    return ask.params.get("sort_dir", "").upper() == "DESC"


def _urls(one: Campaign) -> dict[str, str]:
    """Id -> address of every link that was counted."""
    count = max((to.combination for to in one.recipients.values()), default=0) + 1
    urls = dict.fromkeys(url for number in range(count) for url in links_of(content_of(one, number)))
    return {hashlib.blake2b(f"{one.id} {url}".encode(), digest_size=5).hexdigest(): url for url in urls}


def click_details(ask: Ask) -> Json:
    one = sent(ask)
    offset, count = ask.slice()
    found = one.tally()
    rows = [_link(ask, one, found, key, url) for key, url in _urls(one).items()]
    sort = sorted_by(ask, "total_clicks", "unique_clicks")
    if sort:
        rows.sort(key=lambda row: (row[sort], row["id"]), reverse=_backwards(ask))
    here = f"{ask.base}/reports/{one.id}/click-details"
    return collection("urls_clicked", rows[offset : offset + count], len(rows), here, campaign_id=one.id)


def click_details_of(ask: Ask) -> Json:
    one = sent(ask)
    return _link(ask, one, one.tally(), ask.args["link_id"], _url(ask, one))


def _url(ask: Ask, one: Campaign) -> str:
    url = _urls(one).get(ask.args["link_id"])
    if url is None:
        raise not_found()
    return url


def _link(ask: Ask, one: Campaign, found: Tally, key: str, url: str) -> Json:
    total, people = found.by_link[url], found.people_by_link[url]
    here = f"{ask.base}/reports/{one.id}/click-details"
    return {
        "id": key, "url": url, "total_clicks": total, "click_percentage": share(total, found.clicks),
        "unique_clicks": people, "unique_click_percentage": share(people, found.unique_clicks),
        "last_click": iso(found.last_by_link.get(url, 0)), "campaign_id": one.id,
        "_links": [link("parent", here), link("self", f"{here}/{key}"), link("members", f"{here}/{key}/members")],
    }  # fmt: skip


def share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0


def clickers(ask: Ask) -> Json:
    one = sent(ask)
    url = _url(ask, one)
    found = [to for to in one.recipients.values() if any(event.detail == url for event in to.of("click"))]
    part = f"click-details/{ask.args['link_id']}/members"
    return _page(ask, one, part, "members", found, len(found), _clicker)


def clicker(ask: Ask) -> Json:
    one = sent(ask)
    url = _url(ask, one)
    return _one(ask, one, _clicker, lambda to: any(event.detail == url for event in to.of("click")))


def _clicker(ask: Ask, one: Campaign, who: Who, to: Recipient) -> Json:
    url = _url(ask, one)
    return {
        **who.person(to), "clicks": sum(event.detail == url for event in to.of("click")), "campaign_id": one.id,
        "url_id": ask.args["link_id"], **who.list_keys, "contact_status": who.status(to),
        "_links": _self(ask, one, f"click-details/{ask.args['link_id']}/members", to),
    }  # fmt: skip


def sent_to(ask: Ask) -> Json:
    one = sent(ask)
    return _page(ask, one, "sent-to", "sent_to", one.recipients.values(), len(one.recipients), _sent)


def sent_to_one(ask: Ask) -> Json:
    return _one(ask, sent(ask), _sent)


def _sent(ask: Ask, one: Campaign, who: Who, to: Recipient) -> Json:
    opens = to.of("open")
    shown: Json = {**who.person(to), "status": to.bounced() or "sent", "open_count": len(opens)}
    shown["last_open"] = iso(opens[-1].at) if opens else ""
    if one.type == "variate":
        shown["absplit_group"] = "winner" if one.is_last(to) else variate.group(to.combination)
    more = {"gmt_offset": one.offset(to), "campaign_id": one.id, **who.list_keys}
    return shown | more | {"_links": _self(ask, one, "sent-to", to)}


def left(to: Recipient) -> bool:
    kinds = {event.kind for event in to.events}
    return "unsub" in kinds and "abuse" not in kinds


def unsubscribed(ask: Ask) -> Json:
    one = sent(ask)
    found = [to for to in one.recipients.values() if left(to)]
    return _page(ask, one, "unsubscribed", "unsubscribes", found, len(found), _unsub)


def unsubscribed_one(ask: Ask) -> Json:
    return _one(ask, sent(ask), _unsub, left)


def _unsub(ask: Ask, one: Campaign, who: Who, to: Recipient) -> Json:
    event = to.of("unsub")[-1]
    return {
        **who.person(to), "timestamp": iso(event.at), "reason": event.detail, "campaign_id": one.id, **who.list_keys,
        "_links": _self(ask, one, "unsubscribed", to),
    }  # fmt: skip


def abuse_reports(ask: Ask) -> Json:
    one = sent(ask)
    who = Who(ask, one)
    rows = [_abuse(ask, one, who, number, to) for number, to in complaints(one)]
    here = f"{ask.base}/reports/{one.id}/abuse-reports"
    return collection("abuse_reports", rows, len(rows), here, campaign_id=one.id)


def complaints(one: Campaign) -> list[tuple[int, Recipient]]:
    """Each with the number of its report, which never changes: complaints only follow upon each other."""
    found = [to for to in one.recipients.values() if to.of("abuse")]
    found.sort(key=lambda to: to.of("abuse")[0].at)
    return [(one.web_id * 1000 + place, to) for place, to in enumerate(found, 1)]


def abuse_report(ask: Ask) -> Json:
    one = sent(ask)
    for number, to in complaints(one):
        if str(number) == ask.args["report_id"]:
            return _abuse(ask, one, Who(ask, one), number, to)
    raise not_found()


def _abuse(ask: Ask, one: Campaign, who: Who, number: int, to: Recipient) -> Json:
    here = f"{ask.base}/reports/{one.id}/abuse-reports"
    return {
        "id": number, "campaign_id": one.id, **who.list_keys, **who.person(to),
        "date": iso(to.of("abuse")[0].at), "_links": [link("parent", here), link("self", f"{here}/{number}")],
    }  # fmt: skip


_R = "/reports/{campaign_id}"
_SORT = frozenset({"sort_field", "sort_dir"})
ROUTES: list[Route[Handler]] = [
    Route("GET", _R + "/email-activity", email_activity, PAGED | {"since"}),
    Route("GET", _R + "/email-activity/{key}", email_activity_of, FIELDS | {"since"}),
    Route("GET", _R + "/open-details", open_details, PAGED | _SORT | {"since"}),
    Route("GET", _R + "/open-details/{key}", open_details_of, FIELDS),
    Route("GET", _R + "/click-details", click_details, PAGED | _SORT),
    Route("GET", _R + "/click-details/{link_id}", click_details_of, FIELDS),
    Route("GET", _R + "/click-details/{link_id}/members", clickers, PAGED),
    Route("GET", _R + "/click-details/{link_id}/members/{key}", clicker, FIELDS),
    Route("GET", _R + "/sent-to", sent_to, PAGED),
    Route("GET", _R + "/sent-to/{key}", sent_to_one, FIELDS),
    Route("GET", _R + "/unsubscribed", unsubscribed, PAGED),
    Route("GET", _R + "/unsubscribed/{key}", unsubscribed_one, FIELDS),
    Route("GET", _R + "/abuse-reports", abuse_reports, FIELDS),
    Route("GET", _R + "/abuse-reports/{report_id}", abuse_report, FIELDS),
]
