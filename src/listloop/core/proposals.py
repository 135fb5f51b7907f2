"""A mapping proposed from two schemas: fields whose names mean the same and whose types can be kept in step."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from listloop.core.mapping import refusal
from listloop.core.rules import LabelRow, Row
from listloop.core.side import Field, FieldType, Label, LabelKind, Schema

LISTED = frozenset({FieldType.CHOICE, FieldType.CHOICES})

#: Words for one meaning, in the form of ``plain``: of several fields that fit, the one whose word comes first is taken.
MEANINGS: tuple[tuple[str, ...], ...] = (
    (
        "fname", "firstname", "givenname", "forename", "vorname", "prenom", "nombre", "imie", "nome", "voornaam",
        "fornamn", "fornavn", "ονομα", "名", "first", "persfirstname", "primeironome", "prenomducontact",
    ),
    (
        "lname", "lastname", "surname", "familyname", "nachname", "familienname", "nom", "nomdefamille", "apellido",
        "apellidos", "nazwisko", "cognome", "sobrenome", "ultimonome", "achternaam", "efternamn", "efternavn",
        "επωνυμο", "姓", "last", "perslastname",
    ),
    (
        "company", "companyname", "associatedcompany", "organisation", "organization", "organizationname",
        "organization1name", "firma", "firmenname", "unternehmen", "societe", "entreprise", "empresa", "azienda",
        "bedrijf", "foretag", "unternehmensname", "会社", "会社名", "account", "accountname", "compname",
        "organizacion", "nombredelaempresa", "nomdelentreprise", "societa", "organizzazione", "organizacao",
    ),
    (
        "phone", "phonenumber", "telephone", "tel", "telefon", "telefonnummer", "telefono", "telefone", "telefoon",
        "電話番号", "phone1", "phone1value", "mainphone", "primaryphone", "businessphone", "workphone", "mobile",
        "mobilephone", "mobilephonenumber", "handy", "homephone", "persphonenumber", "persphonefullnumber",
        "telefongeschaftlich", "haupttelefon", "telefonfirma", "mobiltelefon", "mobiltelefonnummer", "telefonprivat",
        "telephonebureau", "telmobile", "telephonedomicile", "telephoneprincipal", "numerodetelephone",
        "telprofessionnel", "portable", "telefonodeltrabajo", "telefonoprincipal", "numerodetelefono", "telefonomovil",
        "movil", "telefonodilavoro", "telefonolavoro", "telefonomobile", "cellulare", "telefonodicasa", "fonecomercial",
        "celular", "fonedecasa", "telefonsluzbowy", "telefonkomorkowy", "mobilenumber", "teldienstlich",
    ),
    (
        "city", "citytown", "town", "ort", "stadt", "ville", "ciudad", "miasto", "citta", "cidade", "plaats", "πολη",
        "市",
        "businesscity", "address1city", "workcity", "homecity", "mailingcity", "addrcity",
        "ortgeschaftlich", "ortprivat", "villebureau", "villedomicile", "ciudaddetrabajo", "ciudaddeltrabajo",
        "cittadilavoro", "cittadiresidenza", "cidadecomercial", "cidadedecasa", "miastobiuro", "miastodom",
    ),
    (
        "zip", "postalcode", "postcode", "plz", "postleitzahl", "zipcode", "codepostal", "codigopostal", "cap", "cep",
        "郵便番号", "businesspostalcode", "address1postalcode", "homepostalcode", "zippostalcode", "addrpostcode",
        "postleitzahlgeschaftlich", "postleitzahlprivat", "codepostalbureau", "codepostaldomicile",
        "codigopostaldeltrabajo", "capdilavoro", "capdiresidenza", "codigopostalcomercial", "cepdecasa", "kodpocztowy",
        "kodpocztowybiuro", "homezipcode", "workzipcode", "workpostcode", "homepostcode",
    ),
    (
        "state", "region", "province", "stateregion", "stateprovince", "county", "bundesland", "businessstate",
        "address1region", "addrstate", "homestate", "stprov", "regiongeschaftlich", "landgeschaftlich",
        "bundeslandkantonprivat", "provincia", "provinciaoestado", "provinciaoestadodetrabajo", "depregionbureau",
        "depregiondomicile", "provinciadilavoro", "estadocomercial",
    ),
    (
        "country", "countryregion", "land", "pays", "pais", "paese", "kraj", "businesscountryregion",
        "businesscountry", "address1country", "homecountryregion", "homecountry", "addrcountry",
        "landregiongeschaftlich", "landregionprivat", "paysregion", "paysregionbureau", "paysregiondomicile",
        "paisregion", "paisoregion", "paisoregiondeltrabajo", "paisoregiondeldomicilio", "nazioneregionedilavoro",
        "regiaopaiscomercial", "krajregionbiuro",
    ),
    (
        "street", "streetaddress", "addr1", "address1", "strasse", "rue", "calle", "addressline1", "businessstreet",
        "address1street", "homestreet", "mailingstreet", "addraddress1",
        "strassegeschaftlich", "strasseprivat", "ruebureau", "ruedomicile",
        "calledeltrabajo", "indirizzodilavoro", "ruacomercial", "ulicabiuro", "workaddress", "homeaddress",
    ),
    (
        "job", "jobtitle", "title", "position", "role", "funktion", "poste", "fonction", "cargo", "organizationtitle",
        "organization1title", "perstitle", "titre2", "puesto", "intituleduposte", "titreduposte", "profession",
        "qualifica", "stanowisko", "berufsbezeichnung",
    ),
    (
        "birthday", "bday", "dateofbirth", "birthdate", "geburtstag", "geburtsdatum", "geboren", "datedenaissance",
        "birth", "dob", "anniversaire", "cumpleanos", "fechadenacimiento", "datadinascita", "compleanno",
        "geboortedatum",
        "verjaardag", "datadenascimento", "dataurodzenia", "urodziny", "aniversario",
    ),
    ("lang", "language", "sprache", "langue", "idioma", "preferredlanguage", "newsletterlanguage"),
    ("custno", "customernumber", "customerno", "kundennummer", "kundennr", "customerid"),
    ("since", "customersince", "kundeseit"),
    ("seats", "seatcount", "users", "employees", "staff", "numberofemployees", "mitarbeiter"),
    ("vip",),
    (
        "website", "url", "homepage", "webpage", "websiteurl", "website1value", "perswebsite", "webseite", "pageweb",
        "siteweb", "paginaweb", "sitioweb", "webpage1", "personalwebsite", "personalwebpage",
    ),
)  # fmt: skip


def propose(crm: Schema, audience: Schema) -> tuple[tuple[Row, ...], tuple[LabelRow, ...]]:
    """Rows for every merge field whose meaning is found in the CRM, and label rows for tags named as a group."""
    rows: list[Row] = []
    taken: set[str] = set()
    for there in audience.fields:
        for here in _candidates(there, crm.fields):
            row = Row(here, there)
            if here.name not in taken and not refusal(row) and not _free_and_listed(here, there):
                rows.append(row)
                taken.add(here.name)
                break
    groups = {plain(one.title): one for one in crm.labels}
    labels = tuple(
        LabelRow(groups[plain(one.title)], one) for one in _tags(audience.labels) if plain(one.title) in groups
    )
    return tuple(rows), labels


def _free_and_listed(here: Field, there: Field) -> bool:
    """Is one free text and the other a list? Each word outside the list would be a question, so a person maps these."""
    return FieldType.TEXT in {here.type, there.type} and bool({here.type, there.type} & LISTED)


def _tags(labels: Iterable[Label]) -> Iterable[Label]:
    return (one for one in labels if one.kind is LabelKind.TAG)


def _candidates(there: Field, fields: Iterable[Field]) -> list[Field]:
    """The CRM's fields that may mean the same, the likeliest first."""
    wanted = {plain(there.name), plain(there.title)} - {""}
    meaning = next((words for words in MEANINGS if wanted & set(words)), ())
    ranked = []
    for here in fields:
        names = {plain(here.name), plain(here.title)}
        if names & wanted:
            ranked.append((0, here))
        elif names & set(meaning):
            ranked.append((1 + min(meaning.index(one) for one in names if one in meaning), here))
        elif meaning and meaning[0] == "company" and here.type is FieldType.COMPANY:
            ranked.append((1, here))
    return [here for _, here in sorted(ranked, key=lambda one: one[0])]


def plain(text: str) -> str:
    """A name in the form in which names are compared: small letters and digits only, accents taken off."""
    folded = unicodedata.normalize("NFKD", text.rsplit(":", maxsplit=1)[-1].casefold())
    return "".join(letter for letter in folded if letter.isalnum())
