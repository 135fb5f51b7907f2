"""Audience webhooks: which event goes where, in which form, signed how, and when it is tried again."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from listloop.sandbox.mailchimp import merge
from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience, Webhook, unique_id
from listloop.sandbox.mailchimp.member import Member
from listloop.sandbox.switches import Switches

EVENTS = ("subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign")
SOURCES = ("user", "admin", "api")
Pairs = list[tuple[str, str]]


@dataclass(slots=True, eq=False)
class Delivery:
    """One event on its way to one webhook. ``due`` is when it is tried (again); the body never changes."""

    list_id: str
    webhook_id: str
    url: str
    body: bytes
    secret: str
    first: int
    due: int
    tries: int = 0


Settle = Callable[[Delivery, int], None]
"""Told the HTTP status that a delivery met with, 0 for none."""


def fire_member(
    ask: Ask, audience: Audience, member: Member, event: str, *,
    action: str = "", reason: str = "", campaign_id: str = "", old_email: str = "",
) -> None:  # fmt: skip
    """Queues an event about a member for every webhook that wants it; an address change brings a profile event too."""
    hooks = [hook for hook in audience.webhooks.values() if _wants(hook, event, ask.source)]
    if not hooks:
        return
    unique = unique_id(member.email)
    match event:
        case "upemail":
            data: Pairs = [("new_id", unique), ("new_email", member.email), ("old_email", old_email)]
        case "cleaned":
            data = [("campaign_id", campaign_id), ("reason", reason), ("email", member.email)]
        case "unsubscribe":
            data = [("action", action), ("reason", reason), *_about(audience, member, "unsubscribe")]
            data += [("campaign_id", campaign_id)] if campaign_id else []
        case _:
            data = _about(audience, member, event)
    fields = [("type", event), ("fired_at", datetime.fromtimestamp(ask.now, UTC).strftime("%Y-%m-%d %H:%M:%S"))]
    fields += [(_key(name), value) for name, value in [("list_id", audience.id), *data]]
    body = urlencode(fields).encode()
    ask.account.outbox += [
        Delivery(audience.id, hook.id, hook.url, body, hook.secret, ask.now, ask.now) for hook in hooks
    ]


def _wants(hook: Webhook, event: str, source: str) -> bool:
    # Nobody acts in a bounce: it goes out when any source is on.
    source_on = any(hook.sources.values()) if event == "cleaned" else hook.sources.get(source, False)
    return hook.enabled and hook.events.get(event, False) and source_on


def _key(name: str) -> str:
    first, *rest = name.split("/")
    return f"data[{first}]" + "".join(f"[{part}]" for part in rest)


def _about(audience: Audience, member: Member, event: str) -> Pairs:
    data: Pairs = [
        ("id", unique_id(member.email)), ("email", member.email), ("email_type", member.email_type),
        ("ip_opt", member.ip_opt), *([("ip_signup", member.ip_signup)] if event == "subscribe" else []),
        ("web_id", str(member.web_id)), ("merges/EMAIL", member.email),
    ]  # fmt: skip
    for field in audience.merge_fields.values():
        value = merge.shown(member.value(field.merge_id))
        if isinstance(value, dict):
            data += [(f"merges/{field.tag}/{part}", text) for part, text in value.items()]
        else:
            data.append((f"merges/{field.tag}", str(value)))
    return data + _groups(audience, member)


def _groups(audience: Audience, member: Member) -> Pairs:
    if not audience.interests:
        return []
    by_category: dict[str, list[str]] = {}
    for interest in audience.interests.values():
        if interest.id in member.interests:
            by_category.setdefault(interest.category_id, []).append(interest.name.replace(",", "\\,"))
    names = [name for category in by_category.values() for name in category]
    data: Pairs = [("merges/INTERESTS", ",".join(names))]
    for place, category in enumerate(audience.categories.values()):
        root = f"merges/GROUPINGS/{place}"
        data += [
            (f"{root}/id", str(place + 1)), (f"{root}/unique_id", category.id), (f"{root}/name", category.title),
            (f"{root}/groups", ", ".join(by_category.get(category.id, []))),
        ]  # fmt: skip
    return data


def signature(secret: str, body: bytes, now: int) -> str:
    """The header ``X-Mailchimp-Signature``: ``t=<seconds>,v1=<HMAC-SHA256 of "<t>." + body>``."""
    digest = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={now},v1={digest}"


def due(account: Account, now: int) -> list[Delivery]:
    return [delivery for delivery in account.outbox if delivery.due <= now]


def answered(account: Account, delivery: Delivery, status: int, switches: Switches) -> None:
    """What follows from an answer: 2xx done, 410 disables the webhook, anything else (0: none) is tried again."""
    delivery.tries += 1
    audience = account.audiences.get(delivery.list_id)
    hooks = audience.webhooks if audience else account.batch_hooks
    hook = hooks.get(delivery.webhook_id)
    steps = [int(step) for step in str(switches["webhook_retry_steps"]).split(",") if step]
    if status == 410 and hook:
        hook.enabled = False
    if 200 <= status < 300 or not hook or not hook.enabled or delivery.tries > len(steps):
        account.outbox = [other for other in account.outbox if other is not delivery]
    else:
        delivery.due = delivery.first + steps[delivery.tries - 1]
