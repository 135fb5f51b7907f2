"""``listloop webhooks``: Mailchimp tells us at once who changed; looked at, made, exchanged and removed here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cyclopts import App

from listloop.cli.console import OK, me, out, print_json, table
from listloop.cli.options import Database, Json, Named, opened
from listloop.service.webhooks import CHECK, remove, tend
from listloop.store import webhooks as store
from listloop.store.audit import note
from listloop.store.connections import ConnectionRow
from listloop.store.database import reading
from listloop.wiring import Listloop

webhooks = App(name="webhooks", help="Let Mailchimp tell at once who changed.", result_action="return_value")


@webhooks.default
def show(*, json: Json = False, database: Database = None) -> int:
    """Show the webhook of every connection: when it last brought something, and what is wrong with it."""
    with opened(database) as listloop:
        rows = [_entry(listloop, row) for row in listloop.connections()]
        address = listloop.settings.webhook_url
    if json:
        print_json(rows)
        return OK
    shown = table("Connection", "Webhook", "Last delivery (UTC)", "Last check (UTC)")
    for one in rows:
        shown.add_row(str(one["name"]), str(one["state"]), _moment(one["heard_at"]), _moment(one["checked_at"]))
    out.print(shown)
    for one in rows:
        if one["problem"]:
            out.print(f"{one['name']}: {one['problem']}\n→ {one['fix'] or 'Nothing to do.'}")
    if not address:
        out.print("→ Set LISTLOOP_WEBHOOK_URL to the public https:// address of this service to have webhooks.")
    return OK


@webhooks.command
def check(*, connection: Named = None, json: Json = False, database: Database = None) -> int:
    """Look after a connection's webhook now: make it where there is none, mend it, remove what is too many."""
    return _tended(connection, database, anew=False, json=json)


@webhooks.command
def rotate(*, connection: Named = None, json: Json = False, database: Database = None) -> int:
    """Exchange the webhook for one with a new secret address and signature; nothing is lost on the way."""
    return _tended(connection, database, anew=True, json=json)


@webhooks.command(name="remove")
def remove_(*, connection: Named = None, json: Json = False, database: Database = None) -> int:
    """Remove the connection's webhook from Mailchimp; the service makes none again before “webhooks check”."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        gone = remove(listloop, row)
        with listloop.engine.begin() as db:
            store.check_again(db, row.id, store.NEVER)
            note(db, listloop.now(), me(), "removed the webhook", connection_id=row.id)
    if json:
        print_json({"connection": row.id, "removed": gone})
    else:
        out.print(f"Removed {gone} from Mailchimp. Changes of “{row.name}” now come by its schedule only.")
    return OK


def _tended(connection: str | None, database: str | None, *, anew: bool, json: bool) -> int:
    with opened(database) as listloop:
        row = listloop.connection(connection)
        done = tend(listloop, row, anew=anew)
        with listloop.engine.begin() as db:
            store.check_again(db, row.id, listloop.now() + CHECK)
    if json:
        print_json({"connection": row.id, "made": done.made, "mended": done.mended, "removed": done.removed})
        return OK
    did = "made" if done.made else "mended" if done.mended else "found in order"
    out.print(f"The webhook of “{row.name}” was {did}." + (f" Removed {done.removed} old." if done.removed else ""))
    return OK


def _entry(listloop: Listloop, row: ConnectionRow) -> dict[str, Any]:
    with reading(listloop.engine).begin() as db:
        kept = next((one for one in reversed(store.webhooks_of(db, row.id)) if one.retired_at is None), None)
    if kept is None:
        return {"connection": row.id, "name": row.name, "state": "none", "heard_at": None, "checked_at": None,
                "problem": None, "fix": None}  # fmt: skip
    state = "not made" if not kept.mailchimp_id else "signed" if kept.signed else "secret address only"
    return {
        "connection": row.id,
        "name": row.name,
        "state": state,
        "heard_at": kept.heard_at,
        "checked_at": kept.checked_at,
        "problem": kept.problem or None,
        "fix": kept.fix or None,
    }


def _moment(at: datetime | None) -> str:
    return "–" if at is None else f"{at:%Y-%m-%d %H:%M}"
