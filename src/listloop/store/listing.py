"""What a plan tells of everybody, a page at a time and no more of a record than is told.

A plan of hundreds of thousands is listed whole, so pages are decoded at once and into less than ``store.people`` does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, exists, func, select

from listloop.core.plan import Rule, Standing
from listloop.store.bulk import among
from listloop.store.codec import decode
from listloop.store.tables import decisions, people, records

_PAGE = 2000


class ShownPerson(msgspec.Struct, gc=False):
    """The person of a record."""

    email: str = ""
    consent: str = "unknown"
    fields: dict[str, str] = {}


class Shown(msgspec.Struct, gc=False):
    """What a side showed last, as far as it is told."""

    key: str
    person: ShownPerson
    takes_part: bool | None = None
    mailchimp_id: str = ""
    kind: str = ""
    name: str = ""


class ShownPatch(msgspec.Struct, gc=False):
    """An edit of one record; see ``listloop.core.people.Patch``."""

    email: str | None = None
    fields: dict[str, str] = {}
    add: list[str] = []
    remove: list[str] = []
    consent: str | None = None
    takes_part: bool | None = None
    mailchimp_id: str | None = None

    def over(self, other: ShownPatch | None) -> ShownPatch:
        """Both edits as one."""
        if other is None:
            return self
        return ShownPatch(
            self.email if self.email is not None else other.email,
            {**other.fields, **self.fields},
            [*other.add, *self.add],
            [*other.remove, *self.remove],
            self.consent or other.consent,
            self.takes_part if self.takes_part is not None else other.takes_part,
            self.mailchimp_id if self.mailchimp_id is not None else other.mailchimp_id,
        )


class Outlook(msgspec.Struct, gc=False):
    """Of a decision, where its person stands once it is written."""

    standing: str = Standing.IN_SYNC
    rule: str = ""


@dataclass(slots=True)
class Listed:
    """One of the population, and the rows of a plan about them: all patches of a side as one, and every reason."""

    id: int
    standing: str
    rule: str
    reason: str
    crm: Shown | None
    mailchimp: Shown | None
    actions: list[str] = field(default_factory=list)
    to_crm: ShownPatch | None = None
    to_mailchimp: ShownPatch | None = None
    reasons: dict[str, None] = field(default_factory=dict)
    outlook: Outlook | None = None


_crm, _mailchimp = records.alias("crm"), records.alias("mailchimp")
_PEOPLE = (
    select(people.c.id, people.c.standing, people.c.rule, people.c.reason, _crm.c.payload, _mailchimp.c.payload)
    .select_from(
        people.outerjoin(_crm, _crm.c.id == people.c.crm_record).outerjoin(
            _mailchimp, _mailchimp.c.id == people.c.mailchimp_record
        )
    )
    .order_by(people.c.id)
)
# A sum has no index: by id a page is a few rows, by connection it would be everybody, for each page again.
_A_PAGE = _PEOPLE.where(
    people.c.connection_id + 0 == bindparam("of"), people.c.counted.is_(True), people.c.id > bindparam("after")
).limit(_PAGE)
_THESE = _PEOPLE.where(among(people.c.id, "ids"))
# By person, whose decisions are few; the index of runs would lead through the whole plan.
_PARTS = (
    select(
        decisions.c.person_id,
        decisions.c.action,
        decisions.c.reasons,
        decisions.c.crm_patch,
        decisions.c.mailchimp_patch,
        decisions.c.body,
    )
    .where(decisions.c.run_id + 0 == bindparam("run"), among(decisions.c.person_id, "ids"))
    .order_by(decisions.c.id)
)
_FIRST = (
    select(decisions.c.person_id, decisions.c.action)
    .where(decisions.c.run_id == bindparam("run"))
    .order_by(decisions.c.id)
    .limit(2000)
)


def listed(db: Connection, connection_id: int, run_id: int) -> Iterator[list[Listed]]:
    """The whole population by id, a page at a time, with what the plan of this run does to them."""
    after = 0
    while True:
        rows = db.execute(_A_PAGE, {"of": connection_id, "after": after}).all()
        if rows:
            yield _whole(db, run_id, rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]


def samples(db: Connection, run_id: int, most: int) -> list[Listed]:
    """The first people of a plan: one of each action comes first."""
    rows = db.execute(_FIRST, {"run": run_id}).all()
    firsts = {action: person for person, action in reversed(rows)}
    order = [firsts[action] for action in dict.fromkeys(action for _, action in rows)] + [person for person, _ in rows]
    ids = list(dict.fromkeys(order))[:most]
    there = {one.id: one for one in _whole(db, run_id, db.execute(_THESE, {"ids": ids}).all())}
    return [there[one] for one in ids if one in there]


def outlooks(db: Connection, run_id: int) -> Iterator[tuple[str, Outlook]]:
    """Of everybody with something planned who is of the population: the standing now, and that after it."""
    last = select(func.max(decisions.c.id)).where(decisions.c.run_id == run_id).group_by(decisions.c.person_id)
    query = (
        select(people.c.standing, decisions.c.body)
        .join(people, people.c.id == decisions.c.person_id)
        .where(decisions.c.id.in_(last), people.c.counted.is_(True))
    )
    for rows in db.execute(query.execution_options(yield_per=1000)).partitions():
        yield from zip((row[0] for row in rows), _decoded(Outlook, [row[1] for row in rows]), strict=True)


def alike(db: Connection, connection_id: int, run_id: int) -> int:
    """How many pairs agree in everything, so that the plan of this run has nothing to do but to link them."""
    planned = exists().where(decisions.c.person_id == people.c.id, decisions.c.run_id + 0 == run_id)
    query = select(func.count()).where(
        people.c.connection_id == connection_id,
        people.c.counted.is_(True),
        people.c.crm_record.is_not(None),
        people.c.mailchimp_record.is_not(None),
        people.c.rule != Rule.AMBIGUOUS,
        ~planned,
    )
    return int(db.scalar(query) or 0)


def _whole(db: Connection, run_id: int, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Listed]:
    crm = _decoded(Shown, [row[4] for row in rows])
    mailchimp = _decoded(Shown, [row[5] for row in rows])
    found = [
        Listed(number, standing, rule, reason, here, there)
        for (number, standing, rule, reason, _, _), here, there in zip(rows, crm, mailchimp, strict=True)
    ]
    by_id = {one.id: one for one in found}
    parts = db.execute(_PARTS, {"run": run_id, "ids": list(by_id)}).all()
    bodies = _decoded(Outlook, [part[5] for part in parts])
    patches = zip(*(_decoded(ShownPatch, [part[place] for part in parts]) for place in (3, 4)), strict=True)
    for (person, action, reasons, _, _, _), body, (here, there) in zip(parts, bodies, patches, strict=True):
        one = by_id[person]
        one.actions.append(action)
        one.reasons.update(_reasons(reasons))
        one.to_crm = here.over(one.to_crm) if here else one.to_crm
        one.to_mailchimp = there.over(one.to_mailchimp) if there else one.to_mailchimp
        one.outlook = body
    return found


def _decoded(kind: type[Any], texts: Collection[str | None]) -> list[Any]:
    """Many texts by one call, which costs half of a call for each; None for those that are empty."""
    return decode(list[kind | None], f"[{','.join(text or 'null' for text in texts)}]")  # type: ignore[valid-type]


@lru_cache(maxsize=2000)
def _reasons(text: str) -> dict[str, None]:
    """Most people have a reason in common with others."""
    return dict.fromkeys(decode(list[str], text))
