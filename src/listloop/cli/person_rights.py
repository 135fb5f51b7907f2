"""What a person may ask for: ``listloop export-person`` and ``listloop forget``."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from listloop.cli.console import FAILED, OK, WAITS, err, me, out, print_json, progress_bar
from listloop.cli.options import Database, Json, Named, opened, people_named
from listloop.cli.turn import at_work
from listloop.core.errors import NeedsAttention
from listloop.core.people import address_key
from listloop.store.addresses import touch_addresses
from listloop.store.audit import note
from listloop.store.database import reading
from listloop.store.erasures import lift_erasure
from listloop.store.held import held_on
from listloop.store.orders import What, add_order
from listloop.store.people import load
from listloop.sync.forget import wish_of
from listloop.sync.orders import carry_out
from listloop.wiring import Listloop


def export_person(
    email: Annotated[str, Parameter(help="Whose address.")],
    *,
    json: Json = False,
    database: Database = None,
) -> int:
    """Print everything that Listloop holds on one person, over all connections, to read or (--json) to hand over."""
    with opened(database) as listloop:
        held = [one for row in listloop.connections() for one in _held(listloop, row.id, email)]
    if not held:
        raise NeedsAttention(
            f"Listloop holds nothing on {email}.", "Check the spelling; forgotten people leave nothing.", code="nobody"
        )
    if json:
        print_json(held)
        return OK
    for one in held:
        _print(one, 0)
    return OK


def _held(listloop: Listloop, connection_id: int, email: str) -> list[dict[str, Any]]:
    try:
        ids = people_named(listloop, connection_id, email)
    except NeedsAttention:
        return []
    with reading(listloop.engine).begin() as db:
        return [held_on(db, one) for one in ids]


def _print(value: Any, depth: int, name: str = "") -> None:
    """Nested values as indented lines."""
    lead = "  " * depth
    if isinstance(value, dict):
        if name:
            out.print(f"{lead}{name.replace('_', ' ')}")
        for key, inner in value.items():
            _print(inner, depth + bool(name), str(key))
    elif isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        for inner in value:
            _print(inner, depth, name)
    else:
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        if shown not in ("", None):
            out.print(f"{lead}{name.replace('_', ' ')}: {shown}")


def forget(
    email: Annotated[str, Parameter(help="Whose address.")],
    *,
    yes: Annotated[bool, Parameter(negative=(), help="Do it. Nobody can take it back.")] = False,
    lift: Annotated[
        bool, Parameter(negative=(), help="The other way round: somebody forgotten earlier may come back.")
    ] = False,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Delete a person for good, on both sides and in Listloop; only a salted hash stays, which stops a re-creation.

    Without --yes it only says what would be deleted.
    """
    with opened(database) as listloop:
        row = listloop.connection(connection)
        if lift:
            return _lift(listloop, row.id, email, json=json)
        ids = people_named(listloop, row.id, email)
        if len(ids) > 1:
            raise NeedsAttention(
                f"{len(ids)} people have the address {email}.",
                "Open the one you mean on the pages, and do it there.",
                code="several",
            )
        with reading(listloop.engine).begin() as db:
            person = load(db, ids)[0]
        if not yes:
            record = person.crm or person.mailchimp
            name = (record.name or record.email) if record else email
            err.print(f"This deletes {name} for good: from the CRM, from Mailchimp and from Listloop's own database.")
            err.print("→ Nobody can take it back. Do it with --yes.")
            return WAITS
        with listloop.engine.begin() as db:
            add_order(db, row.id, What.FORGET, wish_of(ids[0], person), me(), listloop.now())
        with at_work(listloop, row.id) as sync, progress_bar() as sync.progress:
            done = carry_out(sync)[-1]
    if json:
        print_json({"run": done.number, "state": done.state, "problem": done.problem or None})
    elif done.state == "failed":
        err.print(done.problem, style="bold red")
        err.print(f"→ {done.fix}")
    else:
        out.print("Forgotten on both sides and here. Only a salted hash stays, which stops a re-creation.")
    return FAILED if done.state == "failed" else OK


def _lift(listloop: Listloop, connection_id: int, email: str, *, json: bool) -> int:
    with listloop.engine.begin() as db:
        lifted = lift_erasure(db, address_key(email), listloop.now())
        touch_addresses(db, connection_id, {address_key(email)})
        if lifted:
            note(db, listloop.now(), me(), "let a forgotten address come back", connection_id=connection_id)
    if not lifted:
        raise NeedsAttention(f"{email} was never forgotten.", "Check the spelling.", code="not-forgotten")
    if json:
        print_json({"lifted": True})
    else:
        out.print(f"{email} may come back; the next run decides about it like about anybody.")
    return OK
