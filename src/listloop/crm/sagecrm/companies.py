"""Companies by their names: found however they are spelled, else made."""

from __future__ import annotations

import re
import unicodedata

from listloop.core.people import company_key
from listloop.crm.sagecrm.asking import Asking
from listloop.crm.sagecrm.client import literal
from listloop.crm.sagecrm.rows import text, whole

_START = re.compile(r"[^\W_]+")
_LETTERS = 20


class Companies:
    """Remembers what it found for the length of one call."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        self._known: dict[str, int] = {}

    def number(self, name: str) -> int:
        """The company of that name, the oldest of several; a new one where there is none."""
        key = company_key(name)
        if key not in self._known:
            self._known[key] = self._found(name, key) or self._made(name)
        return self._known[key]

    def _found(self, name: str, key: str) -> int:
        """By the first letters and digits of the name: the rest is compared here, as no collation does it."""
        plain = " ".join(unicodedata.normalize("NFKC", name).split())
        start = _START.match(plain)
        like = f"comp_name like {literal(start[0][:_LETTERS] + '%')}" if start else f"comp_name eq {literal(plain)}"
        rows = self.asking.client.pages("Company", like, "comp_companyid,comp_name")
        return min(
            (whole(row, "comp_companyid") for row in rows if company_key(text(row, "comp_name")) == key), default=0
        )

    def _made(self, name: str) -> int:
        return self.asking.client.create("Company", {"comp_name": " ".join(name.split())[:60]})
