"""Take back what was written, of a run, a person or a field; and put a value of the history back on both sides."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Connection

from listloop.core.content import EMAIL
from listloop.core.errors import NeedsAttention
from listloop.core.frozen import replace
from listloop.core.people import Consent, Origin, Patch, SideName
from listloop.core.plan import Action, Decision, Pair, Rule
from listloop.core.rules import LabelRow, Row, Rules
from listloop.core.undo import Written, net, restore, take_back
from listloop.store.database import reading
from listloop.store.decisions import DecisionRow, creations
from listloop.store.history import entry, people_written, written_for
from listloop.store.orders import OrderRow, What, Wish
from listloop.store.people import PersonRow, load
from listloop.sync.context import Sync
from listloop.sync.knowledge import as_pair, gather

#: As many people are looked at together.
PAGE = 500


def fields_named(rules: Rules, named: str) -> frozenset[str]:
    """The names in the history, on either side, of what people call so. Raises NeedsAttention where nothing is."""
    wanted = named.strip().casefold()
    if wanted in ("e-mail", "email"):
        return frozenset({EMAIL})
    titles = []
    rows: tuple[Row | LabelRow, ...] = (*rules.rows, *rules.labels)
    for row in rows:
        names = {row.crm.name, row.mailchimp.name}
        if wanted in {name.casefold() for name in (*names, row.crm.title, row.mailchimp.title)}:
            return frozenset(names)
        titles.append(row.crm.title)
    there = ", ".join(titles)
    raise NeedsAttention(f"No mapped field is named “{named}”.", f"There are: {there}, E-mail.", code="field-unknown")


def concerned(db: Connection, sync: Sync, order: OrderRow) -> Iterator[list[int]]:
    """The people whom an order concerns, some at a time."""
    wish, after = order.wish, 0
    if order.what is What.RESTORE:
        yield [entry(db, wish.history_id).person_id]
        return
    while ids := people_written(db, sync.connection_id, wish.run_id, wish.person_id, after, PAGE):
        yield ids
        after = ids[-1]


def decide_order(sync: Sync, order: OrderRow, ids: Collection[int]) -> list[tuple[int, Decision]]:
    """What an order comes to for these people, as both sides were last read; those it does not touch are left out."""
    with reading(sync.engine).begin() as db:
        rows = load(db, ids)
        known = gather(db, sync, rows)
        if order.what is What.RESTORE:
            line = entry(db, order.wish.history_id)
            pairs = [(row, as_pair(sync, row, known, "")) for row in rows]
            side = SideName(line.side)
            return [(row.id, restore(pair, side, line.field, line.old, sync.rules)) for row, pair in pairs]
        lines = _lines(db, sync, order.wish, [row.id for row in rows])
        made = creations(db, [row.id for row in rows])
    found = []
    for row in rows:
        wanted = net(lines.get(row.id, ()))
        if wanted:
            pair = _with_acts(sync, row, as_pair(sync, row, known, ""), wanted)
            found.append((row.id, take_back(pair, wanted, sync.rules, made.get(row.id, {}))))
    return found


def _lines(db: Connection, sync: Sync, wish: Wish, ids: Sequence[int]) -> dict[int, list[Written]]:
    names = fields_named(sync.rules, wish.field) if wish.field else None
    found: dict[int, list[Written]] = {}
    for row in written_for(db, ids, wish.run_id):
        if names is None or (row.field or row.what) in names:
            line = Written(SideName(row.side), row.what, row.field, row.old, row.new)
            found.setdefault(row.person_id, []).append(line)
    return found


def _with_acts(sync: Sync, row: PersonRow, pair: Pair, lines: Sequence[Written]) -> Pair:
    """Did a member whom we archived unsubscribe since? Asked only where it would come back."""
    archived = any(one.what == "flag" and one.side is SideName.MAILCHIMP and one.new == "no" for one in lines)
    if not archived or row.mailchimp is None or row.mailchimp_gone:
        return pair
    theirs = [act for act in sync.audience.acts(row.mailchimp.key) if act.origin in (Origin.PERSON, Origin.COMPLAINT)]
    left = bool(theirs) and max(theirs, key=lambda act: act.at).consent is Consent.UNSUBSCRIBED
    return replace(pair, unsubscribed_since=left)


def moved(sync: Sync, order: OrderRow, rows: Sequence[DecisionRow]) -> list[int]:
    """Those of an order's decisions that would be others by now: what was approved no longer holds for them."""
    mine = [row for row in rows if row.decision.action is Action.UNDO]
    now = dict(decide_order(sync, order, {row.person_id for row in mine}))
    gone: list[int] = []
    for row in mine:
        decision = now.get(row.person_id)
        parts = {row.decision.part, decision.part} if decision else set()
        if len(parts) > 1 and Rule.UNDONE not in parts:  # parted since, or taking part again
            gone.append(row.id)
            continue
        for side in SideName:
            wanted = Patch() if decision is None else decision.crm if side is SideName.CRM else decision.mailchimp
            if row.state(side) == "planned" and row.patch(side) != wanted:
                gone.append(row.id)
                break
    return gone
