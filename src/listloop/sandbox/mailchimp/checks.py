"""What a body may hold: its shape, addresses, merge values, groups. Each check raises and changes nothing."""

import ipaddress
import re

from listloop.sandbox.clock import seconds_of
from listloop.sandbox.mailchimp import bodies, merge
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience, md5
from listloop.sandbox.mailchimp.member import WRITABLE, Member, Value
from listloop.sandbox.mailchimp.problems import (
    ProblemError,
    fields_invalid,
    forgotten,
    invalid,
    member_exists,
    merge_invalid,
)
from listloop.sandbox.mailchimp.spec import described
from listloop.sandbox.wire import Json

ADDRESS = re.compile(r"[^@\s,;:<>()\[\]\\\"]+@[^@\s.,;:<>()\[\]\\\"]+(\.[^@\s.,;:<>()\[\]\\\"]+)*\.[^@\s.\d]{2,}")
MEMBER = (
    "email_address", "email_type", "status", "merge_fields", "interests", "language", "vip", "location",
    "marketing_permissions", "ip_signup", "ip_opt", "timestamp_signup", "timestamp_opt",
)  # fmt: skip
TIMES = ("timestamp_signup", "timestamp_opt")


def check_shape(body: Json) -> None:
    """Raises ProblemError (400) with all type mistakes, or else all values that a member cannot have."""
    errors = bodies.mistakes(described(), *bodies.MEMBER, body)
    if not errors:
        known = {"status": WRITABLE, "status_if_new": WRITABLE, "email_type": ("html", "text")}
        enum = "Data did not match any of the enum values."
        errors += [(name, enum) for name, values in known.items() if body.get(name, values[0]) not in values]
        addresses = [name for name in ("ip_signup", "ip_opt") if not _ip(body, name)]
        errors += [(name, "This value is not a valid IP address.") for name in addresses]
        errors += [(name, "This value is not a valid datetime.") for name in TIMES if not _time(body, name)]
    if errors:
        raise fields_invalid(*errors)


def _ip(body: Json, name: str) -> bool:
    try:
        return not body.get(name) or bool(ipaddress.ip_address(body[name]))
    except ValueError:
        return False


def _time(body: Json, name: str) -> bool:
    try:
        seconds_of(body.get(name, ""))
    except ValueError:
        return False
    return True


def check_address(ask: Ask, email: str) -> None:
    """Raises ProblemError (400) for what is no address, looks made up, or signs up too often."""
    if not ADDRESS.fullmatch(email) or ".." in email or len(email) > 254:
        raise invalid("Please provide a valid email address.")
    domain = email.rpartition("@")[2].lower()
    if {domain, email.lower()} & set(str(ask.switches["fake_domains"]).lower().split(",")):
        raise invalid(f"{email} looks fake or invalid, please enter a real email address.")
    if email.lower() in str(ask.switches["throttled_addresses"]).lower().split(","):
        raise invalid(f"{email} has signed up to a lot of lists very recently; we're not allowing more signups for now")


def new_values(ask: Ask, audience: Audience, given: Json, old: tuple[Value, ...]) -> tuple[Value, ...]:
    """The merge values after a partial write. Unknown tags are ignored. Raises ProblemError (400) with all bad ones."""
    errors: list[tuple[str, str]] = []
    values = list(old)
    fields = list(audience.merge_fields.values())
    for field in fields:
        if field.tag in given:
            try:
                value = merge.stored(field, given[field.tag])
            except merge.BadValueError as bad:
                errors.append((field.tag, str(bad)))
                continue
            values += [""] * (field.merge_id - len(values))
            values[field.merge_id - 1] = value
    if not ask.flag("skip_merge_validation"):
        bad_tags = {tag for tag, _ in errors}
        for field in fields:
            empty = field.merge_id > len(values) or values[field.merge_id - 1] == ""
            if field.required and empty and field.tag not in bad_tags:
                errors.append((field.tag, "Please enter a value"))
    if errors and all(message == merge.SCHEMA for _, message in errors):
        raise fields_invalid(*((f"merge_fields.{tag}", message) for tag, message in errors))
    if errors:
        raise merge_invalid(errors)
    return tuple(values)


def new_interests(audience: Audience, given: Json, old: frozenset[str]) -> frozenset[str]:
    """Groups after a partial write; in a radio or dropdown category the last one set wins."""
    if not given:
        return old
    chosen = set(old)
    for interest_id, on in given.items():
        interest = audience.interests.get(interest_id)
        if interest is None:
            raise invalid(f"Invalid interest ID: '{interest_id}'.")
        if not on:
            chosen.discard(interest_id)
            continue
        if audience.categories[interest.category_id].type in {"radio", "dropdown"}:
            chosen -= {other for other in chosen if audience.interests[other].category_id == interest.category_id}
        chosen.add(interest_id)
    return frozenset(chosen)


def new_permissions(audience: Audience, body: Json, old: frozenset[str]) -> frozenset[str]:
    """Marketing permissions after a partial write. Raises ProblemError (400) for an unknown one."""
    if not body.get("marketing_permissions"):
        return old
    given = set(old)
    for item in body["marketing_permissions"]:
        permission = str(item.get("marketing_permission_id")) if isinstance(item, dict) else ""
        if permission not in audience.permissions:
            raise invalid(f"Invalid marketing permission ID: '{permission}'.")
        (given.add if item.get("enabled") else given.discard)(permission)
    return frozenset(given)


def check_number(ask: Ask, options: Json, field: str) -> None:
    """Raises ProblemError (400) for more conditions than a segment may have."""
    most = int(ask.switches["segment_condition_limit"])
    if len(options.get("conditions") or ()) > most:
        raise fields_invalid((field, f"This collection should contain {most} elements or less."))


def check_change(ask: Ask, audience: Audience, member: Member, email: str) -> None:
    """May this member take this address? Raises ProblemError (400)."""
    other = audience.by_id.get(md5(email))
    if other and (other.status != "archived" or ask.switches["archived_keeps_address"]):
        raise member_exists(email)
    if md5(email) in audience.forgotten:
        raise forgotten(email)
    movable = {"subscribed"} if ask.switches["change_needs_subscribed"] else {
        "subscribed", "unsubscribed", "pending", "transactional", "archived",
    }  # fmt: skip
    if member.status not in movable:
        raise ProblemError(
            400, "Bad Request", f'This member\'s status is "{member.status}." You can only update email addresses '
            'for members with a status of "subscribed."',
        )  # fmt: skip
    check_address(ask, email)
