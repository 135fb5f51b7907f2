"""What the columns of a CRM's export are for, told by their names; and which CRM wrote the file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from listloop.core.proposals import MEANINGS, plain


class Say(StrEnum):
    """What a column about consent says with its words."""

    OPT_OUT = "yes means no mail"
    OPT_IN = "yes means mail is welcome"
    STATUS = "a status in words"


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns of a CRM's export that are not plain fields, by their names; "" where there is none."""

    email: str = ""
    emails: tuple[str, ...] = ()
    key: str = ""
    flag: str = ""
    mailchimp_id: str = ""
    consents: Mapping[str, Say] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    created: str = ""
    kind: str = ""

    @property
    def taken(self) -> frozenset[str]:
        """Every column that has a role."""
        ones = (self.email, self.key, self.flag, self.mailchimp_id, self.created, self.kind)
        return frozenset({*ones, *self.emails, *self.consents, *self.groups} - {""})


@dataclass(frozen=True, slots=True)
class Program:
    """A CRM or address book by its export: a file with all ``marks`` among its columns is its own.

    ``needs_last`` tells that it keeps nobody without a last name.
    """

    title: str
    marks: tuple[str, ...]
    needs_last: bool = False


PROGRAMS: tuple[Program, ...] = (
    Program("Listloop", ("key", "syncwithmailchimp", "mailchimpid", "consent", "groups"), needs_last=True),
    Program("Maximizer", ("syncwithmailchimp",), needs_last=True),
    Program("Maximizer", ("companylibrary",), needs_last=True),
    Program("Maximizer", ("donotsolicitby",), needs_last=True),
    Program("Maximizer", ("donotsolicit",), needs_last=True),
    Program("Sage CRM", ("perslastname",), needs_last=True),
    Program("Sage CRM", ("personlastname", "companyname"), needs_last=True),
    Program("Sage CRM", ("optoutofemarketingcommunications",), needs_last=True),
    Program("HubSpot", ("recordid", "email")),
    Program("HubSpot", ("recordidcontact", "email")),
    Program("HubSpot", ("unsubscribedfromallemail",)),
    Program("HubSpot", ("datensatzid", "email")),
    Program("HubSpot", ("iddelenregistrement", "email")),
    Program("HubSpot", ("iddelobjet", "email")),
    Program("HubSpot", ("idderegistro", "correo")),
    Program("HubSpot", ("desabonnedetouslesemails",)),
    Program("Google Contacts", ("email1value",)),
    Program("Google Contacts", ("groupmembership", "givenname")),
    Program("Outlook", ("emailaddress", "emaildisplayname")),
    Program("Outlook", ("emailaddress", "businessphone")),
    Program("Outlook", ("emailadresse", "telefongeschaftlich")),
    Program("Outlook", ("adressedemessagerie", "telephonebureau")),
    Program("Outlook", ("emailaddress", "telefonodeltrabajo")),
    Program("Outlook", ("direcciondecorreoelectronico", "telefonodeltrabajo")),
    Program("Thunderbird", ("primaryemail", "secondaryemail", "screenname")),
    Program("vCard", ("vcardversion",)),
)

EMAIL = (
    "email", "emailaddress", "email1", "emailaddress1", "email1value", "email1address", "emailadresse", "adresseemail",
    "adressemail", "mail", "courriel", "correo", "correoelectronico", "emaiemailaddress", "persemailaddress",
    "personemail", "businessemail", "primaryemail", "workemail", "adressedemessagerie", "direcciondecorreoelectronico",
    "enderecodeemail", "indirizzoemail", "emailcim", "adresemail", "emailadres", "メール", "メールアドレス",
    "primareemailadresse", "adresseelectroniqueprincipale", "adresseelectronique", "adressedecourriel",
    "direcciondecorreoelectronicoprincipal", "emailprincipale", "emailprimario",
)  # fmt: skip
MORE_EMAILS = (
    "email2", "email3", "email2address", "email3address", "email2value", "email3value", "email4value", "emailaddress2",
    "emailaddress3", "secondaryemail", "secondemail", "thirdemail", "otheremail", "personalemail", "privateemail",
    "homeemail", "additionalemailaddresses", "workemail", "businessemail", "emailadresse2", "emailadresse3",
    "email2adresse", "email3adresse", "adressedemessagerie2", "adressedemessagerie3",
    "direcciondecorreoelectronico2", "direcciondelcorreoelectronico2", "direcciondecorreoelectronico3",
    "direcciondelcorreoelectronico3", "indirizzoemail2", "indirizzoemail3", "enderecodeemail2", "enderecodeemail3",
    "sekundareemailadresse", "adresseelectroniquesecondaire", "direcciondecorreoelectronicosecundaria",
    "emailsecondaria", "emailsecundario", "otheremails",
)  # fmt: skip
KEY = (
    "key", "recordid", "recordidcontact", "contactid", "perspersonid", "personid", "identification", "clientid",
    "abentrykey", "entrykey", "datensatzid", "iddelenregistrement", "iddelobjet", "idderegistro", "uid", "id",
)  # fmt: skip
FLAG = ("syncwithmailchimp", "synctomailchimp", "syncmailchimp", "persmcsync")
MAILCHIMP_ID = ("mailchimpid", "mailchimpcontactid", "persmcmemberid")
CREATED = (
    "created",
    "createdat",
    "createdate",
    "createddate",
    "creationdate",
    "perscreateddate",
    "erstelltam",
    "erstellungsdatum",
    "datedecreation",
    "fechadecreacion",
)
KIND = ("type", "entrytype", "abentrytype")
GROUPS = (
    "labels", "groupmembership", "categories", "kategorien", "groups", "gruppen", "tags", "favoritelists", "categorias",
    "categorie", "kategorie", "etiquetas", "etiquettes", "groupes", "grupos",
)  # fmt: skip
CONSENTS: Mapping[Say, Collection[str]] = {
    Say.OPT_OUT: (
        "optout", "optedout", "emailoptout", "emailoptedout", "hasoptedoutofemail", "donotemail", "donotmail",
        "noemail", "donotsolicit", "donotsolicitby", "persoptout", "optoutofemarketingcommunications",
        "unsubscribedfromallemail", "optedoutofemailmarketinginformation", "vonallenemailsabgemeldet", "unsubscribed",
        "werbesperre", "newslettersperre", "mailsperre", "desinscrit", "desabonne", "desabonnedetouslesemails",
        "desinscritdetouslesemails", "nocontactar", "dadodebaja", "dadodebajadetodosloscorreoselectronicos",
    ),
    Say.OPT_IN: (
        "optin", "optedin", "emailoptin", "marketingconsent", "emailconsent", "einwilligung", "newslettereinwilligung",
        "consentement", "consentimiento",
    ),
    Say.STATUS: ("consent", "emailstatus", "emailmarketingstatus", "subscriptionstatus", "marketingstatus"),
}  # fmt: skip


def program(header: Sequence[str]) -> Program | None:
    """Who wrote a file with these columns, or None."""
    names = {plain(name) for name in header}
    return next((one for one in PROGRAMS if names.issuperset(one.marks)), None)


def roles(header: Sequence[str]) -> Roles:
    """The roles that the names of columns suggest; each column has one at most."""
    left = {name: {plain(name), plain(name.replace(":", " "))} for name in header}  # “E-Mail 2: Adresse” of Outlook

    def take(words: Sequence[str]) -> str:
        for word in words:
            for name, short in left.items():
                if word in short:
                    del left[name]
                    return name
        return ""

    def take_all(words: Collection[str]) -> tuple[str, ...]:
        found = tuple(name for name, short in left.items() if not short.isdisjoint(words))
        for name in found:
            del left[name]
        return found

    return Roles(
        email=take(EMAIL),
        emails=take_all(MORE_EMAILS),
        key=take(KEY),
        flag=take(FLAG),
        mailchimp_id=take(MAILCHIMP_ID),
        consents={name: say for say, words in CONSENTS.items() for name in take_all(words)},
        groups=take_all(GROUPS),
        created=take(CREATED),
        kind=take(KIND),
    )


#: What exports tell about themselves or their own columns, and nobody looks for among a person's fields.
_TECHNICAL = frozenset(
    {
        "emailtype", "emaildisplayname", "email2type", "email2displayname", "email3type", "email3displayname",
        "emailtyp", "angezeigtername", "typ", "initials", "initialen", "priority", "prioritat", "private", "privat",
        "sensitivity", "vertraulichkeit", "photo", "fileas", "vcardversion", "typedemessagerie",
        "typedemessagerie2", "typedemessagerie3", "nomcompletdeladressedemessagerie", "criteredediffusion",
        "nomcompletdeladressedemessagerie2", "nomcompletdeladressedemessagerie3", "initiales",
        "priorite", "prive", "tipodecorreoelectronico2", "privado", "prioridad",
        "tipodecorreoelectronico3", "nombredepantalladecorreoelectronico", "confidencialidad",
        "nombredepantalladecorreoelectronico2", "nombredepantalladecorreoelectronico3",
    }
)  # fmt: skip


def technical(name: str) -> bool:
    """Is this a column that says nothing about the person, such as Google's “Phone 1 - Label”?"""
    return plain(name) in _TECHNICAL or name.endswith((" - Label", " - Type"))


class Meaning(StrEnum):
    """What a field means, by the first word of its row in ``listloop.core.proposals.MEANINGS``."""

    FIRST = "fname"
    LAST = "lname"
    COMPANY = "company"
    PHONE = "phone"
    CITY = "city"
    ZIP = "zip"
    STATE = "state"
    COUNTRY = "country"
    STREET = "street"
    JOB = "job"
    BIRTHDAY = "birthday"
    LANGUAGE = "lang"
    CUSTOMER = "custno"
    SINCE = "since"
    SEATS = "seats"
    VIP = "vip"
    WEBSITE = "website"

    @property
    def textual(self) -> bool:
        """Is it text, whatever its texts look like? A postal code is no number."""
        return self not in (Meaning.BIRTHDAY, Meaning.SINCE, Meaning.SEATS, Meaning.VIP, Meaning.WEBSITE)


_MEANINGS = {word: Meaning(words[0]) for words in MEANINGS for word in words}


def meaning_of(name: str) -> Meaning | None:
    """What a column with this name means, or None."""
    return _MEANINGS.get(plain(name))
