"""What entries of this Address Book can hold: from Maximizer's metadata to fields, and which of them are Listloop's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from dataclasses import field as default

from listloop.core.errors import NeedsAttention
from listloop.core.side import Field, FieldType, Schema
from listloop.crm.maximizer.answers import Json, pick, rows_of
from listloop.crm.maximizer.client import READING, Octopus

FOLDER = "MailChimp"
FLAG = "Sync with MailChimp"
ID = "MailChimp ID"
OWN_ID = "MailChimp contact ID"
"""Where Mailchimp's 32 digits go when an earlier connector's field holds 29 (Maximizer knowledge base, Mailchimp
user-defined fields)."""

STATUS = "MailChimp status"
"""Where it stands that somebody agreed, was asked, or can't be reached: *Do not solicit by* holds a no alone."""

FLAGS = (FLAG, "Sync to MailChimp")
"""What an earlier connector's flag may be called; letters of any case."""

ID_DIGITS = 32
PERSONS = ("Individual", "Contact")
NO_MAIL = "Email"
"""The item of *Do not solicit by* that says no to mail."""

TEXTS = (
    ("FirstName", "First name"), ("LastName", "Last name"), ("MiddleName", "Middle name"), ("MrMs", "Mr/Ms"),
    ("Salutation", "Salutation"), ("Position", "Position"), ("Department", "Department"), ("Division", "Division"),
)  # fmt: skip
PHONES = tuple((f"Phone{number}", f"Phone {number}") for number in range(1, 5))
ADDRESS = (
    ("AddressLine1", "Address line 1"), ("AddressLine2", "Address line 2"), ("City", "City"),
    ("StateProvince", "State/Province"), ("ZipCode", "Zip code"), ("Country", "Country"),
)  # fmt: skip
EMAILS = ("Email1", "Email2", "Email3")
COMPANY = "CompanyName"


@dataclass(frozen=True, slots=True)
class Column:
    """A field as Maximizer has it. ``path`` is its name in a Scope; ``options`` are its items, key to label."""

    field: Field
    path: str
    options: dict[str, str] = default(default_factory=dict)
    yearless: bool = False

    @property
    def in_address(self) -> bool:
        """Is it a part of the main address, which is a record of its own?"""
        return self.path.startswith("Address/")


@dataclass(frozen=True, slots=True)
class Shape:
    """All columns by the names of their fields, and where flag, ID and refusals are. "" where a field is missing."""

    columns: dict[str, Column]
    flag: str = ""
    id: str = ""
    older_id: str = ""
    status: str = ""
    no_mail: str = ""
    email_most: int | None = None

    @property
    def own(self) -> tuple[str, ...]:
        """Listloop's own fields."""
        return tuple(filter(None, (self.flag, self.id, self.older_id, self.status)))

    def schema(self) -> Schema:
        """As the sync sees it."""
        return Schema(tuple(one.field for one in self.columns.values()))


def lacks(shape: Shape, *, status: bool) -> list[str]:
    """The names of those of our fields that are not there; ``status``: is that one wanted?"""
    wanted = ((FLAG, shape.flag), (ID, shape.id), (STATUS, shape.status or not status))
    return [name for name, there in wanted if not there]


def missing(names: list[str]) -> NeedsAttention:
    """What to say where fields of ours are not there."""
    return NeedsAttention(
        f"Maximizer has no field {' and no field '.join(f'“{one}”' for one in names)} for Individuals and Contacts.",
        "Connect Maximizer once more with a user who may insert user-defined fields; Listloop then makes them. "
        f"Or make them by hand in the folder “{FOLDER}”.",
        code="field-missing",
    )


def load(client: Octopus, mailed: str) -> Shape:
    """The fields as they are now: a call for the schema, and one for the items of all tables."""
    block = {"Scope": {"Fields": 1}, "Criteria": {"SearchQuery": {"Key": {"$TREE": "/AbEntry"}}}}
    rows = rows_of(client.call("Read", {"Schema": block, "Compatibility": {"SchemaObject": "1.0"}}), "Schema")
    known = {_path(one): one for one in rows if not pick(one, "Inactive")}
    udfs = [path for path, one in known.items() if path.lower().startswith("udf/") and _for_persons(one)]
    tables = [path for path in udfs if _type(known[path]).startswith("EnumField")]
    options = _options(client, [*tables, *(one for one in ("Category", "DoNotSolicitBy") if one in known)])
    flag = _named(known, udfs, FLAGS)
    ids = [path for path in udfs if (_title(known[path]).casefold() in {ID.casefold(), OWN_ID.casefold()})]
    whole = [path for path in ids if _holds_id(known[path])]
    older = next((path for path in ids if path not in whole), "")
    refused = options.get("DoNotSolicitBy", {})
    columns = {one.field.name: one for one in (*_fixed(known, options, mailed), *_own(known, udfs, options))}
    if older in columns:
        there = columns[older]
        columns[older] = Column(Field(older, there.field.title, writable=False), older)
    status = _named(known, udfs, (STATUS,))
    for path in (flag, *whole, status):
        columns.pop(path, None)
    return Shape(
        columns, flag, whole[-1] if whole else "", older, status,
        next((key for key, label in refused.items() if label.strip().casefold() == NO_MAIL.casefold()), ""),
        _most(known, mailed),
    )  # fmt: skip


def _options(client: Octopus, paths: list[str]) -> dict[str, dict[str, str]]:
    if not paths:
        return {}
    asked = {path: [{"Key": 1, "DisplayValue": 1}] for path in paths}
    beside = {**READING, "Compatibility": {"AbEntryKey": "2.0", "SchemaObject": "1.0"}}
    answer = client.call("Read", {"AbEntry": {"FieldOptions": asked}, **beside})
    found = {}
    for path in paths:
        items = pick(answer, "AbEntry", "FieldOptions", path) or []
        found[path] = {str(pick(one, "Key")): str(pick(one, "DisplayValue") or "") for one in items}
    return found


def _path(row: Json) -> str:
    return str(pick(row, "Key") or "").removeprefix("/AbEntry/")


def _type(row: Json) -> str:
    return str(pick(row, "Type") or "")


def _title(row: Json) -> str:
    return str(pick(row, "Name") or "").strip()


def _for_persons(row: Json) -> bool:
    applies = pick(row, "AppliesTo") or ()
    return bool({"AbEntry", *PERSONS} & set(applies))


def _named(known: dict[str, Json], udfs: list[str], names: tuple[str, ...]) -> str:
    wanted = [one.casefold() for one in names]
    return next((path for path in udfs if _title(known[path]).casefold() in wanted), "")


def _holds_id(row: Json) -> bool:
    most = pick(row, "Attributes", "MaxLength")
    return (most is None or most >= ID_DIGITS) and not pick(row, "Attributes", "Encrypted")


def _fixed(known: dict[str, Json], options: dict[str, dict[str, str]], mailed: str) -> list[Column]:
    columns = [_text(known, path, title, FieldType.TEXT) for path, title in TEXTS if path in known]
    columns.append(
        Column(Field(COMPANY, "Company", FieldType.COMPANY, fixed=True, max_chars=_most(known, COMPANY)), COMPANY)
    )
    columns += [_text(known, path, title, FieldType.PHONE) for path, title in PHONES if path in known]
    columns += [
        _text(known, path, f"E-mail {path[-1]}", FieldType.EMAIL) for path in EMAILS if path in known and path != mailed
    ]
    if "WebSite" in known:
        columns.append(_text(known, "WebSite", "Website", FieldType.TEXT))
    columns += [Column(Field(f"Address/{name}", title), f"Address/{name}") for name, title in ADDRESS]
    if options.get("Category"):
        choices = tuple(dict.fromkeys(options["Category"].values()))
        columns.append(
            Column(Field("Category", "Category", FieldType.CHOICES, choices), "Category", options["Category"])
        )
    return columns


def _text(known: dict[str, Json], path: str, title: str, kind: FieldType) -> Column:
    last = path == "LastName"  # the only one that Maximizer insists on
    return Column(Field(path, title, kind, required=last, clearable=not last, max_chars=_most(known, path)), path)


def _most(known: dict[str, Json], path: str) -> int | None:
    most = pick(known.get(path), "Attributes", "MaxLength")
    return most if isinstance(most, int) else None


def _own(known: dict[str, Json], udfs: list[str], options: dict[str, dict[str, str]]) -> list[Column]:
    titles = Counter(_title(known[path]) for path in udfs)
    columns = []
    for path in udfs:
        row = known[path]
        folder = str(pick(row, "Folder", "Name") or "")
        title = _title(row) if titles[_title(row)] == 1 else f"{folder}\\{_title(row)}"
        column = _column(path, title, row, options.get(path, {}))
        if column is not None:
            columns.append(column)
    return columns


def _column(path: str, title: str, row: Json, options: dict[str, str]) -> Column | None:
    """A user-defined field; None for one that can't be kept in step (encrypted, a formula, a table without items)."""
    kind, attributes = _type(row), pick(row, "Attributes") or {}
    writable = pick(row, "Assignable") is not False
    if pick(attributes, "Encrypted"):
        return None
    if kind == "StringField":
        most = pick(attributes, "MaxLength")
        return Column(Field(path, title, writable=writable, max_chars=most if isinstance(most, int) else None), path)
    if kind in {"NumericField", "IntegerField", "CurrencyField"}:
        type_ = FieldType.MONEY if kind == "CurrencyField" else FieldType.NUMBER
        places = 0 if kind == "IntegerField" else pick(attributes, "DecimalPlaces")
        decimals = places if isinstance(places, int) else None
        return Column(Field(path, title, type_, writable=writable, digits=15, decimals=decimals), path)
    if kind == "DateTimeField":
        yearless = bool(pick(attributes, "IgnoreYear"))
        type_ = FieldType.BIRTHDAY if yearless else FieldType.DATE
        return Column(Field(path, title, type_, writable=writable), path, yearless=yearless)
    if not kind.startswith("EnumField") or not options:
        return None
    if pick(attributes, "YesNo"):
        return Column(Field(path, title, FieldType.YES_NO, writable=writable), path, options)
    type_ = FieldType.CHOICES if pick(attributes, "MultiSelect") else FieldType.CHOICE
    return Column(Field(path, title, type_, tuple(dict.fromkeys(options.values())), writable=writable), path, options)
