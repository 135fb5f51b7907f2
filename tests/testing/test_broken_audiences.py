"""An audience that breaks Mailchimp's rules, or tells them wrongly, does not pass the suite.

Each differs from a sound one by one fault; its docstring is the fault, ``breaks`` the promise that must notice it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import pytest

from listloop.core.people import Consent, Key, Origin, Patch, Record, address_key
from listloop.core.side import Act, Change, Cursor, Outcome, Page
from listloop.testing.builders import AUDIENCE_SCHEMA
from listloop.testing.memory import MemoryAudience
from listloop.testing.side import AudienceTests, broken_promises, keeps


class Broken(MemoryAudience):
    """An audience with a fault."""

    breaks = ""


class ForgetsArchivedKeys(Broken):
    """Lists the keys of active members only, so that the archived seem deleted."""

    breaks = "test_who_is_archived_is_shown_so"

    def keys(self) -> Iterator[Key]:
        yield from (one.key for one in self.records() if one.takes_part)


class ReadsOnlyTheActive(Broken):
    """Leaves archived members out of a full reading."""

    breaks = "test_a_full_reading_shows_the_archive"

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        for page in super().changes(since):
            yield page if since else replace(page, records=tuple(one for one in page.records if one.takes_part))


class HidesTheArchived(Broken):
    """Leaves archived members out of every reading, so that an archiving is never seen."""

    breaks = "test_archiving_is_a_change"

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        for page in super().changes(since):
            yield replace(page, records=tuple(one for one in page.records if one.takes_part))


class FindsOnlyTheActive(Broken):
    """Does not find archived members, who would be created again."""

    breaks = "test_who_does_not_take_part_is_found"

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        yield from (one for one in super().find(emails, mailchimp_ids) if one.takes_part)


class RevivesByCreating(Broken):
    """Brings an archived member back when its address is created."""

    breaks = "test_an_archived_address_is_taken"

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        for change in changes:
            held = next(self.find([change.patch.email or ""]), None)
            revives = change.key is None and held is not None and held.takes_part is False
            yield from super().write([replace(change, key=held.key) if revives and held else change])


class UpsertsByAddress(Broken):
    """Writes a creation over the member who has the address."""

    breaks = "test_an_address_is_taken"

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        for change in changes:
            held = next(self.find([change.patch.email or ""]), None) if change.key is None else None
            yield from super().write([replace(change, key=held.key) if held else change])


class KeyedByAddress(Broken):
    """Makes its keys of addresses: whoever moves is another member."""

    breaks = "test_the_key_is_the_id"

    def _shown(self, record: Record) -> Record:
        return replace(super()._shown(record), key=address_key(record.email))


class SubscribesByDetour(Broken):
    """Gets around a refusal by way of another status."""

    breaks = "test_who_unsubscribed_is_not_subscribed"

    def _moved(self, record: Record, to: Consent) -> Record:
        return super()._moved(replace(record, origin=Origin.ADMIN), to)


class LaundersByArchive(Broken):
    """Forgets who unsubscribed when a member is archived."""

    breaks = "test_an_unsubscribe_outlives_the_archive"

    def _completed(self, record: Record) -> Record:
        return record if record.takes_part else replace(record, origin=Origin.UNKNOWN)


class SendsTheStatusAlong(Broken):
    """Sends the status ``subscribed`` with every edit."""

    breaks = "test_an_edit_subscribes_nobody"

    def _edited(self, record: Record, patch: Patch) -> Record:
        to = patch.consent or (Consent.SUBSCRIBED if patch.fields and record.key in self._records else None)
        return super()._edited(record, replace(patch, consent=to))


class RevivesByANo(Broken):
    """Brings an archived member back when it is opted out, as the API does."""

    breaks = "test_a_no_leaves_the_archive_as_it_is"

    def _edited(self, record: Record, patch: Patch) -> Record:
        return super()._edited(record, replace(patch, takes_part=True) if patch.consent else patch)


class ForgetsTheForgotten(Broken):
    """Creates an address again that was deleted for good."""

    breaks = "test_a_forgotten_address_stays_away"

    def _check_address(self, who: str, email: str) -> None:
        self._forgotten.clear()
        super()._check_address(who, email)


class BlamesThePerson(Broken):
    """Tells every act as the person's own."""

    breaks = "test_our_own_act_is_not_the_persons"

    def acts(self, key: Key) -> Sequence[Act]:
        return tuple(replace(one, origin=Origin.PERSON) for one in super().acts(key))


class TellsActsBackwards(Broken):
    """Tells the newest act first, as the API does."""

    breaks = "test_acts_come_oldest_first"

    def acts(self, key: Key) -> Sequence[Act]:
        return super().acts(key)[::-1]


BROKEN = sorted(Broken.__subclasses__(), key=lambda one: one.__name__)


@pytest.mark.parametrize("kind", BROKEN, ids=lambda one: one.__name__)
def test_a_broken_audience_is_caught(kind: type[Broken]) -> None:
    """Each fault breaks the promise that is about it."""
    assert not keeps(AudienceTests, kind.breaks, kind(AUDIENCE_SCHEMA, page_size=10))


def test_a_sound_audience_breaks_nothing() -> None:
    """The verdict on an audience without a fault is empty, so that the others mean something."""
    assert broken_promises(AudienceTests, lambda: MemoryAudience(AUDIENCE_SCHEMA, page_size=10)) == set()
