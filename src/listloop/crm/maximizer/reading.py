"""Reading people: rows to records, everybody, what changed, these few, and who has an address."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TypeVar

import msgspec

from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent, Key, Origin, Person, Record, address_key
from listloop.core.side import Cursor, Page
from listloop.crm.maximizer.answers import Ident, Json, Refused, built_key, ident_of, pick, read_key, rows_of, written
from listloop.crm.maximizer.client import Octopus, instant, seconds
from listloop.crm.maximizer.shape import COMPANY, EMAILS, PERSONS, Shape, lacks, load, missing
from listloop.crm.maximizer.values import NO, YES, keys_of, plain, shown
from listloop.crm.maximizer.walk import KEY, Walk, next_key

T = TypeVar("T")

OVERLAP = 300
"""Seconds that two readings overlap."""

SOME = 25
"""Records asked for by key, or written, in one call."""

MANY = 50
"""Addresses sought in one call, and rows of a small answer."""

NOTED = frozenset({Consent.SUBSCRIBED, Consent.PENDING, Consent.CLEANED})
"""What the status field can say beside a no."""

PERSON: Json = {"Type": {"$IN": list(PERSONS)}}


@dataclass
class Reader:
    """Reads one Address Book. ``mailed`` is the address that is synced, such as Email1."""

    client: Octopus
    mailed: str = "Email1"
    size: int = 200
    status: bool = True
    """Whether consent is kept in a field of its own, beside *Do not solicit by*."""
    by_id: bool = True
    """Whether this Address Book lets us ask for a record by its ID."""
    _shape: Shape | None = None
    _keys: dict[Ident, str] = field(default_factory=dict)
    _session: int = 0

    @property
    def keys(self) -> dict[Ident, str]:
        """The texts of keys as this session showed them."""
        if self._session != self.client.session:
            self._session = self.client.session
            self._keys.clear()
        return self._keys

    def shape(self, *, fresh: bool = False) -> Shape:
        """What entries can hold, as last read. Raises ``NeedsAttention`` where a field of ours is missing."""
        if fresh or self._shape is None:
            self._shape = load(self.client, self.mailed)
        lacking = lacks(self._shape, status=self.status)
        if lacking:
            raise missing(lacking)
        return self._shape

    def forget(self) -> None:
        """Read the fields anew when they are next asked for."""
        self._shape = None

    # --- rows to records -----------------------------------------------------------------------------------------

    def scope(self) -> Json:
        """All that a person is read with."""
        shape = self.shape()
        paths = [one.path for one in shape.columns.values() if not one.in_address]
        return {
            "Key": KEY, "Type": 1, COMPANY: 1, "CreationDate": 1, "LastModifyDate": 1, "DoNotSolicitBy": 1,
            **dict.fromkeys([*EMAILS, *paths, *shape.own], 1),
        }  # fmt: skip

    def records(self, rows: Iterable[Json]) -> list[Record]:
        """Rows as records; their addresses are read besides, where they stand for sure."""
        people = [one for one in rows if pick(one, "Type") in PERSONS]
        known = [(ident, one) for one in people if (ident := ident_of(pick(one, "Key")))]
        self.keys.update({ident: str(pick(one, "Key", "Value")) for ident, one in known})
        addresses = self._addresses(known)
        return [self._record(ident, one, addresses.get(ident, {})) for ident, one in known]

    def _record(self, ident: Ident, row: Json, address: Json) -> Record:
        shape = self.shape()
        fields = {
            name: shown(one, pick(address, one.path[8:]) if one.in_address else pick(row, one.path))
            for name, one in shape.columns.items()
        }
        emails = {name: plain(pick(row, name)) for name in EMAILS}
        refuses = shape.no_mail and shape.no_mail in keys_of(pick(row, "DoNotSolicitBy"))
        consent = Consent.UNSUBSCRIBED if refuses else self._noted(row)
        flag = (keys_of(pick(row, shape.flag)) or [""])[0]
        older = plain(pick(row, shape.older_id)) if shape.older_id else ""
        return Record(
            written(ident),
            Person(emails[self.mailed], fields, frozenset(), consent),
            takes_part={YES: True, NO: False}.get(flag),
            mailchimp_id=plain(pick(row, shape.id)),
            changed=_iso(pick(row, "LastModifyDate")),
            created=_iso(pick(row, "CreationDate")),
            kind=str(pick(row, "Type") or ""),
            emails=tuple(one for name, one in emails.items() if one and name != self.mailed),
            origin=Origin.CRM if refuses else Origin.UNKNOWN,
            name=" ".join(filter(None, (plain(pick(row, "FirstName")), plain(pick(row, "LastName"))))),
            older_ids=(older,) if older else (),
        )

    def _noted(self, row: Json) -> Consent:
        """What the status says of whoever did not refuse; a no stands in *Do not solicit by* alone."""
        said = plain(pick(row, self.shape().status)).lower() if self.status else ""
        return Consent(said) if said in NOTED else Consent.UNKNOWN

    def _addresses(self, rows: list[tuple[Ident, Json]]) -> dict[Ident, Json]:
        """The main address of each: AbEntry's own Address is null at times (seen in live Address Books)."""
        names = [one.path[8:] for one in self.shape().columns.values() if one.in_address]
        found: dict[Ident, Json] = {}
        scope = {"Key": KEY, "ParentKey": KEY, "Default": 1, **dict.fromkeys(names, 1)}
        for some in chunks(rows if names else (), SOME):
            asked = [{"ParentKey": {"$EQ": pick(row, "Key", "Value")}} for _, row in some]
            for row in self._few("Address", scope, asked):
                above = ident_of(pick(row, "ParentKey"))
                if above is not None and (pick(row, "Default") is True or above not in found):
                    found[above] = row
        return found

    def _few(self, thing: str, scope: Json, conditions: list[Json]) -> list[Json]:
        """Rows that are about as many as the conditions: one call, and a whole walk where there are more."""
        order = {"Fields": [{"CreationDate": "ASC"}], "PageKey": None, "PageSize": MANY}
        block = {"Scope": {"Fields": scope}, "Criteria": {"SearchQuery": {"$OR": conditions}}, "OrderBy": order}
        answer = self.client.read(thing, block)
        rows = rows_of(answer, thing)
        if len(rows) < MANY and not next_key(answer, thing):
            return rows
        walk = Walk(self.client, thing, scope, [{"$OR": conditions}], date="CreationDate", size=MANY)
        return [row for page, _ in walk.pages(0) for row in page]

    # --- everybody, and what changed -----------------------------------------------------------------------------

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        """All people (None), or those changed since a cursor."""
        at = _place(since)
        scope = self.scope()
        self.canary(scope)
        started = self.client.last_date
        held: tuple[list[Json], int] | None = None
        pages = Walk(self.client, "AbEntry", scope, [PERSON], size=self.size).pages(at)
        for rows, top in pages:
            if held is not None:
                yield Page(tuple(self.records(held[0])), _cursor(held[1]), last=False)
            held = rows, top
        if since is not None:
            yield from self._renamed(at, held)
            held = None
        now = seconds(started) - OVERLAP if started else at
        yield Page(tuple(self.records(held[0] if held else ())), _cursor(max(at, now)), last=True)

    def _renamed(self, at: int, held: tuple[list[Json], int] | None) -> Iterator[Page]:
        """The people of companies that changed: another name of theirs moves no date of the contacts."""
        if held is not None:
            yield Page(tuple(self.records(held[0])), _cursor(held[1]), last=False)
        companies: Json = {"Type": {"$IN": ["Company"]}}
        resume = _cursor(held[1] if held else at)
        for rows, _ in Walk(self.client, "AbEntry", {}, [companies], size=self.size).pages(at):
            for row in rows:
                under = {"Key": {"$EQ": {"Body": pick(row, "Key", "Value"), "OrRelated": True}}}
                for some in chunks(self._sought([under]), self.size):
                    yield Page(tuple(self.records(some)), resume, last=False)

    def canary(self, scope: Json) -> None:
        """Raise ``NeedsAttention`` where a reading would find nobody although people are there.

        For a field that it does not know, Maximizer may give no rows and no error (seen in live Address Books).
        """
        if self._first(scope) or not self._first({"Key": KEY}):
            return
        broken = [name for name in scope if name != "Key" and not self._first({"Key": KEY, name: scope[name]})]
        titles = {one.path: one.field.title for one in self.shape().columns.values()}
        self.forget()
        raise NeedsAttention(
            f"Maximizer shows nobody when it is asked for {', '.join(f'“{titles.get(one, one)}”' for one in broken)}.",
            "See whether that field is still there, and take it out of the mapping if it is not.",
            code="field-missing",
        )

    def _first(self, scope: Json) -> list[Json]:
        order = {"Fields": [{"CreationDate": "ASC"}], "PageKey": None, "PageSize": 1}
        block = {"Scope": {"Fields": scope}, "Criteria": {"SearchQuery": PERSON}, "OrderBy": order}
        return rows_of(self.client.read("AbEntry", block))

    def every_key(self) -> Iterator[Key]:
        """Every person's key, in the order in which they were made."""
        walk = Walk(self.client, "AbEntry", {}, [PERSON], date="CreationDate", size=max(self.size, 500))
        for rows, _ in walk.pages(0):
            yield from (written(ident) for row in rows if (ident := ident_of(pick(row, "Key"))))

    # --- these few -----------------------------------------------------------------------------------------------

    def fetch(self, keys: Collection[Key]) -> Iterator[Record]:
        """These people as they are now."""
        wanted = list(dict.fromkeys(ident for one in keys if (ident := read_key(one))))
        for some in chunks(wanted, SOME):
            yield from self.client.in_one_session(partial(self._fetched, some))

    def _fetched(self, idents: list[Ident]) -> list[Record]:
        return self.records(self.rows(idents, self.scope()))

    def rows(self, idents: Collection[Ident], scope: Json) -> list[Json]:
        """These entries: by the key that this session showed, else by ID, else by a key that we make."""
        found: dict[Ident, Json] = {}
        for how in (self._known, self._by_id, self._built):
            left = [one for one in idents if one not in found]
            asked = [condition for one in left if (condition := how(one))]
            if not asked:
                continue
            try:
                rows = self._few("AbEntry", scope, asked)
            except Refused:
                if how is self._by_id:
                    self.by_id = False
                elif how is self._known:
                    for one in left:
                        self.keys.pop(one, None)
                continue
            found |= {ident: row for row in rows if (ident := ident_of(pick(row, "Key"))) in left and ident}
        return list(found.values())

    def _known(self, ident: Ident) -> Json | None:
        return {"Key": {"$EQ": self.keys[ident]}} if ident in self.keys else None

    def _by_id(self, ident: Ident) -> Json | None:
        return {"Key": {"$EQ": {"ID": ident[0]}}} if self.by_id else None

    def _built(self, ident: Ident) -> Json | None:
        return {"Key": {"$EQ": built_key(ident)}}

    # --- who is this? --------------------------------------------------------------------------------------------

    def find(self, emails: Collection[str], ids: Collection[str]) -> Iterator[Record]:
        """Everybody with one of these addresses, in any of the three, or one of these IDs."""
        wanted = {address_key(one) for one in emails} - {""}
        wanted_ids = {one for one in ids if one}
        sought = sorted({form for one in emails if address_key(one) for form in _forms(one)})
        seen: set[Key] = set()
        for part in chunks(sought, MANY):
            rows = self._by_address(part)
            for record in self._once(self.records(rows), seen):
                if wanted & {address_key(one) for one in (record.email, *record.emails)}:
                    yield record
        shape = self.shape()
        for part in chunks(sorted(wanted_ids), MANY):
            conditions = [{shape.id: {"$EQ": one}} for one in part]
            for record in self._once(self.records(self._sought(conditions)), seen):
                if record.mailchimp_id in wanted_ids:
                    yield record

    def _by_address(self, part: list[str]) -> list[Json]:
        """By each of the three; where that is refused, by the default one and by what a quick search finds."""
        try:
            return self._sought([{name: {"$IN": part}} for name in EMAILS])
        except Refused:
            rows = self._sought([{"Email": {"$IN": part}}])
            for one in part:
                rows += self._sought([{"$PHRASE": one}])
            return rows

    def _sought(self, conditions: list[Json]) -> list[Json]:
        walk = Walk(
            self.client, "AbEntry", self.scope(), [PERSON, {"$OR": conditions}], date="CreationDate", size=self.size
        )
        return [row for rows, _ in walk.pages(0) for row in rows]

    def _once(self, records: list[Record], seen: set[Key]) -> Iterator[Record]:
        for one in records:
            if one.key not in seen:
                seen.add(one.key)
                yield one


def _forms(email: str) -> set[str]:
    """The ways in which an address may be stored, as far as a database would tell them apart."""
    text = email.strip()
    return {unicodedata.normalize(form, one) for one in (text, text.lower()) for form in ("NFC", "NFD")}


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """So many at a time."""
    left = iter(values)
    while part := list(islice(left, size)):
        yield part


def _iso(text: object) -> str:
    return datetime.fromtimestamp(seconds(str(text)), UTC).isoformat() if text else ""


def _cursor(at: int) -> Cursor:
    return msgspec.json.encode({"at": instant(max(at, 0))}).decode()


def _place(cursor: Cursor | None) -> int:
    if cursor is None:
        return 0
    try:
        return seconds(str(msgspec.json.decode(cursor)["at"]))
    except (msgspec.DecodeError, ValueError, KeyError, TypeError):
        raise NeedsAttention(
            "The remembered place in Maximizer can't be read.",
            "Read Maximizer in full once.",
            code="cursor-unreadable",
            detail=cursor[:200],
        ) from None
