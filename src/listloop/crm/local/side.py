"""The built-in CRM as a side of a connection."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from weakref import finalize

from sqlalchemy.exc import DatabaseError

from listloop.core.abilities import DealNote
from listloop.core.errors import NeedsAttention
from listloop.core.people import Key, Record
from listloop.core.side import (
    Adapter,
    Capabilities,
    Change,
    Communication,
    Cursor,
    Deal,
    Field,
    Group,
    Health,
    Outcome,
    Page,
    Schema,
)
from listloop.crm.local import definitions, facts, groups, records, writing
from listloop.crm.local.drafts import Hand
from listloop.crm.local.opening import Place, open_book
from listloop.crm.local.values import fields_of
from listloop.store.database import open_database

SYNC = Hand("Listloop")


def now_in_utc() -> datetime:
    """The clock of this CRM."""
    return datetime.now(UTC)


class LocalCrm:
    """A book of the built-in CRM as ``core.side.Crm``; ``close`` it at the end. People's own hands are in ``book``."""

    can = Capabilities(companies=True, deletions=True, appends=True, rewrites=True, deals=True, groups=True)

    def __init__(self, place: Place, clock: Callable[[], datetime] = now_in_utc) -> None:
        self.place = place
        self.clock = clock

    def close(self) -> None:
        """Give the database's connections back."""
        self.place.engine.dispose()

    def check(self) -> Health:
        """Who this is; there is no right that could be missing."""
        return Health(self.place.identity, f"Built-in CRM, book “{self.place.name}”")

    def schema(self) -> Schema:
        """The fixed fields, the custom ones, and every group."""
        with self.place.read() as connection:
            fields = tuple(fields_of(connection, self.place.book).values())
            return Schema(fields, groups.labels_of(connection, self.place.book))

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        """Cursors are numbers of the book's feed: exact, so that they need no overlap."""
        return records.changes(self.place, _number(since))

    def keys(self) -> Iterator[Key]:
        """Every key there is."""
        return records.keys(self.place)

    def fetch(self, keys: Collection[Key]) -> Iterator[Record]:
        """These people as they are now."""
        return records.fetch(self.place, keys)

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        """Everybody with one of these addresses, in any of the three, or one of these IDs."""
        return records.find(self.place, emails, mailchimp_ids)

    def prepare(self, schema: Schema) -> None:
        """Make what is missing: custom fields, choices at the end of a list, groups."""
        definitions.prepare(self.place, schema, self.clock())

    def drop_choice(self, field: str, choice: str) -> None:
        """Take a choice off a custom list."""
        definitions.drop_choice(self.place, field, choice)

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """One transaction per 500 changes."""
        for some in records.chunks(changes):
            yield from writing.write_chunk(self.place, some, self.clock(), SYNC)

    def erase(self, keys: Collection[Key]) -> None:
        """Delete people with their groups, communications and places in deals."""
        writing.remove(self.place, records.ids_of(keys))

    def append(self, communications: Sequence[Communication]) -> Iterator[Outcome]:
        """Write communications, each once."""
        return facts.append(self.place, communications)

    def deals(self, since: Cursor | None) -> Iterator[tuple[tuple[Deal, ...], Cursor]]:
        """Deals, all or changed since."""
        return facts.changed_deals(self.place, _number(since))

    def deal_fields(self) -> Sequence[Field]:
        """One field, for the campaigns that won a deal."""
        return (facts.CAMPAIGN,)

    def note_deals(self, field: str, notes: Sequence[DealNote]) -> Iterator[Outcome]:
        """Write which campaigns won deals, in one transaction."""
        return iter(facts.note_deals(self.place, field, notes))

    def groups(self) -> Iterator[Group]:
        """The groups there are."""
        return iter(groups.listed(self.place))

    def group(self, key: Key) -> Iterator[Key]:
        """The keys of the people in a group."""
        return groups.people_in(self.place, key)

    def make_group(self, title: str, keys: Collection[Key]) -> Group:
        """A new fixed group with these people."""
        return groups.make(self.place, title, keys, self.clock())

    def change_group(self, key: Key, add: Collection[Key], remove: Collection[Key]) -> None:
        """Put people into a group, and take some out."""
        groups.add(self.place, key, add, self.clock())
        groups.remove(self.place, key, remove, self.clock())

    def url(self, key: Key) -> str:  # noqa: ARG002 - the seam's signature
        """The built-in CRM has no pages of its own."""
        return ""


def _number(cursor: Cursor | None) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit()):
        raise NeedsAttention(
            "The place up to which the built-in CRM was read is not one of its own.",
            "Read the CRM in full once.",
            code="cursor-unreadable",
        )
    return int(cursor)


def open_local(settings: Mapping[str, str]) -> LocalCrm:
    """The book named by ``book`` ("main" when empty) in Listloop's own database."""
    engine = open_database(settings["database"])
    try:
        crm = LocalCrm(open_book(engine, settings.get("book", "").strip() or "main"))
    except NeedsAttention:
        engine.dispose()
        raise
    except DatabaseError as error:
        engine.dispose()
        raise NeedsAttention(
            "The database of the built-in CRM can't be opened.",
            "See that the file or the server named in Listloop's settings is there and may be written.",
            code="database-unreachable",
            detail=str(error.orig),
        ) from error
    finalize(crm, engine.dispose)  # the seam has no close: whoever lets go of the CRM lets go of the database
    return crm


adapter = Adapter("local", "Built-in CRM", open_local, settings=(("book", "Book (empty: main)"),))
