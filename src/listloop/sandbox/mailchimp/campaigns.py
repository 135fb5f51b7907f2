"""``/campaigns``: the resource, its filters, and the search over it."""

from html import escape

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp import targeting, variate, waves
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.campaign import CREATABLE, EDITABLE, Campaign
from listloop.sandbox.mailchimp.checks import check_number
from listloop.sandbox.mailchimp.compose import archive_of
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid, invalid, wrong_method
from listloop.sandbox.mailchimp.queries import bounds
from listloop.sandbox.mailchimp.render import collection, link, resource_links
from listloop.sandbox.mailchimp.templates import content_from
from listloop.sandbox.wire import Json, Route

BODY = frozenset({
    "type", "recipients", "settings", "variate_settings", "tracking", "rss_opts", "social_card", "content_type",
})  # fmt: skip
SETTINGS: Json = {
    "subject_line": "", "preview_text": "", "title": "", "from_name": "", "reply_to": "", "use_conversation": False,
    "to_name": "", "folder_id": "", "authenticate": True, "auto_footer": False, "inline_css": False,
    "auto_tweet": False, "fb_comments": True, "timewarp": False, "template_id": 0, "drag_and_drop": False,
}  # fmt: skip
TRACKING: Json = {
    "opens": True, "html_clicks": True, "text_clicks": False, "goal_tracking": False, "ecomm360": False,
    "google_analytics": "", "clicktale": "",
}  # fmt: skip
SEGMENT = frozenset({"saved_segment_id", "prebuilt_segment_id", "match", "conditions"})
VARIATE = frozenset({
    "winner_criteria", "wait_time", "test_size", "subject_lines", "send_times", "from_names", "reply_to_addresses",
})  # fmt: skip
CRITERIA = ("opens", "clicks", "manual", "total_revenue")
MOST_TESTED = (10, 100)  # percent
HOUR = 60  # minutes
STATUSES = ("save", "paused", "schedule", "sending", "sent")
ENUM = "Data did not match any of the enum values."
NOT_NOW = "This campaign is {}; only a campaign that is saved or paused can be changed."


def list_campaigns(ask: Ask) -> Json:
    offset, count = ask.slice()
    if ask.params.get("status", "save") not in STATUSES:
        raise fields_invalid(("status", "The value you selected is not a valid choice."))
    found = [one for one in ask.account.campaigns.values() if _kept(ask, one)]
    for name, attribute in (("send_time", "send_time"), ("create_time", "created")):
        low, high = bounds(ask, name)
        if low is not None:
            found = [one for one in found if getattr(one, attribute) >= low]
        if high is not None:
            found = [one for one in found if 0 < getattr(one, attribute) <= high]
    sort = ask.params.get("sort_field")
    if sort not in {None, "create_time", "send_time"}:
        raise fields_invalid(("sort_field", "The value you selected is not a valid choice."))
    if sort:
        by = {"create_time": "created", "send_time": "send_time"}[sort]
        backwards = ask.params.get("sort_dir", "").upper() == "DESC"
        found.sort(key=lambda one: (getattr(one, by), one.web_id), reverse=backwards)
    shown = [show(ask, one) for one in found[offset : offset + count]]
    return collection("campaigns", shown, len(found), f"{ask.base}/campaigns")


def _kept(ask: Ask, one: Campaign) -> bool:
    params = ask.params
    if params.get("type") and one.type not in params["type"].split(","):
        return False
    if params.get("folder_id") and one.settings.get("folder_id") != params["folder_id"]:
        return False
    if params.get("member_id") and all(to.email_id != params["member_id"] for to in one.recipients.values()):
        return False
    return params.get("status") in {None, "", one.status} and params.get("list_id") in {None, "", one.list_id}


def post_campaign(ask: Ask) -> Json:
    kind = ask.body.get("type")
    if kind not in CREATABLE:
        raise fields_invalid(("type", ENUM if kind else "This value should not be blank."))
    _check(ask)
    one = Campaign(ask.account.token(10), ask.account.number(), kind, ask.now)
    one.settings, one.tracking = dict(SETTINGS), dict(TRACKING)
    _write(ask, one)
    ask.account.campaigns[one.id] = one
    return show(ask, one)


def get_campaign(ask: Ask) -> Json:
    return show(ask, campaign(ask))


def patch_campaign(ask: Ask) -> Json:
    one = editable(ask)
    _check(ask)
    _write(ask, one)
    return show(ask, one)


def delete_campaign(ask: Ask) -> None:
    one = campaign(ask)
    if one.status in {"sending", "canceling"}:
        raise wrong_method("GET", "A campaign that is being sent cannot be deleted.")
    del ask.account.campaigns[one.id]
    audience = ask.account.audiences.get(one.list_id)
    if audience:
        audience.sent.pop(one.id, None)


def campaign(ask: Ask) -> Campaign:
    return ask.account.campaign(ask.args["campaign_id"])


def editable(ask: Ask) -> Campaign:
    """Raises ProblemError (400) for a campaign that is scheduled, on its way or sent."""
    one = campaign(ask)
    if one.status not in EDITABLE:
        raise invalid(NOT_NOW.format(one.status))
    return one


def _check(ask: Ask) -> None:
    """Raises ProblemError (400) before anything is changed."""
    body = ask.body
    errors: list[tuple[str, str]] = []
    if "recipients" in body:
        errors += _wrong_recipients(ask, body["recipients"])
    settings = body.get("settings", {})
    folder = settings.get("folder_id")
    if folder and folder not in ask.account.documents.get("/campaign-folders", {}):
        errors.append(("settings.folder_id", "This folder does not exist."))
    errors += _wrong_trial(body.get("variate_settings"))
    if settings.get("template_id") and not errors:
        content_from(ask, {"id": settings["template_id"]})
    if errors:
        raise fields_invalid(*errors)


def _wrong_trial(tried: Json | None) -> list[tuple[str, str]]:
    if tried is None:
        return []
    errors: list[tuple[str, str]] = []
    if tried.get("winner_criteria") not in CRITERIA:
        errors.append(("winner_criteria", ENUM))
    if not MOST_TESTED[0] <= tried.get("test_size", 100) <= MOST_TESTED[1]:
        errors.append(("test_size", "This value should be between 10 and 100."))
    if tried.get("wait_time", HOUR) <= 0 or tried.get("wait_time", HOUR) % HOUR:
        errors.append(("wait_time", "This value should be a positive number of whole hours, in minutes."))
    names, addresses = tried.get("from_names", []), tried.get("reply_to_addresses", [])
    if addresses and len(addresses) != len(names):
        errors.append(("reply_to_addresses", "There must be as many reply-to addresses as from names."))
    try:
        for time in tried.get("send_times", []):
            waves.seconds(time)
    except ValueError:
        errors.append(("send_times", "This value is not a valid datetime."))
    return [(f"variate_settings.{name}", text) for name, text in errors]


def _wrong_recipients(ask: Ask, recipients: Json) -> list[tuple[str, str]]:
    audience = ask.account.audiences.get(str(recipients.get("list_id", "")))
    options = recipients.get("segment_opts") or {}
    if audience is None:
        return [("recipients.list_id", "The provided list id does not match any list in the system.")]
    if not isinstance(options, dict):
        return [("recipients.segment_opts", "Schema describes object, another type found instead")]
    check_number(ask, options, "recipients.segment_opts.conditions")
    targeting.check(ask.account, audience, options, ask.now)
    return []


def _write(ask: Ask, one: Campaign) -> None:
    body = ask.body
    if "recipients" in body:
        one.list_id = body["recipients"]["list_id"]
        options = body["recipients"].get("segment_opts") or {}
        one.segment_opts = {name: value for name, value in options.items() if name in SEGMENT}
    given = {name: value for name, value in body.get("settings", {}).items() if name in SETTINGS and value is not None}
    one.settings = one.settings | given
    one.tracking = one.tracking | {key: on for key, on in body.get("tracking", {}).items() if key in TRACKING}
    for name in ("social_card", "rss_opts"):
        if name in body:
            setattr(one, name, body[name])
    if "variate_settings" in body:
        one.variate_settings = {key: part for key, part in body["variate_settings"].items() if key in VARIATE}
    if given.get("template_id"):
        one.content = content_from(ask, {"id": given["template_id"]})


def show(ask: Ask, one: Campaign) -> Json:
    archive = archive_of(ask.base, one)
    shown: Json = {
        "id": one.id, "web_id": one.web_id, "type": one.type, "create_time": iso(one.created),
        "archive_url": archive, "long_archive_url": archive, "status": one.status,
        "emails_sent": len(one.recipients), "send_time": iso(one.send_time),
        "content_type": one.content.kind, "needs_block_refresh": False,
        "resendable": one.status == "sent" and one.type == "regular", "recipients": _recipients(ask, one),
        "settings": one.settings,
    }  # fmt: skip
    if one.parent_id:
        shown["parent_campaign_id"] = one.parent_id
    if one.type == "variate":
        shown["variate_settings"] = variate.shown(one)
    shown["tracking"] = one.tracking
    if one.rss_opts:
        shown["rss_opts"] = one.rss_opts
    if one.social_card:
        shown["social_card"] = one.social_card
    if one.status == "sent" or one.recipients:
        shown["report_summary"] = summary(ask, one)
    return shown | {"delivery_status": delivery(one), "_links": _links(ask, one)}


def _recipients(ask: Ask, one: Campaign) -> Json:
    audience = ask.account.audiences.get(one.list_id)
    count = len(one.recipients) if one.status == "sent" else targeting.count(ask.account, one, ask.now)
    shown: Json = {
        "list_id": one.list_id, "list_is_active": audience is not None,
        "list_name": audience.settings["name"] if audience else "",
        "segment_text": targeting.described(audience, one.segment_opts), "recipient_count": count,
    }  # fmt: skip
    if any(one.segment_opts.values()):
        shown["segment_opts"] = targeting.shown(audience, one.segment_opts)
    return shown


def summary(ask: Ask, one: Campaign) -> Json:
    found = one.tally()
    return {
        "opens": found.opens, "unique_opens": found.openers, "open_rate": found.rate(found.openers),
        "clicks": found.clicks, "subscriber_clicks": found.clickers, "click_rate": found.rate(found.clickers),
        "ecommerce": ask.account.revenue(one.id),
    }  # fmt: skip


def delivery(one: Campaign) -> Json:
    status = {"sending": "delivering", "canceling": "canceling", "canceled": "canceled"}.get(one.status)
    if status is None:
        return {"enabled": False}
    return {
        "enabled": True, "can_cancel": one.status == "sending", "status": status,
        "emails_sent": len(one.recipients), "emails_canceled": one.canceled,
    }  # fmt: skip


def _links(ask: Ask, one: Campaign) -> list[Json]:
    here = f"{ask.base}/campaigns/{one.id}"
    acts = ("send", "cancel-send", "schedule", "unschedule", "test", "replicate")
    return [
        *resource_links(f"{ask.base}/campaigns", one.id), link("feedback", f"{here}/feedback"),
        link("content", f"{here}/content"), link("send_checklist", f"{here}/send-checklist"),
        *[link(act.replace("-", "_"), f"{here}/actions/{act}", "POST") for act in acts],
        *([link("reports", f"{ask.base}/reports/{one.id}")] if one.status == "sent" else []),
    ]  # fmt: skip


def search(ask: Ask) -> Json:
    query = ask.params.get("query", "").strip().lower()
    if not query:
        raise fields_invalid(("query", "This value should not be blank."))
    found = [
        one
        for one in ask.account.campaigns.values()
        if any(query in str(one.settings.get(name, "")).lower() for name in ("title", "subject_line"))
    ]
    results = [{"campaign": show(ask, one), "snippet": _snippet(one, query)} for one in found]
    return collection("results", results, len(found), f"{ask.base}/search-campaigns")


def _snippet(one: Campaign, query: str) -> str:
    """The words that were found, with what was looked for in bold."""
    texts = (str(one.settings.get(name, "")) for name in ("title", "subject_line"))
    text = next(text for text in texts if query in text.lower())
    at = text.lower().index(query)
    return f"{escape(text[:at])}<b>{escape(text[at : at + len(query)])}</b>{escape(text[at + len(query) :])}"


_ONE = "/campaigns/{campaign_id}"

ROUTES: list[Route[Handler]] = [
    Route(
        "GET", "/campaigns", list_campaigns,
        PAGED | {
            "type", "status", "before_send_time", "since_send_time", "before_create_time", "since_create_time",
            "list_id", "folder_id", "member_id", "sort_field", "sort_dir", "include_resend_shortcut_eligibility",
        },
    ),
    Route("POST", "/campaigns", post_campaign, body=BODY),
    Route("GET", _ONE, get_campaign, FIELDS | {"include_resend_shortcut_eligibility"}),
    Route("PATCH", _ONE, patch_campaign, body=BODY),
    Route("DELETE", _ONE, delete_campaign),
    Route("GET", "/search-campaigns", search, FIELDS | {"query"}),
]  # fmt: skip
