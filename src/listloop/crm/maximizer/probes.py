"""What this Address Book does where Maximizer's documentation is silent, found by reading only.

Each is named as the stand-in's switch. What only a write would show is left out: whether an edit of a user-defined
field moves the date, whether long texts are cut, what a deleted company takes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from listloop.core.abilities import Probe
from listloop.crm.maximizer.answers import Json, Refused, ident_of, pick, rows_of
from listloop.crm.maximizer.client import READING, Octopus
from listloop.crm.maximizer.facts import place
from listloop.crm.maximizer.reading import PERSON, Reader
from listloop.crm.maximizer.walk import KEY, LARGEST, NEXT

Found = tuple[str, str] | None
PLACES = ("object-order", "object", "object-next", "top", "top-next")
"""The positions of ``next_page_key``, in the order of ``walk.NEXT``."""


def probes(reader: Reader) -> Iterator[Probe]:
    """Each guess that can be looked at; one whose look is refused says so and hinders no other."""
    for switch, look in LOOKS.items():
        try:
            found = look(reader)
        except Refused as error:
            found = ("unknown", f"it can't be seen: {error.text[:120]}")
        if found:
            yield Probe(switch, *found)


def _ask(
    reader: Reader, fields: Json, query: Any = None, size: int = 1, thing: str = "AbEntry", beside: Json = READING
) -> Json:
    order = {"Fields": [{"CreationDate": "ASC"}], "PageKey": None, "PageSize": size}
    block = {
        "Scope": {"Fields": fields},
        "Criteria": {"SearchQuery": PERSON if query is None else query},
        "OrderBy": order,
    }
    return reader.client.call("Read", {thing: block, **beside})


def _works(reader: Reader, query: Any, thing: str = "AbEntry") -> bool:
    try:
        _ask(reader, {"Key": 1}, query, thing=thing)
    except Refused:
        return False
    return True


def _somebody(reader: Reader) -> Json:
    rows = rows_of(_ask(reader, {"Key": KEY, "Email1": 1}))
    return rows[0] if rows else {}


def _version(reader: Reader) -> Found:
    told = pick(reader.client.public("GetSystemInfo"), "Data") or {}
    release = str(pick(told, "Release") or pick(told, "Version") or "unknown")
    return release, f"the release is {release}"


def _region(reader: Reader) -> Found:
    region = str(pick(reader.client.public("GetSystemInfo"), "Data", "Region") or "")
    return (region, f"the data centre is {region}") if region else None


def _next_page(reader: Reader) -> Found:
    answer = _ask(reader, {"Key": 1})
    if len(rows_of(_ask(reader, {"Key": 1}, size=2))) < 2:
        return None
    for position, names in zip(PLACES, NEXT, strict=True):
        if pick(answer, *(one.format("AbEntry") for one in names)):
            return position, f"the key of the next page is at {'.'.join(names).format('AbEntry')}"
    return "absent", "no key of the next page is told, so Listloop counts"


def _most_rows(reader: Reader) -> Found:
    count = len(rows_of(_ask(reader, {"Key": 1}, size=LARGEST)))
    if count in {100, 200}:
        return str(count), f"a page has at most {count} rows"
    return None if count < LARGEST else (str(LARGEST), f"a page may have {LARGEST} rows")


def _unknown_field(reader: Reader) -> Found:
    if not _somebody(reader):
        return None
    try:
        rows = rows_of(_ask(reader, {"Key": 1, "ListloopAsksForNothing": 1}))
    except Refused:
        return "error", "an unknown field is an error"
    return ("rows", "an unknown field is left out") if rows else ("no-rows", "an unknown field hides everybody")


def _key_by_id(reader: Reader) -> Found:
    ident = ident_of(pick(_somebody(reader), "Key"))
    if ident is None:
        return None
    works = _works(reader, {"Key": {"$EQ": {"ID": ident[0]}}})
    return ("true", "entries can be read by ID") if works else ("false", "entries can't be read by ID")


def _keys_change(reader: Reader) -> Found:
    if reader.client.credentials.token or reader.client.credentials.grant:
        return None  # another session can't be opened, or would cost a refresh token
    before = pick(_somebody(reader), "Key", "Value")
    other = Octopus(reader.client.address, reader.client.credentials, in_body=reader.client.in_body)
    try:
        after = pick(_somebody(replace(reader, client=other, _keys={})), "Key", "Value")
    finally:
        other.close()
    if before is None:
        return None
    return ("false", "keys stay from session to session") if before == after else ("true", "keys change")


def _email(reader: Reader) -> Found:
    works = _works(reader, {"Email1": {"$IN": ["nobody@listloop.example"]}})
    return ("slots", "each e-mail can be sought") if works else ("default", "only Email can be sought")


def _not_equal(reader: Reader) -> Found:
    works = _works(reader, {"Type": {"$NE": "Company"}})
    return ("false", "$NE works for types") if works else ("true", "$NE is refused for types")


def _driver(reader: Reader) -> Found:
    if not _somebody(reader):
        return None
    rows = rows_of(_ask(reader, {"Key": 1}, beside={"Compatibility": {"AbEntryKey": "2.0"}}))
    return ("false", "the driver may be left out") if rows else ("true", "without the driver nobody is read")


def _error_shape(reader: Reader) -> Found:
    body = {"AbEntry": {"Scope": {"Fields": {"Key": 1}}, "Criteria": {"SearchQuery": {"LastName": {"$LISTLOOP": 1}}}}}
    answer = reader.client.raw("Read", {**body, **READING})
    messages = pick(answer, "Msg") or [""]
    if isinstance(messages[0], dict):
        return "objects", "the number of an error is in Msg"
    return "texts", "the number of an error is not in Msg; whether Code has it shows only when something is refused"


def _address(reader: Reader) -> Found:
    rows = rows_of(_ask(reader, {"ParentKey": 1, "City": 1}, {}, 50, "Address"), "Address")
    known = next((one for one in rows if pick(one, "City") and pick(one, "ParentKey")), None)
    if known is None:
        return None
    asked = {"Key": {"$EQ": pick(known, "ParentKey")}}
    entry = rows_of(_ask(reader, {"Key": 1, "Address": {"City": 1}}, asked))
    shown = entry and pick(entry[0], "Address", "City")
    return ("stored", "addresses are read with the entry") if shown else ("null", "addresses come as records alone")


def _campaign_type(reader: Reader) -> Found:
    if place(reader).thing == "Note":
        return "false", "no type of interaction is named Mailchimp: communications become notes"
    return "true", "communications become interactions of the type Mailchimp"


def _object(thing: str) -> Callable[[Reader], Found]:
    def look(reader: Reader) -> Found:
        there = _works(reader, {}, thing)
        return ("true", f"there is {thing}") if there else ("false", f"there is no {thing}")

    return look


def _saved_searches(reader: Reader) -> Found:
    block = {"Scope": {"Fields": {"Key": 1}}, "Criteria": {"SearchQuery": {"Key": {"$TREE": "/"}}}}
    rows = rows_of(reader.client.call("Read", {"Schema": block, "Compatibility": {"SchemaObject": "1.0"}}), "Schema")
    roots = {str(pick(one, "Key") or "").strip("/").partition("/")[0] for one in rows}
    found = sorted(one for one in roots if "search" in one.lower())
    if found:
        return "true", f"there is an object {found[0]}, which Listloop does not know how to read: please tell us of it"
    return "false", "saved searches can't be read: use favorite lists"


LOOKS: dict[str, Callable[[Reader], Found]] = {
    "version": _version,
    "region": _region,
    "error_shape": _error_shape,
    "unknown_scope_field": _unknown_field,
    "key_by_id": _key_by_id,
    "keys_change": _keys_change,
    "address_in_entry": _address,
    "ne_type_refused": _not_equal,
    "email_criteria": _email,
    "next_page_key": _next_page,
    "most_rows": _most_rows,
    "driver_needed": _driver,
    "campaign_type": _campaign_type,
    "saved_searches": _saved_searches,
    "email_profile": _object("EmailProfile"),
    "audit_log": _object("AuditLog"),
}
