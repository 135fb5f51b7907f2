"""``/lists/{list_id}/webhooks``: the resource. What is sent and when is in `webhooks`."""

import re

from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience, Webhook
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid, not_found
from listloop.sandbox.mailchimp.render import collection, resource_links
from listloop.sandbox.mailchimp.webhooks import EVENTS, SOURCES
from listloop.sandbox.wire import Json, Route

ALL = "/lists/{list_id}/webhooks"
ONE = ALL + "/{webhook_id}"
BODY = frozenset({"url", "events", "sources", "signing_enabled"})
DEAD = "We couldn't verify the URL is working. Please double check and try again. HTTP Code: {}"
TWICE = "Sorry, you can't set up multiple WebHooks for one URL"
WEB_DEFAULTS = {"events": dict.fromkeys(EVENTS, True), "sources": {"user": True, "admin": True, "api": False}}


def list_webhooks(ask: Ask) -> Json:
    audience = ask.audience()
    offset, count = ask.slice()
    shown = [_show(ask, hook) for hook in list(audience.webhooks.values())[offset : offset + count]]
    return collection("webhooks", shown, len(audience.webhooks), _root(ask), list_id=audience.id)


def post_webhook(ask: Ask) -> Json:
    audience = ask.audience()
    url = _url(ask, audience, None)
    signed = ask.body.get("signing_enabled", bool(ask.switches["webhooks_signed"]))
    hook = Webhook(
        ask.account.token(10), url, _flags(ask, "events", None), _flags(ask, "sources", None),
        ask.account.token(64) if signed else "",
    )  # fmt: skip
    audience.webhooks[hook.id] = hook
    return _show(ask, hook) | {"signing_secret": hook.secret}


def get_webhook(ask: Ask) -> Json:
    return _show(ask, _webhook(ask))


def patch_webhook(ask: Ask) -> Json:
    """Key by key; a webhook that 410 has disabled works again once it is written."""
    audience, hook = ask.audience(), _webhook(ask)
    url = _url(ask, audience, hook) if "url" in ask.body else hook.url
    events, sources = _flags(ask, "events", hook.events), _flags(ask, "sources", hook.sources)
    hook.url, hook.events, hook.sources, hook.enabled = url, events, sources, True
    return _show(ask, hook)


def delete_webhook(ask: Ask) -> None:
    del ask.audience().webhooks[_webhook(ask).id]


def _url(ask: Ask, audience: Audience, own: Webhook | None) -> str:
    url: str = ask.body.get("url", "")
    if not re.match(r"https?://[^\s/]+", url):
        raise fields_invalid(("url", "This value is not a valid URL."))
    if any(_plain(hook.url) == _plain(url) and hook is not own for hook in audience.webhooks.values()):
        raise fields_invalid(("url", TWICE))
    found = ask.facts.get("webhook_status", "200")
    if ask.switches["validate_webhooks"] and found != "200":
        raise fields_invalid(("url", DEAD.format(found)))
    return url


def _plain(url: str) -> str:
    return url.partition("?")[0]


def _flags(ask: Ask, name: str, old: dict[str, bool] | None) -> dict[str, bool]:
    given = ask.body.get(name, {})
    if any(not isinstance(on, bool) for on in given.values()):
        raise fields_invalid((name, "Schema describes object of booleans"))
    known = EVENTS if name == "events" else SOURCES
    base = dict.fromkeys(known, False)
    if old is None and name not in ask.body and not ask.switches["webhook_defaults_off"]:
        base = WEB_DEFAULTS[name]
    return base | (old or {}) | {key: on for key, on in given.items() if key in known}


def _webhook(ask: Ask) -> Webhook:
    found = ask.audience().webhooks.get(ask.args["webhook_id"])
    if found is None:
        raise not_found()
    return found


def _root(ask: Ask) -> str:
    return f"{ask.base}/lists/{ask.args['list_id']}/webhooks"


def _show(ask: Ask, hook: Webhook) -> Json:
    return {
        "id": hook.id, "url": hook.url, "events": hook.events, "sources": hook.sources,
        "list_id": ask.args["list_id"], "signing_enabled": bool(hook.secret),
        "_links": resource_links(_root(ask), hook.id),
    }  # fmt: skip


ROUTES: list[Route[Handler]] = [
    Route("GET", ALL, list_webhooks, PAGED),
    Route("POST", ALL, post_webhook, body=BODY),
    Route("GET", ONE, get_webhook, FIELDS),
    Route("PATCH", ONE, patch_webhook, body=BODY),
    Route("DELETE", ONE, delete_webhook),
]
