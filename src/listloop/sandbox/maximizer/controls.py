"""The stand-in's own part of the control surface: an Address Book to start with, and what its users do."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from listloop.sandbox.clock import seconds_of
from listloop.sandbox.control import json_handler
from listloop.sandbox.maximizer.book import Row
from listloop.sandbox.maximizer.definitions import Definitions
from listloop.sandbox.maximizer.events import by_http, deliver
from listloop.sandbox.maximizer.keys import Ident, ident_of
from listloop.sandbox.maximizer.problems import Failure
from listloop.sandbox.maximizer.sessions import Sessions
from listloop.sandbox.maximizer.shapes import Shapes
from listloop.sandbox.maximizer.things import THINGS
from listloop.sandbox.maximizer.writing import Writer
from listloop.sandbox.standin import ControlHandler
from listloop.sandbox.wire import Call, Reply, Route

if TYPE_CHECKING:
    from listloop.sandbox.maximizer.standin import Maximizer

Json = dict[str, Any]


class Controls:
    """What the tests, the demo and the pages of this stand-in call below ``/_sandbox``."""

    def __init__(self, standin: Maximizer) -> None:
        self.standin = standin

    def routes(self) -> Iterable[Route[ControlHandler]]:
        acts = {
            "seed": self.seed, "people/add": self.add, "people/edit": self.edit, "people/delete": self.delete,
            "people/merge": self.merge, "people/mark": self.mark, "people/company": self.company, "deals": self.deal,
            "users": self.user, "passes": self.make_pass, "clone": self.clone,
            "webhooks": self.deliver,
        }  # fmt: skip
        posts = [Route("POST", f"/_sandbox/{path}", json_handler(act)) for path, act in acts.items()]
        return [*posts, Route("GET", "/_sandbox/tab", self.tab)]

    def tab(self, call: Call, _: dict[str, str]) -> Reply:
        """``?url=...&name=CurrentKey&key=ID.number``: a page of Maximizer with our tab for this entry in it."""
        asked = call.params()
        key = self._key(self._ident(asked)) if asked.get("key") else ""
        joined = "&" if "?" in asked["url"] else "?"
        address = f"{asked['url']}{joined}{urlencode({asked.get('name', 'CurrentKey'): key})}" if key else asked["url"]
        frame = f'<iframe title="Mailchimp" src="{escape(address)}" width="900" height="600"></iframe>'
        body = f"<!doctype html><html lang=en><title>Maximizer</title><body><h1>Address Book</h1>{frame}</body></html>"
        return Reply(200, body.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _writer(self) -> Writer:
        standin = self.standin
        shapes = Shapes(standin.state, standin.salt)
        return Writer(shapes, standin.switches, standin.state.users["MASTER"], standin.clock.now())

    def _write(self, method: str, thing: str, data: Json) -> Json:
        try:
            return self._writer().write(method, THINGS[thing], {"Data": data})["Data"]  # type: ignore[no-any-return]
        except Failure as problem:
            raise ValueError(problem.text) from None

    def _key(self, ident: Ident) -> str:
        key: str = Shapes(self.standin.state, self.standin.salt).key("AbEntry", ident)
        return key

    def _ident(self, body: Json) -> Ident:
        id_, _, number = str(body["key"]).rpartition(".")
        return id_, int(number)

    def _told(self, key: str) -> Json:

        id_, number = ident_of(key, self.standin.salt)
        return {"key": f"{id_}.{number}"}

    def _named(self, values: Json) -> Json:
        """User-defined fields by their bare names become paths, and choices their keys."""
        known = {one.name: one for one in self.standin.state.udfs.values()}
        sent: Json = {}
        for name, value in values.items():
            one = known.get(name)
            if one is None:
                sent[name] = value
                continue
            keys = {title: key for key, title in one.options.items()}
            wanted = [value] if isinstance(value, str) else value
            sent[f"Udf/$TYPEID({one.number})"] = [keys[title] for title in wanted] if one.options and value else value
        return sent

    def seed(self, body: Json) -> Json:
        """``{"fields": [...], "companies": [...], "people": [...], "lists": [...]}``; nothing is asked of rights."""
        state = self.standin.state
        setup = Definitions(state, self.standin.switches, state.users["MASTER"])
        for one in body.get("fields", ()):
            folder = setup.folder_named(one.get("folder", ""), make=True)
            applies = tuple(one.get("applies", ("Individual", "Contact")))
            setup.add(
                one["name"], one["type"], applies, folder, one.get("attributes", {}), tuple(one.get("choices", ()))
            )
        above = {one["CompanyName"]: self._write("Create", "abentry", {"Key": None, "Type": "Company", **one})["Key"]
                 for one in body.get("companies", ())}  # fmt: skip
        keys = [self._person(one, above) for one in body.get("people", ())]
        for one in body.get("lists", ()):
            members = [keys[place] for place in one.get("members", ())]
            self._write("Create", "favoritelist", {"Name": one["name"], "EntityType": 1, "MemberKeys": members})
        return {"people": [self._told(one)["key"] for one in keys]}

    def _person(self, given: Json, above: dict[str, str]) -> str:
        values = self._named({name: value for name, value in given.items() if name not in {"company", "created"}})
        company = given.get("company")
        kind: Json = {"Type": "Contact", "ParentKey": above[company]} if company else {"Type": "Individual"}
        key = str(self._write("Create", "abentry", {"Key": None, **kind, **values})["Key"])
        if given.get("created"):
            self._row(self._told(key)).created = seconds_of(given["created"])
        return key

    def add(self, body: Json) -> Json:
        """``{"values": {...}}`` and perhaps ``"company"``: a user makes a person."""
        state = self.standin.state
        above = {row.values["CompanyName"]: self._key(row.ident) for row in state.of("AbEntry").values()
                 if row.values["Type"] == "Company"}  # fmt: skip
        return self._told(self._person({"LastName": "-", **body.get("values", {}), **{
            name: body[name] for name in ("company",) if name in body}}, above))  # fmt: skip

    def company(self, body: Json) -> Json:
        """``{"name": "..."}``: a user makes a company, or with ``key`` renames one."""
        if "key" in body:
            self._write("Update", "abentry", {"Key": self._key(self._ident(body)), "CompanyName": body["name"]})
            return {"key": body["key"]}
        made = self._write("Create", "abentry", {"Key": None, "Type": "Company", "CompanyName": body["name"]})
        return self._told(str(made["Key"]))

    def edit(self, body: Json) -> Json:
        """``{"key": "ID.number", "values": {...}}``: a user changes a record."""
        self._write("Update", "abentry", {"Key": self._key(self._ident(body)), **self._named(body["values"])})
        return {}

    def delete(self, body: Json) -> Json:
        """``{"key": "ID.number"}``: a user deletes a record."""
        self._write("Delete", "abentry", {"Key": self._key(self._ident(body))})
        return {}

    def merge(self, body: Json) -> Json:
        """``{"key": stays, "other": goes}``: a user merges two entries; what is missing in the first comes along."""
        stays, goes = self._row(body), self._row({"key": body["other"]})
        for name, value in goes.values.items():
            if not stays.values.get(name) and name not in {"Type", "ParentKey"}:
                stays.values[name] = value
        stays.changed = self.standin.clock.now()
        return self.delete({"key": body["other"]})

    def mark(self, body: Json) -> Json:
        """``{"key": "...", "hidden": true, "damaged": true}``: states that no user can set."""
        row = self._row(body)
        row.hidden, row.damaged = bool(body.get("hidden", row.hidden)), bool(body.get("damaged", row.damaged))
        return {}

    def _row(self, body: Json) -> Row:
        found: Row | None = self.standin.state.of("AbEntry").get(self._ident(body))
        if found is None:
            raise ValueError(f"There is no entry {body['key']}.")
        return found

    def deal(self, body: Json) -> Json:
        """``{"title", "value", "currency", "won", "people": ["ID.number"]}``: a user saves a won opportunity."""
        people = [self._key(self._ident({"key": one})) for one in body.get("people", ())]
        first, contact = people[0], people[-1]
        made = self._write("Create", "opportunity", {
            "Key": None, "Objective": body["title"], "AbEntryKey": first, "ContactKey": contact, "Status": "3",
            "CloseDate": body["won"], "ActualRevenue": body["value"], "CorporateRevenue": body["value"],
        })  # fmt: skip
        row = self.standin.state.of("Opportunity")[self._ident(self._told(str(made["Key"])))]
        row.values["CurrencyCode"] = body.get("currency", "EUR")
        return self._told(str(made["Key"]))

    def user(self, body: Json) -> Json:
        """``{"uid": "SYNC", "denied": ["udf-setup", "update"], "web_access": false, "password": "...", "revoke": 1}``:
        the last ends every sign-in, those by OAuth too.
        """
        found = self.standin.state.users[body["uid"]]
        found.denied = set(body.get("denied", found.denied))
        found.web_access = bool(body.get("web_access", found.web_access))
        found.password = str(body.get("password", found.password))
        if "revoke" in body:
            self.standin.state.sessions.clear()
            self.standin.state.refreshing.clear()
        return {}

    def make_pass(self, body: Json) -> Json:
        """``{"uid": "SYNC", "days": 90}``, or ``{"revoke": "..."}``: a personal access token is made, or ends."""
        if "revoke" in body:
            self.standin.state.passes[body["revoke"]].revoked = True
            return {}
        now = self.standin.clock.now()
        until = now + 86_400 * int(body["days"]) if body.get("days") else 0
        return {"token": Sessions(self.standin.state, self.standin.switches, now).pass_for(body["uid"], until)}

    def deliver(self, body: Json) -> Json:
        """``{"twice": true, "backwards": true}``: webhooks are told what happened; how many were reached, how often."""
        twice, backwards = bool(body.get("twice")), bool(body.get("backwards"))
        return deliver(self.standin.state, by_http, twice=twice, backwards=backwards)

    def clone(self, _: Json) -> Json:
        """The same entries with the same keys, in what is another workspace."""
        self.standin.state.workspace = self.standin.state.token()[:32]
        return {"workspace": self.standin.state.workspace}
