"""A Sage CRM stand-in without a network, its users' hands, and the adapter that speaks to it."""

from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

import httpx2

from listloop.core.people import Key, Value
from listloop.core.side import Deal
from listloop.crm.sagecrm import SageCrm
from listloop.crm.sagecrm.client import SageClient
from listloop.crm.sagecrm.options import Options
from listloop.crm.sagecrm.soap import Soap
from listloop.sandbox.control import Control
from listloop.sandbox.sagecrm.standin import SageCrm as StandIn
from listloop.sandbox.wire import Call, decoded, encoded

ADDRESS = "http://sage.test"
USER, PASSWORD = "listloop", "sage-listloop"
COLUMNS = [
    {"name": "pers_born", "kind": "day", "title": "Date of birth"},
    {"name": "pers_visited", "kind": "moment", "title": "Last visit"},
    {"name": "pers_seats", "kind": "number", "title": "Seats"},
    {"name": "pers_level", "kind": "select", "title": "Level", "choices": ["Gold", "Silver"]},
    {"name": "pers_topics", "kind": "multi", "title": "Topics", "choices": ["Wine", "Cheese", "Bread"]},
    {"name": "pers_vip", "kind": "check", "title": "VIP"},
]
"""Columns of every type, as an administrator adds them."""

OPTIONS = Options(status="pers_mc_status", responses="pers_mc_segment")


class Straight(httpx2.BaseTransport):
    """Hands requests to a stand-in in this process, faults included that are answers."""

    def __init__(self, standin: StandIn) -> None:
        self.standin = standin
        self.calls: list[tuple[str, str]] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        self.calls.append((request.method, request.url.raw_path.decode("ascii")))
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call(request.method, path, query, headers, request.read(), ADDRESS)
        fault = self.standin.faults.pick(request.method, path)
        reply = self.standin.problem(int(fault.kind)) if fault and fault.kind.isdigit() else self.standin.answer(call)
        date = formatdate(self.standin.clock.now(), usegmt=True)
        return httpx2.Response(reply.status, content=reply.body, headers={**reply.headers, "Date": date})


class Hands:
    """A user of Sage CRM at the keyboard."""

    def __init__(self, standin: StandIn) -> None:
        self.standin = standin
        self.control = Control(standin)

    def do(self, path: str, body: Any = None) -> Any:
        reply = self.control.answer(Call("POST", f"/_sandbox/{path}", body=encoded(body or {})))
        assert reply.status == 200, reply.body
        return decoded(reply.body)

    def switch(self, **positions: Any) -> None:
        self.do("switches", positions)

    def add(self, email: str, values: Mapping[str, Value]) -> Key:
        return str(self.do("people/add", {"email": email, **values})["id"])

    def edit(self, key: Key, values: Mapping[str, Value]) -> object:
        return self.do("people/edit", {"id": int(key), **values})

    def delete(self, key: Key) -> object:
        return self.do("people/delete", {"id": int(key)})

    def wait(self, seconds: float) -> object:
        return self.do("clock", {"step": int(seconds)})

    def add_address(self, key: Key, email: str) -> bool:
        self.do("people/address", {"id": int(key), "email": email})
        return True

    def close_deal(self, deal: Deal) -> object:
        values = {
            "Oppo_Description": deal.title, "Oppo_Status": "Won", "Oppo_Total": deal.value / 100, "Oppo_Total_CID": 2,
            "Oppo_PrimaryPersonId": int(deal.people[0]), "Oppo_Closed": self.standin.clock.now(),
        }  # fmt: skip
        return self.do("rows/add", {"table": "Opportunity", "values": values})

    def rows(self, table: str) -> list[dict[str, Any]]:
        return list(self.do("rows/list", {"table": table})["rows"])


def made(standin: StandIn, options: Options = OPTIONS, page: int = 10) -> SageCrm:
    """The adapter, signed in to a stand-in in this process."""
    client = SageClient(ADDRESS, USER, PASSWORD, transport=Straight(standin), zone=options.zone, count=options.count)
    return SageCrm(client, options, page, Soap(client, PASSWORD) if options.soap else None)
