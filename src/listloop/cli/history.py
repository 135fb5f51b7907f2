"""``listloop history``: past runs, or what happened to one person."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from listloop.cli.console import OK, out, print_json, table
from listloop.cli.options import Database, Json, Named, opened
from listloop.core.errors import NeedsAttention
from listloop.core.people import address_key
from listloop.store.database import reading
from listloop.store.history import history_of
from listloop.store.people import by_address
from listloop.store.runs import latest_runs
from listloop.wiring import Listloop


def history(
    email: Annotated[str | None, Parameter(help="Whose history; without it, the runs.")] = None,
    *,
    limit: Annotated[int, Parameter(validator=Number(gte=1), help="How many lines at most.")] = 20,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Show past runs, or with an e-mail address everything that was written for one person, and why."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        if email is None:
            return _runs(listloop, row.id, limit, json=json)
        return _person(listloop, row.id, email, limit, json=json)


def _runs(listloop: Listloop, connection_id: int, limit: int, *, json: bool) -> int:
    with reading(listloop.engine).begin() as db:
        runs = latest_runs(db, connection_id, limit)
    if json:
        print_json(
            [
                {"run": one.number, "state": one.state, "started_at": one.started_at, "counts": one.counts}
                for one in runs
            ]
        )
        return OK
    shown = table("#run", "state", "started (UTC)", "by", "#CRM", "#Mailchimp", "note")
    for one in runs:
        written = [str(one.counts.get(f"{side}_done", 0)) for side in ("crm", "mailchimp")]
        moment = f"{one.started_at:%Y-%m-%d %H:%M}"
        shown.add_row(str(one.number), one.state, moment, one.trigger, *written, one.problem or one.wait)
    out.print(shown)
    return OK


def _person(listloop: Listloop, connection_id: int, email: str, limit: int, *, json: bool) -> int:
    with reading(listloop.engine).begin() as db:
        people = by_address(db, connection_id, address_key(email))
        lines = [line for person in people for line in history_of(db, person.id, limit)]
    if not people:
        raise NeedsAttention(
            f"Nobody has the address {email}.", "Check the spelling, or run “listloop sync” first.", code="nobody"
        )
    if json:
        names = ("at", "side", "what", "field", "old", "new", "why")
        print_json([{name: getattr(one, name) for name in names} for one in lines])
        return OK
    shown = table("when (UTC)", "side", "what", "before", "after", "why")
    for one in lines:
        shown.add_row(f"{one.at:%Y-%m-%d %H:%M}", one.side, one.field or one.what, one.old, one.new, one.why)
    out.print(shown)
    return OK
