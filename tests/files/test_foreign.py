"""Files that no test of ours made (``foreign/NOTICE`` tells whose they are) are understood."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from listloop.core.people import Consent, Person, Record
from listloop.files.contacts import open_contacts
from listloop.files.mapping import agree
from listloop.files.members import open_members

FOREIGN = Path(__file__).parent / "foreign"
MAILCHIMP = FOREIGN / "honey_format_mailchimp.csv"


def people(name: str) -> list[Record]:
    path = FOREIGN / name
    before = sha256(path.read_bytes()).digest()
    found = list(open_contacts(path).records())
    assert sha256(path.read_bytes()).digest() == before
    return found


@pytest.mark.parametrize("name", ["vcard_2.1.vcf", "vcard_3.0.vcf", "vcard_3.0_ios.vcf", "vcard_4.0.vcf"])
def test_cards_of_every_version_are_the_person_they_show(name: str) -> None:
    (one,) = people(name)
    assert (one.name, one.email, one.kind) == ("Forrest Gump", "forrestgump@example.com", "Contact")
    told = one.person.fields
    assert (told["Company"], told["Job title"]) == ("Bubba Gump Shrimp Co.", "Shrimp Man")
    if name != "vcard_4.0.vcf":  # whose address is in a label only
        assert (told["Street"], told["City"], told["Postal code"]) == ("100 Waters Edge", "Baytown", "30314")


def test_a_table_without_the_headers_of_a_program_is_understood_by_its_words() -> None:
    first = people("csv2vcard_contacts.csv")[0]
    assert (first.name, first.email) == ("Forrest Gump", "forrest@example.com")
    agreed = agree(open_contacts(FOREIGN / "csv2vcard_contacts.csv"), open_members(MAILCHIMP))
    assert {row.crm.name: row.mailchimp.name for row in agreed.rows} == {
        "first_name": "First Name",
        "last_name": "Last Name",
    }


def test_a_mailchimp_export_is_a_member_and_nothing_of_mailchimps_own_is_a_field() -> None:
    found = open_members(MAILCHIMP)
    (one,) = found.records()
    assert (one.key, one.person) == (
        "some-other-value",
        Person("mail@example.com", {"First Name": "", "Last Name": ""}, consent=Consent.SUBSCRIBED),
    )
    assert not found.parts[0].sure, "its name tells no status"
