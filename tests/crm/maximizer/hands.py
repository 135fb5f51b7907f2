"""A user of the Maximizer stand-in, apart from the adapter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from listloop.core.people import Key, Value
from listloop.core.side import Deal
from listloop.crm.maximizer import MaximizerCrm
from listloop.crm.maximizer.client import Credentials, Octopus
from listloop.sandbox.server import Running

FIELDS = [
    {"name": "Region", "type": "EnumField<StringItem>", "folder": "Sales", "choices": ["North", "South"]},
    {
        "name": "Topics",
        "type": "EnumField<StringItem>",
        "attributes": {"MultiSelect": True},
        "choices": ["A", "B", "C"],
    },
    {"name": "Seats", "type": "NumericField", "attributes": {"DecimalPlaces": 2}},
    {"name": "Since", "type": "DateTimeField"},
    {"name": "Born", "type": "DateTimeField", "attributes": {"IgnoreYear": True}},
    {"name": "VIP", "type": "EnumField<StringItem>", "attributes": {"YesNo": True}},
    {"name": "Number", "type": "StringField", "attributes": {"MaxLength": 20}},
]

SIGN_IN = Credentials(book="AcmeBook", user="SYNC", password="sync", vendor="ab12cd34", app_key="an-app-key")


def made(
    server: Running, *, size: int = 10, credentials: Credentials = SIGN_IN, in_body: bool = False, **more: Any
) -> MaximizerCrm:
    """The adapter, at work with the stand-in; waiting is done by its clock."""

    def wait(seconds: float) -> None:
        server.control("clock", {"step": int(seconds) + 1})

    address = f"{server.url}/MaximizerWebData/Data.svc/json"
    return MaximizerCrm(Octopus(address, credentials, wait=wait, in_body=in_body), size=size, **more)


class MaximizerHands:
    """Makes, changes and deletes by the control surface."""

    def __init__(self, server: Running) -> None:
        self.server = server

    def add(self, email: str, values: Mapping[str, Value]) -> Key:
        """A user makes an Individual."""
        return str(self.do("people/add", {"values": {"Email1": email, **values}})["key"])

    def edit(self, key: Key, values: Mapping[str, Value]) -> object:
        """A user changes an entry."""
        return self.do("people/edit", {"key": key, "values": dict(values)})

    def delete(self, key: Key) -> object:
        """A user deletes an entry."""
        return self.do("people/delete", {"key": key})

    def wait(self, seconds: float) -> object:
        """The stand-in's clock moves on."""
        return self.do("clock", {"step": int(seconds)})

    def add_address(self, key: Key, email: str) -> bool:
        """A user fills in the second address."""
        self.edit(key, {"Email2": email})
        return True

    def close_deal(self, deal: Deal) -> object:
        """A user saves a won opportunity."""
        body = {"title": deal.title, "value": deal.value / 100, "currency": deal.currency, "won": deal.won}
        return self.do("deals", {**body, "people": list(deal.people)})

    def do(self, path: str, body: Mapping[str, Any]) -> Any:
        """Any control request."""
        return self.server.control(path, dict(body))
