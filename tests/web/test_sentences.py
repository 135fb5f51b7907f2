"""A sentence made in English is told in another language, and nothing that a person typed is changed by it."""

from __future__ import annotations

import pytest

from listloop.web.sentences import LONGEST, Sentences
from listloop.web.texts import language

SENTENCES = Sentences(
    {
        "opted out": "hat widersprochen",
        "Run {number} waits.": "Lauf {number} wartet.",
        "{why}, but {error}": "{why}, aber {error}",
        "changed in the CRM": "im CRM geändert",
        "{title} can't be empty": "{title} darf nicht leer sein",
        "{title}: {reason}": "{title}: {reason}",
        "Overview": "Übersicht",
        "Look again.": "Sehen Sie noch einmal nach.",
    }
)


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("opted out", "hat widersprochen"),
        ("Run 7 waits.", "Lauf 7 wartet."),
        ("changed in the CRM, but Name can't be empty", "im CRM geändert, aber Name darf nicht leer sein"),
        ("Run 7 waits. Look again.", "Lauf 7 wartet. Sehen Sie noch einmal nach."),
        ("Last name: changed in the CRM", "Last name: im CRM geändert"),
        ("opted out; changed in the CRM", "hat widersprochen; im CRM geändert"),
        ("nobody ever wrote this", "nobody ever wrote this"),
        ("", ""),
    ],
)
def test_a_sentence_is_found_by_the_text_it_was_made_from(english: str, german: str) -> None:
    assert SENTENCES.tell(english) == german


def test_a_name_that_is_a_word_of_ours_stays_a_name() -> None:
    assert SENTENCES.tell("Overview can't be empty") == "Overview darf nicht leer sein"


def test_a_value_with_braces_is_not_taken_for_a_place() -> None:
    assert SENTENCES.tell("Run {error} waits.") == "Lauf {error} wartet."


def test_a_very_long_text_is_data() -> None:
    text = "Run " + "7" * LONGEST + " waits."
    assert SENTENCES.tell(text) == text


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("Phone: changed in Mailchimp", "Telefon: in Mailchimp geändert"),
        (
            "ann@one.example is archived in Mailchimp and may only come back by your yes",
            "ann@one.example ist in Mailchimp archiviert und kommt nur mit Ihrer Freigabe zurück",
        ),
        ("new in the CRM: becomes a member as subscribed", "neu im CRM: wird ein Mitglied mit dem Status abonniert"),
        ("said yes to run 12", "hat Lauf 12 freigegeben"),
        ("every 4 hours", "alle 4 Stunden"),
        (
            "changed on both sides: the CRM's value wins (rounded to 12.5)",
            "auf beiden Seiten geändert: der Wert aus dem CRM hat Vorrang (auf 12.5 gerundet)",
        ),
    ],
)
def test_what_listloop_says_is_told_in_german(english: str, german: str) -> None:
    assert language("de").tell(english) == german
