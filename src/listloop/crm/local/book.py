"""What people do in the built-in CRM by hand: the pages, the command line, the demo and the tests call this."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from listloop.core.errors import RecordRejected
from listloop.core.people import Consent, Key, Origin, Patch, Record
from listloop.core.side import Change, Deal, Field, Group, Schema
from listloop.crm.local import companies, definitions, facts, feed, groups, records, tables, writing
from listloop.crm.local.companies import name_key
from listloop.crm.local.drafts import Hand
from listloop.crm.local.opening import Place
from listloop.crm.local.side import now_in_utc
from listloop.crm.local.tables import members, people
from listloop.crm.local.values import PREFIX, check_known, fields_of


class Book:
    """A person's hand in one book. ``user`` is that person's name: it stands beside every consent set here.

    Everything that is refused raises ``RecordRejected``, and then nothing was written.
    """

    def __init__(self, place: Place, user: str = "", clock: Callable[[], datetime] = now_in_utc) -> None:
        self.place = place
        self.user = user
        self.clock = clock

    def people(self, search: str = "", limit: int = 100, offset: int = 0) -> list[Record]:
        """People by last name whose name, address or company has ``search`` in it."""
        spots = (people.c.first_name, people.c.last_name, people.c.address, tables.companies.c.name)
        wanted = records.select_people(self.place.book)
        if search.strip():
            wanted = wanted.where(or_(*(spot.icontains(search.strip(), autoescape=True) for spot in spots)))
        wanted = wanted.order_by(people.c.last_name, people.c.first_name, people.c.id)
        with self.place.read() as connection:
            rows = connection.execute(wanted.limit(limit).offset(offset)).all()
            return records.records_of(connection, self.place.book, rows)

    def person(self, key: Key) -> Record | None:
        """One person, or None."""
        return next(records.fetch(self.place, [key]), None)

    def count(self) -> int:
        """How many people the book has."""
        wanted = select(func.count()).select_from(people).where(people.c.book_id == self.place.book)
        with self.place.read() as connection:
            return int(connection.execute(wanted).scalar_one())

    def add_person(
        self,
        fields: Mapping[str, str],
        email: str = "",
        takes_part: bool | None = None,
        groups: Collection[Key] = (),
    ) -> Key:
        """A new person; a Contact where ``fields`` has a company, which is found by its name or made."""
        labels = frozenset(f"group:{key}" for key in groups)
        return self._write(None, Patch(email=email, fields=fields, takes_part=takes_part, add=labels)).key

    def edit_person(self, key: Key, fields: Mapping[str, str] | None = None, email: str | None = None) -> Record:
        """Set fields ("" clears) and the address; the record as it is then."""
        return self._write(key, Patch(email=email, fields=fields or {}))

    def delete_people(self, keys: Collection[Key]) -> int:
        """Remove people for good, with what was written to them; how many there were."""
        return writing.remove(self.place, records.ids_of(keys))

    def consent(self, key: Key, consent: Consent, by_the_person: bool = False) -> Record:
        """Note what a person agreed to; ``by_the_person`` where it was the person's own word, not the user's guess."""
        origin = Origin.PERSON if by_the_person else Origin.CRM
        return self._write(key, Patch(consent=consent), origin)

    def opt_out(self, key: Key, by_the_person: bool = False) -> Record:
        """Nobody may mail this person any more."""
        return self.consent(key, Consent.UNSUBSCRIBED, by_the_person)

    def _write(self, key: Key | None, patch: Patch, origin: Origin = Origin.CRM) -> Record:
        hand = Hand(self.user, origin, shares_addresses=True)
        (outcome,) = writing.write_chunk(self.place, [Change("hand", key, patch)], self.clock(), hand)
        if outcome.record is None:
            raise outcome.error or RecordRejected("Nothing was written.")
        return outcome.record

    def flag(
        self,
        value: bool | None,
        *,
        keys: Collection[Key] | None = None,
        group: Key | None = None,
        where: Mapping[str, str] | None = None,
        everybody: bool = False,
    ) -> int:
        """Set *Sync with Mailchimp* (None: blank) of everybody who meets all that is given; how many changed.

        ``where`` compares fields by their texts, in upper or lower case. Without any condition nobody is flagged,
        unless ``everybody`` says that all are meant.
        """
        differs = people.c.sync_with_mailchimp.is_distinct_from(value)
        now = self.clock()
        with self.place.write() as connection:
            chosen = self._chosen(fields_of(connection, self.place.book), group, where or {})
            if keys is None:
                whom = [and_(differs, *chosen)] if chosen or everybody else []
            else:
                some = records.chunks(records.ids_of(keys))
                whom = [and_(differs, *chosen, people.c.id.in_(ids)) for ids in some]
            book = self.place.book
            return sum(feed.rewrite(connection, book, one, now, sync_with_mailchimp=value) for one in whom)

    def _chosen(
        self, fields: Mapping[str, Field], group: Key | None, where: Mapping[str, str]
    ) -> list[ColumnElement[bool]]:
        check_known(where, fields)
        chosen: list[ColumnElement[bool]] = []
        if group is not None:
            inside = select(members.c.person_id).where(members.c.group_id == groups.number(self.place, group))
            chosen.append(people.c.id.in_(inside))
        chosen += [_equals(name, value) for name, value in where.items()]
        return chosen

    def add_company(self, name: str, fields: Mapping[str, str] | None = None) -> Key:
        """A new company; of ``companies.FIELDS`` the others than its name may be told."""
        return companies.add(self.place, {**(fields or {}), "name": name}, self.clock())

    def edit_company(self, key: Key, fields: Mapping[str, str]) -> None:
        """Set fields of a company; another ``name`` is another company value of all its contacts."""
        companies.edit(self.place, key, fields, self.clock())

    def delete_company(self, key: Key) -> None:
        """Remove a company; its contacts stay, as Individuals."""
        companies.remove(self.place, key, self.clock())

    def companies(self, search: str = "", limit: int = 100, offset: int = 0) -> list[dict[str, str]]:
        """Companies by name, each with its ``key`` and its fields."""
        return companies.listed(self.place, search, limit, offset)

    def groups(self) -> list[Group]:
        """The groups, oldest first."""
        return groups.listed(self.place)

    def make_group(self, title: str, keys: Collection[Key] = ()) -> Group:
        """A new group with these people."""
        return groups.make(self.place, title, keys, self.clock())

    def add_to_group(self, group: Key, keys: Collection[Key]) -> int:
        """Put people into a group; how many were not in it."""
        return groups.add(self.place, group, keys, self.clock())

    def remove_from_group(self, group: Key, keys: Collection[Key]) -> int:
        """Take people out of a group; how many were in it."""
        return groups.remove(self.place, group, keys, self.clock())

    def rename_group(self, group: Key, title: str) -> None:
        """Give a group another name; its key, and so its mapping, stays."""
        groups.rename(self.place, group, title)

    def delete_group(self, group: Key) -> None:
        """Remove a group; its people stay."""
        groups.drop(self.place, group, self.clock())

    def fields(self) -> list[Field]:
        """The fields, fixed and custom."""
        with self.place.read() as connection:
            return list(fields_of(connection, self.place.book).values())

    def add_field(self, field: Field) -> None:
        """A new custom field, named ``custom:<name>``. Raises ``NeedsAttention`` where it can't be made."""
        definitions.prepare(self.place, Schema((field,)), self.clock())

    def set_choices(self, name: str, choices: Sequence[str]) -> None:
        """Give a custom list these choices. Raises ``NeedsAttention`` where it can't have them."""
        definitions.set_choices(self.place, name, choices)

    def save_deal(self, deal: Deal) -> Key:
        """Write a deal: a new one where its key is "", else all of the one with that key."""
        return facts.save_deal(self.place, deal, self.clock())


def _equals(name: str, value: str) -> ColumnElement[bool]:
    if name == "company":
        same = select(tables.companies.c.id).where(tables.companies.c.name_key == name_key(value))
        return people.c.company_id.in_(same) if value.strip() else people.c.company_id.is_(None)
    if name.startswith(PREFIX):
        stored = people.c.custom[name.removeprefix(PREFIX)].as_string()
        return func.lower(func.coalesce(stored, "")) == func.lower(value)
    return func.lower(people.c[name]) == func.lower(value)
