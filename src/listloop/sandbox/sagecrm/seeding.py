"""What an installation has before anybody works in it, and a company's people of the usual kind."""

from typing import Any

from listloop.sandbox.sagecrm.books import Books, User
from listloop.sandbox.sagecrm.tables import COMPANY, PERSON, Column

CAPTIONS: dict[str, tuple[str, ...]] = {
    "Pers_Salutation": ("Mr.", "Mrs.", "Ms.", "Dr."),
    "Pers_Status": ("Active", "Inactive"),
    "Pers_Source": ("Web", "Exhibition", "Referral"),
    "ELink_Type": ("Business", "Private"),
    "comm_action": ("PhoneOut", "PhoneIn", "EmailIn", "EmailOut", "LetterOut", "Meeting", "ToDo"),
    "comm_status": ("Pending", "InProgress", "Complete", "Cancelled"),
    "comm_type": ("Task", "Appointment"),
    "oppo_status": ("In Progress", "Won", "Lost"),
    "oppo_stage": ("Lead", "Quoted", "Negotiating"),
    "Addr_Country": ("US", "UK", "DE", "FR", "ES", "PL", "JP", "GR", "PT"),
}

OURS = (
    Column("pers_mc_sync", "select", 40, title="Sync with Mailchimp", family="pers_mc_sync"),
    Column("pers_mc_memberid", "text", 40, title="Mailchimp ID"),
    Column("pers_mc_status", "text", 20, title="Mailchimp status"),
    Column("pers_mc_segment", "memo", None, title="Mailchimp responses"),
)
"""The columns that the how-to asks an administrator to add."""

OURS_OF_LEADS = (
    Column("lead_mc_sync", "select", 40, title="Sync with Mailchimp", family="pers_mc_sync"),
    Column("lead_mc_memberid", "text", 40, title="Mailchimp ID"),
    Column("lead_mc_status", "text", 20, title="Mailchimp status"),
    Column("lead_optout", "check", title="Opt out of E-marketing communications"),
)
"""The same for leads, which are synced only where that is set."""


def stock(books: Books) -> Books:
    """A fresh installation: users, captions, a currency, and the connector's columns."""
    books.users = {"admin": User(1, "Admin"), "listloop": User(4, "listloop", "sage-listloop")}
    books.rows["users"] = {}
    for user in books.users.values():
        books.insert("users", {"user_userid": user.number, "user_logon": user.logon, "user_lastname": user.logon}, 1)
    for family, codes in CAPTIONS.items():
        for code in codes:
            caption(books, family, code)
    for symbol in ("USD", "EUR", "GBP"):
        books.insert("currency", {"curr_symbol": symbol, "curr_rate": 1.0}, 1)
    books.custom["person"], books.custom["lead"] = list(OURS), list(OURS_OF_LEADS)
    for code, words in (("Y", "Yes"), ("N", "No")):
        caption(books, "pers_mc_sync", code, words)
    return books


def caption(books: Books, family: str, code: str, words: str = "") -> None:
    """A choice of a selection, with its words in several languages."""
    words = words or code
    row = {"capt_family": family, "capt_code": code, "capt_us": words, "capt_uk": words, "capt_de": f"{words} (de)"}
    books.insert("custom_captions", row, 1)


def company_of(books: Books, name: str, now: int) -> int:
    """The company of that name, made where it is missing."""
    for row in books.live("company"):
        if row.get("comp_name") == name:
            return int(row["comp_companyid"])
    return int(books.insert("company", {"comp_name": name}, now)["comp_companyid"])


def person(books: Books, given: dict[str, Any], now: int) -> int:
    """A person by hand. ``given``: columns of the table, ``company``, ``email``, ``emails``, ``phones``, ``created``.

    A company's name, an address of the kind Business, further ones of the kind Private.
    """
    values = {name.lower(): value for name, value in given.items() if "_" in name}
    if given.get("company"):
        values["pers_companyid"] = company_of(books, str(given["company"]), now)
    values.setdefault("pers_lastname", "Doe")
    row = books.insert("person", values, now)
    if given.get("created"):
        row["pers_createddate"] = int(given["created"])
    number = int(row["pers_personid"])
    if given.get("address"):
        address = books.insert("address", {name.lower(): text for name, text in given["address"].items()}, now)
        row["pers_primaryaddressid"] = address["addr_addressid"]
    if given.get("email"):
        books.attach(PERSON, number, str(given["email"]), "Business", now)
    for kind, dialled in given.get("phones", {}).items():
        parts = {"phon_countrycode": "44", "phon_number": str(dialled)}
        phone = books.insert("phone", {"phon_fullnumber": dialled} if str(dialled)[0] == "+" else parts, now)
        link = {"plink_phoneid": phone["phon_phoneid"], "plink_entityid": PERSON, "plink_recordid": number}
        books.insert("phonelink", link | {"plink_type": kind}, now)
    for one in given.get("emails", ()):
        books.attach(PERSON, number, str(one), "Private", now)
    return number


def seed(books: Books, document: dict[str, Any], now: int) -> dict[str, Any]:
    """``{"columns", "captions": {family: [codes]}, "companies", "people", "deals", "groups"}``, lists but for two.

    A column is ``{"name", "kind", "size", "title", "choices", "table"}``, of the person unless a table is named; a deal
    has columns of its table, and the place of its ``person`` in this document; a group is a view's name with the places
    of its people.
    """
    for one in document.get("columns", ()):
        choices = one.get("choices", ())
        kind = str(one.get("kind", "text"))
        table = str(one.get("table", "person")).lower()
        books.custom.setdefault(table, []).append(
            Column(one["name"], kind, one.get("size"), title=str(one.get("title", "")), family=one["name"])
        )
        for code in choices:
            caption(books, str(one["name"]), str(code))
    for family, codes in document.get("captions", {}).items():
        for code in codes:
            caption(books, family, code)
    names: dict[str, int] = {}
    for one in document.get("companies", ()):
        row = books.insert("company", {key.lower(): value for key, value in one.items() if "_" in key}, now)
        names[str(row.get("comp_name", ""))] = int(row["comp_companyid"])
        if one.get("email"):
            books.attach(COMPANY, int(row["comp_companyid"]), str(one["email"]), "Business", now)
    numbers = []
    for one in document.get("people", ()):
        firm = names.get(str(one.get("company", "")))
        given = {**one, "pers_companyid": firm, "company": ""} if firm else one
        numbers.append(person(books, given, now))
    for one in document.get("deals", ()):
        person_id = numbers[int(one["person"])]
        firm = books.rows["person"][person_id].get("pers_companyid")
        values = {key: value for key, value in one.items() if "_" in key}
        links = {"oppo_primarypersonid": person_id, "oppo_primarycompanyid": firm}
        books.insert("opportunity", values | links, now)
    for name, places in document.get("groups", {}).items():
        books.group_views[str(name)] = [numbers[int(place)] for place in places]
    return {"people": numbers}
