"""The pages of a connection's settings: what is kept, what is refused and why, and the way through a set-up."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from listloop.core.people import Consent
from listloop.core.rules import Direction, Duplicate, Gone, Owner, Rules
from listloop.store.connections import change_connection, connection
from listloop.store.plans import connection_lines
from listloop.store.users import Role
from listloop.web.set_up_questions import CONSENT, ELSEWHERE, WHO, Question
from tests.web.conftest import Visitor, form_token, press
from tests.web.pressed import Pressed
from tests.web.set_up import KEY
from tests.web.world import World

WHO_ASKED = "marta.administrator@halden-roos.example"


def rules(engine: Engine, connection_id: int) -> Rules:
    with engine.begin() as db:
        return connection(db, connection_id).rules


def test_the_mapping_is_shown_with_a_person_of_both_sides(world: World, visitor: Visitor) -> None:
    text = visitor(Role.ADMINISTRATOR).get(f"/connections/{world.customers}/fields").text
    assert '<option value="first_name" selected>' in text
    assert "Ada &lt;i&gt;" in text
    assert "Date of birth" in text


def test_a_changed_mapping_is_kept_as_chosen(engine: Engine, world: World, visitor: Visitor) -> None:
    page = f"/connections/{world.customers}/fields"
    chosen = {"crm:FNAME": "first_name", "crm:PHONE": "phone", "direction:PHONE": "to mailchimp", "owner:PHONE": "ask"}
    assert press(visitor(Role.ADMINISTRATOR), page, page, **chosen) == page
    rows = {row.mailchimp.name: (row.crm.name, row.direction, row.owner) for row in rules(engine, world.customers).rows}
    assert rows == {
        "FNAME": ("first_name", Direction.BOTH, Owner.CRM),
        "PHONE": ("phone", Direction.TO_MAILCHIMP, Owner.ASK),
    }


@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        ({"crm:SEATS": "born"}, "can&#39;t be kept in step"),
        ({"crm:FNAME": "first_name", "crm:LNAME": "first_name"}, "chosen more than once"),
    ],
)
def test_an_impossible_pair_is_explained_and_nothing_is_kept(
    chosen: dict[str, str], why: str, engine: Engine, world: World, visitor: Visitor, pressed: Pressed
) -> None:
    client, page = visitor(Role.ADMINISTRATOR), f"/connections/{world.customers}/fields"
    before = rules(engine, world.customers)
    answer = client.post(page, data={"form_token": form_token(client.get(page).text), **chosen})
    assert answer.status_code == 422
    assert why in answer.text
    assert rules(engine, world.customers) == before
    assert pressed.calls == []


def test_nothing_is_noted_where_nothing_was_changed(world: World, visitor: Visitor, pressed: Pressed) -> None:
    client, page = visitor(Role.ADMINISTRATOR), f"/connections/{world.customers}/who"
    press(client, page, page)
    assert pressed.calls == []


def test_a_field_without_a_merge_field_gets_one_by_a_button(world: World, visitor: Visitor, pressed: Pressed) -> None:
    page = f"/connections/{world.customers}/fields"
    assert press(visitor(Role.ADMINISTRATOR), page, f"{page}/make", field="born") == page
    assert pressed.calls == [("make_field", world.customers, "born", WHO_ASKED)]


def test_a_group_is_mapped_to_a_tag_or_to_a_group_of_mailchimp(engine: Engine, world: World, visitor: Visitor) -> None:
    page = f"/connections/{world.customers}/labels"
    client = visitor(Role.ADMINISTRATOR)
    assert "&lt;b&gt;Fair&lt;/b&gt;" in client.get(page).text
    press(client, page, page, **{"label:g1": "", "label:g2": "i1"})
    kept = [(row.crm.name, row.mailchimp.name) for row in rules(engine, world.customers).labels]
    assert kept == [("g2", "i1")]


def test_a_tag_can_not_mean_two_groups(engine: Engine, world: World, visitor: Visitor) -> None:
    page = f"/connections/{world.customers}/labels"
    press(visitor(Role.ADMINISTRATOR), page, page, **{"label:g1": "t1", "label:g2": "t1"})
    assert [row.crm.name for row in rules(engine, world.customers).labels] == ["g1"]


@pytest.mark.parametrize("question", [*WHO, *CONSENT, *ELSEWHERE], ids=lambda one: one.name)
def test_each_answer_that_can_be_given_reads_back_as_it_was_given(question: Question) -> None:
    for option in question.options:
        assert question.read(question.write(Rules(), option.value)) == option.value


def test_the_answers_change_the_rules_that_they_speak_of(engine: Engine, world: World, visitor: Visitor) -> None:
    client, page = visitor(Role.ADMINISTRATOR), f"/connections/{world.customers}/who"
    given = {"blank_flag": "yes", "creates_in_crm": "none", "gone": "leave", "duplicate": "ask", "unknown": "x"}
    press(client, page, page, **given)
    kept = rules(engine, world.customers)
    assert (kept.blank_flag, kept.creates_in_crm, kept.gone, kept.duplicate) == (True, False, Gone.LEAVE, Duplicate.ASK)


def test_an_answer_that_is_not_offered_changes_nothing(engine: Engine, world: World, visitor: Visitor) -> None:
    page = f"/connections/{world.customers}/consent"
    press(visitor(Role.ADMINISTRATOR), page, page, unknown_consent="cleaned")
    assert rules(engine, world.customers).unknown_consent is Consent.UNKNOWN


def test_a_set_up_walks_through_all_pages_and_ends_with_the_first_plan(
    engine: Engine, world: World, visitor: Visitor, pressed: Pressed
) -> None:
    client = visitor(Role.ADMINISTRATOR)
    with engine.begin() as db:
        change_connection(db, world.customers, setup_step="fields")
    base, at = f"/connections/{world.customers}", f"/connections/{world.customers}/fields"
    seen = []
    while at != base:
        seen.append(at.removeprefix(base + "/"))
        assert "Leave for now" in client.get(at).text
        at = press(client, at, at, **{"crm:FNAME": "first_name", "when": "4h"})
    assert seen == ["fields", "companies", "labels", "who", "consent", "schedule", "webhooks"]
    assert pressed.calls[-2:] == [
        ("runs", world.customers, "every 4 hours", WHO_ASKED),
        ("sync_now", world.customers, WHO_ASKED),
    ]
    with engine.begin() as db:
        assert [line.setup_step for line in connection_lines(db)] == ["", ""]


def test_a_set_up_left_in_the_middle_is_taken_up_where_it_was(engine: Engine, world: World, visitor: Visitor) -> None:
    client = visitor(Role.ADMINISTRATOR)
    with engine.begin() as db:
        change_connection(db, world.customers, setup_step="who")
    link = f'href="/connections/{world.customers}/who"'
    assert link in client.get("/connections").text
    assert link in client.get(f"/connections/{world.customers}").text


def test_a_new_key_ends_the_pause_of_a_revoked_one(world: World, visitor: Visitor, pressed: Pressed) -> None:
    client, page = visitor(Role.ADMINISTRATOR), f"/connections/{world.news}"
    press(client, page, f"{page}/key", key=KEY)
    assert pressed.calls == [("change_key", world.news, WHO_ASKED), ("resume", world.news, WHO_ASKED)]
    pressed.calls.clear()
    press(client, page, f"{page}/key", key="nonsense")
    assert pressed.calls == []
    assert "Mailchimp does not accept the API key." in client.get(page).text


def test_a_new_key_leaves_a_pause_that_somebody_asked_for(
    engine: Engine, world: World, visitor: Visitor, pressed: Pressed
) -> None:
    with engine.begin() as db:
        change_connection(db, world.news, paused="Paused by marta@halden-roos.example.")
    client, page = visitor(Role.ADMINISTRATOR), f"/connections/{world.news}"
    press(client, page, f"{page}/key", key=KEY)
    assert pressed.calls == [("change_key", world.news, WHO_ASKED)]
    assert "stays paused, as somebody asked for it" in client.get(page).text


def test_the_page_of_a_connection_leads_to_the_plan_that_waits(world: World, visitor: Visitor) -> None:
    text = visitor(Role.VIEWER).get(f"/connections/{world.customers}").text
    assert f'<a class="btn btn-primary" href="/runs/{world.plan}">Review the plan</a>' in text


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"when": "time", "time": "02:30", "zone": "Europe/Berlin"}, "every day at 02:30 (Europe/Berlin)"),
        ({"when": "cron", "cron": "*/15 8-18 * * 1-5", "zone": "UTC"}, "at “*/15 8-18 * * 1-5” (UTC)"),
        ({"when": "off"}, "None"),
    ],
)
def test_a_time_of_day_and_a_cron_line_can_be_chosen(
    given: dict[str, str], kept: str, world: World, visitor: Visitor, pressed: Pressed
) -> None:
    page = f"/connections/{world.customers}/schedule"
    press(visitor(Role.ADMINISTRATOR), page, page, **given)
    assert pressed.calls == [("runs", world.customers, kept, WHO_ASKED)]


@pytest.mark.parametrize("given", [{"when": "cron", "cron": "soon"}, {"when": "time", "time": "2:30", "zone": "Mars"}])
def test_a_schedule_that_can_not_be_read_is_said_so_and_not_kept(
    given: dict[str, str], world: World, visitor: Visitor, pressed: Pressed
) -> None:
    client, page = visitor(Role.ADMINISTRATOR), f"/connections/{world.customers}/schedule"
    answer = client.post(page, data={"form_token": form_token(client.get(page).text), **given})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert pressed.calls == []


def test_campaign_results_have_a_frequency_of_their_own(world: World, visitor: Visitor, pressed: Pressed) -> None:
    page = f"/connections/{world.customers}/schedule"
    press(visitor(Role.ADMINISTRATOR), page, page, when="4h", results="12h")
    press(visitor(Role.ADMINISTRATOR), page, page, when="4h", results="off")
    press(visitor(Role.ADMINISTRATOR), page, page, when="4h", results="4h")  # as it is
    said = [call for call in pressed.calls if call[0] == "results"]
    assert said == [
        ("results", world.customers, "every 12 hours", WHO_ASKED),
        ("results", world.customers, "None", WHO_ASKED),
    ]


def test_campaign_results_are_read_at_once_by_a_button(world: World, visitor: Visitor, pressed: Pressed) -> None:
    press(visitor(Role.MARKETER), f"/connections/{world.customers}", f"/connections/{world.customers}/results")
    assert [call[:2] for call in pressed.calls] == [("results_now", world.customers)]


def test_the_filter_is_kept_as_it_was_chosen(engine: Engine, world: World, visitor: Visitor) -> None:
    client, page = visitor(Role.ADMINISTRATOR), f"/connections/{world.customers}/who"
    press(client, page, page, only_group="g1", field0="language", values0=" English ; deutsch;", not_tag="t1")
    kept = rules(engine, world.customers)
    assert kept.only_groups == {"g1"}
    assert kept.only_values == (("language", frozenset({"english", "deutsch"})),)
    assert kept.not_tags == {"t1"}
    text = client.get(page).text
    assert 'value="deutsch; english"' in text
    assert 'name="only_group" value="g1" checked' in text
    press(client, page, page)
    assert rules(engine, world.customers).only_groups == frozenset()


def test_who_would_take_part_is_counted_and_nothing_kept(
    engine: Engine, world: World, visitor: Visitor, pressed: Pressed
) -> None:
    client, page = visitor(Role.ADMINISTRATOR), f"/connections/{world.customers}/who"
    before = rules(engine, world.customers)
    token = form_token(client.get(page).text)
    text = client.post(page, data={"form_token": token, "count": "1", "only_group": "g2"}).text
    assert "3,500 of 5,000 people would take part" in text
    assert '<b class="strong n">1,200</b> Sync with Mailchimp is not set' in text
    assert "the plan counts everybody" in text
    assert 'name="only_group" value="g2" checked' in text, "what was chosen stays chosen"
    assert pressed.calls == [("count", world.customers, frozenset({"g2"}), ())]
    assert rules(engine, world.customers) == before


def test_the_company_goes_into_a_merge_field_a_new_one_or_none(
    engine: Engine, world: World, visitor: Visitor, pressed: Pressed
) -> None:
    client, page = visitor(Role.ADMINISTRATOR), f"/connections/{world.customers}/companies"
    text = client.get(page).text
    assert 'value="LNAME"' in text
    assert 'value="SEATS"' not in text, "a number holds no company"
    press(client, page, page, company="LNAME")
    kept = {row.mailchimp.name: row.crm.name for row in rules(engine, world.customers).rows}
    assert kept["LNAME"] == "company", "the field takes the place of what the merge field held before"
    press(client, page, page, company="SEATS")
    assert {row.mailchimp.name: row.crm.name for row in rules(engine, world.customers).rows} == kept
    press(client, page, page, company="")
    assert "company" not in {row.crm.name for row in rules(engine, world.customers).rows}
    press(client, page, page, company="+")
    assert pressed.calls[-1] == ("make_field", world.customers, "company", WHO_ASKED)


def test_a_webhook_is_wished_for_or_not_and_its_problem_is_told(
    world: World, visitor: Visitor, pressed: Pressed
) -> None:
    client, page = visitor(Role.ADMINISTRATOR), f"/connections/{world.news}/webhooks"
    assert "https://listloop.example.com" in client.get(page).text
    sent = {"form_token": form_token(client.get(page).text), "webhook": "yes"}
    answer = client.post(page, data=sent)
    assert (answer.status_code, "Open it to the internet." in answer.text) == (422, True)
    assert pressed.calls == [("use_hook", world.news, True, WHO_ASKED)]
    assert "no public address" in client.get(f"/connections/{world.customers}/webhooks").text


def test_with_a_second_audience_it_is_asked_whether_opt_outs_cross(
    engine: Engine, world: World, visitor: Visitor
) -> None:
    client, page = visitor(Role.ADMINISTRATOR), f"/connections/{world.customers}/consent"
    assert "everywhere" not in client.get(page).text, "both connections have the same audience"
    with engine.begin() as db:
        change_connection(db, world.news, audience="another")
    press(client, page, page, everywhere="yes")
    assert rules(engine, world.customers).everywhere
