"""A world to play a history in: two sides in memory, a database, a clock, and Listloop between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Engine, select

from listloop.core.errors import NeedsAttention, TryLater
from listloop.core.people import Consent, Key, address_key
from listloop.core.plan import Action
from listloop.core.rules import Duplicate, Gone, Owner, Rules
from listloop.core.side import Audience, Crm, Schema
from listloop.store.connections import add_connection, connection, resume
from listloop.store.holding import ALL, Chosen
from listloop.store.inbox import put, take
from listloop.store.orders import What, open_orders
from listloop.store.outside import Outside
from listloop.store.runs import ORDERED, REST, RunRow, runs_in
from listloop.store.tables import decisions, orders
from listloop.sync.approval import drop
from listloop.sync.context import Scope, Sync
from listloop.sync.orders import carry_out
from listloop.sync.run import approve, run_once
from listloop.testing.builders import AUDIENCE_SCHEMA, CRM_SCHEMA, label_row, row, rules
from listloop.testing.memory import CRM, Clock, Crash, FaultyAudience, FaultyCrm, MemoryAudience, MemoryCrm
from listloop.testing.simulation.crashing import may_crash
from listloop.testing.simulation.desk import DESK, ORDERS, Beside, Desk, order, part_of
from listloop.testing.simulation.hands import HANDS, crm_key, member_key, work
from listloop.testing.simulation.history import Do, Fault, Move, Setting, Trouble
from listloop.testing.simulation.lean import empty, lean_of
from listloop.testing.simulation.line import Line, Request, Schedule

FIELDS = (("First", "FNAME"), ("Last", "LNAME"), ("City", "CITY"), ("Company", "COMPANY"), ("Employees", "STAFF"))
"""The mapped fields: (in the CRM, in the audience)."""

OTHERS = "press"
"""The tag of members that are another tool's, in settings that leave them alone."""

LABEL = ("customers", "customer")
"""The mapped label: (the CRM's group, the tag)."""

HARMLESS = frozenset({Trouble.REPEAT, Trouble.REORDER, Trouble.SLOW, Trouble.MISSING, Trouble.HIDDEN})
"""Troubles that must change nothing at all."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run: ``state`` is done, waiting, dropped, crashed, later, attention.

    ``clean``: it read everything due, nobody was at work meanwhile, nothing went wrong but what must change nothing,
    and nothing waits. ``read``: the same, but what it found may wait for a yes. ``approved`` runs wrote after a yes,
    ``asked`` tells that its inbox named somebody, ``ordered`` that it was no ordinary run but what a person ordered;
    ``chosen`` are the references of what a yes to a part was about.
    """

    do: Do
    state: str
    clean: bool
    requests: tuple[Request, ...]
    run: RunRow | None = None
    approved: bool = False
    asked: bool = False
    read: bool = False
    ordered: bool = False
    chosen: frozenset[str] | None = None


def rules_of(setting: Setting) -> Rules:
    """The connection's rules in this setting."""
    owner = Owner.MAILCHIMP if setting.mailchimp_owns else Owner.ASK if setting.asks else Owner.CRM
    rows = [
        row(here, there, owner=owner)
        for here, there in zip(CRM_SCHEMA.fields[:5], AUDIENCE_SCHEMA.fields[:5], strict=True)
    ]
    return replace(
        rules(*rows, label_row(*LABEL)),
        last_name="Last",
        unknown_consent=Consent.SUBSCRIBED if setting.agreed else Consent.PENDING,
        gone=Gone.LEAVE if setting.leave else Gone.ARCHIVE,
        duplicate=Duplicate.ASK if setting.ask_duplicates else Duplicate.OLDEST,
        duplicate_flag_no=setting.flag_duplicates,
        blank_flag=setting.blank_flag,
        guard_least=setting.guard_least,
        creates_in_crm=setting.creates,
        creates_in_mailchimp=setting.creates,
        only_values=(("Company", frozenset({"acme"})),) if setting.only_acme else (),
        not_tags=frozenset({OTHERS}) if setting.leaves_alone else frozenset(),
    )


def as_shown(wanted: Rules, here: Schema) -> Rules:
    """The rules with the CRM's fields as it shows them: one that it can't change is fixed."""
    return replace(wanted, rows=tuple(replace(one, crm=here.field(one.crm.name) or one.crm) for one in wanted.rows))


@dataclass(frozen=True, slots=True)
class Ends:
    """Both sides of a world; ``load`` tells a real wire what goes wrong in the next run, and that it is over.

    ``at_once``: changes go out as the side likes them. ``exact`` are sides whose cursors are no times, so that nothing
    shows up late.
    """

    crm: MemoryCrm
    audience: MemoryAudience
    load: Callable[[Sequence[Fault]], None] = lambda _faults: None
    at_once: bool = False
    exact: frozenset[str] = frozenset()


def in_memory(world: World) -> Ends:
    """The sides in memory."""
    setting = world.setting
    words = frozenset(Consent) if setting.crm_notes_all else CRM.consents
    crm = MemoryCrm(
        CRM_SCHEMA,
        "crm",
        world.clock,
        timedelta(seconds=setting.crm_clock),
        setting.page_size,
        can=replace(CRM, deletions=setting.names_deleted, consents=words),
    )
    audience = MemoryAudience(
        AUDIENCE_SCHEMA,
        "audience",
        world.clock,
        timedelta(seconds=setting.mailchimp_clock),
        setting.page_size,
        double_opt_in=setting.double_opt_in,
    )
    return Ends(crm, audience)


@dataclass
class World:
    """Both sides, Listloop's database, and everything that was typed and asked."""

    engine: Engine
    setting: Setting
    ends: Callable[[World], Ends] = in_memory
    clock: Clock = field(default_factory=Clock)
    schedule: Schedule = field(default_factory=Schedule)
    requests: list[Request] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    hands: list[Move] = field(default_factory=list)
    typed: dict[tuple[Key, str], str] = field(default_factory=dict)
    worked: int = 0
    desk: Desk = field(default_factory=Desk)
    beside: Beside = field(default_factory=Beside)
    backups: dict[str, dict[str, object]] = field(default_factory=dict)
    forgetting: set[str] = field(default_factory=set)
    _waiting: RunRow | None = None

    def __post_init__(self) -> None:
        """Empty the database and make both sides and the connection."""
        empty(self.engine)
        may_crash(self.engine, self.schedule)
        self.lean = lean_of(self.engine)
        self.rules = rules_of(self.setting)
        self.mapped = frozenset(one.crm.name for one in self.rules.rows)
        made = self.ends(self)
        self.crm, self.audience, self.load = made.crm, made.audience, made.load
        self.rules = as_shown(self.rules, self.crm.schema())
        self.schedule.hand, self.schedule.wait = self._meanwhile, self.clock.move
        self.lines = {
            name: Line(
                name,
                side,
                self.schedule,
                self._tick,
                self.requests,
                at_once=made.at_once,
                lags=name not in made.exact,
            )
            for name, side in (("crm", made.crm), ("mailchimp", made.audience))
        }
        with self.engine.begin() as db:
            self.connection_id = add_connection(
                db, name="world", crm="memory", crm_settings={}, audience="a", rules=self.rules, now=self.clock()
            )

    def play(self, move: Move) -> Iterator[Ran]:
        """Let one move happen; runs tell what came of them."""
        if move.do in HANDS:
            self._work(move)
        elif move.do is Do.WEBHOOK:
            self._webhook(move)
        elif move.do in DESK:
            self.met[str(move.do)] += DESK[move.do](self, move)
        elif move.do is Do.WAIT:
            self.clock.move(move.other * 60)
        elif move.do is Do.SICKEN:
            side, key = ("crm", crm_key(move.who)) if move.text == "crm" else ("mailchimp", member_key(move.who))
            self.lines[side].refused.add(key)
        elif move.do is Do.HEAL:
            for line in self.lines.values():
                line.refused.clear()
        else:
            self.clock.move(move.other * 60 if move.do is Do.RUN else 1)
            ran = self.run(move)
            if ran is not None:
                yield ran
                if self.setting.calm and ran.state in ("crashed", "later", "attention"):
                    yield from self.play(replace(move, do=Do.RUN, other=0, faults=(), meanwhile=()))

    def run(self, move: Move) -> Ran | None:
        """Start what this move asks of Listloop; None where there is nothing to say yes or no to."""
        self.worked, first = 0, len(self.requests)
        with self.engine.begin() as db:
            asked = bool(take(db, self.connection_id))
        for line in self.lines.values():
            line.hidden.clear()
        waiting = self.waiting()
        if move.do in (Do.APPROVE, Do.DROP, Do.SOME) and waiting is None:
            return None
        part = part_of(self, waiting, move) if move.do is Do.SOME and waiting else None
        self.met[str(Do.SOME)] += part is not None
        if (move.do is Do.SOME and not part) or (move.do in ORDERS and not order(self, move)):
            return None
        ordered = move.do in ORDERS or self._orders_open() or self._writes_order(move, waiting)
        self.schedule.load(move.faults, move.meanwhile)
        self.load(move.faults)
        done: RunRow | None = None
        try:
            done = self._start(move, waiting, part[0] if part else ALL)
            state = done.state if done else "dropped"
        except Crash:
            state = "crashed"
        except TryLater:
            state = "later"
        except NeedsAttention:
            state = "attention"
        wrong = [one for one in self.schedule.done if not any(str(name) in one for name in HARMLESS)]
        self.story += [f"   {one}" for one in self.schedule.done]
        self.schedule.load((), ())
        self.load(())
        with self.engine.begin() as db:
            if state == "attention":
                resume(db, self.connection_id)
            self._waiting = next(iter(runs_in(db, self.connection_id, ("waiting",))), None)
        # A plan that waited before and is returned as it is has read nothing.
        if ordered:
            self._note_order(self.requests[first:])
        new = done is not None and (waiting is None or done.id != waiting.id) and move.do in (Do.RUN, Do.PREVIEW)
        read = new and state in ("done", "waiting") and not wrong and not self.worked
        clean = read and state == "done" and move.do is Do.RUN and not ordered
        approved, asked = move.do in (Do.APPROVE, Do.SOME), asked or bool(self.worked)
        requests = tuple(self.requests[first:])
        return Ran(move.do, state, clean, requests, done, approved, asked, read, ordered, part[1] if part else None)

    def fields(self) -> list[tuple[str, str]]:
        """The fields that are mapped at the moment: (in the CRM, in the audience)."""
        return [one for one in FIELDS if one[0] in self.mapped]

    def rest(self) -> None:
        """A clean run has dealt with all that was done so far."""
        self.hands.clear()
        self.typed.clear()
        self.desk.touched.clear()
        self.desk.wanted.clear()
        self.desk.unsettled = False

    def was_approved(self) -> bool:
        """Did the first plan ever get its yes?"""
        with self.engine.begin() as db:
            return connection(db, self.connection_id).approved_rules != ""

    def _orders_open(self) -> bool:
        with self.engine.begin() as db:
            return bool(open_orders(db, self.connection_id))

    def _writes_order(self, move: Move, waiting: RunRow | None) -> bool:
        """Is what waits an order, and written now?"""
        if waiting is None:
            return False
        mine = select(decisions.c.id).where(decisions.c.run_id == waiting.id, decisions.c.action == Action.UNDO)
        if waiting.trigger not in ORDERED and not (waiting.trigger == REST and rows(self.engine, mine.limit(1))):
            return False
        return move.do in (Do.APPROVE, Do.SOME) or waiting.approved_at is not None

    def _note_order(self, requests: list[Request]) -> None:
        """What an order wrote is nobody's edit, and whom it forgot is no longer known."""
        for one in requests:
            names = {here for here, there in FIELDS if {here, there} & one.patch.fields.keys()}
            touched = names | ({""} if one.patch.add or one.patch.remove else set())
            self.desk.touched |= {(one.key or "", name) for name in touched}
            self.desk.apart |= {record.key for record in (one.before, one.after) if record}
        if self.forgetting and self._forgotten():
            self.desk.forgotten |= self.forgetting
            self.forgetting = set()

    def _forgotten(self) -> bool:
        """Was the last erasure carried out?"""
        mine = select(orders.c.problem).where(orders.c.what == What.FORGET, orders.c.done_at.is_not(None))
        done = rows(self.engine, mine.order_by(orders.c.id.desc()).limit(1))
        return bool(done) and not done[0]["problem"] and not self._orders_open()

    def waiting(self) -> RunRow | None:
        """The run that waits for a yes, if there is one."""
        return self._waiting

    def approved(self) -> bool:
        """Did the rules get their yes?"""
        with self.engine.begin() as db:
            found = connection(db, self.connection_id)
        return found.approved_rules == found.digest

    def _start(self, move: Move, waiting: RunRow | None, chosen: Chosen) -> RunRow | None:
        sync = Sync(
            self.engine,
            self.connection_id,
            cast("Crm", FaultyCrm(cast("Crm", self.lines["crm"]), self.schedule)),
            cast("Audience", FaultyAudience(cast("Audience", self.lines["mailchimp"]), self.schedule)),
            now=self.clock,
            chunk=self.setting.chunk,
            outside=cast("Outside", self.beside),
        )
        if move.do in (Do.APPROVE, Do.SOME) and waiting:
            return approve(sync, waiting.id, "somebody", chosen)
        if move.do is Do.DROP and waiting:
            drop(self.engine, waiting.id, self.clock())
            return None
        carried_out = carry_out(sync)  # before any run, as the service does
        if move.do in ORDERS:
            return carried_out[-1]
        if move.do is Do.ASK:
            crm: tuple[Key, ...] = (crm_key(move.who),) if move.text != "mailchimp" else ()
            members: tuple[Key, ...] = (member_key(move.who),) if move.text != "crm" else ()
            return run_once(sync, "webhook", Scope(crm_keys=crm, mailchimp_keys=members))
        scope = Scope(full=move.text == "full", sweep=move.text == "sweep")
        return run_once(sync, "schedule", scope, hold=move.do is Do.PREVIEW)

    def _work(self, move: Move) -> None:
        before = {one.key: one for side in (self.crm, self.audience) for one in side.records()}
        self._tick()  # acts of different members within one second have no order that anybody could tell
        if not work(self.crm, self.audience, move):
            return
        self.hands.append(move)
        self.desk.wanted.clear()
        self.met[str(move.do)] += 1
        for one in (*self.crm.records(), *self.audience.records()):
            old = before.get(one.key)
            if old is not None and old is not one:
                changed = {name: value for name, value in one.person.fields.items() if old.person.fields[name] != value}
                self.typed.update(((one.key, name), value) for name, value in changed.items())

    def _meanwhile(self, move: Move) -> None:
        self.worked += 1
        self.story.append(f"   meanwhile {move.do}: {move.who} {move.field} {move.text}")
        if move.do is Do.WEBHOOK:
            self._webhook(move)
        else:
            self._work(move)

    def _webhook(self, move: Move) -> None:
        """Something is said about a record, which is there or not, by its key or its address."""
        self.met[str(move.do)] += 1
        key = crm_key(move.who) if move.text == "crm" else member_key(move.who)
        side = self.crm if move.text == "crm" else self.audience
        address = next((one.email for one in side.records() if one.key == key), "") if move.other % 2 else ""
        with self.engine.begin() as db:
            for _ in range(1 + move.other % 3 // 2):
                put(
                    db,
                    self.connection_id,
                    side=move.text,
                    source="webhook",
                    at=self.clock(),
                    key="" if address else key,
                    address=address_key(address),
                )

    def _tick(self) -> None:
        self.clock.move(1)


def rows(engine: Engine, statement: Any) -> list[Any]:
    """The rows of a query."""
    with engine.begin() as db:
        return list(db.execute(statement).mappings())
