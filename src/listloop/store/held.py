"""Everything that the database holds on one person, as plain data."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Table, or_, select

from listloop.core.people import address_key
from listloop.store.codec import decode_record
from listloop.store.credit import Brought, deals_of_person
from listloop.store.installation import audit, inbox
from listloop.store.results import Followed, followed
from listloop.store.tables import connections, decisions, drifts, history, nos, people, records, runs

#: Columns that are bookkeeping of ours or repeat another one.
HIDDEN = frozenset(
    {"id", "connection_id", "person_id", "run_id", "kept", "search", "crm_record", "mailchimp_record", "campaign_id"}
)


def held_on(db: Connection, person_id: int) -> dict[str, Any]:
    """What is held: both records, the link, memory, refusals, history, plans, drift, and what waits to be looked at."""
    person = db.execute(select(people).where(people.c.id == person_id)).mappings().one()
    stored = [
        decode_record(payload)
        for payload in db.scalars(
            select(records.c.payload).where(records.c.id.in_([person["crm_record"], person["mailchimp_record"]]))
        )
    ]
    held = {address_key(email) for one in stored for email in (one.email, *one.emails)} - {""}
    names = {one.name for one in stored} | {one.email for one in stored}
    keys = [one.key for one in stored]
    mine = or_(nos.c.person_id == person_id, nos.c.address.in_(held))
    connection = db.execute(select(connections.c.name).where(connections.c.id == person["connection_id"])).scalar_one()
    return {
        "connection": connection,
        "person": _plain(dict(person)),
        "records": [msgspec.to_builtins(one) for one in stored],
        "refusals": _rows(db, nos, mine & (nos.c.connection_id == person["connection_id"])),
        "history": _rows(db, history, history.c.person_id == person_id),
        "plans": _plans(db, person_id),
        "drift": _rows(db, drifts, drifts.c.person_id == person_id),
        "campaigns": [_followed(one) for one in followed(db, person_id, limit=100_000)],
        "deals": [_deal(one) for one in deals_of_person(db, person_id, limit=100_000)],
        "inbox": _rows(db, inbox, or_(inbox.c.address.in_(held), inbox.c.key.in_(keys))),
        "audit_log": _rows(db, audit, or_(*(audit.c.what.contains(one, autoescape=True) for one in names if one))),
    }


def _followed(one: Followed) -> dict[str, Any]:
    shown = {name: getattr(one.response, name) for name in one.response.__dataclass_fields__ if name not in HIDDEN}
    visits = [{"at": visit.at, "link": visit.link} for visit in one.visits]
    return _plain({"campaign": one.campaign.name, "sent_at": one.campaign.sent_at, **shown, "clicks": visits})


def _deal(one: Brought) -> dict[str, Any]:
    shown = {name: getattr(one.deal, name) for name in ("title", "company", "value", "currency", "won")}
    return _plain({**shown, "won_by": [row.name for row, _ in one.by]})


def _rows(db: Connection, table: Table, where: Any) -> list[dict[str, Any]]:
    return [_plain(dict(row)) for row in db.execute(select(table).where(where).order_by(table.c.id)).mappings()]


def _plans(db: Connection, person_id: int) -> list[dict[str, Any]]:
    query = select(runs.c.number.label("run"), runs.c.started_at, decisions).join(runs, runs.c.id == decisions.c.run_id)
    rows = db.execute(query.where(decisions.c.person_id == person_id).order_by(decisions.c.id)).mappings()
    return [_plain({name: value for name, value in row.items() if name != "body"}) for row in rows]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row without bookkeeping, its JSON columns unfolded, and nothing that is empty."""
    shown = {name: _unfolded(value) for name, value in row.items() if name not in HIDDEN}
    return {name: value for name, value in shown.items() if value not in (None, "", [], {})}


def _unfolded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            return value
    return value
