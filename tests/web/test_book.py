"""The built-in CRM is a CRM that people can work with: people, companies, groups, fields, opportunities."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from listloop.core.people import Consent
from listloop.core.side import Communication, Field, FieldType
from listloop.crm.local import lists
from listloop.crm.local.book import Book
from listloop.crm.local.facts import append
from listloop.crm.local.opening import open_book
from listloop.store.users import Role
from tests.web.conftest import Visitor, form_token, press
from tests.web.world import SCRIPT, World

Post = Callable[..., str]


@pytest.fixture
def book(engine: Engine) -> Book:
    return Book(open_book(engine), "test")


@pytest.fixture
def root(world: World) -> str:
    return f"/book/{world.customers}"


def made(client: TestClient, root: str, **fields: str) -> str:
    """Make a person through the form; returns its page."""
    return press(client, f"{root}/people/new", f"{root}/people/new", **fields)


def test_a_person_is_made_found_edited_and_deleted(root: str, visitor: Visitor, book: Book) -> None:
    client = visitor(Role.MARKETER)
    fields = {"field:first_name": "Ada", "field:last_name": "Lovelace", "field:company": "Engines Ltd"}
    page = made(client, root, email="ada@engines.example", flag="yes", **fields)
    assert "Lovelace" in client.get(f"{root}/people?q=engines").text
    assert client.get(f"{root}/people?q=nobody-there").text.count("Nobody fits") == 1
    press(client, page, page, email="ada@new.example", flag="no", **fields | {"field:phone": "+44 20 1"})
    [ada] = book.people()
    assert (ada.email, ada.takes_part, ada.person.fields["phone"]) == ("ada@new.example", False, "+44 20 1")
    assert ada.kind == "Contact"
    press(client, page, f"{page}/delete")
    assert book.people() == []
    assert client.get(page).status_code == 404


def test_what_is_refused_comes_back_with_what_was_entered(root: str, visitor: Visitor, book: Book) -> None:
    client = visitor(Role.MARKETER)
    token = form_token(client.get(f"{root}/people/new").text)
    sent = {"form_token": token, "field:first_name": "Ada <b>", "field:birthday": "soon", "field:last_name": "L"}
    answer = client.post(f"{root}/people/new", data=sent)
    assert answer.status_code == 422
    assert "can&#39;t be stored in “Date of birth”" in answer.text
    assert 'value="Ada &lt;b&gt;"' in answer.text
    assert book.people() == []


def test_the_groups_that_are_ticked_are_the_groups_afterwards(root: str, visitor: Visitor, book: Book) -> None:
    client = visitor(Role.MARKETER)
    page = made(client, root, **{"field:last_name": "Lovelace"})
    first = press(client, f"{root}/groups", f"{root}/groups", title="Fair 2026").rsplit("/", 1)[1]
    second = book.make_group("Old", [page.rsplit("/", 1)[1]]).key
    press(client, page, page, group=first, flag="", **{"field:last_name": "Lovelace"})
    assert {one.key: one.members for one in book.groups()} == {first: 1, second: 0}
    assert "Lovelace" in client.get(f"{root}/groups/{first}").text


def test_people_are_put_into_a_group_and_taken_out(root: str, visitor: Visitor, book: Book) -> None:
    client = visitor(Role.MARKETER)
    key = book.add_person({"last_name": "Lovelace"})
    group = book.make_group("Fair").key
    page = f"{root}/groups/{group}"
    assert "Lovelace" in client.get(f"{page}?q=love").text
    press(client, page, page, person=key, do="in")
    assert [one.key for one in lists.in_group(book.place, group, 10)] == [key]
    press(client, page, page, person=key, do="out")
    assert lists.in_group(book.place, group, 10) == []
    press(client, page, page, title="Fair 2027")
    assert [one.title for one in book.groups()] == ["Fair 2027"]
    press(client, page, f"{page}/delete")
    assert book.groups() == []


def test_an_opt_out_is_noted_with_who_wrote_it(root: str, visitor: Visitor, book: Book) -> None:
    client = visitor(Role.MARKETER)
    page = made(client, root, email="ada@x.example", **{"field:last_name": "Lovelace"})
    press(client, page, f"{page}/consent", said="out")
    assert book.people()[0].person.consent is Consent.UNSUBSCRIBED
    assert "unsubscribed" in client.get(page).text
    audit = visitor(Role.ADMINISTRATOR).get("/settings/audit").text
    assert "noted that Lovelace opted out" in audit


def test_companies_have_their_people(root: str, visitor: Visitor, book: Book) -> None:
    client = visitor(Role.MARKETER)
    page = press(client, f"{root}/companies/new", f"{root}/companies/new", name="Engines Ltd", city="London")
    book.add_person({"last_name": "Lovelace", "company": "Engines Ltd"})
    text = client.get(page).text
    assert "Lovelace" in text
    assert "London" in client.get(f"{root}/companies?q=eng").text
    press(client, page, page, name="Analytical Engines", city="London")
    assert book.people()[0].person.fields["company"] == "Analytical Engines"
    token = form_token(client.get(page).text)
    assert (
        client.post(f"{root}/companies/new", data={"form_token": token, "name": "analytical engines"}).status_code
        == 422
    )
    press(client, page, f"{page}/delete")
    assert book.companies() == []
    assert book.people()[0].person.fields["company"] == ""


def test_a_custom_field_is_made_and_filled(root: str, visitor: Visitor, book: Book) -> None:
    client = visitor(Role.ADMINISTRATOR)
    press(client, f"{root}/fields", f"{root}/fields", title="Size of shoe", type="one choice", choices="S\nM\n\nM\nL")
    field = next(one for one in book.fields() if one.title == "Size of shoe")
    assert field.choices == ("S", "M", "L")
    page = made(client, root, **{"field:last_name": "Lovelace", f"field:{field.name}": "M"})
    assert book.people()[0].person.fields[field.name] == "M"
    assert "Size of shoe" in client.get(page).text
    marketer = visitor(Role.MARKETER)
    token = form_token(marketer.get(f"{root}/people/new").text)
    refused = marketer.post(f"{root}/fields", data={"form_token": token, "title": "x", "type": "text"})
    assert refused.status_code == 403


def test_an_opportunity_is_made_for_a_person_and_won(root: str, visitor: Visitor, book: Book) -> None:
    client = visitor(Role.MARKETER)
    key = book.add_person({"last_name": "Lovelace"})
    new = f"{root}/opportunities/new"
    form = client.get(f"{new}?person={key}").text
    assert f'name="people" value="{key}"' in form
    fields = {"title": "Two engines", "value": "1250,50", "currency": "EUR", "people": key, "stage": "open"}
    page = press(client, new, new, **fields)
    press(client, page, page, **fields, won_now="1")
    [deal] = lists.opportunities(book.place, 10)
    assert (deal.value, deal.currency, deal.people, deal.stage) == (125_050, "EUR", (key,), "won")
    assert deal.won.startswith("2026-11-19T13:05")
    assert "Two engines" in client.get(f"{root}/people/{key}").text
    assert "1250.50" in client.get(f"{root}/opportunities").text
    press(client, page, page, title="Two engines", value="a lot", currency="EUR")
    assert "needs a title and an amount" in client.get(page).text


def test_what_was_written_is_listed_with_the_person(root: str, visitor: Visitor, book: Book) -> None:
    key = book.add_person({"first_name": SCRIPT, "last_name": "x" * 300})
    list(append(book.place, [Communication("c1", key, "sent", "2026-11-01T09:00:00Z", SCRIPT, SCRIPT)]))
    client = visitor(Role.VIEWER)
    for path in (f"{root}/communications", f"{root}/people/{key}", f"{root}/people"):
        text = client.get(path).text
        assert SCRIPT not in text, path
        assert html.escape(SCRIPT, quote=False).split("&")[1] in text.replace("&#34;", '"'), path
    assert not re.search(r"<button[^>]*>\s*Save", client.get(f"{root}/people/{key}").text), "a viewer changes nothing"


def test_the_address_book_is_in_the_menu_only_where_there_is_one(world: World, visitor: Visitor) -> None:
    assert "Address book" in visitor(Role.VIEWER).get("/").text


def test_without_a_built_in_crm_the_menu_has_no_address_book(visitor: Visitor) -> None:
    assert "Address book" not in visitor(Role.VIEWER).get("/").text


def test_an_address_of_ones_own_is_entered_in_its_parts(root: str, visitor: Visitor, book: Book) -> None:
    book.add_field(Field("custom:home", "Home", FieldType.ADDRESS))
    client = visitor(Role.MARKETER)
    parts = {"field:custom:home/addr1": "Gate 1 & 2", "field:custom:home/city": " Bern ", "field:custom:home/zip": ""}
    page = made(client, root, **{"field:last_name": "Keller", "email": "k@x.example"}, **parts)
    [person] = book.people()
    assert person.person.fields["custom:home"] == '{"addr1":"Gate 1 & 2","city":"Bern"}'
    text = client.get(page).text
    assert 'name="field:custom:home/addr1" type="text" value="Gate 1 &amp; 2"' in text
    assert "Home: Street" in text
    press(client, page, page, email="k@x.example", flag="yes", **{"field:custom:home/city": "Basel"})
    assert book.people()[0].person.fields["custom:home"] == '{"city":"Basel"}', "what is emptied in the form goes"


def test_the_choices_of_a_list_are_changed_and_nobody_loses_one(root: str, visitor: Visitor, book: Book) -> None:
    book.add_field(Field("custom:colour", "Colour", FieldType.CHOICE, ("Red", "Blue")))
    red = book.add_person({"last_name": "Keller", "custom:colour": "Red"})
    client, page = visitor(Role.ADMINISTRATOR), f"{root}/fields"
    press(client, page, f"{page}/choices", field="custom:colour", choices="Blue\r\n  Green \n\nBlue")
    assert book.fields()[-1].choices == ("Blue", "Green")
    there = book.person(red)
    assert there is not None
    assert there.person.fields["custom:colour"] == "Red"
    press(client, page, f"{page}/choices", field="custom:colour", choices=" \n ")
    assert "needs 1 to 1000 choices" in client.get(page).text
    press(client, page, f"{page}/choices", field="title", choices="x")
    assert book.fields()[-1].choices == ("Blue", "Green")
    assert "changed the choices of Colour" in client.get("/settings/audit").text
