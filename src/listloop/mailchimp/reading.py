"""Reading an audience: everything, what changed, single members; see ``walk`` for what makes it safe."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterator, Sequence

import msgspec

from listloop.core.people import Key, Record, address_key
from listloop.core.side import Cursor, Page
from listloop.mailchimp.client import Param
from listloop.mailchimp.cursors import read_back, written
from listloop.mailchimp.decoding import decode
from listloop.mailchimp.members import Members, hash_of, labels_shown, with_tags
from listloop.mailchimp.payloads import KEY_FIELDS, PAGE_FIELDS, Member, MemberPage
from listloop.mailchimp.pool import pooled
from listloop.mailchimp.records import ARCHIVED, record_of
from listloop.mailchimp.schema import Definitions
from listloop.mailchimp.walk import Ask, Place, Step, earlier, walk

LAG = 300
"""Seconds of overlap between two readings, by Mailchimp's clock: a row may show up later than its time says."""

FEW = 100
"""Up to so many members are asked for one by one without looking whether a listing were cheaper."""

REMEMBERED = 20_000
"""Addresses kept at hand."""

CHANGED = "changed"
"""The stage of a reading that lists all statuses; the other one is ``archived``."""

_UNIQUE_EMAIL_ID = re.compile(r"[0-9a-f]{10}")


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """A cursor, written as JSON.

    ``at``: everything until then, by Mailchimp's clock, has been read; "" means nothing yet, so a full reading.
    While a reading is under way, ``stages`` are the listings still to do, the first one at ``place``; ``start`` is
    when it began, ``total`` the number of rows expected. ``shows_archived``: a listing without status was seen to
    contain archived members, which is not documented; until then they are asked for apart.
    """

    at: str = ""
    stages: tuple[str, ...] = ()
    place: Place = Place()
    start: str = ""
    total: int | None = None
    shows_archived: bool = False


class Reader:
    """Reads one audience."""

    def __init__(self, members: Members, definitions: Definitions) -> None:
        self.members = members
        self.definitions = definitions
        self._lock = threading.Lock()
        self.addresses = dict[Key, str]()
        """The addresses of the members read last, for calls that take nothing else."""

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        """All members (None), or all that changed since a cursor; archived ones are among them, not taking part."""
        progress = _progress(since) if since is not None else Progress()
        if not progress.stages:
            progress = _begun(progress)
        while progress.stages:
            for step in walk(self._listing(progress.stages[0]), progress.place):
                progress = _after(progress, step)
                if step.rows or not progress.stages:
                    yield Page(self.records(step.rows), written(progress), not progress.stages, total=progress.total)

    def keys(self) -> Iterator[Key]:
        """The key of every member, archived or not; who changes meanwhile may come twice."""
        for rows in self._everybody(KEY_FIELDS):
            yield from (row.contact_id for row in rows)

    def fetch(self, keys: Collection[Key]) -> Iterator[Record]:
        """These members, archived or not, by single calls or by a listing, whichever is cheaper."""
        yield from self._selected({}, set(keys))

    def find(self, emails: Collection[str], ids: Collection[str] = ()) -> Iterator[Record]:
        """Members with one of these addresses or IDs: ``contact_id``, hash or ``unique_email_id``."""
        addresses = {hash_of(email): address_key(email) for email in emails if email.strip()}
        short = {one for one in ids if _UNIQUE_EMAIL_ID.fullmatch(one)}
        seen = set[Key]()
        for record in self._selected(addresses, {one for one in ids if one} - short):
            if record.key not in seen:
                seen.add(record.key)
                yield record
        for one in short:
            page, _ = self.members.page(unique_email_id=one)
            yield from self.records([row for row in page.members if row.contact_id not in seen])

    def now(self, wanted: Collection[Key], since: str) -> dict[Key, Member]:
        """What these members are now, by ``contact_id`` and by hash, after a write that began at ``since``.

        A listing of what changed lately saves one call per member; who is not in it is asked for singly.
        """
        left, found = set(wanted), dict[Key, Member]()
        if len(left) > 3 and since:
            for step in walk(self._listing(CHANGED), Place(earlier(since, seconds=60))):
                for row in step.rows:
                    found |= {key: row for key in (row.contact_id, row.id) if key in left}
                if left <= found.keys() or step.total > 1000 + 5 * len(left):
                    break
        for key, one in pooled(lambda key: (key, self.members.get(key)), left - found.keys(), self._workers):
            if one is not None:
                found[key] = one
        return found

    def records(self, rows: Sequence[Member]) -> tuple[Record, ...]:
        """Members as records, with all their tags, also where the row shows only the first 50."""
        if not rows:
            return ()
        types = self.definitions.types_of(_tags_of(rows[0]))
        cut = [row for row in rows if not labels_shown(row)]
        full = dict(pooled(lambda row: (row.contact_id, self.members.tags(row.contact_id)), cut, self._workers))
        with self._lock:
            self.addresses |= {row.contact_id: row.email_address for row in rows}
            while len(self.addresses) > REMEMBERED:
                del self.addresses[next(iter(self.addresses))]
        complete = (with_tags(row, full[row.contact_id]) if row.contact_id in full else row for row in rows)
        return tuple(record_of(row, types, self.members.more) for row in complete)

    @property
    def _workers(self) -> int:
        return self.members.client.budget

    def _listing(self, stage: str, fields: str = PAGE_FIELDS) -> Ask:
        status = None if stage == CHANGED else stage

        def ask(params: dict[str, Param]) -> tuple[MemberPage, str]:
            return self.members.page(fields, status=status, **params)

        return ask

    def _everybody(self, fields: str = PAGE_FIELDS) -> Iterator[list[Member]]:
        """All rows, and the archived apart if the others come without them."""
        archived = False
        for step in walk(self._listing(CHANGED, fields)):
            archived = archived or any(row.status == ARCHIVED for row in step.rows)
            yield step.rows
        if not archived:
            yield from (step.rows for step in walk(self._listing(ARCHIVED, fields)))

    def _selected(self, addresses: dict[str, str], keys: set[Key]) -> Iterator[Record]:
        """Members by hash and address, and by key."""
        asked = addresses.keys() | keys
        found = set[str]()
        if self._is_listing_cheaper(len(asked)):
            known = set(addresses.values())
            for rows in self._everybody():
                hits = [
                    one for one in rows if {one.contact_id, one.id} & asked or address_key(one.email_address) in known
                ]
                hits = [one for one in hits if one.contact_id not in found]
                found |= {key for one in hits for key in (one.contact_id, one.id, hash_of(one.email_address))}
                yield from self.records(hits)
        rest = pooled(self.members.get, asked - found, self._workers)
        for row in rest:
            if row is not None:
                yield from self.records([row])

    def _is_listing_cheaper(self, calls: int) -> bool:
        if calls <= FEW:
            return False
        page, _ = self.members.page("total_items", count=1)
        return page.total_items / 1000 + 3 < calls


def _begun(last: Progress) -> Progress:
    """A new reading after a finished one."""
    stages = (CHANGED,) if last.shows_archived else (CHANGED, ARCHIVED)
    return Progress(last.at, stages, _from(last.at), shows_archived=last.shows_archived)


def _after(progress: Progress, step: Step) -> Progress:
    """Where a reading stands after a page."""
    if not progress.start:
        progress = msgspec.structs.replace(progress, start=step.date or progress.at, total=step.total)
    if progress.stages[0] == CHANGED and any(row.status == ARCHIVED for row in step.rows):
        progress = msgspec.structs.replace(progress, stages=(CHANGED,), shows_archived=True)
    if not step.end:
        return msgspec.structs.replace(progress, place=step.place)
    if progress.stages[1:]:
        return msgspec.structs.replace(progress, stages=progress.stages[1:], place=_from(progress.at))
    return Progress(progress.start, total=progress.total, shows_archived=progress.shows_archived)


def _from(at: str) -> Place:
    """From some minutes before a time, or from the very beginning: an early date was seen to hang."""
    return Place(earlier(at, seconds=LAG)) if at else Place()


def _tags_of(row: Member) -> frozenset[str]:
    try:
        return frozenset(decode(row.merge_fields, dict[str, msgspec.Raw]))
    except msgspec.ValidationError:  # an empty PHP array instead of an empty object
        return frozenset()


def _progress(since: Cursor) -> Progress:
    fix = "Read the audience in full once: “listloop sync --full”."
    return read_back(since, Progress, where="Mailchimp's changes", fix=fix)
