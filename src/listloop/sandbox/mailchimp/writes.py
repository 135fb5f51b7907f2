"""What a write to a member does: everything or nothing, and ``last_changed`` only if something changed."""

from sys import intern
from typing import Any

from listloop.sandbox.clock import seconds_of
from listloop.sandbox.mailchimp import transitions
from listloop.sandbox.mailchimp.account import ensure_tag
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience, md5
from listloop.sandbox.mailchimp.campaign import Content, Letter, Recipient
from listloop.sandbox.mailchimp.checks import (
    TIMES,
    check_address,
    check_change,
    new_interests,
    new_permissions,
    new_values,
)
from listloop.sandbox.mailchimp.member import Member, Value
from listloop.sandbox.mailchimp.problems import forgotten, in_compliance
from listloop.sandbox.mailchimp.tally import Event
from listloop.sandbox.mailchimp.webhooks import fire_member
from listloop.sandbox.wire import Json

BY_ADMIN = "N/A (Unsubscribed by admin)"
CALLER = "127.0.0.1"
CONFIRMATION = Content(
    '<p>Please confirm that you want mail from *|LIST:NAME|*.</p><p><a href="*|CONFIRM|*">Yes, subscribe me</a></p>',
    "Please confirm that you want mail from *|LIST:NAME|*: *|CONFIRM|*",
)
NONE: frozenset[str] = frozenset()
PLAIN = ("email_type", "language", "vip", "ip_signup", "ip_opt")


def state_of(audience: Audience, member: Member | None, email: str) -> str:
    if member is None:
        return "forgotten" if md5(email) in audience.forgotten else "none"
    return transitions.state_of(member.status, member.origin, member.before, bounced=member.bounced)


def resolve(ask: Ask, audience: Audience, member: Member | None, email: str, wish: str) -> str | None:
    """The status that a wish leads to, None when it changes nothing. Raises ProblemError for a refusal."""
    if ask.auto_doi and wish == "subscribed" and audience.settings["double_optin"]:
        wish = "pending" if member is None or member.status != "subscribed" else wish
    match transitions.outcome(state_of(audience, member, email), wish, ask.switches):
        case transitions.SAME:
            return None
        case transitions.BARRED:
            raise in_compliance(email)
        case transitions.FORGOTTEN:
            raise forgotten(email)
        case _:
            return "pending" if wish == "subscribed" and ask.switches["under_review"] else wish


def create(ask: Ask, audience: Audience, body: Json, wish: str, *, with_tags: bool) -> Member:
    """A new member, or an error and nothing changed. The shape of the body has been checked."""
    email = body["email_address"]
    check_address(ask, email)
    status = resolve(ask, audience, None, email, wish) or wish
    values = new_values(ask, audience, body.get("merge_fields", {}), ())
    interests = new_interests(audience, body.get("interests", {}), NONE)
    permissions = new_permissions(audience, body, NONE)
    member = Member(
        email, md5(email), ask.account.number(), intern(status), ask.now,
        values=values, interests=interests,
    )  # fmt: skip
    audience.add(member, ask.now, own=ask.source == "user")
    _set_plain(audience, member, body)
    if permissions:
        member.more().permissions = permissions
    entered(ask, audience, member, body)
    if with_tags:
        add_tags(ask, audience, member, body.get("tags", []))
    return member


def entered(ask: Ask, audience: Audience, member: Member, body: Json) -> None:
    """A status has just been set on a new member or one back from the archive."""
    if member.status == "subscribed":
        if "timestamp_opt" not in body:
            audience.stamp(member, "timestamp_opt", ask.now)
        member.ip_opt = body.get("ip_opt") or member.ip_opt or CALLER
    took_status(ask, audience, member)


def took_status(ask: Ask, audience: Audience, member: Member) -> None:
    """What a status drags along: origin, reason, activity, webhook."""
    match member.status:
        case "subscribed":
            member.origin, member.reason, member.bounced, member.consents = "", "", False, True
            audience.last_subscribed = ask.now
            fire_member(ask, audience, member, "subscribe")
        case "unsubscribed":
            member.origin, member.reason = member.origin or "admin", member.reason or BY_ADMIN
            audience.last_unsubscribed = member.more().left = ask.now
            by_admin = member.origin == "admin"
            about = {"is_admin_unsubscribed": by_admin, "unsubscribe_reason": member.reason}
            happened(ask, audience, member, "unsub", member.reason, **about)
            why = "abuse" if member.origin == "abuse" else "manual"
            if why == "abuse" and ask.switches["complaint_fires_cleaned"]:
                fire_member(ask, audience, member, "cleaned", reason=why, campaign_id=ask.campaign)
                return
            fire_member(ask, audience, member, "unsubscribe", action="unsub", reason=why, campaign_id=ask.campaign)
        case "cleaned":
            member.bounced = True
            fire_member(ask, audience, member, "cleaned", reason="hard", campaign_id=ask.campaign)
        case "pending":
            member.more().mailed_at = ask.now
            days = int(ask.switches["pending_days"])
            if days:
                member.more().until = ask.now + days * 86400
                ask.account.later(member.more().until, "", "lapse", member.web_id, audience.id)
            ask_to_confirm(ask, audience, member)
        case _:
            pass


def happened(ask: Ask, audience: Audience, member: Member, kind: str, detail: str, **about: Any) -> None:
    """Notes what a person or a mailbox did: with the mail that led to it, else with the member."""
    campaign = audience.sent.get(ask.campaign)
    if campaign and member.web_id in campaign.recipients:
        campaign.note(member.web_id, Event(ask.now, kind, detail))
    else:
        feed(member, ask.now, kind, **about, **({"campaign_id": ask.campaign} if ask.campaign else {}))


def ask_to_confirm(ask: Ask, audience: Audience, member: Member) -> None:
    contact, defaults = audience.settings["contact"], audience.settings["campaign_defaults"]
    settings = {
        "subject_line": f"{audience.settings['name']}: Please Confirm Subscription",
        "from_name": defaults.get("from_name") or contact.get("company", ""),
        "reply_to": defaults.get("from_email", ""),
    }  # fmt: skip
    letter = Letter(
        ask.account.token(20), "confirmation", ask.now, audience.id,
        Recipient(member.web_id, member.email, member.id, member.values), settings, CONFIRMATION,
    )  # fmt: skip
    ask.account.letters[letter.id] = letter


def feed(member: Member, now: int, activity: str, **details: Any) -> None:
    extra = member.more()
    extra.feed = (*extra.feed, {"activity_type": activity, "created_at_timestamp": now, **details})


def add_tags(ask: Ask, audience: Audience, member: Member, names: list[str]) -> bool:
    added = False
    for name in names:
        tag = ensure_tag(ask.account, audience, name, ask.switches, ask.now)
        added |= audience.tag(member, tag, ask.now)
    return added


def update(ask: Ask, audience: Audience, member: Member, body: Json, wish: str | None) -> bool:
    """Writes what the body has. True when something changed. Nothing is changed when it raises."""
    email = body.get("email_address", member.email)
    if md5(email) != member.id:
        check_change(ask, audience, member, email)
    status = resolve(ask, audience, member, member.email, wish) if wish else None
    if member.status == "archived" and status == "archived":
        status = None
    values = new_values(ask, audience, body.get("merge_fields", {}), member.values)
    interests = new_interests(audience, body.get("interests", {}), member.interests)
    permitted = member.extra.permissions if member.extra else NONE
    permissions = new_permissions(audience, body, permitted)
    changed = _readdress(ask, audience, member, email)
    profile = changed | (_same_length(values, member.values) != _same_length(member.values, values))
    member.values = values
    profile |= _set_plain(audience, member, body)
    changed |= profile
    if interests != member.interests:
        member.interests = interests
        profile, changed = True, changed or bool(ask.switches["interests_bump"])
    if permissions != permitted:
        _tell_permissions(ask, audience, member, permissions ^ permitted, permissions)
        member.more().permissions = permissions
        profile, changed = True, changed or bool(ask.switches["permissions_bump"])
    if status is not None:
        change_status(ask, audience, member, status, body)
        changed = True
    elif profile:
        fire_member(ask, audience, member, "profile")
    audience.listings.clear()
    if changed:
        audience.bump(member, ask.now)
    return changed


def _tell_permissions(
    ask: Ask, audience: Audience, member: Member, changed: frozenset[str], given: frozenset[str]
) -> None:
    """Shows in the activity feed; the first key is misspelt there."""
    for key, text in audience.permissions.items():
        if key in changed:
            feed(
                member, ask.now, "marketing_permission", marketing_permisson_text=text,
                marketing_permission_opted_in=key in given, updated_by="" if ask.source == "user" else "Sandbox",
            )  # fmt: skip


def _same_length(values: tuple[Value, ...], other: tuple[Value, ...]) -> tuple[Value, ...]:
    return (*values, *[""] * (len(other) - len(values)))


def change_status(ask: Ask, audience: Audience, member: Member, status: str, body: Json) -> None:
    back = member.status == "archived"
    audience.move(member, status, ask.now, own=ask.source == "user")
    if back:
        member.before = ""
        entered(ask, audience, member, body)
    else:
        took_status(ask, audience, member)


def _set_plain(audience: Audience, member: Member, body: Json) -> bool:
    changed = False
    wanted: dict[str, Any] = {name: _kept(body[name]) for name in PLAIN if name in body}
    for name, value in wanted.items():
        if getattr(member, name) != value:
            setattr(member, name, value)
            changed = True
    for name in TIMES:
        if name in body and getattr(member, name) != seconds_of(body[name]):
            audience.stamp(member, name, seconds_of(body[name]))
            changed = True
    if "location" in body:
        place = (float(body["location"].get("latitude") or 0), float(body["location"].get("longitude") or 0))
        old = member.extra.location if member.extra else None
        if place != (old or (0.0, 0.0)):
            member.more().location = place
            changed = True
    return changed


def _kept(value: Any) -> Any:
    """What repeats is kept once: there may be a million members."""
    return intern(value) if isinstance(value, str) else value


def _readdress(ask: Ask, audience: Audience, member: Member, email: str) -> bool:
    if email == member.email:
        return False
    old = member.email
    if md5(email) == member.id:  # the same address, spelled otherwise
        member.email = email
        return True
    other = audience.by_id.get(md5(email))
    if other:  # archived, and a switch says that it lets the address go
        audience.remove(other, ask.now)
    audience.readdress(member, email)
    fire_member(ask, audience, member, "upemail", old_email=old)
    return True


def archive(ask: Ask, audience: Audience, member: Member) -> None:
    member.before = member.status
    audience.move(member, "archived", ask.now)
    audience.bump(member, ask.now)
    if ask.switches["delete_fires_webhook"]:
        fire_member(ask, audience, member, "unsubscribe", action="delete", reason="manual")


def forget(ask: Ask, audience: Audience, member: Member) -> None:
    audience.remove(member, ask.now)
    audience.forgotten.add(member.id)
    for campaign in audience.sent.values():
        if member.web_id in campaign.recipients:
            campaign.recipients[member.web_id].erase(audience.contact_id(member))
    letters = ask.account.letters
    for letter in [one for one in letters.values() if one.to.web_id == member.web_id]:
        del letters[letter.id]
    if ask.switches["forget_fires_webhook"]:
        fire_member(ask, audience, member, "unsubscribe", action="delete", reason="manual")
