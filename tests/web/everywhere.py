"""Every page of a filled and of an empty installation: what is looked at page by page walks along this list."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, select

from listloop.campaigns.composing import compose
from listloop.campaigns.templates import built_in
from listloop.core.crowd import Did, one, read_chosen
from listloop.core.questions import Answer, Question, Topic
from listloop.core.sending import State
from listloop.core.side import Communication, Deal
from listloop.crm.local.book import Book
from listloop.crm.local.facts import append
from listloop.crm.local.opening import open_book
from listloop.store.crowds import add_crowd, found
from listloop.store.mailings import add_mailing, mailing, save_body
from listloop.store.questions import ask
from listloop.store.tables import people, records
from listloop.store.users import Role, add_user
from listloop.web.setup import STEPS
from listloop.web.signing import make_link
from listloop.web.words import BOOK
from tests.web.alerts import fill_alerts
from tests.web.results import fill_results
from tests.web.set_up import SetUpAlone
from tests.web.won import fill_deals
from tests.web.world import KEY, NOW, RTL, SCRIPT, World, fill

NEW = "/connections/new"

#: Who opens the panels.
MIA = "mia@halden-roos.example"


def panel(path: str, record: str = "", user: str = MIA) -> str:
    """A signed link to a panel of the first connection."""
    until = NOW + timedelta(hours=1)
    return make_link(KEY, path, connection="1", record=record, user=user, until=until)


def panels(engine: Engine, world: World, campaign: int) -> list[str]:
    """Every panel, of somebody who is known and of nobody."""
    add_user(engine, MIA, "Mia", Role.MARKETER, NOW)
    with engine.begin() as db:
        query = select(records.c.key).join(people, people.c.crm_record == records.c.id)
        mail = add_mailing(db, world.customers, "For the fair", MIA, NOW, subject=SCRIPT, source="audience")
        elena, hostile = (db.scalar(query.where(people.c.id == one)) for one in (world.elena, world.hostile))
    paths = [panel("/embed/following", str(one)) for one in (elena, hostile, "nobody")]
    paths += [panel(one) for one in ("/embed/campaigns", f"/embed/campaigns/{campaign}", "/embed/groups")]
    return [*paths, panel("/embed/mail", "g1"), panel("/embed/send", str(mail))]


def written(engine: Engine, world: World) -> tuple[int, int]:
    """A draft to those who did not open, and one that was sent; both are written here."""
    envelope = {"subject": "Hello *|FNAME|*", "from_name": "Halden Roos", "reply_to": "news@halden-roos.example"}
    with engine.begin() as db:
        draft = add_mailing(db, world.customers, "Spring letter", "marta", NOW, **envelope)
        save_body(db, mailing(db, draft), compose(built_in("news")), "marta", NOW)
        save_body(db, mailing(db, draft), compose(built_in("letter")), "marta", NOW)
        sent = add_mailing(
            db, world.customers, SCRIPT, RTL, NOW, **envelope, source="missed", source_title=SCRIPT,
            state=State.SENT, at=NOW, note="It was sent in Mailchimp.",
        )  # fmt: skip
    return draft, sent


def empty(setup: SetUpAlone) -> list[str]:
    """The pages of an installation in which a set-up was begun and nothing else."""
    draft = setup.begin("sagecrm", {}, "marta")
    paths = [
        "/",
        "/people",
        "/campaigns",
        "/customers",
        "/customers/rules",
        "/customers/notes",
        "/groups",
        "/recipients",
        "/sending",
        "/runs",
        "/questions",
        "/nowhere",
        "/you",
        "/you/second-factor",
        "/connections",
        NEW,
    ]
    paths += [
        "/settings/users",
        "/settings/users/1",
        "/settings/sign-in",
        "/settings/audit",
        "/settings/embedding",
        "/settings/keeping",
        "/settings/secrets",
    ]
    paths += ["/settings/alerts", "/alerts"]
    paths += [f"{NEW}/local", f"{NEW}/sagecrm", f"{NEW}/{draft}/mailchimp", f"{NEW}/{draft}/audience"]
    return paths


def full(engine: Engine, setup: SetUpAlone) -> list[str]:
    """Fill the small world into the database; the pages that there are then."""
    paths, world = empty(setup), fill(engine)
    asked = Question(Topic.FIELD, "x", "Language", "Deutsch", "English", "changed on both sides", tuple(Answer)[:3])
    with engine.begin() as db:
        ask(db, world.customers, dict.fromkeys((world.elena, world.hostile), ((asked,), False)), NOW)
    setup.step(world.news, STEPS[1])
    book = Book(open_book(engine), "marta")
    person = book.add_person({"first_name": "Ada", "last_name": "Lovelace", "company": "Engines Ltd"}, "ada@x.example")
    book.add_person({"last_name": SCRIPT, "company": RTL})
    group = book.make_group("Fair 2026", [person]).key
    deal = book.save_deal(Deal("", "Two engines", "open", 125_050, "EUR", people=(person,)))
    list(append(book.place, [Communication("c1", person, "sent", "2026-11-01T09:00:00Z", SCRIPT)]))
    sent = fill_results(engine, world.elena)
    fill_deals(engine, world.elena)
    with engine.begin() as db:
        some = found(db, world.customers, read_chosen(f"clicked {sent['may']}"))
        where = {"segment": True, "crm": True, "living": True}
        add_crowd(
            db, world.customers, "Keen on the new", one(Did.CLICKED, sent["may"]), some, **where, who="marta", now=NOW
        )
        fill_alerts(db)
    drafted, sent_here = written(engine, world)
    root = f"/book/{world.customers}"
    return [
        *paths,
        *panels(engine, world, sent["may"]),
        "/people?standing=excluded",
        "/people?q=nobody-of-this-name",
        "/people/flag?value=yes",
        "/people/flag?value=no",
        f"/questions?topic=field&connection={world.customers}",
        f"/questions/all?topic=field&connection={world.customers}&answer=crm",
        f"/people/{world.elena}",
        f"/people/{world.hostile}",
        f"/people/{world.only_crm}",
        f"/runs/{world.plan}",
        f"/runs/{world.plan}?ask=yes",
        f"/runs/{world.receipt}",
        f"/runs/{world.running}",
        f"/campaigns/{sent['may']}",
        f"/campaigns/{sent['may']}?did=bounced&span=14d",
        f"/campaigns/{sent['may']}?did=unsubscribed&why=Too+many+mails&since=2000-01-01T00:00:00Z",
        f"/campaigns/{sent['spring']}",
        "/campaigns?q=nothing-like-it",
        "/groups/1",
        "/groups/1?part=absent",
        f"/groups/new?who=clicked%20{sent['may']}%20or%20soft%20{sent['may']}",
        "/recipients?kind=crm&name=g1",
        "/sending/new",
        f"/sending/{drafted}",
        f"/sending/{drafted}/content",
        f"/sending/{drafted}/content?look=phone",
        f"/sending/{drafted}/design",
        f"/sending/{sent_here}",
        "/customers?time=last-year&model=decay",
        "/customers?time=all&model=linear",
        f"/customers/deals?campaign={sent['may']}",
        "/customers/deals?state=nobody",
        "/customers/deals/1",
        "/customers/deals/2",
        "/customers/notes?field=campaign&model=first",
        f"/connections/{world.customers}/communications",
        f"/connections/{world.customers}",
        f"/connections/{world.news}",
        *(f"/connections/{connection}/{step}" for connection in (world.news, world.customers) for step in STEPS),
        *(f"{root}/{part}" for part in BOOK),
        *(f"{root}/{part}/new" for part in ("people", "companies", "opportunities")),
        f"{root}/people/{person}",
        f"{root}/companies/1",
        f"{root}/groups/{group}?q=love",
        f"{root}/opportunities/{deal}",
    ]
