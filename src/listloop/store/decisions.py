"""Decisions: the plan of a run, row by row, and how far each was carried out.

A side's state goes from ``planned`` to ``intended`` (saved before the write), then ``done`` or ``refused``; ``left`` is
a pair that moved meanwhile and is decided again by the next plan.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, Update, bindparam, delete, func, or_, select, update

from listloop.core.frozen import frozen, replace
from listloop.core.people import Consent, Patch, SideName
from listloop.core.plan import Action, Decision, Kind
from listloop.store.bulk import among, insert_many, update_many
from listloop.store.codec import decode, decode_patch, encode, lean
from listloop.store.records import chunks
from listloop.store.runs import ORDERED
from listloop.store.tables import decisions, runs


@frozen
class DecisionRow:
    """One decision as stored; ``first`` are nos, written before anything else."""

    id: int
    run_id: int
    person_id: int
    first: bool
    held: bool
    crm_state: str
    mailchimp_state: str
    decision: Decision

    def state(self, side: SideName) -> str:
        """How far one side was carried out."""
        return self.crm_state if side is SideName.CRM else self.mailchimp_state

    def patch(self, side: SideName) -> Patch:
        """What one side is to be written."""
        return self.decision.crm if side is SideName.CRM else self.decision.mailchimp


def lowers(patch: Patch) -> bool:
    """Is this a no, to be written before anything else?"""
    return patch.consent is Consent.UNSUBSCRIBED and patch.email is None


def split(decision: Decision) -> list[tuple[bool, Decision]]:
    """A decision as one or two rows to write: the status of existing records apart and first, then the rest.

    A status never goes along with other fields, but where a record is created or brought back from the archive.
    """
    if decision.crm.consent is None and decision.mailchimp.consent is None:
        return [(False, decision)]
    making = decision.action in (Action.NEW_CRM, Action.NEW_MAILCHIMP)
    reviving = decision.mailchimp.takes_part is True
    status = Patch(consent=decision.crm.consent if not making or decision.action is Action.NEW_MAILCHIMP else None)
    status_there = Patch(
        consent=None if reviving or decision.action is Action.NEW_MAILCHIMP else decision.mailchimp.consent
    )
    if not status and not status_there:
        return [(False, decision)]
    rest = replace(
        decision,
        crm=decision.crm.without_consent() if status else decision.crm,
        mailchimp=decision.mailchimp.without_consent() if status_there else decision.mailchimp,
        kinds=decision.kinds - {Kind.CRM_NO},
    )
    consent = replace(
        decision,
        crm=status,
        mailchimp=status_there,
        action=Action.UPDATE if decision.take else decision.action,
        take="",
        reasons=decision.reasons[:1],
        sources={},
        lost=(),
        kinds=decision.kinds & {Kind.CRM_NO},
    )
    rows = [(lowers(status) or lowers(status_there), consent)]
    if rest.writes:
        rows.append((False, rest))
    return rows


class Hold(StrEnum):
    """What of a plan waits for a yes: nothing, all but the nos, or all."""

    NOTHING = "nothing"
    BUT_NOS = "all but the nos"
    ALL = "all"


#: What has no column of its own.
_body = lean(Decision, ("crm", "mailchimp", "reasons"))


def save_decisions(db: Connection, run_id: int, made: Collection[tuple[int, Decision]], hold: Hold) -> None:
    """Save what is to be written, before anything is."""
    rows = []
    for person_id, decision in made:
        if decision.action is Action.KEEP:
            rows.append(_kept_row(run_id, person_id, decision))
            continue
        for first, part in split(decision):
            rows.append(
                {
                    "run_id": run_id,
                    "person_id": person_id,
                    "action": part.action,
                    "first": first,
                    "crm_patch": encode(part.crm) if part.crm else "",
                    "mailchimp_patch": encode(part.mailchimp) if part.mailchimp else "",
                    "reasons": encode(part.reasons),
                    "kinds": ",".join(sorted(part.kinds)),
                    "crm_state": "planned" if part.crm or part.take else "",
                    "mailchimp_state": "planned" if part.mailchimp else "",
                    "held": hold is Hold.ALL or (hold is Hold.BUT_NOS and not first),
                    "body": _body(part),
                }
            )
    insert_many(db, decisions, rows)


_OF_THESE = among(decisions.c.person_id, "people")
_THEIRS = select(decisions.c.id, decisions.c.crm_state, decisions.c.mailchimp_state, decisions.c.run_id)
_OF_THEM = _THEIRS.where(_OF_THESE)
_FORGOTTEN = delete(decisions).where(among(decisions.c.id, "ids"))


def _kept_row(run_id: int, person_id: int, decision: Decision) -> dict[str, Any]:
    """A line of a plan that writes nothing, and tells why."""
    return {
        "run_id": run_id,
        "person_id": person_id,
        "action": decision.action,
        "first": False,
        "crm_patch": "",
        "mailchimp_patch": "",
        "reasons": encode(decision.reasons),
        "kinds": "",
        "crm_state": "",
        "mailchimp_state": "",
        "held": False,
        "body": _body(decision),
    }


def creations(db: Connection, person_ids: Collection[int]) -> dict[int, dict[SideName, Patch]]:
    """The patches by which records of these people were made, by person and side."""
    found: dict[int, dict[SideName, Patch]] = {}
    for some in chunks(person_ids):
        query = select(decisions).where(
            decisions.c.person_id.in_(some), decisions.c.action.in_((Action.NEW_CRM, Action.NEW_MAILCHIMP))
        )
        for row in db.execute(query.order_by(decisions.c.id)):
            side = SideName.CRM if row.action == Action.NEW_CRM else SideName.MAILCHIMP
            patch = row.crm_patch if side is SideName.CRM else row.mailchimp_patch
            state = row.crm_state if side is SideName.CRM else row.mailchimp_state
            if state == "done":
                found.setdefault(row.person_id, {})[side] = decode_patch(patch)
    return found


def forget_decisions(db: Connection, run_id: int, person_ids: Collection[int]) -> None:
    """Drop what a run planned for people who are decided anew, as far as nothing of it is written or under way."""
    # By person alone, whose decisions are few: an index on states or runs would lead through the whole plan.
    rows = db.execute(_OF_THEM, {"people": person_ids}) if person_ids else ()
    ids = [one for one, crm, member, run in rows if run == run_id and {crm, member} <= {"", "planned"}]
    if ids:
        db.execute(_FORGOTTEN, {"ids": ids})


#: What ``_decision`` takes, in its order.
_OWN = ("id", "run_id", "person_id", "first", "held", "crm_state", "mailchimp_state")
_DOCUMENT = ("body", "crm_patch", "mailchimp_patch", "reasons")
_WHOLE = select(*(decisions.c[name] for name in (*_OWN, *_DOCUMENT)))


def _planned(first: bool, side: SideName) -> Select[Any]:
    column = decisions.c.mailchimp_state if side is SideName.MAILCHIMP else decisions.c.crm_state
    mine = (decisions.c.run_id == bindparam("run")) & (column == "planned")
    to_write = (decisions.c.held.is_(False), decisions.c.action != Action.MOVE)
    query = _WHOLE.where(mine, decisions.c.first.is_(first), *to_write)
    return query.order_by(decisions.c.id).limit(bindparam("most"))


#: In the order of writing: nos first, then Mailchimp, then the CRM.
_PLANNED = [(side, _planned(first, side)) for first in (True, False) for side in (SideName.MAILCHIMP, SideName.CRM)]


def next_chunk(db: Connection, run_id: int, limit: int) -> tuple[SideName, list[DecisionRow]] | None:
    """What to write next, for one side: nos first, then Mailchimp, then the CRM; None when all is done."""
    for side, query in _PLANNED:
        rows = [_decision(row) for row in db.execute(query, {"run": run_id, "most": limit})]
        if rows:
            return side, rows
    return None


_MOVES = _WHOLE.where(
    decisions.c.run_id == bindparam("run"),
    decisions.c.action == Action.MOVE,
    decisions.c.crm_state == "planned",
    decisions.c.held.is_(False),
).order_by(decisions.c.id)


def planned_moves(db: Connection, run_id: int) -> list[DecisionRow]:
    """Links that this run is to move, and that are not held; they have nothing to write."""
    return [_decision(row) for row in db.execute(_MOVES, {"run": run_id})]


_INTENDED = (
    _WHOLE.join(runs, runs.c.id == decisions.c.run_id)
    .where(
        runs.c.connection_id == bindparam("of"),
        or_(decisions.c.crm_state == "intended", decisions.c.mailchimp_state == "intended"),
    )
    .order_by(decisions.c.id)
)


def intended(db: Connection, connection_id: int) -> list[DecisionRow]:
    """Writes that were under way when their run was interrupted."""
    return [_decision(row) for row in db.execute(_INTENDED, {"of": connection_id})]


def _decision(row: Row[*tuple[Any, ...]]) -> DecisionRow:
    one, run, person, first, held, crm_state, mailchimp_state, body, crm, mailchimp, reasons = row
    # The columns are parts of one document: read in one go, and nothing of it is copied.
    parts = f'"crm":{crm or "{}"},"mailchimp":{mailchimp or "{}"},"reasons":{reasons}}}'
    whole = decode(Decision, f"{body[:-1]}{',' if len(body) > 2 else ''}{parts}")
    return DecisionRow(one, run, person, first, held, crm_state, mailchimp_state, whole)


@cache
def _setting(names: tuple[str, ...]) -> Update:
    """An update of these columns of some decisions."""
    return update(decisions).where(among(decisions.c.id, "ids")).values({name: bindparam(name) for name in names})


def set_states(
    db: Connection, side: SideName, states: Collection[tuple[int, str, str]], at: datetime | None = None
) -> None:
    """Set (decision id, state, problem) for one side; what is not given stays as the other side left it."""
    column = "crm_state" if side is SideName.CRM else "mailchimp_state"
    alike: dict[tuple[str, str], list[int]] = {}
    for one, state, problem in states:
        alike.setdefault((state, problem), []).append(one)
    for (state, problem), ids in alike.items():
        values: dict[str, object] = {column: state}
        values |= ({"problem": problem} if problem else {}) | ({"written_at": at} if at else {})
        db.execute(_setting(tuple(values)), {"ids": ids, **values})


def plan_crm(db: Connection, patches: Collection[tuple[int, Patch]]) -> None:
    """Change what the CRM is to be written by these decisions: a member's ID is known only once it exists."""
    rows = [{"id": one, "crm_patch": encode(patch), "crm_state": "planned"} for one, patch in patches]
    update_many(db, decisions, rows)


def leave(db: Connection, decision_ids: Collection[int], states: Collection[str] = ("planned", "intended")) -> None:
    """Leave these decisions to the next plan: their people moved since."""
    for column in (decisions.c.crm_state, decisions.c.mailchimp_state) if decision_ids else ():
        # Not by the state itself: its index would lead through everything that is planned.
        statement = update(decisions).where(among(decisions.c.id, "ids"), func.coalesce(column, "").in_(list(states)))
        db.execute(statement.values({column.name: "left"}), {"ids": decision_ids})


def leave_runs(db: Connection, run_ids: Collection[int]) -> list[int]:
    """Leave all that is still planned in these runs, but for writes under way; returns the people concerned."""
    if not run_ids:
        return []
    waiting = decisions.c.run_id.in_(list(run_ids)) & (
        (decisions.c.crm_state == "planned") | (decisions.c.mailchimp_state == "planned")
    )
    rows = db.execute(select(decisions.c.id, decisions.c.person_id).where(waiting)).all()
    leave(db, [row.id for row in rows], ("planned",))
    return [row.person_id for row in rows]


_OF_RUN = decisions.c.run_id == bindparam("run")
_GOING = ("deciding", "waiting", "writing")
# By person alone, whose decisions are few: an index on states or runs would lead through the whole plan.
_UNFINISHED = (
    select(
        decisions.c.person_id,
        decisions.c.run_id,
        decisions.c.crm_state,
        decisions.c.mailchimp_state,
        runs.c.state,
        decisions.c.crm_patch,
        decisions.c.mailchimp_patch,
    )
    .join(runs, runs.c.id == decisions.c.run_id)
    .where(_OF_THESE, runs.c.trigger.not_in(ORDERED) | (runs.c.id == bindparam("run")))
    .order_by(decisions.c.id)
)


def unfinished(db: Connection, run_id: int, person_ids: Collection[int]) -> set[int]:
    """Of these people, those with something that is still to be written, or that was refused in this run.

    Who was decided anew after a refusal, as an address that was taken is, stands where the last decision says; but a
    consent travels alone, and what is written besides mends no refusal of it.
    """
    found: set[int] = set()
    consents: set[int] = set()
    refused: dict[int, bool] = {}
    rows = db.execute(_UNFINISHED, {"people": person_ids, "run": run_id}).all() if person_ids else ()
    for person, run, crm, mailchimp, state, *patches in rows:
        states = {crm, mailchimp}
        if "planned" in states and state in _GOING:
            found.add(person)
        if run == run_id:
            refused[person] = "refused" in states
            if "refused" in states or person in consents:
                told = [decode_patch(one) for one in patches]
                if "refused" in states and not any(one.without_consent() for one in told):
                    consents.add(person)
                elif any(one.consent for one in told):
                    consents.discard(person)
    return found | consents | {person for person, was in refused.items() if was}


def of_run(db: Connection, run_id: int, after: int = 0, limit: int = 500) -> list[dict[str, Any]]:
    """The rows of a plan, by id."""
    query = select(decisions).where(decisions.c.run_id == run_id, decisions.c.id > after).order_by(decisions.c.id)
    return [dict(row) for row in db.execute(query.limit(limit)).mappings()]
