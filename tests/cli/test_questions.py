"""``listloop questions``, ``answer`` and ``confirm``: what waits for a person, and what was said."""

from __future__ import annotations

import pytest

from tests.cli.stage import Cli

PHONE = {"phone": "+44 20 7946 0003"}


@pytest.fixture
def asked(synced: Cli) -> Cli:
    """Ann's phone was changed on both sides, and its rule is to ask."""
    assert synced("mapping", "set", "phone", "PHONE", "--owner", "ask").code == 0
    synced("sync", "--yes")
    synced.edit("ann@archer.example", **PHONE)
    synced.member("ann@archer.example", merge_fields={"PHONE": "+44 20 7946 0004"})
    synced("sync")  # this plan, the first with anything in it since, waits for its yes
    return synced


def test_a_question_is_listed_with_both_values_why_and_the_answers(asked: Cli) -> None:
    said = asked("questions")
    assert said.code == 0
    assert "Ann Archer" in said.out
    assert "+44 20 7946 0003" in said.out
    assert "+44 20 7946 0004" in said.out
    assert "changed on both sides" in said.out
    assert "crm, mailchimp, keep" in said.out
    assert "→ Answer with “listloop answer NUMBER ANSWER”" in said.out
    assert "1 question waits for an answer" in asked("status").out


def test_an_answer_is_written_by_the_next_run_and_not_asked_again(asked: Cli) -> None:
    number = asked("questions", "--json").json[0]["question"]
    said = asked("answer", str(number), "mailchimp")
    assert (said.code, said.out) == (0, "1 question answered: Take Mailchimp's. The next run carries it out.\n")
    asked("sync", "--yes")
    assert asked("questions").out == "No question is open.\n"
    shown = asked("people", "show", "ann@archer.example").out
    assert shown.count("+44 20 7946 0004") == 2


def test_all_of_a_kind_are_answered_only_once_their_number_was_said(asked: Cli) -> None:
    said = asked("answer", "--all", "field", "crm")
    assert said.code == 3
    assert "1 question of the kind “Fields that differ” would be answered: Take the CRM's." in said.out
    assert len(asked("questions", "--json").json) == 1
    assert asked("answer", "--all", "field", "crm", "--yes").code == 0
    assert asked("questions", "--json").json == []


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("answer",), 2, "is no answer"),
        (("answer", "1", "maybe"), 2, "is no answer"),
        (("answer", "one", "crm"), 2, "Give the numbers"),
        (("answer", "crm"), 2, "Give the numbers"),
        (("answer", "999", "crm"), 1, "Question 999 is not open any more."),
        (("answer", "1", "back"), 1, "is no answer to question 1"),
        (("answer", "--all", "revive", "back", "--yes"), 1, "No open question of the kind"),
        (("confirm", "nobody@x.example", "--why", "x"), 1, "No linked person has the address"),
        (("confirm", "ann@archer.example", "--why", "x"), 1, "is for somebody who is unsubscribed"),
    ],
)
def test_what_cannot_be_answered_is_told_with_the_way_out(
    asked: Cli, words: tuple[str, ...], code: int, told: str
) -> None:
    said = asked(*words)
    assert said.code == code
    assert told in said.err
    assert "→" in said.err


def test_who_opted_out_is_asked_for_a_confirmation_and_the_no_stands_until_then(asked: Cli) -> None:
    asked.member("ann@archer.example", status="unsubscribed")
    asked("sync", "--yes")
    assert asked("confirm", "ann@archer.example", "--why", "she phoned").code == 0
    asked("sync", "--yes")
    assert asked.member("ann@archer.example")["status"] == "pending"
    asked("sync", "--yes")
    assert asked.member("ann@archer.example")["status"] == "pending"
