"""The pages of campaigns: every number opens to its people, and agrees with Mailchimp's report."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import Engine

from listloop.core.crowd import read_chosen
from listloop.core.facts import Kind
from listloop.store.crowds import add_crowd, finish, found, note
from listloop.store.telling import Telling, telling_of
from listloop.store.users import Role
from tests.web.conftest import Visitor, form_token, press
from tests.web.pressed import Pressed
from tests.web.results import SENT, SHOP, fill_results
from tests.web.world import NOW, World

#: A number that is a link to people; the heading above them; the file of them.
DOOR = re.compile(r'<a (?:class="v" )?href="(/campaigns/[^"]+#people)">([0-9]+)</a>')
HEADING = re.compile(r'<h2 id="people">.*?<span class="muted n">([0-9]+)</span>')
EXPORT = re.compile(r'href="(/campaigns/[0-9]+/export\.csv[^"]*)"')


@pytest.fixture
def sent(engine: Engine, world: World) -> dict[str, int]:
    return fill_results(engine, world.elena)


def test_campaigns_are_listed_with_what_came_of_them(visitor: Visitor, sent: dict[str, int]) -> None:
    shown = visitor(Role.VIEWER).get("/campaigns").text
    assert shown.index(">May<") < shown.index(">Spring<")
    assert f"/campaigns/{sent['may']}?did=opened#people" in shown
    assert "33.3 %" in shown  # one of the three to whom it was delivered
    assert ">Spring<" not in visitor(Role.VIEWER).get("/campaigns?q=may").text
    assert "No campaign fits" in visitor(Role.VIEWER).get("/campaigns?q=nothing").text


def test_the_list_is_narrowed_to_days(visitor: Visitor, sent: dict[str, int]) -> None:
    """Both days are included; a day that does not exist narrows nothing."""
    client = visitor(Role.VIEWER)
    may = SENT.date()
    assert ">Spring<" not in client.get(f"/campaigns?since={may}&until={may}").text
    assert ">May<" in client.get(f"/campaigns?since={may}&until={may}").text
    assert ">May<" not in client.get(f"/campaigns?until={may - timedelta(days=1)}").text
    assert ">Spring<" in client.get("/campaigns?since=2026-02-31").text


def test_a_campaign_is_compared_with_the_ones_before_it(visitor: Visitor, sent: dict[str, int]) -> None:
    shown = visitor(Role.VIEWER).get(f"/campaigns/{sent['may']}").text
    assert "Average: of all other campaigns of this audience" in shown
    assert f'<a href="/campaigns/{sent["spring"]}"><bdi>Spring</bdi></a>' in shown
    assert "the campaign before it" in shown


def test_one_campaign_agrees_with_the_report_and_names_machines(visitor: Visitor, sent: dict[str, int]) -> None:
    shown = visitor(Role.VIEWER).get(f"/campaigns/{sent['may']}").text
    assert "Agrees with Mailchimp’s report: 2 opened = 1 people +" in shown
    assert "Too many mails" in shown
    assert "The new things" in shown
    assert "DE" in shown
    assert "alert(1)" not in shown


@pytest.mark.parametrize(
    ("did", "people"),
    [("sent", 4), ("delivered", 3), ("opened", 1), ("machine", 1), ("clicked", 1), ("not-opened", 1), ("soft", 1)],
)
def test_every_number_opens_to_its_people(visitor: Visitor, sent: dict[str, int], did: str, people: int) -> None:
    shown = visitor(Role.VIEWER).get(f"/campaigns/{sent['may']}?did={did}").text
    assert f'<span class="muted n">{people}</span>' in shown
    lines = visitor(Role.VIEWER).get(f"/campaigns/{sent['may']}/export.csv?did={did}").text.splitlines()
    assert len(lines) == people + 1


def test_a_link_opens_to_those_who_clicked_it(visitor: Visitor, sent: dict[str, int], world: World) -> None:
    shown = visitor(Role.VIEWER).get(f"/campaigns/{sent['may']}", params={"did": "clicked", "link": SHOP}).text
    assert f'href="/people/{world.elena}"' in shown
    other = {"did": "clicked", "link": SHOP + "?"}
    assert (
        f'href="/people/{world.elena}"' not in visitor(Role.VIEWER).get(f"/campaigns/{sent['may']}", params=other).text
    )


def test_a_domain_opens_to_its_people(visitor: Visitor, sent: dict[str, int], world: World) -> None:
    """As a page and as a file; what looks like a pattern is none."""
    client, may = visitor(Role.VIEWER), f"/campaigns/{sent['may']}"
    shown = client.get(may).text
    assert f'href="{may}?did=sent&amp;domain=acme.example#people"' in shown
    of_acme = client.get(f"{may}?did=sent&domain=acme.example").text
    assert '<bdi>@acme.example</bdi> <span class="muted n">3</span>' in of_acme
    assert f'href="/people/{world.elena}"' not in of_acme
    assert len(client.get(f"{may}/export.csv?did=sent&domain=acme.example").text.splitlines()) == 4
    assert '<span class="muted n">0</span>' in client.get(f"{may}?did=sent&domain=%25").text


def test_every_number_of_the_page_opens_to_as_many_people(visitor: Visitor, sent: dict[str, int], world: World) -> None:
    """Each link that is a number: of the funnel, an hour, a link, a domain, a reason, the click map."""
    client = visitor(Role.VIEWER)
    for campaign in sent.values():
        for span in ("48h", "14d"):
            doors = DOOR.findall(client.get(f"/campaigns/{campaign}?span={span}").text)
            assert doors
            for path, number in doors:
                shown = client.get(unescape(path)).text
                assert HEADING.findall(shown) == [number], path
                export = EXPORT.findall(shown)[-1]
                assert len(client.get(unescape(export)).text.splitlines()) == int(number) + 1, export


def test_an_hour_a_reason_and_all_other_domains_open_to_their_people(
    visitor: Visitor, sent: dict[str, int], world: World
) -> None:
    client, may = visitor(Role.MARKETER), f"/campaigns/{sent['may']}"
    shown = client.get(may).text
    assert f'href="{may}?did=unsubscribed&amp;why=Too+many+mails#people">1</a>' in shown
    assert shown.count('class="pt-a"') == 16
    (hour,) = re.findall(r'<a href="([^"]+)" tabindex="-1" aria-hidden="true"><title>[^<]*: opened 1</title>', shown)
    behind = client.get(unescape(hour)).text
    assert f'href="/people/{world.elena}"' in behind
    assert "for the first time from" in behind
    assert "/groups/new?who=opened" not in behind.partition('id="people"')[2]  # a group would be of more people
    assert '<span class="muted n">0</span>' in client.get(f"{may}?did=unsubscribed&why=").text
    others = client.get(f"{may}?did=sent&domain=others").text
    assert "all other domains" in others
    assert '<span class="muted n">0</span>' in others


@pytest.mark.parametrize(
    "query", ["did=opened&link=x", "did=clicked&why=x", "did=sent&since=2026-01-01", "did=opened&since=noon"]
)
def test_a_question_that_does_not_go_together_is_refused(visitor: Visitor, sent: dict[str, int], query: str) -> None:
    for path in ("", "/export.csv"):
        assert visitor(Role.VIEWER).get(f"/campaigns/{sent['may']}{path}?{query}").status_code == 422


def test_the_list_leads_to_everybody_who_left(visitor: Visitor, sent: dict[str, int]) -> None:
    """Opted out or complained: both are counted in that column."""
    shown = visitor(Role.VIEWER).get("/campaigns").text
    assert f'href="/campaigns/{sent["may"]}?did=left#people">1</a>' in shown
    assert '<span class="muted n">1</span>' in visitor(Role.VIEWER).get(f"/campaigns/{sent['may']}?did=left").text


def test_everything_of_a_campaign_is_an_excel_workbook(visitor: Visitor, sent: dict[str, int]) -> None:
    answer = visitor(Role.VIEWER).get(f"/campaigns/{sent['may']}/export.xlsx")
    with ZipFile(BytesIO(answer.content)) as file:
        assert file.testzip() is None
        assert "Numbers" in file.read("xl/workbook.xml").decode()
        assert "p0@acme.example" in file.read("xl/worksheets/sheet2.xml").decode()


def test_a_persons_page_tells_what_they_were_sent(visitor: Visitor, sent: dict[str, int], world: World) -> None:
    shown = visitor(Role.VIEWER).get(f"/people/{world.elena}").text
    assert "Mailchimp following" in shown
    assert f"/campaigns/{sent['may']}" in shown
    assert "2 campaigns · opened 1 · clicked 1" in shown


def test_a_campaign_that_is_not_there_is_told(visitor: Visitor, world: World) -> None:
    assert visitor(Role.VIEWER).get("/campaigns/999").status_code == 404
    assert "No campaign is known yet" in visitor(Role.VIEWER).get("/campaigns").text


def test_a_number_becomes_a_group_in_two_clicks(
    engine: Engine, visitor: Visitor, sent: dict[str, int], pressed: Pressed, world: World
) -> None:
    client, may = visitor(Role.MARKETER), sent["may"]
    page = client.get(f"/campaigns/{may}").text
    assert f"/groups/new?who=clicked%20{may}" in page
    asked = client.get("/groups/new", params={"who": f"clicked {may}"}).text
    assert "Make the group of 1 person" in asked
    assert f'name="who" value="clicked {may}"' in asked
    answer = client.post(
        "/groups", data={"form_token": form_token(asked), "who": f"clicked {may}", "name": "Keen", "where": "both"}
    )
    assert answer.headers["location"] == "/groups"
    assert pressed.calls[-1][:2] == ("results_now", world.customers)
    shown = client.get("/groups").text
    assert "Keen" in shown
    assert "being written" in shown


def test_the_numbers_of_a_group_open_to_their_people(
    engine: Engine, visitor: Visitor, sent: dict[str, int], world: World
) -> None:
    """Everybody, who is in the segment or the CRM's group, and who gets no mail for a reason."""
    with engine.begin() as db:
        some = found(db, world.customers, read_chosen(f"sent {sent['may']}"))
        where = {"segment": True, "crm": True, "living": False}
        made = add_crowd(db, world.customers, "All of May", "g1", some, **where, who="marta", now=NOW)
        note(db, made, [one.who for one in some if one.email], in_segment=True)
        finish(db, made, NOW)
    client = visitor(Role.VIEWER)
    shown = client.get("/groups").text
    doors = re.findall(rf'<a href="(/groups/{made}(?:\?part=[a-z]+)?)">([0-9]+)</a>', shown)
    root = f"/groups/{made}"
    assert dict(doors) == {root: "4", f"{root}?part=segment": "1", f"{root}?part=absent": "3"}
    for path, number in doors:
        assert client.get(path).text.count("<tr><th") == int(number) + 1  # and the head
    assert f'href="/people/{world.elena}"' in client.get(f"/groups/{made}?part=segment").text
    assert "not in the audience" in client.get(f"/groups/{made}?part=absent").text
    assert "Nobody." in client.get(f"/groups/{made}?part=crm").text
    assert client.get("/groups/999").status_code == 404
    assert client.get(f"/groups/{made}?part=liked").status_code == 422


def test_conditions_are_added_one_by_one(visitor: Visitor, sent: dict[str, int]) -> None:
    who = {"who": f"clicked {sent['may']}", "joint": "or", "did": "soft", "campaign": str(sent["may"])}
    shown = visitor(Role.MARKETER).get("/groups/new", params=who).text
    assert "Make a group of 2 people" in shown
    assert "Make a group of 0 people" in visitor(Role.MARKETER).get("/groups/new", params={**who, "joint": "and"}).text
    assert visitor(Role.MARKETER).get("/groups/new?who=nonsense").status_code == 422
    assert visitor(Role.MARKETER).get("/groups/new?who=clicked 999").status_code == 404
    assert visitor(Role.VIEWER).get("/groups/new?who=clicked 1").status_code == 403


def test_what_a_campaign_can_go_to_is_listed_and_counted(visitor: Visitor, world: World) -> None:
    """Each of them with who will get it, and who will not, and why."""
    client = visitor(Role.MARKETER)
    shown = client.get("/recipients").text
    assert all(title in shown for title in ("the whole audience", "City is Bern", "Topics: Trade fairs", "Customer A"))
    assert "&lt;b&gt;Fair&lt;/b&gt;" in shown
    counted = client.get("/recipients", params={"kind": "crm", "name": "g1"}).text
    assert "10 people will get it: Customer A" in counted
    assert "not in the audience" in counted
    assert visitor(Role.VIEWER).get("/recipients").status_code == 403


def test_a_crm_group_is_pushed_and_a_mailchimp_group_gets_its_segment(
    visitor: Visitor, pressed: Pressed, world: World
) -> None:
    client, who = visitor(Role.MARKETER), "marta.marketer@halden-roos.example"
    meant = {"connection": str(world.customers)}
    assert press(client, "/recipients", "/recipients/push", **meant, group="g1") == "/groups"
    there = press(client, "/recipients", "/recipients/segment", **meant, group="interest:i1")
    assert there == f"/recipients?connection={world.customers}&kind=segment&name=7"
    assert pressed.calls == [
        ("push", world.customers, "g1", who),
        ("segment", world.customers, "interest:i1", who),
    ]
    token = form_token(client.get("/recipients").text)
    wrong = {"form_token": token, "connection": "999", "group": "g1"}
    assert client.post("/recipients/push", data=wrong).status_code == 404


def test_what_the_crm_is_told_is_set_on_a_page(
    engine: Engine, visitor: Visitor, pressed: Pressed, world: World
) -> None:
    """The kinds and the day; a day that does not exist changes nothing."""
    client = visitor(Role.ADMINISTRATOR)
    page = f"/connections/{world.customers}/communications"
    assert "0 communications are in the CRM" in client.get(page).text
    token = form_token(client.get(page).text)
    sent = {"form_token": token, "kind": ["sent", "clicked"], "since": "2026-01-31"}
    assert client.post(page, data=sent).headers["location"] == page
    with engine.begin() as db:
        assert telling_of(db, world.customers) == Telling(
            frozenset({Kind.SENT, Kind.CLICKED}), datetime(2026, 1, 31, tzinfo=UTC)
        )
    assert pressed.calls[-1][0] == "results_now"
    assert 'value="clicked" checked' in client.get(page).text
    client.post(page, data={**sent, "kind": [], "since": "2026-02-31"})
    with engine.begin() as db:
        assert telling_of(db, world.customers).kinds == {Kind.SENT, Kind.CLICKED}
    assert visitor(Role.MARKETER).get(page).status_code == 403
