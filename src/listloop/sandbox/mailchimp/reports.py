"""``/reports``: the report of a campaign, computed from what happened to its mails."""

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp import variate
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.campaign import Campaign, Recipient
from listloop.sandbox.mailchimp.campaigns import delivery
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import not_found
from listloop.sandbox.mailchimp.queries import bounds
from listloop.sandbox.mailchimp.render import collection, link
from listloop.sandbox.mailchimp.tally import HOUR, Tally, count
from listloop.sandbox.wire import Json, Route

PARTS = (
    "campaign", "sent-to", "abuse-reports", "unsubscribed", "click-details", "open-details", "email-activity",
    "domain-performance", "locations", "eepurl", "advice", "sub-reports", "ecommerce-product-activity",
)  # fmt: skip


def list_reports(ask: Ask) -> Json:
    offset, count = ask.slice()
    found = [one for one in ask.account.campaigns.values() if _reported(one)]
    if ask.params.get("type"):
        found = [one for one in found if one.type == ask.params["type"]]
    low, high = bounds(ask, "send_time")
    found = [one for one in found if (low is None or one.send_time >= low) and (high is None or one.send_time <= high)]
    shown = [show(ask, one) for one in found[offset : offset + count]]
    return collection("reports", shown, len(found), f"{ask.base}/reports")


def get_report(ask: Ask) -> Json:
    return show(ask, sent(ask))


def sent(ask: Ask) -> Campaign:
    """Raises ProblemError (404) for a campaign that has not been sent: it has no report."""
    one = variate.find(ask.account, ask.args["campaign_id"])
    if one is None or not _reported(one):
        raise not_found()
    return one


def _reported(one: Campaign) -> bool:
    """Also a campaign that is still on its way, once somebody has got it; and a feed that has sent something."""
    return one.status == "sent" or bool(one.recipients) or "last" in one.news


def show(ask: Ask, one: Campaign) -> Json:
    found = one.tally()
    audience = ask.account.audiences.get(one.list_id)
    here = f"{ask.base}/reports/{one.id}"
    return {
        **({"rss_last_send": iso(one.news["last"])} if "last" in one.news else {}),
        "id": one.id, "campaign_title": one.title, "type": one.type, "list_id": one.list_id,
        "list_is_active": audience is not None, "list_name": audience.settings["name"] if audience else "",
        "subject_line": one.settings["subject_line"], "preview_text": one.settings["preview_text"],
        "emails_sent": found.sent, "abuse_reports": found.complaints, "unsubscribed": found.unsubscribed,
        "send_time": iso(one.send_time),
        "bounces": {"hard_bounces": found.hard, "soft_bounces": found.soft, "syntax_errors": 0},
        "forwards": {"forwards_count": 0, "forwards_opens": 0}, "opens": _opens(found), "clicks": _clicks(found),
        "facebook_likes": {"recipient_likes": 0, "unique_likes": 0, "facebook_likes": 0},
        "industry_stats": {
            "type": "Other", "open_rate": 0.22, "click_rate": 0.024, "bounce_rate": 0.008, "unopen_rate": 0.77,
            "unsub_rate": 0.002, "abuse_rate": 0.0002,
        },
        "list_stats": _list_stats(ask, one), "timeseries": _timeseries(one, found),
        "share_report": {"share_url": "", "share_password": ""},
        "ecommerce": ask.account.revenue(one.id) | {"currency_code": "USD"}, "delivery_status": delivery(one),
        **({"timewarp": _zones(one)} if one.warped else {}),
        "_links": [
            link("parent", f"{ask.base}/reports"), link("self", here),
            link("campaign", f"{ask.base}/campaigns/{one.id}"),
            *[link(part, f"{here}/{part}") for part in PARTS[1:]],
        ],
    }  # fmt: skip


def _opens(found: Tally) -> Json:
    rate = found.rate(found.openers)
    return {
        "opens_total": found.opens, "unique_opens": found.openers, "open_rate": rate,
        "last_open": iso(found.last_open), "proxy_excluded_opens": found.own_opens,
        "proxy_excluded_unique_opens": found.own_openers, "proxy_excluded_open_rate": found.rate(found.own_openers),
    }  # fmt: skip


def _clicks(found: Tally) -> Json:
    return {
        "clicks_total": found.clicks, "unique_clicks": found.unique_clicks,
        "unique_subscriber_clicks": found.clickers, "click_rate": found.rate(found.clickers),
        "last_click": iso(found.last_click),
    }  # fmt: skip


def _list_stats(ask: Ask, one: Campaign) -> Json:
    """Of the whole audience, 0 to 100, unlike the rates of the campaign."""
    audience = ask.account.audiences.get(one.list_id)
    rates = audience.rates() if audience else (0.0, 0.0)
    return {"sub_rate": 0, "unsub_rate": 0, "open_rate": rates[0], "click_rate": rates[1]}


def _timeseries(one: Campaign, found: Tally) -> list[Json]:
    """The first 24 hours, hour by hour, from the full hour of the sending on."""
    start = one.send_time // HOUR
    return [
        {
            "timestamp": iso((start + hour) * HOUR), "emails_sent": found.sent if hour == 0 else 0,
            "unique_opens": found.openers_by_hour[start + hour],
            "recipients_clicks": found.clickers_by_hour[start + hour],
        }
        for hour in range(24)
    ]  # fmt: skip


def _zones(one: Campaign) -> list[Json]:
    """The numbers of each time zone, the east first."""
    zones: dict[int, list[Recipient]] = {}
    for to in one.recipients.values():
        zones.setdefault(one.offset(to), []).append(to)
    return [_zone(offset, zones[offset]) for offset in sorted(zones, reverse=True)]


def _zone(offset: int, people: list[Recipient]) -> Json:
    found = count([(to.wave, to.events) for to in people])
    return {
        "gmt_offset": offset, "opens": found.opens, "last_open": iso(found.last_open), "unique_opens": found.openers,
        "clicks": found.clicks, "last_click": iso(found.last_click), "unique_clicks": found.unique_clicks,
        "bounces": found.hard + found.soft,
    }  # fmt: skip


ROUTES: list[Route[Handler]] = [
    Route("GET", "/reports", list_reports, PAGED | {"type", "before_send_time", "since_send_time"}),
    Route("GET", "/reports/{campaign_id}", get_report, FIELDS),
]
