"""Members and lists as Mailchimp shows them, in its order of keys, and only the parts that were asked for."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp import merge
from listloop.sandbox.mailchimp.ask import Ask, Tree, only
from listloop.sandbox.mailchimp.audience import Audience, unique_id
from listloop.sandbox.mailchimp.member import Member
from listloop.sandbox.switches import Switches
from listloop.sandbox.wire import Json

HERE = "{id}"
TAGS_SHOWN = 50
STALE = 300  # seconds
LARGE = 10  # recipients from which a campaign counts as the last one sent
SCHEMAS = "https://us1.api.mailchimp.com/schema/3.0/"
ABSENT: Any = object()
LACKING = frozenset({
    "full_name", "web_id", "unsubscribe_reason", "consents_to_one_to_one_messaging", "sms_phone_number",
    "sms_subscription_status", "sms_subscription_last_updated", "marketing_permissions", "source",
})  # fmt: skip
_MEMBER_LINKS = (
    ("self", "", "GET"), ("parent", None, "GET"), ("update", "", "PATCH"), ("upsert", "", "PUT"),
    ("delete", "", "DELETE"), ("activity", "/activity", "GET"), ("goals", "/goals", "GET"), ("notes", "/notes", "GET"),
    ("events", "/events", "POST"), ("delete_permanent", "/actions/delete-permanent", "POST"),
)  # fmt: skip


def link(rel: str, href: str, method: str = "GET", schema: str = "") -> Json:
    made = {"rel": rel, "href": href, "method": method}
    return made | {"targetSchema": f"{SCHEMAS}Definitions/{schema}.json"} if schema else made


class MemberView:
    """Renders the members of one audience. What is the same for all of them is worked out once."""

    def __init__(
        self, audience: Audience, base: str, wanted: Tree | None = None, lacking: frozenset[str] = frozenset()
    ) -> None:
        self.audience = audience
        self.wanted = wanted or {}
        self.root = f"{base}/lists/{audience.id}/members"
        self.fields = [(field.tag, field.merge_id) for field in audience.merge_fields.values()]
        if self.wanted.get("merge_fields"):
            self.fields = [pair for pair in self.fields if pair[0] in self.wanted["merge_fields"]]
        self.interests = list(audience.interests)
        names = [self.audience.field_by_tag(tag) for tag in ("FNAME", "LNAME")]
        self.name_ids = [field.merge_id for field in names if field]
        keys = [key for key in _PARTS if (not self.wanted or key in self.wanted) and key not in lacking]
        self.parts = [(key, _PARTS[key], self.wanted.get(key, {})) for key in keys]
        self.own_links = msgspec.json.encode([
            link(rel, self.root if path is None else f"{self.root}/{HERE}{path}", method)
            for rel, path, method in _MEMBER_LINKS
        ]).split(HERE.encode())  # fmt: skip

    def __call__(self, member: Member) -> Json:
        shown = {}
        for key, part, below in self.parts:
            value = part(self, member)
            if value is not ABSENT:
                shown[key] = only(value, below) if below and key != "merge_fields" else value
        return shown

    def full_name(self, member: Member) -> str:
        return " ".join(str(member.value(merge_id)) for merge_id in self.name_ids).strip()

    def merge_fields(self, member: Member) -> Json:
        values, known = member.values, len(member.values)
        return {tag: merge.shown(values[merge_id - 1]) if merge_id <= known else "" for tag, merge_id in self.fields}

    def groups(self, member: Member) -> Any:
        return {key: key in member.interests for key in self.interests} if self.interests else ABSENT

    def tags(self, member: Member) -> list[Json]:
        return [{"id": tag, "name": self.audience.segments[tag].name} for tag, _ in member.tags[:TAGS_SHOWN]]

    def permissions(self, member: Member) -> Any:
        if not self.audience.permissions:
            return ABSENT
        given = member.extra.permissions if member.extra else frozenset()
        return [
            {"marketing_permission_id": key, "text": text, "enabled": key in given}
            for key, text in self.audience.permissions.items()
        ]

    def links(self, member: Member) -> msgspec.Raw:
        """As JSON already: they are the larger part of a page, and differ in the id alone."""
        return msgspec.Raw(member.id.encode().join(self.own_links))


def lacking(switches: Switches, *more: str) -> frozenset[str]:
    """The keys that members do not have in the answers of bulk calls and of segments."""
    return LACKING.union(more, () if switches["bulk_shows_contact_id"] else ("contact_id",))


NOWHERE = {
    "latitude": 0, "longitude": 0, "gmtoff": 0, "dstoff": 0, "country_code": "", "timezone": "", "region": "",
}  # fmt: skip
UNREAD = {"avg_open_rate": 0, "avg_click_rate": 0}


def _location(_: MemberView, member: Member) -> Json:
    extra = member.extra
    if extra is None:
        return NOWHERE
    place = extra.place
    latitude, longitude = extra.location or (place[-2:] if place else (0, 0))
    offset = place.offset if place else 0
    return {
        "latitude": latitude, "longitude": longitude, "gmtoff": offset, "dstoff": offset,
        "country_code": place.country_code if place else "", "timezone": place.timezone if place else "",
        "region": place.region if place else "",
    }  # fmt: skip


def _stats(view: MemberView, member: Member) -> Json:
    """0 to 1, unlike the rates of the list."""
    if not view.audience.sent:
        return UNREAD
    opened, clicked = view.audience.rates(member.web_id)
    return {"avg_open_rate": round(opened / 100, 4), "avg_click_rate": round(clicked / 100, 4)}


def _last_note(_: MemberView, member: Member) -> Any:
    if not member.extra or not member.extra.notes:
        return ABSENT
    note = member.extra.notes[-1]
    return {"note_id": note["id"]} | {key: note[key] for key in ("created_at", "created_by", "note")}


_PARTS: dict[str, Callable[[MemberView, Member], Any]] = {
    "id": lambda _, m: m.id,
    "email_address": lambda _, m: m.email,
    "unique_email_id": lambda _, m: unique_id(m.email),
    "contact_id": lambda view, m: view.audience.contact_id(m),
    "full_name": MemberView.full_name,
    "web_id": lambda _, m: m.web_id,
    "email_type": lambda _, m: m.email_type,
    "status": lambda _, m: m.status,
    "unsubscribe_reason": lambda _, m: m.reason if m.status == "unsubscribed" else ABSENT,
    "consents_to_one_to_one_messaging": lambda _, m: m.consents,
    "sms_phone_number": lambda _v, _m: "",
    "sms_subscription_status": lambda _v, _m: "",
    "sms_subscription_last_updated": lambda _v, _m: "",
    "merge_fields": MemberView.merge_fields,
    "interests": MemberView.groups,
    "stats": _stats,
    "ip_signup": lambda _, m: m.ip_signup,
    "timestamp_signup": lambda _, m: iso(m.timestamp_signup),
    "ip_opt": lambda _, m: m.ip_opt,
    "timestamp_opt": lambda _, m: iso(m.timestamp_opt),
    "member_rating": lambda _, m: m.rating,
    "last_changed": lambda _, m: iso(m.last_changed),
    "language": lambda _, m: m.language,
    "vip": lambda _, m: m.vip,
    "email_client": lambda _, m: m.extra.client if m.extra else "",
    "location": _location,
    "marketing_permissions": MemberView.permissions,
    "last_note": _last_note,
    "source": lambda _, m: m.source,
    "tags_count": lambda _, m: len(m.tags),
    "tags": MemberView.tags,
    "list_id": lambda view, _: view.audience.id,
    "_links": MemberView.links,
}  # fmt: skip


def last_large(audience: Audience) -> int:
    """When the last campaign went out that counts as one, 0 for never."""
    return max((one.send_time for one in audience.sent.values() if len(one.recipients) >= LARGE), default=0)


def _stats_of(audience: Audience) -> Json:
    last = max(audience.sent.values(), key=lambda one: one.send_time, default=None)
    opened, clicked = audience.rates()
    since = audience.since(last.send_time) if last else {}
    counts = {
        status: audience.number_of(status) for status in ("subscribed", "unsubscribed", "cleaned", "transactional")
    }
    return {
        "member_count": counts["subscribed"], "total_contacts": sum(counts.values()),
        "unsubscribe_count": counts["unsubscribed"], "cleaned_count": counts["cleaned"],
        "member_count_since_send": since.get("subscribed", 0),
        "unsubscribe_count_since_send": since.get("unsubscribed", 0),
        "cleaned_count_since_send": since.get("cleaned", 0), "campaign_count": len(audience.sent),
        "campaign_last_sent": iso(last_large(audience)), "merge_field_count": len(audience.merge_fields),
        "open_rate": opened, "click_rate": clicked,
        "last_sub_date": iso(audience.last_subscribed), "last_unsub_date": iso(audience.last_unsubscribed),
    }  # fmt: skip


def stats(ask: Ask, audience: Audience) -> Json:
    """Live, or as old as five minutes if the switch says so. ``total_contacts`` only for who asks for it."""
    if audience.counted is None or ask.switches["stats_are_live"] or ask.now - audience.counted[0] >= STALE:
        audience.counted = (ask.now, _stats_of(audience))
    found = audience.counted[1]
    if ask.flag("include_total_contacts"):
        return found
    return {name: part for name, part in found.items() if name != "total_contacts"}


def show_list(ask: Ask, audience: Audience) -> Json:
    settings, base = audience.settings, ask.base
    short = f"{base.removesuffix('/3.0')}/_sandbox/lists/{audience.id}/signup"
    return {
        "id": audience.id, "web_id": audience.web_id, "name": settings["name"], "contact": settings["contact"],
        "permission_reminder": settings["permission_reminder"], "use_archive_bar": settings["use_archive_bar"],
        "campaign_defaults": settings["campaign_defaults"], "notify_on_subscribe": settings["notify_on_subscribe"],
        "notify_on_unsubscribe": settings["notify_on_unsubscribe"], "date_created": iso(audience.created),
        "list_rating": 0, "email_type_option": settings["email_type_option"], "subscribe_url_short": short,
        "subscribe_url_long": short, "beamer_address": f"{audience.id}@inbound.sandbox.example",
        "visibility": settings["visibility"], "double_optin": settings["double_optin"],
        "has_welcome": settings["has_welcome"], "marketing_permissions": settings["marketing_permissions"],
        "modules": [], "stats": stats(ask, audience), "_links": resource_links(f"{base}/lists", audience.id),
    }  # fmt: skip


def resource_links(parent: str, name: object) -> list[Json]:
    href = f"{parent}/{name}"
    return [
        link("self", href), link("parent", parent), link("update", href, "PATCH"), link("delete", href, "DELETE"),
    ]  # fmt: skip


def collection(plural: str, items: Iterable[Any], total: int, href: str, **ids: object) -> Json:
    return {plural: list(items), **ids, "total_items": total, "_links": [link("self", href)]}
