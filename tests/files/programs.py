"""Exports in the full shape of the programs that write them, with people of our own in them.

The names of the columns are facts of these sources:

- Outlook, English: Microsoft's “Create or edit .csv files to import into Outlook”, and the headers in public code that
  reads or writes such files; German: the same from public converters and importers (91 columns each, “0/0/00” and
  “0.0.00” where there is no birthday, “Unspecified”, “Normal” and “False” in every line).
  French and Spanish: the tables by which public mail servers and webmails import such files; what stands in every
  line there is a guess after the other two.
- Google Contacts: the header before 2024 (“Given Name”, “E-mail 1 - Type”) and after it (“First Name”, “E-mail 1 -
  Label”), from public code that reads them.
- HubSpot: property labels of its default contact properties, as an export names its columns; in French as its help and
  public importers call them.
- Maximizer: the basic fields of its import and export pages (support.maximizer.com, “Import contacts from a
  comma-separated value file”); a user chooses which, so this is one choice.
- Sage CRM: field codes and captions (help.sagecrm.com, “Data upload file: Person”, and the fields of a person).
- Mailchimp: “View or export a contact list”, and public code that reads exports: merge fields by their titles, then the
  columns in capital letters; a comma inside an interest has a backslash before it.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


def names(text: str) -> list[str]:
    """The names of columns, which may have commas in them."""
    return text.split("|")


_BUSINESS = names("Street|Street 2|Street 3|City|State|Postal Code|Country/Region")
OUTLOOK = [
    *names("Title|First Name|Middle Name|Last Name|Suffix|Company|Department|Job Title"),
    *(f"{where} {part}" for where in ("Business", "Home", "Other") for part in _BUSINESS),
    *names("Assistant's Phone|Business Fax|Business Phone|Business Phone 2|Callback|Car Phone|Company Main Phone"),
    *names("Home Fax|Home Phone|Home Phone 2|ISDN|Mobile Phone|Other Fax|Other Phone|Pager|Primary Phone"),
    *names("Radio Phone|TTY/TDD Phone|Telex|Account|Anniversary|Assistant's Name|Billing Information|Birthday"),
    *names("Business Address PO Box|Categories|Children|Directory Server|E-mail Address|E-mail Type"),
    *names("E-mail Display Name|E-mail 2 Address|E-mail 2 Type|E-mail 2 Display Name|E-mail 3 Address"),
    *names("E-mail 3 Type|E-mail 3 Display Name|Gender|Government ID Number|Hobby|Home Address PO Box|Initials"),
    *names("Internet Free Busy|Keywords|Language|Location|Manager's Name|Mileage|Notes|Office Location"),
    *names("Organizational ID Number|Other Address PO Box|Priority|Private|Profession|Referred By"),
    *names("Sensitivity|Spouse|User 1|User 2|User 3|User 4|Web Page"),
]
OUTLOOK_DE = [
    *names("Anrede|Vorname|Weitere Vornamen|Nachname|Suffix|Firma|Abteilung|Position|Straße geschäftlich"),
    *names("Straße geschäftlich 2|Straße geschäftlich 3|Ort geschäftlich|Region geschäftlich"),
    *names("Postleitzahl geschäftlich|Land/Region geschäftlich|Straße privat|Straße privat 2|Straße privat 3"),
    *names("Ort privat|Bundesland/Kanton privat|Postleitzahl privat|Land/Region privat|Weitere Straße"),
    *names("Weitere Straße 2|Weitere Straße 3|Weiterer Ort|Weiteres/r Bundesland/Kanton|Weitere Postleitzahl"),
    *names("Weiteres/e Land/Region|Telefon Assistent|Fax geschäftlich|Telefon geschäftlich"),
    *names("Telefon geschäftlich 2|Rückmeldung|Autotelefon|Telefon Firma|Fax privat|Telefon (privat)"),
    *names("Telefon (privat 2)|ISDN|Mobiltelefon|Weiteres Fax|Weiteres Telefon|Pager|Haupttelefon"),
    *names("Mobiltelefon 2|Telefon für Hörbehinderte|Telex|Abrechnungsinformation|Assistent(in)|Benutzer 1"),
    *names("Benutzer 2|Benutzer 3|Benutzer 4|Beruf|Büro|E-Mail-Adresse|E-Mail-Typ|E-Mail: Angezeigter Name"),
    *names("E-Mail 2: Adresse|E-Mail 2: Typ|E-Mail 2: Angezeigter Name|E-Mail 3: Adresse|E-Mail 3: Typ"),
    *names("E-Mail 3: Angezeigter Name|Empfohlen von|Geburtstag|Geschlecht|Hobby|Initialen"),
    *names("Internet Frei/Gebucht|Jahrestag|Kategorien|Kinder|Konto|Name des/r Vorgesetzten|Notizen"),
    *names("Organisationsnr.|Ort|Partner/in|Postfach geschäftlich|Postfach privat|Priorität|Privat"),
    *names("Reisekilometer|Sozialversicherungsnr.|Sprache|Stichwörter|Vertraulichkeit|Verzeichnisserver"),
    *names("Webseite|Weiteres Postfach"),
]
OUTLOOK_FR = [
    *names("Titre|Prénom|Deuxième prénom|Nom|Suffixe|Société|Service|Titre"),
    *(
        f"{part} ({where}){more}"
        for where in ("bureau", "domicile", "autre")
        for part, more in (
            ("Rue", ""),
            ("Rue", " 2"),
            ("Rue", " 3"),
            ("Ville", ""),
            ("Dép/Région", ""),
            ("Code postal", ""),
            ("Pays/Région", ""),
        )
    ),
    *names("Téléphone de l'assistant(e)|Télécopie (bureau)|Téléphone (bureau)|Téléphone 2 (bureau)|Rappel"),
    *names("Téléphone (voiture)|Téléphone société|Télécopie (domicile)|Téléphone (domicile)|Téléphone 2 (domicile)"),
    *names("RNIS|Tél. mobile|Télécopie (autre)|Téléphone (autre)|Récepteur de radiomessagerie|Téléphone principal"),
    *names("Radio téléphone|Téléphone TDD/TTY|Télex|Adresse de messagerie|Type de messagerie"),
    *names("Nom complet de l'adresse de messagerie|Adresse de messagerie 2|Type de messagerie 2"),
    *names("Nom complet de l'adresse de messagerie 2|Adresse de messagerie 3|Type de messagerie 3"),
    *names("Nom complet de l'adresse de messagerie 3|Anniversaire|Anniversaire de mariage ou fête"),
    *names("Autre boîte postale|B.P. professionnelle|Boîte postale du domicile|Bureau|Catégories|Code gouvernement"),
    *names("Compte|Conjoint(e)|Critère de diffusion|Disponibilité Internet|Emplacement|Enfants"),
    *names("Informations facturation|Initiales|Kilométrage|Langue|Mots clés|Nom de l'assistant(e)|Notes"),
    *names("Page Web|Passe-temps|Priorité|Privé|Profession|Responsable|Serveur de répertoire|Sexe"),
    *names("Utilisateur 1|Utilisateur 2|Utilisateur 3|Utilisateur 4"),
]
#: Outlook in Spanish writes half of its columns in English.
OUTLOOK_ES = [
    *names("Title|Nombre|Segundo nombre|Apellidos|Suffix|Organización|Department|Puesto|Calle del trabajo"),
    *names("Calle del trabajo 2|Calle del trabajo 3|Ciudad de trabajo|Provincia o estado de trabajo"),
    *names("Código postal del trabajo|País o región del trabajo|Home Street|Home Street 2|Home Street 3|Home City"),
    *names("Home State|Home Postal Code|País o región del domicilio|Otra calle|Otra calle 2|Otra calle 3|Otra ciudad"),
    *names("Otra provincia o estado|Otro código postal|Otro país o región|Assistant's Phone|Business Fax"),
    *names("Teléfono del trabajo|Business Phone 2|Devolución de llamada|Car Phone"),
    *names("Número de centralita de la organización|Home Fax|Particular|Home Phone 2|ISDN|Mobile Phone|Otro fax"),
    *names("Otro teléfono|Pager|Teléfono principal|Radioteléfono|Número de teletipo|Télex|Account|Anniversary"),
    *names("Assistant's Name|Facturación|Birthday|Apartado postal de la dirección del trabajo|Categorías|Hijos"),
    *names("E-mail Address|E-mail Type|Nombre de pantalla de correo electrónico|Dirección de correo electrónico 2"),
    *names("Tipo de correo electrónico 2|Nombre de pantalla de correo electrónico 2"),
    *names("Dirección del correo electrónico 3|Tipo de correo electrónico 3"),
    *names("Nombre de pantalla de correo electrónico 3|Género|Government ID Number|Aficiones|Initials"),
    *names("Internet Free Busy|Location|Nombre del director|Kilometraje|Notes|Office Location|Prioridad|Privado"),
    *names("Profesión|Confidencialidad|Spouse|Usuario 1|Usuario 2|Usuario 3|Usuario 4|Página web"),
]
_ADDRESS = names("Formatted|Street|City|PO Box|Region|Postal Code|Country|Extended Address")
GOOGLE_OLD = [
    *names("Name|Given Name|Additional Name|Family Name|Yomi Name|Given Name Yomi|Additional Name Yomi"),
    *names("Family Name Yomi|Name Prefix|Name Suffix|Initials|Nickname|Short Name|Maiden Name|Birthday|Gender"),
    *names("Location|Billing Information|Directory Server|Mileage|Occupation|Hobby|Sensitivity|Priority"),
    *names("Subject|Notes|Language|Photo|Group Membership|E-mail 1 - Type|E-mail 1 - Value"),
    *names("E-mail 2 - Type|E-mail 2 - Value|Phone 1 - Type|Phone 1 - Value|Phone 2 - Type"),
    *names("Phone 2 - Value|Address 1 - Type"),
    *(f"Address 1 - {part}" for part in _ADDRESS),
    *(f"Organization 1 - {part}" for part in names("Type|Name|Yomi Name|Title|Department|Symbol|Location")),
    *names("Organization 1 - Job Description|Website 1 - Type|Website 1 - Value"),
]
GOOGLE = [
    *names("First Name|Middle Name|Last Name|Phonetic First Name|Phonetic Middle Name|Phonetic Last Name"),
    *names("Name Prefix|Name Suffix|Nickname|File As|Organization Name|Organization Title"),
    *names("Organization Department|Birthday|Notes|Photo|Labels|E-mail 1 - Label|E-mail 1 - Value"),
    *names("E-mail 2 - Label|E-mail 2 - Value|Phone 1 - Label|Phone 1 - Value|Phone 2 - Label"),
    *names("Phone 2 - Value|Address 1 - Label"),
    *(f"Address 1 - {part}" for part in _ADDRESS),
    *names("Website 1 - Label|Website 1 - Value|Event 1 - Label|Event 1 - Value"),
    *names("Custom Field 1 - Label|Custom Field 1 - Value"),
]
HUBSPOT = [
    *names("Record ID|First Name|Last Name|Email|Phone Number|Contact owner|Last Activity Date|Lead Status"),
    *names("Marketing contact status|Create Date|Associated Company|Associated Company IDs|Company Name"),
    *names("Job Title|Street Address|City|State/Region|Postal Code|Country/Region|Mobile Phone Number"),
    *names("Website URL|Lifecycle Stage|Opted out of email: Marketing Information"),
    *names("Unsubscribed from all email|Number of Employees|Preferred language|Date of birth"),
]
HUBSPOT_DE = [
    *names("Datensatz-ID|Vorname|Nachname|E-Mail|Telefonnummer|Zuständiger Mitarbeiter für Kontakt"),
    *names("Erstellungsdatum|Unternehmensname|Stadt|Postleitzahl|Von allen E-Mails abgemeldet"),
]
HUBSPOT_FR = [
    *names("ID de l'enregistrement|Prénom|Nom|E-mail|Numéro de téléphone|Propriétaire du contact|Date de création"),
    *names("Nom de l'entreprise|Ville|Code postal|Désabonné de tous les e-mails"),
]
MAXIMIZER = [
    *names("Identification|Entry Type|Company Name|Division|Department|Mr/Ms|First Name|Initial|Last Name"),
    *names("Position|Salutation|Address Line 1|Address Line 2|City/Town|St/Prov|Zip/Postal Code|Country"),
    *names("Phone 1|Phone 2|Email Address 1|Email Address 2|Email Address 3|Web Site|Category"),
    *names("Do not solicit by|Account Manager|Creation Date|Sync with Mailchimp|Mailchimp ID"),
]
SAGE_CODES = [
    *names("pers_personid|pers_firstname|pers_lastname|pers_title|comp_name|pers_emailaddress"),
    *names("pers_phonefullnumber|addr_address1|addr_city|addr_state|addr_postcode|addr_country|pers_optout"),
    "pers_createddate",
]
SAGE_CAPTIONS = [
    *names("Person: First Name|Person: Last Name|Person: Title|Company: Company Name|Person: E-mail"),
    *names("Address: City|Address: Postal Code|Person: Opt out of E-marketing Communications"),
]
_SYSTEM = [
    *names("MEMBER_RATING|OPTIN_TIME|OPTIN_IP|CONFIRM_TIME|CONFIRM_IP|LATITUDE|LONGITUDE|GMTOFF|DSTOFF"),
    *names("TIMEZONE|CC|REGION|LAST_CHANGED|LEID|EUID|NOTES|TAGS"),
]
_UNSUB = names("UNSUB_TIME|UNSUB_CAMPAIGN_TITLE|UNSUB_CAMPAIGN_ID|UNSUB_REASON|UNSUB_REASON_OTHER")
_CLEAN = names("CLEAN_TIME|CLEAN_CAMPAIGN_TITLE|CLEAN_CAMPAIGN_ID")

#: The titles that merge fields have in accounts of a language: address, first and last name, company, city, birthday.
TITLES = {
    "English": ("Email Address", "First Name", "Last Name", "Company", "City", "Birthday"),
    "German": ("E-Mail-Adresse", "Vorname", "Nachname", "Firma", "Ort", "Geburtstag"),
    "French": ("Adresse e-mail", "Prénom", "Nom", "Société", "Ville", "Date de naissance"),
    "Spanish": ("Dirección de correo electrónico", "Nombre", "Apellidos", "Empresa", "Ciudad", "Cumpleaños"),
    "Italian": ("Indirizzo e-mail", "Nome", "Cognome", "Azienda", "Città", "Data di nascita"),
    "Dutch": ("E-mailadres", "Voornaam", "Achternaam", "Bedrijf", "Plaats", "Geboortedatum"),
    "Finnish": ("Sähköpostiosoite", "Etunimi", "Sukunimi", "Company", "City", "Birthday"),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How a program writes its file; ``always`` is in every line."""

    header: Sequence[str]
    encoding: str = "utf-8"
    separator: str = ","
    quoted: bool = False
    always: tuple[tuple[str, str], ...] = ()


_GERMAN = (("Geburtstag", "0.0.00"), ("Jahrestag", "0.0.00"), ("Geschlecht", "Keine Angabe"), ("Priorität", "Normal"))
_ENGLISH = (("Birthday", "0/0/00"), ("Anniversary", "0/0/00"), ("Gender", "Unspecified"), ("Priority", "Normal"))
_FRENCH = (("Anniversaire", "00/00/00"), ("Sexe", "Non spécifié"), ("Priorité", "Normale"), ("Privé", "Faux"))
_SPANISH = (("Birthday", "0/0/00"), ("Género", "Sin especificar"), ("Prioridad", "Normal"), ("Privado", "Falso"))
SHAPES = {
    "Outlook, English": Shape(OUTLOOK, "cp1252", quoted=True, always=(*_ENGLISH, ("Private", "False"))),
    "Outlook, German": Shape(OUTLOOK_DE, "cp1252", quoted=True, always=(*_GERMAN, ("Privat", "Falsch"))),
    "Outlook, French": Shape(OUTLOOK_FR, "cp1252", ";", quoted=True, always=_FRENCH),
    "Outlook, Spanish": Shape(OUTLOOK_ES, "cp1252", ";", quoted=True, always=_SPANISH),
    "Google Contacts, before 2024": Shape(GOOGLE_OLD, "utf-16"),
    "Google Contacts, now": Shape(GOOGLE),
    "HubSpot, English": Shape(HUBSPOT, "utf-8-sig", quoted=True),
    "HubSpot, German": Shape(HUBSPOT_DE, "utf-8-sig", quoted=True),
    "HubSpot, French": Shape(HUBSPOT_FR, "utf-8-sig", quoted=True),
    "Maximizer": Shape(MAXIMIZER, "cp1252", ";"),
    "Sage CRM, codes": Shape(SAGE_CODES, "utf-8-sig"),
    "Sage CRM, captions": Shape(SAGE_CAPTIONS, "utf-16", "\t"),
}


def export(folder: Path, shape: str, people: Sequence[Mapping[str, str]]) -> Path:
    """A file as this program writes it, with these people: their cells by the columns' names."""
    how = SHAPES[shape]
    path = folder / "export.csv"
    with path.open("w", encoding=how.encoding, newline="") as file:
        writer = csv.writer(file, delimiter=how.separator, quoting=csv.QUOTE_ALL if how.quoted else csv.QUOTE_MINIMAL)
        writer.writerow(how.header)
        for one in people:
            assert one.keys() <= set(how.header)
            filled = {**dict(how.always), **one}
            writer.writerow([filled.get(name, "") for name in how.header])
    return path


def audience(folder: Path, language: str, members: Mapping[str, Sequence[Mapping[str, str]]]) -> Path:
    """Mailchimp's zip for an account of this language: a file for each status, its members by the English titles."""
    titles = dict(zip(TITLES["English"], TITLES[language], strict=True))
    path = folder / "audience_export_0a1b2c3d4e.zip"
    number = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for status, some in members.items():
            more = {"unsubscribed": _UNSUB, "cleaned": _CLEAN}.get(status, [])
            header = [*TITLES["English"], *_SYSTEM[:-4], *more, *_SYSTEM[-4:]]
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow([titles.get(name, name) for name in header])
            for one in some:
                number += 1
                made = {"MEMBER_RATING": "2", "LEID": str(1000 + number), "EUID": f"{number:010x}", **one}
                writer.writerow([made.get(name, "") for name in header])
            archive.writestr(f"{status}_members_export_0a1b2c3d4e.csv", text.getvalue())
    return path
