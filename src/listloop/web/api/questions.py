"""Open questions: what only a person can answer, and the answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from pydantic import BaseModel, Field

from listloop.core.questions import Answer, Topic
from listloop.store import questions
from listloop.store.database import reading
from listloop.web.access import services_of
from listloop.web.api.access import ANSWER, READ, area, caller_of
from listloop.web.api.paging import Cursor, Id, Limit, Number, Of, Page, number, page_of
from listloop.web.api.problems import missing

router = area("questions")


class QuestionShown(BaseModel):
    """What both sides show, why a person is asked, and what may be said."""

    id: int
    connection_id: int
    person_id: int
    person: str
    email: str
    topic: Topic
    title: str
    crm: str
    mailchimp: str
    why: str
    answers: list[Answer] = Field(description="Empty: nothing to choose; something else must change.")
    asked_at: datetime


class Said(BaseModel):
    """One answer to some questions, all of which must be open and know this answer; else nothing is kept."""

    ids: list[Id] = Field(min_length=1, max_length=500)
    answer: Answer


class Answered(BaseModel):
    """How many questions got the answer."""

    answered: int


@router.get("/questions", dependencies=[READ])
def list_questions(
    request: Request,
    connection: Of = None,
    topic: Annotated[Topic | None, Query(description="Only of this topic.")] = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Page[QuestionShown]:
    """List open questions, in the order they were asked."""
    after = number(cursor)
    with reading(services_of(request).engine).begin() as db:
        found = questions.lines(db, connection_id=connection, topic=topic, after=after, limit=limit + 1)
    last = found[limit - 1].id if len(found) > limit else 0
    return page_of([_shown(one) for one in found], limit, str(last))


@router.get("/questions/{question_id}", dependencies=[READ])
def get_question(request: Request, question_id: Number) -> QuestionShown:
    """Get one open question."""
    with reading(services_of(request).engine).begin() as db:
        found = questions.lines(db, ids=[question_id], limit=1)
    if not found:
        raise missing("open question")
    return _shown(found[0])


@router.post("/questions/answers", dependencies=[ANSWER], status_code=202)
def answer_questions(request: Request, said: Said) -> Answered:
    """Answer questions; the run that starts now carries it out."""
    ids = sorted(set(said.ids))
    services_of(request).answer(ids, said.answer, caller_of(request).who)
    return Answered(answered=len(ids))


def _shown(one: questions.Line) -> QuestionShown:
    return QuestionShown(
        id=one.id,
        connection_id=one.connection_id,
        person_id=one.person_id,
        person=one.person,
        email=one.email,
        topic=one.topic,
        title=one.title,
        crm=one.crm,
        mailchimp=one.mailchimp,
        why=one.why,
        answers=list(one.answers),
        asked_at=one.asked_at,
    )
