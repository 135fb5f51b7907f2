"""A campaign's content, its checklist, and what can be done with it."""

from collections.abc import Callable
from typing import Any

from listloop.sandbox.clock import seconds_of
from listloop.sandbox.mailchimp import archives, plaintext, sending, targeting
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import md5
from listloop.sandbox.mailchimp.campaign import Campaign, Content, Letter, Recipient
from listloop.sandbox.mailchimp.campaigns import campaign, editable, show
from listloop.sandbox.mailchimp.checks import ADDRESS
from listloop.sandbox.mailchimp.compose import html_of, of_campaign
from listloop.sandbox.mailchimp.members import FIELDS, Handler
from listloop.sandbox.mailchimp.problems import GLOSSARY, ProblemError, fields_invalid, invalid
from listloop.sandbox.mailchimp.render import link
from listloop.sandbox.mailchimp.templates import content_from
from listloop.sandbox.wire import Json, Route

SOURCES = ("html", "template", "url", "archive", "plain_text", "variate_contents")
NOT_READY = "Your Campaign is not ready to send."
QUARTER = 900
AHEAD = 86_400  # seconds from which on a campaign may go by time zones (Mailchimp help)
UNREACHED = "We couldn't get the content of this URL. Please double check and try again."
RSS_ONLY = "This action is for RSS campaigns only."


def put_content(ask: Ask) -> Json:
    one = editable(ask)
    if not any(ask.body.get(name) for name in SOURCES):
        raise fields_invalid(("", "Data did not match any of the schemas described in anyOf."))
    if ask.body.get("variate_contents"):
        one.content = _variants(ask, ask.body["variate_contents"])
    else:
        one.content = _content(ask, ask.body, one.content)
    return _show_content(ask, one)


def _content(ask: Ask, given: Json, old: Content) -> Content:
    """Raises ProblemError (400). Without another source the plain text alone is replaced."""
    text = given.get("plain_text") or ""
    if given.get("html"):
        return Content(given["html"], text, "html")
    if given.get("template"):
        return content_from(ask, given["template"], text)
    if given.get("archive"):
        return Content(archives.content(ask, given["archive"]), text, "html")
    if given.get("url"):
        found = ask.facts.get(f"page {given['url']}")
        if not found:
            raise fields_invalid(("url", UNREACHED))
        return Content(found, text, "url")
    return Content(old.html, text, old.kind)


def _variants(ask: Ask, given: list[Any]) -> Content:
    made = []
    for place, one in enumerate(given):
        if not isinstance(one, dict) or not isinstance(one.get("content_label"), str):
            raise fields_invalid((f"variate_contents.item:{place}.content_label", "This value should not be blank."))
        content = _content(ask, one, Content())
        made.append((one["content_label"], content.html, content.plain_text))
    return Content(made[0][1], made[0][2], "html", tuple(made))


def get_content(ask: Ask) -> Json:
    return _show_content(ask, campaign(ask))


def _show_content(ask: Ask, one: Campaign) -> Json:
    content = one.content
    reader = of_campaign(ask.account, one, Recipient(0, "", ""))
    shown: Json = {}
    if content.variants:
        shown["variate_contents"] = [
            {"content_label": label, "html": html, "plain_text": text or plaintext.from_html(html)}
            for label, html, text in content.variants
        ]
    shown |= {
        "plain_text": content.plain_text or plaintext.from_html(content.html), "html": content.html,
        "archive_html": html_of(reader, ask.base.removesuffix("/3.0")),
    }  # fmt: skip
    here = f"{ask.base}/campaigns/{one.id}"
    return shown | {"_links": [link("self", f"{here}/content"), link("parent", here)]}


def checklist(ask: Ask, one: Campaign) -> list[Json]:
    """The items of the checklist; one of the type ``error`` keeps the campaign from being sent."""
    settings, audience = one.settings, ask.account.audiences.get(one.list_id)
    name = audience.settings["name"] if audience else ""
    count = targeting.count(ask.account, one, ask.now)
    what = "segment" if any(one.segment_opts.values()) else "list"
    rules: list[tuple[int, str, bool, str, str]] = [
        (501, "List", audience is not None, f'You are sending to "{name}".', "Choose a list to send to."),
        (502, "Recipients", count > 0, f"{count} recipients.", f'Your {what} of list "{name}" is empty.'),
        (503, "Subject", bool(_subject(one)), _subject(one), "Write a subject line."),
        (504, "From name", bool(settings["from_name"]), settings["from_name"], "Write a from name."),
        (505, "Reply-to", *_reply_to(ask, str(settings["reply_to"]))),
        (506, "Content", bool(one.content.html or one.content.plain_text), "The content is there.", "Add content."),
    ]
    if one.type == "rss":
        rules.append((507, "RSS", bool(one.rss_opts.get("feed_url")), "The feed is set.", "Name the feed."))
    items = [
        {"type": "success" if good else "error", "id": number, "heading": head, "details": yes if good else no}
        for number, head, good, yes, no in rules
    ]
    if "*|UNSUB" not in one.content.html.upper():
        footer = "There is no unsubscribe link in the content; a footer with one will be added."
        items.append({"type": "warning", "id": 508, "heading": "Unsubscribe", "details": footer})
    return items


def _subject(one: Campaign) -> str:
    tried = one.variate_settings.get("subject_lines") if one.type == "variate" else None
    return str(one.settings["subject_line"] or (tried or [""])[0])


def _reply_to(ask: Ask, address: str) -> tuple[bool, str, str]:
    if not ADDRESS.fullmatch(address):
        return False, "", "Write a reply-to address."
    domain = address.rpartition("@")[2].lower()
    known = ask.account.documents_at("/verified-domains")
    good = not ask.switches["reply_to_needs_verified_domain"] or bool(known.get(domain, {}).get("verified"))
    return good, address, f"The domain {domain} is not verified."


def get_checklist(ask: Ask) -> Json:
    one = campaign(ask)
    items = checklist(ask, one)
    here = f"{ask.base}/campaigns/{one.id}"
    ready = all(item["type"] != "error" for item in items)
    return {"is_ready": ready, "items": items, "_links": [link("self", f"{here}/send-checklist"), link("parent", here)]}


def test(ask: Ask) -> None:
    one = campaign(ask)
    addresses = ask.body.get("test_emails") or []
    errors = [] if addresses else [("test_emails", "This value should not be blank.")]
    errors += [("test_emails", f"{to} is no address.") for to in addresses if not ADDRESS.fullmatch(str(to))]
    if ask.body.get("send_type") not in {"html", "plaintext"}:
        errors.append(("send_type", "Data did not match any of the enum values."))
    if errors:
        raise fields_invalid(*errors)
    if not (one.content.html or one.content.plain_text):
        raise _not_ready()
    content = one.content
    if ask.body["send_type"] == "plaintext":
        content = Content("", content.plain_text or plaintext.from_html(content.html))
    settings = one.settings | {"subject_line": f"[Test] {one.settings['subject_line']}"}
    for to in addresses:
        letter = Letter(
            ask.account.token(20), "test", ask.now, one.list_id, Recipient(0, to, md5(to)), settings, content, one.id
        )
        ask.account.letters[letter.id] = letter


def _not_ready() -> ProblemError:
    return ProblemError(400, "Bad Request", NOT_READY)


def _ready(ask: Ask, one: Campaign) -> bool:
    return one.status in {"save", "paused"} and all(item["type"] != "error" for item in checklist(ask, one))


def send(ask: Ask) -> None:
    one = campaign(ask)
    if not _ready(ask, one):
        raise _not_ready()
    sending.begin(ask.account, one, ask.now)


def schedule(ask: Ask) -> None:
    one = campaign(ask)
    try:
        at = seconds_of(ask.body.get("schedule_time", ""))
    except ValueError:
        raise fields_invalid(("schedule_time", "This value is not a valid datetime.")) from None
    if not at:
        raise fields_invalid(("schedule_time", "This value should not be blank."))
    if ask.body.get("timewarp") and ask.body.get("batch_delivery"):
        raise invalid("timewarp and batch_delivery cannot be used together.")
    if at % QUARTER:
        raise invalid("Campaigns may only be scheduled to send on the quarter-hour (:00, :15, :30, :45).")
    ahead = AHEAD if ask.body.get("timewarp") else 0
    if at <= ask.now + ahead or not _ready(ask, one):
        raise ProblemError(400, "Bad Request", "This campaign cannot be scheduled: .")
    batches = ask.body.get("batch_delivery")
    if batches and (batches.get("batch_count", 0) < 1 or batches.get("batch_delay", 0) < 1):
        raise fields_invalid(("batch_delivery", "batch_count and batch_delay should be 1 or more."))
    one.batches = (batches["batch_count"], batches["batch_delay"]) if batches else None
    one.settings = one.settings | {"timewarp": bool(ask.body.get("timewarp")) and one.type != "variate"}
    sending.schedule(ask.account, one, at)


def unschedule(ask: Ask) -> None:
    one = campaign(ask)
    if one.status != "schedule":
        raise GLOSSARY["InvalidAction"]
    one.status, one.send_time = "save", 0
    one.settings = one.settings | {"timewarp": False}


def cancel_send(ask: Ask) -> None:
    one = campaign(ask)
    if one.status != "sending":
        raise GLOSSARY["InvalidAction"]
    sending.cancel(ask.account, one, ask.now)


def replicate(ask: Ask) -> Json:
    return show(ask, _copy(ask, campaign(ask), " (copy 01)"))


def create_resend(ask: Ask) -> Json:
    """To those who got it and did not open it."""
    one = campaign(ask)
    if one.status != "sent":
        raise GLOSSARY["InvalidAction"]
    made = _copy(ask, one, " (resend)")
    made.parent_id = one.id
    condition = {"condition_type": "Aim", "field": "aim", "op": "noopen", "value": str(one.web_id)}
    made.segment_opts = {"match": "all", "conditions": [condition]}
    return show(ask, made)


def _copy(ask: Ask, one: Campaign, suffix: str) -> Campaign:
    made = Campaign(
        ask.account.token(10), ask.account.number(), one.type, ask.now, one.list_id, dict(one.segment_opts),
        one.settings | {"title": one.title + suffix, "timewarp": False}, dict(one.tracking), dict(one.social_card),
        dict(one.variate_settings), dict(one.rss_opts), one.content,
    )  # fmt: skip
    ask.account.campaigns[made.id] = made
    return made


def pause(ask: Ask) -> None:
    _fed(ask, "sending").status = "paused"


def resume(ask: Ask) -> None:
    one = _fed(ask, "paused")
    one.status = "sending"
    sending.await_feed(ask.account, one, ask.now)


def _fed(ask: Ask, status: str) -> Campaign:
    """A feed campaign in this status. Raises ProblemError (400)."""
    one = campaign(ask)
    if one.type != "rss" or one.parent_id or one.status != status:
        raise ProblemError(400, "Bad Request", RSS_ONLY)
    return one


_ONE = "/campaigns/{campaign_id}"
_SCHEDULE = frozenset({"schedule_time", "timewarp", "batch_delivery"})
_ACTS: list[tuple[str, Callable[[Ask], Json | None], frozenset[str]]] = [
    ("test", test, frozenset({"test_emails", "send_type"})), ("send", send, frozenset()),
    ("schedule", schedule, _SCHEDULE), ("unschedule", unschedule, frozenset()),
    ("cancel-send", cancel_send, frozenset()), ("replicate", replicate, frozenset()),
    ("create-resend", create_resend, frozenset({"shortcut_type"})),
    ("pause", pause, frozenset()), ("resume", resume, frozenset()),
]  # fmt: skip

ROUTES: list[Route[Handler]] = [
    Route("GET", _ONE + "/content", get_content, FIELDS),
    Route("PUT", _ONE + "/content", put_content, FIELDS, frozenset(SOURCES)),
    Route("GET", _ONE + "/send-checklist", get_checklist, FIELDS),
    *[Route("POST", f"{_ONE}/actions/{name}", act, body=body) for name, act, body in _ACTS],
]
