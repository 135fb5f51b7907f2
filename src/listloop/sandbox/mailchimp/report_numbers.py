"""What a report says of the whole campaign: by domain, place, visit and product; advice; the reports of its parts."""

from collections import Counter

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp import variate
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.compose import archive_of
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.render import collection, link
from listloop.sandbox.mailchimp.report_parts import left, own_opens, share, sorted_by
from listloop.sandbox.mailchimp.reports import sent, show
from listloop.sandbox.wire import Json, Route


def domain_performance(ask: Ask) -> Json:
    """The five domains with the most recipients."""
    one = sent(ask)
    rows: dict[str, Json] = {}
    for to in one.recipients.values():
        domain = to.email.rpartition("@")[2].lower()
        row = rows.setdefault(domain, dict.fromkeys(("emails_sent", "bounces", "opens", "clicks", "unsubs"), 0))
        row["emails_sent"] += 1
        row["bounces"] += bool(to.bounced())
        row["opens"] += bool(to.of("open"))
        row["clicks"] += bool(to.of("click"))
        row["unsubs"] += left(to)
    top = sorted(rows.items(), key=lambda pair: (-pair[1]["emails_sent"], pair[0]))[:5]
    shown = []
    for domain, row in top:
        delivered = row["emails_sent"] - row["bounces"]
        parts = {f"{name}_pct": share(row[name], delivered) for name in ("opens", "clicks", "unsubs")}
        parts["emails_pct"] = share(row["emails_sent"], len(one.recipients))
        parts["bounces_pct"] = share(row["bounces"], row["emails_sent"])
        shown.append({"domain": domain, **row, "delivered": delivered, **parts})
    here = f"{ask.base}/reports/{one.id}/domain-performance"
    total = len(one.recipients)
    return collection("domains", shown, len(shown), here, campaign_id=one.id) | {"total_sent": total}


def locations(ask: Ask) -> Json:
    """Opens by country and region, as far as one knows where people are; the others are of no place."""
    one = sent(ask)
    offset, count = ask.slice()
    audience = ask.account.audiences.get(one.list_id)
    opens: Counter[tuple[str, str, str]] = Counter()
    own: Counter[tuple[str, str, str]] = Counter()
    for to in one.recipients.values():
        member = audience.numbered(to.web_id) if audience else None
        place = member.place if member else None
        key = (place.country_code, place.region, place.region_name) if place else ("", "", "")
        opens[key] += len(to.of("open"))
        own[key] += own_opens(to)
    rows = [
        {
            "country_code": key[0], "region": key[1], "region_name": key[2] or "Rest of Country", "opens": number,
            "proxy_excluded_opens": own[key],
        }
        for key, number in opens.most_common()
        if number
    ]  # fmt: skip
    here = f"{ask.base}/reports/{one.id}/locations"
    return collection("locations", rows[offset : offset + count], len(rows), here, campaign_id=one.id)


def eepurl(ask: Ask) -> Json:
    """Visits of the public archive page, by where they came from."""
    one = sent(ask)
    by_referrer: dict[str, list[int]] = {}
    for at, referrer in one.visits:
        by_referrer.setdefault(referrer, []).append(at)
    referrers = [{"referrer": name, **_visits(times)} for name, times in by_referrer.items() if name]
    clicks = _visits([at for at, _ in one.visits]) | {"locations": []}
    return {
        "twitter": {"tweets": 0, "first_tweet": "", "last_tweet": "", "retweets": 0, "statuses": []},
        "clicks": clicks, "referrers": referrers, "eepurl": archive_of(ask.base, one), "campaign_id": one.id,
        "total_items": len(referrers), "_links": [link("self", f"{ask.base}/reports/{one.id}/eepurl")],
    }  # fmt: skip


def _visits(times: list[int]) -> Json:
    first, last = min(times, default=0), max(times, default=0)
    return {"clicks": len(times), "first_click": iso(first), "last_click": iso(last)}


def advice(ask: Ask) -> Json:
    one = sent(ask)
    found = one.tally()
    rows = []
    if found.hard + found.soft > found.sent / 20:
        rows.append({"type": "negative", "message": "More than five percent of the mails bounced."})
    if found.complaints:
        rows.append({"type": "negative", "message": "Somebody marked this campaign as spam."})
    here = f"{ask.base}/reports/{one.id}/advice"
    return collection("advice", rows, len(rows), here, campaign_id=one.id)


def sub_reports(ask: Ask) -> Json:
    one = sent(ask)
    fed = [other for other in ask.account.campaigns.values() if other.parent_id == one.id and other.status == "sent"]
    rows = [show(ask, other) for other in [*variate.children(one), *fed]]
    here = f"{ask.base}/reports/{one.id}/sub-reports"
    return collection("reports", rows, len(rows), here, campaign_id=one.id)


def product_activity(ask: Ask) -> Json:
    one = sent(ask)
    offset, count = ask.slice()
    sort = sorted_by(ask, "title", "total_revenue", "total_purchased")
    rows: dict[str, Json] = {}
    for order in ask.account.orders():
        for line in order.get("lines", []) if order.get("campaign_id") == one.id else ():
            row = rows.setdefault(line["product_id"], {
                "title": line.get("product_title") or line["product_id"], "sku": "", "image_url": "",
                "total_revenue": 0, "total_purchased": 0, "currency_code": order["currency_code"],
                "recommendation_total": 0, "recommendation_purchased": 0,
            })  # fmt: skip
            row["total_purchased"] += line["quantity"]
            row["total_revenue"] = round(row["total_revenue"] + line["quantity"] * line["price"], 2)
    shown = sorted(rows.values(), key=lambda row: row[sort]) if sort else list(rows.values())
    here = f"{ask.base}/reports/{one.id}/ecommerce-product-activity"
    return collection("products", shown[offset : offset + count], len(shown), here)


_R = "/reports/{campaign_id}"
ROUTES: list[Route[Handler]] = [
    Route("GET", _R + "/domain-performance", domain_performance, FIELDS),
    Route("GET", _R + "/locations", locations, PAGED),
    Route("GET", _R + "/eepurl", eepurl, FIELDS),
    Route("GET", _R + "/advice", advice, FIELDS),
    Route("GET", _R + "/sub-reports", sub_reports, FIELDS),
    Route("GET", _R + "/ecommerce-product-activity", product_activity, PAGED | {"sort_field"}),
]
