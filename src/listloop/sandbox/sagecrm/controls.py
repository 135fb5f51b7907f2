"""The Sage part of the control surface: seeding, and what users and administrators do by hand."""

from collections.abc import Callable, Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from listloop.sandbox.control import json_handler
from listloop.sandbox.sagecrm import dataset, seeding
from listloop.sandbox.sagecrm.books import Books, User
from listloop.sandbox.sagecrm.tables import PERSON, TABLES
from listloop.sandbox.standin import ControlHandler
from listloop.sandbox.wire import Call, Json, Reply, Route

if TYPE_CHECKING:
    from listloop.sandbox.sagecrm.standin import SageCrm


class Controls:
    def __init__(self, standin: "SageCrm") -> None:
        self.standin = standin

    def routes(self) -> Iterable[Route[ControlHandler]]:
        acts: dict[str, Callable[[Json], object]] = {
            "seed": self.seed, "people/add": self.add, "people/edit": self.edit, "people/address": self.address,
            "people/delete": self.delete, "people/undelete": self.undelete, "people/merge": self.merge,
            "rows/add": self.insert, "rows/edit": self.change, "rows/sql": self.sql, "rows/list": self.rows,
            "rows/delete": self.drop, "users": self.users, "fail": self.fail, "group-views": self.group_views,
        }  # fmt: skip
        for path, act in acts.items():
            yield Route("POST", f"/_sandbox/{path}", json_handler(act))
        yield Route("GET", "/_sandbox/tab", self.tab)

    def tab(self, call: Call, _: dict[str, str]) -> Reply:
        """``?url=...``: a page of Sage CRM with a custom page of ours in its frame."""
        frame = f'<iframe title="Mailchimp" src="{escape(call.params()["url"])}" width="900" height="600"></iframe>'
        body = f"<!doctype html><html lang=en><title>Sage CRM</title><body><h1>My CRM</h1>{frame}</body></html>"
        return Reply(200, body.encode(), {"Content-Type": "text/html; charset=utf-8"})

    @property
    def books(self) -> Books:
        return self.standin.state

    @property
    def now(self) -> int:
        return self.standin.clock.now()

    def seed(self, body: Json) -> Json:
        """See ``seeding.seed``; ``{"fill": 5000}`` makes so many people of the usual disorder."""
        if body.get("fill"):
            dataset.fill(self.books, int(body["fill"]), self.standin.seed, self.now)
        return seeding.seed(self.books, body, self.now)

    def add(self, body: Json) -> Json:
        """A person by hand, as in a seed."""
        return {"id": seeding.person(self.books, body, self.now)}

    def edit(self, body: Json) -> Json:
        """``{"id": 30, "pers_firstname": "Ann", "email": "..."}``: columns of the person, its business address."""
        number = int(body["id"])
        row = self._person(number)
        values = {name.lower(): value for name, value in body.items() if "_" in name}
        if "company" in body:
            name = str(body["company"])
            values["pers_companyid"] = seeding.company_of(self.books, name, self.now) if name else None
        if values:
            self.books.update("person", row, values, self.now)
        if "email" in body:
            self._address(number, str(body["email"]))
        return {"person": row}

    def _address(self, number: int, address: str) -> None:
        email = self.books.business(number)
        if email is None and address:
            self.books.attach(PERSON, number, address, "Business", self.now)
        elif email is not None and address:
            self.books.update("email", email, {"emai_emailaddress": address}, self.now)
        elif email is not None:
            for link in self.books.links_of(PERSON, number):
                if link["elink_emailid"] == email["emai_emailid"]:
                    self.books.delete("emaillink", int(link["elink_linkid"]), self.now)

    def address(self, body: Json) -> Json:
        """``{"id": 30, "email": "...", "type": "Private"}``: a further address."""
        self._person(int(body["id"]))
        kind = str(body.get("type", "Private"))
        return {"id": self.books.attach(PERSON, int(body["id"]), str(body["email"]), kind, self.now)}

    def delete(self, body: Json) -> Json:
        """``{"id": 30}``: soft, with the links to its addresses."""
        number = int(body["id"])
        self._person(number)
        self.books.delete("person", number, self.now)
        for link in self.books.links_of(PERSON, number):
            self.books.delete("emaillink", int(link["elink_linkid"]), self.now)
        return {"id": number}

    def undelete(self, body: Json) -> Json:
        """``{"id": 30}``: the administrator brings a person back, with its addresses."""
        number = int(body["id"])
        row = self.books.rows["person"][number]
        self.books.update("person", row, {"pers_deleted": None}, self.now)
        for link in self.books.rows.get("emaillink", {}).values():
            if link["elink_recordid"] == number and link["elink_entityid"] == PERSON:
                self.books.update("emaillink", link, {"elink_deleted": None}, self.now)
        return {"id": number}

    def merge(self, body: Json) -> Json:
        """``{"id": 30, "into": 31}``: the first is deleted, what belongs to it moves to the second."""
        loser, winner = int(body["id"]), int(body["into"])
        self._person(loser), self._person(winner)
        for link in self.books.links_of(PERSON, loser):
            self.books.update("emaillink", link, {"elink_recordid": winner, "elink_type": "Private"}, self.now)
        for link in self.books.live("comm_link"):
            if link.get("cmli_comm_personid") == loser:
                self.books.update("comm_link", link, {"cmli_comm_personid": winner}, self.now)
        self.books.delete("person", loser, self.now)
        return {"id": winner}

    def insert(self, body: Json) -> Json:
        """``{"table": "Opportunity", "values": {...}}``: any row by hand."""
        name = self._table(body)
        values = {key.lower(): value for key, value in body["values"].items()}
        return {"id": self.books.insert(name, values, self.now)[TABLES[name].key]}

    def change(self, body: Json) -> Json:
        """``{"table": "Company", "id": 28, "values": {...}}``."""
        name = self._table(body)
        row = self.books.rows.get(name, {})[int(body["id"])]
        self.books.update(name, row, {key.lower(): value for key, value in body["values"].items()}, self.now)
        return {"row": row}

    def sql(self, body: Json) -> Json:
        """``{"table": "Person", "values": {...}}``: a bulk edit that moves no updated date; all rows, or ``ids``."""
        name = self._table(body)
        wanted = {int(one) for one in body.get("ids", ())}
        rows = [row for number, row in self.books.rows.get(name, {}).items() if not wanted or number in wanted]
        for row in rows:
            row.update({key.lower(): value for key, value in body["values"].items()})
        return {"rows": len(rows)}

    def rows(self, body: Json) -> Json:
        """``{"table": "Communication"}``: everything that is stored, deleted rows too."""
        return {"rows": list(self.books.rows.get(self._table(body), {}).values())}

    def drop(self, body: Json) -> Json:
        """``{"table": "EmailLink", "id": 7}``: soft."""
        self.books.delete(self._table(body), int(body["id"]), self.now)
        return {}

    def users(self, body: Json) -> Json:
        """``{"logon": "listloop", "password": "...", "enabled": false, "rights": {"person": "R"}}``."""
        logon = str(body["logon"])
        known = self.books.users
        user = known.setdefault(logon.lower(), User(len(known) + 10, logon))
        user.password = str(body.get("password", user.password))
        user.enabled = bool(body.get("enabled", user.enabled))
        user.resource = bool(body.get("resource", user.resource))
        user.web_service = bool(body.get("web_service", user.web_service))
        user.rights = {str(name).lower(): str(acts) for name, acts in body.get("rights", user.rights).items()}
        return {"users": sorted(known)}

    def fail(self, body: Json) -> Json:
        """``{"emaillink": 1}``: so many of the next writes of a table fail with 500."""
        self.books.fail_next |= {name.lower(): int(times) for name, times in body.items()}
        return dict(self.books.fail_next)

    def group_views(self, body: Json) -> Json:
        """``{"vMC_Newsletter": [30, 31]}``: views that an administrator made of groups."""
        self.books.group_views |= {name: [int(one) for one in ids] for name, ids in body.items()}
        return dict(self.books.group_views)

    def _person(self, number: int) -> dict[str, Any]:
        row = self.books.row("person", number)
        if row is None:
            raise ValueError(f"There is no person {number}.")
        return row

    def _table(self, body: Json) -> str:
        name = str(body["table"]).lower()
        if name not in TABLES:
            raise ValueError(f"There is no table {body['table']!r}.")
        return name
