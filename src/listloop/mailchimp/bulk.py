"""Writes of up to 500 members in one call: creations and opt-outs, the two for which a forced status does no harm.

``POST /lists/{id}`` knows no "status if new": with ``update_existing`` it forces the status that is sent on members
there are, and without it an archived member comes back. So creations leave out the archived, and updates only lower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from listloop.core.errors import ListloopError, RecordRejected, TryLater
from listloop.core.people import Consent, Key, Record
from listloop.core.side import Change, Outcome
from listloop.mailchimp.archived import Archived
from listloop.mailchimp.bodies import new_member_of
from listloop.mailchimp.client import NOT_SENT
from listloop.mailchimp.errors import item_refusal
from listloop.mailchimp.members import LARGEST_BULK, Item, Members, hash_of
from listloop.mailchimp.payloads import BulkReply, Member
from listloop.mailchimp.pool import pooled
from listloop.mailchimp.reading import Reader
from listloop.mailchimp.records import STATUSES

T = TypeVar("T")

ROUNDS = 3
"""How often a creation is sent whose answers get lost; in between it is looked up who is there."""


OUR_SOURCE = "API - Generic"
"""What Mailchimp shows as the source of a member that the API made."""

AT_ONCE = 4
"""Bulk calls side by side: each is slow at Mailchimp's end, and the others need places too."""


@dataclass(frozen=True, slots=True)
class New:
    """A member to be made."""

    change: Change
    email: str
    item: Item


class Bulk:
    """Bulk writes to one audience."""

    def __init__(self, members: Members, reader: Reader) -> None:
        self._members = members
        self._reader = reader
        self._archived = Archived(members)

    def create(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """New members. An address that is there, archived or twice in the changes is refused as taken."""
        wanted = dict[Key, New]()
        for change in changes:
            try:
                item = new_member_of(change.patch, self._reader.definitions)
            except RecordRejected as error:
                yield Outcome(change.ref, error=error)
                continue
            email = str(item["email_address"])
            if hash_of(email) in wanted:
                yield _taken(change, email)
            else:
                wanted[hash_of(email)] = New(change, email, item)
        archived = self._archived.among([new.email for new in wanted.values()]) if wanted else set()
        for email in archived:
            yield _taken(wanted.pop(hash_of(email)).change, email)
        chunks = _chunks(list(wanted.items()))
        for outcomes in pooled(lambda chunk: list(self._create(dict(chunk))), chunks, AT_ONCE):
            yield from outcomes

    def lower(self, changes: Sequence[tuple[Change, str]], single: Callable[[Change], Outcome]) -> Iterator[Outcome]:
        """Opt-outs of members with the address that each was read with; whoever is not out afterwards goes singly.

        A member that the call made or brought back (its address moved, or it was archived, since we read it) goes to
        the archive again.
        """
        for chunk in _chunks(changes):
            items = [{"email_address": email, "status": STATUSES[Consent.UNSUBSCRIBED]} for _, email in chunk]
            since = self._members.client.last_date
            strays = set[Key]()
            with suppress(RecordRejected, TryLater):  # what came of it is read below, answer or not
                strays = {hash_of(one.email_address) for one in self._members.bulk(items, update=True).new_members}
            for stray in strays:
                with suppress(RecordRejected):
                    self._members.archive(stray, "")
            rows = self._reader.now([change.key for change, _ in chunk if change.key], since)
            for change, _ in chunk:
                row = rows.get(change.key or "")
                if row is not None and (row.status == STATUSES[Consent.UNSUBSCRIBED] or row.id in strays):
                    yield Outcome(change.ref, record=self._record(row))
                else:
                    yield single(change)

    def _create(self, left: dict[Key, New]) -> Iterator[Outcome]:
        lost: TryLater | None = None
        for _ in range(ROUNDS):
            since = self._members.client.last_date
            try:
                reply = self._members.bulk([new.item for new in left.values()], update=False)
            except RecordRejected as error:
                yield from self._halves(left, error)
                return
            except TryLater as error:
                if error.code in NOT_SENT:
                    raise
                lost = error
                reply = BulkReply()
            for key, outcome in self._came_of(left, reply, since, lost=lost is not None):
                del left[key]
                yield outcome
            if not left:
                return
        yield from (Outcome(new.change.ref, error=lost) for new in left.values())

    def _came_of(
        self, left: dict[Key, New], reply: BulkReply, since: str, *, lost: bool
    ) -> Iterator[tuple[Key, Outcome]]:
        """What is known of each after a call. An answer that was lost, and who is not in it, is looked up."""
        refused = {
            hash_of(one.email_address or ""): item_refusal(
                one.email_address or "", one.error or "", one.error_code or "", one.field or "", one.field_message or ""
            )
            for one in reply.errors
        }
        made = {hash_of(one.email_address): _completed(one) for one in reply.new_members if _is_whole(one)}
        unsure = {key for key, error in refused.items() if lost and error.code == "address-taken"}
        open_ = {key for key in left if key not in made and (key not in refused or key in unsure)}
        made |= {key: row for key, row in self._reader.now(open_, since).items() if key in open_}
        for key, new in list(left.items()):
            if key in made and (not lost or key not in open_ or self._is_ours(made[key], new)):
                yield key, Outcome(new.change.ref, record=self._record(made[key]))
            elif key in made:
                yield key, _taken(new.change, new.email)
            elif key in refused and key not in unsure:
                yield key, Outcome(new.change.ref, error=refused[key])

    def _halves(self, left: dict[Key, New], error: RecordRejected) -> Iterator[Outcome]:
        """Mailchimp refused the whole call: one item that offends its schema is enough. The others shall not wait."""
        items = list(left.items())
        if len(items) == 1:
            yield Outcome(items[0][1].change.ref, error=error)
            return
        for half in (items[: len(items) // 2], items[len(items) // 2 :]):
            yield from self._create(dict(half))

    def _is_ours(self, row: Member, new: New) -> bool:
        """Does a member that was there after a lost answer look like what was sent?"""
        person = self._record(row).person
        sent = new.change.patch
        return row.status == new.item["status"] and sent.fields.items() <= person.fields.items()

    def _record(self, row: Member) -> Record:
        return self._reader.records([row])[0]


def _is_whole(row: Member) -> bool:
    """Older answers to bulk calls lack the ``contact_id``, and some the tags."""
    return bool(row.contact_id) and row.tags is not None


def _completed(row: Member) -> Member:
    """Answers to bulk calls lack the source (Mailchimp API description 3.0.55); of who was just made it is known."""
    return msgspec.structs.replace(row, source=row.source or OUR_SOURCE)


def _taken(change: Change, email: str) -> Outcome:
    error: ListloopError = item_refusal(email, "is already a list member", "ERROR_CONTACT_EXISTS")
    return Outcome(change.ref, error=error)


def _chunks(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[start : start + LARGEST_BULK] for start in range(0, len(items), LARGEST_BULK))
