"""A plan and a receipt are searched and taken along as a file: the same people, every value, and why."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import Engine

from listloop.core.people import Patch
from listloop.store.plans import decision_lines
from listloop.store.users import Role
from tests.web.conftest import Visitor
from tests.web.world import World, add_decision, add_person


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_plan_is_searched_by_part_of_a_name_an_address_or_a_company(
    engine: Engine, world: World, visitor: Visitor
) -> None:
    client = visitor(Role.VIEWER)
    for words, there in (("kowalcz", True), ("SUESSM", False), ("meridian", True), ("jürgen", False), ("%", False)):
        found = client.get(f"/runs/{world.plan}", params={"q": words}).text
        assert ("Elena Kowalczyk-Brandt" in found) is there, words
    text = client.get(f"/runs/{world.plan}", params={"q": "jürgen", "kind": "update"}).text
    assert "No name, address or company of this plan holds “jürgen”." in text
    assert f'href="/runs/{world.plan}/plan.csv?kind=update&amp;q=j%C3%BCrgen"' in text
    assert f'href="/runs/{world.plan}?kind=new_mailchimp&amp;q=j%C3%BCrgen#rows"' in text


def test_a_search_in_a_plan_finds_the_same_whether_few_or_many_fit(
    engine: Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as db:
        one_by_one = decision_lines(db, world.plan, words="meridian")
        monkeypatch.setattr("listloop.store.plans.SOUGHT", 1)
        in_order = decision_lines(db, world.plan, words="meridian")
        assert decision_lines(db, world.plan, words="meridian", after=one_by_one[0].id) == one_by_one[1:]
    assert one_by_one == in_order
    assert {line.person_id for line in one_by_one} == {world.elena, world.only_crm}


def test_a_plan_as_a_file_has_a_line_for_each_value_with_before_after_and_why(
    engine: Engine, world: World, visitor: Visitor
) -> None:
    with engine.begin() as db:
        evil = add_person(db, world.customers, "=cmd()", crm={"first_name": "x"}, mailchimp={"FNAME": "x"})
        add_decision(
            db, world.plan, evil, "update", mailchimp_patch=Patch(fields={"FNAME": "@x"}), reasons='["Changed."]'
        )
    answer = visitor(Role.VIEWER).get(f"/runs/{world.plan}/plan.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="run-42.csv"'
    head, *lines = rows(answer.text)
    assert head[:4] == ["Name", "E-mail", "Company", "What"]
    phone = next(line for line in lines if "Phone" in line)
    assert phone[0] == "Elena Kowalczyk-Brandt"
    assert phone[3:11] == [
        "changed",
        "Yes",
        "Yes",
        "Mailchimp",
        "Phone",
        "'+49 761 555 01 28",
        "'+49 761 555 01 82",
        "Changed in the CRM only.; The CRM says no.",
    ]
    assert any(line[0] == "'=cmd()" and line[9] == "'@x" for line in lines), "a spreadsheet would run it as a formula"


def test_the_file_holds_who_was_searched_for_in_the_readers_language(world: World, visitor: Visitor) -> None:
    client = visitor(Role.VIEWER)
    answer = client.get(f"/runs/{world.plan}/plan.csv", params={"q": "kowalcz"}, headers={"Accept-Language": "de"}).text
    head, *lines = rows(answer)
    assert head[8:10] == ["Davor", "Danach"]
    assert {line[0] for line in lines} == {"Elena Kowalczyk-Brandt"}
    assert len(lines) == 2


def test_the_file_of_a_receipt_tells_what_was_written(world: World, visitor: Visitor) -> None:
    _, line = rows(visitor(Role.VIEWER).get(f"/runs/{world.receipt}/plan.csv").text)
    assert line[7:10] == ["Last Name", "Kowalczyk", "Kowalczyk-Brandt"]
    assert line[11] == "written"
