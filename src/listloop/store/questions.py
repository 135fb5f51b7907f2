"""Open questions and their answers: what waits for a person, what was said, by whom, and until when it counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from listloop.core.errors import NeedsAttention
from listloop.core.plan import Rule
from listloop.core.questions import ANSWERS, Answer, Answered, Question, Topic
from listloop.store.audit import note
from listloop.store.bulk import among
from listloop.store.people import mark_dirty, save_people
from listloop.store.records import chunks
from listloop.store.tables import connections, people, questions


@dataclass(frozen=True, slots=True)
class Line:
    """A question as people see it; ``id`` is its number."""

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
    answers: tuple[Answer, ...]
    asked_at: datetime
    answer: Answer | None = None
    answered_by: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """How many questions of one topic a connection has, and what may be said to them."""

    connection_id: int
    topic: Topic
    number: int


_ASKED = (
    select(questions)
    .where(among(questions.c.person_id, "people"), questions.c.over_at.is_(None))
    .order_by(questions.c.id)
)


def asked_about(db: Connection, person_ids: Collection[int]) -> dict[int, tuple[Answered, ...]]:
    """The questions that were asked about these people and are not over, by person."""
    found: dict[int, tuple[Answered, ...]] = {}
    for row in db.execute(_ASKED, {"people": person_ids}) if person_ids else ():
        said = Answer(row.answer) if row.answer else None
        one = Answered(Topic(row.topic), row.subject, row.crm, row.mailchimp, said, row.answered_by)
        found[row.person_id] = (*found.get(row.person_id, ()), one)
    return found


_SAID = (
    select(questions.c.person_id, func.max(questions.c.answered_at))
    .where(
        questions.c.connection_id == bindparam("of"),
        questions.c.topic == bindparam("topic"),
        questions.c.answer == bindparam("said"),
    )
    .group_by(questions.c.person_id)
)
_SAID_NOT_OVER = _SAID.where(questions.c.over_at.is_(None))


def said_of(db: Connection, connection_id: int, topic: Topic, answer: Answer, *, over: bool) -> dict[int, datetime]:
    """The people of whom this was said, and when last; ``over``: those whose answer was carried out as well."""
    said = {"of": connection_id, "topic": topic, "said": answer}
    return {row[0]: row[1] for row in db.execute(_SAID if over else _SAID_NOT_OVER, said)}


def ask(
    db: Connection,
    connection_id: int,
    asked: Mapping[int, tuple[tuple[Question, ...], bool]],
    now: datetime,
) -> None:
    """Keep the questions of people who were just decided, each with whether something is to be written for them.

    A question that is asked again about the same values stays what it is; one about other values is a new one. Where
    an answer is being carried out it stays until that is done; whatever else is not asked any more is over.
    """
    known: dict[int, list[Row[Any]]] = {}
    for row in db.execute(_ASKED, {"people": asked}) if asked else ():
        known.setdefault(row.person_id, []).append(row)
    over: list[int] = []
    new: list[dict[str, Any]] = []
    for person, (now_asked, writes) in asked.items():
        if not now_asked and person not in known:
            continue  # as of most people
        left = {(row.topic, row.subject, row.crm, row.mailchimp): row for row in known.get(person, ())}
        for one in now_asked:
            same = (one.topic, one.subject, one.crm, one.mailchimp)
            if same not in left:
                new.append(_columns(connection_id, person, one, now))
                continue
            row = left.pop(same)
            if row.answer or row.why != one.why or row.answers != ",".join(one.answers):
                # What was said could not be carried out: it is asked again, with the answers that there are now.
                values = {"why": one.why, "answers": ",".join(one.answers), "answer": ""}
                db.execute(update(questions).where(questions.c.id == row.id).values(values))
        over += [row.id for row in left.values() if not (row.answer and writes)]
    end(db, over, now)
    if new:
        db.execute(insert(questions), new)


def add_questions(
    db: Connection, connection_id: int, person_id: int, asked: Collection[Question], now: datetime
) -> None:
    """Questions that came up while a person was written."""
    if asked:
        db.execute(insert(questions), [_columns(connection_id, person_id, one, now) for one in asked])


def _columns(connection_id: int, person_id: int, one: Question, now: datetime) -> dict[str, Any]:
    return {
        "connection_id": connection_id,
        "person_id": person_id,
        "topic": one.topic,
        "subject": one.subject,
        "title": one.title,
        "crm": one.crm,
        "mailchimp": one.mailchimp,
        "why": one.why,
        "answers": ",".join(one.answers),
        "asked_at": now,
    }


def end(db: Connection, ids: Collection[int], now: datetime) -> None:
    """These questions are over: answered and carried out, or not asked any more."""
    for some in chunks(ids):
        db.execute(update(questions).where(questions.c.id.in_(some)).values(over_at=now))


_ANSWERED = (
    update(questions)
    .where(among(questions.c.person_id, "people"), questions.c.over_at.is_(None), questions.c.answer != "")
    .values(over_at=bindparam("now"))
)


def end_answered(db: Connection, person_ids: Collection[int], now: datetime) -> None:
    """What was answered about these people is carried out."""
    if person_ids:
        db.execute(_ANSWERED, {"people": person_ids, "now": now})


def sums(db: Connection, connection_id: int | None = None) -> list[Sum]:
    """How many questions are open, by connection and topic."""
    query = select(questions.c.connection_id, questions.c.topic, func.count()).where(_open())
    if connection_id is not None:
        query = query.where(questions.c.connection_id == connection_id)
    group = (questions.c.connection_id, questions.c.topic)
    return [Sum(row[0], Topic(row[1]), row[2]) for row in db.execute(query.group_by(*group).order_by(*group))]


def lines(
    db: Connection,
    *,
    connection_id: int | None = None,
    topic: Topic | None = None,
    person_id: int | None = None,
    ids: Collection[int] | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[Line]:
    """Open questions in the order they were asked."""
    query = _lines().where(_open(), questions.c.id > after)
    if connection_id is not None:
        query = query.where(questions.c.connection_id == connection_id)
    if topic is not None:
        query = query.where(questions.c.topic == topic)
    if person_id is not None:
        query = query.where(questions.c.person_id == person_id)
    if ids is not None:
        query = query.where(questions.c.id.in_(list(ids)))
    return [_line(row) for row in db.execute(query.order_by(questions.c.id).limit(limit))]


def answerable(db: Connection, connection_id: int, topic: Topic, said: Answer) -> list[int]:
    """The open questions of one topic that can be answered so, in the order they were asked."""
    query = select(questions.c.id, questions.c.answers).where(
        _open(), questions.c.connection_id == connection_id, questions.c.topic == topic
    )
    return [row.id for row in db.execute(query.order_by(questions.c.id)) if said in row.answers.split(",")]


def answered_of(db: Connection, person_id: int, limit: int = 20) -> list[Line]:
    """What was answered about a person, newest first."""
    query = _lines().where(questions.c.person_id == person_id, questions.c.answer != "")
    return [_line(row) for row in db.execute(query.order_by(questions.c.id.desc()).limit(limit))]


def answer(db: Connection, ids: Collection[int], said: Answer, who: str, now: datetime) -> list[Line]:
    """Note a person's answer to these questions, which the next run carries out; returns the questions.

    Raises NeedsAttention where one of them is not open any more, or this is no answer to it; nothing may be kept then.
    """
    found: list[Line] = []
    for some in chunks(sorted(set(ids))):
        found += lines(db, ids=some, limit=len(some))
    if len(found) < len(set(ids)):
        missing = min(set(ids) - {one.id for one in found})
        raise NeedsAttention(
            f"Question {missing} is not open any more.", "Look at the questions that are.", code="question-over"
        )
    for one in found:
        if said not in one.answers:
            can = ", ".join(f"“{word}”" for word in one.answers) or "nothing; something else has to change first"
            raise NeedsAttention(
                f"“{said}” is no answer to question {one.id} about {one.person}.",
                f"It can be answered with: {can}.",
                code="answer-unknown",
            )
    for some in chunks([one.id for one in found]):
        values = {"answer": said, "answered_at": now, "answered_by": who}
        db.execute(update(questions).where(questions.c.id.in_(some)).values(values))
    _await(db, {one.person_id for one in found}, said)
    for one in found:
        if said is Answer.SAME:
            _others(db, one)
        note(
            db,
            now,
            who,
            f"answered “{ANSWERS[said][0]}” for {one.person}: {one.title} {one.why}",
            connection_id=one.connection_id,
        )
    return found


def _others(db: Connection, chosen: Line) -> None:
    """Those who could have been meant as well are decided anew."""
    asked = (questions.c.topic == Topic.WHO) & (questions.c.mailchimp == chosen.mailchimp) & _open()
    ids = db.scalars(select(questions.c.person_id).where(questions.c.connection_id == chosen.connection_id, asked))
    mark_dirty(db, list(ids))


def offer_confirmation(db: Connection, connection_id: int, person_id: int, who: str, why: str, now: datetime) -> None:
    """Note that somebody asks for the confirmation mail to a person who opted out, and why; the next run sends it."""
    one = Question(Topic.CONFIRM, "", "Confirmation mail", "", "", why, (Answer.CONFIRM,))
    said = {"answer": Answer.CONFIRM, "answered_at": now, "answered_by": who}
    db.execute(insert(questions), [_columns(connection_id, person_id, one, now) | said])
    _await(db, [person_id], Answer.CONFIRM)
    note(db, now, who, f"asked for a confirmation mail: {why}", connection_id=connection_id)


def _await(db: Connection, person_ids: Collection[int], said: Answer) -> None:
    reason = f"answered: {ANSWERS[said][0]}; the next run carries it out"
    values = {"dirty": True, "standing": "waiting", "rule": Rule.PLANNED, "reason": reason}
    save_people(db, [{"id": one, **values} for one in sorted(person_ids)])


def _open() -> Any:
    return questions.c.over_at.is_(None) & (questions.c.answer == "")


def _lines() -> Any:
    return (
        select(questions, people.c.name.label("person"), people.c.email.label("email"))
        .join(people, people.c.id == questions.c.person_id)
        .join(connections, connections.c.id == questions.c.connection_id)
    )


def _line(row: Row[Any]) -> Line:
    return Line(
        row.id,
        row.connection_id,
        row.person_id,
        row.person or row.email,
        row.email,
        Topic(row.topic),
        row.title,
        row.crm,
        row.mailchimp,
        row.why,
        tuple(Answer(one) for one in row.answers.split(",") if one),
        row.asked_at,
        Answer(row.answer) if row.answer else None,
        row.answered_by,
        row.answered_at,
    )
