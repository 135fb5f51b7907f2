"""The answers that a connection needs from a person: who takes part, what is true about consent, how often it runs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from listloop.core.errors import NeedsAttention
from listloop.core.rules import Rules
from listloop.core.side import LabelKind
from listloop.store.database import reading
from listloop.store.plans import ConnectionLine, connection_lines
from listloop.store.rhythm import Rhythm, parse
from listloop.web.access import ADMINISTRATOR, form_of, services_of, user_of
from listloop.web.pages.connection import connection_line
from listloop.web.pages.new_connection import setup_of
from listloop.web.pages.steps import go_on, settings_page
from listloop.web.render import tell
from listloop.web.set_up_questions import (
    CONSENT,
    ELSEWHERE,
    FREQUENCIES,
    RESULTS,
    WHO,
    Question,
    answered,
    filter_rows,
    read_filter,
)
from listloop.web.setup import Headcount
from listloop.web.words import N_

router = APIRouter()


@router.get("/connections/{connection_id}/who", dependencies=[ADMINISTRATOR])
def who(request: Request, connection_id: int) -> Response:
    """Who takes part, the filter, and what becomes of those who no longer do."""
    line = connection_line(request, connection_id)
    return _who(request, line, line.rules)


@router.post("/connections/{connection_id}/who", dependencies=[ADMINISTRATOR])
def who_given(request: Request, connection_id: int) -> Response:
    """Keep it; or, where “count” was pressed, only say how many people that would be."""
    line, form = connection_line(request, connection_id), form_of(request)
    rules = read_filter(form, answered(line.rules, form, WHO))
    if "count" in form:
        return _who(request, line, rules, setup_of(request).count(connection_id, rules))
    return _kept(request, line, "who", rules, N_("changed who takes part"))


def _who(request: Request, line: ConnectionLine, rules: Rules, counted: Headcount | None = None) -> Response:
    crm, audience = setup_of(request).schemas(line.id)
    answers = {one.name: one.read(rules) for one in WHO}
    shown: dict[str, Any] = {"questions": WHO, "answers": answers, "rules": rules, "crm": crm, "counted": counted}
    tags = [one for one in audience.labels if one.kind is LabelKind.TAG]
    return settings_page(request, "who", line, tags=tags, filters=filter_rows(rules), **shown)


@router.get("/connections/{connection_id}/consent", dependencies=[ADMINISTRATOR])
def consent(request: Request, connection_id: int) -> Response:
    """What is true of people whose consent nobody wrote down, and what always holds."""
    return _page(request, connection_id, "consent", _consent_questions(request))


@router.post("/connections/{connection_id}/consent", dependencies=[ADMINISTRATOR])
def consent_given(request: Request, connection_id: int) -> Response:
    """Keep it."""
    questions = _consent_questions(request)
    return _keep(request, connection_id, "consent", questions, N_("changed what is true about consent"))


def _consent_questions(request: Request) -> tuple[Question, ...]:
    with reading(services_of(request).engine).begin() as database:
        several = len({line.audience for line in connection_lines(database)}) > 1
    return (*CONSENT, *ELSEWHERE) if several else CONSENT


@router.get("/connections/{connection_id}/schedule", dependencies=[ADMINISTRATOR])
def schedule(request: Request, connection_id: int) -> Response:
    """How often it runs by itself."""
    line = connection_line(request, connection_id)
    runs = line.next_run is not None or bool(line.setup_step)
    return _schedule(request, line, _given(line.rhythm if runs else None), line.rhythm.zone)


@router.post("/connections/{connection_id}/schedule", dependencies=[ADMINISTRATOR])
def schedule_given(request: Request, connection_id: int) -> Response:
    """Keep it."""
    line, setup, user = connection_line(request, connection_id), setup_of(request), user_of(request)
    given = {name: str(form_of(request).get(name, "")).strip() for name in ("when", "time", "cron", "zone", "results")}
    zone = given.pop("zone") or line.rhythm.zone
    try:
        rhythm = parse(given.get(given["when"]) or given["when"], zone)
        results = parse(given["results"] or "off", zone)
    except NeedsAttention as error:
        return _schedule(request, line, given, zone, error)
    setup.runs(connection_id, rhythm, user.email)
    if given["results"] and results != line.results:
        setup.results(connection_id, results, user.email)
    if not line.setup_step:
        tell(request, N_("Kept. It holds from now on."))
    return go_on(request, line, "schedule")


def _given(rhythm: Rhythm | None) -> dict[str, str]:
    """What the form shows for a rhythm."""
    if rhythm is None:
        return {"when": "off"}
    if rhythm.nightly:
        return {"when": "time", "time": rhythm.nightly}
    if rhythm.cron:
        return {"when": "cron", "cron": rhythm.cron}
    return {"when": f"{rhythm.minutes // 60}h" if rhythm.minutes % 60 == 0 else f"{rhythm.minutes}m"}


def _given_results(rhythm: Rhythm | None) -> str:
    given = _given(rhythm)
    return given.get("cron") or given.get("time") or given["when"]


def _schedule(
    request: Request, line: ConnectionLine, given: dict[str, str], zone: str, error: NeedsAttention | None = None
) -> Response:
    status = 422 if error else 200
    frequencies = FREQUENCIES if given["when"] in FREQUENCIES else {given["when"]: str(line.rhythm), **FREQUENCIES}
    read = given.get("results") or _given_results(line.results)
    results = RESULTS if read in RESULTS else {read: str(line.results), **RESULTS}
    shown = {"frequencies": frequencies, "results": results, "read": read, "given": given, "zone": zone}
    return settings_page(request, "schedule", line, status, **shown, error=error)


def _page(request: Request, connection_id: int, step: str, questions: tuple[Question, ...]) -> Response:
    line = connection_line(request, connection_id)
    answers = {one.name: one.read(line.rules) for one in questions}
    return settings_page(request, step, line, questions=questions, answers=answers)


def _keep(request: Request, connection_id: int, step: str, questions: tuple[Question, ...], what: str) -> Response:
    line = connection_line(request, connection_id)
    return _kept(request, line, step, answered(line.rules, form_of(request), questions), what)


def _kept(request: Request, line: ConnectionLine, step: str, rules: Rules, what: str) -> Response:
    if rules != line.rules:
        setup_of(request).save(line.id, rules, what, user_of(request).email)
        tell(request, N_("Your answers are kept. The next plan waits for your yes."))
    return go_on(request, line, step)
