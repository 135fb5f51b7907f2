"""Files as the two sides of a connection, for the very planner of a real run; they are only read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NoReturn

from listloop.core.errors import NeedsAttention
from listloop.core.facts import Campaign, Event, Mail
from listloop.core.people import Key, Record, address_key
from listloop.core.side import (
    Act,
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

_PAGE = 4000


@dataclass(frozen=True, slots=True)
class FileSide:
    """A side whose records come from files; ``records`` reads them anew each time it is called.

    As a CRM it has no deals and groups, as an audience no campaigns; whatever would write raises NeedsAttention.
    """

    title: str
    can: Capabilities
    shape: Schema
    records: Callable[[], Iterator[Record]]
    count: int

    def check(self) -> Health:
        """A file that could be opened can be read."""
        return Health(identity=f"file:{self.title}", title=self.title)

    def schema(self) -> Schema:
        """The columns and labels."""
        return self.shape

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        """Everybody, whatever the cursor; it is the number of those who were read."""
        records = self.records()
        done = int(since or 0)
        for _ in islice(records, done):
            pass
        while True:
            page = tuple(islice(records, _PAGE))
            done += len(page)
            last = len(page) < _PAGE
            yield Page(page, str(done), last, total=self.count)
            if last:
                return

    def keys(self) -> Iterator[Key]:
        """Every key."""
        return (one.key for one in self.records())

    def fetch(self, keys: Collection[Key]) -> Iterator[Record]:
        """These records, by reading the file once."""
        wanted = set(keys)
        return (one for one in self.records() if one.key in wanted) if wanted else iter(())

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        """Records with one of these addresses or IDs, by reading the file once."""
        wanted, ids = {address_key(email) for email in emails} - {""}, set(mailchimp_ids) - {""}
        for one in self.records():
            if one.mailchimp_id in ids or wanted & {address_key(email) for email in (one.email, *one.emails)}:
                yield one

    def prepare(self, schema: Schema) -> None:  # noqa: ARG002 - the seam's signature
        """Refused."""
        self._refuse()

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:  # noqa: ARG002 - the seam's signature
        """Refused."""
        self._refuse()

    def erase(self, keys: Collection[Key]) -> None:  # noqa: ARG002 - the seam's signature
        """Refused."""
        self._refuse()

    def append(self, communications: Sequence[Communication]) -> Iterator[Outcome]:  # noqa: ARG002 - as above
        """Refused."""
        self._refuse()

    def deals(self, since: Cursor | None) -> Iterator[tuple[tuple[Deal, ...], Cursor]]:  # noqa: ARG002 - as above
        """None."""
        return iter(())

    def groups(self) -> Iterator[Group]:
        """None but as labels."""
        return iter(())

    def group(self, key: Key) -> Iterator[Key]:  # noqa: ARG002 - as above
        """Nobody."""
        return iter(())

    def make_group(self, title: str, keys: Collection[Key]) -> Group:  # noqa: ARG002 - as above
        """Refused."""
        self._refuse()

    def url(self, key: Key) -> str:  # noqa: ARG002 - as above
        """A line of a file has no page."""
        return ""

    def acts(self, key: Key) -> Sequence[Act]:  # noqa: ARG002 - as above
        """An export tells no acts."""
        return ()

    def marks(self) -> Sequence[str]:
        """None."""
        return ()

    def leave_mark(self, mark: str) -> None:  # noqa: ARG002 - the seam's signature
        """Refused."""
        self._refuse()

    def campaigns(self) -> Iterator[Campaign]:
        """None."""
        return iter(())

    def events(
        self,
        campaign: Campaign,  # noqa: ARG002 - as above
        since: str = "",  # noqa: ARG002 - as above
        cursor: Cursor = "",  # noqa: ARG002 - as above
    ) -> Iterator[tuple[tuple[Event, ...], Cursor]]:
        """None."""
        return iter(())

    def mail(self, campaign: Campaign) -> Mail:  # noqa: ARG002 - as above
        """Nothing."""
        return Mail()

    def clock_there(self) -> str:
        """Files have no clock."""
        return ""

    def close(self) -> None:
        """Files are opened when they are read, and closed then."""

    def _refuse(self) -> NoReturn:
        raise NeedsAttention(
            f"{self.title} is a file, and files are only read.", "Connect the two systems to write.", code="read-only"
        )
