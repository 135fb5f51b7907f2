"""Companies: found by their names however these are spelled, else made."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from listloop.core.errors import TryLater
from listloop.core.people import company_key
from listloop.crm.maximizer.answers import Json, pick
from listloop.crm.maximizer.client import WRITING, Octopus
from listloop.crm.maximizer.walk import Walk

_START = re.compile(r"[0-9a-z]{1,4}", re.IGNORECASE)
COMPANY: Json = {"Type": {"$IN": ["Company"]}}


@dataclass
class Companies:
    """The companies of one Address Book, as far as they were looked for. Of two with one name the oldest counts."""

    client: Octopus
    known: dict[str, str] = field(default_factory=dict)
    """company_key of the name -> the text of the key in this session."""
    looked: set[str] = field(default_factory=set)
    session: int = 0

    def key_of(self, name: str) -> str:
        """The key of the company of that name, made where there is none. Raises ``Refused`` and ``TryLater``."""
        if self.session != self.client.session:
            self.session = self.client.session
            self.known.clear()
            self.looked.clear()
        wanted = company_key(name)
        if wanted not in self.known:
            self._look(name)
        if wanted not in self.known:
            self.known[wanted] = self._make(name.strip())
        return self.known[wanted]

    def _look(self, name: str) -> None:
        """Everybody whose name begins alike: a database compares letters, spaces and accents otherwise than we do."""
        begins = _START.match(name.strip())
        start = begins[0].lower() if begins else ""
        if start in self.looked:
            return
        like = [{"CompanyName": {"$LIKE": f"{start}%"}}] if start else []
        walk = Walk(self.client, "AbEntry", {"CompanyName": 1}, [COMPANY, *like], date="CreationDate", size=500)
        self._learn(row for rows, _ in walk.pages(0) for row in rows)
        self.looked.add(start)

    def _learn(self, rows: Iterable[Json]) -> None:
        for row in rows:
            self.known.setdefault(company_key(str(pick(row, "CompanyName") or "")), str(pick(row, "Key", "Value")))

    def _make(self, name: str) -> str:
        data = {"Key": None, "Type": "Company", "CompanyName": name}
        try:
            answer = self.client.call("Create", {"AbEntry": {"Data": data}, **WRITING}, repeatable=False)
        except TryLater:
            self.looked.clear()  # it may be there: the next try looks first
            raise
        return str(pick(answer, "AbEntry", "Data", "Key"))
