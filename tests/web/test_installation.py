"""Who may sign in is changed on the pages, never so that nobody could any more; and the log tells who did what."""

from __future__ import annotations

import csv
import io
import re

from sqlalchemy import Engine

from listloop.store.audit import entries, note
from listloop.store.prune import Keep, kept
from listloop.store.users import Role, add_user, find_user
from tests.web.conftest import Visitor, form_token, press
from tests.web.pressed import Pressed
from tests.web.set_up import KEY
from tests.web.world import NOW, World

USERS = "/settings/users"
ADDRESS = "ola@halden-roos.example"


def added(visitor: Visitor, **given: str) -> str:
    client = visitor(Role.ADMINISTRATOR)
    sent = {"form_token": form_token(client.get(USERS).text), "email": ADDRESS, "name": "Ola", "role": "marketer"}
    return client.post(USERS, data={**sent, **given}).text


def test_a_new_user_gets_a_link_that_signs_in_once(engine: Engine, visitor: Visitor) -> None:
    found = re.search(r"<code[^>]*>http://testserver(/sign-in/[^<]+)</code>", added(visitor))
    assert found
    guest = visitor()
    assert guest.post(found[1], data={"form_token": form_token(guest.get(found[1]).text)}).status_code == 303
    user = find_user(engine, ADDRESS)
    assert user is not None
    assert (user.name, user.role) == ("Ola", Role.MARKETER)
    assert guest.get(USERS).status_code == 403


def test_a_role_that_there_is_not_becomes_the_least(engine: Engine, visitor: Visitor) -> None:
    added(visitor, role="emperor")
    user = find_user(engine, ADDRESS)
    assert user is not None
    assert user.role is Role.VIEWER


def test_adding_somebody_again_changes_neither_name_nor_role(engine: Engine, visitor: Visitor) -> None:
    add_user(engine, ADDRESS, "Ola", Role.VIEWER, NOW)
    added(visitor, name="Other", role="administrator")
    user = find_user(engine, ADDRESS)
    assert user is not None
    assert (user.name, user.role) == ("Ola", Role.VIEWER)


def test_a_removed_user_is_signed_out_at_once(engine: Engine, visitor: Visitor) -> None:
    client, guest = visitor(Role.ADMINISTRATOR), visitor(Role.MARKETER)
    assert guest.get("/").status_code == 200
    user = find_user(engine, "marta.marketer@halden-roos.example")
    assert user is not None
    press(client, USERS, f"{USERS}/{user.id}/remove")
    assert guest.get("/").status_code == 401


def test_the_last_administrator_can_neither_be_removed_nor_lose_the_role(engine: Engine, visitor: Visitor) -> None:
    client = visitor(Role.ADMINISTRATOR)
    user = find_user(engine, "marta.administrator@halden-roos.example")
    assert user is not None
    for action, given in (("remove", {}), ("role", {"role": "viewer"})):
        press(client, USERS, f"{USERS}/{user.id}/{action}", **given)
        assert "The last administrator stays" in client.get(USERS).text
    assert find_user(engine, user.email) == user


def test_a_changed_role_holds_from_the_next_click_on(engine: Engine, visitor: Visitor) -> None:
    client, other = visitor(Role.ADMINISTRATOR), visitor(Role.VIEWER)
    user = find_user(engine, "marta.viewer@halden-roos.example")
    assert user is not None
    press(client, USERS, f"{USERS}/{user.id}/role", role="administrator")
    assert other.get(USERS).status_code == 200


def test_every_change_of_users_is_in_the_log_with_who_and_from_where(engine: Engine, visitor: Visitor) -> None:
    added(visitor)
    with engine.begin() as db:
        newest = entries(db)[0]
    assert (newest.who, newest.what) == ("marta.administrator@halden-roos.example", f"let in {ADDRESS} as marketer")
    assert newest.address


def test_the_log_is_paged_and_exported_whole_with_formulas_made_text(engine: Engine, visitor: Visitor) -> None:
    client = visitor(Role.ADMINISTRATOR)
    with engine.begin() as db:
        for number in range(60):
            note(db, NOW, "=cmd()", f"did thing {number}")
    first = client.get("/settings/audit").text
    assert "did thing 59" in first
    assert "did thing 5<" not in first
    following = re.search(r'href="(/settings/audit\?before=\d+)"', first)
    assert following
    assert "did thing 5<" in client.get(following[1]).text
    rows = list(csv.reader(io.StringIO(client.get("/settings/audit.csv").text)))
    assert [row[2] for row in rows if row[2].startswith("did thing")] == [f"did thing {n}" for n in range(59, -1, -1)]
    assert {row[1] for row in rows if row[2].startswith("did thing")} == {"'=cmd()"}


def test_for_how_long_things_are_kept_is_set_on_the_pages(engine: Engine, visitor: Visitor) -> None:
    client, page = visitor(Role.ADMINISTRATOR), "/settings/keeping"
    assert 'name="runs" value="90"' in client.get(page).text
    press(client, page, page, runs="30", history="0", audit="3650", results="400")
    with engine.begin() as db:
        assert kept(db, Keep()) == Keep(30, 0, 3650, 400)
    assert 'name="audit" value="3650"' in client.get(page).text
    press(client, page, page, runs="-1", history="0", audit="99999", results="1")
    with engine.begin() as db:
        assert kept(db, Keep()) == Keep(30, 0, 3650, 400), "nonsense changes nothing"
    assert "set what is kept: runs 30" in client.get("/settings/audit").text


def test_secrets_are_taken_and_never_shown(world: World, visitor: Visitor, pressed: Pressed) -> None:
    client, page = visitor(Role.ADMINISTRATOR), "/settings/secrets"
    press(client, page, f"/connections/{world.customers}/key", key=KEY)
    assert pressed.calls[0] == ("change_key", world.customers, "marta.administrator@halden-roos.example")
    text = client.get(page).text
    assert KEY not in text
    assert 'type="password"' in text


def test_a_crms_own_password_is_exchanged_and_never_shown(
    engine: Engine, world: World, visitor: Visitor, pressed: Pressed
) -> None:
    client, page, to = visitor(Role.ADMINISTRATOR), "/settings/secrets", f"/connections/{world.news}/crm"
    text = client.get(page).text
    assert 'value="eva &lt;sync&gt;"' in text
    assert f'action="/connections/{world.customers}/crm"' not in text, "the built-in CRM has no password"
    press(client, page, to, **{"crm:user": "eva", "crm:password": "new", "crm:other": "x"})
    who = "marta.administrator@halden-roos.example"
    expected = ("change_crm", world.news, {"user": "eva", "password": "new"}, who)
    assert pressed.calls == [expected, ("resume", world.news, who)]
    press(client, page, to, **{"crm:user": "eva", "crm:password": "wrong"})
    assert len(pressed.calls) == 2
    text = client.get(page).text
    assert "Sage CRM does not accept the password." in text
    assert 'value="wrong"' not in text
