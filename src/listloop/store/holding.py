"""What of a plan is held until a person says yes, and how many people a plan concerns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, case, func, or_, select, update

from listloop.core.people import SideName
from listloop.core.plan import Kind
from listloop.store.bulk import among
from listloop.store.decisions import leave
from listloop.store.records import CHUNK, chunks
from listloop.store.runs import REST
from listloop.store.tables import decisions, runs


def hold_kinds(db: Connection, run_id: int, kinds: Collection[str]) -> None:
    """Hold every planned decision of these kinds until a person says yes."""
    for kind in kinds:
        db.execute(
            update(decisions).where(decisions.c.run_id == run_id, _of_kind(kind), _unwritten()).values(held=True)
        )


@dataclass(frozen=True, slots=True)
class Chosen:
    """Part of a plan: everything of these kinds (an action, ``opt_out``, or a kind of the guard), and these people.

    Empty, it is all of the plan (``ALL``).
    """

    kinds: frozenset[str] = frozenset()
    people: frozenset[int] = frozenset()


ALL = Chosen()


def _chosen(chosen: Chosen) -> Any:
    wanted = [decisions.c.person_id.in_(some) for some in chunks(sorted(chosen.people))]
    wanted.append(decisions.c.action.in_(sorted(chosen.kinds)))
    wanted += [_of_kind(kind) for kind in sorted(chosen.kinds & set(Kind))]
    if "opt_out" in chosen.kinds:
        wanted.append(decisions.c.first.is_(True))
    return or_(*wanted)


def count_chosen(db: Connection, run_id: int, chosen: Chosen) -> int:
    """How many held decisions of a plan are of this part."""
    held = (decisions.c.run_id == run_id) & decisions.c.held.is_(True) & _unwritten()
    return int(db.scalar(select(func.count()).where(held, _chosen(chosen))) or 0)


def move_unchosen(db: Connection, run_id: int, rest: int, chosen: Chosen) -> None:
    """Give the held decisions of a plan that are not of this part to another run."""
    held = (decisions.c.run_id == run_id) & decisions.c.held.is_(True) & _unwritten()
    db.execute(update(decisions).where(held, ~_chosen(chosen)).values(run_id=rest))


_RESTS = select(runs.c.id).where(
    runs.c.connection_id == bindparam("of"), runs.c.trigger == REST, runs.c.state == "waiting"
)


def leave_rest(db: Connection, connection_id: int, person_ids: Collection[int]) -> None:
    """Leave what the rest of an earlier plan holds of people who are decided anew."""
    waiting = list(db.scalars(_RESTS, {"of": connection_id}))
    if not waiting:
        return
    for some in chunks(person_ids):
        mine = select(decisions.c.id).where(decisions.c.person_id.in_(some), decisions.c.run_id.in_(waiting))
        leave(db, list(db.scalars(mine)), ("planned",))


_RELEASED = update(decisions).where(among(decisions.c.id, "ids")).values(held=False)


def release(db: Connection, run_id: int) -> None:
    """The yes: nothing of this run is held any longer.

    By pieces: for one statement SQLite would keep every page that it changes in memory until its end.
    """
    held = select(decisions.c.id).where(decisions.c.run_id == run_id, decisions.c.held.is_(True))
    after = 0
    while ids := db.scalars(held.where(decisions.c.id > after).order_by(decisions.c.id).limit(CHUNK)).all():
        db.execute(_RELEASED, {"ids": ids})
        after = ids[-1]


def _unwritten() -> Any:
    return (decisions.c.crm_state == "planned") | (decisions.c.mailchimp_state == "planned")


def _written() -> Any:
    return (decisions.c.crm_state == "done") | (decisions.c.mailchimp_state == "done")


def _of_kind(kind: str) -> Any:
    return ("," + decisions.c.kinds + ",").like(f"%,{kind},%")


def last_decision(db: Connection, run_id: int) -> int:
    """The number of a run's last decision; 0 where there is none."""
    return db.scalar(select(func.max(decisions.c.id)).where(decisions.c.run_id == run_id)) or 0


def is_unwritten(db: Connection, run_id: int, last: int) -> bool:
    """Is anything of a run's decisions up to that number planned, and not held?"""
    mine = (decisions.c.run_id == run_id) & decisions.c.held.is_(False) & (decisions.c.id <= last)
    return db.execute(select(decisions.c.id).where(mine, _unwritten()).limit(1)).first() is not None


def count_kinds(db: Connection, run_id: int) -> Counter[Kind]:
    """How many planned decisions of a run are of each destructive kind; 0 for a kind of which there is none."""
    return _kinds_of(db, _KINDS, {"run": run_id})


def count_written(db: Connection, connection_id: int, since: datetime) -> Counter[Kind]:
    """How many changes of each destructive kind were written since a moment, by plans that nobody said yes to.

    A run that was over before then wrote nothing since; only where it failed may a later one have found it done.
    """
    return _kinds_of(db, _KINDS_WRITTEN, {"of": connection_id, "since": since})


def _kinds_of(db: Connection, query: Select[Any], values: Mapping[str, object]) -> Counter[Kind]:
    found: Counter[Kind] = Counter()
    for kinds, count in db.execute(query, values):
        found.update({Kind(kind): count for kind in kinds.split(",")})
    return found


def _counted(query: Select[Any]) -> Select[Any]:
    return query.where(decisions.c.kinds != "").group_by(decisions.c.kinds)


_KINDS = _counted(
    select(decisions.c.kinds, func.count()).where(decisions.c.run_id == bindparam("run"), _unwritten()),
)
_KINDS_WRITTEN = _counted(
    select(decisions.c.kinds, func.count())
    .select_from(runs.join(decisions, decisions.c.run_id == runs.c.id))
    .where(
        runs.c.connection_id == bindparam("of"),
        runs.c.approved_at.is_(None),
        or_(runs.c.finished_at.is_(None), runs.c.finished_at >= bindparam("since"), runs.c.state == "failed"),
    )
    .where(decisions.c.written_at >= bindparam("since"), _written())
)


#: What ``counts`` counts the people of.
_SEVERAL = {
    "people": decisions.c.person_id,
    "held": case((decisions.c.held.is_(True) & _unwritten(), decisions.c.person_id)),
    "opt_out": case((decisions.c.first.is_(True), decisions.c.person_id)),
}
_OF_RUN = decisions.c.run_id == bindparam("run")
_ACTIONS = (
    select(decisions.c.action, func.count(decisions.c.person_id.distinct())).where(_OF_RUN).group_by(decisions.c.action)
)
_COUNTS = select(*(func.count(one.distinct()) for one in _SEVERAL.values())).where(_OF_RUN)
_STATES = {
    side: select(column, func.count()).where(_OF_RUN, column != "").group_by(column)
    for side, column in ((SideName.CRM, decisions.c.crm_state), (SideName.MAILCHIMP, decisions.c.mailchimp_state))
}


def counts(db: Connection, run_id: int) -> dict[str, int]:
    """How many people a run's plan concerns: by action, ``held``, ``opt_out``, and the states of each side's writes."""
    mine = {"run": run_id}
    found: dict[str, int] = {row[0]: row[1] for row in db.execute(_ACTIONS, mine)}
    found.update(zip(_SEVERAL, db.execute(_COUNTS, mine).one(), strict=True))
    if found["people"]:
        for side, states in _STATES.items():
            found.update({f"{side}_{row[0]}": row[1] for row in db.execute(states, mine)})
    return found
