"""Who could be who: unlinked members and CRM people with the same ID or address, without a look at their records."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from listloop.core.frozen import frozen
from listloop.core.match import By
from listloop.core.people import SideName
from listloop.core.plan import Rule
from listloop.store.bulk import among
from listloop.store.tables import addresses, older_ids, people, records


@frozen
class Candidate:
    """A CRM person that a member could be, both by their ids. ``same_id``: the CRM stores this member's very ID."""

    member: int
    crm: int
    same_id: bool


# Values go from question to question through the program: in one statement SQLite would begin with everybody who is
# alone, or with every address of a side, instead of with the people asked for.

_HERE = (records.c.connection_id == bindparam("of"), records.c.gone.is_(False))
_ALONE = (among(people.c.id, "ids"), people.c.linked_at.is_(None), records.c.gone.is_(False))
_IN_CRM = people.join(records, records.c.id == people.c.crm_record)
_IN_AUDIENCE = people.join(records, records.c.id == people.c.mailchimp_record)

_PAIRS = select(people.c.id).where(
    among(people.c.id, "ids"),
    people.c.linked_at.is_(None),
    people.c.crm_record.is_not(None),
    people.c.mailchimp_record.is_not(None),
)

#: Members that are alone, and what CRM people that are alone can be found by.
_MEMBERS = select(people.c.id).select_from(_IN_AUDIENCE).where(*_ALONE, people.c.crm_record.is_(None))
_VALUES: dict[By, Select[Any]] = {
    By.ID: select(records.c.mailchimp_id)
    .select_from(_IN_CRM)
    .where(*_ALONE, people.c.mailchimp_record.is_(None), records.c.mailchimp_id > ""),
    By.EMAIL: select(addresses.c.address)
    .select_from(_IN_CRM.join(addresses, addresses.c.record_id == records.c.id))
    .where(*_ALONE, people.c.mailchimp_record.is_(None)),
    By.OLDER: select(older_ids.c.value)
    .select_from(_IN_CRM.join(older_ids, older_ids.c.record_id == records.c.id))
    .where(*_ALONE, people.c.mailchimp_record.is_(None), records.c.mailchimp_id == ""),
}
_OLDER = (older_ids.c.connection_id == bindparam("of"), among(older_ids.c.value, "values"))
_NEAR: dict[By, Select[Any]] = {
    by: select(people.c.id, people.c.crm_record)
    .select_from(_IN_AUDIENCE)
    .where(*_HERE, records.c.side == SideName.MAILCHIMP, among(column, "values"))
    for by, column in ((By.ID, records.c.mailchimp_id), (By.EMAIL, records.c.address))
}
_NEAR[By.OLDER] = (
    select(people.c.id, people.c.crm_record)
    .select_from(_IN_AUDIENCE.join(older_ids, older_ids.c.record_id == records.c.id))
    .where(*_HERE, older_ids.c.side == SideName.MAILCHIMP, *_OLDER)
)

_OF_MEMBERS = (
    select(people.c.id, records.c.address, records.c.mailchimp_id)
    .select_from(_IN_AUDIENCE)
    .where(among(people.c.id, "ids"))
)
#: A member that a person let go of is not that person's again, though the CRM still names its ID for a while.
_KNOWN = _OF_MEMBERS.where(people.c.parted != Rule.MOVED)
_OLDER_OF_MEMBERS = (
    select(people.c.id, older_ids.c.value, records.c.mailchimp_id)
    .select_from(_IN_AUDIENCE.join(older_ids, older_ids.c.record_id == records.c.id))
    .where(among(people.c.id, "ids"))
)
_FOUND = (people.c.id, people.c.mailchimp_record, records.c.mailchimp_id)
_CRM: dict[By, Select[Any]] = {
    By.ID: select(records.c.mailchimp_id, *_FOUND)
    .select_from(_IN_CRM)
    .where(*_HERE, records.c.side == SideName.CRM, among(records.c.mailchimp_id, "values")),
    By.EMAIL: select(addresses.c.address, *_FOUND)
    .select_from(
        addresses.join(people, people.c.crm_record == addresses.c.record_id).join(
            records, records.c.id == addresses.c.record_id
        )
    )
    .where(
        addresses.c.connection_id == bindparam("of"),
        addresses.c.side == SideName.CRM,
        among(addresses.c.address, "values"),
        records.c.gone.is_(False),
    ),
    By.OLDER: select(older_ids.c.value, *_FOUND)
    .select_from(_IN_CRM.join(older_ids, older_ids.c.record_id == records.c.id))
    .where(*_HERE, older_ids.c.side == SideName.CRM, *_OLDER, records.c.mailchimp_id == ""),
}


def pairs_unlinked(db: Connection, ids: Collection[int]) -> list[int]:
    """Of these people, those who were paired and are no link yet."""
    return list(db.scalars(_PAIRS, {"ids": ids}))


def members_among(db: Connection, ids: Collection[int]) -> set[int]:
    """Unlinked members among these people."""
    return set(db.scalars(_MEMBERS, {"ids": ids}).all())


def members_near(db: Connection, connection_id: int, ids: Collection[int], by: By) -> set[int]:
    """Unlinked members among these people, and those with an ID or address of an unlinked CRM person among them."""
    found = members_among(db, ids)
    values = set(db.scalars(_VALUES[by], {"ids": ids}))
    near = db.execute(_NEAR[by], {"of": connection_id, "values": values}) if values else ()
    return found | {member for member, crm_record in near if crm_record is None}


_ANY_OLDER = (
    select(older_ids.c.record_id)
    .where(older_ids.c.connection_id == bindparam("of"), older_ids.c.side == SideName.CRM)
    .limit(1)
)


def has_older_ids(db: Connection, connection_id: int) -> bool:
    """Does the CRM show an ID of an earlier connector?"""
    return db.scalar(_ANY_OLDER, {"of": connection_id}) is not None


def candidates(db: Connection, connection_id: int, members: Collection[int], by: By) -> list[Candidate]:
    """The unlinked CRM people that these members could be."""
    values: dict[str, list[tuple[int, str]]] = {}
    of_members = {By.OLDER: _OLDER_OF_MEMBERS, By.ID: _KNOWN}.get(by, _OF_MEMBERS)
    for member, address, own in db.execute(of_members, {"ids": members}).all() if members else ():
        values.setdefault(own if by is By.ID else address, []).append((member, own))
    values.pop("", None)
    rows = db.execute(_CRM[by], {"of": connection_id, "values": list(values)}).all() if values else ()
    found = {
        (member, crm): Candidate(member, crm, own == stored != "")
        for value, crm, mailchimp_record, stored in rows
        if mailchimp_record is None
        for member, own in values[value]
    }
    return list(found.values())
