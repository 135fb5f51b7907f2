"""Facts beside the people: communications as interactions or notes, and opportunities as deals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import msgspec

from listloop.core.errors import RecordRejected
from listloop.core.side import Communication, Cursor, Deal, Outcome
from listloop.crm.maximizer.answers import Ident, Json, Refused, Why, ident_of, pick, read_key, written
from listloop.crm.maximizer.client import READING, WRITING, instant, seconds
from listloop.crm.maximizer.reading import OVERLAP, SOME, Reader, chunks
from listloop.crm.maximizer.shape import PERSONS
from listloop.crm.maximizer.values import plain
from listloop.crm.maximizer.walk import KEY, Walk

TYPE = "mailchimp"
"""The label of a type of interaction that an administrator may have made for us; the built-in type of e-mails is
refused to programs (seen in live Address Books)."""

STATES = {"2": "open", "0": "open", "3": "won", "4": "lost", "5": "abandoned"}
_MARK = re.compile(r"\[mc:([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where communications go: which object, and its properties for the entry, the text and the moment."""

    thing: str
    above: str
    text: str
    fixed: Json


NOTE = Place("Note", "ParentKey", "Text", {})


def place(reader: Reader) -> Place:
    """Interactions where they have a type named Mailchimp, else notes: those can be written everywhere."""
    asked = {"InteractionLog": {"FieldOptions": {"Type": [{"Key": 1, "DisplayValue": 1}]}}, **READING}
    try:
        answer = reader.client.call("Read", {**asked, "Compatibility": {"AbEntryKey": "2.0", "SchemaObject": "1.0"}})
    except Refused:
        return NOTE
    for one in pick(answer, "InteractionLog", "FieldOptions", "Type") or ():
        if str(pick(one, "DisplayValue") or "").strip().casefold() == TYPE:
            fixed = {"Type": str(pick(one, "Key")), "Direction": 2, "User": "$CURRENTUSER()"}
            return Place("InteractionLog", "AbEntryKey", "Description", fixed)
    return NOTE


def append(reader: Reader, wanted: Sequence[Communication]) -> Iterator[Outcome]:
    """Write communications, each once; one that is there takes its new text."""
    where = place(reader) if wanted else NOTE
    for some in chunks(wanted, SOME):
        asked = {_ref(one): one for one in some}
        outcomes = {one.ref: one for one in reader.client.in_one_session(partial(_append, reader, where, asked))}
        yield from (outcomes[_ref(one)] for one in some)


def _ref(one: Communication) -> str:
    return f"{one.campaign}|{one.key}|{one.kind}"


def _append(reader: Reader, where: Place, wanted: dict[str, Communication]) -> list[Outcome]:
    idents = {one.key: ident for one in wanted.values() if (ident := read_key(one.key))}
    here = {ident: str(pick(row, "Key", "Value")) for row in reader.rows(set(idents.values()), {"Key": KEY})
            if (ident := ident_of(pick(row, "Key")))}  # fmt: skip
    there = _written(reader, where, list(here.values())) if here else {}
    outcomes = []
    for ref, one in wanted.items():
        ident = idents.get(one.key)
        if ident not in here or ident is None:
            outcomes.append(Outcome(ref, error=_gone()))
            continue
        data = _data(where, one, here[ident])
        known = there.get((ident, _mark(one)))
        if known is not None and plain(pick(known, where.text)) == str(data[where.text]):
            outcomes.append(Outcome(ref))
            continue
        key = str(pick(known, "Key", "Value")) if known is not None else ""
        outcomes.append(_put(reader, where, ref, data, key))
    return outcomes


def _put(reader: Reader, where: Place, ref: str, data: Json, key: str) -> Outcome:
    """Make it, or give it its new text. Raises ``TryLater``; the next time it is looked for first."""
    method = "Update" if key else "Create"
    sent = {"Key": key, where.text: data[where.text]} if key else {"Key": None, **data}
    try:
        reader.client.call(method, {where.thing: {"Data": sent}, **WRITING}, repeatable=bool(key))
    except Refused as error:
        code = "rights" if error.why is Why.DENIED else "refused"
        return Outcome(ref, error=RecordRejected(
            f"Maximizer refused the communication: {error.text[:200]}",
            "See that Listloop's user may write interactions and notes.", code=code, detail=error.text,
        ))  # fmt: skip
    return Outcome(ref)


def _data(where: Place, one: Communication, key: str) -> Json:
    at = instant(seconds(one.at)) if one.at else None
    text = f"{one.text or one.title}\n[mc:{_mark(one)}]"
    if where.thing == "Note":
        return {where.above: key, "DateTime": at, where.text: f"{one.title}\n{text}" if one.text else text}
    return {
        where.above: key,
        "Subject": one.title[:255],
        where.text: text,
        "StartDate": at,
        "EndDate": at,
        **where.fixed,
    }


def _mark(one: Communication) -> str:
    return f"{one.campaign}:{one.kind}".replace("]", ")")


def _written(reader: Reader, where: Place, keys: list[str]) -> dict[tuple[Ident, str], Json]:
    """What these entries have of us already, by entry and mark."""
    scope = {"Key": KEY, where.above: KEY, where.text: 1}
    asked = {"$OR": [{where.above: {"$EQ": one}} for one in keys]}
    found = {}
    walk = Walk(reader.client, where.thing, scope, [asked], date=_dated(where), size=500)
    for rows, _ in walk.pages(0):
        for row in rows:
            ident = ident_of(pick(row, where.above))
            mark = _MARK.search(str(pick(row, where.text) or ""))
            if ident and mark:
                found[ident, mark[1]] = row
    return found


def _dated(where: Place) -> str:
    return "DateTime" if where.thing == "Note" else "StartDate"


def _gone() -> RecordRejected:
    return RecordRejected("This person is no longer in Maximizer.", "Nothing is to be done.", code="gone")


# --- opportunities -----------------------------------------------------------------------------------------------


def deals(reader: Reader, since: Cursor | None) -> Iterator[tuple[tuple[Deal, ...], Cursor]]:
    """Opportunities changed since, page by page; always at least one page."""
    at = _since(since)
    money = {"Value": 1, "CurrencyCode": 1}
    revenues = {name: dict(money) for name in ("CorporateRevenue", "ActualRevenue", "ForecastRevenue")}
    scope = {"AbEntryKey": KEY, "ContactKey": KEY, "Objective": 1, "Status": 1, "CloseDate": 1, **revenues}
    started, told = "", False
    for rows, top in Walk(reader.client, "Opportunity", scope, [], size=reader.size).pages(at):
        started, told = started or reader.client.last_date, True
        yield _deals(reader, rows), _text(top)
    now = seconds(started or reader.client.last_date) - OVERLAP
    if not told or now > at:
        yield (), _text(max(at, now))


def _deals(reader: Reader, rows: list[Json]) -> tuple[Deal, ...]:
    wanted = {ident for row in rows for name in ("AbEntryKey", "ContactKey") if (ident := ident_of(pick(row, name)))}
    entries: dict[Ident, Json] = {}
    for some in chunks(wanted, SOME):
        for row in reader.rows(some, {"Key": KEY, "Type": 1, "CompanyName": 1}):
            ident = ident_of(pick(row, "Key"))
            if ident:
                entries[ident] = row
    return tuple(deal for row in rows if (deal := _deal(row, entries)))


def _deal(row: Json, entries: dict[Ident, Json]) -> Deal | None:
    ident = ident_of(pick(row, "Key"))
    if ident is None:
        return None
    of = [one for name in ("ContactKey", "AbEntryKey") if (one := ident_of(pick(row, name))) in entries and one]
    people = [one for one in dict.fromkeys(of) if pick(entries[one], "Type") in PERSONS]
    stage = STATES.get(plain(pick(row, "Status")), plain(pick(row, "Status")))
    won = plain(pick(row, "CloseDate"))[:10] if stage == "won" else ""
    value, currency = _value(row)
    company = next((plain(pick(entries[one], "CompanyName")) for one in of), "")
    return Deal(
        written(ident), plain(pick(row, "Objective")), stage, value, currency, won,
        tuple(written(one) for one in people), company,
    )  # fmt: skip


def _value(row: Json) -> tuple[int, str]:
    """Cents, and the currency: what came in, else what was expected."""
    for name in ("ActualRevenue", "CorporateRevenue", "ForecastRevenue"):
        held: Any = pick(row, name)
        text = plain(held)
        try:
            if text and Decimal(text):
                return int((Decimal(text) * 100).to_integral_value()), str(pick(held, "CurrencyCode") or "")
        except InvalidOperation:
            continue
    return 0, str(pick(row, "ActualRevenue", "CurrencyCode") or "")


def _text(at: int) -> Cursor:
    return msgspec.json.encode({"deals": instant(max(at, 0))}).decode()


def _since(cursor: Cursor | None) -> int:
    try:
        return seconds(str(msgspec.json.decode(cursor)["deals"])) if cursor else 0
    except (msgspec.DecodeError, ValueError, KeyError, TypeError):
        return 0
