"""Making what Listloop needs in an Address Book: folder, flag and ID; and fields and items that a mapping wants."""

from __future__ import annotations

from listloop.core.errors import NeedsAttention
from listloop.core.fields import chosen
from listloop.core.side import Field, FieldType, Schema
from listloop.crm.maximizer.answers import Json, Refused, Why, pick, rows_of
from listloop.crm.maximizer.client import Octopus
from listloop.crm.maximizer.reading import Reader
from listloop.crm.maximizer.shape import FLAG, FOLDER, ID, OWN_ID, PERSONS, STATUS, Shape, load

LONGEST = 64
"""Characters of our ID field: twice what Mailchimp's longest ID has."""

STATUS_LENGTH = 20
"""Characters of the status field; the longest word has 12."""

TEXT = 254
"""Characters of a text field, as in the vendor's samples."""

ROOT = "Um9vdEZvbGRlcgkw"
"""The key of the folder above all others, the same everywhere (Octopus API, Folder)."""

KINDS: dict[FieldType, tuple[str, Json]] = {
    FieldType.NUMBER: ("NumericField", {"DecimalPlaces": 2}),
    FieldType.MONEY: ("NumericField", {"DecimalPlaces": 2}),
    FieldType.DATE: ("DateTimeField", {}),
    FieldType.BIRTHDAY: ("DateTimeField", {"IgnoreYear": True}),
    FieldType.YES_NO: ("EnumField<StringItem>", {"MultiSelect": False, "YesNo": True}),
    FieldType.CHOICE: ("EnumField<StringItem>", {"MultiSelect": False}),
    FieldType.CHOICES: ("EnumField<StringItem>", {"MultiSelect": True}),
}


def set_up(client: Octopus, mailed: str, *, status: bool) -> tuple[Shape, tuple[str, ...]]:
    """Flag, ID and, where wanted, status: found (also those of an earlier connector) or made; what was made.

    Looks before and after: two fields of one name would be worse than none.
    """
    shape = load(client, mailed)
    wanted = []
    if not shape.flag:
        wanted.append((FLAG, *KINDS[FieldType.YES_NO]))
    if not shape.id:
        wanted.append((OWN_ID if shape.older_id else ID, "StringField", {"MaxLength": LONGEST}))
    if status and not shape.status:
        wanted.append((STATUS, "StringField", {"MaxLength": STATUS_LENGTH}))
    if not wanted:
        return shape, ()
    folder = _folder(client)
    for name, kind, attributes in wanted:
        _make_field(client, folder, name, kind, attributes)
    return load(client, mailed), tuple(name for name, _, _ in wanted)


def prepare(reader: Reader, schema: Schema) -> None:
    """Make fields and items that are missing; touches nothing that exists."""
    shape = reader.shape(fresh=True)
    folder = ""
    for wanted in schema.fields:
        there = shape.columns.get(wanted.name)
        if there is not None:
            known = {one.strip() for one in there.options.values()}
            _add_items(reader.client, there.path, [one for one in wanted.choices if one.strip() not in known])
            continue
        if any(one.field.title == wanted.title for one in shape.columns.values()):
            continue
        folder = folder or _folder(reader.client)
        kind, attributes = KINDS.get(wanted.type, ("StringField", {"MaxLength": min(wanted.max_chars or TEXT, TEXT)}))
        path = _make_field(reader.client, folder, wanted.title, kind, attributes)
        _add_items(reader.client, path, _choices(wanted))
    reader.forget()


def _choices(field: Field) -> list[str]:
    return [one for choice in field.choices for one in chosen(choice)]


def _folder(client: Octopus) -> str:
    """The key of our folder, found by its name in any case of letters, else made."""
    beside = {"Compatibility": {"FolderObject": "1.0"}}
    scope = {"Scope": {"Fields": {"Key": 1, "Name": 1}}, "Criteria": {"SearchQuery": {"AppliesTo": {"$EQ": "AbEntry"}}}}
    for row in rows_of(client.call("Read", {"Folder": scope, **beside}), "Folder"):
        if str(pick(row, "Name") or "").strip().casefold() == FOLDER.casefold():
            return str(pick(row, "Key"))
    data = {"Key": None, "AppliesTo": ["AbEntry"], "Name": FOLDER, "ParentKey": ROOT}
    return str(
        pick(_made(client, {"Folder": {"Data": data}, **beside}, f"the folder “{FOLDER}”"), "Folder", "Data", "Key")
    )


def _make_field(client: Octopus, folder: str, name: str, kind: str, attributes: Json) -> str:
    data = {
        "Key": None, "Type": kind, "Name": name, "AppliesTo": list(PERSONS), "Folder": folder,
        "Attributes": attributes, "Inactive": False,
    }  # fmt: skip
    body = {"Schema": {"Data": data}, "Compatibility": {"SchemaObject": "1.0"}}
    answer = _made(client, body, f"the field “{name}”")
    return str(pick(answer, "Schema", "Data", "Key") or "").removeprefix("/AbEntry/")


def _made(client: Octopus, body: Json, what: str) -> Json:
    try:
        return client.call("Create", body, repeatable=False)
    except Refused as error:
        if error.why is not Why.DENIED:
            raise
        raise NeedsAttention(
            f"Listloop's user may not make {what} in Maximizer: it lacks the right to insert user-defined fields.",
            "In Administrator, give it Insert under “User-defined field setup”, or sign in once as somebody who has "
            "it; afterwards the right may be taken away again.",
            code="rights",
            detail=error.text,
        ) from None


def _add_items(client: Octopus, path: str, labels: list[str]) -> None:
    if not labels:
        return
    body = {
        "AbEntry": {"FieldOptions": {path: [{"Key": None, "Name": one} for one in labels]}},
        "Compatibility": {"AbEntryKey": "2.0", "SchemaObject": "1.0"},
    }
    try:
        client.call("Update", body, repeatable=False)
    except Refused as error:
        if error.why is not Why.DENIED:
            raise
        raise NeedsAttention(
            "Listloop's user may not add items to this table in Maximizer.",
            "Give it the right to modify system tables, or add the item by hand.",
            code="rights",
            detail=error.text,
        ) from None
