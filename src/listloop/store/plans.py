"""Connections, runs and their plans as pages show them: what runs, what waits, what would change for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from listloop.core.people import Patch, Record
from listloop.core.rules import Rules
from listloop.store.codec import decode, decode_patch, decode_record, decode_rules
from listloop.store.holding import counts as plan_counts
from listloop.store.rhythm import Rhythm, parse
from listloop.store.runs import UNDER_WAY, Progress
from listloop.store.search import Question, found_ids, narrowed
from listloop.store.tables import connections, decisions, people, records, runs

#: Ways to narrow a plan that are no action of their own.
HELD, OPT_OUT = "held", "opt_out"


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """A connection, without anything secret. ``setup_step`` is where its set-up stands, "" once it is done.

    ``results`` says when campaign results are read; None: only when somebody asks.
    """

    id: int
    name: str
    crm: str
    crm_title: str
    mailchimp_title: str
    audience: str
    rhythm: Rhythm
    next_run: datetime | None
    paused: str
    paused_fix: str
    approved: bool
    setup_step: str
    rules: Rules
    results: Rhythm | None
    results_problem: str


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run, with the number that people see. ``counts`` is people by action, and so on (see ``tally``)."""

    id: int
    number: int
    connection_id: int
    connection: str
    trigger: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    wait: str
    approved_at: datetime | None
    approved_by: str
    problem: str
    fix: str
    counts: Mapping[str, int] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)

    @property
    def waits(self) -> bool:
        """Does it wait for a yes? Between the yes and the first write it is still “waiting”, but for nothing."""
        return self.state == "waiting" and bool(self.wait)

    @property
    def active(self) -> bool:
        """Is it going, or about to?"""
        return self.state in UNDER_WAY or self.phase == "agreed"

    @property
    def phase(self) -> str:
        """The state, with ``agreed`` for a plan that got its yes and is not being written yet."""
        return "agreed" if self.state == "waiting" and not self.wait else self.state


#: Up to so many people who fit a search, a plan is asked for them; with more of them it is read in its order.
SOUGHT = 2_000


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One person's part of a plan, with what both sides showed when it was last read."""

    id: int
    person_id: int
    name: str
    email: str
    company: str
    action: str
    opt_out: bool
    held: bool
    crm_patch: Patch
    mailchimp_patch: Patch
    crm: Record | None
    mailchimp: Record | None
    crm_state: str
    mailchimp_state: str
    reasons: tuple[str, ...]
    problem: str


def connection_lines(database: Connection) -> tuple[ConnectionLine, ...]:
    """All connections, by name."""
    rows = database.execute(select(connections).order_by(connections.c.name, connections.c.id))
    return tuple(
        ConnectionLine(
            id=row.id,
            name=row.name,
            crm=row.crm,
            crm_title=row.crm_title,
            mailchimp_title=row.mailchimp_title,
            audience=row.audience,
            rhythm=Rhythm(row.every_minutes, row.cron, row.zone),
            next_run=row.next_run,
            paused=row.paused,
            paused_fix=row.paused_fix,
            approved=bool(row.approved_rules),
            setup_step=row.setup_step,
            rules=decode_rules(row.rules),
            results=parse(row.facts, row.zone) if row.facts else None,
            results_problem=row.facts_problem,
        )
        for row in rows
    )


def run_line(database: Connection, run_id: int) -> RunLine | None:
    """One run, or None."""
    row = database.execute(_runs().where(runs.c.id == run_id)).one_or_none()
    return None if row is None else _run(row)


def run_lines(
    database: Connection, *, connection_id: int | None = None, before: int | None = None, limit: int = 50
) -> tuple[RunLine, ...]:
    """Runs, newest first; ``before`` is the id of the last one shown."""
    query = _runs().order_by(runs.c.id.desc()).limit(limit)
    if connection_id is not None:
        query = query.where(runs.c.connection_id == connection_id)
    if before is not None:
        query = query.where(runs.c.id < before)
    return tuple(_run(row) for row in database.execute(query))


def last_done(database: Connection, connection_id: int, trigger: str = "") -> RunLine | None:
    """The last run of a connection that came to its end, of this trigger or of any."""
    query = _runs().where(runs.c.connection_id == connection_id, runs.c.state == "done")
    if trigger:
        query = query.where(runs.c.trigger == trigger)
    row = database.execute(query.order_by(runs.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _run(row)


def open_runs(database: Connection) -> tuple[RunLine, ...]:
    """Runs that are going or wait for a yes, oldest first."""
    query = _runs().where(runs.c.state.in_((*UNDER_WAY, "waiting"))).order_by(runs.c.id)
    return tuple(_run(row) for row in database.execute(query))


def tally(database: Connection, run: RunLine) -> dict[str, int]:
    """People of a plan by action, and of these the opt-outs and those that wait for a yes (``opt_out``, ``held``).

    What the run noted in its own counts is taken from there; counting takes about a second per million.
    """
    found = dict(run.counts) or plan_counts(database, run.id)
    if OPT_OUT not in found:
        people_of = func.count(decisions.c.person_id.distinct())
        found[OPT_OUT] = database.scalar(select(people_of).where(decisions.c.run_id == run.id, decisions.c.first)) or 0
    return found


def decision_lines(
    database: Connection, run_id: int, *, kind: str = "", words: str = "", after: int = 0, limit: int = 25
) -> tuple[DecisionLine, ...]:
    """A page of a plan, in the order of its making. ``kind`` is an action, ``held`` or ``opt_out``; "" : everyone.

    ``words`` is part of a name, an address or a company, as the list of people takes it.
    """
    crm, mailchimp = records.alias("crm"), records.alias("mailchimp")
    joined = (
        decisions.outerjoin(people, people.c.id == decisions.c.person_id)
        .outerjoin(crm, crm.c.id == people.c.crm_record)
        .outerjoin(mailchimp, mailchimp.c.id == people.c.mailchimp_record)
    )
    query = (
        select(
            decisions,
            people.c.name,
            people.c.email,
            people.c.company,
            crm.c.payload.label("crm_payload"),
            mailchimp.c.payload.label("mailchimp_payload"),
        )
        .select_from(joined)
        .where(*_of_run(database, run_id, words), decisions.c.id > after, _kind(kind))
        .order_by(decisions.c.id)
        .limit(limit)
    )
    return tuple(_decision(row) for row in database.execute(query))


def _of_run(database: Connection, run_id: int, words: str) -> list[ColumnElement[bool]]:
    connection_id = database.scalar(select(runs.c.connection_id).where(runs.c.id == run_id))
    asked = Question(words, connection_id=connection_id)
    if not asked.pieces:
        return [decisions.c.run_id == run_id]
    some = found_ids(database, asked, SOUGHT + 1)
    if len(some) > SOUGHT:  # reading the plan in its order soon fills a page
        return [decisions.c.run_id == run_id, *narrowed(database, asked)]
    # A sum has no index: few people are looked up one by one, however large the plan is.
    return [decisions.c.run_id + 0 == run_id, decisions.c.person_id.in_(some)]


def _kind(kind: str) -> Any:
    narrowed = {"": decisions.c.id > 0, HELD: decisions.c.held, OPT_OUT: decisions.c.first}
    return narrowed.get(kind, decisions.c.action == kind)


def _decision(row: Any) -> DecisionLine:
    return DecisionLine(
        id=row.id,
        person_id=row.person_id,
        name=row.name or "",
        email=row.email or "",
        company=row.company or "",
        action=row.action,
        opt_out=row.first,
        held=row.held,
        crm_patch=decode_patch(row.crm_patch),
        mailchimp_patch=decode_patch(row.mailchimp_patch),
        crm=decode_record(row.crm_payload) if row.crm_payload else None,
        mailchimp=decode_record(row.mailchimp_payload) if row.mailchimp_payload else None,
        crm_state=row.crm_state,
        mailchimp_state=row.mailchimp_state,
        reasons=decode(tuple[str, ...], row.reasons),
        problem=row.problem,
    )


def _runs() -> Any:
    return select(runs, connections.c.name.label("connection")).join(connections)


def _run(row: Any) -> RunLine:
    return RunLine(
        id=row.id,
        number=row.number,
        connection_id=row.connection_id,
        connection=row.connection,
        trigger=row.trigger,
        state=row.state,
        started_at=row.started_at,
        finished_at=row.finished_at,
        wait=row.wait,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
        problem=row.problem,
        fix=row.fix,
        counts=decode(dict[str, int], row.counts),
        progress=decode(Progress, row.progress),
    )
