"""What changed since: by day from the server, then exactly by the times of its own rows.

A cursor is made of the server's times only. ``mark`` is the newest change seen; changes within five minutes before it
are read again, for others may be committed late. Records that were shown then and are the same now are left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from listloop.core.errors import NeedsAttention
from listloop.core.people import Key, Record
from listloop.core.side import Cursor, Page, Schema
from listloop.crm.sagecrm.asking import Asking
from listloop.crm.sagecrm.keys import lead_key
from listloop.crm.sagecrm.leads import NUMBER as LEAD
from listloop.crm.sagecrm.mails import PERSON
from listloop.crm.sagecrm.records import Reader
from listloop.crm.sagecrm.rows import moment, text, whole
from listloop.crm.sagecrm.soap import Soap

OVERLAP = timedelta(minutes=5)
PAGE = 200
REMEMBERED = 150
"""Records of the overlap whose looks are remembered in a cursor: it has 2,000 characters."""

_STAMPED = "pers_personid,pers_updateddate"
_STAMPS = (
    ("Company", "comp_companyid", "comp_updateddate", "pers_companyid"),
    ("Address", "addr_addressid", "addr_updateddate", "pers_primaryaddressid"),
)


@dataclass(slots=True)
class Mark:
    """A place in the changes. ``seen`` are looks of records; ``at`` the server's clock when ``mark`` was first seen.

    In mid-reading ``after`` is the last record given, ``low`` where this reading began. ``scope`` stands for who had
    consented at the last reading, and whether leads were read; ``next_scope`` for the same as this reading began.
    """

    mark: str = ""
    at: str = ""
    closed: bool = False
    seen: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    low: str = ""
    full: bool = False
    scope: str = ""
    next_scope: str = ""

    def text(self) -> Cursor:
        """As a cursor."""
        return json.dumps({name: value for name, value in asdict(self).items() if value}, separators=(",", ":"))


def read_back(cursor: Cursor) -> Mark:
    """The place. Raises ``NeedsAttention`` (code ``cursor-unreadable``) for what was never written by us."""
    try:
        return Mark(**json.loads(cursor))
    except (ValueError, TypeError):
        raise NeedsAttention(
            "The place up to which Sage CRM was read is not one of its own.",
            "Read the CRM in full once.",
            code="cursor-unreadable",
            detail=cursor[:200],
        ) from None


class Changes:
    """Readings of one side. ``page`` is the number of records of a page; ``soap`` tells who was deleted."""

    def __init__(self, asking: Asking, reader: Reader, page: int = PAGE, soap: Soap | None = None) -> None:
        self.asking, self.reader, self.page, self.soap = asking, reader, page, soap
        self.zone = reader.options.zone

    def read(self, schema: Schema, since: Cursor | None) -> Iterator[Page]:
        """All people (None), or those changed since; pages in the order of the last change of the person's row."""
        begun = read_back(since) if since else Mark(full=True)
        resumed = bool(begun.after)
        low = begun.low if resumed else _low(begun)
        full = begun.full if resumed else not begun.mark
        newest, stamps, left = self._everybody() if full else self._changed(low)
        scope = begun.next_scope or self._scope()
        if not full and scope != begun.scope:
            stamps |= self._everybody()[1]
        gone = {} if full else left | self._deleted(low)
        fixed = begun.mark if resumed else max(newest, begun.mark, *gone.values())
        order = sorted((stamp, key) for key, stamp in stamps.items() if key not in gone)
        if resumed:
            order = [one for one in order if one > (begun.after[0], begun.after[1])]
        place = replace(begun, mark=fixed, low=low, full=full, after=[], next_scope=scope)
        yield from self._pages(schema, begun, place, order, list(gone))

    def _scope(self) -> str:
        """What makes a difference to everybody though no row is touched."""
        return self.reader.consents.digest() + ("+leads" if self.reader.options.leads else "")

    def _deleted(self, low: str) -> dict[Key, str]:
        """Who was deleted after a time, with the time, where web services tell; those who are there again left out."""
        if self.soap is None:
            return {}
        found = {str(one.number): one.at for one in self.soap.deleted("person", low) if one.at > low}
        rows = self.asking.by_numbers("Person", "pers_personid", list(map(int, found)), "pers_personid")
        back = {text(row, "pers_personid") for row in rows}
        if self.reader.options.leads:
            found |= {lead_key(one.number): one.at for one in self.soap.deleted("lead", low) if one.at > low}
            back |= {lead_key(whole(row, LEAD)) for row in self.reader.leads.rows(list(found))}
        return {key: at for key, at in found.items() if key not in back}

    def _pages(
        self, schema: Schema, begun: Mark, place: Mark, order: list[tuple[str, Key]], gone: list[Key]
    ) -> Iterator[Page]:
        fixed, full = place.mark, place.full
        looks: dict[Key, str] = {key: f"-{key}" for key in gone}
        pieces = [order[at : at + self.page] for at in range(0, len(order), self.page)] or [[]]
        for number, some in enumerate(pieces, start=1):
            found = {one.record.key: one.record for one in self.reader.found(schema, [key for _, key in some])}
            records = [found[key] for _, key in some if key in found]
            new = [one for one in records if look(one) not in begun.seen]
            looks |= {one.key: look(one) for one in records if one.changed > _before(fixed) or not full}
            last = number == len(pieces)
            cursor = (
                self._final(place, begun.mark, list(looks.values())) if last else replace(place, after=list(some[-1]))
            )
            told = tuple(key for key in gone if f"-{key}" not in begun.seen) if last else ()
            yield Page(tuple(new), cursor.text(), last, gone=told, total=len(order))

    def _final(self, place: Mark, before: str, looks: list[str]) -> Mark:
        now, mark = self.asking.client.last_date, place.mark
        at = place.at if mark == before and place.at else now
        # Whatever carries a time up to the mark was committed by now, if that long ago the mark was seen first.
        closed = bool(at) and bool(now) and _later(at) <= now and mark == before
        return Mark(mark, at, closed, looks if len(looks) <= REMEMBERED else [], scope=place.next_scope)

    def _everybody(self) -> tuple[str, dict[Key, str], dict[Key, str]]:
        """The newest change, and the last one of every person and lead, by key; of nobody who left."""
        rows = self.asking.everything("Person", "pers_personid", _STAMPED)
        stamps = {text(row, "pers_personid"): moment(row.get("pers_updateddate"), self.zone) for row in rows}
        stamps |= self.reader.leads.stamps()[0]
        return max(stamps.values(), default=""), stamps, {}

    def _changed(self, low: str) -> tuple[str, dict[Key, str], dict[Key, str]]:
        """The newest change; who changed after ``low``, by key; and which leads became people since."""
        newest, people = self._people_changed(low)
        leads, left = self.reader.leads.stamps(low)
        stamps = {str(number): at for number, at in people.items()}
        stamps |= {key: at for key, at in leads.items() if at > low}
        return max(newest, "", *leads.values(), *left.values()), stamps, {k: at for k, at in left.items() if at > low}

    def _people_changed(self, low: str) -> tuple[str, dict[int, str]]:
        """People whose row, address, company or place changed after ``low``, with the time of their own row."""
        newest, stamps = "", {}
        wanted: set[int] = set()
        emails: set[int] = set()
        for row in self.asking.since("Person", "pers_personid", "pers_updateddate", low, _STAMPED):
            stamp = moment(row.get("pers_updateddate"), self.zone)
            newest = max(newest, stamp)
            if stamp > low:
                stamps[whole(row, "pers_personid")] = stamp
        for resource, number, told in self.reader.mails.changed(low):
            stamp = moment(told, self.zone)
            newest = max(newest, stamp)
            if stamp > low:
                (emails if resource == "Email" else wanted).add(number)
        wanted |= self.reader.mails.holders(emails) if emails else set()
        if self.reader.phones.are_shown():
            wanted |= self._phones_changed(low)
        for resource, key, column, link in _STAMPS:
            rows = self.asking.since(resource, key, column, low, f"{key},{column}")
            changed = {whole(row, key): moment(row.get(column), self.zone) for row in rows}
            newest = max(newest, *changed.values(), "")
            moved = {number for number, stamp in changed.items() if stamp > low}
            for row in self.asking.by_numbers("Person", link, moved, "pers_personid"):
                wanted.add(whole(row, "pers_personid"))
        missing = wanted - stamps.keys()
        for row in self.asking.by_numbers("Person", "pers_personid", missing, _STAMPED):
            stamps[whole(row, "pers_personid")] = moment(row.get("pers_updateddate"), self.zone)
        return newest, stamps

    def _phones_changed(self, low: str) -> set[int]:
        """Whose phones changed; they move no mark, so that a change in the last minutes may be shown twice."""
        stamp = "phon_updateddate"
        rows = self.asking.since("Phone", "phon_phoneid", stamp, low, f"phon_phoneid,{stamp}")
        moved = {whole(row, "phon_phoneid") for row in rows if moment(row.get(stamp), self.zone) > low}
        links = self.asking.by_numbers(
            "PhoneLink", "plink_phoneid", moved, "plink_linkid,plink_entityid,plink_recordid"
        )
        return {whole(row, "plink_recordid") for row in links if whole(row, "plink_entityid") == PERSON}

    def keys(self) -> Iterator[Key]:
        """The key of every person, and of every lead."""
        for row in self.asking.everything("Person", "pers_personid", "pers_personid"):
            yield text(row, "pers_personid")
        yield from self.reader.leads.stamps()[0]


def look(record: Record) -> str:
    """What tells two looks of a record apart, in eight characters."""
    person = record.person
    told = [record.key, record.changed, person.email, sorted(person.fields.items()), person.consent, record.takes_part]
    return hashlib.blake2b(json.dumps([*told, record.mailchimp_id, record.emails]).encode(), digest_size=4).hexdigest()


def _low(mark: Mark) -> str:
    """After which time changes are read: the mark itself where nothing can come late any more."""
    return mark.mark if mark.closed or not mark.mark else _before(mark.mark)


def _before(mark: str) -> str:
    return _moved(mark, -OVERLAP)


def _later(mark: str) -> str:
    return _moved(mark, OVERLAP)


def _moved(mark: str, by: timedelta) -> str:
    return (datetime.fromisoformat(mark) + by).strftime("%Y-%m-%dT%H:%M:%SZ") if mark else ""
