"""The mapping that is proposed is right for the exports of each program, in each language of an account."""

from __future__ import annotations

from pathlib import Path

import pytest

from listloop.core.people import Consent
from listloop.files.contacts import open_contacts
from listloop.files.mapping import agree
from listloop.files.members import open_members
from tests.files.programs import OUTLOOK, OUTLOOK_DE, SHAPES, TITLES, audience, export

#: Of each program: its title, the cells of a person, and the columns of her name, company, city and birthday.
PEOPLE = {
    "Outlook, English": (
        "Outlook",
        {
            "First Name": "Zoë", "Last Name": "Núñez", "Company": "Ibérica", "Business City": "Málaga",
            "Home City": "Cádiz", "E-mail Address": "z@x.example", "E-mail Type": "SMTP",
            "E-mail 2 Address": "z@y.example", "Birthday": "12/24/1980", "Categories": "Clients;Press",
            "Notes": "one\r\ntwo",
        },
        ("First Name", "Last Name", "Company", "Business City", "Birthday"),
    ),
    "Outlook, German": (
        "Outlook",
        {
            "Vorname": "Zoë", "Nachname": "Núñez", "Firma": "Ibérica", "Ort privat": "Málaga",
            "E-Mail-Adresse": "z@x.example", "E-Mail-Typ": "SMTP", "E-Mail 2: Adresse": "z@y.example",
            "E-Mail 2: Typ": "SMTP", "Geburtstag": "24.12.1980", "Kategorien": "Clients;Press",
        },
        ("Vorname", "Nachname", "Firma", "Ort privat", "Geburtstag"),
    ),
    "Outlook, French": (
        "Outlook",
        {
            "Prénom": "Zoë", "Nom": "Núñez", "Société": "Ibérica", "Ville (bureau)": "Málaga",
            "Adresse de messagerie": "z@x.example", "Type de messagerie": "SMTP",
            "Adresse de messagerie 2": "z@y.example", "Anniversaire": "24/12/1980", "Catégories": "Clients;Press",
        },
        ("Prénom", "Nom", "Société", "Ville (bureau)", "Anniversaire"),
    ),
    "Outlook, Spanish": (
        "Outlook",
        {
            "Nombre": "Zoë", "Apellidos": "Núñez", "Organización": "Ibérica", "Ciudad de trabajo": "Málaga",
            "E-mail Address": "z@x.example", "E-mail Type": "SMTP",
            "Dirección de correo electrónico 2": "z@y.example", "Birthday": "24/12/1980",
            "Categorías": "Clients;Press",
        },
        ("Nombre", "Apellidos", "Organización", "Ciudad de trabajo", "Birthday"),
    ),
    "Google Contacts, before 2024": (
        "Google Contacts",
        {
            "Name": "Zoë Núñez", "Given Name": "Zoë", "Family Name": "Núñez", "Organization 1 - Name": "Ibérica",
            "Address 1 - City": "Málaga", "E-mail 1 - Type": "* Work", "E-mail 1 - Value": "z@x.example",
            "E-mail 2 - Value": "z@y.example", "Birthday": "1980-12-24", "Group Membership": "Clients ::: Press",
        },
        ("Given Name", "Family Name", "Organization 1 - Name", "Address 1 - City", "Birthday"),
    ),
    "Google Contacts, now": (
        "Google Contacts",
        {
            "First Name": "Zoë", "Last Name": "Núñez", "Organization Name": "Ibérica", "Address 1 - City": "Málaga",
            "E-mail 1 - Label": "* Work", "E-mail 1 - Value": "z@x.example ::: z@y.example", "Birthday": " --12-24",
            "Labels": "Clients ::: Press",
        },
        ("First Name", "Last Name", "Organization Name", "Address 1 - City", "Birthday"),
    ),
    "HubSpot, English": (
        "HubSpot",
        {
            "Record ID": "7", "First Name": "Zoë", "Last Name": "Núñez", "Email": "z@x.example", "City": "Málaga",
            "Associated Company": "Ibérica", "Create Date": "2024-01-05 10:22", "Date of birth": "1980-12-24",
        },
        ("First Name", "Last Name", "Associated Company", "City", "Date of birth"),
    ),
    "HubSpot, German": (
        "HubSpot",
        {
            "Datensatz-ID": "7", "Vorname": "Zoë", "Nachname": "Núñez", "E-Mail": "z@x.example", "Stadt": "Málaga",
            "Unternehmensname": "Ibérica", "Erstellungsdatum": "2024-01-05 10:22",
        },
        ("Vorname", "Nachname", "Unternehmensname", "Stadt", ""),
    ),
    "HubSpot, French": (
        "HubSpot",
        {
            "ID de l'enregistrement": "7", "Prénom": "Zoë", "Nom": "Núñez", "E-mail": "z@x.example", "Ville": "Málaga",
            "Nom de l'entreprise": "Ibérica", "Date de création": "2024-01-05 10:22",
        },
        ("Prénom", "Nom", "Nom de l'entreprise", "Ville", ""),
    ),
    "Maximizer": (
        "Maximizer",
        {
            "Identification": "130628015", "Entry Type": "Contact", "Company Name": "Ibérica", "First Name": "Zoë",
            "Last Name": "Núñez", "City/Town": "Málaga", "Email Address 1": "z@x.example",
            "Email Address 2": "z@y.example", "Sync with Mailchimp": "Yes",
        },
        ("First Name", "Last Name", "Company Name", "City/Town", ""),
    ),
    "Sage CRM, codes": (
        "Sage CRM",
        {
            "pers_personid": "30", "pers_firstname": "Zoë", "pers_lastname": "Núñez", "comp_name": "Ibérica",
            "pers_emailaddress": "z@x.example", "addr_city": "Málaga",
        },
        ("pers_firstname", "pers_lastname", "comp_name", "addr_city", ""),
    ),
    "Sage CRM, captions": (
        "Sage CRM",
        {
            "Person: First Name": "Zoë", "Person: Last Name": "Núñez", "Company: Company Name": "Ibérica",
            "Person: E-mail": "z@x.example", "Address: City": "Málaga",
        },
        ("Person: First Name", "Person: Last Name", "Company: Company Name", "Address: City", ""),
    ),
}  # fmt: skip


def members(folder: Path, language: str) -> Path:
    return audience(
        folder,
        language,
        {
            "subscribed": [
                {"Email Address": "z@x.example", "First Name": "Zoë", "Birthday": "12/24", "TAGS": '"Press","a, b"'}
            ],
            "unsubscribed": [{"Email Address": "u@x.example", "UNSUB_TIME": "2024-01-05 10:22:00"}],
            "cleaned": [],
            "nonsubscribed": [{"Email Address": "n@x.example"}],
        },
    )


def test_every_program_has_its_person() -> None:
    assert PEOPLE.keys() == SHAPES.keys()
    assert len(OUTLOOK) == len(OUTLOOK_DE) == 92


@pytest.mark.parametrize("language", TITLES)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_proposal_is_right(tmp_path: Path, shape: str, language: str) -> None:
    title, cells, columns = PEOPLE[shape]
    agreed = agree(open_contacts(export(tmp_path, shape, [cells])), open_members(members(tmp_path, language)))
    assert agreed.contacts.program is not None
    assert agreed.contacts.program.title == title
    pairs = dict(zip(columns, TITLES[language][1:], strict=True))
    pairs.pop("", None)
    if language == "Finnish":  # a language that nobody taught us: what is in English still goes together
        pairs = {ours: theirs for ours, theirs in pairs.items() if theirs in TITLES["English"]}
    assert {row.crm.name: row.mailchimp.name for row in agreed.rows} == pairs


@pytest.mark.parametrize("shape", SHAPES)
def test_the_person_is_read_whole(tmp_path: Path, shape: str) -> None:
    cells = PEOPLE[shape][1]
    (one,) = open_contacts(export(tmp_path, shape, [cells])).records()
    assert (one.name, one.email, one.kind) == ("Zoë Núñez", "z@x.example", "Contact")
    assert one.emails == (("z@y.example",) if any("z@y.example" in cell for cell in cells.values()) else ())
    grouped = any("Press" in cell for cell in cells.values())
    assert one.person.labels == ({"Clients", "Press"} if grouped else frozenset())
    birthdays = {
        one.person.fields[name] for name in one.person.fields if name in ("Birthday", "Geburtstag", "Anniversaire")
    }
    assert birthdays <= {"1980-12-24", "12-24"}


@pytest.mark.parametrize("language", TITLES)
def test_members_are_read_in_every_language(tmp_path: Path, language: str) -> None:
    found = {one.email: one for one in open_members(members(tmp_path, language)).records()}
    assert {email: one.person.consent for email, one in found.items()} == {
        "z@x.example": Consent.SUBSCRIBED,
        "u@x.example": Consent.UNSUBSCRIBED,
        "n@x.example": Consent.UNKNOWN,
    }
    assert found["z@x.example"].person.labels == {"Press", "a, b"}
    assert found["z@x.example"].key == "0000000001"


def test_outlooks_zeros_are_no_birthday(tmp_path: Path) -> None:
    for shape, name in (("Outlook, English", "Birthday"), ("Outlook, German", "Geburtstag")):
        people = [PEOPLE[shape][1], {**PEOPLE[shape][1], name: "0/0/00" if name == "Birthday" else "0.0.00"}]
        assert [one.person.fields[name] for one in open_contacts(export(tmp_path, shape, people)).records()] == [
            "1980-12-24",
            "",
        ]
