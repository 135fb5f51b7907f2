"""An answer counts for the question about the very values that were shown."""

from __future__ import annotations

from listloop.core.questions import ANSWERS, TOPICS, Answer, Answered, Topic, answer_to, was_asked

ASKED = (
    Answered(Topic.FIELD, "city", "Bern", "Graz", Answer.CRM, "eve"),
    Answered(Topic.STORED, "city", "Bern", "BERN"),
)


def test_an_answer_is_found_by_topic_subject_and_both_values() -> None:
    assert answer_to(ASKED, Topic.FIELD, "city", "Bern", "Graz") is Answer.CRM
    assert answer_to(ASKED, Topic.FIELD, "city", "Bern", "Oslo") is None
    assert answer_to(ASKED, Topic.FIELD, "city", "Oslo", "Graz") is None
    assert answer_to(ASKED, Topic.FIELD, "name", "Bern", "Graz") is None
    assert answer_to(ASKED, Topic.STORED, "city", "Bern", "BERN") is None  # asked, and not answered


def test_a_question_is_known_as_asked_whether_or_not_it_was_answered() -> None:
    assert was_asked(ASKED, Topic.STORED, "city", "Bern", "BERN")
    assert was_asked(ASKED, Topic.FIELD, "city", "Bern", "Graz")
    assert not was_asked(ASKED, Topic.STORED, "city", "Bern", "Graz")


def test_every_topic_and_every_answer_has_words_for_people() -> None:
    assert set(TOPICS) == set(Topic)
    assert set(ANSWERS) == set(Answer)
