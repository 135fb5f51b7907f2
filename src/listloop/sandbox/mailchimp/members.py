"""``/lists/{list_id}/members``: read, create, change, archive, erase; tags, notes, events and activity of one member."""

from collections.abc import Callable
from typing import Any

from listloop.sandbox.clock import iso, seconds_of
from listloop.sandbox.mailchimp import queries, transitions, writes
from listloop.sandbox.mailchimp.account import ensure_tag, find_tag
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience, md5
from listloop.sandbox.mailchimp.member import Member
from listloop.sandbox.mailchimp.problems import NOT_REMOVABLE, fields_invalid, member_exists, not_found, wrong_method
from listloop.sandbox.mailchimp.render import MemberView, collection, link
from listloop.sandbox.wire import Json, Route

MEMBERS = "/lists/{list_id}/members"
ONE = "/lists/{list_id}/members/{key}"
FIELDS = frozenset({"fields", "exclude_fields"})
PAGED = FIELDS | {"count", "offset"}
BODY = frozenset(writes.SCHEMA) - {"status_if_new", "tags"}
SKIP = frozenset({"skip_merge_validation", "fields", "exclude_fields"})
ARCHIVED_ALLOW = "GET, PUT"
Handler = Callable[[Ask], Json | None]


def list_members(ask: Ask) -> Json:
    audience = ask.audience()
    total, page = queries.select(ask, audience)
    wanted = ask.wanted()
    view = MemberView(audience, ask.base, wanted.get("members"))
    shown = [view(member) for member in page] if not wanted or "members" in wanted else []
    return collection("members", shown, total, view.root, list_id=audience.id)


def show(ask: Ask, audience: Audience, member: Member) -> Json:
    """A member as answer; ``fields`` counts on writes only if the switch says so."""
    return MemberView(audience, ask.base, ask.wanted())(member)


def get_member(ask: Ask) -> Json:
    return show(ask, ask.audience(), ask.member())


def post_member(ask: Ask) -> Json:
    audience = ask.audience()
    writes.check_shape(ask.body)
    missing = [name for name in ("email_address", "status") if not ask.body.get(name)]
    if missing:
        raise fields_invalid(*((name, "This value should not be blank.") for name in missing))
    member = audience.by_id.get(md5(ask.body["email_address"]))
    if member is None:
        member = writes.create(ask, audience, ask.body, ask.body["status"], with_tags=True)
    elif member.status != "archived":
        raise member_exists(ask.body["email_address"])
    else:
        writes.update(ask, audience, member, ask.body, ask.body["status"])
        writes.add_tags(ask, audience, member, ask.body.get("tags", []))
    return show(ask, audience, member)


def put_member(ask: Ask) -> Json:
    audience, body = ask.audience(), ask.body
    writes.check_shape(body)
    member = audience.find(ask.args["key"])
    if member is None and "email_address" not in body:
        raise fields_invalid(("email_address", "This value should not be blank."))
    if member is None:
        # The path does not win: the body's address is the one that is made, or found.
        member = audience.by_id.get(md5(body["email_address"]))
        if member is not None and member.id != ask.args["key"]:
            raise member_exists(body["email_address"])
    if member is None:
        wish = body.get("status_if_new") or (body.get("status") if ask.switches["put_status_creates"] else None)
        if not wish:
            raise fields_invalid(("status_if_new", "This value should not be blank."))
        return show(
            ask, audience, writes.create(ask, audience, body, wish, with_tags=bool(ask.switches["put_create_tags"]))
        )
    wish = body.get("status")
    if member.status == "archived":
        if not ask.switches["put_revives_archived"]:
            raise member_exists(member.email)
        wish = wish or (body.get("status_if_new") if ask.switches["status_if_new_revives"] else None)
    writes.update(ask, audience, member, body, wish)
    return show(ask, audience, member)


def patch_member(ask: Ask) -> Json:
    audience, member = ask.audience(), ask.member()
    if member.status == "archived" and ask.switches["patch_archived_refused"]:
        raise wrong_method(ARCHIVED_ALLOW)
    writes.check_shape(ask.body)
    writes.update(ask, audience, member, ask.body, ask.body.get("status"))
    return show(ask, audience, member)


def delete_member(ask: Ask) -> None:
    audience, member = ask.audience(), ask.member()
    state = writes.state_of(audience, member, member.email)
    if transitions.outcome(state, "archive", ask.switches) == transitions.KEPT:
        raise wrong_method(ARCHIVED_ALLOW, NOT_REMOVABLE)
    writes.archive(ask, audience, member)


def forget_member(ask: Ask) -> None:
    writes.forget(ask, ask.audience(), ask.member())


def get_tags(ask: Ask) -> Json:
    audience, member = ask.audience(), ask.member()
    offset, count = ask.slice()
    tags = [{"id": tag, "name": audience.segments[tag].name, "date_added": iso(added)} for tag, added in member.tags]
    return collection("tags", tags[offset : offset + count], len(tags), f"{_root(ask, member)}/tags")


def post_tags(ask: Ask) -> None:
    """Adds ``active`` and removes ``inactive`` names; moves ``last_changed`` even when nothing changes, but not for none."""
    audience, member = ask.audience(), ask.member()
    tags = ask.body.get("tags")
    if not isinstance(tags, list):
        raise fields_invalid(("tags", "This value should not be blank."))
    longest = int(ask.switches["tag_name_limit"])
    for tag in tags:
        if not isinstance(tag, dict) or tag.get("status") not in {"active", "inactive"} or not tag.get("name"):
            raise fields_invalid(("tags", "Data did not match any of the schemas described in anyOf."))
        if len(str(tag["name"])) > longest:
            raise fields_invalid(("tags", f"The tag name may have at most {longest} characters."))
    for tag in tags:
        if tag["status"] == "active":
            audience.tag(member, ensure_tag(ask.account, audience, tag["name"], ask.switches, ask.now), ask.now)
        elif found := find_tag(audience, tag["name"], ask.switches):
            audience.untag(member, found)
    if tags:
        audience.bump(member, ask.now)


def get_notes(ask: Ask) -> Json:
    member = ask.member()
    offset, count = ask.slice()
    notes = member.extra.notes if member.extra else ()
    key = ask.params.get("sort_field", "created_at")
    ordered = sorted(notes, key=lambda note: (note[key], note["note_id"]), reverse=ask.params.get("sort_dir") == "DESC")
    about = {"email_id": member.id, "list_id": ask.audience().id, "contact_id": member.contact_id}
    return collection("notes", ordered[offset : offset + count], len(notes), f"{_root(ask, member)}/notes", **about)


def post_note(ask: Ask) -> Json:
    member = ask.member()
    note: Json = {
        "note_id": ask.account.number(), "created_at": iso(ask.now), "created_by": "Sandbox", "updated_at": iso(ask.now),
        "note": _note_text(ask), "list_id": ask.audience().id, "email_id": member.id, "contact_id": member.contact_id,
    }  # fmt: skip
    member.more().notes += (note,)
    writes.feed(member, ask.now, "note", note_id=str(note["note_id"]), note_text=note["note"], created_by="Sandbox")
    return note


def get_note(ask: Ask) -> Json:
    return _note(ask)


def patch_note(ask: Ask) -> Json:
    note = _note(ask)
    note["note"], note["updated_at"] = _note_text(ask), iso(ask.now)
    return note


def delete_note(ask: Ask) -> None:
    note, extra = _note(ask), ask.member().more()
    extra.notes = tuple(one for one in extra.notes if one is not note)


def _note_text(ask: Ask) -> str:
    text = ask.body.get("note")
    if not isinstance(text, str) or len(text) > 1000:
        raise fields_invalid(("note", "This value should be a string of at most 1000 characters."))
    return text


def _note(ask: Ask) -> Json:
    member = ask.member()
    for note in member.extra.notes if member.extra else ():
        if str(note["note_id"]) == ask.args["note_id"]:
            return note
    raise not_found()


def get_events(ask: Ask) -> Json:
    member = ask.member()
    offset, count = ask.slice()
    events = member.extra.events if member.extra else ()
    return collection("events", events[offset : offset + count], len(events), f"{_root(ask, member)}/events")


def post_event(ask: Ask) -> None:
    member, name = ask.member(), ask.body.get("name")
    if not isinstance(name, str) or not 2 <= len(name) <= 30:
        raise fields_invalid(("name", "The name has 2 to 30 characters."))
    properties = ask.body.get("properties", {})
    if not isinstance(properties, dict) or any(not isinstance(value, str) for value in properties.values()):
        raise fields_invalid(("properties", "Property values must be strings."))
    at = ask.body.get("occurred_at", "")
    try:
        seconds = seconds_of(at) or ask.now
    except (ValueError, TypeError):
        raise fields_invalid(("occurred_at", "This value is not a valid datetime.")) from None
    member.more().events += ({"name": name, "occurred_at": iso(seconds), "properties": properties},)
    writes.feed(member, seconds, "event", event_name=name, event_properties=properties)


def get_activity_feed(ask: Ask) -> Json:
    """Newest first, without a total (as recorded)."""
    member = ask.member()
    offset, count = ask.slice()
    wanted = set(filter(None, ask.params.get("activity_filters", "").split(",")))
    items = [item for item in _feed(member) if item["activity_type"] in (wanted or FEED)]
    page = [
        item | {"created_at_timestamp": iso(item["created_at_timestamp"])} for item in items[offset : offset + count]
    ]
    return {
        "activity": page, "email_id": member.id, "list_id": ask.audience().id,
        "_links": [link("self", f"{_root(ask, member)}/activity-feed")],
    }  # fmt: skip


FEED = frozenset({
    "open", "click", "bounce", "unsub", "sent", "note", "marketing_permission", "generic_signup", "order", "event",
})  # fmt: skip
_CLASSIC = ("bounce", "click", "open", "sent", "unsub", "abuse")


def get_activity(ask: Ask) -> Json:
    """The last 50 of the classic kinds."""
    member = ask.member()
    wanted = set(filter(None, ask.params.get("action", "").split(","))) or set(_CLASSIC)
    items: list[Json] = [
        {"action": item["activity_type"], "timestamp": iso(item["created_at_timestamp"])}
        | ({"type": item["bounce_type"]} if "bounce_type" in item else {})
        | ({"campaign_id": item["campaign_id"]} if item.get("campaign_id") else {})
        for item in _feed(member)
        if item["activity_type"] in _CLASSIC and item["activity_type"] in wanted
    ][:50]
    about = {"email_id": member.id, "contact_id": member.contact_id, "list_id": ask.audience().id}
    return collection("activity", items, len(items), f"{_root(ask, member)}/activity", **about)


def get_goals(ask: Ask) -> Json:
    member = ask.member()
    about = {"email_id": member.id, "contact_id": member.contact_id, "list_id": ask.audience().id}
    return collection("goals", [], 0, f"{_root(ask, member)}/goals", **about)


def _feed(member: Member) -> list[dict[str, Any]]:
    items = member.extra.feed if member.extra else ()
    return sorted(items[::-1], key=lambda item: -item["created_at_timestamp"])


def _root(ask: Ask, member: Member) -> str:
    return f"{ask.base}/lists/{ask.args['list_id']}/members/{member.id}"


ROUTES: list[Route[Handler]] = [
    Route("GET", MEMBERS, list_members, queries.PARAMS),
    Route("POST", MEMBERS, post_member, SKIP, BODY | {"tags"}),
    Route("GET", ONE, get_member, FIELDS),
    Route("PUT", ONE, put_member, SKIP, BODY | {"status_if_new", "tags"}),
    Route("PATCH", ONE, patch_member, SKIP, BODY),
    Route("DELETE", ONE, delete_member),
    Route("POST", ONE + "/actions/delete-permanent", forget_member),
    Route("GET", ONE + "/tags", get_tags, PAGED),
    Route("POST", ONE + "/tags", post_tags, body=frozenset({"tags", "is_syncing"})),
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
