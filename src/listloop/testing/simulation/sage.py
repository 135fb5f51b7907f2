"""Sage CRM as an end of ``./run simulate --http --crm sagecrm``: our client over HTTP to its stand-in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2

from listloop.core.people import Consent, Key, Patch, Record
from listloop.core.side import Change
from listloop.crm.sagecrm import SageCrm
from listloop.crm.sagecrm.client import SageClient
from listloop.crm.sagecrm.options import Options
from listloop.crm.view import View
from listloop.testing.memory import Clock
from listloop.testing.simulation.real import state
from listloop.testing.simulation.renamed import Renamed

#: The simulation's fields by the columns of the stand-in.
COLUMNS = {
    "First": "pers_firstname",
    "Last": "pers_lastname",
    "City": "pers_town",
    "Company": "comp_name",
    "Employees": "pers_staff",
}
GROUP = "choice:pers_kinds=Customers"

_SEED = {
    "columns": [
        {"name": "pers_town", "kind": "text", "title": "City"},
        {"name": "pers_staff", "kind": "number", "title": "Employees"},
        {"name": "pers_kinds", "kind": "multi", "title": "Groups", "choices": ["Customers"]},
    ]
}


@dataclass(slots=True)
class Control:
    """The control surface of the stand-in."""

    http: httpx2.Client

    def control(self, path: str, body: object = None) -> Any:
        """Call ``/_sandbox/<path>``. Raises KeyError where it is refused."""
        answer = self.http.post(f"/_sandbox/{path}", json=body)
        if answer.status_code >= 400:
            raise KeyError(answer.text)
        return answer.json()


class SageHands(Renamed):
    """Sage CRM with a user at the keyboard. What is refused to a user raises KeyError: nothing is done."""

    name = "crm"
    now: Clock
    offset: timedelta
    wire: Control

    def records(self) -> tuple[Record, ...]:
        """Everybody, by key."""
        return tuple(sorted((one for page in self.changes(None) for one in page.records), key=lambda one: one.key))

    def record(self, key: Key) -> Record:
        """One record. Raises KeyError."""
        for one in self.fetch([key]):
            return one
        raise KeyError(key)

    def state(self) -> dict[Key, dict[str, object]]:
        """All records without times."""
        return state(self.records())

    def add(
        self, email: str = "", values: Mapping[str, str] | None = None, labels: Collection[str] = (), **more: Any
    ) -> Key:
        """A user makes a record."""
        emails = more.pop("emails", ())
        patch = Patch(email=email, fields={"Last": "Doe", **(values or {})}, add=frozenset(labels), **more)
        key = self._typed(None, patch)
        self._further(key, emails)
        return key

    def edit(self, key: Key, values: Mapping[str, str] | None = None, **more: Any) -> Record:
        """A user changes a record."""
        now = self.record(key)
        if "labels" in more:
            held, wanted = now.person.labels, frozenset(more.pop("labels"))
            more |= {"add": wanted - held, "remove": held - wanted}
        emails = more.pop("emails", ())
        if values or more:
            self._typed(key, Patch(fields=values or {}, **more))
        self._further(key, [one for one in emails if one not in now.emails])
        return self.record(key)

    def _further(self, key: Key, emails: Collection[str]) -> None:
        for one in filter(None, emails):
            self.wire.control("people/address", {"id": int(self.keys_.back(self.record(key).key)), "email": one})

    def _typed(self, key: Key | None, patch: Patch) -> Key:
        change = Change("hand", key and self.keys_.back(key), self._patch(patch))
        (outcome,) = self.side.write([change])
        if outcome.record is None:
            raise KeyError(str(outcome.error))
        return self.keys_.of(outcome.record.key)

    def change_address(self, key: Key, email: str) -> Record:
        """A user gives a record another address."""
        return self.edit(key, email=email)

    def add_address(self, key: Key, email: str) -> bool:
        """A user notes a further address."""
        self._further(key, [email])
        return True

    def delete(self, key: Key) -> None:
        """A user deletes a record."""
        self.wire.control("people/delete", {"id": int(self.keys_.back(self.record(key).key))})

    def flag(self, key: Key, takes_part: bool | None) -> Record:
        """A user sets *Sync with Mailchimp*; blank can't be typed over an answer."""
        if takes_part is None:
            raise KeyError(key)
        return self.edit(key, takes_part=takes_part)

    def opt_out(self, key: Key) -> Record:
        """A user notes that this person wants no mail."""
        return self.edit(key, consent=Consent.UNSUBSCRIBED)

    def opt_in(self, key: Key) -> Record:
        """A user takes that back."""
        return self.edit(key, consent=Consent.SUBSCRIBED)


def fresh(wire: Control, address: str, now: str) -> View:
    """An empty installation at this moment, and the adapter for it."""
    wire.control("reset", {"seed": 1})
    wire.control("clock", {"freeze": now})
    wire.control("seed", _SEED)
    client = SageClient(address, "listloop", "sage-listloop")
    return View(SageCrm(client, Options(status="pers_mc_status")), lists=("pers_kinds",))
