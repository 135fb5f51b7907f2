"""Open questions: what only a person can answer, with a button for each answer, one by one or all of a kind."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from listloop.core.questions import ANSWERS, Answer, Topic
from listloop.store.database import reading
from listloop.store.plans import connection_lines
from listloop.store.questions import Line, answerable, lines, sums
from listloop.web.access import MARKETER, VIEWER, Refused, form_of, services_of, user_of
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()

SIZE = 50


@router.get("/questions", dependencies=[VIEWER])
def questions(
    request: Request, topic: Annotated[str, Query(max_length=20)] = "", connection: str = "", after: int = 0
) -> Response:
    """A page of open questions, with both values and why; of one kind, all can be answered alike."""
    chosen = Topic(topic) if topic in set(Topic) else None
    connection_id = int(connection) if connection.isdecimal() else None
    with reading(services_of(request).engine).begin() as database:
        found = lines(database, connection_id=connection_id, topic=chosen, after=after, limit=SIZE + 1)
        titles = {line.id: line.name for line in connection_lines(database)}
        counted = sums(database)
        alike = connection_id if connection_id in titles else next(iter(titles), None) if len(titles) == 1 else None
        bulk = [
            (one, number)
            for one in Answer
            if chosen and alike is not None and (number := len(answerable(database, alike, chosen, one))) > 1
        ]
        return page(
            request,
            "questions",
            questions=found[:SIZE],
            more=found[SIZE - 1].id if len(found) > SIZE else 0,
            first_page=after == 0,
            counted=counted,
            topic=chosen,
            connection_id=connection_id,
            alike=alike,
            bulk=bulk,
            titles=titles,
        )


@router.get("/questions/all", dependencies=[MARKETER])
def ask_all(request: Request, topic: str, connection: int, answer: str) -> Response:
    """Say how many questions an answer would be for, before it is given."""
    wanted, said = _known(topic, answer)
    with reading(services_of(request).engine).begin() as database:
        ids = answerable(database, connection, wanted, said)
        return page(
            request,
            "questions_all",
            topic=wanted,
            answer=said,
            connection_id=connection,
            number=len(ids),
            examples=lines(database, ids=ids[:5], limit=5),
        )


@router.post("/questions/all", dependencies=[MARKETER])
def answer_all(request: Request) -> Response:
    """Answer all questions of one kind alike, if they are as many as was said."""
    services, form = services_of(request), form_of(request)
    wanted, said = _known(str(form.get("topic", "")), str(form.get("answer", "")))
    connection, number = str(form.get("connection", "")), str(form.get("number", ""))
    if not connection.isdecimal():
        raise Refused(404, "missing")
    back = f"/questions?topic={wanted}&connection={connection}"
    with reading(services.engine).begin() as database:
        ids = answerable(database, int(connection), wanted, said)
    if str(len(ids)) != number:
        tell(request, N_("The number of questions changed meanwhile. Nothing was answered; look again."), "warn")
        return RedirectResponse(back, 303)
    services.answer(ids, said, user_of(request).email)
    tell(request, N_("All of them are answered. A run starts now and carries it out."))
    return RedirectResponse(back, 303)


@router.post("/questions/{question_id}/answer", dependencies=[MARKETER])
def answer(request: Request, question_id: int) -> Response:
    """Answer one question."""
    services, form = services_of(request), form_of(request)
    _, said = _known("", str(form.get("answer", "")))
    with reading(services.engine).begin() as database:
        found: Line | None = next(iter(lines(database, ids=[question_id])), None)
    if found is None:
        tell(request, N_("This question is not open any more; somebody may have been quicker."), "warn")
        return RedirectResponse("/questions", 303)
    services.answer([question_id], said, user_of(request).email)
    tell(request, N_("Answered. A run starts now and carries it out."))
    to = f"/people/{found.person_id}" if form.get("from") == "person" else f"/questions?topic={found.topic}"
    return RedirectResponse(to, 303)


@router.post("/people/{person_id}/confirm", dependencies=[MARKETER])
def confirm(request: Request, person_id: int) -> Response:
    """Offer the confirmation mail to somebody who opted out, saying why; it is logged."""
    why = str(form_of(request).get("why", "")).strip()[:500]
    if not why:
        tell(request, N_("Say why this person shall be asked; nothing was done."), "warn")
    else:
        services_of(request).confirm(person_id, user_of(request).email, why)
        tell(request, N_("Mailchimp is asked to send the confirmation mail. Only the person’s own yes counts."))
    return RedirectResponse(f"/people/{person_id}", 303)


def _known(topic: str, answer: str) -> tuple[Topic, Answer]:
    if answer not in ANSWERS or (topic and topic not in set(Topic)):
        raise Refused(404, "missing")
    return Topic(topic) if topic else Topic.FIELD, Answer(answer)
