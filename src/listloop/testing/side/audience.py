"""What an audience promises beside: Mailchimp's rules of who may be mailed, and the archive."""

from __future__ import annotations

from dataclasses import replace

import pytest

from listloop.core.people import Consent, Origin, Patch, Record
from listloop.core.side import Audience, Side
from listloop.testing.side.hands import AudienceHands
from listloop.testing.side.steps import (
    LONG,
    create,
    gather,
    needs,
    new,
    people,
    person,
    read,
    refused,
    shown,
    texts,
    update,
    write,
)
from listloop.testing.side.suite import SideTests

SUBSCRIBE = Patch(consent=Consent.SUBSCRIBED)
ARCHIVE = Patch(takes_part=False)
REVIVE = Patch(takes_part=True)


class AudienceTests(SideTests):
    """``SideTests``, and the archive, one member per address, refusals of status, ``acts``, ``events``."""

    @pytest.fixture
    def side(self) -> Audience:
        """The audience under test."""
        raise NotImplementedError("Give a fixture named `side` that returns a new, empty audience.")

    @pytest.fixture
    def hands(self, side: Audience) -> AudienceHands:
        """The people of that audience, and who administers it."""
        raise NotImplementedError("Give a fixture named `hands` that acts on the audience's side.")

    def test_a_mark_is_found_and_is_no_label(self, side: Audience) -> None:
        """A mark that was left is found by everybody, and nobody takes it for a label."""
        labels = side.schema().labels
        side.leave_mark("0123456789abcdef")
        assert "0123456789abcdef" in side.marks()
        assert side.schema().labels == labels
        assert "0123456789abcdef" in side.marks()

    def test_it_keeps_an_archive(self, side: Audience) -> None:
        """In an audience, not taking part is being archived."""
        assert side.can.archives

    def test_the_key_is_the_id(self, side: Audience) -> None:
        """A member's key is its own ID, and both survive a change of address."""
        record = person(side)
        assert record.key == record.mailchimp_id
        after = update(side, record.key, Patch(email="moved@suite.example"))
        assert (after.key, after.mailchimp_id) == (record.key, record.key)

    def test_an_address_is_taken(self, side: Audience) -> None:
        """A second member with an address, in whatever case, is refused: ``address-taken``."""
        record = person(side)
        again = replace(new(side, 2), email=record.email.upper())
        assert refused(write(side, (None, again))[0]).code == "address-taken"
        assert list(side.keys()) == [record.key]

    def test_an_archived_address_is_taken(self, side: Audience) -> None:
        """Creating the address of an archived member is refused, and does not revive it."""
        record = _archived(side)
        assert refused(write(side, (None, replace(new(side, 2), email=record.email)))[0]).code == "address-taken"
        assert shown(side, record.key).takes_part is False

    def test_nobody_moves_to_a_taken_address(self, side: Audience) -> None:
        """A change to another member's address is refused, and both stay."""
        first, second = people(side, 2)
        assert refused(write(side, (first.key, Patch(email=second.email)))[0]).code == "address-taken"
        assert [shown(side, one.key) for one in (first, second)] == [first, second]

    def test_one_of_two_equal_creations_wins(self, side: Audience) -> None:
        """The same address twice in one call makes one member; the other is refused."""
        outcomes = write(side, (None, new(side)), (None, new(side)))
        assert sorted(one.error.code if one.error else "" for one in outcomes) == ["", "address-taken"]
        assert len(list(side.keys())) == 1

    def test_who_is_archived_is_shown_so(self, side: Audience) -> None:
        """An archived member is fetched, found and among the keys, as not taking part."""
        record = _archived(side)
        assert shown(side, record.key).takes_part is False
        assert [one.takes_part for one in side.find([record.email])] == [False]
        assert list(side.keys()) == [record.key]

    def test_who_is_archived_keeps_the_content(self, side: Audience) -> None:
        """The archive takes away neither address nor fields nor labels."""
        record = person(side, **{texts(side)[0].name: "Ada"})
        archived = update(side, record.key, ARCHIVE)
        assert archived.email == record.email
        assert archived.person.fields == record.person.fields

    def test_a_full_reading_shows_the_archive(self, side: Audience) -> None:
        """Archived members are in a full reading, as not taking part: nobody is created over one."""
        gone, stays = _archived(side), person(side)
        taking_part = {key: record.takes_part for key, record in read(side)[0].items()}
        assert taking_part == {gone.key: False, stays.key: True}

    def test_archiving_is_a_change(self, side: Audience, hands: AudienceHands) -> None:
        """A later reading has the archived member, as not taking part."""
        record = person(side)
        hands.wait(LONG)
        _, cursor = read(side)
        hands.wait(LONG)
        update(side, record.key, ARCHIVE)
        assert read(side, cursor)[0][record.key].takes_part is False

    def test_archiving_in_mid_reading_is_not_lost(self, side: Audience) -> None:
        """Who is archived while the others are read is shown so by this reading or the next."""
        people(side, self.three_pages)
        pages = side.changes(None)
        key = next(pages).records[0].key
        update(side, key, ARCHIVE)
        seen, cursor = gather(pages)
        seen.update(read(side, cursor)[0])
        assert seen[key].takes_part is False

    def test_nobody_is_skipped_while_members_are_archived(self, side: Audience) -> None:
        """Archiving the people just read does not push others past the reading."""
        made = {one.key for one in people(side, self.three_pages)}
        seen = set()
        for number, page in enumerate(side.changes(None)):
            seen |= {one.key for one in page.records}
            if number < 2:
                update(side, page.records[0].key, ARCHIVE)
        assert seen == made

    def test_archiving_again_is_no_error(self, side: Audience) -> None:
        """Whoever is archived already may be archived."""
        record = _archived(side)
        assert update(side, record.key, ARCHIVE).takes_part is False

    def test_a_member_is_revived(self, side: Audience) -> None:
        """Who is brought back takes part again, under the same key, with the same content."""
        record = _archived(side)
        after = update(side, record.key, REVIVE)
        assert (after.key, after.email, after.takes_part) == (record.key, record.email, True)
        assert read(side)[0][record.key].takes_part is True

    def test_a_revived_member_can_be_mailed(self, side: Audience) -> None:
        """Who was archived while subscribed can come back subscribed, in one change."""
        record = create(side, replace(new(side), consent=Consent.SUBSCRIBED))[0]
        update(side, record.key, ARCHIVE)
        after = update(side, record.key, replace(REVIVE, consent=Consent.SUBSCRIBED))
        assert (after.takes_part, after.person.consent) == (True, Consent.SUBSCRIBED)

    def test_a_no_leaves_the_archive_as_it_is(self, side: Audience) -> None:
        """Opting out an archived member does not bring it back."""
        record = _archived(side)
        update(side, record.key, Patch(consent=Consent.UNSUBSCRIBED))
        assert shown(side, record.key).takes_part is False
        revived = update(side, record.key, REVIVE)
        assert revived.person.consent not in {Consent.SUBSCRIBED, Consent.PENDING}

    def test_who_unsubscribed_is_not_subscribed(self, side: Audience, hands: AudienceHands) -> None:
        """A person's own unsubscribe can't be undone by us: ``compliance``."""
        record = _member(side, hands, "unsubscribe")
        assert refused(write(side, (record.key, SUBSCRIBE))[0]).code == "compliance"
        assert shown(side, record.key).person.consent is Consent.UNSUBSCRIBED

    def test_an_unsubscribe_outlives_the_archive(self, side: Audience, hands: AudienceHands) -> None:
        """Neither can it by way of the archive."""
        record = _member(side, hands, "unsubscribe")
        update(side, record.key, ARCHIVE)
        refused(write(side, (record.key, replace(REVIVE, consent=Consent.SUBSCRIBED)))[0])
        assert shown(side, record.key).person.consent is not Consent.SUBSCRIBED

    def test_our_own_unsubscribe_can_be_undone(self, side: Audience) -> None:
        """Whom a program opted out can be subscribed again, on the person's act."""
        record = create(side, replace(new(side), consent=Consent.SUBSCRIBED))[0]
        update(side, record.key, Patch(consent=Consent.UNSUBSCRIBED))
        assert update(side, record.key, SUBSCRIBE).person.consent is Consent.SUBSCRIBED

    def test_a_status_comes_alone(self, side: Audience) -> None:
        """A change of consent leaves the rest of the member alone, and the rest leaves the consent alone."""
        record = create(side, replace(new(side), consent=Consent.SUBSCRIBED))[0]
        edited = update(side, record.key, Patch(fields={texts(side)[0].name: "x"}))
        assert edited.person.consent is Consent.SUBSCRIBED
        lowered = update(side, record.key, Patch(consent=Consent.UNSUBSCRIBED))
        assert lowered.person == replace(edited.person, consent=Consent.UNSUBSCRIBED)

    def test_an_edit_subscribes_nobody(self, side: Audience) -> None:
        """An edit of a field moves no consent: who is kept without mailing, or opted out by us, stays so."""
        for number, consent in enumerate((Consent.UNKNOWN, Consent.UNSUBSCRIBED, Consent.PENDING), start=1):
            record = create(side, replace(new(side, number), consent=consent))[0]
            assert update(side, record.key, Patch(fields={texts(side)[0].name: "x"})).person.consent is consent

    def test_a_dead_address_is_not_subscribed(self, side: Audience, hands: AudienceHands) -> None:
        """Whose address is cleaned can't be subscribed: ``compliance``."""
        record = _member(side, hands, "clean")
        assert record.person.consent is Consent.CLEANED
        assert refused(write(side, (record.key, SUBSCRIBE))[0]).code == "compliance"

    def test_a_dead_address_is_not_archived(self, side: Audience, hands: AudienceHands) -> None:
        """Whose address is cleaned can't be archived, and the refusal says so."""
        record = _member(side, hands, "clean")
        refused(write(side, (record.key, ARCHIVE))[0])
        assert shown(side, record.key).takes_part is True

    def test_a_dead_address_is_not_changed(self, side: Audience, hands: AudienceHands) -> None:
        """Whose address is cleaned keeps it; a corrected one is a new member."""
        record = _member(side, hands, "clean")
        refused(write(side, (record.key, Patch(email="corrected@suite.example")))[0])
        assert shown(side, record.key) == record

    def test_who_is_asked_is_not_archived(self, side: Audience) -> None:
        """Who has not answered the confirmation mail can't be archived."""
        record = create(side, replace(new(side), consent=Consent.PENDING))[0]
        refused(write(side, (record.key, ARCHIVE))[0])
        assert shown(side, record.key).takes_part is True

    def test_a_forgotten_address_stays_away(self, side: Audience, hands: AudienceHands) -> None:
        """Who was deleted for good can be neither created nor moved to: ``forgotten``."""
        gone, other = people(side, 2)
        hands.delete(gone.key)
        for consent in (Consent.SUBSCRIBED, Consent.PENDING, Consent.UNKNOWN):
            outcome = write(side, (None, replace(new(side), consent=consent)))[0]
            assert refused(outcome).code == "forgotten"
        assert refused(write(side, (other.key, Patch(email=gone.email)))[0]).code == "forgotten"

    def test_the_persons_own_act_is_told(self, side: Audience, hands: AudienceHands) -> None:
        """After an unsubscribe by link, the last act is a no of the person."""
        record = _member(side, hands, "unsubscribe")
        last = side.acts(record.key)[-1]
        assert (last.consent, last.origin) == (Consent.UNSUBSCRIBED, Origin.PERSON)

    def test_our_own_act_is_not_the_persons(self, side: Audience) -> None:
        """What a program does about the consent is never told as the person's act."""
        record = create(side, replace(new(side), consent=Consent.SUBSCRIBED))[0]
        update(side, record.key, Patch(consent=Consent.UNSUBSCRIBED))
        assert all(one.origin not in {Origin.PERSON, Origin.COMPLAINT} for one in side.acts(record.key))

    def test_acts_come_oldest_first(self, side: Audience, hands: AudienceHands) -> None:
        """Acts are in the order of their times."""
        record = _member(side, hands, "unsubscribe")
        times = [one.at for one in side.acts(record.key)]
        assert times == sorted(times)

    def test_nothing_is_known_of_nobody(self, side: Audience) -> None:
        """A key that never was has no acts."""
        assert list(side.acts("0" * 32)) == []

    def test_a_new_audience_has_no_facts(self, side: Audience) -> None:
        """Without campaigns there is nothing to be read."""
        needs(side.can.events, "has no events")
        assert list(side.campaigns()) == []


def _archived(side: Side) -> Record:
    """A member in the archive."""
    return update(side, person(side).key, ARCHIVE)


def _member(side: Side, hands: AudienceHands, what: str) -> Record:
    """A subscribed member who unsubscribed by link, or whose address is dead."""
    number = len(list(side.keys())) + 1
    made = create(side, replace(new(side, number), consent=Consent.SUBSCRIBED))[0]
    hands.wait(LONG)
    if what == "clean":
        hands.clean(made.key)
    else:
        hands.unsubscribe(made.key)
    return shown(side, made.key)
