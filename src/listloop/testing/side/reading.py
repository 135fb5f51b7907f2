"""Promises about reading: nothing is left out, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from listloop.core.people import Patch
from listloop.core.side import Cursor, Page, Side
from listloop.testing.side.hands import Hands
from listloop.testing.side.steps import LONG, gather, needs, people, person, read, shown, texts, update


class Reading:
    """``changes``, ``keys``, ``fetch``.

    ``three_pages`` is a number of records that makes at least three pages. ``overlaps`` is False only where cursors
    count changes in the order of their commits, so that there is no late one to be missed.
    """

    three_pages = 2_001
    overlaps = True

    def test_an_empty_side_has_one_page(self, side: Side) -> None:
        """A side without records gives one page, which is the last."""
        pages = list(side.changes(None))
        assert len(pages) == 1
        assert pages[0].last
        assert pages[0].records == ()

    def test_a_quiet_side_has_a_last_page(self, side: Side, hands: Hands) -> None:
        """A reading of changes where there are none ends with a last page, and its cursor can be read from."""
        _, cursor = read(side)
        hands.wait(LONG)
        pages = list(side.changes(cursor))
        assert [one.last for one in pages] == [True]
        assert list(side.changes(pages[-1].cursor))[-1].last

    def test_a_full_reading_has_every_record(self, side: Side) -> None:
        """A full reading leaves nobody out."""
        made = people(side, self.three_pages)
        assert read(side)[0].keys() == {one.key for one in made}

    def test_only_the_final_page_is_last(self, side: Side) -> None:
        """The final page says that it is, and no other does."""
        people(side, self.three_pages)
        assert [one.last for one in side.changes(None)] == [False] * (self._pages(side) - 1) + [True]

    def test_pages_are_small(self, side: Side) -> None:
        """No page has more than 1,000 records."""
        people(side, self.three_pages)
        assert all(len(one.records) <= 1_000 for one in side.changes(None))

    def test_cursors_are_short(self, side: Side) -> None:
        """Every page has a cursor of at most 2,000 characters."""
        people(side, self.three_pages)
        assert all(0 < len(one.cursor) <= 2_000 for one in side.changes(None))

    def test_oldest_changes_come_first(self, side: Side, hands: Hands) -> None:
        """Records come in the order of their last change."""
        made = people(side, self.three_pages)
        for one in reversed(made[:3]):
            hands.wait(2)
            update(side, one.key, Patch(fields={texts(side)[0].name: "moved"}))
        times = [record.changed for page in side.changes(None) for record in page.records]
        assert times == sorted(times)

    def test_every_page_can_be_resumed_from(self, side: Side) -> None:
        """A full reading that broke off goes on from the cursor of any page, and has everybody in the end."""
        made = {one.key for one in people(side, self.three_pages)}
        pages = list(side.changes(None))
        for number, page in enumerate(pages[:-1], start=1):
            rest, _ = read(side, page.cursor)
            assert gather(pages[:number])[0].keys() | rest.keys() == made

    def test_resuming_repeats_little(self, side: Side) -> None:
        """Going on from a page does not begin again with the first."""
        people(side, self.three_pages)
        pages = list(side.changes(None))
        assert len(list(side.changes(pages[1].cursor))) < len(pages)

    def test_a_reading_of_changes_can_be_resumed(self, side: Side, hands: Hands) -> None:
        """A reading of changes that broke off goes on from the cursor of any page, too."""
        _, cursor = read(side)
        hands.wait(LONG)
        made = {one.key for one in people(side, self.three_pages)}
        pages = list(side.changes(cursor))
        for number, page in enumerate(pages[:-1], start=1):
            rest, _ = read(side, page.cursor)
            assert gather(pages[:number])[0].keys() | rest.keys() == made

    def test_a_new_record_is_a_change(self, side: Side, hands: Hands) -> None:
        """Who is made after a reading is in the next."""
        _, cursor = read(side)
        hands.wait(LONG)
        key = hands.add("new@suite.example", {})
        assert read(side, cursor)[0].keys() == {key}

    def test_an_edit_by_hand_is_a_change(self, side: Side, hands: Hands) -> None:
        """What a user edits after a reading is in the next, with the new value."""
        field, record = texts(side)[0].name, person(side)
        hands.wait(LONG)
        _, cursor = read(side)
        hands.wait(LONG)
        hands.edit(record.key, {field: "edited"})
        assert read(side, cursor)[0][record.key].person.fields[field] == "edited"

    def test_only_changes_are_read(self, side: Side, hands: Hands) -> None:
        """Who has not changed for longer than the overlap is not read again."""
        made = people(side, 3)
        hands.wait(LONG)
        _, cursor = read(side)
        hands.wait(LONG)
        hands.edit(made[1].key, {texts(side)[0].name: "edited"})
        assert read(side, cursor)[0].keys() == {made[1].key}

    def test_readings_overlap(self, side: Side, hands: Hands) -> None:
        """Who changed in the last minutes before a reading is in the next once more: late commits are not lost."""
        needs(self.overlaps, "counts changes instead of seconds")
        record = person(side)
        hands.wait(200)
        _, cursor = read(side)
        assert record.key in read(side, cursor)[0]

    def test_cursors_go_by_the_clock_of_the_side(self, side: Side, hands: Hands) -> None:
        """However far the side's clock is from ours, changes after a reading are read, and only they."""
        hands.wait(30 * 86_400)
        made = people(side, 2)
        hands.wait(LONG)
        _, cursor = read(side)
        hands.wait(LONG)
        hands.edit(made[0].key, {texts(side)[0].name: "edited"})
        assert read(side, cursor)[0].keys() == {made[0].key}

    def test_nobody_is_skipped_while_records_change(self, side: Side, hands: Hands) -> None:
        """Edits of the people just read do not push others past the reading."""
        made = {one.key for one in people(side, self.three_pages)}
        seen, _ = gather(self._disturbed(side, hands, how="edit"))
        assert seen.keys() == made

    def test_nobody_is_skipped_while_records_vanish(self, side: Side, hands: Hands) -> None:
        """Deletions of people just read do not push others past the reading."""
        made = {one.key for one in people(side, self.three_pages)}
        seen, _ = gather(self._disturbed(side, hands, how="delete"))
        assert seen.keys() == made

    def test_nobody_is_skipped_while_changes_are_read(self, side: Side, hands: Hands) -> None:
        """A reading of changes does not skip anybody either."""
        _, cursor = read(side)
        hands.wait(LONG)
        made = {one.key for one in people(side, self.three_pages)}
        seen, _ = gather(self._disturbed(side, hands, how="edit", since=cursor))
        assert seen.keys() == made

    def test_an_edit_in_mid_reading_is_not_lost(self, side: Side, hands: Hands) -> None:
        """A person edited while the others are read is shown with the new value then, or by the next reading."""
        people(side, self.three_pages)
        field = texts(side)[0].name
        pages = side.changes(None)
        first = next(pages)
        key = first.records[0].key
        hands.edit(key, {field: "meanwhile"})
        seen, cursor = gather(pages)
        seen.update(read(side, cursor)[0])
        assert seen[key].person.fields[field] == "meanwhile"

    def test_a_record_made_in_mid_reading_is_not_lost(self, side: Side, hands: Hands) -> None:
        """A person made while the others are read is in this reading, or in the next."""
        people(side, self.three_pages)
        pages = side.changes(None)
        next(pages)
        key = hands.add("meanwhile@suite.example", {})
        seen, cursor = gather(pages)
        assert key in seen or key in read(side, cursor)[0]

    def test_a_reading_may_be_broken_off(self, side: Side) -> None:
        """Whoever stops after a page leaves a side that can be read and written as before."""
        made = people(side, self.three_pages)
        pages = side.changes(None)
        next(pages)
        del pages
        update(side, made[0].key, Patch(fields={texts(side)[0].name: "new"}))
        assert read(side)[0].keys() == {one.key for one in made}

    def test_an_old_cursor_is_good(self, side: Side, hands: Hands) -> None:
        """A cursor from a month ago still gives everything since."""
        _, cursor = read(side)
        hands.wait(LONG)
        keys = set()
        for number in range(3):
            hands.wait(10 * 86_400)
            keys.add(hands.add(f"month{number}@suite.example", {}))
        assert read(side, cursor)[0].keys() == keys

    def test_reading_changes_nothing(self, side: Side, hands: Hands) -> None:
        """Two readings in a row show the same."""
        people(side, 3)
        before, _ = read(side)
        hands.wait(LONG)
        assert read(side)[0] == before

    def test_every_field_is_shown(self, side: Side) -> None:
        """A record shows every field of the schema, an empty one as ""."""
        record = person(side)
        names = {one.name for one in side.schema().fields}
        assert read(side)[0][record.key].person.fields.keys() >= names
        assert shown(side, record.key).person.fields[texts(side)[0].name] == ""

    def test_times_are_in_utc(self, side: Side) -> None:
        """``changed`` and ``created`` are ISO 8601 with the zone UTC, or "" where the side does not tell."""
        record = person(side)
        for time in (record.changed, record.created):
            assert not time or datetime.fromisoformat(time).utcoffset() == timedelta(0)

    def test_times_do_not_go_back(self, side: Side, hands: Hands) -> None:
        """An edit gives a later time, and leaves the time of creation alone."""
        before = person(side)
        needs(before.changed != "", "does not tell when a record changed")
        hands.wait(2)
        after = update(side, before.key, Patch(fields={texts(side)[0].name: "later"}))
        assert after.changed > before.changed
        assert after.created == before.created

    def test_keys_are_short_and_unique(self, side: Side) -> None:
        """Every record has a key of its own, of at most 200 characters."""
        made = people(side, 3)
        assert len({one.key for one in made}) == 3
        assert all(0 < len(one.key) <= 200 for one in made)

    def test_keys_are_complete(self, side: Side) -> None:
        """``keys`` has every record, however many there are, each once."""
        made = people(side, self.three_pages)
        assert sorted(side.keys()) == sorted(one.key for one in made)

    def test_an_empty_side_has_no_keys(self, side: Side) -> None:
        """``keys`` of a side without records is empty."""
        assert list(side.keys()) == []

    def test_who_is_deleted_is_nowhere(self, side: Side, hands: Hands) -> None:
        """A deleted record has no key and is neither read, fetched nor found."""
        gone, stays = people(side, 2)
        hands.delete(gone.key)
        assert list(side.keys()) == [stays.key]
        assert read(side)[0].keys() == {stays.key}
        assert [one.key for one in side.fetch([gone.key, stays.key])] == [stays.key]
        assert list(side.find([gone.email])) == []

    def test_deletions_are_named(self, side: Side, hands: Hands) -> None:
        """Where the side tells deletions, the next reading names them, and a reading after that does not."""
        needs(side.can.deletions, "does not tell deletions")
        gone = people(side, 2)[0]
        _, cursor = read(side)
        hands.wait(LONG)
        hands.delete(gone.key)
        pages = list(side.changes(cursor))
        assert {key for page in pages for key in page.gone} == {gone.key}
        hands.wait(LONG)
        _, cursor = read(side, pages[-1].cursor)
        assert not [key for page in side.changes(cursor) for key in page.gone]

    def test_nobody_living_is_called_gone(self, side: Side) -> None:
        """``gone`` never names a record that exists."""
        made = {one.key for one in people(side, 3)}
        assert not made & {key for page in side.changes(None) for key in page.gone}

    def test_fetch_shows_what_a_reading_shows(self, side: Side) -> None:
        """A fetched record and the same record in a reading are equal."""
        made = people(side, 3)
        assert {one.key: one for one in side.fetch([one.key for one in made])} == read(side)[0]

    def test_fetch_leaves_out_who_is_gone(self, side: Side) -> None:
        """A key that never was is left out of a fetch, and the others come."""
        record = person(side)
        assert [one.key for one in side.fetch([record.key, f"{record.key}0"])] == [record.key]

    def test_fetching_nobody_gives_nobody(self, side: Side) -> None:
        """A fetch without keys is empty."""
        people(side, 1)
        assert list(side.fetch([])) == []

    def test_fetch_takes_any_number(self, side: Side) -> None:
        """1,001 keys can be fetched in one call."""
        made = {one.key for one in people(side, 1_001)}
        assert {one.key for one in side.fetch(made)} == made

    def _pages(self, side: Side) -> int:
        count = len(list(side.changes(None)))
        assert count >= 3, f"`three_pages` is {self.three_pages}, which made only {count}"
        return count

    def _disturbed(self, side: Side, hands: Hands, how: str, since: Cursor | None = None) -> Iterator[Page]:
        """A reading in which the first person of each page is edited or deleted before the next is read."""
        field = texts(side)[0].name
        for number, page in enumerate(side.changes(since)):
            yield page
            if number < 2 and page.records:
                hands.wait(2)
                if how == "edit":
                    hands.edit(page.records[0].key, {field: f"meanwhile {number}"})
                else:
                    hands.delete(page.records[0].key)
