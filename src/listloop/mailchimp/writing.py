"""Writing to an audience: a no before anything else, many in one call where that is harmless, the rest side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from listloop.core.errors import ListloopError, NeedsAttention, RecordRejected, TryLater
from listloop.core.people import Consent, Key, Origin, Patch
from listloop.core.side import Change, Outcome
from listloop.mailchimp.acts import acts_of
from listloop.mailchimp.bodies import body_of, has_tags
from listloop.mailchimp.bulk import Bulk
from listloop.mailchimp.client import NOT_SENT
from listloop.mailchimp.errors import Subject, item_refusal, refusal
from listloop.mailchimp.members import Members
from listloop.mailchimp.payloads import Member
from listloop.mailchimp.pool import pooled
from listloop.mailchimp.reading import Reader
from listloop.mailchimp.records import ARCHIVED, STATUSES, TAG

MANY = 3
"""From so many opt-outs on, one bulk call and one listing cost less than two calls for each."""

NO = Patch(consent=Consent.UNSUBSCRIBED)


T = TypeVar("T")


class Writer:
    """Writes to one audience."""

    def __init__(self, members: Members, reader: Reader) -> None:
        self._members = members
        self._reader = reader
        self._bulk = Bulk(members, reader)
        self._down: TryLater | None = None

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """One outcome each. First the opt-outs, then new members, then new addresses one at a time, then the rest."""
        self._down = None
        noes = [one for one in changes if one.key is not None and one.patch == NO]
        yield from self._lower(noes)
        yield from self._bulk.create([one for one in changes if one.key is None])
        rest = [one for one in changes if one.key is not None and one.patch != NO]
        for change in rest:
            if change.patch.email is not None:
                yield self._single(change)
        by_key = dict[Key, list[Change]]()
        for change in rest:
            if change.patch.email is None:
                by_key.setdefault(change.key or "", []).append(change)
        yield from self._tags([by_key.pop(key)[0] for key, some in list(by_key.items()) if _only_tags(some)])
        for outcomes in pooled(self._in_turn, by_key.values(), self._members.client.budget):
            yield from outcomes

    def _lower(self, noes: Sequence[Change]) -> Iterator[Outcome]:
        at_hand = self._reader.addresses
        known = [(one, email) for one in noes if one.key and (email := at_hand.get(one.key))]
        if len(known) >= MANY:
            yield from self._bulk.lower(known, self._single)
            done = {id(one) for one, _ in known}
            noes = [one for one in noes if id(one) not in done]
        yield from pooled(self._single, noes, self._members.client.budget)

    def _tags(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Tags of members of whom nothing else is written: such a call answers nothing, so all are read afterwards.

        One call for each. A segment takes 500 at once, but not who is unsubscribed, and it can't be told to leave
        automations alone; which of these wait for a tag no call tells.
        """
        since = self._members.client.last_date
        sent = list[Change]()
        for change, error in pooled(self._send_tags, changes, self._members.client.budget):
            if error is None:
                sent.append(change)
            else:
                yield Outcome(change.ref, error=error)
        rows = self._reader.now([change.key for change in sent if change.key], since)
        for change in sent:
            row = rows.get(change.key or "")
            yield Outcome(change.ref, record=self._reader.records([row])[0]) if row else self._single(change)

    def _send_tags(self, change: Change) -> tuple[Change, ListloopError | None]:
        key, patch = change.key or "", change.patch
        who = self._reader.addresses.get(key) or ""

        def send() -> None:
            body_of(patch, self._reader.definitions, who)
            self._members.tag(key, *self._tag_names(patch), who)

        return change, self._attempt(send)[1]

    def _in_turn(self, changes: Sequence[Change]) -> list[Outcome]:
        return [self._single(change) for change in changes]

    def _single(self, change: Change) -> Outcome:
        """Carries out one change of a member there is; once Mailchimp can't be reached, the others need not wait."""
        records, error = self._attempt(lambda: self._reader.records([self._carry_out(change.key or "", change.patch)]))
        return Outcome(change.ref, record=records[0] if records else None, error=error)

    def _attempt(self, call: Callable[[], T]) -> tuple[T | None, ListloopError | None]:
        """What a call gives, or the error that is its own; NeedsAttention is everybody's."""
        if self._down:
            return None, self._down
        try:
            return call(), None
        except NeedsAttention:
            raise
        except ListloopError as error:
            if isinstance(error, TryLater) and error.code == "unreachable":
                self._down = error
            return None, error

    def _carry_out(self, key: Key, patch: Patch) -> Member:
        """Calls in an order in which a refusal leaves least behind; gives the member as shown last."""
        who = self._reader.addresses.get(key) or patch.email or ""
        status = STATUSES[patch.consent] if patch.consent is not None else None
        row: Member | None = None
        body = body_of(patch, self._reader.definitions, who)
        if patch.takes_part:
            row, status = self._revive(key, status, who)
        if status and patch.consent in {Consent.UNSUBSCRIBED, Consent.CLEANED}:
            row, status = self._lowered(key, status, who), None
        refused = self._tag(key, patch, who) if has_tags(patch.add | patch.remove) else None
        if refused and not body:
            raise refused
        if body:
            row = self._edit(key, body, who)  # after the tags: its answer shows them, theirs shows nothing
        elif has_tags(patch.add | patch.remove):
            row = None  # as read before the tags
        if status:
            row = self._edit(key, {"status": status}, who)
        if patch.takes_part is False:
            row = self._archive(key, who)
        return row or self._there(key, who)

    def _edit(self, key: Key, body: dict[str, object], who: str) -> Member:
        return self._members.edit(key, body, who) or self._there(key, who)

    def _lowered(self, key: Key, status: str, who: str) -> Member:
        """A no. An archived member takes it only by being brought back for a moment, as unsubscribed.

        Looked up first: whether a PATCH of an archived member is refused or brings it back is not documented.
        """
        if self._there(key, who).status != ARCHIVED:
            return self._edit(key, {"status": status}, who)
        self._revive(key, status, who)
        return self._archive(key, who)

    def _tag(self, key: Key, patch: Patch, who: str) -> RecordRejected | None:
        """Tags on and off; a refusal is given back, for the fields still go, and their answer shows what was taken."""
        try:
            self._members.tag(key, *self._tag_names(patch), who)
        except RecordRejected as error:
            return error
        return None

    def _tag_names(self, patch: Patch) -> tuple[list[str], list[str]]:
        definitions = self._reader.definitions
        return definitions.tag_names(patch.add), definitions.tag_names(patch.remove)

    def _revive(self, key: Key, status: str | None, who: str) -> tuple[Member, str | None]:
        """Brings an archived member back with the status asked, and with no more than that.

        Unasked, it gets no mail: unsubscribed if that was the last act, which its row no longer shows. Who left on its
        own is not subscribed, even if Mailchimp let us. Gives the status that is still to be set: none, unless the
        member was active already.
        """
        row = self._there(key, who)
        if row.status != ARCHIVED:
            return row, status
        last = next(reversed(acts_of(self._members, key)), None)
        left = last is not None and last.consent is Consent.UNSUBSCRIBED
        if left and last and last.origin is not Origin.ADMIN and status == STATUSES[Consent.SUBSCRIBED]:
            raise item_refusal(row.email_address, "is in a compliance state due to unsubscribe")
        unasked = STATUSES[Consent.UNSUBSCRIBED if left else Consent.UNKNOWN]
        body = {"email_address": row.email_address, "status": status or unasked}
        try:
            return self._members.create(body, row.email_address), None
        except (TryLater, RecordRejected) as error:
            if error.code in NOT_SENT or (isinstance(error, RecordRejected) and error.code != "address-taken"):
                raise
            row = self._there(key, who)
            if row.status == ARCHIVED:
                raise
            return row, None

    def _archive(self, key: Key, who: str) -> Member:
        """Archives; a refusal counts only if the member is not archived when read again."""
        try:
            self._members.archive(key, who)
        except RecordRejected:
            row = self._there(key, who)
            if row.status != ARCHIVED:
                raise
            return row
        return self._there(key, who)

    def _there(self, key: Key, who: str) -> Member:
        row = self._members.get(key)
        if row is None:
            raise refusal(404, b"", who=who, subject=Subject.MEMBER)
        return row


def _only_tags(changes: Sequence[Change]) -> bool:
    patch = changes[0].patch
    labels = patch.add | patch.remove
    return (
        len(changes) == 1
        and patch == Patch(add=patch.add, remove=patch.remove)
        and len(labels) > 0
        and all(one.startswith(TAG) for one in labels)
    )
