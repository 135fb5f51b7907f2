"""Addresses are compared as Mailchimp compares them, and an empty patch is nothing to write."""

import pytest

from listloop.core.people import Consent, Patch, SideName, address_key


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("Ada@Lovelace.Example", "ada@lovelace.example", True, id="case does not count"),
        pytest.param("  ada@b.example\n", "ada@b.example", True, id="white space around does not count"),
        pytest.param("jos\u00e9@b.example", "jose\u0301@b.example", True, id="two spellings of one letter are one"),
        pytest.param("straße@b.example", "strasse@b.example", False, id="ß and ss are two mailboxes"),
        pytest.param("ada+news@b.example", "ada@b.example", False, id="a suffix makes another address"),
        pytest.param("a.da@b.example", "ada@b.example", False, id="a dot makes another address"),
    ],
)
def test_two_addresses_are_the_same_mailbox_or_not(one: str, other: str, same: bool) -> None:
    assert (address_key(one) == address_key(other)) is same


def test_a_key_is_its_own_key() -> None:
    assert address_key(address_key(" ÄDA@B.example ")) == address_key(" ÄDA@B.example ") == "äda@b.example"


@pytest.mark.parametrize(
    "patch",
    [
        Patch(email=""),
        Patch(fields={"First": ""}),
        Patch(add=frozenset({"vip"})),
        Patch(remove=frozenset({"vip"})),
        Patch(consent=Consent.UNKNOWN),
        Patch(takes_part=False),
        Patch(mailchimp_id=""),
    ],
)
def test_a_patch_that_says_anything_is_something_to_write(patch: Patch) -> None:
    assert patch


def test_a_patch_that_says_nothing_is_nothing_to_write() -> None:
    assert not Patch()
    assert not Patch(consent=Consent.UNSUBSCRIBED).without_consent()


def test_all_but_the_status_stays_when_the_status_is_sent_apart() -> None:
    whole = Patch("a@b.example", {"First": "Ada"}, frozenset("a"), frozenset("b"), Consent.UNSUBSCRIBED, True, "m1")
    assert whole.without_consent() == Patch(
        "a@b.example", {"First": "Ada"}, frozenset("a"), frozenset("b"), takes_part=True, mailchimp_id="m1"
    )


def test_each_side_is_opposite_the_other() -> None:
    assert SideName.CRM.other is SideName.MAILCHIMP
    assert SideName.MAILCHIMP.other is SideName.CRM
