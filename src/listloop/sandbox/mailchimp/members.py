"""``/lists/{list_id}/members``: read, create, change, archive, erase; the tags of one member."""

from collections.abc import Callable

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp import checks, queries, transitions, writes
from listloop.sandbox.mailchimp.account import ensure_tag, find_tag
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience, md5
from listloop.sandbox.mailchimp.member import Member
from listloop.sandbox.mailchimp.problems import NOT_REMOVABLE, fields_invalid, member_exists, wrong_method
from listloop.sandbox.mailchimp.render import MemberView, collection
from listloop.sandbox.wire import Json, Route

MEMBERS = "/lists/{list_id}/members"
ONE = "/lists/{list_id}/members/{key}"
FIELDS = frozenset({"fields", "exclude_fields"})
PAGED = FIELDS | {"count", "offset"}
BODY = frozenset(checks.MEMBER)
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
    checks.check_shape(ask.body)
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
    checks.check_shape(body)
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
    checks.check_shape(ask.body)
    if ask.body.get("status") == "transactional" and not ask.switches["patch_to_transactional"]:
        raise fields_invalid(("status", "Data did not match any of the enum values."))
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
    return collection("tags", tags[offset : offset + count], len(tags), f"{href(ask, member)}/tags")


def post_tags(ask: Ask) -> None:
    """Adds ``active`` and removes ``inactive`` names; any name at all moves ``last_changed``."""
    audience, member = ask.audience(), ask.member()
    tags = ask.body.get("tags")
    if tags is None:
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


def href(ask: Ask, member: Member) -> str:
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
]
