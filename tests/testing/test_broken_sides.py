"""A CRM that reads or finds wrongly does not pass the suite: each fault breaks a promise.

Each side differs from a sound one by one fault of a kind that real connectors have had; its docstring is the fault.
``breaks`` is the promise that must notice it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from listloop.core.people import Key, Record, address_key
from listloop.core.side import Cursor, Page
from listloop.testing.builders import CRM_SCHEMA
from listloop.testing.memory import MemoryCrm
from listloop.testing.side import CrmTests, broken_promises, keeps


class Broken(MemoryCrm):
    """A CRM with a fault."""

    breaks = ""


# --- reading ---------------------------------------------------------------------------------------------------


class LosesLastPage(Broken):
    """Drops the records of the last page."""

    breaks = "test_a_full_reading_has_every_record"

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        for page in super().changes(since):
            yield replace(page, records=()) if page.last else page


class PagesByOffset(Broken):
    """Counts offsets over a list that moves: whoever stands at the edge of a page is skipped."""

    breaks = "test_nobody_is_skipped_while_records_change"

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        if since is not None:
            yield from super().changes(since)
            return
        offset, start = 0, self._time(timedelta(minutes=-5))
        while True:
            rows = sorted(self.records(), key=lambda one: (one.changed, one.key))
            part = tuple(rows[offset : offset + self.page_size])
            offset += self.page_size
            last = offset >= len(rows)
            yield Page(part, f"{start}||", last)
            if last:
                return


class PagesChangesByOffset(Broken):
    """Counts offsets over the changes only."""

    breaks = "test_nobody_is_skipped_while_changes_are_read"

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        offset = 0
        while since is not None:
            rows = [record for page in super().changes(since) for record in page.records]
            last = offset + self.page_size >= len(rows)
            yield Page(tuple(rows[offset : offset + self.page_size]), since, last)
            offset += self.page_size
            if last:
                return
        yield from super().changes(since)


class IgnoresSince(Broken):
    """Reads everything every time."""

    breaks = "test_only_changes_are_read"

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        yield from super().changes(None)


class ReadsByOurClock(Broken):
    """Makes its cursors of the clock of the machine that it runs on."""

    breaks = "test_cursors_go_by_the_clock_of_the_side"

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        ours = datetime.now(UTC).isoformat(timespec="seconds")
        for page in super().changes(since):
            yield replace(page, cursor=f"{ours}||") if page.last else page


class HasNoOverlap(Broken):
    """Goes on from the very second in which the last reading ended."""

    breaks = "test_readings_overlap"

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        for page in super().changes(since):
            yield replace(page, cursor=f"{self._time()}||") if page.last else page


class HasNoLastPage(Broken):
    """Gives no page at all where there is nothing to read."""

    breaks = "test_an_empty_side_has_one_page"

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        yield from (page for page in super().changes(since) if page.records)


class BeginsAgain(Broken):
    """Can't be resumed: the cursor of any page begins again with the first."""

    breaks = "test_resuming_repeats_little"

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        for page in super().changes(since):
            yield page if page.last else replace(page, cursor="||" + page.cursor.split("|")[2])


class ReadsNewestFirst(Broken):
    """Shows the records of a page in the wrong order."""

    breaks = "test_oldest_changes_come_first"

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        for page in super().changes(since):
            yield replace(page, records=page.records[::-1])


class HidesEmptyFields(Broken):
    """Leaves out fields that are empty, which says that they were not shown."""

    breaks = "test_every_field_is_shown"

    def _shown(self, record: Record) -> Record:
        fields = {name: value for name, value in record.person.fields.items() if value}
        return replace(record, person=replace(record.person, fields=fields))


class KeysOfOnePage(Broken):
    """Stops listing keys after ten, the default of an API."""

    breaks = "test_keys_are_complete"

    def keys(self) -> Iterator[Key]:
        yield from sorted(super().keys())[:10]


class InventsTheGone(Broken):
    """Shows an empty record for a key that is gone."""

    breaks = "test_fetch_leaves_out_who_is_gone"

    def fetch(self, keys: Collection[Key]) -> Iterator[Record]:
        for key in keys:
            yield self._records.get(key) or Record(key, self._blank("").person)


# --- finding ---------------------------------------------------------------------------------------------------


class FindsCaseSensitively(Broken):
    """Compares addresses letter by letter."""

    breaks = "test_an_address_is_found_in_any_case"

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        wanted, ids = {one.strip() for one in emails}, set(mailchimp_ids) - {""}
        yield from (one for one in self.records() if one.email in wanted or one.mailchimp_id in ids)


class FindsByPattern(Broken):
    """Takes ``_`` in an address for any letter, as LIKE does."""

    breaks = "test_wildcards_are_letters"

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        patterns = [one for one in emails if "_" in one]
        yield from super().find(emails, mailchimp_ids)
        for one in self.records():
            if any(len(p) == len(one.email) and _alike(p, one.email) for p in patterns):
                yield one


class FindsDecomposedNever(Broken):
    """Lower-cases addresses and does not normalise them."""

    breaks = "test_composed_and_decomposed_addresses_are_the_same"

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        wanted = {one.strip().lower() for one in emails}
        yield from (one for one in super().find(emails, mailchimp_ids) if not emails or one.email.lower() in wanted)


class FoldsAddresses(Broken):
    """Takes ß and ss for the same letter."""

    breaks = "test_different_mailboxes_stay_different"

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        wanted, ids = {address_key(one).casefold() for one in emails} - {""}, set(mailchimp_ids) - {""}
        yield from (
            one for one in self.records() if address_key(one.email).casefold() in wanted or one.mailchimp_id in ids
        )


class FindsOnlyOne(Broken):
    """Finds the first of several people with one address."""

    breaks = "test_everybody_with_a_shared_address_is_found"

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        seen = set()
        for one in super().find(emails, mailchimp_ids):
            if address_key(one.email) not in seen:
                seen.add(address_key(one.email))
                yield one


class FindsOnlyWhoTakesPart(Broken):
    """Does not find who is flagged No, so that they would be created again."""

    breaks = "test_who_does_not_take_part_is_found"

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        yield from (one for one in super().find(emails, mailchimp_ids) if one.takes_part is not False)


def _alike(pattern: str, text: str) -> bool:
    return all(a in ("_", b) for a, b in zip(pattern, text, strict=True))


BROKEN = sorted(Broken.__subclasses__(), key=lambda one: one.__name__)


@pytest.mark.parametrize("kind", BROKEN, ids=lambda one: one.__name__)
def test_a_broken_side_is_caught(kind: type[Broken]) -> None:
    """Each fault breaks the promise that is about it."""
    assert not keeps(CrmTests, kind.breaks, kind(CRM_SCHEMA, page_size=10))


def test_a_sound_side_breaks_nothing() -> None:
    """The verdict on a side without a fault is empty, so that the others mean something."""
    assert broken_promises(CrmTests, lambda: MemoryCrm(CRM_SCHEMA, page_size=10)) == set()


def test_there_are_enough_faults() -> None:
    """Fifteen ways of being broken, at the least, are tried here alone."""
    assert len(BROKEN) >= 15
