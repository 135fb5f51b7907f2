"""What of the results goes into the CRM, and what was written there: a ledger of communications, each once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from listloop.core.facts import Kind, Response
from listloop.core.people import Key
from listloop.core.side import Communication
from listloop.store import audit
from listloop.store.bulk import update_many, upsert
from listloop.store.tables import campaigns, people, records, responses, telling, told


@dataclass(frozen=True, slots=True)
class Telling:
    """The setting: which kinds, of campaigns sent from then on (None: of all)."""

    kinds: frozenset[Kind] = frozenset()
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Untold:
    """A response of which the CRM may not know all; ``key`` is the CRM record, ``said`` what stands there by kind."""

    id: int
    campaign: Key
    title: str
    sent: datetime | None
    key: Key
    response: Response
    said: dict[str, str]


def telling_of(db: Connection, connection_id: int) -> Telling:
    """What a connection tells."""
    row = db.execute(select(telling).where(telling.c.connection_id == connection_id)).first()
    return Telling(frozenset(map(Kind, filter(None, row.kinds.split(",")))), row.since) if row else Telling()


def set_telling(db: Connection, connection_id: int, wanted: Telling) -> None:
    """Change what is told; everybody's results are looked at again."""
    row = {"connection_id": connection_id, "kinds": ",".join(sorted(wanted.kinds)), "since": wanted.since}
    upsert(db, telling, [row], ("connection_id",))
    db.execute(update(responses).where(responses.c.connection_id == connection_id).values(telling=True))


def change_telling(
    db: Connection, connection_id: int, kinds: Collection[Kind], since: datetime | None, who: str, now: datetime
) -> Telling:
    """Tell these kinds from now on, noted with who said so. Without ``since`` the day stays as it was; at first, it is
    now: a CRM is not flooded with years of campaigns unless somebody says so.
    """
    known = telling_of(db, connection_id)
    wanted = Telling(frozenset(kinds), since or (known.since if known.kinds else None) or now)
    set_telling(db, connection_id, wanted)
    said = ", ".join(kind for kind in Kind if kind in wanted.kinds) or "nothing"
    audit.note(db, now, who, f"told the CRM of results: {said}", connection_id=connection_id)
    return wanted


_GOT = [getattr(responses.c, one.name) for one in fields(Response)]
_CRM = records.alias("crm")


def untold(db: Connection, connection_id: int, since: datetime | None, after: int, limit: int) -> list[Untold]:
    """Responses of people with a CRM record of which that may not know all; ``after`` is the last id looked at."""
    joined = (
        responses.join(campaigns, campaigns.c.id == responses.c.campaign_id)
        .join(
            records,
            (records.c.connection_id == responses.c.connection_id)
            & (records.c.side == "mailchimp")
            & (records.c.key == responses.c.member),
        )
        .join(people, people.c.mailchimp_record == records.c.id)
        .join(_CRM, _CRM.c.id == people.c.crm_record)
    )
    query = (
        select(
            responses.c.id,
            campaigns.c.key,
            campaigns.c.title,
            campaigns.c.subject,
            campaigns.c.sent_at,
            _CRM.c.key,
            *_GOT,
        )
        .select_from(joined)
        .where(
            responses.c.connection_id == connection_id,
            responses.c.telling,
            responses.c.id > after,
            _CRM.c.gone.is_(False),
        )
    )
    if since is not None:
        query = query.where(campaigns.c.sent_at >= since)
    rows = db.execute(query.order_by(responses.c.id).limit(limit)).all()
    said: dict[int, dict[str, str]] = {row[0]: {} for row in rows}
    for one in db.execute(select(told.c.response_id, told.c.kind, told.c.text).where(told.c.response_id.in_(said))):
        said[one.response_id][one.kind] = one.text
    return [
        Untold(row[0], row[1], row[2] or row[3] or row[1], row[4], row[5], Response(*row[6:]), said[row[0]])
        for row in rows
    ]


def save_told(
    db: Connection, written: Sequence[tuple[int, Communication, str]], done: Collection[int], now: datetime
) -> None:
    """Note what was written for which response (with the CRM's refusal, or ""), and who is told in full."""
    rows = [
        {"response_id": one, "kind": said.kind, "key": said.key, "at": now, "text": said.text, "problem": problem}
        for one, said, problem in written
    ]
    upsert(db, told, rows, ("response_id", "kind"))
    update_many(db, responses, [{"id": one, "telling": False} for one in done])


def told_count(db: Connection, connection_id: int) -> tuple[int, int]:
    """How many communications were written, and how many were refused."""
    query = select(func.count(), func.count().filter(told.c.problem != ""))
    row = db.execute(
        query.select_from(told.join(responses, responses.c.id == told.c.response_id)).where(
            responses.c.connection_id == connection_id
        )
    ).one()
    return int(row[0] - row[1]), int(row[1])
