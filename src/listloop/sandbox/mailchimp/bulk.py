"""``POST /lists/{list_id}``: up to 500 members in one call, each with its own outcome, always 200."""

from typing import Any

from listloop.sandbox.mailchimp import checks, writes
from listloop.sandbox.mailchimp.account import ensure_tag
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience, md5
from listloop.sandbox.mailchimp.member import WRITABLE
from listloop.sandbox.mailchimp.members import Handler
from listloop.sandbox.mailchimp.problems import ProblemError, fields_invalid, in_compliance
from listloop.sandbox.mailchimp.render import MemberView, lacking, link
from listloop.sandbox.wire import Json, Route

MOST = 500
ITEM = frozenset({
    "email_address", "status", "email_type", "merge_fields", "interests", "language", "vip", "location", "ip_signup",
    "timestamp_signup", "ip_opt", "timestamp_opt", "tags",
})  # fmt: skip
UPDATE_HINT = "is already a list member, do you want to update? please provide update_existing:true in the request body"
IN_COMPLIANCE = "is already a list member in compliance state due to unsubscribe, bounce, or compliance review."


class ItemError(Exception):
    def __init__(self, error: str, code: str = "ERROR_GENERIC", field: str = "", message: str = "") -> None:
        super().__init__(error)
        self.code, self.field, self.message = code, field, message


def post_members(ask: Ask) -> Json:
    audience, items = ask.audience(), ask.body.get("members")
    if items is None:
        raise fields_invalid(("members", "This value should not be blank."))
    if len(items) > MOST:
        raise fields_invalid(("members", f"Schema describes at most {MOST} items, {len(items)} found instead"))
    if ask.strict:
        extra = sorted({key for item in items if isinstance(item, dict) for key in item} - ITEM)
        if extra:
            raise fields_invalid(*((f"members.{name}", "This key is not known.") for name in extra))
    wanted = ask.wanted().get("new_members") or ask.wanted().get("updated_members")
    view = MemberView(audience, ask.base, wanted, lacking(ask.switches))
    new: list[Json] = []
    updated: list[Json] = []
    errors: list[Json] = []
    seen: set[str] = set()
    for item in items:
        email = item.get("email_address", "") if isinstance(item, dict) else ""
        try:
            made = _one(ask, audience, item, seen)
        except ItemError as wrong:
            errors.append({
                "email_address": email, "error": str(wrong), "error_code": wrong.code, "field": wrong.field,
                "field_message": wrong.message,
            })  # fmt: skip
            continue
        if made is not None:
            (new if made else updated).append(view(audience.by_id[md5(email)]))
    return {
        "new_members": new, "updated_members": updated, "errors": errors, "total_created": len(new),
        "total_updated": len(updated), "error_count": len(errors),
        "_links": [link("self", f"{ask.base}/lists/{audience.id}", "POST")],
    }  # fmt: skip


def _one(ask: Ask, audience: Audience, item: Any, seen: set[str]) -> bool | None:
    """True: created (or back from the archive), False: updated, None: a tolerated duplicate. Raises ItemError."""
    if not isinstance(item, dict) or not isinstance(item.get("email_address"), str) or not item["email_address"]:
        raise ItemError("email_address: This value should not be blank.")
    email = item["email_address"]
    if email.lower() in seen:
        if ask.flag("skip_duplicate_check"):
            return None
        raise ItemError(f"{email} appears more than once in this request.")
    seen.add(email.lower())
    body = {key: value for key, value in item.items() if key in ITEM}
    if body.get("status") not in WRITABLE:
        raise ItemError("status: Data did not match any of the enum values.")
    member = audience.by_id.get(md5(email))
    active = member is not None and member.status != "archived"
    if active and not ask.body.get("update_existing"):
        raise ItemError(f"{email} {UPDATE_HINT}", "ERROR_CONTACT_EXISTS")
    try:
        checks.check_shape(body)
        _write(ask, audience, body)
    except ProblemError as problem:
        raise _item_error(problem, email, known=member is not None) from None
    return not active


def _write(ask: Ask, audience: Audience, body: Json) -> None:
    member = audience.by_id.get(md5(body["email_address"]))
    tags = body.get("tags", [])
    if member is None:
        writes.create(ask, audience, body, body["status"], with_tags=True)
        return
    lapsed = member.status == "unsubscribed" and body["status"] == "subscribed"
    if lapsed and not ask.switches["batch_readds_unsubscribed"]:
        raise in_compliance(member.email)
    writes.update(ask, audience, member, body, body["status"])
    moved = writes.add_tags(ask, audience, member, tags)
    if ask.body.get("sync_tags") and ask.body.get("update_existing"):
        keep = {ensure_tag(ask.account, audience, name, ask.switches, ask.now).id for name in tags}
        for tag in member.tag_ids():
            moved |= tag not in keep and audience.untag(member, audience.segments[tag])
    if moved:
        audience.bump(member, ask.now)


def _item_error(problem: ProblemError, email: str, *, known: bool) -> ItemError:
    if problem.title == "Member In Compliance State" and known:
        return ItemError(f"{email} {IN_COMPLIANCE}")
    if problem.errors:
        field, message = problem.errors[0]
        return ItemError(message if not field else f"{field}: {message}", field=field, message=message)
    return ItemError(problem.detail)


ROUTES: list[Route[Handler]] = [
    Route(
        "POST", "/lists/{list_id}", post_members,
        frozenset({"skip_merge_validation", "skip_duplicate_check", "fields", "exclude_fields"}),
        frozenset({"members", "update_existing", "sync_tags"}),
    ),
]  # fmt: skip
