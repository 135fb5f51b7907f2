"""What the exports of CRMs and address books are understood to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent
from listloop.files.contacts import Contacts, open_contacts
from listloop.files.mapping import agree
from listloop.files.words import Roles, Say
from tests.files.exports import contacts, members, write

PROPOSED = {
    "maximizer.csv": (
        "Maximizer",
        "Email Address 1",
        {"First Name": "First Name", "Last Name": "Last Name", "Company": "Company", "City/Town": "City"},
    ),
    "sage.csv": (
        "Sage CRM",
        "Pers_EmailAddress",
        {
            "Pers_FirstName": "First Name",
            "Pers_LastName": "Last Name",
            "Comp_Name": "Company",
            "Addr_City": "City",
        },
    ),
    "outlook.csv": (
        "Outlook",
        "E-mail Address",
        {
            "First Name": "First Name",
            "Last Name": "Last Name",
            "Company": "Company",
            "Business City": "City",
            "Birthday": "Birthday",
        },
    ),
    "google.csv": (
        "Google Contacts",
        "E-mail 1 - Value",
        {
            "First Name": "First Name",
            "Last Name": "Last Name",
            "Organization Name": "Company",
            "Address 1 - City": "City",
            "Birthday": "Birthday",
        },
    ),
    "google_old.csv": (
        "Google Contacts",
        "E-mail 1 - Value",
        {
            "Given Name": "First Name",
            "Family Name": "Last Name",
            "Organization 1 - Name": "Company",
            "Address 1 - City": "City",
            "Birthday": "Birthday",
        },
    ),
    "hubspot.csv": (
        "HubSpot",
        "Email",
        {"First Name": "First Name", "Last Name": "Last Name", "Associated Company": "Company", "City": "City"},
    ),
    "cards3.vcf": (
        "vCard",
        "E-mail",
        {
            "First name": "First Name",
            "Last name": "Last Name",
            "Company": "Company",
            "City": "City",
            "Birthday": "Birthday",
        },
    ),
}


@pytest.mark.parametrize("name", PROPOSED)
def test_an_export_is_recognised_and_its_mapping_proposed(name: str) -> None:
    program, email, pairs = PROPOSED[name]
    agreed = agree(contacts(name), members())
    assert agreed.contacts.program is not None
    assert agreed.contacts.program.title == program
    assert agreed.contacts.roles.email == email
    assert {row.crm.name: row.mailchimp.name for row in agreed.rows} == pairs


def names(some: Contacts) -> list[str]:
    return [one.name for one in some.records()]


def test_each_encoding_is_found_out() -> None:
    assert names(contacts("maximizer.csv")) == ["Jürgen Groß", "Dörte Weiß", "Klaus Müller", "Anna Lang"]
    assert names(contacts("sage.csv")) == ["Élodie Dubois", "Paul Martin"]
    assert names(contacts("google.csv")) == ["Ζωή Παππά", "太郎 山田"]
    assert names(contacts("google_old.csv")) == ["Łukasz Żak"]
    assert names(contacts("hubspot.csv")) == ["Ada Lovelace", "Bob Stone", "Cy Twombly"]


def test_maximizer_tells_flags_opt_outs_and_money_with_commas() -> None:
    people = {one.key: one for one in contacts("maximizer.csv").records()}
    assert {key: one.takes_part for key, one in people.items()} == {
        "M-1001": True,
        "M-1002": True,
        "M-1003": True,
        "M-1004": False,
    }
    # “Phone” is a channel of its own: it says nothing about mail.
    assert [one.person.consent for one in people.values()] == [
        Consent.UNKNOWN,
        Consent.UNSUBSCRIBED,
        Consent.UNKNOWN,
        Consent.UNKNOWN,
    ]
    first = people["M-1001"].person.fields
    assert first["Umsatz"] == "1234.5"
    assert first["Kunde seit"] == "2019-04-03"
    assert first["Kundennummer"] == "00123", "a number in Excel's quotes keeps its zeros"
    assert first["Postal Code"] == "04109"
    assert people["M-1002"].emails == ("d.weiss@home.example",)
    assert [one.kind for one in people.values()] == ["Contact", "Individual", "Contact", "Individual"]


def test_sage_tells_opt_outs_by_a_letter() -> None:
    assert [one.person.consent for one in contacts("sage.csv").records()] == [Consent.UNKNOWN, Consent.UNSUBSCRIBED]


def test_hubspots_opt_out_is_no_yes_where_it_says_no() -> None:
    assert contacts("hubspot.csv").roles.consents == {"Unsubscribed from all email": Say.OPT_OUT}
    assert [one.person.consent for one in contacts("hubspot.csv").records()] == [
        Consent.UNKNOWN,
        Consent.UNSUBSCRIBED,
        Consent.UNKNOWN,
    ]


def test_outlooks_zeros_for_no_birthday_are_empty_and_lines_in_notes_stay() -> None:
    first, second = contacts("outlook.csv").records()
    assert (first.person.fields["Birthday"], second.person.fields["Birthday"]) == ("", "1980-12-24")
    assert first.person.fields["Notes"] == "line one\nline two"
    assert first.person.labels == {"Kunden", "Presse"}


def test_google_puts_several_addresses_and_labels_into_a_cell() -> None:
    first, second = contacts("google.csv").records()
    assert (first.email, first.emails) == ("zoe@pappa.example", ("zoe2@pappa.example",))
    assert first.person.labels == {"Friends"}
    assert (first.person.fields["Birthday"], second.person.fields["Birthday"]) == ("04-12", "05-04")


def test_vcards_of_three_versions_are_read() -> None:
    renee, joerg = contacts("cards3.vcf").records()
    assert (renee.name, renee.email, renee.emails) == ("Renée Roux", "renee@roux.example", ("renee@home.example",))
    assert renee.person.fields["Company"] == "Roux, Fils; Cie"
    assert renee.person.labels == {"Clients", "VIP"}
    assert joerg.name == "Jörg Müller"
    (mona,) = contacts("cards4.vcf").records()
    assert (mona.key, mona.email) == ("4fbe8971", "mona@nowak.example")
    assert mona.person.fields["Mobile"] == "+48-22-1"
    assert mona.person.fields["Birthday (no year)"] == "04-12"


def test_excels_separator_line_and_blank_lines_are_no_people() -> None:
    eva, maximilian = contacts("excel.csv").records()
    assert eva.person.fields["Notiz"] == 'sagte: "gern"\nzweite Zeile'
    assert eva.person.fields["Beiträge"] == "1234.5"
    assert maximilian.person.fields["Notiz"] == "=SUMME(A1)"
    assert maximilian.person.fields["Geboren"] == "1985-12-24"


def test_keys_that_repeat_are_no_keys(tmp_path: Path) -> None:
    found = open_contacts(write(tmp_path, "ID,Email,Last Name\n7,a@x.example,A\n7,b@x.example,B\n"))
    assert not found.keyed
    assert [one.key for one in found.records()] == ["line 2", "line 3"]


def test_bare_companies_are_left_out(tmp_path: Path) -> None:
    found = open_contacts(
        write(tmp_path, "Type,Company,Last Name,Email\nCompany,Firm,,\nContact,Firm,Stone,s@x.example\n")
    )
    assert [one.email for one in found.records()] == ["s@x.example"]


def test_a_person_names_the_columns_that_names_do_not_tell(tmp_path: Path) -> None:
    path = write(tmp_path, "Wer,Wohin,Sperre\nEva,eva@x.example,ja\n")
    given = Roles(email="Wohin", consents={"Sperre": Say.OPT_OUT})
    (eva,) = open_contacts(path, given=given).records()
    assert (eva.email, eva.person.consent) == ("eva@x.example", Consent.UNSUBSCRIBED)
    with pytest.raises(NeedsAttention, match="no column “Mail”"):
        open_contacts(path, given=Roles(email="Mail"))


def test_the_only_column_of_addresses_is_proposed_whatever_its_name(tmp_path: Path) -> None:
    assert open_contacts(write(tmp_path, "Wer;Post\nEva;eva@x.example\n")).roles.email == "Post"


@pytest.mark.parametrize("word", ["no", "nein", "0", ""])
def test_an_opt_in_that_says_no_is_a_no_and_a_blank_is_none(tmp_path: Path, word: str) -> None:
    (one,) = open_contacts(write(tmp_path, f"Email,Opt-in,X\na@x.example,{word},x\n")).records()
    assert one.person.consent is (Consent.UNSUBSCRIBED if word else Consent.UNKNOWN)


def test_of_several_consent_columns_the_strictest_counts(tmp_path: Path) -> None:
    (one,) = open_contacts(write(tmp_path, "Email,Opt-in,Do not email\na@x.example,yes,yes\n")).records()
    assert one.person.consent is Consent.UNSUBSCRIBED


@pytest.mark.parametrize(("column", "untold"), [("Gender", "Unspecified"), ("Geschlecht", "Keine Angabe")])
def test_a_gender_that_nobody_told_outlook_is_empty(tmp_path: Path, column: str, untold: str) -> None:
    file = tmp_path / "people.csv"
    told = f"E-mail,Last Name,{column},Hobby\nann@x.example,A,{untold},{untold}\nbob@x.example,B,Male,Chess\n"
    file.write_text(told)
    ann, bob = open_contacts(file).records()
    assert (ann.person.fields[column], bob.person.fields[column]) == ("", "Male")
    assert ann.person.fields["Hobby"] == untold


def test_numbers_to_call_and_postal_codes_are_no_amounts(tmp_path: Path) -> None:
    text = "E-mail,Business Fax,Pager Number,Home Post Code,Seats\na@x.example,99999,1555,95128,12\n"
    found = open_contacts(write(tmp_path, text))
    assert [form.type for form in found.forms.values()] == ["phone", "phone", "text", "number"]


def test_a_german_column_of_children_is_no_kind_of_entry(tmp_path: Path) -> None:
    assert "Kind" in open_contacts(write(tmp_path, "E-Mail,Nachname,Kind\na@x.example,Able,Mia\n")).forms
