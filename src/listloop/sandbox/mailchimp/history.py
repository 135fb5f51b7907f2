"""What is kept about one member over time: notes, events, activity."""

from typing import Any

from listloop.sandbox.clock import iso, seconds_of
from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience
from listloop.sandbox.mailchimp.member import Member
from listloop.sandbox.mailchimp.members import FIELDS, ONE, PAGED, Handler, href
from listloop.sandbox.mailchimp.problems import fields_invalid, not_found
from listloop.sandbox.mailchimp.render import collection, link, resource_links
from listloop.sandbox.mailchimp.tally import Event
from listloop.sandbox.mailchimp.writes import feed
from listloop.sandbox.wire import Json, Route

NOTE_SORTS = {"created_at": "created_at", "updated_at": "updated_at", "note_id": "id"}


def get_notes(ask: Ask) -> Json:
    member = ask.member()
    offset, count = ask.slice()
    key = NOTE_SORTS.get(ask.params.get("sort_field", "created_at"))
    if key is None:
        raise fields_invalid(("sort_field", "The value you selected is not a valid choice."))
    notes = sorted(
        member.extra.notes if member.extra else (),
        key=lambda note: (note[key], note["id"]),
        reverse=ask.params.get("sort_dir", "").upper() == "DESC",
    )
    shown = [_show_note(ask, member, note) for note in notes[offset : offset + count]]
    about = {"email_id": member.id, "list_id": ask.audience().id}
    return collection("notes", shown, len(notes), f"{href(ask, member)}/notes", **about)


def post_note(ask: Ask) -> Json:
    member, text, now = ask.member(), _note_text(ask), iso(ask.now)
    note = {"id": ask.account.number(), "created_at": now, "created_by": "Sandbox", "updated_at": now, "note": text}
    member.more().notes += (note,)
    return _show_note(ask, member, note)


def get_note(ask: Ask) -> Json:
    return _show_note(ask, ask.member(), _note(ask))


def patch_note(ask: Ask) -> Json:
    note, text = _note(ask), _note_text(ask)
    note["note"], note["updated_at"] = text, iso(ask.now)
    return _show_note(ask, ask.member(), note)


def delete_note(ask: Ask) -> None:
    note, extra = _note(ask), ask.member().more()
    extra.notes = tuple(one for one in extra.notes if one is not note)


def _note_text(ask: Ask) -> str:
    text: str = ask.body.get("note", "")
    if not text or len(text) > 1000:
        raise fields_invalid(("note", "This value should be a string of at most 1000 characters."))
    return text


def _note(ask: Ask) -> Json:
    member = ask.member()
    for note in member.extra.notes if member.extra else ():
        if str(note["id"]) == ask.args["note_id"]:
            return note
    raise not_found()


def _show_note(ask: Ask, member: Member, note: Json) -> Json:
    about = {"list_id": ask.audience().id, "email_id": member.id, "contact_id": ask.audience().contact_id(member)}
    return note | about | {"_links": resource_links(f"{href(ask, member)}/notes", note["id"])}


def get_events(ask: Ask) -> Json:
    member = ask.member()
    offset, count = ask.slice()
    events = member.extra.events if member.extra else ()
    return collection("events", events[offset : offset + count], len(events), f"{href(ask, member)}/events")


def post_event(ask: Ask) -> None:
    member, name = ask.member(), ask.body.get("name")
    if not name or not 2 <= len(name) <= 30:
        raise fields_invalid(("name", "The name has 2 to 30 characters."))
    properties = ask.body.get("properties", {})
    if any(not isinstance(value, str) for value in properties.values()):
        raise fields_invalid(("properties", "Property values must be strings."))
    at = ask.body.get("occurred_at", "")
    try:
        seconds = seconds_of(at) or ask.now
    except ValueError:
        raise fields_invalid(("occurred_at", "This value is not a valid datetime.")) from None
    member.more().events += ({"name": name, "occurred_at": iso(seconds), "properties": properties},)
    told = [f"{key}: {value}" for key, value in properties.items()]
    feed(member, seconds, "event", event_name=name, event_properties=told)


def get_activity_feed(ask: Ask) -> Json:
    """Newest first, without a total (as recorded)."""
    member = ask.member()
    offset, count = ask.slice()
    wanted = set(filter(None, ask.params.get("activity_filters", "").split(",")))
    items = [item for item in feed_of(ask.account, ask.audience(), member) if item["activity_type"] in (wanted or FEED)]
    page = [
        item | {"created_at_timestamp": iso(item["created_at_timestamp"])} for item in items[offset : offset + count]
    ]
    return {
        "activity": page, "email_id": member.id, "list_id": ask.audience().id,
        "_links": [link("self", f"{href(ask, member)}/activity-feed")],
    }  # fmt: skip


FEED = frozenset({
    "open", "click", "bounce", "unsub", "sent", "note", "marketing_permission", "generic_signup", "order", "event",
})  # fmt: skip
_CLASSIC = {"bounce": "bounce", "click": "click", "open": "open", "sent": "sent", "unsub": "unsub", "abuse": "abuse",
            "order": "ecomm"}  # fmt: skip


def get_activity(ask: Ask) -> Json:
    """The last 50 of the classic kinds."""
    member = ask.member()
    wanted = set(filter(None, ask.params.get("action", "").split(","))) or set(_CLASSIC.values())
    items: list[Json] = [
        {"action": _CLASSIC[item["activity_type"]], "timestamp": iso(item["created_at_timestamp"])}
        | ({"url": item["link_clicked"]} if "link_clicked" in item else {})
        | ({"type": item["bounce_type"]} if "bounce_type" in item else {})
        | ({"campaign_id": item["campaign_id"]} if item.get("campaign_id") else {})
        | ({"title": item["campaign_title"]} if "campaign_title" in item else {})
        for item in feed_of(ask.account, ask.audience(), member)
        if _CLASSIC.get(item["activity_type"]) in wanted
    ][:50]
    about = {"email_id": member.id, "contact_id": ask.audience().contact_id(member), "list_id": ask.audience().id}
    return collection("activity", items, len(items), f"{href(ask, member)}/activity", **about)


def get_goals(ask: Ask) -> Json:
    member = ask.member()
    about = {"email_id": member.id, "list_id": ask.audience().id}
    return collection("goals", [], 0, f"{href(ask, member)}/goals", **about)


def feed_of(account: Account, audience: Audience, member: Member) -> list[dict[str, Any]]:
    """All that is known about a member, newest first: what came of its mails, and what happened without one."""
    items: list[dict[str, Any]] = list(member.extra.feed if member.extra else ())
    items += [_noted(note) for note in (member.extra.notes if member.extra else ())]
    items += [_ordered(order) for order in account.orders_of(audience.id).get(member.email.lower(), ())]
    for campaign in audience.sent.values():
        recipient = campaign.recipients.get(member.web_id)
        if recipient:
            about = {"campaign_id": campaign.id, "campaign_title": campaign.title}
            if recipient.bounced() != "hard":
                items.append({"activity_type": "sent", "created_at_timestamp": campaign.mailed_at(recipient), **about})
            items += [_mailed(event, member, about) for event in recipient.events]
    items.reverse()  # of one second the later one first
    return sorted(items, key=lambda item: -item["created_at_timestamp"])


def _noted(note: Json) -> dict[str, Any]:
    return {
        "activity_type": "note", "created_at_timestamp": seconds_of(note["created_at"]), "note_id": str(note["id"]),
        "note_text": note["note"], "created_by": note["created_by"], "updated_at_timestamp": note["updated_at"],
    }  # fmt: skip


def _ordered(order: Json) -> dict[str, Any]:
    return {
        "activity_type": "order", "created_at_timestamp": order["made"], "order_id": order["id"],
        "order_total": str(order["order_total"]), "order_items": order["lines"], "store_name": order["store_name"],
        "order_url": order["order_url"], "outreach_id": order["campaign_id"],
    }  # fmt: skip


def _mailed(event: Event, member: Member, about: dict[str, Any]) -> dict[str, Any]:
    item = {"activity_type": event.kind, "created_at_timestamp": event.at, **about}
    match event.kind:
        case "click":
            item["link_clicked"] = event.detail
        case "bounce":
            had = bool(member.extra and member.extra.had_activity)
            item |= {"bounce_type": event.detail, "bounce_has_open_activity": had}
        case "unsub":
            item |= {"is_admin_unsubscribed": False, "unsubscribe_reason": event.detail}
        case _:
            pass
    return item


ROUTES: list[Route[Handler]] = [
    Route("GET", ONE + "/notes", get_notes, PAGED | {"sort_field", "sort_dir"}),
    Route("POST", ONE + "/notes", post_note, body=frozenset({"note"})),
    Route("GET", ONE + "/notes/{note_id}", get_note, FIELDS),
    Route("PATCH", ONE + "/notes/{note_id}", patch_note, body=frozenset({"note"})),
    Route("DELETE", ONE + "/notes/{note_id}", delete_note),
    Route("GET", ONE + "/events", get_events, PAGED),
    Route("POST", ONE + "/events", post_event, body=frozenset({"name", "properties", "occurred_at", "is_syncing"})),
    Route("GET", ONE + "/activity-feed", get_activity_feed, PAGED | {"activity_filters"}),
    Route("GET", ONE + "/activity", get_activity, FIELDS | {"action"}),
    Route("GET", ONE + "/goals", get_goals, FIELDS),
]
