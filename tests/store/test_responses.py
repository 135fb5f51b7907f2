"""Results are stored once, counted as the report counts, and found again by what people did; on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from listloop.core.crowd import DATED, OTHERS, Did, Term, asked, read_chosen
from listloop.core.facts import FIRST, LAST, Campaign, Event, Kind, Sums
from listloop.store.campaigns import CampaignRow, change_campaign, due_campaigns, list_campaigns, save_campaigns
from listloop.store.crowds import Part, add_crowd, all_crowds, finish, found, open_seats, reach_of, seats
from listloop.store.domains import DOMAINS
from listloop.store.report import domains, hours, links, reasons
from listloop.store.responses import counted, erase_responses, save_events, settle_members
from listloop.store.results import MOMENTS, count_recipients, recipients
from listloop.store.telling import Telling, set_telling, telling_of, told_count, untold

SENT = "2026-02-01T09:00:00+00:00"
SHOP = "https://shop.example/"
PAGE = [
    *(Event("may", f"p{number}@acme{number % 2}.example", "sent", "") for number in range(6)),
    Event("may", "p0@acme0.example", "opened", "2026-02-01T09:05:00+00:00"),
    Event("may", "p0@acme0.example", "opened", "2026-02-01T09:05:00+00:00", place=1),
    Event("may", "p0@acme0.example", "clicked", "2026-02-01T10:05:00+00:00", SHOP),
    Event("may", "p1@acme1.example", "opened", "2026-02-01T09:00:05+00:00", machine=True),
    Event("may", "p2@acme0.example", "bounced", "2026-02-01T09:00:05+00:00", "hard"),
    Event("may", "p3@acme1.example", "unsubscribed", "2026-02-02T09:00:00+00:00", "Too many"),
]
SUMS = Sums(6, 3, 2, 2, 1, 1, 1, 1, 0, 1, 0)


@pytest.fixture
def may(engine: Engine, connection_id: int) -> CampaignRow:
    with engine.begin() as db:
        save_campaigns(db, connection_id, [Campaign("may", "May", "May", "sent", SENT, 6, sums=SUMS)])
        (row,) = due_campaigns(db, connection_id)
        for _ in range(2):
            save_events(db, row, PAGE)
        change_campaign(db, row.id, read_sums=SUMS, counted=counted(db, row.id))
    return row


def test_reading_twice_counts_once(engine: Engine, connection_id: int, may: CampaignRow) -> None:
    """The same page again changes nothing, and the sums are the report's."""
    with engine.begin() as db:
        (row,) = list_campaigns(db, connection_id, words="MAY", sent=True)
        assert row.counted == SUMS
        assert due_campaigns(db, connection_id) == []
        assert settle_members(db, connection_id) == 0


def test_a_report_in_parts(engine: Engine, may: CampaignRow) -> None:
    """By hour, by link, by domain, by reason."""
    with engine.begin() as db:
        assert [(one.at.hour, one.opened, one.clicked) for one in hours(db, may.id)] == [(9, 1, 0), (10, 0, 1)]
        assert [(one.url, one.people, one.clicks) for one in links(db, may.id)] == [(SHOP, 1, 1)]
        assert {one.name: one.sent for one in domains(db, may.id)} == {"acme0.example": 3, "acme1.example": 3}
        assert reasons(db, may.id) == [("Too many", 1)]


@pytest.mark.parametrize(("did", "people"), [(Did.SENT, 6), (Did.NOT_OPENED, 3), (Did.MACHINE, 1), (Did.HARD, 1)])
def test_numbers_have_people(engine: Engine, may: CampaignRow, did: Did, people: int) -> None:
    """What a number counts is what its list shows."""
    with engine.begin() as db:
        term = Term(did, may.id)
        assert count_recipients(db, term) == len(recipients(db, term)) == people


def test_the_parts_of_a_report_have_people(engine: Engine, may: CampaignRow) -> None:
    """Behind an hour, a domain and a reason stand exactly those whom they count."""
    with engine.begin() as db:
        for one in hours(db, may.id):
            for did, number in ((Did.OPENED, one.opened), (Did.CLICKED, one.clicked)):
                then = asked(did, may.id, since=one.at, until=one.at + timedelta(hours=1))
                assert count_recipients(db, then) == number
        for part in domains(db, may.id):
            for did, number in ((Did.SENT, part.sent), (Did.BOUNCED, part.bounced), (Did.LEFT, part.left)):
                assert count_recipients(db, asked(did, may.id, domain=part.name)) == number
        for why, number in reasons(db, may.id):
            assert count_recipients(db, asked(Did.UNSUBSCRIBED, may.id, why=why)) == number
        assert count_recipients(db, asked(Did.UNSUBSCRIBED, may.id, why="")) == 0


def test_all_other_domains_are_those_that_do_not_stand_by_themselves(engine: Engine, may: CampaignRow) -> None:
    """Of equally big ones the same ones stand by themselves every time; who was erased has none."""
    page = [Event("may", f"p@d{number:02}.example", "sent", "") for number in range(2 * DOMAINS)]
    with engine.begin() as db:
        save_events(db, may, page)
        erase_responses(db, may.connection_id, {"p@d00.example"}, [])
        *known, others = domains(db, may.id)
        assert (others.name, others.sent) == ("", 2 * DOMAINS + 6 - sum(one.sent for one in known))
        behind = recipients(db, asked(Did.SENT, may.id, domain=OTHERS), limit=500)
        assert len(behind) == others.sent
        assert {one.who.partition("@")[2] for one in behind}.isdisjoint(one.name for one in known)
        assert sum(one.address == "" for one in behind) == 1


def test_every_moment_that_can_be_asked_for_is_known(engine: Engine, may: CampaignRow) -> None:
    assert MOMENTS.keys() == DATED
    with engine.begin() as db:
        for did in DATED:
            whole = count_recipients(db, Term(did, may.id))
            assert count_recipients(db, asked(did, may.id, since=FIRST, until=LAST)) == whole
            assert count_recipients(db, asked(did, may.id, until=FIRST)) == 0


def test_a_crowd_is_kept_and_finished(engine: Engine, connection_id: int, may: CampaignRow) -> None:
    """Terms are combined; who is no member can't be mailed, and is counted so."""
    chosen = read_chosen(f"opened {may.id} and clicked {may.id} or hard {may.id}")
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with engine.begin() as db:
        some = found(db, connection_id, chosen)
        where = {"segment": True, "crm": True, "living": False}
        made = add_crowd(db, connection_id, "Keen", chosen, some, **where, who="Ada", now=now)
        assert open_seats(db, made, leaves=False) == []
        finish(db, made, now)
        assert reach_of(db, made) == {"absent": 2}
        (crowd,) = all_crowds(db, connection_id)
        assert (crowd.people, crowd.by_responses) == (2, chosen)
        everybody = seats(db, crowd)
        assert [one.email for one in everybody] == ["p0@acme0.example", "p2@acme0.example"]
        assert seats(db, crowd, Part.ABSENT, limit=1) + seats(db, crowd, after=everybody[0].who) == everybody
        assert seats(db, crowd, Part.SEGMENT) == seats(db, crowd, Part.UNSUBSCRIBED) == []


def test_the_setting_of_what_is_told(engine: Engine, connection_id: int, may: CampaignRow) -> None:
    """It is kept, and who has no CRM record is not told of."""
    wanted = Telling(frozenset({Kind.SENT}), datetime(2026, 1, 1, tzinfo=UTC))
    with engine.begin() as db:
        set_telling(db, connection_id, wanted)
        assert telling_of(db, connection_id) == wanted
        assert untold(db, connection_id, wanted.since, 0, 10) == []
        assert told_count(db, connection_id) == (0, 0)


def test_an_erased_person_still_counts(engine: Engine, connection_id: int, may: CampaignRow) -> None:
    """The address goes, the numbers stay."""
    with engine.begin() as db:
        erase_responses(db, connection_id, {"p3@acme1.example"}, [])
        assert counted(db, may.id) == SUMS
        assert "p3@acme1.example" not in {one.who for one in recipients(db, Term(Did.SENT, may.id))}
        assert reasons(db, may.id) == [("", 1)]
