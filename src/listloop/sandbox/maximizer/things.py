"""The objects of the API and their properties, as far as a connector meets them."""

from dataclasses import dataclass, field
from typing import Any

from listloop.sandbox.maximizer.book import ENTRIES, PERSONS, Account, Row, Udf

TEXT, MAIL, PHONE, MOMENT, NUMBER, MONEY = "StringField", "EmailField", "PhoneField", "DateTimeField", "NumericField", "CurrencyField"  # fmt: skip  # noqa: E501 - a table
YES, REF, TABLE, USER, KEY = "BooleanField", "RefStringField", "EnumField<StringItem>", "UidObject", "Key"


@dataclass(frozen=True, slots=True)
class Property:
    """One property. ``made_only``: set when the record is made and never later. ``options``: which list it takes."""

    name: str
    type: str = TEXT
    writable: bool = True
    made_only: bool = False
    most: int | None = None
    applies: frozenset[str] = ENTRIES
    options: str = ""
    multi: bool = False


@dataclass(frozen=True, slots=True)
class Thing:
    """An object: the prefix of its keys, the letter of its IDs, its properties by lower-case name."""

    name: str
    letter: str
    properties: dict[str, Property] = field(default_factory=dict)
    mandatory: tuple[str, ...] = ()
    writes: frozenset[str] = frozenset({"Create", "Update", "Delete"})


def _thing(name: str, letter: str, *parts: Property, mandatory: tuple[str, ...] = (), writes: str = "CUD") -> Thing:
    dates = (
        Property("Key", KEY, writable=False), Property("CreationDate", MOMENT, writable=False),
        Property("LastModifyDate", MOMENT, writable=False), Property("Creator", USER, writable=False),
    )  # fmt: skip
    names = {"C": "Create", "U": "Update", "D": "Delete"}
    known = {one.name.lower(): one for one in (*dates, *parts)}
    return Thing(name, letter, known, mandatory, frozenset(names[one] for one in writes))


def _texts(*names: str, most: int = 79) -> list[Property]:
    return [Property(name, most=most) for name in names]


def _refs(*names: str) -> list[Property]:
    return [Property(name, KEY) for name in names]


_PERSON = [Property(name, most=79, applies=PERSONS) for name in ("FirstName", "LastName", "MiddleName", "MrMs")]
_PERSON += [Property(name, most=79, applies=PERSONS) for name in ("Salutation", "Position")]

THINGS = {
    one.name.lower(): one
    for one in (
        _thing(
            "AbEntry", "C",
            Property("Type", TEXT, made_only=True), Property("ParentKey", KEY, made_only=True),
            *_PERSON, *_texts("CompanyName", "Department", "Division"),
            Property("WebSite", most=255),
            *(Property(name, MAIL, most=255) for name in ("Email", "Email1", "Email2", "Email3")),
            *(Property(name, PHONE, most=21) for name in ("Phone", "Phone1", "Phone2", "Phone3", "Phone4")),
            Property("DoNotSolicitBy", TABLE, options="DoNotSolicitBy", multi=True),
            Property("Category", TABLE, options="Category", multi=True),
            Property("FullName", writable=False), Property("DisplayValue", writable=False),
            Property("LastContactDate", MOMENT, writable=False), Property("AccountManager", USER),
            Property("Address", "Address"), Property("Parent", "Parent", writable=False),
            Property("SecAccess", "SecAccess"), Property("SecStatus", "SecStatus", writable=False),
        ),
        _thing(
            "Address", "A", Property("ParentKey", KEY, made_only=True), Property("Default", YES),
            *_texts("Description", "AddressLine1", "AddressLine2", "City", "StateProvince", "ZipCode", "Country"),
        ),
        _thing(
            "Note", "N", Property("ParentKey", KEY, made_only=True), Property("DateTime", MOMENT),
            Property("Type", REF), Property("Category", REF), Property("Important", YES),
            *_texts("Text", "RichText", most=100_000), mandatory=("ParentKey",),
        ),
        _thing(
            "InteractionLog", "IL", Property("Type", REF, options="InteractionType"),
            *_texts("Subject", most=255), *_texts("Description", "Source", "Data", most=100_000),
            Property("StartDate", MOMENT), Property("EndDate", MOMENT), Property("Duration", NUMBER),
            Property("Direction", NUMBER), Property("User", USER), *_refs("AbEntryKey", "LeadKey", "WithKey"),
            Property("Result", REF), Property("Category", REF), mandatory=("Type", "AbEntryKey"),
        ),
        _thing(
            "Campaign", "M", *_texts("Name", "Description", most=255), Property("Status", REF), Property("Type", REF),
            Property("StartDate", MOMENT), Property("EndDate", MOMENT),
            *(Property(name, MONEY) for name in ("Cost", "ForecastRevenue", "ActualRevenue")), mandatory=("Name",),
        ),
        _thing(
            "CampaignSubscriber", "S", *_refs("ParentKey"), Property("StartDate", MOMENT), Property("NextDate", MOMENT),
            Property("Status", REF), mandatory=("ParentKey",), writes="CD",
        ),
        _thing(
            "FavoriteList", "F", *_texts("Name", "Description", most=255), Property("EntityType", NUMBER),
            Property("MemberKeys", "Keys"), Property("SecAccess", "SecAccess"), mandatory=("Name",),
        ),
        _thing(
            "Opportunity", "O", *_refs("AbEntryKey", "ContactKey"), *_texts("Objective", "Description", most=255),
            Property("Status", REF, options="Status"), Property("StartDate", MOMENT), Property("CloseDate", MOMENT),
            *(Property(name, MONEY) for name in ("Cost", "ForecastRevenue", "ActualRevenue", "CorporateRevenue")),
            Property("Revenue", MONEY, writable=False), Property("Leader", USER), Property("Comment"),
            mandatory=("Objective", "AbEntryKey"),
        ),
        _thing(
            "EmailProfile", "E", *_texts("EmailAddress", "EmailType", most=255), Property("EnrollDate", MOMENT),
            Property("ExpiryDate", MOMENT), Property("Comment", NUMBER), mandatory=("EmailAddress",), writes="CD",
        ),
        _thing(
            "Custom", "X", *_texts("ApplicationId", "Name", "Description", "Text1", "Text2", most=255),
        ),
        _thing("SavedSearch", "Q", *_texts("Name", "Description", most=255), writes=""),
        _thing("AuditLog", "L", *_texts("Type", "Source", "Org", "New", most=255), writes=""),
    )
}  # fmt: skip
"""Every object with records; ``Schema``, ``Folder`` and ``User`` are answered apart."""


ABSENT = {"emailprofile": "email_profile", "auditlog": "audit_log", "savedsearch": "saved_searches"}
"""Objects that may be absent, and the switch that each of them hangs on."""


def udf_property(one: Udf) -> Property:
    """A user-defined field as a property."""
    multi = bool(one.attributes.get("MultiSelect"))
    most = one.attributes.get("MaxLength")
    return Property(one.slot, one.type, most=most, applies=frozenset(one.applies), options=one.slot, multi=multi)


def options_of(account: Account, property_: Property) -> dict[str, str]:
    """The items of a list: key to name."""
    if property_.name.startswith("Udf/"):
        return account.udfs[int(property_.name[4:])].options
    return account.options.get(property_.options, {})


def shown_name(account: Account, row: Row) -> str:
    """A company's own name, and that of the company above a contact."""
    if row.values.get("Type") != "Contact":
        return str(row.values.get("CompanyName") or "")
    above = account.of("AbEntry").get((row.ident[0], 0))
    return str(above.values.get("CompanyName") or "") if above else ""


def default_slot(row: Row, kind: str) -> str:
    """Which of Email1..3 (or Phone1..4) is the default one."""
    return f"{kind}{row.values.get(f'{kind}Default', 1)}"


def raw(account: Account, row: Row, name: str) -> Any:
    """The stored content of a property; None for none."""
    if row.thing == "AbEntry":
        if name == "CompanyName":
            return shown_name(account, row)
        if name in {"Email", "Phone"}:
            name = default_slot(row, name)
        if name in {"FullName", "DisplayValue"}:
            who = ", ".join(filter(None, (row.values.get("LastName"), row.values.get("FirstName"))))
            return " - ".join(filter(None, (who, shown_name(account, row))))
    if name == "CreationDate":
        return row.created
    if name == "LastModifyDate":
        return row.changed
    if name == "Revenue":
        name = "ActualRevenue"
    return row.values.get(name)
