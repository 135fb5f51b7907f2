"""Maximizer as a side of a connection."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote

from listloop.core.abilities import Arrangement, Kept, Probe
from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent, Key, Record
from listloop.core.side import (
    Capabilities,
    Change,
    Communication,
    Cursor,
    Deal,
    Group,
    Health,
    Outcome,
    Page,
    Schema,
)
from listloop.crm.maximizer import facts, groups, setup
from listloop.crm.maximizer.answers import Refused, pick, read_key
from listloop.crm.maximizer.checking import health
from listloop.crm.maximizer.client import WRITING, Octopus
from listloop.crm.maximizer.companies import Companies
from listloop.crm.maximizer.oauth import REFRESH
from listloop.crm.maximizer.probes import probes
from listloop.crm.maximizer.reading import Reader
from listloop.crm.maximizer.walk import KEY
from listloop.crm.maximizer.writing import Writer

NO_STATUS = frozenset({Consent.UNKNOWN, Consent.UNSUBSCRIBED})
"""What *Do not solicit by* can say alone."""

CAN = Capabilities(
    consents=frozenset(Consent),
    labels=False,
    companies=True,
    appends=True,
    rewrites=True,
    deals=True,
    groups=True,
)


class MaximizerCrm:
    """An Address Book as ``core.side.Crm``; ``close`` it at the end.

    ``mailed`` is the address that is synced: Email1, Email2 or Email3. ``link`` is the address of an entry in Web
    Access, with ``{key}`` where its key comes. ``size`` is the number of people on a page. ``status``: is consent kept
    in a field of its own? Without it only a no is.
    """

    def __init__(
        self, client: Octopus, *, mailed: str = "Email1", link: str = "", size: int = 200, status: bool = True
    ) -> None:
        self.client = client
        self.link = link
        self.can = CAN if status else replace(CAN, consents=NO_STATUS)
        self.reader = Reader(client, mailed, size, status)
        self.writer = Writer(self.reader, Companies(client))

    def close(self) -> None:
        """End all connections."""
        self.client.close()

    def renew_in(self, kept: Kept) -> None:
        """Where the refresh token is kept, which Maximizer may exchange at each use; nothing for other sign-ins."""
        grant = self.client.credentials.grant
        if grant is not None:
            grant.latest = lambda: kept.read(REFRESH)
            grant.keep = lambda token: kept.write(REFRESH, token)

    def set_up(self) -> Arrangement:
        """Find or make the flag, the ID and the status. Raises ``NeedsAttention`` naming the right that is missing."""
        shape, made = setup.set_up(self.client, self.reader.mailed, status=self.reader.status)
        self.reader.forget()
        return Arrangement(made, older_id=shape.older_id, duplicate_flag_no=True)

    def check(self) -> Health:
        """Which Address Book this is, and what Listloop's user lacks there."""
        return health(self.client, self.reader)

    def probe(self) -> Iterator[Probe]:
        """How this Address Book behaves where the documentation is silent, by reading only."""
        return probes(self.reader)

    def schema(self) -> Schema:
        """Every field of Individuals and Contacts."""
        return self.reader.shape(fresh=True).schema()

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        """Everybody, or who changed."""
        return self.reader.changes(since)

    def keys(self) -> Iterator[Key]:
        """Every person's key."""
        return self.reader.every_key()

    def fetch(self, keys: Collection[Key]) -> Iterator[Record]:
        """These people as they are now."""
        return self.reader.fetch(keys)

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        """Everybody with one of these addresses, in any of the three, or one of these IDs."""
        return self.reader.find(emails, mailchimp_ids)

    def prepare(self, schema: Schema) -> None:
        """Make fields and items that are missing."""
        setup.prepare(self.reader, schema)

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Carry out changes."""
        return self.writer.write(changes)

    def erase(self, keys: Collection[Key]) -> None:
        """Delete these people; somebody under whom others stand is left, for they would go too."""
        for key in keys:
            ident = read_key(key)
            for row in self.reader.rows([ident] if ident else [], {"Key": KEY, "Type": 1}):
                if ident and ident[1] == 0:
                    self._must_be_alone(ident[0])
                self.client.call("Delete", {"AbEntry": {"Data": {"Key": pick(row, "Key", "Value")}}, **WRITING})

    def _must_be_alone(self, id_: str) -> None:
        block = {
            "Scope": {"Fields": {"Key": KEY}},
            "Criteria": {"SearchQuery": {"Key": {"$EQ": {"ID": id_}}}},
            "OrderBy": {"Fields": [{"CreationDate": "ASC"}], "PageKey": None, "PageSize": 10},
        }
        try:
            under = pick(self.client.read("AbEntry", block), "AbEntry", "Data") or []
        except Refused:
            return
        if len(under) > 1:
            raise NeedsAttention(
                "This Individual has contacts of its own in Maximizer, who would be deleted with it.",
                "Delete it in Maximizer by hand, after moving its contacts.",
                code="erase-refused",
            )

    def append(self, communications: Sequence[Communication]) -> Iterator[Outcome]:
        """Write communications, each once."""
        return facts.append(self.reader, communications)

    def deals(self, since: Cursor | None) -> Iterator[tuple[tuple[Deal, ...], Cursor]]:
        """Opportunities."""
        return facts.deals(self.reader, since)

    def groups(self) -> Iterator[Group]:
        """The favorite lists."""
        return groups.listed(self.reader)

    def group(self, key: Key) -> Iterator[Key]:
        """The keys of the people in a favorite list."""
        return groups.people(self.reader, key)

    def make_group(self, title: str, keys: Collection[Key]) -> Group:
        """A new favorite list with these people."""
        return self.client.in_one_session(lambda: groups.make(self.reader, title, keys))

    def change_group(self, key: Key, add: Collection[Key], remove: Collection[Key]) -> None:
        """Put people into a favorite list, and take some out."""
        self.client.in_one_session(lambda: groups.change(self.reader, key, add, remove))

    def url(self, key: Key) -> str:
        """The entry in Web Access; "" where its address was not told, or the entry was not read yet."""
        ident = read_key(key)
        text = self.reader.keys.get(ident, "") if ident else ""
        return self.link.replace("{key}", quote(text, safe="")) if self.link and text else ""
