"""A CRM seen with what a connection's rules say of it, beside what its adapter shows.

Whole addresses: a CRM that keeps street, city and zip apart shows them as one field besides, named ``parts:`` and
which field is which. Older IDs: a field in which an earlier connector kept Mailchimp's ID is shown as such, and never
written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from listloop.core.addresses import PARTS, address, parts_of
from listloop.core.people import Key, Patch, Record
from listloop.core.rules import Rules
from listloop.core.side import (
    Capabilities,
    Change,
    Communication,
    Crm,
    Cursor,
    Deal,
    Field,
    FieldType,
    Group,
    Health,
    Outcome,
    Page,
    Schema,
)

WHOLE = "parts:"


def whole_name(parts: Mapping[str, str]) -> str:
    """The name of the field that shows these parts (of an address -> fields of the CRM) as one."""
    return WHOLE + ";".join(f"{part}={parts[part]}" for part in PARTS if part in parts)


def parts_named(name: str) -> dict[str, str]:
    """The fields of the CRM behind a whole address, by the part that each is; none for any other field."""
    return dict(one.split("=", 1) for one in name.removeprefix(WHOLE).split(";")) if name.startswith(WHOLE) else {}


def seen_by(crm: Crm, rules: Rules) -> Crm:
    """The CRM as these rules see it."""
    wholes = tuple(row.crm.name for row in rules.rows if row.crm.name.startswith(WHOLE))
    return View(crm, rules.older_id, wholes) if rules.older_id or wholes else crm


@dataclass(frozen=True, slots=True)
class View:
    """A CRM with older IDs (from the field ``older_id``) and whole addresses (fields named by ``whole_name``)."""

    crm: Crm
    older_id: str = ""
    wholes: tuple[str, ...] = field(default=())

    @property
    def can(self) -> Capabilities:
        """What the CRM can do."""
        return self.crm.can

    def check(self) -> Health:
        """As the CRM."""
        return self.crm.check()

    def schema(self) -> Schema:
        """The CRM's, with its whole addresses; the field of the older ID can't be written."""
        known = self.crm.schema()
        fields = [replace(one, writable=one.writable and one.name != self.older_id) for one in known.fields]
        for name in self.wholes:
            parts = parts_named(name)
            there = [known.field(one) for one in parts.values()]
            if all(there):
                title = ", ".join(one.title for one in there if one)
                writable = all(one.writable for one in there if one)
                fields.append(Field(name, title, FieldType.ADDRESS, writable=writable, parts=tuple(parts)))
        return Schema(tuple(fields), known.labels)

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        """As the CRM."""
        for page in self.crm.changes(since):
            yield replace(page, records=tuple(map(self._shown, page.records)))

    def keys(self) -> Iterator[Key]:
        """As the CRM."""
        return self.crm.keys()

    def fetch(self, keys: Collection[Key]) -> Iterator[Record]:
        """As the CRM."""
        return map(self._shown, self.crm.fetch(keys))

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        """As the CRM."""
        return map(self._shown, self.crm.find(emails, mailchimp_ids))

    def prepare(self, schema: Schema) -> None:
        """As the CRM; whole addresses are not to be made."""
        fields = tuple(one for one in schema.fields if not one.name.startswith(WHOLE))
        self.crm.prepare(Schema(fields, schema.labels))

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """As the CRM, with whole addresses in their parts."""
        for one in self.crm.write([replace(change, patch=self._asked(change.patch)) for change in changes]):
            yield replace(one, record=self._shown(one.record)) if one.record else one

    def append(self, communications: Sequence[Communication]) -> Iterator[Outcome]:
        """As the CRM."""
        return self.crm.append(communications)

    def deals(self, since: Cursor | None) -> Iterator[tuple[tuple[Deal, ...], Cursor]]:
        """As the CRM."""
        return self.crm.deals(since)

    def groups(self) -> Iterator[Group]:
        """As the CRM."""
        return self.crm.groups()

    def group(self, key: Key) -> Iterator[Key]:
        """As the CRM."""
        return self.crm.group(key)

    def make_group(self, title: str, keys: Collection[Key]) -> Group:
        """As the CRM."""
        return self.crm.make_group(title, keys)

    def url(self, key: Key) -> str:
        """As the CRM."""
        return self.crm.url(key)

    def close(self) -> None:
        """As the CRM."""
        self.crm.close()

    def _shown(self, record: Record) -> Record:
        fields = dict(record.person.fields)
        theirs = fields.get(self.older_id, "").strip() if self.older_id else ""
        for name in self.wholes:
            parts = parts_named(name)
            if all(one in fields for one in parts.values()):
                fields[name] = address({part: fields[one] for part, one in parts.items()})
        ids = (theirs,) if 0 < len(theirs) <= _LONGEST else ()
        return replace(record, person=replace(record.person, fields=fields), older_ids=(*record.older_ids, *ids))

    def _asked(self, patch: Patch) -> Patch:
        fields = {name: value for name, value in patch.fields.items() if name not in self.wholes}
        for name in self.wholes:
            if name in patch.fields:
                there = parts_of(patch.fields[name])
                fields |= {one: there.get(part, "") for part, one in parts_named(name).items()}
        return replace(patch, fields=fields)


_LONGEST = 64
"""Characters of the longest ID that is looked for: twice what Mailchimp's longest has."""
