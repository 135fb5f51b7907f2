"""A person's answers to what waits: ``listloop approve``, ``listloop drop`` and ``listloop retry``."""

from __future__ import annotations

from typing import Annotated

from cyclopts import CycloptsError, Parameter

from listloop.cli.console import FAILED, OK, WAITS, me, out, people_word, print_json, print_run, progress_bar
from listloop.cli.options import Database, Json, Named, opened, people_named
from listloop.cli.turn import at_work
from listloop.core.errors import NeedsAttention
from listloop.core.plan import Action, Kind
from listloop.store.audit import note
from listloop.store.database import reading
from listloop.store.holding import Chosen
from listloop.store.people import retry_failed
from listloop.store.runs import RunRow, run_numbered, runs_in
from listloop.sync.approval import drop as say_no
from listloop.sync.run import approve as say_yes
from listloop.sync.run import run_once
from listloop.wiring import Listloop

Number = Annotated[int | None, Parameter(help="The plan's run; needed only where several wait.")]

#: What a plan may be narrowed to, as people type it.
KINDS = {**{one.value.replace("_", "-"): one.value for one in Action}, "opt-out": "opt_out"} | {
    one.value.replace(" ", "-"): one.value for one in Kind
}


def approve(
    run: Number = None,
    *,
    kind: Annotated[
        list[str] | None, Parameter(negative=(), help="Only this kind, such as new-crm, part or archive; may repeat.")
    ] = None,
    person: Annotated[
        list[str] | None, Parameter(negative=(), help="Only the people with this address; may repeat.")
    ] = None,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Say yes to a plan that waits, or to a part of it, and write exactly that; the rest waits on."""
    unknown = [one for one in kind or [] if one not in KINDS]
    if unknown:
        raise CycloptsError(msg=f"There is no kind “{unknown[0]}”. There are: {', '.join(sorted(KINDS))}.")
    with opened(database) as listloop:
        row = listloop.connection(connection)
        waiting = _waiting(listloop, row.id, run)
        ids = {one for email in person or [] for one in people_named(listloop, row.id, email)}
        chosen = Chosen(frozenset(KINDS[one] for one in kind or []), frozenset(ids))
        with at_work(listloop, row.id) as sync, progress_bar() as sync.progress:
            done = say_yes(sync, waiting.id, me(), chosen)
        with listloop.engine.begin() as db:
            note(db, listloop.now(), me(), f"said yes to run {done.number}", connection_id=row.id)
        with reading(listloop.engine).begin() as db:
            left = runs_in(db, row.id, ("waiting",))
    if json:
        print_json({"run": done.number, "state": done.state, "counts": done.counts, "waiting": _numbers(left)})
    else:
        print_run(done)
        _tell_waiting(left)
    return WAITS if left else OK


def drop(run: Number = None, *, connection: Named = None, json: Json = False, database: Database = None) -> int:
    """Say no to a plan that waits: nothing of it is written."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        waiting = _waiting(listloop, row.id, run)
        say_no(listloop.engine, waiting.id, listloop.now())
        with listloop.engine.begin() as db:
            note(db, listloop.now(), me(), f"said no to run {waiting.number}", connection_id=row.id)
    if json:
        print_json({"run": waiting.number, "state": "dropped"})
    else:
        out.print(f"Run {waiting.number} is dropped; nothing of it is written.")
    return OK


def retry(
    email: Annotated[str | None, Parameter(help="Whom to try again.")] = None,
    *,
    all: Annotated[bool, Parameter(negative=(), help="Everybody who failed.")] = False,  # noqa: A002 - the option's name
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Try people again whom a side refused, now and from the first step of the ladder on."""
    if (email is None) is not all:
        raise CycloptsError(msg="Say whom: give an address, or --all.")
    with opened(database) as listloop:
        row = listloop.connection(connection)
        ids = people_named(listloop, row.id, email) if email is not None else None
        with listloop.engine.begin() as db:
            again = retry_failed(db, row.id, ids)
        if not again:
            raise NeedsAttention(
                "Nobody failed." if email is None else f"{email} did not fail.",
                "“listloop status” shows where everybody stands.",
                code="nobody-failed",
            )
        with at_work(listloop, row.id) as sync, progress_bar() as sync.progress:
            done = run_once(sync, "command")
    if json:
        print_json({"tried": again, "run": done.number, "state": done.state, "counts": done.counts})
    else:
        out.print(f"Tried {people_word(again)} again.")
        print_run(done)
    refused = done.counts.get("crm_refused", 0) + done.counts.get("mailchimp_refused", 0)
    return WAITS if done.state == "waiting" else FAILED if refused else OK


def _waiting(listloop: Listloop, connection_id: int, number: int | None) -> RunRow:
    with reading(listloop.engine).begin() as db:
        if number is not None:
            return run_numbered(db, connection_id, number)
        found = runs_in(db, connection_id, ("waiting",))
    if not found:
        raise NeedsAttention("No plan waits for a yes.", "“listloop preview” makes one.", code="not-waiting")
    if len(found) > 1:
        raise NeedsAttention(
            f"Several plans wait: runs {', '.join(_words(found))}.", "Name the run you mean.", code="which"
        )
    return found[0]


def _numbers(runs: list[RunRow]) -> list[int]:
    return sorted(one.number for one in runs)


def _words(runs: list[RunRow]) -> list[str]:
    return [str(number) for number in _numbers(runs)]


def _tell_waiting(left: list[RunRow]) -> None:
    for one in left:
        out.print(f"Run {one.number} waits for your yes: {one.wait}", style="yellow")
        out.print(f"→ Say yes with “listloop approve {one.number}”, or no with “listloop drop {one.number}”.")
