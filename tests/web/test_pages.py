"""Each page shows what the store holds, escaped, and its buttons ask for what they say."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import timedelta
from urllib.parse import quote, urlencode

from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from listloop.core.drift import Cause, Drift
from listloop.core.people import Patch, SideName
from listloop.core.questions import Answer, Question, Topic
from listloop.store.audit import entries
from listloop.store.drifts import Found, save_drifts
from listloop.store.holding import ALL
from listloop.store.installation import webhooks
from listloop.store.questions import ask
from listloop.store.tables import connections, runs
from listloop.store.users import Role
from listloop.web.app import make_app
from tests.web.conftest import Visitor, form_token, press
from tests.web.pressed import Pressed
from tests.web.world import (
    BASE,
    NOW,
    RTL,
    SCRIPT,
    World,
    add,
    add_connection,
    add_decision,
    add_person,
    add_run,
    services,
    sign_in_link,
)


def test_overview_shows_the_standings_as_a_sum(world: World, visitor: Visitor) -> None:
    text = visitor(Role.VIEWER).get("/").text
    assert "5 + 6 + 3 + 1 = " in text
    assert 'href="/people?standing=failed"' in text


def test_overview_of_an_empty_database_says_what_to_do_first(visitor: Visitor) -> None:
    answer = visitor(Role.ADMINISTRATOR).get("/")
    assert answer.status_code == 200
    assert "listloop connect" in answer.text


def test_all_pages_answer(world: World, visitor: Visitor) -> None:
    client = visitor(Role.ADMINISTRATOR)
    for path in (
        "/",
        "/people",
        "/people?q=elena",
        "/people?standing=excluded&rule=flag-no",
        f"/people/{world.elena}",
        f"/people/{world.hostile}",
        f"/people/{world.only_crm}",
        "/runs",
        f"/runs/{world.plan}",
        f"/runs/{world.receipt}",
        f"/runs/{world.running}",
        f"/connections/{world.customers}",
        f"/connections/{world.news}",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "None" not in answer.text, path
        assert "{{" not in answer.text, path


def test_every_number_of_the_overview_opens_to_as_many_people(world: World, visitor: Visitor) -> None:
    client = visitor(Role.VIEWER)
    doors = re.findall(r'href="(/people[^"]*)"[^>]*>(?:<span.*?</span>)?(?:<b>)?([\d,]+)', client.get("/").text)
    assert len(doors) >= 6
    for href, shown in doors:
        rows = client.get(html.unescape(href)).text.count('<tr><th scope="row"')
        assert rows == int(shown.replace(",", "")), href


def test_hostile_content_is_text_everywhere(world: World, visitor: Visitor) -> None:
    client = visitor(Role.ADMINISTRATOR)
    question = "/people?" + urlencode({"q": SCRIPT, "standing": SCRIPT, "rule": SCRIPT, "after": SCRIPT})
    for path in ("/", "/people", f"/people/{world.hostile}", question, f"/runs/{world.plan}?kind={quote(SCRIPT)}"):
        text = client.get(path).text
        assert "<script>alert" not in text, path
        assert "<b>bold" not in text, path
        assert '"onmouseover=' not in text, path


def test_what_a_person_typed_is_set_apart_from_the_direction_of_the_page(world: World, visitor: Visitor) -> None:
    text = visitor(Role.VIEWER).get(f"/people/{world.hostile}").text
    assert f"<bdi>{RTL}</bdi>" in text


def test_the_list_is_narrowed_by_words_standing_and_rule(world: World, visitor: Visitor) -> None:
    client = visitor(Role.VIEWER)
    assert "Elena Kowalczyk-Brandt" in client.get("/people?q=KOWALCZYK").text
    text = client.get("/people?standing=excluded&rule=flag-no").text
    assert text.count('<tr><th scope="row"') == 3
    assert "Sync with Mailchimp is No (3)" in text
    assert "Nobody fits" in client.get("/people?standing=excluded&q=elena").text


def test_an_empty_list_says_when_it_fills(visitor: Visitor) -> None:
    client = visitor(Role.VIEWER)
    assert "Nobody has been read yet" in client.get("/people").text
    assert "Every run leaves its receipt here" in client.get("/runs").text


def test_pages_of_people_follow_each_other(engine: Engine, visitor: Visitor) -> None:
    with engine.begin() as db:
        connection = add_connection(db)
        for number in range(120):
            add_person(db, connection, f"Person {number:03}")
    client, path, seen = visitor(Role.VIEWER), "/people?q=person", []
    while path:
        text = client.get(path).text
        seen += re.findall(r"<bdi>(Person \d+)</bdi>", text)
        following = re.search(r'href="([^"]+)" rel="next"', text)
        path = html.unescape(following[1]) if following else ""
    assert seen == [f"Person {number:03}" for number in range(120)]


def test_the_export_holds_the_same_people_and_no_formula(engine: Engine, world: World, visitor: Visitor) -> None:
    with engine.begin() as db:
        add_person(db, world.customers, "=HYPERLINK(1)", company="+1", email="-a@b.example")
    answer = visitor(Role.VIEWER).get("/people.csv?connection=" + str(world.customers))
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == 1 + 12
    assert "people-2026-11-19.csv" in answer.headers["content-disposition"]
    [formula] = [row for row in rows if "HYPERLINK" in row[0]]
    assert formula[:3] == ["'=HYPERLINK(1)", "'-a@b.example", "'+1"]


def test_a_person_shows_both_sides_the_link_the_refusals_and_the_history(world: World, visitor: Visitor) -> None:
    text = visitor(Role.VIEWER).get(f"/people/{world.elena}").text
    for words in (
        "+49 761 555 01 82",
        "+49 761 555 01 28",
        "2 of 6 fields differ",
        "the Mailchimp ID stored in the CRM",
        "signed up again in a Mailchimp form",
        "lost, kept here",
        "run 41",
    ):
        assert words in text, words


def test_buttons_are_shown_only_to_those_who_may_press_them(world: World, visitor: Visitor) -> None:
    viewer, administrator = visitor(Role.VIEWER), visitor(Role.ADMINISTRATOR)
    for path in (f"/people/{world.elena}", f"/runs/{world.plan}", f"/connections/{world.customers}"):
        assert re.findall(r'method="post" action="(/[^"]+)"', viewer.get(path).text) == ["/sign-out"] * 2, path
        assert len(re.findall(r'action="(/[^"]+)"', administrator.get(path).text)) > 4, path


def test_buttons_ask_for_what_they_say(world: World, visitor: Visitor, pressed: Pressed) -> None:
    client, who = visitor(Role.ADMINISTRATOR), "marta.administrator@halden-roos.example"
    page = f"/connections/{world.customers}"
    for action in ("sync", "pause", "resume"):
        assert press(client, page, f"{page}/{action}") == page
    press(client, "/", f"/people/{world.elena}/sync")
    press(client, "/", f"/runs/{world.plan}/approve")
    press(client, "/", f"/runs/{world.plan}/drop")
    customers = world.customers
    assert pressed.calls == [
        ("sync_now", customers, who),
        ("pause", customers, who),
        ("resume", customers, who),
        ("sync_person", world.elena, who),
        ("approve", world.plan, who, ALL),
        ("drop", world.plan, who),
    ]


def test_an_edit_is_in_the_audit_log(engine: Engine, world: World, visitor: Visitor) -> None:
    client = visitor(Role.MARKETER)
    press(client, "/", f"/people/{world.elena}/edit", email="new@meridian-optik.example")
    with engine.begin() as db:
        entry = entries(db)[0]
    assert entry.what == "edited Elena Kowalczyk-Brandt in the CRM of Customers"
    assert entry.who == "marta.marketer@halden-roos.example"


def test_a_plan_that_no_longer_waits_cannot_be_approved_or_dropped(
    world: World, visitor: Visitor, pressed: Pressed
) -> None:
    client = visitor(Role.ADMINISTRATOR)
    for act in ("approve", "drop"):
        assert press(client, "/", f"/runs/{world.receipt}/{act}") == f"/runs/{world.receipt}"
        assert "no longer waits for a yes" in client.get("/").text
    assert pressed.calls == []


def test_a_plan_shows_before_and_after_with_its_reasons(world: World, visitor: Visitor) -> None:
    text = visitor(Role.ADMINISTRATOR).get(f"/runs/{world.plan}").text
    for words in (
        "<del><bdi>+49 761 555 01 28</bdi></del>",
        "<ins><bdi>+49 761 555 01 82</bdi></ins>",
        "<del><bdi>subscribed</bdi></del>",
        "<ins><bdi>unsubscribed</bdi></ins>",
        "Changed in the CRM only.",
        "nothing of it is written yet",
        "Write to 2 people",
        "1 opt-out is carried over",
    ):
        assert words in text, words


def test_a_plan_is_narrowed_by_kind(world: World, visitor: Visitor) -> None:
    client = visitor(Role.VIEWER)
    for kind, rows in (("", 2), ("update", 1), ("new_mailchimp", 1), ("opt_out", 1), ("held", 2), ("part", 0)):
        assert client.get(f"/runs/{world.plan}?kind={kind}").text.count('<tr><th scope="row"') == rows, kind


def test_a_receipt_shows_what_was_overwritten(world: World, visitor: Visitor) -> None:
    text = visitor(Role.VIEWER).get(f"/runs/{world.receipt}").text
    assert "<del><bdi>Kowalczyk</bdi></del>" in text
    assert "Mailchimp: written" in text
    assert "Approve" not in text


def test_without_a_built_in_crm_there_is_no_edit_form(engine: Engine, world: World, pressed: Pressed) -> None:
    app = make_app(services(engine, pressed, edit_local=None))
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        link = sign_in_link(engine)
        client.post(link, data={"form_token": form_token(client.get(link).text)})
        page = client.get(f"/people/{world.elena}").text
        assert "Save in the CRM" not in page
        answer = client.post(
            f"/people/{world.elena}/edit", data={"form_token": form_token(page), "email": "x@y.example"}
        )
    assert answer.status_code == 404


def test_an_edit_goes_to_the_crm_as_a_patch(world: World, visitor: Visitor, pressed: Pressed) -> None:
    client = visitor(Role.MARKETER)
    press(
        client, "/", f"/people/{world.elena}/edit", **{"field:first_name": "Helena", "field:phone": "+49 761 555 01 82"}
    )
    [(name, connection, _key, patch)] = pressed.calls
    assert (name, connection, patch) == ("edit_local", world.customers, Patch(fields={"first_name": "Helena"}))


def test_a_paused_connection_says_why_and_what_is_safe(world: World, visitor: Visitor) -> None:
    text = visitor(Role.ADMINISTRATOR).get(f"/connections/{world.news}").text
    assert "no longer accepts the key" in text
    assert "Make a new key in Mailchimp" in text
    assert "Nothing is lost" in text
    assert ">Run now" not in text


def test_a_plan_that_got_its_yes_waits_for_nobody(engine: Engine, world: World, visitor: Visitor) -> None:
    with engine.begin() as db:
        agreed = update(runs).where(runs.c.id == world.plan)
        db.execute(agreed.values(wait="", approved_by="marta@halden-roos.example"))
    client = visitor(Role.ADMINISTRATOR)
    assert "Review the plan" not in client.get("/").text
    text = client.get(f"/runs/{world.plan}").text
    assert "got its yes" in text
    assert "Approve all" not in text
    assert "data-live" in text, "the page follows the writing"


def test_a_person_whose_status_is_decided_apart_is_one_row_of_the_plan(world: World, visitor: Visitor) -> None:
    text = visitor(Role.ADMINISTRATOR).get(f"/runs/{world.plan}?kind=update").text
    assert text.count("elena.kowalczyk@meridian-optik.example") == 1
    assert "Changed in the CRM only.; The CRM says no." in text


def test_many_values_are_folded_and_all_of_them_there(engine: Engine, world: World, visitor: Visitor) -> None:
    many = {f"FIELD{number}": f"value{number}" for number in range(9)}
    with engine.begin() as db:
        run = add_run(db, world.customers, 50, "waiting", wait="Look at it.")
        add_decision(db, run, world.elena, "update", held=True, mailchimp_patch=Patch(fields=many))
    text = visitor(Role.VIEWER).get(f"/runs/{run}").text
    assert "3 more values" in text
    assert all(f"<ins><bdi>{value}</bdi></ins>" in text for value in many.values())


def test_the_overview_tells_how_each_connection_does(engine: Engine, world: World, visitor: Visitor) -> None:
    client = visitor(Role.VIEWER)
    text = client.get("/").text
    assert f'<a href="/runs/{world.receipt}">Last run ended</a>' in text
    assert "Both sides were not compared in full yet" in text
    assert "Stands still: it is paused" in text
    assert "without a webhook" in text
    with engine.begin() as db:
        audit = add_run(db, world.customers, 120, "done", trigger="audit")
        save_drifts(
            db, world.customers, audit, [Found(world.elena, "Elena", Drift(SideName.CRM, Cause.EDITED, "phone"))]
        )
        add(db, webhooks, connection_id=world.customers, digest="x", mailchimp_id="w", created_at=NOW, signed=True)
        db.execute(update(connections).values(next_run=NOW - timedelta(hours=1), paused=""))
    text = client.get("/").text
    assert "values that had drifted:</a> <b" in text
    assert "A run is late; is the service at work?" in text
    assert "Mailchimp tells changes at once" in text


def test_everything_that_needs_a_person_has_one_button(engine: Engine, world: World, visitor: Visitor) -> None:
    asked = Question(Topic.FIELD, "x", "Language", "Deutsch", "English", "changed on both sides", tuple(Answer)[:3])
    with engine.begin() as db:
        ask(db, world.customers, {world.elena: ((asked,), False)}, NOW)
    text = visitor(Role.ADMINISTRATOR).get("/").text
    [needs] = re.findall(r'aria-labelledby="needs".*?</section>', text, re.DOTALL)
    items = re.findall(r"<li>.*?</li>", needs, re.DOTALL)
    assert len(items) == 4, "a pause, a plan, a question, a failure"
    for item in items:
        assert len(re.findall(r'class="btn', item)) == 1, item
