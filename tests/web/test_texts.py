"""Every text of the pages is in every catalogue, and a page comes in the language that its reader wants."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine

from listloop.store.users import Role, change_language, find_user
from listloop.web.render import STATIC
from listloop.web.texts import LANGUAGES, language, wanted
from tests.web.catalogue import missing
from tests.web.conftest import Visitor, form_token
from tests.web.world import World

TEMPLATES = STATIC.parent / "templates"


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_a_catalogue_has_every_text_and_no_other(code: str) -> None:
    assert missing(code) == []


def test_data_is_never_given_to_the_function_that_takes_its_text_for_markup() -> None:
    wrong = [
        f"{path.name}: {found[0]}"
        for path in TEMPLATES.glob("*.html")
        for found in re.finditer(r'(?<![A-Za-z0-9_])(?:_|gettext)\((?!")[^)]*\)', path.read_text())
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr,en;q=0.8,de;q=0.7", "en"),
        ("fr;q=1, de;q=0.3", "de"),
        ("de;q=0", "en"),
        ("fr, *", "en"),
        ("de;q=nonsense, en", "en"),
    ],
)
def test_the_best_language_that_there_is_is_taken(header: str, code: str) -> None:
    assert wanted(header) == code


def test_plurals_follow_the_language() -> None:
    german, english = language("de"), language("en")
    assert [german.ngettext("%(n)s person", "%(n)s people", n) for n in (0, 1, 2)] == [
        "%(n)s Personen",
        "%(n)s Person",
        "%(n)s Personen",
    ]
    assert english.ngettext("%(n)s person", "%(n)s people", 1) == "%(n)s person"


def test_a_page_comes_in_the_language_of_the_browser(visitor: Visitor, world: World) -> None:
    client = visitor(Role.VIEWER)
    german = client.get("/", headers={"Accept-Language": "de-DE,de;q=0.9"}).text
    assert '<html lang="de">' in german
    assert "Wie es um alle steht" in german
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "fr"}).text


def test_a_user_chooses_the_language_for_oneself(visitor: Visitor, world: World, engine: Engine) -> None:
    client = visitor(Role.VIEWER)
    answer = client.post("/you", data={"form_token": form_token(client.get("/you").text), "language": "de"})
    assert answer.status_code == 303
    assert "Sprache der Seiten" in client.get("/you", headers={"Accept-Language": "en"}).text
    user = find_user(engine, "marta.viewer@halden-roos.example")
    assert user is not None
    assert user.language == "de"
    change_language(engine, user.id, "")
    assert "Language of the pages" in client.get("/you", headers={"Accept-Language": "en"}).text


def test_who_is_not_signed_in_is_told_so_in_the_browsers_language(visitor: Visitor) -> None:
    assert "Sie sind nicht angemeldet" in visitor().get("/", headers={"Accept-Language": "de"}).text
