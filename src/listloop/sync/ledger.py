"""Keep the memory of nos while people are decided: note them, carry them along to new addresses, lift them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection

from listloop.core.consent import Ledger, No, Remembered
from listloop.core.frozen import replace
from listloop.core.people import Consent, Origin, SideName, address_key
from listloop.core.plan import Decision, Pair
from listloop.store.addresses import touch_addresses
from listloop.store.history import Entry
from listloop.store.nos import NoBook, lift_nos, stands_since
from listloop.store.people import PersonRow, save_people
from listloop.store.records import latest_change
from listloop.sync.context import Sync
from listloop.sync.knowledge import Knowledge


@dataclass(slots=True)
class Noting:
    """The ledger of one chunk of people. What it notes is written by ``close``, ``entries`` are for their history."""

    sync: Sync
    db: Connection
    known: Knowledge
    book: NoBook
    entries: list[Entry] = field(default_factory=list)
    _newest: str = ""

    def note(self, row: PersonRow, pair: Pair, decision: Decision) -> set[str]:
        """Note what a decision says; returns the addresses of nos that are new: they hold for everybody there."""
        ledger = decision.consent.ledger
        crm, member = row.crm, row.mailchimp
        no = pair.no if pair.remembered is Remembered.NO else None
        noted: set[str] = set()
        if ledger is Ledger.FROM_CRM and crm and not row.crm_gone:
            # Where nobody is mailed (no member, archived, cleaned) it stands already: who signs up later came back.
            stands_at = "" if decision.mailchimp.consent else self._latest_change()
            no = No(address_key(crm.email), SideName.CRM, Origin.CRM, crm.changed, stands_at)
            noted |= self._note_no(row, no)
        if ledger is Ledger.FROM_MAILCHIMP and member:
            no = No(address_key(member.email), SideName.MAILCHIMP, member.origin, member.changed, member.changed)
            noted |= self._note_no(row, no)
        elif pair.no and not pair.no.stands_at and member and member.person.consent is Consent.UNSUBSCRIBED:
            self.book.write()
            stands_since(self.db, self.sync.connection_id, {pair.no.address: member.changed})
        if no:
            noted |= self._carry_no(row, no)
        if ledger is Ledger.LIFT and decision.crm.consent is None:  # else once the CRM was told
            self.book.write()
            lift(self.sync, self.db, row, decision)
            self.book.read()
            why = decision.consent.reason
            self.entries.append(Entry(row.id, SideName.MAILCHIMP, "consent", new="subscribed", why=why))
        return noted

    def close(self) -> None:
        """Write what was noted."""
        self.book.write()

    def _latest_change(self) -> str:
        self._newest = self._newest or latest_change(self.db, self.sync.connection_id)
        return self._newest

    def _note_no(self, row: PersonRow, no: No) -> set[str]:
        if not self.book.note(row.id, no, self.sync.now()):
            return set()
        where = "the CRM" if no.side is SideName.CRM else "Mailchimp"
        self.entries.append(Entry(row.id, no.side, "consent", new="unsubscribed", why=f"opted out in {where}"))
        return {no.address}

    def _carry_no(self, row: PersonRow, no: No) -> set[str]:
        """A no belongs to the person and to the address: it goes along to an address that the person has by now.

        Whoever it reached by a shared address has it as their own from then on: a new address takes nobody's no back.
        """
        here = row.crm if row.crm and not row.crm_gone else None
        there = row.mailchimp if row.mailchimp and not row.mailchimp_gone else None
        mine = {address_key(one.email) for one in (here, there) if one} - {""}
        others = mine - {address_key(there.email) if there else ""}
        known = {one for one in others if self.known.mailchimp.get(one)}
        met = there is not None and row.id not in self.known.nos_by_person and address_key(there.email) != no.address
        # A sign-up before the no came along takes nothing back: of two who meet at an address, a no of either counts.
        wanted = [
            replace(no, address=one, stands_at="" if met or one in known else no.stands_at) for one in sorted(mine)
        ]
        # Once only: the owner of that address may have lifted it there, and would do so again, for ever.
        new = [one for one in wanted if not self.book.was_noted(row.id, one)]
        return {one.address for one in new if self.book.note(row.id, one, self.sync.now())}


def lift(sync: Sync, db: Connection, row: PersonRow, decision: Decision) -> None:
    """Lift the nos of a person who came back, and all at the member's address; every CRM record there is told.

    Who came back is whoever reads what is sent to that address. An address that the CRM has besides may be another
    person's, whose no stays.
    """
    addresses = {address_key(one.email) for one in (row.crm, row.mailchimp) if one} - {""}
    touch_addresses(db, sync.connection_id, addresses)
    save_people(db, [{"id": row.id, "dirty": False}])
    there = {address_key(row.mailchimp.email)} - {""} if row.mailchimp else set()
    lift_nos(db, sync.connection_id, row.id, there, decision.consent.reason, sync.now())
