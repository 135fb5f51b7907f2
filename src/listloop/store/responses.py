"""Responses: one row for each recipient of a campaign, known by the address of the mail and by the member's key.

Reading the same page twice changes nothing: a recipient is looked up by address, then by the key of whoever has or had
that address, and an event by all that it consists of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from listloop.core.facts import Event, Happening, Kind, Sums, detail, response, who
from listloop.core.people import SideName, address_key
from listloop.store.bulk import among, insert_many, update_many
from listloop.store.campaigns import CampaignRow, moment
from listloop.store.deals import responded
from listloop.store.erasures import digest, salt_of_erased
from listloop.store.records import chunks
from listloop.store.tables import campaign_parts, events, history, people, records, responses, told

_KNOWN = select(responses.c.id, responses.c.who, responses.c.member).where(
    responses.c.campaign_id == bindparam("campaign"), among(responses.c.who, "whos")
)
_MEMBERS = select(responses.c.id, responses.c.member).where(
    responses.c.campaign_id == bindparam("campaign"), among(responses.c.member, "members")
)
_HERE = select(records.c.address, records.c.key).where(
    records.c.connection_id == bindparam("of"),
    records.c.side == SideName.MAILCHIMP,
    among(records.c.address, "addresses"),
)
_BEFORE = select(responses.c.who, responses.c.member).where(
    responses.c.connection_id == bindparam("of"), responses.c.member.is_not(None), among(responses.c.who, "addresses")
)
_MOVED = (
    select(history.c.old, records.c.key)
    .select_from(
        history.join(people, people.c.id == history.c.person_id).join(
            records, records.c.id == people.c.mailchimp_record
        )
    )
    .where(history.c.connection_id == bindparam("of"), history.c.what == "e-mail", history.c.old != "")
)
_EVENTS = select(events.c.response_id, events.c.kind, events.c.at, events.c.detail, events.c.machine).where(
    among(events.c.response_id, "ids")
)


def save_events(db: Connection, campaign: CampaignRow, page: Sequence[Event]) -> int:
    """Store a page of events of a campaign; how many recipients were new or did something new."""
    erased = salt_of_erased(db, {who(one.email, one.ref) for one in page})
    rows = _recipients(db, campaign, page, erased)
    # What a forgotten person wrote when leaving is not taken in again.
    silent = {one for one in page if one.kind == Kind.UNSUBSCRIBED and who(one.email, one.ref) in erased}
    kept = [replace(one, detail="") if one in silent else one for one in page] if silent else page
    touched = _events(db, campaign, kept, rows)
    _count(db, touched)
    responded(db, touched)
    return len(touched)


def _recipients(
    db: Connection, campaign: CampaignRow, page: Sequence[Event], erased: Mapping[str, str]
) -> dict[str, int]:
    """The rows of these recipients by what the report knows them by; new ones are made."""
    wanted = {who(one.email, one.ref): one for one in page}
    named = {name: f"erased:{digest(erased[name], name)}" if name in erased else name for name in wanted}
    known = {row.who: row.id for row in db.execute(_KNOWN, {"campaign": campaign.id, "whos": list(named.values())})}
    new = [name for name in wanted if named[name] not in known]
    if new:
        members = _members(db, campaign.connection_id, [one for one in new if one not in erased])
        members |= {name: one.ref for name, one in wanted.items() if name.startswith("#")}
        held = {
            row.member: row.id
            for row in db.execute(_MEMBERS, {"campaign": campaign.id, "members": list(members.values())})
        }
        again = {name: held[members[name]] for name in new if members.get(name) in held}
        # The report shows another address for somebody we know: the row follows.
        update_many(db, responses, [{"id": row, "who": named[name]} for name, row in again.items()])
        made = [
            {
                "connection_id": campaign.connection_id,
                "campaign_id": campaign.id,
                "who": named[name],
                "member": members.get(name),
            }
            for name in new
            if name not in again
        ]
        insert_many(db, responses, made)
        known = {row.who: row.id for row in db.execute(_KNOWN, {"campaign": campaign.id, "whos": list(named.values())})}
    return {name: known[named[name]] for name in wanted}


def _members(db: Connection, connection_id: int, addresses: Collection[str]) -> dict[str, str]:
    """Whose addresses these are, by the audience, or were, by other campaigns."""
    found: dict[str, str] = {}
    for query in (_BEFORE, _HERE):
        found |= {row[0]: row[1] for row in db.execute(query, {"of": connection_id, "addresses": list(addresses)})}
    return found


def _events(db: Connection, campaign: CampaignRow, page: Sequence[Event], rows: dict[str, int]) -> set[int]:
    """Store what is new; the rows of those who did something new."""
    stored: list[dict[str, Any]] = []
    versions: list[dict[str, Any]] = []
    for one in page:
        row = rows[who(one.email, one.ref)]
        if one.kind == Kind.SENT:
            versions += [{"id": row, "version": one.detail[:20]}] if one.detail else []
            continue
        at = moment(one.at) or campaign.sent_at
        if at is not None:
            said = {"kind": one.kind, "at": at, "detail": detail(one.detail), "place": one.place}
            stored.append({"campaign_id": campaign.id, "response_id": row, **said, "machine": one.machine})
    update_many(db, responses, versions)
    if not stored:
        return set()
    make = postgresql.insert(events) if db.dialect.name == "postgresql" else sqlite.insert(events)
    news = make.excluded
    changed = make.on_conflict_do_update(
        index_elements=["response_id", "kind", "at", "detail", "place"],
        set_={"machine": news.machine},
        where=(events.c.machine.is_(False)) & (news.machine.is_(True)),
    )
    touched: set[int] = set()
    for start in range(0, len(stored), 500):
        touched |= set(db.scalars(changed.values(stored[start : start + 500]).returning(events.c.response_id)))
    return touched


def _count(db: Connection, ids: Collection[int]) -> None:
    """Count anew what these recipients did."""
    if not ids:
        return
    found: dict[int, list[Happening]] = {one: [] for one in ids}
    for row in db.execute(_EVENTS, {"ids": list(ids)}):
        found[row.response_id].append(Happening(Kind(row.kind), row.at, row.detail, row.machine))
    update_many(db, responses, [{"id": row, "telling": True, **asdict(response(one))} for row, one in found.items()])


def settle_members(db: Connection, connection_id: int) -> int:
    """Find out who those are whom nobody knew when their results were read: by the members there are by now, and by the
    changes of addresses that we wrote. How many were found.
    """
    nobody = responses.c.connection_id == connection_id, responses.c.member.is_(None)
    if db.scalar(select(responses.c.id).where(*nobody).limit(1)) is None:
        return 0
    mine = records.c.side == SideName.MAILCHIMP, records.c.address == responses.c.who
    joined = responses.join(records, and_(records.c.connection_id == responses.c.connection_id, *mine))
    columns = responses.c.id, responses.c.campaign_id, records.c.key
    found = {
        row.id: (row.campaign_id, row.key) for row in db.execute(select(*columns).select_from(joined).where(*nobody))
    }
    moved = {address_key(row.old): row.key for row in db.execute(_MOVED, {"of": connection_id})}
    if moved:
        unknown = select(responses.c.id, responses.c.campaign_id, responses.c.who).where(*nobody)
        old = [row for row in db.execute(unknown) if row.who in moved]
        found |= {row.id: (row.campaign_id, moved[row.who]) for row in old if row.id not in found}
    taken: set[tuple[int, str]] = set()
    for some in chunks({key for _, key in found.values()}):
        theirs = responses.c.connection_id == connection_id, responses.c.member.in_(some)
        pairs = db.execute(select(responses.c.campaign_id, responses.c.member).where(*theirs))
        taken |= {(row.campaign_id, row.member) for row in pairs}
    free = [{"id": row, "member": pair[1]} for row, pair in found.items() if pair not in taken]
    update_many(db, responses, free)
    return len(free)


_TOTAL = select(
    func.count(),
    *(
        func.coalesce(func.sum(part), 0)
        for part in (
            responses.c.opens,
            case((responses.c.opens > 0, 1), else_=0),
            responses.c.own_opens,
            case((responses.c.own_opens > 0, 1), else_=0),
            responses.c.clicks,
            case((responses.c.clicks > 0, 1), else_=0),
            case((responses.c.bounce == "hard", 1), else_=0),
            case((responses.c.bounce == "soft", 1), else_=0),
            case((responses.c.left_at.is_not(None) & responses.c.complained_at.is_(None), 1), else_=0),
            case((responses.c.complained_at.is_not(None), 1), else_=0),
        )
    ),
).where(responses.c.campaign_id == bindparam("campaign"))


def counted(db: Connection, campaign_id: int) -> Sums:
    """The numbers of a campaign, counted from the rows of its recipients."""
    return Sums(*(int(one) for one in db.execute(_TOTAL, {"campaign": campaign_id}).one()))


def addresses_of(db: Connection, connection_id: int, members: Collection[str]) -> set[str]:
    """The addresses at which these members got campaigns."""
    query = select(responses.c.who).where(
        responses.c.connection_id == connection_id, responses.c.member.in_(list(members))
    )
    return {one for one in db.scalars(query) if "@" in one}


def erase_responses(db: Connection, connection_id: int, held: Collection[str], members: Collection[str]) -> None:
    """Let nothing tell who these recipients were; that somebody opened or clicked still counts.

    ``held`` are the addresses whose hashes are remembered by now: a report that shows one of them again finds its row.
    """
    salts = salt_of_erased(db, held)
    mine = or_(responses.c.who.in_(list(held)), responses.c.member.in_(list(members)))
    rows = db.execute(
        select(responses.c.id, responses.c.campaign_id, responses.c.who).where(
            responses.c.connection_id == connection_id, mine
        )
    ).all()
    db.execute(delete(campaign_parts).where(campaign_parts.c.campaign_id.in_({row.campaign_id for row in rows})))
    ids = [row.id for row in rows]
    gone = [
        {"id": row.id, "who": f"erased:{digest(salts[row.who], row.who) if row.who in salts else row.id}"}
        for row in rows
    ]
    update_many(db, responses, [{**one, "member": None, "left_why": "", "telling": False} for one in gone])
    said = events.c.response_id.in_(ids), events.c.kind == Kind.UNSUBSCRIBED
    db.execute(update(events).where(*said).values(detail=""))
    db.execute(delete(told).where(told.c.response_id.in_(ids)))
