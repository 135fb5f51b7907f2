"""The page of open questions: what is asked, one button for each answer, and all of a kind at once."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine

from listloop.core.questions import Answer, Question, Topic
from listloop.store.questions import ask, lines
from listloop.store.users import Role
from tests.web.conftest import Visitor, form_token
from tests.web.pressed import Pressed
from tests.web.world import NOW, World

LANGUAGE = Question(
    Topic.FIELD,
    "language",
    "Language",
    "Deutsch",
    "English",
    "changed on both sides",
    (Answer.CRM, Answer.MAILCHIMP, Answer.KEEP),
)
BACK = Question(Topic.REVIVE, "", "Takes part?", "Yes", "archived", "is archived", (Answer.BACK, Answer.OUT))


@pytest.fixture
def asked(engine: Engine, world: World) -> list[int]:
    """Elena's language is asked about, and two more people wait to be brought back."""
    with engine.begin() as db:
        ask(db, world.customers, {world.elena: ((LANGUAGE,), False)}, NOW)
        ask(db, world.customers, dict.fromkeys((world.hostile, world.only_crm), ((BACK,), False)), NOW)
        return [one.id for one in lines(db)]


def test_each_question_shows_both_values_why_and_a_button_for_each_answer(visitor: Visitor, asked: list[int]) -> None:
    page = visitor(Role.MARKETER).get("/questions").text
    assert "3 questions wait for an answer" in page
    assert "Deutsch" in page
    assert "English" in page
    assert "changed on both sides" in page
    assert f'action="/questions/{asked[0]}/answer"' in page
    assert re.findall(r'name="answer" value="(\w+)"', page)[:3] == ["crm", "mailchimp", "keep"]


def test_a_viewer_sees_the_questions_and_no_button(visitor: Visitor, asked: list[int]) -> None:
    page = visitor(Role.VIEWER).get("/questions").text
    assert "Deutsch" in page
    assert f"/questions/{asked[0]}/answer" not in page


def test_the_overview_leads_to_the_questions_and_so_does_the_person(
    visitor: Visitor, world: World, asked: list[int]
) -> None:
    marketer = visitor(Role.MARKETER)
    assert f'href="/questions?topic=revive&amp;connection={world.customers}"' in marketer.get("/").text
    assert f'action="/questions/{asked[0]}/answer"' in marketer.get(f"/people/{world.elena}").text


def test_a_button_answers_once(visitor: Visitor, pressed: Pressed, asked: list[int]) -> None:
    marketer = visitor(Role.MARKETER)
    token = form_token(marketer.get("/questions").text)
    sent = {"form_token": token, "answer": "crm"}
    assert marketer.post(f"/questions/{asked[0]}/answer", data=sent).status_code == 303
    assert pressed.calls == [("answer", [asked[0]], Answer.CRM, "marta.marketer@halden-roos.example")]
    gone = marketer.post("/questions/999/answer", data=sent)
    assert gone.headers["location"] == "/questions"
    assert "not open any more" in marketer.get("/questions").text
    assert len(pressed.calls) == 1


def test_an_answer_that_there_is_not_is_refused(visitor: Visitor, pressed: Pressed, asked: list[int]) -> None:
    marketer = visitor(Role.MARKETER)
    token = form_token(marketer.get("/questions").text)
    answer = marketer.post(f"/questions/{asked[0]}/answer", data={"form_token": token, "answer": "maybe"})
    assert (answer.status_code, pressed.calls) == (404, [])


def test_all_of_a_kind_are_answered_after_their_number_was_shown(
    visitor: Visitor, engine: Engine, world: World, pressed: Pressed, asked: list[int]
) -> None:
    marketer = visitor(Role.MARKETER)
    listed = marketer.get(f"/questions?topic=revive&connection={world.customers}").text
    assert "Bring back (2)" in listed
    sure = marketer.get(f"/questions/all?topic=revive&connection={world.customers}&answer=back").text
    assert "Bring back: 2 people" in sure
    sent = {
        "form_token": form_token(sure),
        "topic": "revive",
        "connection": str(world.customers),
        "answer": "back",
        "number": "2",
    }
    marketer.post("/questions/all", data=sent)
    assert pressed.calls == [("answer", asked[1:], Answer.BACK, "marta.marketer@halden-roos.example")]
    with engine.begin() as db:
        ask(db, world.customers, {world.only_crm: ((), False)}, NOW)
    marketer.post("/questions/all", data=sent)
    assert len(pressed.calls) == 1
    assert "The number of questions changed meanwhile" in marketer.get("/questions").text


def test_the_confirmation_mail_needs_a_reason(visitor: Visitor, pressed: Pressed, world: World) -> None:
    marketer = visitor(Role.MARKETER)
    token = form_token(marketer.get(f"/people/{world.elena}").text)
    marketer.post(f"/people/{world.elena}/confirm", data={"form_token": token, "why": " "})
    assert pressed.calls == []
    marketer.post(f"/people/{world.elena}/confirm", data={"form_token": token, "why": "she phoned"})
    assert pressed.calls == [("confirm", world.elena, "marta.marketer@halden-roos.example", "she phoned")]
