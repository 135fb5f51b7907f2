"""What people do outside the API: the contact with a mail or a form, the mailbox, and the marketer in the web app."""

from collections.abc import Callable
from dataclasses import replace

from listloop.sandbox.mailchimp import checks, places, writes
from listloop.sandbox.mailchimp.account import Account, find_tag
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience, md5
from listloop.sandbox.mailchimp.compose import content_of, links_of
from listloop.sandbox.mailchimp.member import Member
from listloop.sandbox.mailchimp.seeding import REASONS
from listloop.sandbox.mailchimp.tally import PROXY
from listloop.sandbox.wire import Json

HOSTED_FORM = "Hosted Signup Form"
CONFIRMED = "Opt-in Confirmation"
SOFT_LIMIT, SOFT_LIMIT_ACTIVE = 7, 15
PROFILE = ("merge_fields", "interests", "language", "email_type", "marketing_permissions")


class NotNowError(ValueError):
    """The act is impossible in this state; the message says why."""


def confirm(ask: Ask, audience: Audience, member: Member) -> None:
    """Clicks the link in the confirmation mail."""
    if member.status != "pending":
        raise NotNowError(f"{member.email} is {member.status}; only a pending member has a confirmation mail.")
    audience.stamp(member, "timestamp_opt", ask.now)
    member.ip_opt = member.ip_opt or writes.CALLER
    if not member.timestamp_signup:
        audience.stamp(member, "timestamp_signup", member.extra.mailed_at if member.extra else ask.now)
    _set(ask, audience, member, "subscribed")
    writes.feed(member, ask.now, "generic_signup", signup_category=CONFIRMED)


def unsubscribe(ask: Ask, audience: Audience, member: Member) -> None:
    """Clicks the unsubscribe link of a mail; ``reason`` and ``campaign_id`` may be told."""
    if member.status not in {"subscribed", "pending", "transactional"}:
        raise NotNowError(f"{member.email} is {member.status} and gets no mail with such a link.")
    member.origin, member.reason = "self", str(ask.body.get("reason") or REASONS["self"])
    _set(ask, audience, member, "unsubscribed")


def explain(ask: Ask, audience: Audience, member: Member) -> None:
    """Says after the unsubscribing why: ``reason``."""
    if member.status != "unsubscribed" or member.origin != "self":
        raise NotNowError(f"{member.email} has not unsubscribed by the link.")
    member.reason = str(ask.body.get("reason") or REASONS["self"])
    campaign = audience.sent.get(ask.campaign)
    to = campaign.recipients.get(member.web_id) if campaign else None
    if to is not None:
        to.events = tuple(one._replace(detail=member.reason) if one.kind == "unsub" else one for one in to.events)
    elif member.extra:
        told = {"unsubscribe_reason": member.reason}
        member.extra.feed = tuple(one | told if one["activity_type"] == "unsub" else one for one in member.extra.feed)


def lapse(account: Account, list_id: str, web_id: int, now: int) -> None:
    """Nobody has answered the request to confirm for so long that the contact is dropped."""
    audience = account.audiences.get(list_id)
    member = audience.numbered(web_id) if audience else None
    asked = member.extra.until if member and member.extra else 0
    if audience and member and member.status == "pending" and asked == now:
        audience.remove(member, now)


def erase(ask: Ask, audience: Audience, member: Member) -> None:
    """The marketer deletes the contact for good."""
    writes.forget(ask, audience, member)


def complain(ask: Ask, audience: Audience, member: Member) -> None:
    """Marks a mail as spam."""
    if member.status != "subscribed":
        raise NotNowError(f"{member.email} is {member.status} and gets no mail to complain about.")
    member.origin, member.reason = "abuse", REASONS["abuse"]
    writes.happened(ask, audience, member, "abuse", "")
    _set(ask, audience, member, "unsubscribed")


def hard_bounce(ask: Ask, audience: Audience, member: Member) -> None:
    """The mailbox does not exist."""
    _bounce(ask, audience, member, "hard")


def soft_bounce(ask: Ask, audience: Audience, member: Member) -> None:
    """The mailbox is full. The seventh time it cleans, the fifteenth when the member has ever opened or clicked."""
    _bounce(ask, audience, member, "soft")


def open_mail(ask: Ask, audience: Audience, member: Member) -> None:
    """Opens the mail of ``campaign_id``, or the last one; with ``proxy`` the mail program does it by itself."""
    _engage(_with_mail(ask, audience, member), audience, member, "open", PROXY if ask.body.get("proxy") else "")


def click(ask: Ask, audience: Audience, member: Member) -> None:
    """Clicks the link ``url`` (else the first one) in the mail of ``campaign_id``, or the last one; opens it too."""
    ask = _with_mail(ask, audience, member)
    campaign = audience.sent[ask.campaign]
    known = links_of(content_of(campaign, campaign.recipients[member.web_id].combination))
    url = str(ask.body.get("url") or (known[0] if known else ""))
    if url not in known:
        raise NotNowError(f"The mail has no link {url!r}. It has: {', '.join(known) or 'none'}.")
    if not any(event.kind == "open" for event in campaign.recipients[member.web_id].events):
        _engage(ask, audience, member, "open", "")
    _engage(ask, audience, member, "click", url)


def _with_mail(ask: Ask, audience: Audience, member: Member) -> Ask:
    got = [key for key, one in audience.sent.items() if member.web_id in one.recipients]
    campaign = ask.campaign or (got[-1] if got else "")
    if campaign not in got:
        raise NotNowError(f"{member.email} got no mail of the campaign {campaign!r}.")
    if audience.sent[campaign].recipients[member.web_id].bounced():
        raise NotNowError(f"The mail to {member.email} bounced; nobody can read it.")
    return replace(ask, campaign=campaign)


def _engage(ask: Ask, audience: Audience, member: Member, kind: str, detail: str) -> None:
    writes.happened(ask, audience, member, kind, detail)
    extra = member.more()
    extra.had_activity = True
    if detail == PROXY or (extra.client and extra.place):
        return
    client, place = places.found(ask.account.seed, member.email)
    extra.client, extra.place = extra.client or client, extra.place or place
    if ask.switches["enrichment_bumps"]:
        audience.bump(member, ask.now)


def _bounce(ask: Ask, audience: Audience, member: Member, kind: str) -> None:
    if member.status != "subscribed":
        raise NotNowError(f"{member.email} is {member.status} and gets no mail that could bounce.")
    extra = member.more()
    about = {"bounce_type": kind, "bounce_has_open_activity": extra.had_activity}
    writes.happened(ask, audience, member, "bounce", kind, **about)
    extra.soft_bounces += kind == "soft"
    limit = SOFT_LIMIT_ACTIVE if extra.had_activity else SOFT_LIMIT
    if kind == "hard" or extra.soft_bounces >= limit:
        _set(ask, audience, member, "cleaned")


def edit_profile(ask: Ask, audience: Audience, member: Member) -> None:
    """Changes the own data in the preference form: merge fields, interests, language, permissions."""
    _update(ask, audience, member, {name: ask.body[name] for name in PROFILE if name in ask.body})


def change_address(ask: Ask, audience: Audience, member: Member) -> None:
    """Enters another address in the preference form: ``new_email``."""
    _update(ask, audience, member, {"email_address": ask.body.get("new_email", "")})


def admin_edit(ask: Ask, audience: Audience, member: Member) -> None:
    """The marketer edits a contact: what a profile has, ``email_address``, ``status``, ``add_tags``, ``remove_tags``,
    ``archive``.
    """
    body = {name: ask.body[name] for name in (*PROFILE, "email_address", "vip") if name in ask.body}
    _update(ask, audience, member, body, ask.body.get("status"))
    tagged = writes.add_tags(ask, audience, member, ask.body.get("add_tags", []))
    for name in ask.body.get("remove_tags", []):
        tag = find_tag(audience, name, ask.switches)
        tagged |= tag is not None and audience.untag(member, tag)
    if tagged:
        audience.bump(member, ask.now)
    if ask.body.get("archive"):
        if member.status in {"archived", "cleaned", "pending"}:
            raise NotNowError(f"{member.email} is {member.status} and cannot be archived.")
        writes.archive(ask, audience, member)


def sign_up(ask: Ask, audience: Audience, email: str) -> Member:
    """Sends in the hosted form: the only way back for a forgotten or an opted-out address."""
    body: Json = {name: ask.body[name] for name in PROFILE if name in ask.body}
    checks.check_shape(body)
    ask = replace(ask, params={"skip_merge_validation": "true"}, source="user")
    status = "pending" if audience.settings["double_optin"] else "subscribed"
    member = audience.by_id.get(md5(email))
    if member is not None and member.status == "subscribed":
        writes.update(ask, audience, member, body, None)
        return member
    if member is None:
        audience.forgotten.discard(md5(email))
        member = writes.create(ask, audience, body | {"email_address": email}, status, with_tags=False)
        member.source = HOSTED_FORM
    else:
        writes.update(ask, audience, member, body, None)
        _set(ask, audience, member, status)
    audience.stamp(member, "timestamp_signup", ask.now)
    member.ip_signup = writes.CALLER
    if status == "subscribed":
        audience.stamp(member, "timestamp_opt", ask.now)
        writes.feed(member, ask.now, "generic_signup", signup_category=HOSTED_FORM)
    return member


def _update(ask: Ask, audience: Audience, member: Member, body: Json, wish: str | None = None) -> None:
    checks.check_shape(body | ({"status": wish} if wish else {}))
    writes.update(replace(ask, params={"skip_merge_validation": "true"}), audience, member, body, wish)


def _set(ask: Ask, audience: Audience, member: Member, status: str) -> None:
    """A status that a person brings about; no table stands in its way."""
    writes.change_status(ask, audience, member, status, {})
    audience.bump(member, ask.now)


ACTS: dict[str, tuple[str, Callable[[Ask, Audience, Member], None]]] = {
    "confirm": ("user", confirm),
    "unsubscribe": ("user", unsubscribe),
    "explain": ("user", explain),
    "complain": ("user", complain),
    "hard-bounce": ("user", hard_bounce),
    "soft-bounce": ("user", soft_bounce),
    "open": ("user", open_mail),
    "click": ("user", click),
    "edit-profile": ("user", edit_profile),
    "change-address": ("user", change_address),
    "admin-edit": ("admin", admin_edit),
    "erase": ("admin", erase),
}
"""Name in the address -> (who acts, what happens). The sign-up form stands apart: it needs no member."""
