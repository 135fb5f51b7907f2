"""``/batch-webhooks``: told when a batch is finished."""

import re
from urllib.parse import urlencode

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Webhook
from listloop.sandbox.mailchimp.hooks import DEAD, TWICE
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid, invalid, not_found
from listloop.sandbox.mailchimp.render import collection, resource_links
from listloop.sandbox.mailchimp.webhooks import Delivery
from listloop.sandbox.wire import Json, Route

ALL = "/batch-webhooks"
ONE = ALL + "/{batch_webhook_id}"
MOST = 20
BODY = frozenset({"url", "enabled"})


def list_hooks(ask: Ask) -> Json:
    offset, count = ask.slice()
    shown = [_show(ask, hook) for hook in list(ask.account.batch_hooks.values())[offset : offset + count]]
    return collection("webhooks", shown, len(ask.account.batch_hooks), f"{ask.base}{ALL}")


def post_hook(ask: Ask) -> Json:
    if len(ask.account.batch_hooks) >= MOST:
        raise invalid(f"You cannot have more than {MOST} batch webhooks.")
    secret = ask.account.token(64) if ask.switches["webhooks_signed"] else ""
    hook = Webhook(ask.account.token(10), _url(ask, None), {}, {}, secret, _enabled(ask, old=True))
    ask.account.batch_hooks[hook.id] = hook
    return _show(ask, hook) | {"signing_secret": secret}


def get_hook(ask: Ask) -> Json:
    return _show(ask, _hook(ask))


def patch_hook(ask: Ask) -> Json:
    hook = _hook(ask)
    url = _url(ask, hook) if "url" in ask.body else hook.url
    hook.enabled, hook.url = _enabled(ask, old=True), url
    return _show(ask, hook)


def delete_hook(ask: Ask) -> None:
    del ask.account.batch_hooks[_hook(ask).id]


def _url(ask: Ask, own: Webhook | None) -> str:
    url: str = ask.body.get("url", "")
    if not re.match(r"https?://[^\s/]+", url):
        raise fields_invalid(("url", "This value is not a valid URL."))
    if any(hook.url == url and hook is not own for hook in ask.account.batch_hooks.values()):
        raise fields_invalid(("url", TWICE))
    found = ask.facts.get("webhook_status", "200")
    if ask.switches["validate_webhooks"] and found != "200":
        raise fields_invalid(("url", DEAD.format(found)))
    return url


def _enabled(ask: Ask, *, old: bool) -> bool:
    given = ask.body.get("enabled", old)
    if not isinstance(given, bool):
        raise fields_invalid(("enabled", "Schema describes boolean, another type found instead"))
    return given


def _hook(ask: Ask) -> Webhook:
    found = ask.account.batch_hooks.get(ask.args["batch_webhook_id"])
    if found is None:
        raise not_found()
    return found


def _show(ask: Ask, hook: Webhook) -> Json:
    links = resource_links(f"{ask.base}{ALL}", hook.id)
    return {"id": hook.id, "url": hook.url, "enabled": hook.enabled, "_links": links}


def tell(account: Account, batch: Json, now: int) -> None:
    """Queues the finished batch, as its resource shows it, for every webhook that is on."""
    names = (
        "id", "status", "total_operations", "finished_operations", "errored_operations", "submitted_at", "completed_at",
        "response_body_url",
    )  # fmt: skip
    fields = [("type", "batch_operation_completed"), ("fired_at", iso(now).replace("T", " ")[:19])]
    fields += [(f"data[{name}]", str(batch[name])) for name in names]
    for number, one in enumerate(batch["_links"]):
        fields += [(f"data[_links][{number}][{key}]", str(part)) for key, part in one.items()]
    body = urlencode(fields).encode()
    for hook in account.batch_hooks.values():
        if hook.enabled:
            account.outbox.append(Delivery("", hook.id, hook.url, body, hook.secret, now, now))


ROUTES: list[Route[Handler]] = [
    Route("GET", ALL, list_hooks, PAGED),
    Route("POST", ALL, post_hook, body=BODY),
    Route("GET", ONE, get_hook, FIELDS),
    Route("PATCH", ONE, patch_hook, body=BODY),
    Route("DELETE", ONE, delete_hook),
]
