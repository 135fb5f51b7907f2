"""Who the other end is, and what its user lacks, in words for people."""

from __future__ import annotations

import base64
import binascii
import time
from typing import Any

import msgspec

from listloop.core.side import Health, Problem
from listloop.crm.maximizer.answers import Json, Refused, pick, rows_of
from listloop.crm.maximizer.client import Octopus
from listloop.crm.maximizer.reading import Reader
from listloop.crm.maximizer.shape import lacks, load, missing

RIGHTS = (
    ("AddressBook", "Read", "may not read entries", "Address Book: Read"),
    ("AddressBook", "Update", "may not change entries", "Address Book: Modify"),
    ("AddressBook", "Create", "may not make entries", "Address Book: Insert"),
    ("UserDefinedFields", "Update", "may not change user-defined fields", "User-defined fields: Modify"),
)
DAY = 86_400
SOON = 14 * DAY
"""A token that ends within two weeks is told of."""


def health(client: Octopus, reader: Reader) -> Health:
    """Four cheap calls. An Address Book that was copied has the same keys: its workspace tells the two apart."""
    asked = {
        "AddressBook": {"Udbid": 1, "Database": 1, "DisplayValue": 1, "WorkspaceId": 1},
        "User": {"Key": {"Value": 1, "Uid": 1}, "DisplayName": 1},
    }
    book = pick(client.call("GetSessionInfo", asked), "Data", "AddressBook") or {}
    names = [str(pick(book, one) or "") for one in ("WorkspaceId", "Database", "Udbid")]
    identity = "maximizer:" + ":".join(filter(None, names[:2] if names[0] else names[1:]))
    title = str(pick(book, "DisplayValue") or pick(book, "Database") or "Maximizer")
    problems = [*_rights(client), *_fields(client, reader)]
    unwritable = any("may not change entries" in one.text for one in problems)
    unreadable = any("may not read entries" in one.text for one in problems)
    told = tuple(one for one in (*problems, *ending(client.credentials.token, time.time())))
    return Health(identity, f"Maximizer, Address Book “{title}”", not unreadable, not unwritable, told)


def _rights(client: Octopus) -> list[Problem]:
    """What the user lacks, as far as Maximizer tells."""
    scope = {"Key": {"Value": 1, "Uid": 1}, "DisplayName": 1, "Permissions": 1, "Privileges": 1}
    block = {"Scope": {"Fields": scope}, "Criteria": {"SearchQuery": {"Key": {"$EQ": "$CURRENTUSER()"}}}}
    try:
        rows = rows_of(client.call("Read", {"User": block}), "User")
    except Refused:
        return []
    row: Json = rows[0] if rows else {}
    who = str(pick(row, "DisplayName") or client.credentials.user)
    found = []
    for thing, right, what, where in RIGHTS:
        if pick(row, "Permissions", thing, right) is False:
            found.append(Problem(f"{who}, whom Listloop signs in as, {what}.", f"In Administrator, give “{where}”."))
    return found


def _fields(client: Octopus, reader: Reader) -> list[Problem]:
    lacking = lacks(load(client, reader.mailed), status=reader.status)
    if not lacking:
        return []
    error = missing(lacking)
    return [Problem(error.problem, error.fix)]


def ending(token: str, now: float) -> list[Problem]:
    """A personal access token that ends soon; it is a JWT, so that its end can be read."""
    until = claims(token).get("exp")
    if not isinstance(until, int | float) or not until or until - now > SOON:
        return []
    days = max(0, int((until - now) // DAY))
    return [Problem(
        f"The personal access token ends in {days} days.",
        "Make a new one in Maximizer under your profile, Personal Access Tokens, and enter it here.",
    )]  # fmt: skip


def claims(token: str) -> dict[str, Any]:
    """What a personal access token says of itself; nothing for any other text."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
