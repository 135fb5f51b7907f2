"""A CRM in memory: Individuals and Contacts, companies by name, groups, communications, deals."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from listloop.core.abilities import DealNote, note_refused, unknown_deal_field
from listloop.core.people import Consent, Key, Patch, Record, company_key
from listloop.core.side import (
    Capabilities,
    Communication,
    Cursor,
    Deal,
    Field,
    FieldType,
    Group,
    Label,
    LabelKind,
    Outcome,
    Schema,
)
from listloop.testing.memory.base import MemorySide
from listloop.testing.memory.values import refused

CRM = Capabilities(
    consents=frozenset({Consent.UNKNOWN, Consent.SUBSCRIBED, Consent.UNSUBSCRIBED, Consent.CLEANED}),
    companies=True,
    deletions=True,
    appends=True,
    rewrites=True,
    deals=True,
    groups=True,
)
"""What ``MemoryCrm`` can do unless told otherwise: give it ``replace(CRM, deletions=False)`` to take something away."""


@dataclass
class MemoryCrm(MemorySide):
    """A CRM in memory. Several records may have the same address; a record with a company is a Contact of it."""

    can: Capabilities = CRM
    prefix: str = "p"
    name_fields: tuple[str, ...] = ("First", "Last")
    companies: dict[str, Key] = field(default_factory=dict)
    communications: dict[str, Communication] = field(default_factory=dict)
    deal_notes: dict[Key, str] = field(default_factory=dict)
    _deals: dict[Key, tuple[str, Deal]] = field(default_factory=dict)

    def append(self, communications: Sequence[Communication]) -> Iterator[Outcome]:
        """Write communications, each once."""
        for one in communications:
            ref = f"{one.campaign}|{one.key}|{one.kind}"
            record = self._records.get(one.key)
            if record is None:
                yield Outcome(ref, error=refused(one.key, "there is no such record", "unknown-record"))
            else:
                if self.can.rewrites or ref not in self.communications:
                    self.communications[ref] = one
                yield Outcome(ref, self._shown(record))

    def deals(self, since: Cursor | None) -> Iterator[tuple[tuple[Deal, ...], Cursor]]:
        """Deals by the time of their last change, page by page."""
        cursor = since or ""
        waiting = sorted((at, key) for key, (at, _) in self._deals.items() if at >= cursor)
        for start in range(0, max(len(waiting), 1), self.page_size):
            part = waiting[start : start + self.page_size]
            cursor = part[-1][0] if part else cursor
            yield tuple(self._deals[key][1] for _, key in part), cursor

    def deal_fields(self) -> Sequence[Field]:
        """One field, “Campaign”."""
        return (Field("campaign", "Campaign", max_chars=100),)

    def note_deals(self, field: str, notes: Sequence[DealNote]) -> Iterator[Outcome]:
        """Write texts into the field of deals that is empty or ours."""
        if field != "campaign":
            raise unknown_deal_field(field)
        for one in notes:
            error = note_refused(one, self.deal_notes.get(one.key, "") if one.key in self._deals else None)
            if error is None:
                self.deal_notes[one.key] = one.text
            yield Outcome(one.key, error=error)

    def groups(self) -> Iterator[Group]:
        """The groups, which are the labels of that kind."""
        for one in self.fields.labels:
            if one.kind is LabelKind.GROUP:
                yield Group(one.name, one.title, len(list(self.group(one.name))))

    def group(self, key: Key) -> Iterator[Key]:
        """The keys of the people in a group."""
        yield from (one.key for one in self.records() if key in one.person.labels)

    def make_group(self, title: str, keys: Collection[Key]) -> Group:
        """A new group with these people; keys that don't exist are left out."""
        made = Label(f"g{len(self.fields.labels) + 1:04d}", title, LabelKind.GROUP)
        self.fields = Schema(self.fields.fields, (*self.fields.labels, made))
        members = [key for key in dict.fromkeys(keys) if key in self._records]
        for key in members:
            self.edit(key, labels=self._records[key].person.labels | {made.name})
        return Group(made.name, title, len(members))

    def change_group(self, key: Key, add: Collection[Key], remove: Collection[Key]) -> None:
        """Put people into a group, and take some out."""
        for one in {*add, *remove} & self._records.keys():
            labels = self._records[one].person.labels
            self.edit(one, labels=labels | {key} if one in add else labels - {key})

    def url(self, key: Key) -> str:
        """A made-up address; "" for a record that is not there."""
        return f"https://crm.example/people/{key}" if key in self._records else ""

    # --- hands -------------------------------------------------------------------------------------------------

    def flag(self, key: Key, takes_part: bool | None) -> Record:
        """A user sets *Sync with Mailchimp* to yes, no, or blank."""
        return self.edit(key, takes_part=takes_part)

    def opt_out(self, key: Key) -> Record:
        """A user notes that this person wants no mail."""
        return self.edit(key, consent=Consent.UNSUBSCRIBED)

    def opt_in(self, key: Key) -> Record:
        """A user notes that this person agreed to mail, or that the opt-out was a mistake."""
        return self.edit(key, consent=Consent.SUBSCRIBED)

    def add_address(self, key: Key, email: str) -> bool:
        """A user notes a further address of a person."""
        self.edit(key, emails=(*self._records[key].emails, email))
        return True

    def close_deal(self, deal: Deal) -> None:
        """A user saves an opportunity."""
        self._deals[deal.key] = (self._time(), deal)

    # --- the rules of this CRM ---------------------------------------------------------------------------------

    def _edited(self, record: Record, patch: Patch) -> Record:
        if patch.consent is not None and patch.consent not in self.can.consents:
            raise refused(record.email or record.key, f"this CRM can't store {patch.consent}", "consent-unknown")
        return super()._edited(record, patch)

    def _completed(self, record: Record) -> Record:
        name = next((one.name for one in self.fields.fields if one.type is FieldType.COMPANY), "")
        company = record.person.fields.get(name, "").strip()
        if not company:
            return replace(record, kind="Individual")
        there = {company_key(one): one for one in self.companies}
        known = there.get(company_key(company), company)
        self.companies.setdefault(known, f"c{len(self.companies) + 1:04d}")
        person = replace(record.person, fields={**record.person.fields, name: known})
        return replace(record, kind="Contact", person=person)
