"""A postal address crosses whole, keeps what the other side can't hold, and is refused with what it lacks."""

from __future__ import annotations

import pytest

from listloop.core.addresses import address, in_a_line, moved, parts_of
from listloop.core.countries import NAMES, country_code, country_name
from listloop.core.fields import kept
from listloop.core.mapping import agree
from listloop.core.rules import Row
from listloop.core.side import Field, FieldType

CRM = Field("address", "Address", FieldType.ADDRESS)
STREET_ONLY = Field("address", "Address", FieldType.ADDRESS, parts=("addr1", "city", "zip"))
MAILCHIMP = Field("ADDRESS", "Address", FieldType.ADDRESS, needs=("addr1", "city", "zip"))
WIEN = {"addr1": "Ring 1", "city": "Wien", "zip": "1010"}


def test_only_the_filled_parts_count_and_their_order_does_not() -> None:
    assert address({"zip": " 1010 ", "state": " ", "city": "Wien"}) == address({"city": "Wien", "zip": "1010"})
    assert address({"city": " "}) == ""
    assert parts_of(address(WIEN)) == WIEN
    assert parts_of("") == {}
    with pytest.raises(ValueError, match="no part “town”"):
        address({"town": "Wien"})


@pytest.mark.parametrize("text", ["Ring 1", "[1]", "3", '{"addr1": 1}', "{"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        parts_of(text)


def test_people_read_an_address_in_a_line() -> None:
    assert in_a_line(address({**WIEN, "country": "AT"})) == "Ring 1, Wien, 1010, AT"
    for text in ("no address", "{", '{"a": "b"}', ""):
        assert in_a_line(text) == text


@pytest.mark.parametrize("word", ["AT", "at", " Austria ", "ÖSTERREICH", "Österreich", "autriche"])
def test_a_country_goes_to_mailchimp_as_two_letters(word: str) -> None:
    sent = moved(CRM, MAILCHIMP, address({**WIEN, "country": word}), "")
    assert parts_of(sent)["country"] == "AT"


def test_every_country_is_found_by_its_letters_and_by_each_of_its_names() -> None:
    assert len(NAMES) >= 249
    for code, names in NAMES.items():
        assert {country_code(word) for word in (code, code.lower(), *names)} == {code}
        assert country_name(code) == names[0]
    assert country_code("the Netherlands") == "NL"
    assert country_code("Antigua and Barbuda") == "AG"
    assert country_code("Narnia") == ""
    assert country_name("??") == "??"


def test_a_country_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match="“Narnia” is no country"):
        moved(CRM, MAILCHIMP, address({**WIEN, "country": "Narnia"}), "")


@pytest.mark.parametrize(
    ("held", "now", "shown"),
    [
        ("Österreich", "AT", "Österreich"),  # the same country stays as the CRM spells it
        ("Österreich", "DE", "Germany"),
        ("AT", "DE", "DE"),
        ("", "DE", "DE"),
        ("Österreich", "Somewhere", "Somewhere"),
    ],
)
def test_a_country_comes_back_in_the_crms_own_spelling(held: str, now: str, shown: str) -> None:
    there = address({**WIEN, "country": now})
    assert parts_of(moved(MAILCHIMP, CRM, there, address({**WIEN, "country": held})))["country"] == shown


@pytest.mark.parametrize(
    ("lacking", "words"),
    [(("zip",), "lacks zip"), (("addr1", "city"), "lacks street and city"), (("addr1", "city", "zip"), "lacks street")],
)
def test_half_an_address_is_not_sent_and_the_reason_names_what_it_lacks(lacking: tuple[str, ...], words: str) -> None:
    half = address({name: text for name, text in {**WIEN, "state": "W"}.items() if name not in lacking})
    with pytest.raises(ValueError, match=f"{words}.*, which Address requires"):
        moved(CRM, MAILCHIMP, half, "")


def test_an_address_that_was_cleared_is_cleared() -> None:
    assert moved(CRM, MAILCHIMP, "", address(WIEN)) == ""


def test_what_the_crm_has_no_place_for_stays_in_mailchimp() -> None:
    there = address({**WIEN, "state": "W", "country": "AT", "addr2": "Tür 3"})
    sent = moved(STREET_ONLY, MAILCHIMP, address({**WIEN, "addr1": "Ring 2"}), there)
    assert parts_of(sent) == {
        "addr1": "Ring 2",
        "addr2": "Tür 3",
        "city": "Wien",
        "state": "W",
        "zip": "1010",
        "country": "AT",
    }


def test_a_country_that_the_crm_has_no_place_for_is_left_out_and_a_second_line_is_told() -> None:
    assert parts_of(moved(MAILCHIMP, STREET_ONLY, address({**WIEN, "country": "AT"}), "")) == WIEN
    with pytest.raises(ValueError, match="Address has no place for the second line"):
        moved(MAILCHIMP, STREET_ONLY, address({**WIEN, "addr2": "Tür 3"}), "")


def test_a_country_that_mailchimp_adds_by_itself_is_no_difference() -> None:
    stored = address({**WIEN, "country": "US"})
    assert kept(MAILCHIMP, address(WIEN), stored)
    assert agree(Row(CRM, MAILCHIMP), address(WIEN), stored)
    assert not kept(MAILCHIMP, address(WIEN), address({**WIEN, "city": "Graz"}))
    assert not agree(Row(CRM, MAILCHIMP), address({**WIEN, "country": "AT"}), stored)
    assert not kept(MAILCHIMP, address(WIEN), "no address")
