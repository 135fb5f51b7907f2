"""Forget somebody for good: deleted on both sides, erased from our database, remembered only as a salted hash."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field

from listloop.core.errors import RecordRejected
from listloop.core.people import Key, Patch, Record, SideName, address_key
from listloop.core.side import Change, FieldType
from listloop.store.audit import note
from listloop.store.database import reading
from listloop.store.deals import without_person
from listloop.store.erasures import compact, erase_person, note_erasure, sweep_search
from listloop.store.orders import OrderRow, Wish, change_order
from listloop.store.people import PersonRow, load
from listloop.store.records import keys_at
from listloop.store.responses import addresses_of, erase_responses
from listloop.store.runs import RunRow, change_run, run, save_counts
from listloop.sync.context import Sync

TRACES = (
    "Everything is deleted, but others kept the database file busy, so it may hold unreadable traces until it is "
    "compacted by the next erasure."
)


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held on one person: the keys on either side, the addresses, and the words that sentences may hold."""

    keys: dict[SideName, list[Key]] = field(default_factory=dict)
    addresses: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()


def forget(sync: Sync, run_id: int, order: OrderRow) -> RunRow:
    """Carry out an erasure order. The hash is kept first: whatever breaks after it, nobody is created anew.

    Raises TryLater and NeedsAttention of the sides, and RecordRejected where it can't be done; asked again, it goes on.
    """
    with reading(sync.engine).begin() as db:
        person = next(iter(load(db, [order.wish.person_id])), None)
    found = _holding(sync, person, order.wish.address)
    with sync.engine.begin() as db:
        sync.fence(db)
        made = note_erasure(db, found.addresses, secrets.token_hex(16), sync.now())
    if sync.outside is not None:
        sync.outside.erased(made)
        sync.outside.scrub(found.addresses)
    for side in SideName:
        _erase(sync, side, found.keys.get(side, []))
    with sync.engine.begin() as db:
        sync.fence(db)
        erase_responses(db, sync.connection_id, found.addresses, found.keys.get(SideName.MAILCHIMP, []))
        without_person(db, sync.connection_id, found.keys.get(SideName.CRM, []))
        erase_person(db, sync.connection_id, order.wish.person_id, found.addresses, found.words)
        change_order(db, order.id, done_at=sync.now(), body="{}")
        counted = {"people": 1, "forgotten": 1, "held": 0}
        save_counts(db, run_id, counted)
        change_run(db, run_id, state="done", finished_at=sync.now(), progress="{}")
        note(db, sync.now(), order.who, "forgot one person for good", connection_id=sync.connection_id)
        sweep_search(db)
    if not compact(sync.engine):
        with sync.engine.begin() as db:
            change_run(db, run_id, problem=TRACES)
    with reading(sync.engine).begin() as db:
        return run(db, run_id)


def wish_of(person_id: int, person: PersonRow) -> Wish:
    """The order to forget this person."""
    record = person.crm or person.mailchimp
    return Wish(person_id=person_id, address=record.email if record else "")


def _holding(sync: Sync, person: PersonRow | None, address: str) -> Holding:
    """Look for the person once more on both sides: since the last reading there may be more than we know."""
    known = [one for one in (person.crm, person.mailchimp) if one] if person else []
    emails = {email for one in known for email in (one.email, *one.emails)} | {address}
    wanted = {address_key(email) for email in emails} - {""}
    keys: dict[SideName, list[Key]] = {}
    if person and person.crm:
        keys[SideName.CRM] = [person.crm.key]
    members = {one.key for one in sync.audience.find(wanted)} if wanted else set()
    if person and person.mailchimp:
        members.add(person.mailchimp.key)
    keys[SideName.MAILCHIMP] = sorted(members)
    with reading(sync.engine).begin() as db:
        earlier = addresses_of(db, sync.connection_id, members)
        # An address that somebody else has by now is not this person's any more.
        wanted |= {one for one in earlier if not any(keys_at(db, sync.connection_id, side, [one]) for side in SideName)}
    mine = set(keys.get(SideName.CRM, []))
    with reading(sync.engine).begin() as db:
        others = [one for one in sorted(wanted) if keys_at(db, sync.connection_id, SideName.CRM, [one]) - mine]
    if others:
        raise RecordRejected(
            f"Another person in the CRM has the address {others[0]} too, so its member can't be deleted.",
            "Give the other one an address of its own, or forget that one as well, first.",
            code="address-shared",
        )
    words = {word for one in known for word in (one.name, one.email, *one.emails) if len(word) > 2} | emails
    return Holding(keys, frozenset(wanted), tuple(word for word in words if word))


def _erase(sync: Sync, side: SideName, keys: Collection[Key]) -> None:
    if not keys:
        return
    if sync.side(side).can.erases:
        sync.side(side).erase(keys)
        return
    changes = [Change(str(n), one.key, _emptied(sync, side, one)) for n, one in enumerate(sync.side(side).fetch(keys))]
    for outcome in sync.side(side).write(changes):
        if outcome.error is not None:
            raise RecordRejected(
                f"The CRM does not let Listloop empty this person's record: {outcome.error.problem}",
                "Delete the record in the CRM by hand, then order it again.",
                code="erase-refused",
                detail=outcome.error.detail,
            )


def _emptied(sync: Sync, side: SideName, record: Record) -> Patch:
    """Everything that a side which deletes nobody lets us empty; what it requires becomes a word that tells nothing."""
    values = {}
    for one in sync.side(side).schema().fields:
        if not one.writable or not record.person.fields.get(one.name):
            continue
        if one.clearable and not one.required:
            values[one.name] = ""
        elif one.type is FieldType.TEXT:
            values[one.name] = "erased"
    return Patch(email="", fields=values, remove=record.person.labels, takes_part=False, mailchimp_id="")
