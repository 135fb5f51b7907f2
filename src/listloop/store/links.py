"""Links that move: CRM records that are linked with other members than before, all of them in one go."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from listloop.core.plan import Rule
from listloop.store.people import save_people
from listloop.store.tables import people


@dataclass(frozen=True, slots=True)
class Move:
    """A person who gets the member of another (None: lets go of the own, and is no link any more).

    ``left_behind``: the own member is of nobody's, and no new person.
    """

    person: int
    other: int | None
    memory: str
    by: str
    left_behind: bool = True


#: A person that is no link.
_APART: dict[str, Any] = {"mailchimp_record": None, "linked_at": None, "linked_by": "", "parted": "", "memory": ""}


def move_links(db: Connection, connection_id: int, moves: Collection[Move]) -> None:
    """Move these links; whoever loses a member to them and gets none is decided anew, and so is every mover.

    A member that nobody takes goes to the person whose member was taken at the other end, where that one has no CRM
    record, else it becomes a person of its own.
    """
    if not moves:
        return
    ids = {one.person for one in moves} | {one.other for one in moves if one.other is not None}
    had = {row.id: row for row in db.execute(select(people).where(people.c.id.in_(ids)))}
    save_people(db, [{"id": one, "mailchimp_record": None} for one in sorted(ids)])
    save_people(
        db,
        [
            {
                "id": one.person,
                "mailchimp_record": had[one.other].mailchimp_record,
                "memory": one.memory,
                "linked_by": one.by,
                "parted": "",
                "settled": False,
                "dirty": True,
            }
            for one in moves
            if one.other is not None
        ],
    )
    gives = {
        "mailchimp_record": None,
        "linked_at": None,
        "linked_by": "",
        "parted": "",
        "settled": False,
        "dirty": True,
    }
    save_people(db, [{"id": one.person, "memory": one.memory, **gives} for one in moves if one.other is None])
    _leave_behind(db, connection_id, moves, had)


def _leave_behind(db: Connection, connection_id: int, moves: Collection[Move], had: Mapping[int, Row[Any]]) -> None:
    """Find a place for members that nobody took, let go of ends that lost theirs; ``had`` is from before the move."""
    taken = {one.other for one in moves if one.other is not None}
    moving = {one.person for one in moves}
    left = sorted((had[one.person].mailchimp_record, one.left_behind) for one in moves if one.person not in taken)
    ends = sorted(taken - moving)
    for record, behind in left:
        parted = Rule.MOVED if behind else ""
        alone = next((one for one in ends if had[one].crm_record is None), None)
        values = {**_APART, "mailchimp_record": record, "parted": parted, "dirty": True}
        if alone is None:
            db.execute(insert(people).values(connection_id=connection_id, **values))
        else:
            ends.remove(alone)
            save_people(db, [{"id": alone, **values}])
    # What their CRM records said of consent is remembered on.
    apart = {name: value for name, value in _APART.items() if name != "memory"}
    save_people(db, [{"id": one, **apart, "dirty": True} for one in ends])
