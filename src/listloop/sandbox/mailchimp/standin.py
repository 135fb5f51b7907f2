"""The Mailchimp stand-in: who may ask, which handler answers, and what every answer has in common."""

import base64
import binascii
import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from sys import maxsize
from uuid import UUID

from listloop.sandbox.clock import Clock
from listloop.sandbox.mailchimp import batches, bodies, library, maillinks, oauth, postman, sending, storage, webhooks
from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.ask import Ask, decode, only, tree, without
from listloop.sandbox.mailchimp.compose import ROOT
from listloop.sandbox.mailchimp.controls import Controls
from listloop.sandbox.mailchimp.guesses import GUESSES
from listloop.sandbox.mailchimp.mailpages import MailPages
from listloop.sandbox.mailchimp.pages import Pages
from listloop.sandbox.mailchimp.problems import (
    BY_STATUS,
    GLOSSARY,
    ProblemError,
    fields_invalid,
    key_invalid,
    not_found,
    wrong_method,
)
from listloop.sandbox.mailchimp.render import SCHEMAS
from listloop.sandbox.mailchimp.routes import ALL
from listloop.sandbox.mailchimp.spec import Spec, described
from listloop.sandbox.standin import ControlHandler, StandIn
from listloop.sandbox.wire import Call, Json, Reply, Route, Router, WrongMethodError, encoded, json_reply

KEYS_DIFFER = (
    "The API key in the query parameters is not consistent with the one in the Authorization header. Use one of them."
)
KEY = re.compile(r"[0-9a-f]{32}-us1")
PROBLEM = "application/problem+json; charset=utf-8"


class Mailchimp(StandIn):
    """State in memory. ``key``: the only API key that is accepted; without it any ``<32 hex>-us1`` is.

    ``spec``: checks each good answer, and keeps what does not fit for ``/_sandbox/spec``.
    """

    name = "mailchimp"
    prefix = "/3.0"
    limit = 10
    menu = (("/_sandbox/pages/inbox", "Inbox"), ("/_sandbox/pages/campaigns", "Campaigns"))
    state: Account

    def __init__(
        self, *, seed: int = 0, clock: Clock | None = None, strict: bool = False, key: str = "",
        spec: Spec | None = None,
    ) -> None:  # fmt: skip
        self.key = key
        self.spec = spec
        self.described = spec or described()
        self.router = Router(ALL)
        self.postman = postman.Postman()
        super().__init__(GUESSES, seed=seed, clock=clock, strict=strict)

    def fresh(self) -> Account:
        return Account(self.seed)

    def controls(self) -> Iterable[Route[ControlHandler]]:
        controls = Controls(self)
        pages = Pages(self, controls, one_key=bool(self.key))
        return [
            *controls.routes(), *pages.routes(), *MailPages(self, controls).routes(),
            Route("GET", "/_sandbox/spec", lambda _, __: json_reply(self._checked())),
        ]  # fmt: skip

    def _checked(self) -> Json:
        """Whether answers are checked against an API description, and what did not fit."""
        return {"checked": self.spec is not None, "found": list(self.spec.found) if self.spec else []}

    def work(self, now: int, most: int | None) -> int | None:
        end = maxsize if most is None else self.state.steps + most
        for batch in batches.due(self.state, now):
            due = sending.advance(self.state, self.switches, batch.ends - 1, end)
            if due is not None:
                return due
            if not batches.work(self.state, self.switches, batch, self.run, self._paged, end):
                return batch.ends
        return sending.advance(self.state, self.switches, now, end)

    @property
    def steps(self) -> int:
        return self.state.steps

    def _paged(self, path: str) -> bool:
        """Whether a GET of this path is a collection in pages."""
        try:
            return "count" in self.router.find("GET", path)[0].query
        except (LookupError, WrongMethodError):
            return False

    async def prepare(self, call: Call) -> Call:
        call = await postman.fetched(call)
        return await postman.validate(call) if self.switches["validate_webhooks"] else call

    async def deliver(self, steer: Callable[[str, Json], None]) -> None:
        account = self.state

        def settle(letter: webhooks.Delivery, status: int) -> None:
            if account is self.state and letter in account.outbox:
                steer("deliveries", {"number": account.outbox.index(letter), "status": status})

        for campaign_id in account.errands:
            one = account.campaigns.get(campaign_id)
            url = str(one.rss_opts.get("feed_url", "")) if one else ""

            def told(xml: str, campaign_id: str = campaign_id) -> None:
                if account is self.state:
                    steer("feeds/fetched", {"campaign_id": campaign_id, "xml": xml})

            self.postman.look(campaign_id, url, told)
        self.postman.start(account, self.clock.now(), settle)

    def kept(self, call: Call) -> Call | None:
        if call.path.startswith(ROOT):
            return call  # to look at a mail, or to click in it, is a GET that changes something
        if call.path.startswith(oauth.ROOT):
            return oauth.without_secret(call)
        return super().kept(call)

    def redo(self, call: Call) -> None:
        if not call.path.startswith(self.prefix):
            self.answer(call)
            return
        with contextlib.suppress(ProblemError):
            self.run(call, self.clock.now())

    def problem(self, status: int) -> Reply:
        return self._problem(BY_STATUS[status], self._request_id())

    def answer(self, call: Call) -> Reply:
        if call.path.startswith(storage.ROOT):
            refuse = bool(self.switches["storage_refuses_auth"])
            return storage.answer(self.state, call, self.clock.now(), refuse_auth=refuse)
        if call.path.startswith(library.SERVED):
            return library.served(self.state, call)
        if call.path.startswith(ROOT):
            return maillinks.answer(self, call)
        if call.path.startswith(oauth.ROOT):
            return oauth.answer(self.state, call, self.clock.now())
        instance = self._request_id()
        headers = {"Server": "openresty", "X-Request-Id": instance, "Vary": "Accept-Encoding"}
        try:
            self._authorise(call)
            value = self.run(call, self.clock.now())
        except ProblemError as problem:
            return self._problem(problem, instance)
        if value is None:
            return Reply(204, b"", headers)
        schema = f'<{SCHEMAS}Definitions/Response.json>; rel="describedBy"'
        return json_reply(value, 200, headers | {"Link": schema})

    def run(self, call: Call, now: int) -> Json | None:
        """The answer to a call that is allowed, at this second; None for 204. Raises ProblemError."""
        trigger = call.headers.get("x-trigger-error", "")
        if trigger in GLOSSARY:
            raise GLOSSARY[trigger]
        if not call.path.startswith(self.prefix + "/") and call.path != self.prefix:
            raise not_found()
        method = self._method(call)
        try:
            route, args = self.router.find(method, call.path.removeprefix(self.prefix))
        except WrongMethodError as wrong:
            raise wrong_method(wrong.allow) from None
        except LookupError:
            raise not_found() from None
        params = {name: value for name, value in call.params().items() if name != "apikey"}
        ask = Ask(
            self.state, self.switches, now, args, params,
            decode(call.body) if method in {"POST", "PUT", "PATCH"} else {}, call.base + self.prefix,
            auto_doi=call.headers.get("x-status-resolution-method") == "auto-doi", strict=self.strict,
            facts=dict(call.facts),
        )  # fmt: skip
        if self.strict:
            _refuse_unknown(ask, route.query, route.body)
        errors = bodies.mistakes(self.described, method, route.template, ask.body)
        if errors:
            raise fields_invalid(*errors)
        if method != "GET" and not self.switches["fields_on_writes"]:
            ask.params = {name: value for name, value in ask.params.items() if name not in {"fields", "exclude_fields"}}
        trimmed = {"members"} if route.template.startswith("/lists/") else set()
        self._check_fields(ask, method, route.template)
        answer = self._trim(ask, route.handler(ask), trimmed)
        if self.spec:
            whole = not ask.params.keys() & {"fields", "exclude_fields"}
            shown = None if answer is None else json.loads(encoded(answer))
            self.spec.check(method, route.template, 204 if answer is None else 200, shown, whole=whole)
        return answer

    def _check_fields(self, ask: Ask, method: str, template: str) -> None:
        """Raises ProblemError (400) before anything is done."""
        wanted, unwanted = ask.wanted(), tree(ask.params.get("exclude_fields", ""))
        if wanted and unwanted:
            raise fields_invalid(("fields", "fields and exclude_fields cannot be used together."))
        if not self.switches["unknown_fields_ignored"]:
            unknown = self.described.unknown(method, template, wanted)
            if unknown:
                raise fields_invalid(*(("fields", f"{path} is not a field of this resource.") for path in unknown))

    def _trim(self, ask: Ask, value: Json | None, shown: set[str]) -> Json | None:
        """Only the fields that were asked for; the keys in ``shown`` were made so from the start."""
        wanted, unwanted = ask.wanted(), tree(ask.params.get("exclude_fields", ""))
        if value is None:
            return None
        if wanted:
            return {
                key: part if key in shown else only(part, wanted[key]) for key, part in value.items() if key in wanted
            }
        return without(value, unwanted) if unwanted else value

    def _authorise(self, call: Call) -> None:
        given = call.headers.get("authorization", "")
        asked = call.params().get("apikey", "") if call.method == "GET" else ""
        scheme, _, secret = given.partition(" ")
        if not given and not asked:
            raise GLOSSARY["APIKeyMissing"]
        if not given:
            secret = asked
        elif scheme.lower() == "basic":
            try:
                secret = base64.b64decode(secret, validate=True).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                raise key_invalid() from None
        elif scheme.lower() not in {"bearer", "oauth"}:
            raise key_invalid()
        if asked and asked != secret:
            raise key_invalid(KEYS_DIFFER)
        if not (secret == self.key if self.key else KEY.fullmatch(secret)) and not oauth.knows(self.state, secret):
            raise key_invalid()
        if not self._serves(call.headers.get("host", "").lower()):
            raise key_invalid()

    def _serves(self, host: str) -> bool:
        """Whether the keys, all of us1, are good there: a program may believe that it talks to Mailchimp itself."""
        if host == "api.mailchimp.com":
            return bool(self.switches["single_host_takes_keys"])
        return not host.endswith(".api.mailchimp.com") or host == "us1.api.mailchimp.com"

    @staticmethod
    def _method(call: Call) -> str:
        override = call.headers.get("x-http-method-override")
        if override and call.method != "POST":
            raise GLOSSARY["InvalidMethodOverride"]
        return override.upper() if override else call.method

    def _request_id(self) -> str:
        self.state.requests += 1
        digest = hashlib.blake2b(f"{self.seed} {self.state.requests}".encode(), digest_size=16).digest()
        return str(UUID(bytes=digest, version=4))

    def _problem(self, problem: ProblemError, instance: str) -> Reply:
        headers = {
            "Server": "openresty", "Content-Type": PROBLEM, "X-Request-Id": instance,
            "Link": f'<{SCHEMAS}Definitions/ProblemDetailDocument.json>; rel="describedBy"',
        }  # fmt: skip
        if problem.allow:
            headers["Allow"] = problem.allow
        return json_reply(problem.body(instance), problem.status, headers)


def _refuse_unknown(ask: Ask, query: frozenset[str], body: frozenset[str] | None) -> None:
    errors = [(name, "This parameter is not known.") for name in sorted(ask.params.keys() - query)]
    errors += [(name, "This key is not known.") for name in sorted(ask.body.keys() - (body or frozenset()))]
    if errors:
        raise fields_invalid(*errors)
