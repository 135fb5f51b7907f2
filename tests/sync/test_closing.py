"""Deals are read as they change, and the credit for each is what its people did, whenever either becomes known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from listloop.core.attribution import CUSTOMER, Model, Rules, Unit
from listloop.core.facts import Campaign, Event
from listloop.core.people import Consent
from listloop.core.side import Deal
from listloop.store.closings import set_closing
from listloop.store.credit import deals_won, earned_of, set_cost, won_by_campaign
from listloop.store.deals import State
from listloop.store.won_report import foreign, half_within, months, pots, speeds
from listloop.store.won_sums import Span, won
from listloop.sync.facts import import_facts
from tests.sync.stage import Stage, make_stage

SENT = "2026-02-01T09:00:00+00:00"
OPENED = "2026-02-01T10:00:00+00:00"
CLICKED = "2026-02-02T10:00:00+00:00"
WON = "2026-02-10T09:00:00+00:00"
JUNE = Campaign("june", "June", "June", "sent", "2026-02-05T09:00:00+00:00")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Five people on both sides, linked, who got the campaign “May”; the first one opened and clicked."""
    made = make_stage(tmp_path)
    for one in ADDRESSES:
        made.audience.add(one, {"FNAME": "A", "LNAME": "B"}, consent=Consent.SUBSCRIBED)
    made.settle()
    made.audience.sent.append(Campaign("may", "May", "May", "sent", SENT))
    made.audience.facts += [Event("may", one, "sent", SENT) for one in ADDRESSES]
    happened(made, "may", "p0@stage.example", "opened", OPENED)
    happened(made, "may", "p0@stage.example", "clicked", CLICKED)
    return made


ADDRESSES = [f"p{number}@stage.example" for number in range(5)]


def happened(stage: Stage, campaign: str, email: str, kind: str, at: str) -> None:
    stage.audience.facts.append(Event(campaign, email, kind, at))


def key_of(stage: Stage, email: str) -> str:
    (key,) = (one.key for one in stage.crm.records() if one.email == email)
    return key


def wins(stage: Stage, key: str, *emails: str, value: int = 10_000, won: str = WON, currency: str = "EUR") -> None:
    people = tuple(key_of(stage, one) for one in emails)
    stage.crm.close_deal(Deal(key, f"Deal {key}", "won" if won else "open", value, currency, won, people))


def read(stage: Stage) -> None:
    while import_facts(stage.sync).more:
        pass


def earned(stage: Stage, model: Model = Model.LINEAR) -> dict[str, int]:
    with stage.engine.begin() as db:
        found = won_by_campaign(db, stage.sync.connection_id, Span())
    return {one.campaign.title: one.cents[model] for one in found}


def numbers(stage: Stage) -> dict[State, int]:
    with stage.engine.begin() as db:
        return {
            state: pot.number for state, pot in pots(won(db, stage.sync.connection_id, Span())).items() if pot.number
        }


def rules(stage: Stage, changed: Rules, mail_price: int = 0) -> None:
    with stage.engine.begin() as db:
        set_closing(db, stage.sync.connection_id, changed, mail_price)


def test_a_deal_is_credited_to_the_campaign_that_its_person_opened(stage: Stage) -> None:
    wins(stage, "1", "p0@stage.example")
    read(stage)
    assert earned(stage) == {"May": 10_000}
    assert numbers(stage) == {State.CREDITED: 1}


def test_every_won_deal_is_in_one_pot_and_none_is_silent(stage: Stage) -> None:
    """Credited, untouched, without anybody we know, without a rate: their sum is all that was won."""
    wins(stage, "1", "p0@stage.example")
    wins(stage, "2", "p1@stage.example")
    wins(stage, "3")
    wins(stage, "4", "p0@stage.example", currency="USD")
    wins(stage, "5", "p0@stage.example", won="")
    read(stage)
    assert numbers(stage) == {State.CREDITED: 1, State.UNTOUCHED: 1, State.NOBODY: 1, State.NO_RATE: 1}
    with stage.engine.begin() as db:
        (one,) = foreign(won(db, stage.sync.connection_id, Span()))
    assert (one.currency, one.number, one.cents) == ("USD", 1, 10_000)


def test_a_deal_that_is_lost_again_takes_its_credit_along(stage: Stage) -> None:
    wins(stage, "1", "p0@stage.example")
    read(stage)
    wins(stage, "1", "p0@stage.example", won="")
    read(stage)
    assert earned(stage) == {}
    assert numbers(stage) == {}


def test_what_is_learned_of_a_person_later_changes_the_credit_of_deals_won_before(stage: Stage) -> None:
    """An open that arrives after the deal was reckoned counts as if it had been there."""
    wins(stage, "1", "p1@stage.example")
    read(stage)
    assert numbers(stage) == {State.UNTOUCHED: 1}
    happened(stage, "may", "p1@stage.example", "clicked", CLICKED)
    read(stage)
    assert earned(stage) == {"May": 10_000}


def test_who_is_linked_later_brings_their_touches_along(stage: Stage) -> None:
    """A contact whose member was there before: the deal won in between is credited once the two are linked."""
    stage.audience.add("new@stage.example", {"FNAME": "N", "LNAME": "N"}, consent=Consent.SUBSCRIBED)
    stage.audience.facts.append(Event("may", "new@stage.example", "sent", SENT))
    happened(stage, "may", "new@stage.example", "clicked", CLICKED)
    stage.crm.close_deal(Deal("1", "Early", "won", 700, "EUR", WON, ("later",)))
    read(stage)
    assert numbers(stage) == {State.NOBODY: 1}
    stage.settle()
    key = key_of(stage, "new@stage.example")
    stage.crm.close_deal(Deal("2", "Other", "won", 300, "EUR", WON, (key,)))
    read(stage)
    assert numbers(stage) == {State.NOBODY: 1, State.CREDITED: 1}


def test_two_campaigns_share_a_deal_under_each_model(stage: Stage) -> None:
    stage.audience.sent.append(JUNE)
    stage.audience.facts.append(Event("june", "p0@stage.example", "sent", JUNE.sent))
    happened(stage, "june", "p0@stage.example", "opened", "2026-02-05T10:00:00+00:00")
    wins(stage, "1", "p0@stage.example", value=9_999)
    read(stage)
    assert earned(stage, Model.FIRST) == {"May": 9_999, "June": 0}
    assert earned(stage, Model.LAST) == {"May": 0, "June": 9_999}
    for model in Model:
        assert sum(earned(stage, model).values()) == 9_999


def test_touches_of_machines_and_after_the_deal_earn_nothing(stage: Stage) -> None:
    stage.audience.facts.append(Event("may", "p1@stage.example", "opened", OPENED, machine=True))
    happened(stage, "may", "p2@stage.example", "clicked", "2026-02-11T10:00:00+00:00")
    wins(stage, "1", "p1@stage.example")
    wins(stage, "2", "p2@stage.example")
    read(stage)
    assert numbers(stage) == {State.UNTOUCHED: 2}


def test_the_whole_company_counts_where_the_rules_say_so(stage: Stage) -> None:
    """A colleague who clicked wins the deal of somebody who never opened."""
    for one in ("p0@stage.example", "p1@stage.example"):
        stage.crm.edit(key_of(stage, one), {"Company": "Acme"})
    stage.run()
    stage.crm.close_deal(Deal("1", "Big", "won", 5_000, "EUR", WON, (key_of(stage, "p1@stage.example"),), "Acme"))
    read(stage)
    assert numbers(stage) == {State.UNTOUCHED: 1}
    rules(stage, Rules(unit=Unit.COMPANY))
    read(stage)
    assert earned(stage) == {"May": 5_000}


def test_only_the_first_deal_of_a_customer_wins_a_customer(stage: Stage) -> None:
    """Also when an earlier deal becomes known later."""
    wins(stage, "2", "p0@stage.example", won="2026-03-01T09:00:00+00:00")
    read(stage)
    wins(stage, "1", "p0@stage.example")
    read(stage)
    with stage.engine.begin() as db:
        new = deals_won(db, stage.sync.connection_id, Span(), customers=True)
        (campaign,) = won_by_campaign(db, stage.sync.connection_id, Span())
    assert [one.title for one in new] == ["Deal 1"]
    assert campaign.customers == dict.fromkeys(Model, 1.0)
    assert CUSTOMER > 1


def test_each_of_two_people_becomes_a_customer(stage: Stage) -> None:
    wins(stage, "1", "p0@stage.example")
    wins(stage, "2", "p1@stage.example", won="2026-03-01T09:00:00+00:00")
    read(stage)
    with stage.engine.begin() as db:
        assert len(deals_won(db, stage.sync.connection_id, Span(), customers=True)) == 2


def test_rates_and_costs_make_returns(stage: Stage) -> None:
    """1,000 dollars at 0.90 are 900 euros; five mails at 20.00 a thousand and 50.00 entered cost 50.10."""
    wins(stage, "1", "p0@stage.example", value=100_000, currency="USD")
    read(stage)
    rules(stage, Rules(rates={"USD": 900_000}), mail_price=2_000)
    read(stage)
    with stage.engine.begin() as db:
        (one,) = won_by_campaign(db, stage.sync.connection_id, Span())
        set_cost(db, one.campaign.id, 5_000)
        (one,) = won_by_campaign(db, stage.sync.connection_id, Span())
    assert (one.cents[Model.LINEAR], one.cost) == (90_000, 5_010)
    assert one.gain(Model.LINEAR) == pytest.approx((90_000 - 5_010) / 5_010)
    assert one.price(Model.LINEAR) == 5_010


def test_months_and_speeds_add_up_to_the_deals(stage: Stage) -> None:
    wins(stage, "1", "p0@stage.example")
    wins(stage, "2", "p1@stage.example", won="2026-03-10T09:00:00+00:00")
    read(stage)
    with stage.engine.begin() as db:
        sums = won(db, stage.sync.connection_id, Span())
    found, days = months(sums), dict(speeds(sums))
    assert half_within(sums) == 9
    assert [(one.begin.month, one.deals, one.cents, one.credited) for one in found] == [
        (2, 1, 10_000, 10_000),
        (3, 1, 10_000, 0),
    ]
    assert days[14] == 1  # opened on the 1st, won on the 10th
    assert sum(days.values()) == 1


def test_a_deal_tells_what_each_campaign_earned_of_it(stage: Stage) -> None:
    wins(stage, "1", "p0@stage.example")
    read(stage)
    with stage.engine.begin() as db:
        (line,) = deals_won(db, stage.sync.connection_id, Span())
        ((campaign, cents),) = earned_of(db, line.id)
    assert (campaign.title, cents[Model.FIRST], line.cents) == ("May", 10_000, 10_000)


def test_reading_again_changes_nothing(stage: Stage) -> None:
    wins(stage, "1", "p0@stage.example")
    read(stage)
    before = earned(stage)
    read(stage)
    assert earned(stage) == before


def test_a_crm_without_deals_is_not_asked_for_them(stage: Stage) -> None:
    stage.crm.can = replace(stage.crm.can, deals=False)
    wins(stage, "1", "p0@stage.example")
    read(stage)
    assert numbers(stage) == {}
