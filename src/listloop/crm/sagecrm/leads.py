"""Leads, where the settings want them: rows of their own that are read and written as if they were people.

A column of a lead stands for the person's column with the same ending: ``lead_personfirstname`` for
``pers_firstname``, ``lead_mc_sync`` for ``pers_mc_sync``, ``lead_topics`` for ``pers_topics`` where an administrator
made both. Its address is a column, its company a text. A lead that became a person is shown as that person alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from listloop.core.errors import RecordRejected
from listloop.core.people import Key, address_key
from listloop.crm.sagecrm.asking import Asking
from listloop.crm.sagecrm.keys import lead_key, lead_of
from listloop.crm.sagecrm.options import Options
from listloop.crm.sagecrm.rows import Row, moment, text, whole
from listloop.crm.sagecrm.schema import columns_of, type_of
from listloop.crm.sagecrm.security import Security
from listloop.crm.sagecrm.texts import COMPANY, HIDDEN, STOCK

NUMBER, EMAIL, CHANGED, CREATED = "lead_leadid", "lead_personemail", "lead_updateddate", "lead_createddate"
BECAME = "lead_primarypersonid"
"""The person that a lead was turned into (a stock column by practitioners; leads are shown for good where it lacks)."""

OPT_OUT = "pers_optout"
_FIXED = {COMPANY: "lead_companyname", OPT_OUT: "lead_optout"}


def twin(column: str) -> str:
    """The lead's column for one of the person's that an administrator added, or that says the opt-out."""
    return _FIXED.get(column) or f"lead_{column.removeprefix('pers_')}"


class Leads:
    """The leads of one installation; none where the settings leave them out."""

    def __init__(self, asking: Asking, options: Options) -> None:
        self.asking, self.options = asking, options
        self.security = Security(asking, "Lead")
        self._told: dict[str, dict[str, Any]] = {}
        self._twins: dict[str, str] = {}

    def look(self) -> Mapping[str, dict[str, Any]]:
        """Which columns a lead has now, as prototypes tell them; none where leads are off or not shown."""
        if self.options.leads:
            self._told = columns_of(self.asking, "Lead", "lead_")
            found = _twins(self._told)
            types = {column: type_of(person, self._told[column], self.options) for person, column in found.items()}
            hidden = self.security.hidden(types.items())
            self._twins = {person: column for person, column in found.items() if column not in hidden}
        return self._told

    def twins(self) -> Mapping[str, str]:
        """The lead's columns by those of the person that they stand for."""
        if self.options.leads and not self._twins:
            self.look()
        return self._twins

    def stamps(self, after: str = "") -> tuple[dict[Key, str], dict[Key, str]]:
        """The last change of each lead, all or of the days since; those that are leads, those that became people."""
        if not self.options.leads:
            return {}, {}
        select = f"{NUMBER},{CHANGED}{self._became()}"
        rows = (
            self.asking.since("Lead", NUMBER, CHANGED, after, select)
            if after
            else self.asking.everything("Lead", NUMBER, select)
        )
        there: dict[Key, str] = {}
        left: dict[Key, str] = {}
        for row in rows:
            at = moment(row.get(CHANGED), self.options.zone)
            (left if whole(row, BECAME) else there)[lead_key(whole(row, NUMBER))] = at
        return there, left

    def _became(self) -> str:
        self.twins()
        return f",{BECAME}" if BECAME in self._told else ""

    def rows(self, keys: Collection[Key]) -> Iterator[Row]:
        """These leads, each in the person's columns; those that are gone or became people left out."""
        wanted = {number for key in keys if (number := lead_of(key))} if self.options.leads else set()
        for row in self.asking.by_numbers("Lead", NUMBER, wanted):
            if not whole(row, BECAME):
                yield row | {person: row.get(column) for person, column in self.twins().items()}

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str]) -> Iterator[Key]:
        """Who has one of these addresses or IDs."""
        wanted = {address_key(one) for one in emails} - {""} if self.options.leads else set()
        for row in self.asking.by_texts("Lead", EMAIL, wanted, f"{NUMBER},{EMAIL}"):
            if address_key(text(row, EMAIL)) in wanted:
                yield lead_key(whole(row, NUMBER))
        column = twin(self.options.member_id)
        ids = set(mailchimp_ids) - {""} if self.options.leads else set()
        for row in self.asking.by_texts("Lead", column, ids, f"{NUMBER},{column}"):
            if text(row, column).strip() in ids:
                yield lead_key(whole(row, NUMBER))

    def change(self, key: Key, columns: Mapping[str, object], company: str | None, email: str | None) -> None:
        """Write a change that was checked, in one call. Raises ``RecordRejected`` for what a lead has no column for."""
        there = dict(columns) | ({} if company is None else {COMPANY: company})
        for name in there:
            if name not in self.twins():
                raise RecordRejected(
                    f"A lead of Sage CRM has no column {twin(name)}.",
                    "Add it under Administration → Customization → Lead → Fields, as the person has it.",
                    code="field-missing",
                )
        changed = {self.twins()[name]: value for name, value in there.items()}
        if email is not None:
            changed[EMAIL] = email
        if changed:
            self.asking.client.change("Lead", lead_of(key), changed)


def _twins(told: Collection[str]) -> dict[str, str]:
    """Stock columns of the lead's person, and whatever an administrator made for both; never another meaning."""
    found = {f"pers_{one.removeprefix('lead_')}": one for one in told if one.startswith("lead_")}
    found = {name: one for name, one in found.items() if name not in STOCK and name not in HIDDEN}
    stock = {name: f"lead_person{name.removeprefix('pers_')}" for name in STOCK}
    return found | {name: one for name, one in (stock | _FIXED).items() if one in told}
