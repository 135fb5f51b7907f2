"""``/lists/{list_id}/segments``: tags as static segments, in bulk too; saved segments, computed when looked at."""

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp.account import add_segment, find_tag
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience, Segment, md5
from listloop.sandbox.mailchimp.checks import check_number
from listloop.sandbox.mailchimp.conditions import test_of
from listloop.sandbox.mailchimp.member import Member, codes_of
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid, invalid, not_found
from listloop.sandbox.mailchimp.queries import bounds
from listloop.sandbox.mailchimp.render import MemberView, collection, lacking, link, resource_links
from listloop.sandbox.mailchimp.targeting import member_of
from listloop.sandbox.wire import Json, Route

MOST = 500
TOO_MANY = (
    "Maximum allowed member items exceeded, please provide at most 500 items in members_to_add field or "
    "members_to_remove field"
)
INCLUDE = frozenset({"include_cleaned", "include_transactional", "include_unsubscribed"})


def list_segments(ask: Ask) -> Json:
    audience = ask.audience()
    offset, count = ask.slice()
    found = [one for one in audience.segments.values() if ask.params.get("type") in {None, _type(one)}]
    for name, moment in (("created_at", "created_at"), ("updated_at", "updated_at")):
        low, high = bounds(ask, name)
        found = [
            one for one in found
            if (low is None or getattr(one, moment) >= low) and (high is None or getattr(one, moment) <= high)
        ]  # fmt: skip
    shown = [_show(ask, audience, one) for one in found[offset : offset + count]]
    return collection("segments", shown, len(found), _root(ask), list_id=audience.id)


def post_segment(ask: Ask) -> Json:
    audience, body = ask.audience(), ask.body
    if not body.get("name"):
        raise fields_invalid(("name", "This value should not be blank."))
    if ("static_segment" in body) == ("options" in body):
        raise invalid('Must provide either an "options" field or a "static_segment" field')
    if "static_segment" in body and find_tag(audience, body["name"], ask.switches):
        raise invalid("Sorry, that tag already exists.")
    if "options" in body:
        check_number(ask, body["options"], "options.conditions")
        test_of(ask.account, audience, body["options"], ask.now)
    segment = add_segment(ask.account, audience, body["name"], ask.now, body.get("options"))
    for email in body.get("static_segment", []):
        member = audience.by_id.get(md5(str(email)))
        if member and _takes(ask, member):
            audience.tag(member, segment, ask.now)
    return _show(ask, audience, segment)


def get_segment(ask: Ask) -> Json:
    return _show(ask, ask.audience(), _segment(ask))


def patch_segment(ask: Ask) -> Json:
    audience, segment, body = ask.audience(), _segment(ask), ask.body
    name = body.get("name", segment.name)
    if not name:
        raise fields_invalid(("name", "This value should not be blank."))
    if "options" in body:
        check_number(ask, body["options"], "options.conditions")
        test_of(ask.account, audience, body["options"], ask.now)
    if segment.options is None:
        other = find_tag(audience, name, ask.switches)
        if other and other is not segment:
            raise invalid("Sorry, that tag already exists.")
        audience.tag_names.pop(segment.name.lower(), None)
        audience.tag_names[name.lower()] = segment.id
    segment.name, segment.updated_at = name, ask.now
    if "static_segment" in body and segment.options is None:
        keep = {md5(str(email)) for email in body["static_segment"]}
        for member in [one for one in segment.members if one.id not in keep]:
            audience.untag(member, segment)
        for member in [audience.by_id[key] for key in sorted(keep & audience.by_id.keys())]:
            if _takes(ask, member):
                audience.tag(member, segment, ask.now)
    if "options" in body and segment.options is not None:
        segment.options = body["options"]
    return _show(ask, audience, segment)


def delete_segment(ask: Ask) -> None:
    audience, segment = ask.audience(), _segment(ask)
    for member in list(segment.members):
        audience.untag(member, segment)
    if segment.options is None:
        audience.tag_names.pop(segment.name.lower(), None)
    del audience.segments[segment.id]


def batch_segment(ask: Ask) -> Json:
    audience, segment = ask.audience(), _segment(ask)
    add, remove = ask.body.get("members_to_add", []), ask.body.get("members_to_remove", [])
    if len(add) > MOST or len(remove) > MOST:
        raise invalid(TOO_MANY)
    if segment.options is not None:
        raise _not_static(segment)
    added, refused = _batch(ask, audience, [str(email) for email in add])
    gone, missing = _batch(ask, audience, [str(email) for email in remove], any_status=True)
    done_add = [member for member in added if audience.tag(member, segment, ask.now)]
    done_remove = [member for member in gone if audience.untag(member, segment)]
    _touched(ask, audience, segment, [*done_add, *done_remove])
    errors = [
        {"email_addresses": emails, "error": "Email addresses not present on list"}
        for emails in (refused, missing)
        if emails
    ]
    view = MemberView(audience, ask.base, lacking=lacking(ask.switches))
    return {
        "members_added": [view(member) for member in added], "members_removed": [view(member) for member in gone],
        "errors": errors, "total_added": len(added), "total_removed": len(gone),
        "error_count": len(refused) + len(missing), "_links": [link("self", f"{_root(ask)}/{segment.id}", "POST")],
    }  # fmt: skip


def _batch(
    ask: Ask, audience: Audience, emails: list[str], *, any_status: bool = False
) -> tuple[list[Member], list[str]]:
    found, missing = [], []
    for email in emails:
        member = audience.by_id.get(md5(email))
        if member and (any_status or _takes(ask, member)):
            found.append(member)
        else:
            missing.append(email)
    return found, missing


def _takes(ask: Ask, member: Member) -> bool:
    return member.status == "subscribed" or bool(ask.switches["segment_takes_unsubscribed"])


def _touched(ask: Ask, audience: Audience, segment: Segment, members: list[Member]) -> None:
    if members and ask.switches["membership_touches_segment"]:
        segment.updated_at = ask.now
    if ask.switches["segment_batch_bumps"]:
        for member in members:
            audience.bump(member, ask.now)


def list_members(ask: Ask) -> Json:
    """Active members only, unless asked for more; in the order they came to the audience."""
    audience, segment = ask.audience(), _segment(ask)
    offset, count = ask.slice()
    more = {name.removeprefix("include_") for name in INCLUDE if ask.flag(name)}
    statuses = frozenset({"subscribed"} | more)
    found = segment.listing(statuses) if segment.options is None else _matching(ask, audience, segment, statuses)
    without = lacking(ask.switches, "tags", "tags_count")
    view = MemberView(audience, ask.base, ask.wanted().get("members"), without)
    shown = [view(member) for member in found[offset : offset + count]]
    return collection("members", shown, len(found), f"{_root(ask)}/{segment.id}/members")


def _matching(ask: Ask, audience: Audience, segment: Segment, statuses: frozenset[str]) -> list[Member]:
    test = member_of(ask.account, audience, segment, ask.now)
    return list(filter(test, audience.arrived.each(codes_of(*statuses))))


def add_member(ask: Ask) -> Json:
    audience, segment = ask.audience(), _static(ask)
    member = audience.by_id.get(md5(str(ask.body.get("email_address", ""))))
    if member is None or not _takes(ask, member):
        raise invalid("The email address is not a subscribed member of this list.")
    if audience.tag(member, segment, ask.now):
        _touched(ask, audience, segment, [member])
    return MemberView(audience, ask.base, lacking=lacking(ask.switches, "tags", "tags_count"))(member)


def remove_member(ask: Ask) -> None:
    audience, segment, member = ask.audience(), _static(ask), ask.member()
    if not audience.untag(member, segment):
        raise not_found()
    _touched(ask, audience, segment, [member])


def _segment(ask: Ask) -> Segment:
    text = ask.args["segment_id"]
    found = ask.audience().segments.get(int(text) if text.isascii() and text.isdigit() else -1)
    if found is None:
        raise not_found()
    return found


def _static(ask: Ask) -> Segment:
    segment = _segment(ask)
    if segment.options is not None:
        raise _not_static(segment)
    return segment


def _not_static(segment: Segment) -> Exception:
    return invalid(f"A Static Segment with an id of {segment.id} does not exist for this list")


def _type(segment: Segment) -> str:
    return "static" if segment.options is None else "saved"


def _root(ask: Ask) -> str:
    return f"{ask.base}/lists/{ask.args['list_id']}/segments"


def _show(ask: Ask, audience: Audience, segment: Segment) -> Json:
    wanted = {name.removeprefix("include_") for name in INCLUDE if ask.flag(name)}
    if segment.options is not None:
        count = len(_matching(ask, audience, segment, frozenset({"subscribed"} | wanted)))
    else:
        count = segment.active + (sum(one.status in wanted for one in segment.members) if wanted else 0)
    return {
        "id": segment.id, "name": segment.name, "member_count": count, "type": _type(segment),
        "created_at": iso(segment.created_at), "updated_at": iso(segment.updated_at),
        "options": {"match": "any", "conditions": [], **(segment.options or {})}, "list_id": audience.id,
        "_links": resource_links(_root(ask), segment.id),
    }  # fmt: skip


_ALL = "/lists/{list_id}/segments"
_ONE = _ALL + "/{segment_id}"
_BODY = frozenset({"name", "static_segment", "options"})
_TIMES = frozenset({"since_created_at", "before_created_at", "since_updated_at", "before_updated_at"})

ROUTES: list[Route[Handler]] = [
    Route("GET", _ALL, list_segments, PAGED | INCLUDE | _TIMES | {"type"}),
    Route("POST", _ALL, post_segment, body=_BODY),
    Route("GET", _ONE, get_segment, FIELDS | INCLUDE),
    Route("PATCH", _ONE, patch_segment, body=_BODY),
    Route("POST", _ONE, batch_segment, body=frozenset({"members_to_add", "members_to_remove"})),
    Route("DELETE", _ONE, delete_segment),
    Route("GET", _ONE + "/members", list_members, PAGED | INCLUDE),
    Route("POST", _ONE + "/members", add_member, body=frozenset({"email_address"})),
    Route("DELETE", _ONE + "/members/{key}", remove_member),
]
