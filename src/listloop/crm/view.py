"""A CRM seen with what a connection's rules say of it, beside what its adapter shows.

Whole addresses: a CRM that keeps street, city and zip apart shows them as one field besides, named ``parts:`` and
which field is which. Lists: each choice of a field with many is shown as a label besides, named ``choice:``. Older
IDs: a field in which an earlier connector kept Mailchimp's ID is shown as such, and never written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from listloop.core.abilities import DealNote, DropsChoices, FillsGroups, NotesDeals, unknown_deal_field
from listloop.core.addresses import PARTS, address, parts_of
from listloop.core.errors import RecordRejected
from listloop.core.fields import CHOICE, choice_label, choice_named, choices, chosen
from listloop.core.people import Key, Patch, Person, Record
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
    lists = tuple({choice_named(one.crm.name)[0]: None for one in rules.labels if one.crm.name.startswith(CHOICE)})
    return View(crm, rules.older_id, wholes, lists) if rules.older_id or wholes or lists else crm


@dataclass(frozen=True, slots=True)
class View:
    """A CRM with older IDs (from the field ``older_id``), whole addresses (fields named by ``whole_name``), and lists
    (names of fields) whose choices are labels; None: all lists.
    """

    crm: Crm
    older_id: str = ""
    wholes: tuple[str, ...] = ()
    lists: tuple[str, ...] | None = ()

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
        lists = [one for one in known.fields if one.type is FieldType.CHOICES and self._is_list(one.name)]
        labels = (choice_label(one, choice) for one in lists for choice in one.choices)
        return Schema(tuple(fields), (*known.labels, *labels))

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
        """As the CRM; whole addresses are not to be made, and choices are made in their lists."""
        fields = [one for one in schema.fields if not one.name.startswith(WHOLE)]
        known = self.crm.schema()
        for label in schema.labels:
            name, choice = choice_named(label.name)
            there = known.field(name)
            if there is not None:
                fields.append(replace(there, choices=(choice,)))
        labels = tuple(one for one in schema.labels if not one.name.startswith(CHOICE))
        self.crm.prepare(Schema(tuple(fields), labels))

    def drop_choice(self, field: str, choice: str) -> None:
        """As the CRM, where it can."""
        if isinstance(self.crm, DropsChoices):
            self.crm.drop_choice(field, choice)

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """As the CRM, with whole addresses in their parts, and choices added to what the lists hold now."""
        theirs = [one for one in changes if self.older_id and self.older_id in one.patch.fields]
        yield from (Outcome(one.ref, error=_not_ours()) for one in theirs)
        ours = [one for one in changes if one not in theirs] if theirs else changes
        marked = {one.key for one in ours if one.key and _has_choices(one.patch)}
        now = {one.key: one.person for one in self.crm.fetch(marked)} if marked else {}
        asked = [replace(one, patch=self._asked(one.patch, now.get(one.key or "", Person()))) for one in ours]
        for one in self.crm.write(asked):
            yield replace(one, record=self._shown(one.record)) if one.record else one

    def erase(self, keys: Collection[Key]) -> None:
        """As the CRM."""
        self.crm.erase(keys)

    def append(self, communications: Sequence[Communication]) -> Iterator[Outcome]:
        """As the CRM."""
        return self.crm.append(communications)

    def deals(self, since: Cursor | None) -> Iterator[tuple[tuple[Deal, ...], Cursor]]:
        """As the CRM."""
        return self.crm.deals(since)

    def deal_fields(self) -> Sequence[Field]:
        """As the CRM, where it can."""
        return self.crm.deal_fields() if isinstance(self.crm, NotesDeals) else ()

    def note_deals(self, field: str, notes: Sequence[DealNote]) -> Iterator[Outcome]:
        """As the CRM, where it can."""
        if not isinstance(self.crm, NotesDeals):
            raise unknown_deal_field(field)
        return self.crm.note_deals(field, notes)

    def groups(self) -> Iterator[Group]:
        """As the CRM."""
        return self.crm.groups()

    def group(self, key: Key) -> Iterator[Key]:
        """As the CRM."""
        return self.crm.group(key)

    def change_group(self, key: Key, add: Collection[Key], remove: Collection[Key]) -> None:
        """As the CRM, where it can."""
        if isinstance(self.crm, FillsGroups):
            self.crm.change_group(key, add, remove)

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
        marked = {f"{CHOICE}{name}={one}" for name in fields if self._is_list(name) for one in chosen(fields[name])}
        person = replace(record.person, fields=fields, labels=record.person.labels | marked)
        return replace(record, person=person, older_ids=(*record.older_ids, *ids))

    def _is_list(self, name: str) -> bool:
        return self.lists is None or name in self.lists

    def _asked(self, patch: Patch, now: Person) -> Patch:
        fields = {name: value for name, value in patch.fields.items() if name not in self.wholes}
        for name in self.wholes:
            if name in patch.fields:
                there = parts_of(patch.fields[name])
                fields |= {one: there.get(part, "") for part, one in parts_named(name).items()}
        add, remove = _by_list(patch.add), _by_list(patch.remove)
        for name in (add.keys() | remove.keys()) - {""}:
            has = set(chosen(fields.get(name, now.fields.get(name, ""))))
            fields[name] = choices((has | add.get(name, set())) - remove.get(name, set()))
        return replace(patch, fields=fields, add=frozenset(add.get("", ())), remove=frozenset(remove.get("", ())))


def _by_list(labels: Collection[str]) -> dict[str, set[str]]:
    """Choices by their lists; under "" the names of all other labels."""
    found: dict[str, set[str]] = {}
    for label in labels:
        name, choice = choice_named(label)
        found.setdefault(name, set()).add(choice if name else label)
    return found


def _has_choices(patch: Patch) -> bool:
    return any(one.startswith(CHOICE) for one in patch.add | patch.remove)


def _not_ours() -> RecordRejected:
    return RecordRejected(
        "The field with an earlier connector's ID stays as it is.",
        "Take it out of the mapping.",
        code="read-only-field",
    )


_LONGEST = 64
"""Characters of the longest ID that is looked for: twice what Mailchimp's longest has."""
