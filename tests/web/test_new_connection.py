"""A connection is made end by end; what is wrong is said beside what was entered, and secrets never come back."""

from __future__ import annotations

import html
import re

from sqlalchemy import Engine
from starlette.testclient import TestClient

from listloop.store.connections import change_connection, connection
from listloop.store.users import Role
from tests.web.conftest import Visitor, form_token, press
from tests.web.pressed import Pressed
from tests.web.set_up import KEY, SetUpAlone
from tests.web.world import World

WHO = "marta.administrator@halden-roos.example"
NEW = "/connections/new"


def test_three_pages_lead_to_the_fields_of_the_new_connection(
    engine: Engine, visitor: Visitor, pressed: Pressed
) -> None:
    client = visitor(Role.ADMINISTRATOR)
    at = press(client, f"{NEW}/local", f"{NEW}/local", book=" main ")
    assert at == f"{NEW}/1/mailchimp"
    at = press(client, at, at, key=KEY, base_url="http://127.0.0.1:8300/3.0")
    assert at == f"{NEW}/1/audience"
    assert "21,034 members" in client.get(at).text
    at = press(client, at, at, audience="a1", name="")
    assert at == "/connections/1/fields"
    with engine.begin() as db:
        made = connection(db, 1)
    assert (made.name, made.audience) == ("Built-in CRM – Customers & prospects", "a1")
    assert pressed.calls[0] == ("begin", "local", {"book": "main"}, WHO)
    assert SetUpAlone(engine, pressed).drafts() == []


def test_a_crm_that_refuses_keeps_what_was_entered_but_the_password(visitor: Visitor) -> None:
    client = visitor(Role.ADMINISTRATOR)
    sent = {"form_token": form_token(client.get(f"{NEW}/sagecrm").text), "user": "eva", "password": "wrong"}
    answer = client.post(f"{NEW}/sagecrm", data=sent)
    assert answer.status_code == 422
    assert "Sage CRM does not accept the password." in answer.text
    assert 'value="eva"' in answer.text
    assert 'value="wrong"' not in answer.text


def test_a_wrong_key_is_refused_on_its_page_and_not_shown_again(visitor: Visitor) -> None:
    client = visitor(Role.ADMINISTRATOR)
    page = press(client, f"{NEW}/local", f"{NEW}/local")
    sent = {"form_token": form_token(client.get(page).text), "key": "nonsense-us1", "base_url": "http://x.example/3.0"}
    answer = client.post(page, data=sent)
    assert answer.status_code == 422
    assert "Mailchimp does not accept the API key." in answer.text
    assert "nonsense-us1" not in answer.text
    assert "http://x.example/3.0" in answer.text


def test_an_audience_that_is_not_in_the_account_is_refused(visitor: Visitor) -> None:
    client = visitor(Role.ADMINISTRATOR)
    press(client, f"{NEW}/local", f"{NEW}/local")
    page = f"{NEW}/1/audience"
    answer = client.post(page, data={"form_token": form_token(client.get(page).text), "audience": "invented"})
    assert (answer.status_code, "No audience is chosen." in answer.text) == (422, True)


def test_a_second_audience_is_warned_about_and_has_to_be_meant(engine: Engine, world: World, visitor: Visitor) -> None:
    with engine.begin() as db:
        change_connection(db, world.customers, audience="a1")
    client = visitor(Role.ADMINISTRATOR)
    press(client, f"{NEW}/local", f"{NEW}/local")
    page = f"{NEW}/1/audience"
    text = client.get(page).text
    assert "“Customers” keeps Customers &amp; prospects in step." in text
    assert "An opt-out that is said in one of them then counts in all of them" in text
    sent = {"form_token": form_token(text), "audience": "a2", "name": "Second"}
    refused = client.post(page, data=sent)
    assert (refused.status_code, 'value="a2" required checked' in refused.text) == (422, True)
    assert press(client, page, page, audience="a2", name="Second", second="yes") == "/connections/3/fields"


def test_a_set_up_left_unfinished_can_be_taken_up_again_or_forgotten(visitor: Visitor) -> None:
    client = visitor(Role.ADMINISTRATOR)
    press(client, f"{NEW}/local", f"{NEW}/local")
    assert f'href="{NEW}/1/mailchimp"' in client.get(NEW).text
    assert press(client, NEW, f"{NEW}/1/drop") == NEW
    assert f'href="{NEW}/1/mailchimp"' not in client.get(NEW).text
    assert "This set-up is finished, or was dropped." in client.get(f"{NEW}/1/mailchimp").text


def test_a_crm_that_is_not_installed_is_not_found(visitor: Visitor) -> None:
    assert visitor(Role.ADMINISTRATOR).get(f"{NEW}/nope").status_code == 404


def test_signing_in_at_mailchimp_comes_back_to_the_set_up_that_asked(visitor: Visitor, pressed: Pressed) -> None:
    client = visitor(Role.ADMINISTRATOR)
    draft = press(client, f"{NEW}/local", f"{NEW}/local").split("/")[3]
    assert f'href="{NEW}/{draft}/oauth"' in client.get(f"{NEW}/{draft}/mailchimp").text
    away = client.get(f"{NEW}/{draft}/oauth").headers["location"]
    assert away.startswith("https://login.example/oauth2/authorize?back=http://testserver/oauth/mailchimp&state=")
    state = away.rpartition("=")[2]
    assert client.get(f"/oauth/mailchimp?code=good&state={state}x").status_code == 403
    assert client.get(f"/oauth/mailchimp?code=good&state={state}").status_code == 403, "a wrong answer ends it"
    state = client.get(f"{NEW}/{draft}/oauth").headers["location"].rpartition("=")[2]
    answer = client.get(f"/oauth/mailchimp?code=good&state={state}")
    assert answer.headers["location"] == f"{NEW}/{draft}/audience"
    who = "marta.administrator@halden-roos.example"
    assert pressed.calls[-1] == ("came_back", int(draft), "good", "http://testserver/oauth/mailchimp", who)


def test_a_refusal_at_mailchimp_is_told_with_what_to_do(visitor: Visitor) -> None:
    client = visitor(Role.ADMINISTRATOR)
    draft = press(client, f"{NEW}/local", f"{NEW}/local").split("/")[3]
    for answer, said in (("error=access_denied", "was not allowed"), ("code=used", "did not accept the sign-in")):
        state = client.get(f"{NEW}/{draft}/oauth").headers["location"].rpartition("=")[2]
        back = client.get(f"/oauth/mailchimp?{answer}&state={state}")
        assert (back.status_code, said in back.text) == (422, True)


def page_of_crm(client: TestClient, at: str) -> str:
    """Where the link on that page leads: a form may not lead to another site."""
    [found] = re.findall(r'href="(https://crm.example/[^"]+)"', client.get(at).text)
    return html.unescape(found)


def test_signing_in_on_a_crms_own_page_comes_back_to_the_set_up_that_asked(visitor: Visitor, pressed: Pressed) -> None:
    client = visitor(Role.ADMINISTRATOR)
    form = client.get(f"{NEW}/paged").text
    assert 'name="refresh"' not in form, "nobody types what the sign-in gives"
    assert "http://testserver/oauth/crm" in form, "with this address Listloop is registered there"
    to = press(client, f"{NEW}/paged", f"{NEW}/paged", app="ours")
    draft = to.split("/")[3]
    assert to == f"{NEW}/{draft}/crm"
    assert f'href="{to}"' in client.get(NEW).text, "taken up again, it goes on at the CRM's page"
    away = page_of_crm(client, to)
    assert away.startswith("https://crm.example/authorize?back=http://testserver/oauth/crm&state=")
    state = away.rpartition("=")[2]
    assert client.get(f"/oauth/crm?code=good&state={state}x").status_code == 403
    state = page_of_crm(client, to).rpartition("=")[2]
    assert client.get(f"/oauth/crm?code=good&state={state}").headers["location"] == f"{NEW}/{draft}/mailchimp"
    who = "marta.administrator@halden-roos.example"
    assert pressed.calls[-1] == ("crm_came_back", f"draft/{draft}", "good", "http://testserver/oauth/crm", who)


def test_a_crms_page_is_asked_for_only_where_it_is_used(visitor: Visitor, world: World) -> None:
    assert visitor(Role.ADMINISTRATOR).get(f"/connections/{world.news}/crm").status_code == 404


def test_a_refusal_on_a_crms_page_is_told_with_what_to_do(visitor: Visitor) -> None:
    client = visitor(Role.ADMINISTRATOR)
    to = press(client, f"{NEW}/paged", f"{NEW}/paged", app="ours")
    for answer, said in (("error=access_denied", "was not allowed"), ("code=used", "did not accept the sign-in")):
        state = page_of_crm(client, to).rpartition("=")[2]
        assert said in client.get(f"/oauth/crm?{answer}&state={state}").text
