"""What people do in Listloop itself: answer, order, approve in part, change the mapping, put backups back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from listloop.core.people import Key, SideName, address_key
from listloop.core.questions import Answer, Topic
from listloop.store.connections import connection, save_rules
from listloop.store.erasures import Erasure, lift_erasure
from listloop.store.holding import Chosen
from listloop.store.orders import What, Wish, add_order
from listloop.store.outside import KeptErasure, KeptNo, Line
from listloop.store.people import PersonRow, everybody, retry_failed
from listloop.store.questions import answer, lines
from listloop.store.runs import RunRow
from listloop.store.tables import decisions, history
from listloop.sync.forget import wish_of
from listloop.sync.restored import believe
from listloop.testing.simulation.history import Do, Move

if TYPE_CHECKING:
    from listloop.testing.simulation.world import World

ORDERS = {Do.UNDO: What.UNDO, Do.PUT_BACK: What.RESTORE, Do.FORGET: What.FORGET}
"""Moves that are orders: each becomes a run of its own."""


@dataclass(slots=True)
class Beside:
    """What Listloop keeps outside its database, here in memory; it is no part of a backup."""

    kept: list[Line] = field(default_factory=list)
    runs: dict[str, int] = field(default_factory=dict)

    def lines(self) -> Iterator[Line]:
        """Everything that is kept, oldest first."""
        yield from list(self.kept)

    def add(self, some: Collection[Line]) -> None:
        """Keep more."""
        self.kept += some

    def last_run(self, mark: str) -> int:
        """The number of the last run of a connection; 0: none."""
        return self.runs.get(mark, 0)

    def began(self, mark: str, number: int) -> None:
        """Note that a run began."""
        self.runs[mark] = number

    def erased(self, made: Collection[Erasure]) -> None:
        """Keep erasures."""
        self.add([KeptErasure(one.salt, one.digest, one.at, one.lifted_at) for one in made])

    def scrub(self, addresses: Collection[str]) -> None:
        """Take these addresses out."""
        self.kept = [one for one in self.kept if not (isinstance(one, KeptNo) and one.address in addresses)]


@dataclass(slots=True)
class Desk:
    """What people did in Listloop, for the checker.

    ``clicked`` are records that somebody let come back, or had asked for a confirmation (``asked``: their addresses).
    ``touched`` are fields (by record and name) that were taken or put back since the last clean run, ``wanted`` what an
    answer should have come to: (CRM key, field) to the value, ``kept`` those that shall stay apart; ``apart`` are all
    records of which anything was ever taken back or kept apart. ``forgotten`` are addresses that may not come back.
    ``unsettled``: what stood before is no measure any more, for the mapping changed or our own database was put back;
    ``put_back``: a side was.
    """

    clicked: set[Key] = field(default_factory=set)
    touched: set[tuple[Key, str]] = field(default_factory=set)
    wanted: dict[tuple[Key, str], str] = field(default_factory=dict)
    kept: set[tuple[Key, str]] = field(default_factory=set)
    apart: set[Key] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    unsettled: bool = False
    put_back: bool = False


def _answer(world: World, move: Move) -> bool:
    with world.engine.begin() as db:
        asked = [one for one in lines(db, connection_id=world.connection_id) if one.answers]
        if not asked:
            return False
        one = asked[move.who % len(asked)]
        said = one.answers[move.other % len(one.answers)]
        person = next(who for who in everybody(db, world.connection_id) if who.id == one.person_id)
        answer(db, [one.id], said, "somebody", world.clock())
    world.met[f"answer {one.topic}: {said}"] += 1
    if said in (Answer.BACK, Answer.CONFIRM):
        world.desk.clicked |= {record.key for record in (person.crm, person.mailchimp) if record}
        world.desk.asked |= {address_key(record.email) for record in (person.crm, person.mailchimp) if record}
    elif person.crm and person.mailchimp and one.topic is Topic.ADDRESS and said is Answer.KEEP:
        world.desk.apart |= {person.crm.key, person.mailchimp.key}
    elif person.crm and person.mailchimp and one.topic in (Topic.FIELD, Topic.STORED):
        _touch(world, person, one.title)
        if said is Answer.KEEP:
            world.desk.kept.add((person.crm.key, one.title))
            world.desk.apart |= {person.crm.key, person.mailchimp.key}
        else:
            world.desk.wanted[person.crm.key, one.title] = one.crm if said is Answer.CRM else one.mailchimp
    return True


def _touch(world: World, person: PersonRow, name: str) -> None:
    for record in (person.crm, person.mailchimp):
        if record:
            world.desk.touched.add((record.key, name))


def _retry(world: World, _move: Move) -> bool:
    with world.engine.begin() as db:
        return retry_failed(db, world.connection_id) > 0


def _unmap(world: World, move: Move) -> bool:
    """Take a field out of the mapping, or back into it at its place."""
    every = world.rules.rows
    name = every[move.who % len(every)].crm.name
    with world.engine.begin() as db:
        now = connection(db, world.connection_id).rules
        mapped = {row.crm.name for row in now.rows} ^ {name}
        save_rules(db, world.connection_id, replace(now, rows=tuple(one for one in every if one.crm.name in mapped)))
    world.mapped = frozenset(mapped)
    world.desk.unsettled = True
    return True


def _back_up(world: World, _move: Move) -> bool:
    if not hasattr(world.crm, "backup"):  # a real one is put back by its own means
        return False
    world.backups = {"crm": world.crm.backup(), "mailchimp": world.audience.backup()}
    if world.lean is not None:
        world.lean.back_up()
    return True


def _old_side(name: str) -> Callable[[World, Move], bool]:
    def hand(world: World, _move: Move) -> bool:
        held = world.backups.get(name)
        if held:
            world.desk.put_back = True
            side = world.crm if name == "crm" else world.audience
            made = side._made  # noqa: SLF001 - a key is never given twice, whatever was put back
            side.restore(held)
            side._made = made  # noqa: SLF001
        return bool(held)

    return hand


def _old_database(world: World, _move: Move) -> bool:
    if not world.backups or world.lean is None:
        return False
    world.lean.restore()
    world.desk.unsettled = True
    return True


def _believe(world: World, _move: Move) -> bool:
    return sum(believe(world.engine, world.connection_id, side, world.clock()) for side in SideName) > 0


def _lift(world: World, move: Move) -> bool:
    some = sorted(world.desk.forgotten)
    if not some:
        return False
    address = some[move.who % len(some)]
    world.desk.forgotten.discard(address)
    with world.engine.begin() as db:
        return lift_erasure(db, address, world.clock())


def order(world: World, move: Move) -> bool:
    """Note an order of a person's; False where there is nothing to order it of."""
    what, wish = ORDERS[move.do], None
    if what is What.FORGET:
        wish = _forgetting(world, move)
    elif what is What.RESTORE:
        wish = _putting_back(world, move)
    else:
        wish = _taking_back(world, move)
    if wish is None:
        return False
    with world.engine.begin() as db:
        add_order(db, world.connection_id, what, wish, "somebody", world.clock())
    world.met[str(move.do)] += 1
    return True


def _person(world: World, move: Move) -> PersonRow | None:
    with world.engine.begin() as db:
        found = list(everybody(db, world.connection_id))
    return found[move.who % len(found)] if found else None


def _forgetting(world: World, move: Move) -> Wish | None:
    person = _person(world, move)
    if person is None or not hasattr(world.crm, "backup"):  # the hands on real ones still count who was erased
        return None
    records = [one for one in (person.crm, person.mailchimp) if one]
    world.forgetting = {address_key(email) for one in records for email in (one.email, *one.emails)} - {""}
    return wish_of(person.id, person)


def _putting_back(world: World, move: Move) -> Wish | None:
    with world.engine.begin() as db:
        query = select(history.c.id, history.c.field, history.c.old).where(history.c.what == "lost")
        lost = list(db.execute(query.order_by(history.c.id)))
    return Wish(history_id=lost[move.who % len(lost)].id) if lost else None


def _taking_back(world: World, move: Move) -> Wish | None:
    person = _person(world, move)
    with world.engine.begin() as db:
        numbers = list(db.scalars(select(history.c.run_id).where(history.c.run_id.is_not(None)).distinct()))
    if move.text == "run":
        return Wish(run_id=sorted(numbers)[-1 - move.other % 2 % len(numbers)]) if numbers else None
    if person is None:
        return None
    return Wish(person_id=person.id, field="City" if move.text == "field" and "City" in world.mapped else "")


def part_of(world: World, run: RunRow, move: Move) -> tuple[Chosen, frozenset[str]] | None:
    """Every other person of a plan that waits, and the references of what is written of them."""
    mine = select(decisions.c.id, decisions.c.person_id).where(decisions.c.run_id == run.id, decisions.c.held.is_(True))
    with world.engine.begin() as db:
        held = list(db.execute(mine.order_by(decisions.c.id)))
    some = frozenset(sorted({one.person_id for one in held})[move.who % 2 :: 2])
    if not some:
        return None
    return Chosen(people=some), frozenset(str(one.id) for one in held if one.person_id in some)


#: Moves that ask for no run; each tells whether it found anything to do.
DESK: dict[Do, Callable[[World, Move], bool]] = {
    Do.ANSWER: _answer,
    Do.RETRY: _retry,
    Do.UNMAP: _unmap,
    Do.BACKUP: _back_up,
    Do.OLD_CRM: _old_side("crm"),
    Do.OLD_AUDIENCE: _old_side("mailchimp"),
    Do.OLD_DATABASE: _old_database,
    Do.BELIEVE: _believe,
    Do.LIFT: _lift,
}
