"""In a made-up language, in which every text is in brackets, no page shows a word of ours without them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from sqlalchemy import Engine, inspect, select

from listloop.crm.local import tables as local
from listloop.store.tables import metadata
from listloop.store.users import Role
from listloop.web import render
from listloop.web.texts import forms, make_language
from tests.web.catalogue import texts
from tests.web.conftest import Visitor
from tests.web.everywhere import empty, full
from tests.web.pressed import Pressed
from tests.web.set_up import AUDIENCE, CRM, SetUpAlone

#: Names, which are the same in every language, and what is said about a program or by one.
NAMES = "ML http https com crm Listloop Mailchimp CRM API Deutsch English CSV JSON UTC OAuth Tag "
NAMES += "run demo listloop connect Europe Berlin EUR"  #: What the ends of the set-up are made of.
NAMES += " customers press interest House Paged"  #: Groups and a template that campaigns are written with.
TITLES = " ".join(one.title for end in (CRM, AUDIENCE) for one in end.fields)
TITLES += " ".join(one.title for end in (CRM, AUDIENCE) for one in end.labels) + " Ada ada SEATS Sage User Password"
SPOKEN = ("aria-label", "placeholder", "title", "alt", "data-l")
#: Elements of which the content is data, or no text.
DATA = {"bdi", "code", "script", "style", "kbd", "pre", "svg"}


@pytest.fixture(scope="module")
def pseudo() -> dict[str, tuple[str, ...]]:
    """Every text of the source in brackets."""
    return {forms(one.id)[0]: tuple(f"⟦{form}⟧" for form in forms(one.id)) for one in texts() if one.id}


class Words(HTMLParser):
    """Collects what a page shows and says outside of brackets."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in SPOKEN]
        if tag in DATA:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.found.append(data)


def bare(html: str) -> Iterator[str]:
    """The words of a page that are in no brackets."""
    page = Words()
    page.feed(html)
    for text in page.found:
        rest, before = text, ""
        while before != rest:
            before, rest = rest, re.sub(r"⟦[^⟦⟧]*⟧", " ", rest)
        yield from re.findall(r"[^\W\d_]{2,}", rest)


def data(engine: Engine) -> set[str]:
    """Every word that stands in the database."""
    found = set[str]()
    with engine.begin() as db:
        there = set(inspect(db).get_table_names())
        tables = [*metadata.sorted_tables, *local.metadata.sorted_tables]
        for table in (one for one in tables if one.name in there):
            for row in db.execute(select(table)):
                for value in row:
                    found |= set(re.findall(r"[^\W\d_]{2,}", str(value).replace("\\n", " ")))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("filled", [False, True])
def test_no_page_shows_a_word_that_is_not_translated(
    filled: bool,
    engine: Engine,
    visitor: Visitor,
    pseudo: dict[str, tuple[str, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    language = make_language("de", pseudo)
    monkeypatch.setattr(render, "language_of", lambda _request: language)
    client = visitor(Role.ADMINISTRATOR)
    setup = SetUpAlone(engine, Pressed())
    paths = full(engine, setup) if filled else empty(setup)
    known = data(engine) | set(NAMES.split()) | set(re.findall(r"[^\W\d_]{2,}", TITLES))
    found = {path: sorted(set(bare(client.get(path).text)) - known) for path in paths}
    assert {path: some for path, some in found.items() if some} == {}
    assert "⟦" in client.get("/").text
