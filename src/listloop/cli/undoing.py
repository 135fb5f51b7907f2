"""``listloop undo`` takes back what was written; ``listloop put-back`` puts a lost value back."""

from __future__ import annotations

from typing import Annotated

from cyclopts import CycloptsError, Parameter
from cyclopts.validators import Number

from listloop.cli.console import OK, WAITS, me, out, print_json, print_plan, print_run, progress_bar
from listloop.cli.options import Database, Json, Named, opened, people_named
from listloop.cli.plan import print_plan_people
from listloop.cli.turn import at_work
from listloop.core.errors import NeedsAttention
from listloop.store.database import reading
from listloop.store.history import last_lost
from listloop.store.orders import What, Wish, add_order
from listloop.store.runs import run_numbered
from listloop.sync.orders import carry_out
from listloop.sync.run import approve
from listloop.sync.undo import fields_named
from listloop.wiring import Listloop


def undo(
    *,
    run: Annotated[int | None, Parameter(help="Which run, by its number in “listloop history”.")] = None,
    person: Annotated[str | None, Parameter(help="Only for the person with this address.")] = None,
    field: Annotated[str | None, Parameter(help="Only this field or label.")] = None,
    yes: Annotated[bool, Parameter(negative=(), help="Write it at once; else it waits.")] = False,
    people: Annotated[int, Parameter(validator=Number(gte=0), help="How many people to list.")] = 10,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Take back what Listloop wrote, where it is still as written: of a run, for a person, of a field.

    Consents are never taken back. What can't be taken back is listed person by person.
    """
    if run is None and person is None:
        raise CycloptsError(msg="Say what: give --run, --person or both.")
    with opened(database) as listloop:
        row = listloop.connection(connection)
        if field is not None:
            fields_named(row.rules, field)
        wish = Wish(_run(listloop, row.id, run), _person(listloop, row.id, person), field or "")
        with listloop.engine.begin() as db:
            add_order(db, row.id, What.UNDO, wish, me(), listloop.now())
        with at_work(listloop, row.id) as sync, progress_bar() as sync.progress:
            made = carry_out(sync)[-1]
            if not json:
                print_plan(made.counts, "What would be taken back")
                print_plan_people(listloop.engine, row.id, made.id, people)
            if yes and made.state == "waiting":
                made = approve(sync, made.id, me())
    if json:
        print_json({"run": made.number, "state": made.state, "counts": made.counts})
    elif made.state == "waiting":
        out.print(f"\n→ Say yes with “listloop approve {made.number}”, or no with “listloop drop {made.number}”.")
    elif made.approved_at:
        print_run(made)
    return WAITS if made.state == "waiting" else OK


def restore(
    email: Annotated[str, Parameter(help="Whose value.")],
    field: Annotated[str, Parameter(help="Which field.")],
    *,
    value: Annotated[
        str | None, Parameter(help="Which value, as the history shows it; else the last one that lost.")
    ] = None,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Put a value that was overwritten back on both sides."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        names = fields_named(row.rules, field)
        person_id = _person(listloop, row.id, email)
        with listloop.engine.begin() as db:
            line = last_lost(db, person_id, names, value)
            add_order(db, row.id, What.RESTORE, Wish(history_id=line), me(), listloop.now())
        with at_work(listloop, row.id) as sync, progress_bar() as sync.progress:
            done = carry_out(sync)[-1]
        if json:
            print_json({"run": done.number, "state": done.state, "counts": done.counts})
        else:
            print_plan_people(listloop.engine, row.id, done.id, 1)
            print_run(done)
    return OK


def _run(listloop: Listloop, connection_id: int, number: int | None) -> int:
    if number is None:
        return 0
    with reading(listloop.engine).begin() as db:
        return run_numbered(db, connection_id, number).id


def _person(listloop: Listloop, connection_id: int, email: str | None) -> int:
    if email is None:
        return 0
    found = people_named(listloop, connection_id, email)
    if len(found) > 1:
        raise NeedsAttention(
            f"{len(found)} people have the address {email}.",
            "Open the one you mean on the pages, and do it there.",
            code="several",
        )
    return found[0]
