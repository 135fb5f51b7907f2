"""What a CRM promises beside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from listloop.core.abilities import DealNote, FillsGroups, NotesDeals
from listloop.core.errors import NeedsAttention
from listloop.core.people import Patch
from listloop.core.side import Communication, Crm, Deal, FieldType
from listloop.testing.side.hands import CrmHands
from listloop.testing.side.steps import (
    LONG,
    address,
    create,
    needs,
    new,
    people,
    person,
    read,
    refused,
    shown,
    typed,
    update,
)
from listloop.testing.side.suite import SideTests


class CrmTests(SideTests):
    """``SideTests``, and ``append``, ``deals``, ``groups``, ``url`` and companies where the CRM can."""

    @pytest.fixture
    def side(self) -> Crm:
        """The CRM under test."""
        raise NotImplementedError("Give a fixture named `side` that returns a new, empty CRM.")

    @pytest.fixture
    def hands(self, side: Crm) -> CrmHands:
        """Somebody who uses that CRM."""
        raise NotImplementedError("Give a fixture named `hands` that acts as a user of the CRM.")

    def test_it_keeps_the_flag_and_not_an_archive(self, side: Crm) -> None:
        """A CRM has the flag *Sync with Mailchimp*; only an audience archives."""
        assert not side.can.archives

    def test_a_flag_set_to_no_is_read(self, side: Crm) -> None:
        """Whose flag is No is in a full reading, and shown so."""
        record = person(side)
        update(side, record.key, Patch(takes_part=False))
        assert read(side)[0][record.key].takes_part is False

    def test_a_record_made_by_hand_has_no_flag(self, side: Crm, hands: CrmHands) -> None:
        """Whom a user makes without a thought of Mailchimp has a blank flag and no ID."""
        record = shown(side, hands.add("fresh@suite.example", {}))
        assert record.takes_part is None
        assert record.mailchimp_id == ""

    def test_everybody_with_a_shared_address_is_found(self, side: Crm, hands: CrmHands) -> None:
        """A CRM may hold an address twice; both are found."""
        keys = {hands.add("shared@suite.example", {}), hands.add("Shared@Suite.Example", {})}
        assert {one.key for one in side.find(["shared@suite.example"])} == keys

    def test_a_further_address_is_found(self, side: Crm, hands: CrmHands) -> None:
        """A person is found by any address, shows all, and only one of them is synced."""
        record = person(side)
        needs(hands.add_address(record.key, "private@suite.example"), "has one address per person")
        found = list(side.find(["PRIVATE@suite.example"]))
        assert [one.key for one in found] == [record.key]
        assert found[0].email == record.email
        assert "private@suite.example" in found[0].emails

    def test_a_person_without_an_address_is_read(self, side: Crm, hands: CrmHands) -> None:
        """Who has no address is a record all the same."""
        key = hands.add("", {})
        assert read(side)[0][key].email == ""

    def test_a_company_makes_a_contact(self, side: Crm) -> None:
        """Who is created with a company shows it, and is of another kind than who has none."""
        needs(side.can.companies, "makes no companies")
        company = typed(side, FieldType.COMPANY).name
        alone, contact = person(side), person(side, **{company: "Acme & Söhne"})
        assert shown(side, contact.key).person.fields[company] == "Acme & Söhne"
        assert contact.kind != alone.kind

    def test_a_company_is_not_a_person(self, side: Crm) -> None:
        """The company that a creation makes is neither read nor counted as a person."""
        needs(side.can.companies, "makes no companies")
        record = person(side, **{typed(side, FieldType.COMPANY).name: "Acme"})
        assert list(side.keys()) == [record.key]
        assert read(side)[0].keys() == {record.key}

    def test_colleagues_share_their_company(self, side: Crm) -> None:
        """Two people are created under one company, and an edit of one leaves the other there."""
        needs(side.can.companies, "makes no companies")
        company = typed(side, FieldType.COMPANY).name
        first, second = person(side, **{company: "Acme"}), person(side, **{company: "Acme"})
        update(side, first.key, Patch(email="moved@suite.example"))
        assert [shown(side, one.key).person.fields[company] for one in (first, second)] == ["Acme", "Acme"]

    def test_a_company_is_found_however_it_is_spelled(self, side: Crm) -> None:
        """Capitals, spaces and Unicode forms of a name are one company, in one call and later."""
        needs(side.can.companies, "makes no companies")
        company = typed(side, FieldType.COMPANY).name
        spelled = ("Bäckerei Groß", " BÄCKEREI  GROSS ", "Ba\u0308ckerei\u00a0groß")
        one = new(side)
        wanted = [
            replace(one, email=address(at), fields={**one.fields, company: name}) for at, name in enumerate(spelled)
        ]
        made = create(side, *wanted)
        later = person(side, **{company: "bäckerei groß"})
        assert len({record.person.fields[company] for record in (*made, later)}) == 1

    def test_a_contact_moves_to_the_company_of_that_name(self, side: Crm) -> None:
        """Another value moves one contact and renames no company; where the CRM can't, its field says so."""
        needs(side.can.companies, "makes no companies")
        field = typed(side, FieldType.COMPANY)
        needs(not field.fixed, "moves no contact to another company")
        first, second = person(side, **{field.name: "Acme"}), person(side, **{field.name: "Acme"})
        update(side, first.key, Patch(fields={field.name: "Bolt"}))
        assert [shown(side, one.key).person.fields[field.name] for one in (first, second)] == ["Bolt", "Acme"]

    def test_communications_are_answered(self, side: Crm) -> None:
        """Each communication has one outcome, named by campaign, key and kind."""
        needs(side.can.appends, "takes no communications")
        made = people(side, 3)
        outcomes = list(side.append([_sent(one.key) for one in made]))
        assert sorted(one.ref for one in outcomes) == sorted(f"c1|{one.key}|sent" for one in made)
        assert all(one.error is None for one in outcomes)

    def test_a_communication_repeated_changes_nothing(self, side: Crm, hands: CrmHands) -> None:
        """The same communication again is answered well, and leaves the record as it was."""
        needs(side.can.appends, "takes no communications")
        record = person(side)
        first = [one.error for one in side.append([_sent(record.key)])]
        before = shown(side, record.key)
        hands.wait(LONG)
        again = [one.error for one in side.append([_sent(record.key), _sent(record.key)])]
        assert first == [None]
        assert again == [None, None]
        assert shown(side, record.key) == before

    def test_a_communication_to_nobody_is_refused(self, side: Crm) -> None:
        """A communication for a record that is not there is refused, and the others are written."""
        needs(side.can.appends, "takes no communications")
        record = person(side)
        outcomes = {one.ref: one for one in side.append([_sent(f"{record.key}0"), _sent(record.key)])}
        refused(outcomes[f"c1|{record.key}0|sent"])
        assert outcomes[f"c1|{record.key}|sent"].error is None

    def test_appending_nothing_does_nothing(self, side: Crm) -> None:
        """A call without communications has no outcomes."""
        needs(side.can.appends, "takes no communications")
        assert list(side.append([])) == []

    def test_a_group_holds_whom_it_was_made_of(self, side: Crm) -> None:
        """A new group is listed with its title, and has these people and no others."""
        needs(side.can.groups, "has no groups")
        made = people(side, 5)
        group = side.make_group("Opened the newsletter", [one.key for one in made[:3]])
        assert sorted(side.group(group.key)) == sorted(one.key for one in made[:3])
        listed = {one.key: one for one in side.groups()}
        assert listed[group.key].title == "Opened the newsletter"
        assert listed[group.key].members in {3, None}

    def test_a_group_may_be_empty(self, side: Crm) -> None:
        """A group of nobody can be made, and has nobody."""
        needs(side.can.groups, "has no groups")
        assert list(side.group(side.make_group("Nobody", []).key)) == []

    def test_a_group_takes_any_number(self, side: Crm) -> None:
        """A group of 1,001 people can be made in one call."""
        needs(side.can.groups, "has no groups")
        made = {one.key for one in people(side, 1_001)}
        assert set(side.group(side.make_group("All", made).key)) == made

    def test_groups_of_one_name_are_two(self, side: Crm) -> None:
        """A second group never takes the place or the people of the first."""
        needs(side.can.groups, "has no groups")
        made = people(side, 2)
        first, second = (side.make_group("Same", [one.key]) for one in made)
        assert first.key != second.key
        assert list(side.group(first.key)) == [made[0].key]

    def test_who_is_in_a_group_changes(self, side: Crm) -> None:
        """Where a CRM fills groups, people come in and go out, and doing it again changes nothing."""
        needs(side.can.groups and isinstance(side, FillsGroups), "changes no groups")
        assert isinstance(side, FillsGroups)
        first, second = people(side, 2)
        group = side.make_group("Keen", [first.key])
        for _ in range(2):
            side.change_group(group.key, [second.key], [first.key])
            assert list(side.group(group.key)) == [second.key]

    def test_a_communication_takes_its_new_text(self, side: Crm) -> None:
        """Where a CRM rewrites communications, the same one with another text is answered as well."""
        needs(side.can.rewrites, "rewrites no communications")
        record = person(side)
        for text in ("Opened once.", "Opened twice."):
            assert [one.error for one in side.append([replace(_sent(record.key), text=text)])] == [None]

    def test_a_record_can_be_opened(self, side: Crm) -> None:
        """``url`` is a web address, or "" where there is none; two records don't share one."""
        made = people(side, 2)
        urls = [side.url(one.key) for one in made]
        assert all(one == "" or one.startswith(("http://", "https://", "/")) for one in urls)
        assert urls[0] == "" or urls[0] != urls[1]

    def test_deals_are_read(self, side: Crm, hands: CrmHands) -> None:
        """A won opportunity is read with its value in whole cents and its people."""
        needs(side.can.deals, "has no opportunities")
        record = person(side)
        hands.close_deal(_won("d1", record.key))
        deals = [deal for page, _ in side.deals(None) for deal in page]
        assert [(one.title, one.value, one.currency) for one in deals] == [("Deal d1", 123_456, "EUR")]
        assert deals[0].people == (record.key,)

    def test_later_deals_are_read_from_a_cursor(self, side: Crm, hands: CrmHands) -> None:
        """Reading on from the last cursor gives what came since, and loses none."""
        needs(side.can.deals, "has no opportunities")
        record = create(side, new(side))[0]
        hands.close_deal(_won("d1", record.key))
        cursor = [cursor for _, cursor in side.deals(None)][-1]
        hands.wait(LONG)
        hands.close_deal(_won("d2", record.key))
        assert "Deal d2" in [deal.title for page, _ in side.deals(cursor) for deal in page]

    def test_a_deal_says_what_won_it(self, side: Crm, hands: CrmHands) -> None:
        """A text is written into an empty field, over our own text, and again; never over somebody else's."""
        needs(isinstance(side, NotesDeals) and bool(side.deal_fields()), "notes nothing on opportunities")
        assert isinstance(side, NotesDeals)
        hands.close_deal(_won("d1", person(side).key))
        ((deal,),) = [page for page, _ in side.deals(None)]
        field = side.deal_fields()[0].name
        for note in (DealNote(deal.key, "May"), DealNote(deal.key, "May"), DealNote(deal.key, "June", "May")):
            assert [(one.ref, one.error) for one in side.note_deals(field, [note])] == [(deal.key, None)]
        (taken,) = side.note_deals(field, [DealNote(deal.key, "July", "May")])
        assert taken.error is not None
        assert taken.error.code == "deal-field-taken"
        (done,) = side.note_deals(field, [DealNote(deal.key, "", "June")])
        assert done.error is None

    def test_a_field_that_deals_lack_is_told(self, side: Crm) -> None:
        """Writing into it changes nothing, and says so."""
        needs(isinstance(side, NotesDeals), "notes nothing on opportunities")
        assert isinstance(side, NotesDeals)
        with pytest.raises(NeedsAttention) as raised:
            list(side.note_deals("no such field", [DealNote("1", "May")]))
        assert raised.value.code == "deal-field-unknown"


def _sent(key: str) -> Communication:
    return Communication("c1", key, "sent", "2026-01-05T09:00:00+00:00", "Newsletter was sent")


def _won(key: str, person_key: str) -> Deal:
    return Deal(key, f"Deal {key}", "won", 123_456, "EUR", "2026-01-05", (person_key,))
