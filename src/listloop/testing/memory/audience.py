"""An audience in memory: one member per address, and Mailchimp's rules of who may be mailed.

The rules are those of the Mailchimp Marketing API reference (lists/members) and of its observed refusals. What is not
documented is a named switch of ``MemoryAudience``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from listloop.core.abilities import Seat, Segment
from listloop.core.facts import Campaign, Event, Happening, Kind, Mail, Response, response, total
from listloop.core.people import Consent, Key, Origin, Patch, Record, Value, address_key
from listloop.core.side import Act, Capabilities, Cursor, Label
from listloop.testing.memory.base import MemorySide
from listloop.testing.memory.values import refused

AUDIENCE = Capabilities(archives=True, events=True)
"""What ``MemoryAudience`` can do."""

_NO = frozenset({Consent.UNSUBSCRIBED, Consent.CLEANED})
_BY_THE_PERSON = frozenset({Origin.PERSON, Origin.COMPLAINT})


@dataclass
class MemoryAudience(MemorySide):
    """An audience in memory; a member's key is its ``contact_id`` and survives a change of address.

    ``hides_archived``: an archived member shows no consent in readings, as Mailchimp's status *archived* hides it.
    ``fixed_address``: the consents under which Mailchimp refuses another address. ``double_opt_in``: who signs up is
    pending until the confirmation.
    """

    can: Capabilities = AUDIENCE
    prefix: str = "m"
    name_fields: tuple[str, ...] = ("FNAME", "LNAME")
    hides_archived: bool = True
    fixed_address: frozenset[Consent] = frozenset({Consent.CLEANED, Consent.UNSUBSCRIBED})
    double_opt_in: bool = False
    sent: list[Campaign] = field(default_factory=list)
    facts: list[Event] = field(default_factory=list)
    made_segments: dict[str, tuple[str, set[str]]] = field(default_factory=dict)
    _acts: dict[Key, list[Act]] = field(default_factory=dict)
    _forgotten: set[str] = field(default_factory=set)
    _marks: list[str] = field(default_factory=list)

    def acts(self, key: Key) -> Sequence[Act]:
        """Who opted this member in and out, oldest first; nothing for a member that is not there."""
        return tuple(self._acts.get(key, ())) if key in self._records else ()

    def marks(self) -> Sequence[str]:
        """The marks that were left here."""
        return tuple(self._marks)

    def leave_mark(self, mark: str) -> None:
        """Leave a mark."""
        self._marks.append(mark)

    def campaigns(self) -> Iterator[Campaign]:
        """The campaigns, newest first, with the sums of what came of them."""
        for one in reversed(self.sent):
            yield replace(one, sums=total(self._responses(one.key)))

    def _responses(self, campaign: Key) -> Iterator[Response]:
        found: dict[str, list[Happening]] = {}
        for one in self.facts:
            if one.campaign == campaign:
                events = found.setdefault(one.email, [])
                if one.kind != Kind.SENT:
                    events.append(Happening(Kind(one.kind), datetime.fromisoformat(one.at), one.detail, one.machine))
        return map(response, found.values())

    def events(
        self, campaign: Campaign, since: str = "", cursor: Cursor = ""
    ) -> Iterator[tuple[tuple[Event, ...], Cursor]]:
        """What came of a campaign in the order in which it came; the cursor counts it."""
        facts = [one for one in self.facts if one.campaign == campaign.key]
        start = int(cursor or 0)
        while True:
            part = facts[start : start + self.page_size]
            start += len(part)
            last = start >= len(facts)
            yield tuple(one for one in part if one.kind == Kind.SENT or one.at >= since), "" if last else str(start)
            if last:
                return

    def mail(self, campaign: Campaign) -> Mail:
        """Its title, as a mail."""
        return Mail(f"<h1>{campaign.title}</h1>")

    def clock_there(self) -> str:
        """The clock of the side."""
        return self.now().isoformat(timespec="seconds")

    def segments(self) -> Sequence[Segment]:
        """The static segments that were made."""
        return tuple(Segment(key, title, members=len(inside)) for key, (title, inside) in self.made_segments.items())

    def seats(self, segment: str) -> Iterator[Seat]:
        """Everybody in a segment."""
        for one in self.records():
            if address_key(one.email) in self.made_segments[segment][1]:
                yield Seat(one.key, one.person.consent, one.takes_part is not False)

    def make_segment(self, title: str, emails: Sequence[str]) -> Segment:
        """A new static segment; its title is nobody else's."""
        if any(title == known for known, _ in self.made_segments.values()):
            raise refused(title, "there is a segment of this name", "invalid-value")
        key = str(len(self.made_segments) + 1)
        self.made_segments[key] = (title, set())
        self.change_segment(key, emails, ())
        return Segment(key, title, members=len(self.made_segments[key][1]))

    def change_segment(self, segment: str, add: Sequence[str], remove: Sequence[str]) -> int:
        """Who is no subscribed member is left out."""
        _, inside = self.made_segments[segment]
        mailable = {address_key(one.email) for one in self.records() if one.person.consent is Consent.SUBSCRIBED}
        new = {address_key(one) for one in add} & mailable - inside
        inside |= new
        inside -= {address_key(one) for one in remove}
        return len(new)

    def group_segment(self, label: Label, title: str) -> Segment:
        """Whoever has that label now."""
        return self.make_segment(title, [one.email for one in self.records() if label.name in one.person.labels])

    # --- hands -------------------------------------------------------------------------------------------------

    def unsubscribe(self, key: Key, origin: Origin = Origin.PERSON) -> Record:
        """The person uses the unsubscribe link, complains (COMPLAINT), or an administrator does it (ADMIN)."""
        return self._said(key, Consent.UNSUBSCRIBED, origin)

    def confirm(self, key: Key) -> Record:
        """The person clicks the link of the confirmation mail."""
        return self._said(key, Consent.SUBSCRIBED, Origin.PERSON)

    def sign_up(self, email: str, values: Mapping[str, Value] | None = None) -> Record:
        """The person fills in the audience's form, anew or again: it lifts everything, a forgotten address too."""
        self._forgotten.discard(address_key(email))
        key = next(iter(self._addresses.get(address_key(email), ())), None) or self.add(email)
        member = self.edit(key, values, takes_part=True)
        asks = self.double_opt_in and member.person.consent is not Consent.SUBSCRIBED
        return self._said(key, Consent.PENDING if asks else Consent.SUBSCRIBED, Origin.PERSON)

    def clean(self, key: Key) -> Record:
        """Mail to this address bounced for good."""
        return self._said(key, Consent.CLEANED, Origin.UNKNOWN)

    def archive(self, key: Key) -> Record:
        """A user archives a member."""
        return self.edit(key, takes_part=False)

    def unarchive(self, key: Key) -> Record:
        """A user brings a member back from the archive, with the consent from before."""
        return self.edit(key, takes_part=True)

    def delete(self, key: Key) -> None:
        """A user deletes a member for good: only the person's own sign-up brings the address back."""
        self._forgotten.add(address_key(self._records[key].email))
        super().delete(key)
        self._acts.pop(key, None)

    def _said(self, key: Key, consent: Consent, origin: Origin) -> Record:
        old = self._records[key]
        self._acts.setdefault(key, []).append(Act(self._time(), consent, origin))
        said_no = consent in _NO
        person = replace(old.person, consent=consent)
        return self._put(replace(old, person=person, origin=origin if said_no else Origin.UNKNOWN))

    # --- the rules of this audience ----------------------------------------------------------------------------

    def _shown(self, record: Record) -> Record:
        if record.takes_part or not self.hides_archived:
            return record
        return replace(record, person=replace(record.person, consent=Consent.UNKNOWN), origin=Origin.UNKNOWN)

    def _blank(self, email: str) -> Record:
        record = super()._blank(email)
        return replace(record, takes_part=True, mailchimp_id=record.key, kind="Member")

    def _create(self, patch: Patch) -> Record:
        self._check_address("A new member", patch.email or "")
        record = super()._create(replace(patch, consent=None))
        return self._moved(record, patch.consent) if patch.consent else record

    def _edited(self, record: Record, patch: Patch) -> Record:
        who = record.email
        if patch.mailchimp_id not in {None, record.mailchimp_id}:
            raise refused(who, "Mailchimp gives the ID itself", "read-only-field")
        rest = patch.without_consent() if patch.consent in _NO else patch
        if record.takes_part is False and not patch.takes_part and replace(rest, takes_part=None):
            raise refused(who, "an archived member can only be brought back", "archived")
        if patch.takes_part is False and record.takes_part:
            self._check_archivable(record)
        if patch.email is not None and address_key(patch.email) != address_key(who):
            self._check_address(who, patch.email)
            if record.person.consent in self.fixed_address:
                raise refused(who, f"Mailchimp moves no address that is {record.person.consent}", "compliance")
        edited = super()._edited(record, replace(patch, consent=None))
        return self._moved(edited, patch.consent) if patch.consent else edited

    def _moved(self, record: Record, to: Consent) -> Record:
        """A record whose consent a program moves."""
        old = record.person.consent
        if old is to:
            return record
        refuses = old is Consent.CLEANED or (old is Consent.UNSUBSCRIBED and record.origin in _BY_THE_PERSON)
        lowers = to in _NO
        # An own unsubscribe may be answered by a confirmation mail; a complaint or a dead address may not.
        asks = to is Consent.PENDING and old is Consent.UNSUBSCRIBED and record.origin is Origin.PERSON
        if refuses and not lowers and not asks:
            raise refused(record.email, f"it is {old} and can't become {to}", "compliance")
        person = replace(record.person, consent=to)
        return replace(record, person=person, origin=Origin.ADMIN if lowers else Origin.UNKNOWN)

    def _put(self, record: Record) -> Record:
        """Keeps addresses unique, for hands too, and notes acts as Mailchimp's activity does."""
        if self._addresses.get(address_key(record.email), set()) - {record.key}:
            raise refused(record.key, f"{record.email} is already in the audience", "address-taken")
        old = self._records.get(record.key)
        before = old.person.consent if old else Consent.UNKNOWN
        stored = super()._put(record)
        noted = self._acts.setdefault(record.key, [])
        if stored.person.consent not in {before, noted[-1].consent if noted else before}:
            noted.append(Act(stored.changed, stored.person.consent, Origin.ADMIN))
        return stored

    def _check_address(self, who: str, email: str) -> None:
        if "@" not in email.strip(" @"):
            raise refused(who, f"{email!r} is no e-mail address", "invalid-address")
        if address_key(email) in self._forgotten:
            raise refused(who, f"{email} was deleted for good, and only its owner can sign it up again", "forgotten")
        if address_key(email) in self._addresses:
            raise refused(who, f"{email} is already in the audience", "address-taken")

    def _check_archivable(self, record: Record) -> None:
        if record.person.consent in {Consent.CLEANED, Consent.PENDING}:
            raise refused(record.email, f"a member who is {record.person.consent} can't be archived", "not-archivable")
