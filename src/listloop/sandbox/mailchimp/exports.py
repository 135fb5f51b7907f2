"""``/account-exports``: all that the account holds, as a zip; audiences are CSV files (Mailchimp help, exports)."""

import base64
import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator

from listloop.sandbox.clock import iso, seconds_of
from listloop.sandbox.mailchimp import merge, storage
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience, unique_id
from listloop.sandbox.mailchimp.campaign import Campaign
from listloop.sandbox.mailchimp.member import Member, codes_of
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import ProblemError, fields_invalid, not_found
from listloop.sandbox.mailchimp.render import collection, link
from listloop.sandbox.wire import Json, Route

TAKES = 2  # seconds
DAY = 86_400
LASTS = 90 * DAY
BLANK = "This value should not be blank."
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""A zip must be the same bytes whenever it is made."""
META = (
    "MEMBER_RATING", "OPTIN_TIME", "OPTIN_IP", "CONFIRM_TIME", "CONFIRM_IP", "LATITUDE", "LONGITUDE", "GMTOFF",
    "DSTOFF", "TIMEZONE", "CC", "REGION", "LAST_CHANGED", "LEID", "EUID", "NOTES", "TAGS",
)  # fmt: skip
FILES = (
    ("subscribed", "subscribed", ()), ("unsubscribed", "unsubscribed", ("UNSUB_TIME", "UNSUB_REASON")),
    ("cleaned", "cleaned", ("CLEAN_TIME",)), ("nonsubscribed", "transactional", ()),
)  # fmt: skip
"""(start of the file's name, status of the members in it, columns of its own)."""
Part = tuple[str, bytes]
"""Path in the zip, and what stands there."""


def post_export(ask: Ask) -> Json:
    """Shown as finished two seconds later; one at a time, and one a day."""
    stages = ask.body.get("include_stages") or []
    if not stages or set(map(str, stages)) - _STAGES.keys():
        raise fields_invalid(("include_stages", "Data did not match any of the enum values." if stages else BLANK))
    try:
        since = seconds_of(ask.body.get("since_timestamp") or "")
    except ValueError:
        raise fields_invalid(("since_timestamp", "This value is not a valid datetime.")) from None
    exports = ask.account.documents_at("/account-exports")
    if any(one["started"] > ask.now - TAKES for one in exports.values()):
        raise ProblemError(400, "Account Export in Progress", "An account export is running already.")
    if any(one["started"] > ask.now - DAY for one in exports.values()):
        raise ProblemError(400, "Too Many Account Exports", "One export in 24 hours is allowed.")
    number = ask.account.number()
    archive = _zip(part for stage in dict.fromkeys(stages) for part in _STAGES[stage](ask, since))
    exports[str(number)] = {"export_id": number, "started": ask.now, "archive": archive}
    return _show(ask, exports[str(number)])


def list_exports(ask: Ask) -> Json:
    offset, count = ask.slice()
    found = list(ask.account.documents_at("/account-exports").values())
    shown = [_show(ask, one) for one in found[offset : offset + count]]
    return collection("exports", shown, len(found), f"{ask.base}/account-exports")


def get_export(ask: Ask) -> Json:
    found = ask.account.documents_at("/account-exports").get(ask.args["export_id"])
    if found is None:
        raise not_found()
    return _show(ask, found)


def _show(ask: Ask, one: Json) -> Json:
    ends = one["started"] + TAKES
    done, here = ask.now >= ends, f"{ask.base}/account-exports/{one['export_id']}"
    there = storage.address(ask.account, ask.base, f"exports/{one['export_id']}.zip", ends + LASTS)
    return {
        "export_id": one["export_id"], "started": iso(one["started"]), "finished": iso(ends) if done else "",
        "size_in_bytes": len(one["archive"]) if done else 0,
        "download_url": there if done and ask.now <= ends + LASTS else "",
        "_links": [link("self", here), link("parent", f"{ask.base}/account-exports")],
    }  # fmt: skip


def _zip(parts: Iterable[Part]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, data in parts:
            packed.writestr(zipfile.ZipInfo(path, ZIP_TIME), data, zipfile.ZIP_DEFLATED)
    return raw.getvalue()


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _named(name: str) -> str:
    """A text as part of a path."""
    return re.sub(r"[^\w-]+", "_", name).strip("_") or "_"


def _audiences(ask: Ask, since: int) -> Iterator[Part]:
    for audience in ask.account.audiences.values():
        folder = f"audiences/{_named(audience.settings['name'])}_{audience.id}"
        for name, status, more in FILES:
            fields = list(audience.merge_fields.values())
            heads = ("Email Address", *(field.name for field in fields), *META, *more)
            found = (one for one in audience.arrived.each(codes_of(status)) if one.last_changed >= since)
            rows = (_line(audience, member, status) for member in found)
            yield f"{folder}/{name}_members_export_{audience.id}.csv", _csv([heads, *rows])


def _line(audience: Audience, member: Member, status: str) -> list[object]:
    extra, place = member.extra, member.place
    left = {
        "unsubscribed": [_time(extra.left if extra else 0), member.reason], "cleaned": [_time(member.last_changed)],
    }  # fmt: skip
    point = (extra and extra.location) or (place[-2:] if place else ("", ""))
    return [
        member.email, *(_text(member, field.merge_id) for field in audience.merge_fields.values()),
        member.rating, _time(member.timestamp_signup), member.ip_signup, _time(member.timestamp_opt), member.ip_opt,
        *point, *_where(member),
        _time(member.last_changed), member.web_id, unique_id(member.email),
        "\n".join(note["note"] for note in extra.notes) if extra else "",
        ",".join(f'"{audience.segments[tag].name}"' for tag in member.tag_ids()), *left.get(status, []),
    ]  # fmt: skip


def _where(member: Member) -> tuple[object, ...]:
    """GMTOFF, DSTOFF, TIMEZONE, CC and REGION."""
    place = member.place
    return (place.offset, place.offset, place.timezone, place.country_code, place.region) if place else ("",) * 5


def _time(seconds: int) -> str:
    return iso(seconds)[:19].replace("T", " ")


def _text(member: Member, merge_id: int) -> str:
    """An address is one text, its parts two spaces apart."""
    value = merge.shown(member.value(merge_id))
    return "  ".join(value.values()) if isinstance(value, dict) else str(value)


def _campaigns(ask: Ask, since: int) -> Iterator[Part]:
    for one in _since(ask, since):
        yield f"campaigns/{_named(one.title)}_{one.id}.html", one.content.html.encode()


def _since(ask: Ask, since: int) -> Iterator[Campaign]:
    return (one for one in ask.account.campaigns.values() if max(one.created, one.send_time) >= since)


def _reports(ask: Ask, since: int) -> Iterator[Part]:
    heads = (
        "Title", "Subject", "Audience", "Send Date", "Total Recipients", "Successful Deliveries", "Soft Bounces",
        "Hard Bounces", "Unique Opens", "Total Opens", "Unique Clicks", "Total Clicks", "Unsubscribes",
        "Abuse Complaints", "Unique Id",
    )  # fmt: skip
    rows = [
        (
            one.title, one.settings.get("subject_line", ""), one.list_id, _time(one.send_time), found.sent,
            found.delivered, found.soft, found.hard, found.openers, found.opens, found.clickers, found.clicks,
            found.unsubscribed, found.complaints, one.id,
        )
        for one in _since(ask, since)
        if one.recipients
        for found in (one.tally(),)
    ]  # fmt: skip
    yield "reports/campaigns.csv", _csv([heads, *rows])


def _events(ask: Ask, since: int) -> Iterator[Part]:
    rows = [
        (audience.id, member.email, event["name"], event["occurred_at"])
        for audience in ask.account.audiences.values()
        for member in audience.by_id.values()
        if member.extra
        for event in member.extra.events
        if seconds_of(event["occurred_at"]) >= since
    ]
    yield "events/events.csv", _csv([("Audience", "Email Address", "Event", "Time"), *rows])


def _files(ask: Ask, since: int) -> Iterator[Part]:
    for number, one in ask.account.documents.get("/file-manager/files", {}).items():
        if seconds_of(one["created_at"]) >= since:
            yield f"gallery_files/{number}_{_named(one['name'])}", base64.b64decode(one["file_data"])


def _templates(ask: Ask, since: int) -> Iterator[Part]:
    for number, one in ask.account.documents.get("/templates", {}).items():
        if seconds_of(one["date_created"]) >= since:
            yield f"templates/{_named(one['name'])}_{number}.html", str(one.get("html", "")).encode()


_STAGES: dict[str, Callable[[Ask, int], Iterator[Part]]] = {
    "audiences": _audiences, "campaigns": _campaigns, "events": _events, "gallery_files": _files, "reports": _reports,
    "templates": _templates,
}  # fmt: skip

ROUTES: list[Route[Handler]] = [
    Route("GET", "/account-exports", list_exports, PAGED),
    Route("POST", "/account-exports", post_export, body=frozenset({"include_stages", "since_timestamp"})),
    Route("GET", "/account-exports/{export_id}", get_export, FIELDS),
]
