"""Many people are flagged at once: first it is said for how many, then it is done for exactly those."""

from __future__ import annotations

import html
import re

from listloop.store.search import Question
from listloop.store.users import Role
from tests.web.conftest import Visitor, form_token, press
from tests.web.pressed import Pressed
from tests.web.world import World

WHO = "marta.marketer@halden-roos.example"


def test_the_count_and_what_follows_come_first(world: World, visitor: Visitor, pressed: Pressed) -> None:
    text = visitor(Role.MARKETER).get("/people/flag?rule=flag-no&value=yes").text
    assert "3 people chosen" in text
    assert "3 people are only in Mailchimp" in text, "the made-up ones have no CRM record"
    assert re.search(r"<button[^>]*disabled>Set it for 0 people", text)
    assert pressed.calls == []


def test_everybody_who_was_found_is_flagged(world: World, visitor: Visitor, pressed: Pressed) -> None:
    client = visitor(Role.MARKETER)
    page = html.unescape(f"/people/flag?connection={world.customers}&standing=in_sync&value=no")
    text = client.get(page).text
    [number] = re.findall(r'name="number" value="(\d+)"', text)
    fields = {"connection": str(world.customers), "standing": "in_sync", "value": "no", "number": number}
    back = press(client, page, "/people/flag", **fields)
    assert back == f"/people?standing=in_sync&connection={world.customers}"
    question = Question(standing="in_sync", connection_id=world.customers)
    assert pressed.calls == [("flag", world.customers, question, [], False, WHO)]


def test_the_ticked_are_flagged_and_nobody_else(world: World, visitor: Visitor, pressed: Pressed) -> None:
    client = visitor(Role.MARKETER)
    text = client.get(f"/people/flag?ticked=1&value=no&person={world.elena}&person={world.only_crm}").text
    assert "2 people chosen" in text
    token = form_token(text)
    sent = {"form_token": token, "number": "2", "value": "no", "person": [str(world.elena), str(world.only_crm)]}
    assert client.post("/people/flag", data=sent).status_code == 303
    assert pressed.calls == [("flag", world.customers, Question(), [world.elena, world.only_crm], False, WHO)]


def test_nobody_ticked_changes_nothing(world: World, visitor: Visitor) -> None:
    client = visitor(Role.MARKETER)
    assert client.get("/people/flag?ticked=1&value=yes&q=elena").headers["location"] == "/people?q=elena"
    assert "Nobody was ticked" in client.get("/people").text


def test_another_number_than_was_shown_does_nothing(world: World, visitor: Visitor, pressed: Pressed) -> None:
    client = visitor(Role.MARKETER)
    press(client, "/people/flag?value=yes", "/people/flag", value="yes", number="1")
    assert pressed.calls == []
    assert "changed meanwhile" in client.get("/people").text


def test_the_list_narrows_to_a_company(world: World, visitor: Visitor) -> None:
    client = visitor(Role.VIEWER)
    assert "Elena" in client.get("/people?company=Meridian+Optik+GmbH").text
    assert "Elena" not in client.get("/people?company=Meridian").text
    assert "Sync with Mailchimp" not in client.get("/people").text, "a viewer changes nobody"
