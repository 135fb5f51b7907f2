"""The buttons that approve a part, take back, put back and try again ask for exactly what they say."""

from __future__ import annotations

from sqlalchemy import Engine, insert, select, update

from listloop.core.drift import Cause, Drift
from listloop.core.people import SideName
from listloop.store.drifts import Found, save_drifts
from listloop.store.holding import Chosen
from listloop.store.orders import Wish
from listloop.store.tables import history, records, runs, stale
from listloop.store.users import Role
from tests.web.conftest import Visitor, press
from tests.web.pressed import Pressed
from tests.web.world import World

WHO = "marta.administrator@halden-roos.example"


def test_a_part_of_a_plan_is_approved_by_kind_and_by_person(world: World, visitor: Visitor, pressed: Pressed) -> None:
    client = visitor(Role.ADMINISTRATOR)
    page = client.get(f"/runs/{world.plan}?kind=new_mailchimp").text
    assert f'form="some" name="person" value="{world.only_crm}"' in page
    assert "Approve only “new in Mailchimp”" in page
    press(client, "/", f"/runs/{world.plan}/approve", kind="new_mailchimp")
    assert "the rest waits as a plan of its own" in client.get("/").text
    press(client, "/", f"/runs/{world.plan}/approve", some="1", person=str(world.elena))
    assert pressed.calls == [
        ("approve", world.plan, WHO, Chosen(kinds=frozenset({"new_mailchimp"}))),
        ("approve", world.plan, WHO, Chosen(people=frozenset({world.elena}))),
    ]


def test_a_yes_to_the_ticked_ones_with_nobody_ticked_is_no_yes(
    world: World, visitor: Visitor, pressed: Pressed
) -> None:
    client = visitor(Role.ADMINISTRATOR)
    press(client, "/", f"/runs/{world.plan}/approve", some="1")
    assert "Nobody was ticked" in client.get("/").text
    assert pressed.calls == []


def test_a_receipt_can_be_taken_back_and_a_plan_cannot(world: World, visitor: Visitor, pressed: Pressed) -> None:
    client = visitor(Role.ADMINISTRATOR)
    assert f"/runs/{world.receipt}/undo" in client.get(f"/runs/{world.receipt}").text
    assert "/undo" not in client.get(f"/runs/{world.plan}").text
    press(client, "/", f"/runs/{world.receipt}/undo")
    assert "nothing is written yet" in client.get("/").text
    assert pressed.calls == [("undo", world.customers, Wish(run_id=world.receipt), WHO)]


def test_a_lost_value_is_put_back_and_a_line_taken_back(
    world: World, visitor: Visitor, pressed: Pressed, engine: Engine
) -> None:
    client = visitor(Role.ADMINISTRATOR)
    page = client.get(f"/people/{world.elena}").text
    assert "Put this value back" in page
    with engine.begin() as db:
        line = db.scalar(select(history.c.id).where(history.c.what == "lost"))
    press(client, "/", f"/people/{world.elena}/restore", line=str(line))
    press(client, "/", f"/people/{world.elena}/undo", run=str(world.receipt), field="LNAME")
    press(client, "/", f"/people/{world.elena}/undo")
    assert pressed.calls == [
        ("restore", world.elena, line, WHO),
        ("undo", world.customers, Wish(world.receipt, world.elena, "LNAME"), WHO),
        ("undo", world.customers, Wish(0, world.elena), WHO),
    ]


def test_who_failed_is_tried_again_one_or_all(world: World, visitor: Visitor, pressed: Pressed) -> None:
    client = visitor(Role.MARKETER)
    assert f"/connections/{world.customers}/retry" in client.get("/").text
    press(client, "/", f"/connections/{world.customers}/retry")
    press(client, "/", f"/people/{world.elena}/retry")
    who = "marta.marketer@halden-roos.example"
    assert pressed.calls == [("retry", world.customers, None, who), ("retry", world.customers, world.elena, who)]


def test_a_viewer_takes_nothing_back(world: World, visitor: Visitor, pressed: Pressed) -> None:
    client = visitor(Role.VIEWER)
    for page in (f"/people/{world.elena}", f"/runs/{world.receipt}", "/"):
        text = client.get(page).text
        assert "/undo" not in text
        assert "/restore" not in text
        assert "/retry" not in text
    assert pressed.calls == []


def test_both_sides_are_compared_in_full_on_demand(world: World, visitor: Visitor, pressed: Pressed) -> None:
    client = visitor(Role.MARKETER)
    assert "Compare in full" in client.get(f"/connections/{world.customers}").text
    press(client, "/", f"/connections/{world.customers}/audit")
    assert pressed.calls == [("audit", world.customers, "marta.marketer@halden-roos.example")]


def test_what_had_drifted_is_listed_on_the_receipt(world: World, visitor: Visitor, engine: Engine) -> None:
    drift = Drift(SideName.CRM, Cause.CUT, "Last name", "Kowalczyk-Brandt", "Kowal")
    with engine.begin() as db:
        save_drifts(db, world.customers, world.receipt, [Found(world.elena, "Elena", drift)])
    text = visitor(Role.VIEWER).get(f"/runs/{world.receipt}").text
    assert "What had drifted" in text
    assert "only a part of the value is there" in text


def test_a_side_that_was_put_back_is_asked_about_once(
    world: World, visitor: Visitor, pressed: Pressed, engine: Engine
) -> None:
    with engine.begin() as db:
        for record in db.scalars(select(records.c.id).where(records.c.side == "crm").limit(3)).all():
            row = {"record_id": record, "connection_id": world.customers, "side": "crm", "shows": "1", "known": "2"}
            db.execute(insert(stale).values(row))
    client = visitor(Role.ADMINISTRATOR)
    assert "The CRM shows 3 people of Customers as before" in client.get("/").text
    press(client, "/", f"/connections/{world.customers}/believe", side="crm")
    assert pressed.calls == [("believe", world.customers, SideName.CRM, WHO)]


def test_a_person_is_forgotten_only_by_an_administrator_and_after_a_question(
    world: World, visitor: Visitor, pressed: Pressed
) -> None:
    assert "Forget for good" not in visitor(Role.MARKETER).get(f"/people/{world.elena}").text
    client = visitor(Role.ADMINISTRATOR)
    assert "Nobody can take this back." in client.get(f"/people/{world.elena}?ask=forget").text
    press(client, "/", f"/people/{world.elena}/forget")
    press(client, "/", f"/people/{world.elena}/welcome")
    assert pressed.calls == [("forget", world.elena, WHO), ("welcome", world.elena, WHO)]


def test_everything_on_a_person_is_downloaded(world: World, visitor: Visitor) -> None:
    answer = visitor(Role.ADMINISTRATOR).get(f"/people/{world.elena}/everything.json")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.json()["person"]["email"] == "elena.kowalczyk@meridian-optik.example"
    assert visitor(Role.MARKETER).get(f"/people/{world.elena}/everything.json").status_code == 403


def test_what_the_guard_holds_is_told_while_the_rest_is_written(world: World, visitor: Visitor, engine: Engine) -> None:
    with engine.begin() as db:
        db.execute(update(runs).where(runs.c.id == world.running).values(wait="60 × archive: more than the 50"))
    client = visitor(Role.VIEWER)
    assert "60 × archive" in client.get("/").text
    assert "60 × archive" in client.get(f"/runs/{world.running}").text
