"""What is counted of a campaign when its reading ends is what its people did."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from listloop.core.crowd import Did, Term
from listloop.core.facts import Campaign, Event
from listloop.core.people import Consent
from listloop.store.campaigns import list_campaigns
from listloop.store.report import Parts, domains, hours, links, parts_of, reasons
from listloop.store.results import count_recipients
from listloop.sync.facts import import_facts
from tests.sync.stage import Stage, make_stage

AT = "2026-02-01T09:00:00+00:00"


def sent(tmp_path: Path) -> Stage:
    """Three people at two domains got “May”; one opened and clicked, one left."""
    made = make_stage(tmp_path)
    for one in ("ann@x.example", "bob@x.example", "cem@y.example"):
        made.audience.add(one, {"FNAME": "A", "LNAME": "B"}, consent=Consent.SUBSCRIBED)
        made.audience.facts.append(Event("may", one, "sent", AT))
    made.settle()
    made.audience.sent.append(Campaign("may", "May", "May", "sent", AT))
    made.audience.facts += [
        Event("may", "ann@x.example", "opened", "2026-02-01T10:10:00+00:00"),
        Event("may", "ann@x.example", "clicked", "2026-02-01T11:10:00+00:00", "https://shop.example/"),
        Event("may", "cem@y.example", "unsubscribed", AT, "enough"),
    ]
    import_facts(made.sync)
    return made


def test_what_is_kept_of_a_campaign_is_what_its_people_did(tmp_path: Path) -> None:
    """Hours, links, domains, reasons and how many did what, counted anew with each reading that ends."""
    stage = sent(tmp_path)
    stage.audience.facts.append(Event("may", "bob@x.example", "opened", "2026-02-02T10:10:00+00:00"))
    import_facts(stage.sync)
    with stage.engine.begin() as db:
        (may,) = list_campaigns(db, stage.sync.connection_id)
        kept = parts_of(db, may)
        did = {one: count_recipients(db, Term(one, may.id)) for one in Did}
        assert kept == Parts(hours(db, may.id), links(db, may.id), domains(db, may.id), reasons(db, may.id), did)
    assert [one.at for one in kept.hours] == [datetime(2026, 2, day, hour, tzinfo=UTC) for day, hour in HOURS]
    assert [(one.name, one.sent) for one in kept.domains] == [("x.example", 2), ("y.example", 1)]
    assert kept.reasons == [("enough", 1)]
    assert (kept.did[Did.OPENED], kept.did[Did.CLICKED], kept.did[Did.NOT_OPENED]) == (2, 1, 1)


HOURS = ((1, 10), (1, 11), (2, 10))


def test_while_a_campaign_is_read_its_parts_are_counted_as_they_are(tmp_path: Path) -> None:
    stage = sent(tmp_path)
    with stage.engine.begin() as db:
        (may,) = list_campaigns(db, stage.sync.connection_id)
        kept = parts_of(db, may)
        assert parts_of(db, replace(may, reading="{}")) == kept
        db.exec_driver_sql("update responses set own_opens = 0, first_open = null, first_click = null")
        assert parts_of(db, may) == kept
        assert parts_of(db, replace(may, reading="{}")).hours == []
