"""Favorite lists of entries as groups."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from listloop.core.errors import NeedsAttention
from listloop.core.people import Key
from listloop.core.side import Group
from listloop.crm.maximizer.answers import Ident, Json, ident_of, pick, read_key, written
from listloop.crm.maximizer.client import WRITING
from listloop.crm.maximizer.reading import PERSON, SOME, Reader, chunks
from listloop.crm.maximizer.walk import KEY, Walk

ENTRIES = 1
"""EntityType of lists of entries (Octopus API, FavoriteList)."""


def listed(reader: Reader) -> Iterator[Group]:
    """The favorite lists of entries, by name; Maximizer does not count them."""
    scope = {"Key": KEY, "Name": 1, "EntityType": 1}
    walk = Walk(reader.client, "FavoriteList", scope, [], date="CreationDate", size=reader.size)
    rows = [
        row for page, _ in walk.pages(0) for row in page if pick(row, "EntityType") in (ENTRIES, str(ENTRIES), None)
    ]
    for row in sorted(rows, key=lambda one: str(pick(one, "Name") or "").casefold()):
        ident = ident_of(pick(row, "Key"))
        if ident:
            yield Group(written(ident), str(pick(row, "Name") or "").strip())


def people(reader: Reader, key: Key) -> Iterator[Key]:
    """The keys of the people in a list; companies in it are left out."""
    text = _list_key(reader, key)
    walk = Walk(reader.client, "AbEntry", {}, [PERSON], date="CreationDate", size=max(reader.size, 500), favorites=text)
    for rows, _ in walk.pages(0):
        for row in rows:
            ident = ident_of(pick(row, "Key"))
            if ident:
                reader.keys[ident] = str(pick(row, "Key", "Value"))
                yield written(ident)


def make(reader: Reader, title: str, keys: Collection[Key]) -> Group:
    """A new list with these people."""
    members = _texts(reader, keys)
    data = {"Key": None, "Name": title, "EntityType": ENTRIES, "MemberKeys": members}
    body: Json = {"FavoriteList": {"Data": data}, **_DRIVER, **WRITING}
    answer = reader.client.call("Create", body, repeatable=False)
    ident = ident_of(pick(answer, "FavoriteList", "Data", "Key"))
    if ident is None:
        raise NeedsAttention(
            "Maximizer did not say which list it made.", "Look for it in Maximizer.", code="crm-refused"
        )
    made = written(ident)
    _must_hold(reader, made, title, set(members))
    return Group(made, title, len(members))


def change(reader: Reader, key: Key, add: Collection[Key], remove: Collection[Key]) -> None:
    """Put people into a list and take some out: the whole list is written, and read back."""
    now = set(people(reader, key))
    wanted = (now | set(add)) - set(remove)
    if wanted == now:
        return
    data = {"Key": _list_key(reader, key), "MemberKeys": _texts(reader, wanted)}
    reader.client.call("Update", {"FavoriteList": {"Data": data}, **_DRIVER, **WRITING})
    _must_hold(reader, key, "", set(_texts(reader, wanted)))


_DRIVER: Json = {"Configuration": {"Drivers": {"IFavoriteListAccess": "Maximizer.Model.Access.Sql.FavoriteListAccess"}}}


def _must_hold(reader: Reader, key: Key, title: str, members: set[str]) -> None:
    there = {reader.keys[ident] for one in people(reader, key) if (ident := read_key(one))}
    if there != members:
        named = f"“{title}”" if title else "as it stands"
        raise NeedsAttention(
            f"Maximizer said yes, but the favorite list {named} does not hold whom it was given.",
            "Put the people into the list in Maximizer itself.",
            code="not-stored",
        )


def _list_key(reader: Reader, key: Key) -> str:
    ident = read_key(key)
    walk = Walk(reader.client, "FavoriteList", {"Key": KEY}, [], date="CreationDate", size=reader.size)
    for page, _ in walk.pages(0):
        for row in page:
            if ident_of(pick(row, "Key")) == ident:
                return str(pick(row, "Key", "Value"))
    raise NeedsAttention("This favorite list is no longer in Maximizer.", "Choose another one.", code="no-group")


def _texts(reader: Reader, keys: Collection[Key]) -> list[str]:
    """The key texts of those who are there, read in this session."""
    wanted: list[Ident] = [ident for one in dict.fromkeys(keys) if (ident := read_key(one))]
    for some in chunks([one for one in wanted if one not in reader.keys], SOME):
        for row in reader.rows(some, {"Key": KEY}):
            ident = ident_of(pick(row, "Key"))
            if ident:
                reader.keys[ident] = str(pick(row, "Key", "Value"))
    return [reader.keys[one] for one in wanted if one in reader.keys]
