"""The list of people is narrowed by what they did with a campaign, and by any tag or group, mapped or not."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine, bindparam, select, update

from listloop.core.crowd import Did, Term
from listloop.core.people import SideName
from listloop.core.side import Label, LabelKind
from listloop.store.choosing import chosen, tally
from listloop.store.labels import keep_labels
from listloop.store.search import Question, find, mark_labels
from listloop.store.tables import people, records, responses
from listloop.store.users import Role
from tests.web.conftest import Visitor
from tests.web.results import fill_results
from tests.web.world import World, add_person


def shown(text: str) -> list[str]:
    return re.findall(r'<th scope="row"[^>]*>.*?<bdi>(.*?)</bdi>', text)


#: The member's key of a person.
_KEY = (
    select(records.c.key)
    .join(people, people.c.mailchimp_record == records.c.id)
    .where(people.c.id == bindparam("person"))
)


@pytest.fixture
def may(engine: Engine, world: World) -> int:
    """The campaign “May”: of the people here Elena got it, opened it and clicked."""
    return fill_results(engine, world.elena)["may"]


def test_people_are_found_by_what_they_did_with_a_campaign(
    engine: Engine, world: World, visitor: Visitor, may: int
) -> None:
    client = visitor(Role.VIEWER)
    for did, there in (("clicked", True), ("sent", True), ("not-opened", False), ("nonsense", True)):
        text = client.get("/people", params={"campaign": may, "did": did}).text
        assert shown(text) == (["Elena Kowalczyk-Brandt"] if there else []), did
    assert shown(client.get("/people", params={"campaign": may, "did": "clicked", "q": "nobody"}).text) == []
    assert shown(client.get("/people", params={"campaign": may, "standing": "failed"}).text) == []
    assert len(client.get("/people.csv", params={"campaign": may, "did": "clicked"}).text.splitlines()) == 2
    assert (
        "Nobody with this company, group, tag or response fits here."
        in client.get("/people", params={"campaign": may, "did": "not-opened"}).text
    )


def test_pages_of_a_campaigns_people_follow_each_other_and_can_be_chosen_all_at_once(
    engine: Engine, world: World, may: int
) -> None:
    asked = Question(response=Term(Did.SENT, may), connection_id=world.customers)
    with engine.begin() as db:
        others = [add_person(db, world.customers, f"P {n}", mailchimp={"FNAME": "P"}) for n in range(3)]
        for number, person in enumerate(others):
            key = db.execute(_KEY, {"person": person}).scalar_one()
            mine = (responses.c.campaign_id == may, responses.c.who == f"p{number}@acme.example")
            db.execute(update(responses).where(*mine).values(member=key))
        found, after = [], ""
        while True:
            page = find(db, asked, after, 2)
            found += [line.id for line in page.lines]
            after = page.after
            if not after:
                break
        assert sorted(found) == sorted([world.elena, *others])
        assert [one.people for one in tally(db, asked)] == [4]
        assert chosen(db, world.customers, asked, (), 0, 10) == sorted(found)


def test_a_tag_that_is_not_mapped_can_be_chosen_by_its_name(engine: Engine, world: World, visitor: Visitor) -> None:
    with engine.begin() as db:
        there = [Label("t1", "Customer A", LabelKind.TAG), Label("t9", "<b>VIP</b>", LabelKind.TAG)]
        keep_labels(db, world.customers, SideName.MAILCHIMP, there)
        vip = f"jürgen süßmilch{mark_labels(['t9'])}"
        db.execute(update(people).where(people.c.id == world.only_crm).values(search=vip))
    client = visitor(Role.VIEWER)
    text = client.get("/people").text
    assert '<optgroup label="In Mailchimp only"><option value="t9">&lt;b&gt;VIP&lt;/b&gt;</option></optgroup>' in text
    assert 'value="t1"' not in text, "what is mapped is there once, by the name of its CRM group"
    assert shown(client.get("/people?label=t9").text) == ["Jürgen Süßmilch"]
