"""Two campaigns of the small world's connection, and what came of them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, select

from listloop.core.facts import Campaign, Event, Happening, Kind, Mail, Opened, Sums, response, total
from listloop.store.campaigns import change_campaign, due_campaigns, save_campaigns, save_mail
from listloop.store.codec import encode
from listloop.store.responses import counted, save_events
from listloop.store.tables import people, records
from tests.web.world import NOW

SHOP = "https://shop.example/new"
SENT = NOW - timedelta(days=2)


def fill_results(engine: Engine, person_id: int, others: int = 3) -> dict[str, int]:
    """“Spring” and “May” went to a person and others; the person opened and clicked May, one left, one bounced."""
    with engine.begin() as db:
        found = select(people.c.connection_id, records.c.address).join(
            records, people.c.mailchimp_record == records.c.id
        )
        connection_id, address = db.execute(found.where(people.c.id == person_id)).one()
        addresses = [address, *(f"p{number}@acme.example" for number in range(others))]
        may = _events("may", addresses)
        sums = {"spring": Sums(sent=len(addresses)), "may": _sums(may, addresses)}
        save_campaigns(
            db, connection_id, [_campaign(key, sums[key], days) for key, days in (("may", 0), ("spring", 9))]
        )
        rows = {one.key: one for one in due_campaigns(db, connection_id)}
        for key, row in rows.items():
            page = [Event(key, one, "sent", "") for one in addresses] + (may if key == "may" else [])
            save_events(db, row, page)
            change_campaign(db, row.id, read_sums=encode(sums[key]), counted=counted(db, row.id), read_at=NOW)
        html = f"<h1>May</h1><p>Hello</p><a href='{SHOP}'>The new things</a><script>alert(1)</script>"
        save_mail(db, rows["may"].id, Mail(html, (Opened("DE", "Berlin", 2),)))
        save_campaigns(
            db, connection_id, [_campaign(key, sums[key], days) for key, days in (("may", 0), ("spring", 9))]
        )
        return {key: row.id for key, row in rows.items()}


def _campaign(key: str, sums: Sums, days: int) -> Campaign:
    at = (SENT - timedelta(days=days)).isoformat()
    return Campaign(key, key.title(), f"{key.title()} news", "sent", at, sums.sent, sums=sums)


def _events(key: str, addresses: list[str]) -> list[Event]:
    def at(minutes: int) -> str:
        return (SENT + timedelta(minutes=minutes)).isoformat()

    first, second, third, *_ = addresses
    return [
        Event(key, first, "opened", at(5)),
        Event(key, first, "opened", at(90)),
        Event(key, first, "clicked", at(6), SHOP),
        Event(key, second, "opened", at(1), machine=True),
        Event(key, third, "bounced", at(1), "soft"),
        Event(key, addresses[-1], "unsubscribed", at(60), "Too many mails"),
    ]


def _sums(events: list[Event], addresses: list[str]) -> Sums:
    return total(
        response(Happening(Kind(one.kind), SENT, one.detail, one.machine) for one in events if one.email == address)
        for address in addresses
    )
