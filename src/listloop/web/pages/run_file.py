"""A plan or a receipt as a file: a line for each value of each person that changes, or that was changed."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, Request
from sqlalchemy import Engine
from starlette.responses import Response

from listloop.core.people import SideName
from listloop.store.database import reading
from listloop.store.dossier import run_changes
from listloop.store.plans import RunLine, connection_lines, decision_lines
from listloop.web.access import VIEWER, services_of
from listloop.web.changes import Entry, Titles, entries
from listloop.web.files import as_row, csv_response
from listloop.web.pages.run import Kind, Words, find
from listloop.web.texts import Language, language_of
from listloop.web.words import ACTIONS, N_, WRITES

router = APIRouter()

SIZE = 1000

HEAD = (
    N_("Name"), N_("E-mail"), N_("Company"), N_("What"), N_("Opt-out"), N_("Waits for a yes"), N_("Side"), N_("Field"),
    N_("Before"), N_("After"), N_("Why"), N_("State"), N_("Problem"),
)  # fmt: skip


@router.get("/runs/{run_id}/plan.csv", dependencies=[VIEWER])
def export(request: Request, run_id: int, kind: Kind = "", q: Words = "") -> Response:
    """The people that the page shows under this kind and these words, all of them, page by page."""
    services = services_of(request)
    with reading(services.engine).begin() as database:
        found = find(database, run_id)
        rules = next(line.rules for line in connection_lines(database) if line.id == found.connection_id)
    some = _entries(services.engine, found, Titles(rules), kind, q.strip())
    return csv_response(f"run-{found.number}.csv", _file(some, language_of(request)))


def _entries(engine: Engine, found: RunLine, titles: Titles, kind: str, words: str) -> Iterator[Entry]:
    after: int | None = 0
    while after is not None:
        with reading(engine).begin() as database:
            lines = decision_lines(database, found.id, kind=kind, words=words, after=after, limit=SIZE)
            ids = [line.person_id for line in lines]
            past = [] if found.waits else run_changes(database, found.id, ids)
        yield from entries(lines, past, titles)
        after = lines[-1].id if len(lines) == SIZE else None


def _file(some: Iterator[Entry], language: Language) -> Iterator[str]:
    say, told = language.gettext, language.tell
    yes = {True: say(N_("Yes")), False: ""}
    sides = {SideName.CRM: say(N_("CRM")), SideName.MAILCHIMP: "Mailchimp"}
    yield as_row([say(name) for name in HEAD])
    for one in some:
        line, states = one.first, dict(one.states)
        who = [line.name, line.email, line.company, told(ACTIONS.get(line.action, (line.action,))[0])]
        marks = [yes[one.opt_out], yes[one.held]]
        why, problem = "; ".join(map(told, one.reasons)), "; ".join(map(told, one.problems))
        for shown in one.shown:
            state = told(WRITES.get(states.get(shown.side, ""), ""))
            value = [sides[shown.side], told(shown.title), told(shown.before or ""), told(shown.after)]
            yield as_row([*who, *marks, *value, why, state, problem])
        if not one.shown:
            yield as_row([*who, *marks, "", "", "", "", why, "", problem])
