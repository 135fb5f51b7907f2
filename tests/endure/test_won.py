"""Which campaigns won, at 100,000 deals and 10,000,000 events: a page in under a second after an incremental update."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Engine, func, insert, select, text
from starlette.testclient import TestClient

from listloop.core.attribution import Model
from listloop.core.facts import Event
from listloop.core.side import Audience, Crm
from listloop.store.campaigns import campaign
from listloop.store.credit import won_by_campaign
from listloop.store.database import open_database, reading
from listloop.store.deals import dirty_count
from listloop.store.migrations import migrate
from listloop.store.responses import save_events
from listloop.store.tables import connections, deals, earned, events
from listloop.store.users import Role
from listloop.store.won_sums import Span, moved
from listloop.sync.closing import reckon
from listloop.sync.context import Sync
from listloop.web.app import make_app
from tests.web.conftest import form_token
from tests.web.pressed import Pressed
from tests.web.world import BASE, NOW, services, sign_in_link

pytestmark = [pytest.mark.endure, pytest.mark.timeout(1800)]

PEOPLE, CAMPAIGNS, DEALS, EVENTS = 25_000, 200, 100_000, 10_000_000
SECONDS = 1.0

NUMBERS = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :many) "
#: Each statement with how many it makes. Two fifths of all get a campaign, open it three times and click twice.
MADE = (
    (
        """INSERT INTO campaigns (connection_id, web_id, key, kind, parent, title, subject, status, audience, page,
            sent_at, recipients, sums, read_sums, counted, cursor, reading, began, since, done, gone)
        SELECT 1, '', 'c' || n, 'regular', '', 'Campaign ' || n, '', 'sent', '', '',
            datetime('2026-11-18', '-' || (n * 7 / 2) || ' days') || '.000000', 10000, '', '', '',
            '', '', '', '', 0, 0 FROM n""",
        CAMPAIGNS,
    ),
    *(
        (
            f"""INSERT INTO records (connection_id, side, key, address, mailchimp_id, changed, payload, read_at,
            seen_run, absent_run, gone) SELECT 1, '{side}', '{side[0]}' || n, 'p' || n || '@meridian.example', '', '',
            '{{}}', '2026-11-18 00:00:00.000000', 0, 0, 0 FROM n""",
            PEOPLE,
        )
        for side in ("crm", "mailchimp")
    ),
    (
        """INSERT INTO people (connection_id, crm_record, mailchimp_record, linked_by, parted, memory, settled, dirty,
            counted, standing, rule, reason, tries, error, name, email, company, search)
        SELECT 1, n, n + :many, '', '', '', 1, 0, 1, 'in_sync', '', '', 0, '', 'Ada ' || n,
            'p' || n || '@meridian.example', '', '' FROM n""",
        PEOPLE,
    ),
    (
        """INSERT INTO responses (connection_id, campaign_id, who, member, version, opens, own_opens, clicks, bounce,
            left_why, telling)
        SELECT 1, c.id, 'p' || n || '@meridian.example', 'm' || n, '', 3, 3, 2, '', '', 0 FROM campaigns c, n
        WHERE (n + c.id) % 5 < 2 ORDER BY c.id""",
        PEOPLE,
    ),
    (
        """INSERT INTO campaign_events (campaign_id, response_id, kind, at, detail, place, machine)
        SELECT r.campaign_id, r.id, CASE WHEN n > 3 THEN 'clicked' ELSE 'opened' END,
            datetime(c.sent_at, '+' || (n * 3 + r.id % 40) || ' hours') || '.000000', '', 0, 0
        FROM responses r JOIN campaigns c ON c.id = r.campaign_id, n""",
        5,
    ),
    (
        """INSERT INTO deals (connection_id, key, title, stage, value, currency, won_at, company, shown, state,
            customer, days, person_id, dirty, noting, noted, note_problem)
        SELECT 1, 'd' || n, 'Deal ' || n, 'won', 3000 * (1 + n % 50), 'EUR',
            datetime('2026-11-18', '-' || (n * 7919 % 700) || ' days', '-' || (n % 1440) || ' minutes') || '.000000',
            '', 3000 * (1 + n % 50), 'credited', n <= :people, 1 + n % 90, 1 + n % :people, 0, 0, '', '' FROM n""",
        DEALS,
    ),
    (
        "INSERT INTO deal_people (deal_id, key, place) SELECT id, 'c' || person_id, 0 FROM deals LIMIT :many",
        DEALS,
    ),
    (
        """INSERT INTO credits (deal_id, campaign_id, first_at, last_at, cents_first, cents_last, cents_linear,
            cents_decay, cents_position, customer_first, customer_last, customer_linear,
            customer_decay, customer_position)
        SELECT d.id, 1 + (d.id * 13 + n * 17) % 200, datetime(d.won_at, '-9 days') || '.000000', d.won_at,
            d.shown * (n = 1), d.shown * (n = 3), d.shown / 3, d.shown / 3, d.shown / 3, 0, 0, 333333 * d.customer, 0, 0
        FROM deals d, n""",
        3,
    ),
)


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A connection with all of it, made by the database itself, and credit as after a first reckoning."""
    engine = open_database(Path(tmp_path_factory.mktemp("won")) / "listloop.sqlite")
    migrate(engine)
    with engine.begin() as db:
        db.execute(insert(connections).values(name="Big", crm="local", audience="a", created_at=NOW))
    for statement, many in MADE:
        with engine.begin() as db:
            said = {"many": many} | ({"people": PEOPLE} if ":people" in statement else {})
            begin = NUMBERS if " n" in statement.split("FROM")[-1] or "FROM n" in statement else ""
            db.execute(text(begin + statement), said)
    with engine.begin() as db:
        assert db.scalar(select(func.count()).select_from(events)) == EVENTS
        moved(db, 1, db.scalars(select(deals.c.won_at).distinct()))
        db.execute(text("ANALYZE"))
    assert reckon(sync(engine)) == 0  # keeps the sums
    yield engine
    engine.dispose()


def sync(engine: Engine) -> Sync:
    """Nothing is asked of either side."""
    return Sync(engine, 1, cast("Crm", None), cast("Audience", None), now=lambda: NOW)


def test_the_page_answers_within_a_second_after_an_incremental_update(loop: Engine) -> None:
    """A thousand people click in the newest campaign; their deals are reckoned anew, and all numbers still add up."""
    with loop.begin() as db:
        newest = campaign(db, 1)
        assert newest is not None
        known = db.scalars(text("SELECT who FROM responses WHERE campaign_id = 1 ORDER BY id LIMIT 1000"))
        at = (newest.sent_at or datetime.min.replace(tzinfo=UTC)) + timedelta(minutes=7)
        page = [Event(newest.key, who, "clicked", at.isoformat(), "https://meridian.example/") for who in known]
        assert save_events(db, newest, page) == 1000
        moved_deals = dirty_count(db, 1)
    assert moved_deals == 4000
    before = time.process_time()
    assert reckon(sync(loop)) == moved_deals
    took = {f"reckoning {moved_deals:,} deals": time.process_time() - before}
    with TestClient(make_app(services(loop, Pressed())), base_url=BASE, follow_redirects=False) as client:
        link = sign_in_link(loop, Role.VIEWER)
        client.post(link, data={"form_token": form_token(client.get(link).text)})
        pages = ("/customers", "/customers?time=12m&model=decay", "/customers?every=1", "/customers/deals?campaign=5")
        shown = {path: _seconds(client, path) for path in (*pages, "/customers/export.csv", "/customers/notes?field=")}
    for what, seconds in {**took, **shown}.items():
        print(f"{1000 * seconds:9.1f} ms  {what}")  # noqa: T201 - measured for docs/reference/numbers.md
    assert {path: seconds for path, seconds in shown.items() if seconds > SECONDS} == {}
    _adds_up(loop)


def _seconds(client: TestClient, path: str) -> float:
    """The processor's seconds of the slowest of three calls."""
    found = []
    for _ in range(3):
        before = time.process_time()
        assert client.get(path).status_code == 200, path
        found.append(time.process_time() - before)
    return max(found)


def _adds_up(loop: Engine) -> None:
    """What campaigns are shown with is the sum over every single share."""
    with reading(loop).begin() as db:
        shown = {one.campaign.id: one.cents for one in won_by_campaign(db, 1, Span())}
        sums = [func.sum(earned.c[f"cents_{model}"]) for model in Model]
        for row in db.execute(select(earned.c.campaign_id, *sums).group_by(earned.c.campaign_id)):
            assert shown[row[0]] == dict(zip(Model, map(int, row[1:]), strict=True))
        whole = db.scalar(select(func.sum(deals.c.shown)).where(deals.c.state == "credited"))
        assert sum(one[Model.FIRST] for one in shown.values()) == whole
