"""Who is forgotten is deleted on both sides and here; a salted hash stops a re-creation, and nothing else stays."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from listloop.core.errors import TryLater
from listloop.core.facts import Campaign, Event
from listloop.core.plan import Rule, Standing
from listloop.core.side import Deal
from listloop.store.addresses import touch_addresses
from listloop.store.campaigns import list_campaigns
from listloop.store.credit import deals_won
from listloop.store.database import reading
from listloop.store.erasures import all_erasures, lift_erasure
from listloop.store.held import held_on
from listloop.store.orders import What, add_order, open_orders
from listloop.store.outside import KeptErasure, KeptNo, Outside
from listloop.store.runs import RunRow
from listloop.store.tables import campaign_parts, deal_people, events, responses
from listloop.store.won_sums import Span
from listloop.sync.facts import import_facts
from listloop.sync.forget import wish_of
from listloop.sync.orders import carry_out
from listloop.testing.memory import CRM, Fault, FaultyAudience, MemoryCrm, Plan
from tests.sync.stage import Stage, writes


@pytest.fixture
def town(stage: Stage, tmp_path: Path) -> Stage:
    """Ann and Bob, linked; Ann opted out once."""
    stage.sync.outside = Outside(tmp_path / "outside")
    values = {"Last": "Lovelacester", "City": "Bern"}
    stage.crm.add("ann@x.example", values, {"customers"}, takes_part=True, emails=("ann@home.example",))
    stage.crm.add("bob@x.example", {"Last": "Ray"}, takes_part=True)
    stage.settle()
    stage.crm.edit("p000001", {"City": "Graz"})
    stage.audience.unsubscribe("m000001")
    stage.settle()
    return stage


def order(stage: Stage, email: str) -> None:
    person = stage.people()[email]
    with stage.engine.begin() as db:
        add_order(db, stage.sync.connection_id, What.FORGET, wish_of(person.id, person), "Ada", stage.clock())


def forget(stage: Stage, email: str = "ann@x.example") -> RunRow:
    order(stage, email)
    (done,) = carry_out(stage.sync)
    return done


def test_both_records_are_deleted_for_good_and_the_others_stay(town: Stage) -> None:
    assert forget(town).state == "done"
    assert [one.email for one in town.crm.records()] == ["bob@x.example"]
    assert [one.email for one in town.audience.records()] == ["bob@x.example"]
    assert set(town.people()) == {"bob@x.example"}
    for _ in range(3):
        assert writes(town.run()) == 0


def test_the_database_file_holds_no_trace_of_a_name_or_an_address(town: Stage, tmp_path: Path) -> None:
    forget(town)
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert any(path.name == "stage.sqlite" for path in files)
    for path in files:
        content = path.read_bytes()
        for word in (b"ann@x.example", b"ann@home.example", b"Lovelacester"):
            assert word not in content, path.name
    assert b"bob@x.example" in (tmp_path / "stage.sqlite").read_bytes()


def test_only_salted_hashes_are_kept_in_the_database_and_outside(town: Stage) -> None:
    forget(town)
    with reading(town.engine).begin() as db:
        kept = all_erasures(db)
    assert len(kept) == 2  # both of her addresses
    assert town.sync.outside is not None
    lines = list(town.sync.outside.lines())
    assert {one.digest for one in lines if isinstance(one, KeptErasure)} == {one.digest for one in kept}
    assert not any(isinstance(one, KeptNo) and "ann" in one.address for one in lines)


def test_who_is_made_anew_in_the_crm_becomes_no_member_before_a_yes(town: Stage) -> None:
    forget(town)
    town.crm.add("ann@home.example", {"Last": "Again"}, takes_part=True)
    town.run()
    assert [one.email for one in town.audience.records()] == ["bob@x.example"]
    person = town.people()["ann@home.example"]
    assert (person.standing, person.rule) == (Standing.WAITING, Rule.ERASED)


def test_who_signs_up_again_is_shown_to_a_person_first(town: Stage) -> None:
    forget(town)
    town.audience.sign_up("ann@x.example", {"LNAME": "Again"})
    town.run()
    assert [one.email for one in town.crm.records()] == ["bob@x.example"]
    assert town.people()["ann@x.example"].rule == Rule.ERASED
    with town.engine.begin() as db:
        assert lift_erasure(db, "ann@x.example", town.clock())
        touch_addresses(db, town.sync.connection_id, {"ann@x.example"})
    town.settle()
    assert {one.email for one in town.crm.records()} == {"ann@x.example", "bob@x.example"}


@pytest.mark.parametrize("fault", [Fault.TRY_LATER])
def test_a_side_that_can_not_answer_is_asked_again_and_nobody_is_created_meanwhile(town: Stage, fault: Fault) -> None:
    plan = Plan(1, {fault: 1.0})
    inner = town.sync.audience
    town.sync.audience = FaultyAudience(inner, plan)
    order(town, "ann@x.example")
    with pytest.raises(TryLater):
        carry_out(town.sync)
    town.sync.audience = inner
    with reading(town.engine).begin() as db:
        assert len(open_orders(db, town.sync.connection_id)) == 1
    (done,) = carry_out(town.sync)
    assert done.state == "done"
    assert [one.email for one in town.audience.records()] == ["bob@x.example"]


def test_a_crm_that_deletes_nobody_is_emptied_of_whatever_tells_of_the_person(town: Stage) -> None:
    assert isinstance(town.crm, MemoryCrm)
    town.crm.can = replace(CRM, erases=False)
    forget(town)
    left = town.crm.record("p000001")
    assert (left.email, left.takes_part, left.mailchimp_id) == ("", False, "")
    assert {value for value in left.person.fields.values() if value} <= {"erased"}
    town.run()
    assert [one.email for one in town.audience.records()] == ["bob@x.example"]


def test_an_address_that_another_person_has_too_is_refused_and_the_connection_goes_on(town: Stage) -> None:
    town.crm.add("ann@x.example", {"Last": "Other"}, takes_part=False)
    town.run()
    done = forget(town)
    assert done.state == "failed"
    assert "Another person in the CRM has the address" in done.problem
    assert len(town.crm.records()) == 3
    assert town.run().state == "done"


def test_an_archived_member_and_one_without_a_crm_record_are_forgotten_too(town: Stage) -> None:
    town.audience.sign_up("eve@x.example", {"LNAME": "Eve"})
    town.run()
    town.crm.flag(next(one.key for one in town.crm.records() if one.email == "eve@x.example"), takes_part=False)
    town.run()
    forget(town, "eve@x.example")
    assert {one.email for one in town.audience.records()} == {"ann@x.example", "bob@x.example"}


def test_a_deal_of_who_was_forgotten_counts_on_and_names_nobody(town: Stage) -> None:
    (key,) = (one.key for one in town.crm.records() if one.email == "ann@x.example")
    town.crm.close_deal(Deal("1", "Ann's house", "won", 700, "EUR", "2026-02-01T09:00:00+00:00", (key,)))
    import_facts(town.sync)
    with reading(town.engine).begin() as db:
        assert "Ann's house" in str(held_on(db, town.people()["ann@x.example"].id)["deals"])
    forget(town)
    with reading(town.engine).begin() as db:
        (line,) = deals_won(db, town.sync.connection_id, Span())
        named = db.execute(select(deal_people)).all()
    assert (line.title, line.person_id, line.cents) == ("", None, 700)
    assert named == []


def test_results_count_on_and_tell_nothing(town: Stage) -> None:
    """Who was forgotten still counts as a recipient, and a report that shows the address again makes nobody new."""
    at = "2026-02-01T09:00:00+00:00"
    town.audience.sent.append(Campaign("may", "May", "May", "sent", at))
    for one in ("ann@x.example", "bob@x.example"):
        town.audience.facts.append(Event("may", one, "sent", at))
    town.audience.facts.append(Event("may", "ann@x.example", "unsubscribed", at, "I, Ann, had enough"))
    import_facts(town.sync)
    with reading(town.engine).begin() as db:
        assert "had enough" in str(held_on(db, town.people()["ann@x.example"].id)["campaigns"])
    forget(town)
    with reading(town.engine).begin() as db:
        assert db.execute(select(campaign_parts)).all() == []
    town.audience.facts.append(Event("may", "bob@x.example", "opened", at))
    import_facts(town.sync)
    with reading(town.engine).begin() as db:
        stored = "".join(str(db.execute(select(table)).all()) for table in (responses, events, campaign_parts))
        (may,) = list_campaigns(db, town.sync.connection_id)
    assert "ann" not in stored.lower()
    assert "m000001" not in stored
    assert "had enough" not in stored
    assert may.counted == may.sums
    assert may.counted.sent == 2
