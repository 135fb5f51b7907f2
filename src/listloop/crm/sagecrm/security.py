"""Which columns field security hides: they are told among the prototypes, and missing from every row.

Where empty columns are left out of rows, a hidden one looks like one that nobody filled in. Taken for empty, it would
be cleared in Mailchimp. So a column that no row shows is asked for by a question that finds only who has a value.
"""

from __future__ import annotations

from collections.abc import Iterable

from listloop.core.errors import RecordRejected
from listloop.core.side import FieldType
from listloop.crm.sagecrm.asking import Asking

SAMPLE = 200
"""Rows that are looked at first."""

_QUESTIONS = {
    FieldType.NUMBER: "{} ge -2147483648",
    FieldType.MONEY: "{} ge -2147483648",
    FieldType.DATE: "{} gt @1800-01-01@",
    FieldType.DATETIME: "{} gt @1800-01-01@",
    FieldType.YES_NO: "{} eq 'Y'",
}
"""What finds everybody with a value; a box can't be sought everywhere, and is then taken for shown."""


class Security:
    """Remembers for the life of a client which columns rows have shown, and which are known to be empty."""

    def __init__(self, asking: Asking, resource: str = "Person") -> None:
        self.asking, self.resource = asking, resource
        self._fine: set[str] = set()

    def hidden(self, columns: Iterable[tuple[str, FieldType]]) -> set[str]:
        """Those of these columns that somebody has a value in, and that no row shows."""
        wanted = {name: kind for name, kind in columns if name not in self._fine}
        if not wanted:
            return set()
        for row in self.asking.client.feed(self.resource, count=min(SAMPLE, self.asking.client.count)).rows:
            self._fine |= row.keys()
        found = {name for name, kind in wanted.items() if name not in self._fine and self._is_hidden(name, kind)}
        self._fine |= wanted.keys() - found
        return found

    def _is_hidden(self, name: str, kind: FieldType) -> bool:
        question = _QUESTIONS.get(kind, "{} like '%'").format(name)
        try:
            page = self.asking.client.feed(self.resource, question, count=1)
        except RecordRejected:
            return False
        return bool(page.rows) and all(row.get(name) is None for row in page.rows)
