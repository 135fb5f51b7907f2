"""Maximizer as an end of ``./run simulate --http --crm maximizer``: our client over HTTP to its stand-in."""

from __future__ import annotations

from collections.abc import Collection

from listloop.core.people import Key
from listloop.crm.maximizer import MaximizerCrm
from listloop.crm.maximizer.client import Credentials, Octopus
from listloop.crm.view import View
from listloop.testing.simulation.sage import Control, SageHands

#: The simulation's fields by the names of the stand-in; the two that are made have the first numbers there.
COLUMNS = {
    "First": "FirstName",
    "Last": "LastName",
    "City": "Address/City",
    "Company": "CompanyName",
    "Employees": "Udf/$TYPEID(401)",
}
KINDS = "Udf/$TYPEID(402)"
GROUP = f"choice:{KINDS}=Customers"

_SEED = {
    "fields": [
        {"name": "Employees", "type": "NumericField"},
        {
            "name": "Groups",
            "type": "EnumField<StringItem>",
            "attributes": {"MultiSelect": True},
            "choices": ["Customers"],
        },
    ]
}


class MaximizerHands(SageHands):
    """Maximizer with a user at the keyboard, who does the same as one of Sage CRM but for these few acts."""

    def _further(self, key: Key, emails: Collection[str]) -> None:
        for one in filter(None, emails):
            real = self.keys_.back(self.record(key).key)
            self.wire.control("people/edit", {"key": real, "values": {"Email2": one}})

    def delete(self, key: Key) -> None:
        """A user deletes a record."""
        self.wire.control("people/delete", {"key": self.keys_.back(self.record(key).key)})


def fresh(wire: Control, address: str, now: str) -> View:
    """An empty Address Book at this moment, and the adapter for it."""
    wire.control("reset", {"seed": 1})
    wire.control("clock", {"freeze": now})
    wire.control("seed", _SEED)
    known = Credentials(book="AcmeBook", user="SYNC", password="sync")  # noqa: S106 - the stand-in's
    crm = MaximizerCrm(Octopus(f"{address}/octopus", known, wait=lambda _: None))
    crm.set_up()
    return View(crm, lists=(KINDS,))
