"""The Mailchimp part of the control surface: seeding, and what people do, as JSON."""

from collections.abc import Callable, Iterable
from typing import Any

from listloop.sandbox.control import json_handler, whole
from listloop.sandbox.mailchimp import feeds, importing, inbox, oauth, people, seeding, sending, variate, webhooks
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience, md5
from listloop.sandbox.mailchimp.compose import html_of, mail_of, text_of
from listloop.sandbox.mailchimp.member import Member
from listloop.sandbox.mailchimp.problems import ProblemError
from listloop.sandbox.mailchimp.render import MemberView
from listloop.sandbox.standin import ControlHandler, StandIn
from listloop.sandbox.wire import Call, Json, Reply, Route, json_reply


class Controls:
    def __init__(self, standin: StandIn) -> None:
        self.standin = standin

    def routes(self) -> Iterable[Route[ControlHandler]]:
        yield Route("POST", "/_sandbox/seed", json_handler(self.seed))
        yield Route("POST", "/_sandbox/deliveries", json_handler(self.delivered))
        yield Route("POST", "/_sandbox/people/sign-up", json_handler(self.sign_up))
        yield Route("GET", "/_sandbox/rates", json_handler(self.rates))
        yield Route("POST", "/_sandbox/rates", json_handler(self.rates))
        yield Route("GET", "/_sandbox/inbox", self.inbox)
        yield Route("GET", "/_sandbox/inbox/{mail_id}", self.mail)
        yield Route("POST", "/_sandbox/import", self.import_export)
        yield Route("GET", "/_sandbox/feeds", json_handler(self.feeds))
        yield Route("POST", "/_sandbox/feeds", json_handler(self.feeds))
        yield Route("POST", "/_sandbox/feeds/fetched", json_handler(self.fetched))
        yield Route("POST", "/_sandbox/campaigns/winner", json_handler(self.elect))
        yield Route("POST", "/_sandbox/oauth/revoke", json_handler(self.revoke))
        for act in people.ACTS:
            yield Route("POST", f"/_sandbox/people/{act}", json_handler(self._act(act)))

    def seed(self, body: Json) -> Json:
        return seeding.seed(self.standin.state, self.standin.switches, self.standin.clock.now(), body)

    def delivered(self, body: Json) -> Json:
        """``{"number": 0, "status": 200}``: how the delivery with this place in the outbox went; 0 for no answer."""
        outbox = self.standin.state.outbox
        if not 0 <= int(body["number"]) < len(outbox):
            raise ValueError("There is no such delivery.")
        webhooks.answered(self.standin.state, outbox[int(body["number"])], int(body["status"]), self.standin.switches)
        return {"waiting": len(self.standin.state.outbox)}

    def rates(self, body: Json) -> Json:
        """``{"open": 0.5}``: the share of people who do that with a mail that goes out from now on."""
        known = self.standin.state.rates
        for name, rate in body.items():
            if name not in known or isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
                raise ValueError(f"A rate is a number from 0 to 1 for one of {', '.join(known)}.")
        known |= body
        return {"rates": known}

    def inbox(self, call: Call, _: dict[str, str]) -> Reply:
        """``?email=&campaign_id=&kind=&offset=&count=``: mails, newest first, without their bodies."""
        params = call.params()
        found = inbox.Wanted(params.get("email", ""), params.get("campaign_id", ""), params.get("kind", ""))
        offset, count = whole(params, "offset", 0), whole(params, "count", 100)
        total, mails = inbox.listed(self.standin.state, found, offset, count)
        return json_reply({"mails": [inbox.shown(mail, call.base) for mail in mails], "total": total})

    def mail(self, call: Call, args: dict[str, str]) -> Reply:
        """One mail with its HTML and plain-text parts. To read it here is no open."""
        mail = mail_of(self.standin.state, args["mail_id"])
        if mail is None:
            raise LookupError(f"the mail {args['mail_id']}")
        parts = {"html": html_of(mail, call.base), "text": text_of(mail, call.base)}
        return json_reply(inbox.shown(mail, call.base) | parts)

    def import_export(self, call: Call, _: dict[str, str]) -> Reply:
        """The body is an exported audience, one CSV file or the zip; ``?name=`` or ``?list_id=`` says where it goes."""
        params = call.params()
        which = {"id": params["list_id"]} if params.get("list_id") else {"name": params.get("name") or "Imported"}
        return json_reply(self.bring(call.body, which))

    def bring(self, export: bytes, which: Json) -> Json:
        """Raises ValueError for what is no export, or does not fit."""
        return self.seed({"lists": [which | importing.document(export)]})

    def feeds(self, body: Json) -> Json:
        """``{"url": "...", "xml": "<rss>..."}``: what stands at an address; with ``null`` it is fetched again."""
        known = self.standin.state.feeds
        if body and body.get("xml") is None:
            known.pop(str(body["url"]), None)
        elif body:
            feeds.read(str(body["xml"]))
            known[str(body["url"])] = str(body["xml"])
        return {"feeds": sorted(known)}

    def fetched(self, body: Json) -> Json:
        """``{"campaign_id": "...", "xml": "..."}``: the feed that a campaign waited for; empty for none."""
        state = self.standin.state
        state.errands = [one for one in state.errands if one != body["campaign_id"]]
        campaign = state.campaigns.get(body["campaign_id"])
        if campaign is not None and campaign.status == "sending":
            sending.fed(self.ask({}, "user"), campaign, str(body["xml"]))
        return {"waiting": len(state.errands)}

    def elect(self, body: Json) -> Json:
        """``{"campaign_id": "...", "combination_id": "..."}``: the marketer picks the winner for the rest."""
        campaign = self.standin.state.campaigns.get(str(body.get("campaign_id", "")))
        if campaign is None or not campaign.rest:
            raise ValueError("No campaign with this campaign_id waits for a winner.")
        ids = [one["id"] for one in variate.shown(campaign)["combinations"]]
        if body.get("combination_id") not in ids:
            raise ValueError(f"Say which: combination_id is one of {', '.join(ids)}.")
        sending.choose(self.ask({}, "admin"), campaign, ids.index(body["combination_id"]))
        return {"winner": body["combination_id"]}

    def revoke(self, body: Json) -> Json:
        """``{"token": "..."}``; without it all: the user removes the app."""
        return {"revoked": oauth.revoke(self.standin.state, str(body.get("token", "")))}

    def _act(self, act: str) -> Callable[[Json], Json]:
        return lambda body: self.act(act, body)

    def act(self, act: str, body: Json) -> Json:
        """``{"email": "...", "list_id": "..."}`` (no list is needed when there is one only) and what the act takes."""
        audience = self.audience(body)
        member = audience.find(str(body.get("email", "")))
        if member is None:
            raise ValueError(f"{body.get('email')!r} is not in the list {audience.settings['name']!r}.")
        source, happens = people.ACTS[act]
        self._safely(happens, self.ask(body, source), audience, member)
        return self.shown(audience, member)

    def sign_up(self, body: Json) -> Json:
        audience = self.audience(body)
        member = self._safely(people.sign_up, self.ask(body, "user"), audience, str(body.get("email", "")))
        return self.shown(audience, member)

    def audience(self, body: Json) -> Audience:
        known = self.standin.state.audiences
        list_id = body.get("list_id") or (next(iter(known)) if len(known) == 1 else "")
        if list_id not in known:
            raise ValueError(f"Say which list: list_id is one of {', '.join(known) or 'none yet'}.")
        found: Audience = known[list_id]
        return found

    def ask(self, body: Json, source: str) -> Ask:
        return Ask(
            self.standin.state,
            self.standin.switches,
            self.standin.clock.now(),
            body=body,
            source=source,
            campaign=str(body.get("campaign_id", "")),
        )

    def shown(self, audience: Audience, member: Member) -> Json:
        current = audience.by_id.get(md5(member.email))
        return {"member": MemberView(audience, f"http://127.0.0.1{self.standin.prefix}")(current) if current else None}

    @staticmethod
    def _safely(act: Callable[..., Any], *arguments: object) -> Any:
        """Raises ValueError in the words of the API when the rules forbid what somebody wants to do."""
        try:
            return act(*arguments)
        except ProblemError as problem:
            raise ValueError(
                "; ".join([problem.detail, *(f"{name}: {text}" for name, text in problem.errors)])
            ) from None
