"""Groups: views that an administrator made of them, read; response groups, written into a column of the person.

Sage CRM's API has no group object. A view for a group can be read like a table; into a column for responses Listloop
writes the names of its groups, on which a normal dynamic group of Sage CRM can filter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator

from listloop.core.errors import NeedsAttention, RecordRejected
from listloop.core.people import Key
from listloop.core.side import Group
from listloop.crm.sagecrm.asking import Asking
from listloop.crm.sagecrm.client import literal
from listloop.crm.sagecrm.keys import is_key
from listloop.crm.sagecrm.options import Options
from listloop.crm.sagecrm.rows import Row, text, whole

VIEW, OURS = "view:", "response:"
_SEPARATORS = re.compile(r"[,%_\[\]\r\n\t]+")


class Groups:
    """Groups of one installation."""

    def __init__(self, asking: Asking, options: Options) -> None:
        self.asking, self.options = asking, options

    def listed(self) -> Iterator[Group]:
        """The views of the settings, then the response groups that somebody is in."""
        for view in self.options.groups:
            total = self.asking.client.feed(view, count=1, select="pers_personid").total
            yield Group(VIEW + view, view, total)
        counted: Counter[str] = Counter()
        for row in self._marked():
            counted.update(self._names(row))
        for name, members in sorted(counted.items()):
            yield Group(OURS + name, name, members)

    def people(self, key: Key) -> Iterator[Key]:
        """The people in a group, each once."""
        if key.startswith(VIEW):
            rows = self.asking.everything(key.removeprefix(VIEW), "pers_personid", "pers_personid")
            return iter(dict.fromkeys(text(row, "pers_personid") for row in rows))
        name = key.removeprefix(OURS)
        return (text(row, "pers_personid") for row in self._marked(name) if name in self._names(row))

    def made(self, title: str, keys: Collection[Key]) -> Group:
        """A response group with these people; leads can't be in one.

        Raises ``NeedsAttention`` where there is no column for it.
        """
        column = self._column()
        wanted = " ".join(_SEPARATORS.sub(" ", title).split())[:80] or "Group"
        taken = {name for row in self._marked() for name in self._names(row)}
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted} ({number})"
        self._write(column, name, add=keys, remove=())
        return Group(OURS + name, title, len({one for one in keys if is_key(one)}))

    def change(self, key: Key, add: Collection[Key], remove: Collection[Key]) -> None:
        """Put people in and take some out. Raises ``RecordRejected`` for a view: Sage CRM fills that."""
        if key.startswith(VIEW):
            raise RecordRejected(
                "This group is Sage CRM's own, and no program can change it.",
                "Change it in Sage CRM.",
                code="group-fixed",
            )
        self._write(self._column(), key.removeprefix(OURS), add=add, remove=remove)

    def _write(self, column: str, name: str, *, add: Collection[Key], remove: Collection[Key]) -> None:
        numbers = {int(one) for one in (*add, *remove) if is_key(one)}
        asked = {int(one) for one in add if is_key(one)}
        for row in self.asking.by_numbers("Person", "pers_personid", numbers, f"pers_personid,{column}"):
            person, names = whole(row, "pers_personid"), self._names(row)
            wanted = [*names, name] if person in asked else [one for one in names if one != name]
            wanted = list(dict.fromkeys(wanted))
            if wanted != names:
                self.asking.client.change("Person", person, {column: f",{','.join(wanted)}," if wanted else ""})

    def _marked(self, name: str = "") -> Iterator[Row]:
        """The people with any response group, or with this one."""
        column = self.options.responses
        if not column:
            return iter(())
        pattern = literal(f"%,{name},%" if name else "%")
        where = f"{column} like {pattern}"
        return self.asking.everything("Person", "pers_personid", f"pers_personid,{column}", where)

    def _names(self, row: Row) -> list[str]:
        return [one for one in text(row, self.options.responses).split(",") if one]

    def _column(self) -> str:
        if not self.options.responses:
            raise NeedsAttention(
                "Groups can't be written back to Sage CRM: its API makes none, and no column is named for them.",
                "Add a multi-line text to the person, and name it as the column for response groups; or take the CSV.",
                code="crm-groups",
            )
        return self.options.responses
