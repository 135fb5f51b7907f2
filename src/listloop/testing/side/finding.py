"""Promises about finding: "is this person there already?" is never answered with a wrong no."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from listloop.core.people import Patch
from listloop.core.side import Side
from listloop.testing.side.hands import Hands
from listloop.testing.side.steps import address, create, needs, new, people, shown, stored, update, write


class Finding:
    """``find``."""

    def test_an_address_is_found(self, side: Side) -> None:
        """Who has the address is found, as the side shows it, and nobody else."""
        made = people(side, 3)
        assert list(side.find([made[1].email])) == [made[1]]

    def test_an_address_is_found_in_any_case(self, side: Side) -> None:
        """Upper and lower case make no difference, in what is sought nor in what is stored."""
        ada = create(side, new(side, email="Ada.Lovelace@Suite.Example"))[0]
        for wanted in ("ada.lovelace@suite.example", "ADA.LOVELACE@SUITE.EXAMPLE"):
            assert [one.key for one in side.find([wanted])] == [ada.key]

    def test_spaces_around_an_address_do_not_matter(self, side: Side) -> None:
        """An address that is sought with spaces around it is found."""
        made = people(side, 1)[0]
        assert [one.key for one in side.find([f"  {made.email} "])] == [made.key]

    def test_composed_and_decomposed_addresses_are_the_same(self, side: Side) -> None:
        """An accent written as one character or as two finds the same person."""
        name = "josé@suite.example"
        outcome = write(side, (None, new(side, email=unicodedata.normalize("NFC", name))))[0]
        needs(outcome.error is None, "takes no such address")
        found = side.find([unicodedata.normalize("NFD", name)])
        assert [one.key for one in found] == [stored(outcome).key]

    def test_capitals_beyond_latin_are_the_same(self, side: Side) -> None:
        """Upper and lower case make no difference in other alphabets."""
        outcome = write(side, (None, new(side, email="ÉLÉONORE.ЖУК@suite.example")))[0]
        needs(outcome.error is None, "takes no such address")
        assert [one.key for one in side.find(["éléonore.жук@suite.example"])] == [stored(outcome).key]

    def test_different_mailboxes_stay_different(self, side: Side) -> None:
        """``straße@`` and ``strasse@`` are two mailboxes."""
        outcome = write(side, (None, new(side, email="straße@suite.example")))[0]
        needs(outcome.error is None, "takes no such address")
        assert list(side.find(["strasse@suite.example"])) == []

    def test_several_addresses_are_found(self, side: Side) -> None:
        """One call finds everybody who has one of the addresses."""
        made = people(side, 3)
        found = side.find([made[0].email, made[2].email, "nobody@suite.example"])
        assert sorted(one.key for one in found) == sorted((made[0].key, made[2].key))

    def test_find_takes_any_number(self, side: Side) -> None:
        """1,001 addresses can be sought in one call."""
        made = people(side, 3)
        found = side.find([address(number) for number in range(1, 1_002)])
        assert {one.key for one in found} == {one.key for one in made}

    def test_nobody_is_found_by_a_part_of_an_address(self, side: Side) -> None:
        """An address that is contained in another one finds nobody."""
        create(side, new(side, email="mary.ann@suite.example"))
        assert list(side.find(["ann@suite.example", "mary.ann@suite", "mary.ann@suite.example.org"])) == []

    def test_wildcards_are_letters(self, side: Side) -> None:
        """``%``, ``_`` and ``*`` in an address stand for themselves."""
        create(side, new(side, email="axb@suite.example"))
        assert list(side.find(["a_b@suite.example", "a%@suite.example", "*@suite.example"])) == []

    def test_a_quote_in_an_address_is_a_letter(self, side: Side) -> None:
        """``o'brien+news@`` is found like any other."""
        made = create(side, new(side, email="o'brien+news@suite.example"))[0]
        assert [one.key for one in side.find(["o'brien+news@suite.example"])] == [made.key]

    def test_finding_nothing_finds_nobody(self, side: Side) -> None:
        """Neither no addresses nor empty ones find anybody, not even people without an address."""
        people(side, 2)
        write(side, (None, new(side, email="")))
        assert list(side.find([])) == []
        assert list(side.find([""], [""])) == []

    def test_the_new_address_is_found_and_the_old_is_not(self, side: Side) -> None:
        """After a change of address the person is found by the new one only."""
        made = people(side, 1)[0]
        update(side, made.key, Patch(email="moved@suite.example"))
        assert [one.key for one in side.find(["moved@suite.example"])] == [made.key]
        assert list(side.find([made.email])) == []

    def test_an_edit_by_hand_is_found_at_once(self, side: Side, hands: Hands) -> None:
        """Who was made by a user a moment ago is found."""
        key = hands.add("fresh@suite.example", {})
        assert [one.key for one in side.find(["fresh@suite.example"])] == [key]

    def test_a_mailchimp_id_is_found(self, side: Side) -> None:
        """Who has the Mailchimp ID is found, without any address."""
        made = people(side, 2)[1]
        if not side.can.archives:
            made = update(side, made.key, Patch(mailchimp_id="0123456789abcdef0123456789abcdef"))
        assert made.mailchimp_id
        assert [one.key for one in side.find([], [made.mailchimp_id])] == [made.key]

    def test_nobody_comes_twice(self, side: Side) -> None:
        """Who is found by address and by ID comes once."""
        made = people(side, 1)[0]
        if not side.can.archives:
            made = update(side, made.key, Patch(mailchimp_id="0123456789abcdef0123456789abcdef"))
        found = side.find([made.email, made.email.upper()], [made.mailchimp_id])
        assert [one.key for one in found] == [made.key]

    def test_who_does_not_take_part_is_found(self, side: Side) -> None:
        """Whoever is archived or flagged No is found all the same, and shown so."""
        made = people(side, 1)[0]
        update(side, made.key, Patch(takes_part=False))
        found = list(side.find([made.email]))
        assert [(one.key, one.takes_part) for one in found] == [(made.key, False)]

    def test_an_address_is_never_silently_shared(self, side: Side) -> None:
        """A second creation of an address is refused (``address-taken``) or makes a second record: never the first."""
        first = people(side, 1)[0]
        outcome = write(side, (None, replace(new(side, 2), email=first.email.upper())))[0]
        if outcome.error is not None:
            assert outcome.error.code == "address-taken"
        else:
            assert stored(outcome).key != first.key
            assert len(list(side.find([first.email]))) == 2
        assert shown(side, first.key) == first
