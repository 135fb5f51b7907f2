"""What the built-in Sage CRM – Mailchimp integration did works here: the acceptance list C.4, line by line.

Two stand-ins over HTTP, and the commands that an administrator and a marketer give. Ann and Bob are in the group of the
trade fair, with Cleo who has no address and Dan who opted out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from typing import Any

import pytest

from listloop.campaigns import sending
from listloop.campaigns.composing import compose
from listloop.campaigns.templates import built_in
from listloop.core.sending import State
from listloop.sandbox.sagecrm.server import start
from listloop.sandbox.server import Running
from listloop.settings import Settings
from listloop.store import mailings
from listloop.wiring import Listloop, open_listloop
from tests.cli.stage import Cli
from tests.cli.test_campaigns import QUIET

PEOPLE: list[dict[str, Any]] = [
    {"pers_firstname": "Ann", "pers_lastname": "Archer", "email": "ann@archer.example", "company": "Gatecom"},
    {"pers_firstname": "Bob", "pers_lastname": "Brown", "email": "bob@brown.example", "pers_level": "Gold"},
    {"pers_firstname": "Cleo", "pers_lastname": "Clark"},
    {"pers_firstname": "Dan", "pers_lastname": "Drew", "email": "dan@drew.example", "pers_optout": "Y"},
]
SETTINGS = {
    "user": "listloop",
    "status": "pers_mc_status",
    "responses": "pers_mc_segment",
    "groups": "vMC_Fair,vMC_Gold",
}


@pytest.fixture
def sage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """The stand-in with these four people, who take part."""
    monkeypatch.setenv("LISTLOOP_CRM_PASSWORD", "sage-listloop")
    columns = [{"name": "pers_level", "kind": "select", "title": "Level", "choices": ["Gold", "Silver"]}]
    people = [{**one, "pers_mc_sync": "Y"} for one in PEOPLE]
    with start(seed=1) as server:
        groups = {"vMC_Fair": [0, 1, 2, 3], "vMC_Gold": [1]}
        server.control("seed", {"columns": columns, "people": people, "groups": groups})
        yield server


@pytest.fixture
def joined(cli: Cli, sage: Running) -> Cli:
    """Connected, nothing written yet; people whose consent is not known agreed."""
    given = [word for name, value in SETTINGS.items() for word in ("--setting", f"{name}={value}")]
    said = cli.connect("--crm", "sagecrm", "--setting", f"address={sage.url}", *given, "--consent", "agreed")
    assert (said.code, said.err) == (0, "")
    return cli


@pytest.fixture
def synced(joined: Cli) -> Cli:
    """The same after the first run."""
    assert joined("sync", "--yes").code == 0
    joined.mailchimp.control("rates", QUIET)
    return joined


def installation(cli: Cli) -> AbstractContextManager[Listloop]:
    return closing(open_listloop(Settings(database=str(cli.database))))


def member(cli: Cli, email: str) -> dict[str, Any]:
    with cli.api() as api:
        list_id = api.get("/lists").json()["lists"][0]["id"]
        return dict(api.get(f"/lists/{list_id}/members/{email}").json())


def members(cli: Cli) -> dict[str, str]:
    with cli.api() as api:
        list_id = api.get("/lists").json()["lists"][0]["id"]
        found = api.get(f"/lists/{list_id}/members", params={"count": 100}).json()["members"]
    return {one["email_address"]: one["status"] for one in found}


def segments(cli: Cli) -> dict[str, set[str]]:
    with cli.api() as api:
        list_id = api.get("/lists").json()["lists"][0]["id"]
        all_ = api.get(f"/lists/{list_id}/segments", params={"count": 100}).json()["segments"]
        return {
            one["name"]: {
                who["email_address"]
                for who in api.get(f"/lists/{list_id}/segments/{one['id']}/members").json()["members"]
            }
            for one in all_
        }


def person(sage: Running, first: str) -> dict[str, Any]:
    rows = sage.control("rows/list", {"table": "Person"})["rows"]
    return next(dict(one) for one in rows if one.get("pers_firstname") == first)


def mail(cli: Cli, title: str = "Spring") -> str:
    """A marketer sends a campaign to the whole audience, in Mailchimp itself."""
    with cli.api() as api:
        list_id = api.get("/lists").json()["lists"][0]["id"]
        settings = {"title": title, "subject_line": title, "from_name": "S", "reply_to": "s@corp.example"}
        body = {"type": "regular", "recipients": {"list_id": list_id}, "settings": settings}
        made = str(api.post("/campaigns", json=body).json()["id"])
        api.put(f"/campaigns/{made}/content", json={"html": '<a href="https://shop.example/new">New</a>'})
        assert api.post(f"/campaigns/{made}/actions/send").status_code == 204
    cli.mailchimp.control("clock", {"step": 5})
    return made


def test_p1_key_and_audience_are_kept_and_tried(joined: Cli) -> None:
    """P1 store key + audience, test connection."""
    said = joined("doctor").out
    assert "The CRM answers: Sage CRM “crm”" in said
    assert "Mailchimp answers: " in said
    assert b"sage-listloop" not in joined.database.read_bytes()


def test_p1_the_doctor_tells_which_switch_position_it_found(joined: Cli, sage: Running) -> None:
    """Read-only: it reports each guess as it stands."""
    sage.control("switches", {"links": "hidden", "checkbox": "boolean"})
    said = joined("doctor").out
    assert "links = hidden" in said
    assert "checkbox = boolean" in said


def test_p2_the_interval_of_statistics_is_chosen(joined: Cli) -> None:
    """P2 choose statistics interval."""
    assert joined("schedule", "results", "4h").code == 0
    assert "every 4 hours" in joined("schedule").out


def test_p4_a_group_becomes_a_static_segment(synced: Cli) -> None:
    """P4 send a group → subscribers upserted, static tagged segment with the exact snapshot, report of skipped
    records with reason.
    """
    said = synced("groups", "push", "vMC_Fair")
    assert said.code == 0
    (name,) = [one for one in segments(synced) if one.startswith("vMC_Fair")]
    assert segments(synced)[name] == {"ann@archer.example", "bob@brown.example"}
    assert any(one.isdigit() for one in name), "the moment is in the name"
    assert "2 people" in said.out
    told = synced("groups", "push", "vMC_Fair", "--json").json
    assert sum(told["will_not"].values()) == 2
    assert len(told["will_not"]) >= 1


def test_p4_a_snapshot_stays_when_the_group_changes(synced: Cli, sage: Running) -> None:
    """P4, the static one: who joins the group later is not in it."""
    synced("groups", "push", "vMC_Gold")
    before = segments(synced)
    sage.control("group-views", {"vMC_Gold": [1, 2]})
    synced("sync")
    assert segments(synced) == before


def test_p5_a_contact_is_in_many_segments(synced: Cli) -> None:
    """P5 a contact in many segments."""
    assert synced("groups", "push", "vMC_Fair").code == 0
    assert synced("groups", "push", "vMC_Gold").code == 0
    holding = [name for name, who in segments(synced).items() if "bob@brown.example" in who]
    assert len(holding) == 2


def test_p6_from_a_group_to_the_inbox(synced: Cli, sage: Running) -> None:
    """P6 create campaign (subject, from, template, recipients = segment), save, schedule, send, test mail."""
    with installation(synced) as listloop, listloop.sync(1) as sync:
        with listloop.engine.begin() as db:
            known = {"subject": "Hello *|FNAME|*", "from_name": "Haldenroos", "reply_to": "news@haldenroos.com"}
            group = {"source": "crm", "source_key": "view:vMC_Fair", "source_title": "vMC_Fair"}
            made = mailings.add_mailing(db, 1, "Fair", "Mia", listloop.now(), **known, **group, tells=True)
            mailings.save_body(db, mailings.mailing(db, made), compose(built_in("letter")), "Mia", listloop.now())
        ready = sending.prepare(sync, made)
        assert ready.good, ready.findings
        sending.send_test(sync, made, ["me@corp.example"])
        later = (listloop.now() + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
        assert sending.set_time(sync, made, later).state is State.SCHEDULED
        sending.cancel(sync, made)
        assert sending.send(sync, made).state is State.SENDING
    synced.mailchimp.control("clock", {"step": 5})
    with installation(synced) as listloop, listloop.sync(1) as sync:
        sent = sending.look(sync, made)
    assert sent.state is State.SENT
    inbox = synced.mailchimp.control("inbox?count=50&kind=campaign")["mails"]
    assert {one["to"] for one in inbox} == {"ann@archer.example", "bob@brown.example"}
    assert synced.mailchimp.control("inbox?count=50&kind=test")["total"] == 1
    synced("results", "read")
    said = sage.control("rows/list", {"table": "Communication"})["rows"]
    assert {one["comm_mailchimpcampaignid"] for one in said} == {sent.key}
    assert len(said) == 2


def test_p7_a_communication_for_each_recipient(synced: Cli, sage: Running) -> None:
    """P7 communication per recipient on person **and** company, with campaign id; once, with what came of it."""
    assert synced("results", "tell", "sent", "opened", "--since", "2026-01-01").code == 0
    campaign = mail(synced)
    synced("results", "read")
    synced.mailchimp.control("people/open", {"email": "ann@archer.example", "campaign_id": campaign})
    for _ in range(2):
        synced.mailchimp.control("clock", {"step": 7_200})
        assert synced("results", "read").code == 0
    said = sage.control("rows/list", {"table": "Communication"})["rows"]
    links = sage.control("rows/list", {"table": "Comm_Link"})["rows"]
    assert {one["comm_mailchimpcampaignid"] for one in said} == {campaign}
    people = [one["cmli_comm_personid"] for one in links]
    assert len(people) == len(set(people)) == len(said)
    ann = person(sage, "Ann")
    (link,) = [one for one in links if one["cmli_comm_personid"] == ann["pers_personid"]]
    assert link["cmli_comm_companyid"] == ann["pers_companyid"]
    note = next(one for one in said if one["comm_communicationid"] == link["cmli_comm_communicationid"])
    assert (note["comm_status"], note["comm_action"]) == ("Complete", "EmailOut")
    assert "[sent]" in note["comm_note"]
    assert "[opened]" in note["comm_note"]


def test_p8_campaigns_are_listed_with_their_numbers(synced: Cli) -> None:
    """P8 campaign list with sent, opens, unique opens, clicks, unique clicks, hard/soft bounces, unsubscribes,
    complaints.
    """
    campaign = mail(synced)
    who = {"email": "ann@archer.example", "campaign_id": campaign}
    synced.mailchimp.control("people/click", who)
    synced.mailchimp.control("people/click", who)
    synced.mailchimp.control("people/hard-bounce", {"email": "bob@brown.example", "campaign_id": campaign})
    assert synced("results", "read").code == 0
    (one,) = synced("campaigns", "--json").json
    counted = one["counted"]
    assert (counted["sent"], counted["clickers"], counted["clicks"]) == (3, 1, 2)
    assert {"openers", "opens", "hard", "soft", "unsubscribed", "complained"} <= counted.keys()
    assert counted["hard"] == 1


def test_p9_a_selection_of_those_who_responded(synced: Cli, sage: Running) -> None:
    """P9 make a CRM-side selection from any response set: the column that a dynamic group filters on."""
    campaign = mail(synced)
    synced.mailchimp.control("people/click", {"email": "ann@archer.example", "campaign_id": campaign})
    synced("results", "read")
    number = synced("campaigns", "--json").json[0]["campaign"]
    said = synced("groups", "make", "Keen on spring", f"clicked {number}", "--where", "crm")
    assert (said.code, said.err) == (0, "")
    assert "Keen on spring" in person(sage, "Ann")["pers_mc_segment"]
    assert not person(sage, "Bob").get("pers_mc_segment")


def test_p9_without_a_column_it_is_said_clearly(cli: Cli, sage: Running) -> None:
    """P9 where the set-up does not allow it."""
    given = ("--setting", f"address={sage.url}", "--setting", "user=listloop", "--setting", "groups=vMC_Gold")
    assert cli.connect("--crm", "sagecrm", *given, "--consent", "agreed").code == 0
    cli("sync", "--yes")
    cli.mailchimp.control("rates", QUIET)
    mail(cli)
    cli("results", "read")
    number = cli("campaigns", "--json").json[0]["campaign"]
    said = cli("groups", "make", "Keen", f"sent {number}", "--where", "crm")
    assert said.code == 1
    assert "Groups can't be written back to Sage CRM" in said.err


def test_p10_an_unsubscribe_becomes_an_opt_out(synced: Cli, sage: Running) -> None:
    """P10 nightly unsubscribe → `Pers_OptOut`: by the next run, whenever that is; at night by ``schedule set``."""
    synced.mailchimp.control("people/unsubscribe", {"email": "ann@archer.example"})
    assert "pers_optout" not in person(sage, "Ann")
    assert synced("schedule", "set", "02:30").code == 0
    assert synced("sync").code == 0
    assert person(sage, "Ann")["pers_optout"] == "Y"


def test_p11_who_opted_out_is_left_out_of_the_next(synced: Cli, sage: Running) -> None:
    """P11 opted-out people are excluded on the next send."""
    sage.control("people/edit", {"id": person(sage, "Bob")["pers_personid"], "pers_optout": "Y"})
    synced("sync", "--yes")
    assert member(synced, "bob@brown.example")["status"] == "unsubscribed"
    synced("groups", "push", "vMC_Fair")
    (name,) = [one for one in segments(synced) if one.startswith("vMC_Fair")]
    assert "bob@brown.example" not in segments(synced)[name]


def test_p12_the_administrators_own_are_left_alone(joined: Cli) -> None:
    """P12 leave Mailchimp admin's own segments and tags untouched."""
    with joined.api() as api:
        list_id = api.get("/lists").json()["lists"][0]["id"]
        api.post(f"/lists/{list_id}/segments", json={"name": "Own", "static_segment": ["eve@evans.example"]})
        body = {"tags": [{"name": "vip", "status": "active"}]}
        api.post(f"/lists/{list_id}/members/eve@evans.example/tags", json=body)
    before = {name: who for name, who in segments(joined).items() if name in {"Own", "vip"}}
    joined("sync", "--yes")
    joined("groups", "push", "vMC_Fair")
    joined("sync")
    assert {name: who for name, who in segments(joined).items() if name in before} == before


def test_beyond_opt_outs_cross_both_ways_and_the_strictest_wins(synced: Cli, sage: Running) -> None:
    """Opt-out both ways with provenance and conflict rule (most restrictive wins)."""
    sage.control("people/edit", {"id": person(sage, "Ann")["pers_personid"], "pers_optout": "Y"})
    synced("sync", "--yes")
    assert member(synced, "ann@archer.example")["status"] == "unsubscribed"
    sage.control("people/edit", {"id": person(sage, "Ann")["pers_personid"], "pers_optout": ""})
    synced("sync", "--yes")
    assert member(synced, "ann@archer.example")["status"] == "unsubscribed"
    assert person(sage, "Ann")["pers_optout"] == "Y"


def test_beyond_a_changed_address_makes_no_second_member(synced: Cli, sage: Running) -> None:
    """E-mail-change follow-through (update the member's address instead of creating a second)."""
    key = member(synced, "bob@brown.example")["contact_id"]
    sage.control("people/edit", {"id": person(sage, "Bob")["pers_personid"], "email": "bob@new.example"})
    count = len(members(synced))
    assert synced("sync").code == 0
    assert member(synced, "bob@new.example")["contact_id"] == key
    assert len(members(synced)) == count


def test_beyond_a_change_there_reaches_the_address_here(synced: Cli, sage: Running) -> None:
    """The same from Mailchimp: Email is changed, and no second one is made."""
    change = {"email": "bob@brown.example", "new_email": "robert@brown.example"}
    synced.mailchimp.control("people/change-address", change)
    assert synced("sync").code == 0
    rows = sage.control("rows/list", {"table": "Email"})["rows"]
    assert [one["emai_emailaddress"] for one in rows if "brown" in one["emai_emailaddress"]] == ["robert@brown.example"]


def test_beyond_custom_fields_are_mapped(joined: Cli, sage: Running) -> None:
    """Field mapping incl. custom fields."""
    assert joined("mapping", "set", "pers_level", "LEVEL", "--new", "--yes").code == 0
    assert joined("sync", "--yes").code == 0
    assert member(joined, "bob@brown.example")["merge_fields"]["LEVEL"] == "Gold"
    joined.member("bob@brown.example", merge_fields={"LEVEL": "Silver"})
    assert joined("sync").code == 0
    assert person(sage, "Bob")["pers_level"] == "Silver"


def test_beyond_a_dead_address_is_noted(synced: Cli, sage: Running) -> None:
    """Cleaned/bounced → CRM field: the status says so, and it is no opt-out of the person."""
    synced.mailchimp.control("people/hard-bounce", {"email": "bob@brown.example"})
    assert synced("sync").code == 0
    bob = person(sage, "Bob")
    assert bob["pers_mc_status"] == "cleaned"
    assert "pers_optout" not in bob


def test_beyond_new_subscribers_become_people(synced: Cli, sage: Running) -> None:
    """New subscribers → person creation, with flag and ID in the creating call, under their company."""
    eve = person(sage, "Eve")
    assert (eve["pers_mc_sync"], len(eve["pers_mc_memberid"])) == ("Y", 32)
    firms = sage.control("rows/list", {"table": "Company"})["rows"]
    named = {one["comp_companyid"]: one["comp_name"] for one in firms}
    assert named[eve["pers_companyid"]] == "Evans & Daughters"


def test_beyond_a_rehearsal_writes_nothing(joined: Cli, sage: Running) -> None:
    """Dry run: the preview names what would be written, and no side is touched."""
    sage.control("journal", method="DELETE")
    assert "Eve" in joined("preview").out
    assert set(sage.control("journal")["by_method"]) == {"GET"}


def test_beyond_what_was_written_is_taken_back(synced: Cli, sage: Running) -> None:
    """Audit log and undo: a changed name is told with its reason, and put back."""
    number = person(sage, "Ann")["pers_personid"]
    synced.member("ann@archer.example", merge_fields={"FNAME": "Anna"})
    assert synced("sync").code == 0
    assert person(sage, "Anna")["pers_personid"] == number
    assert "Anna" in synced("history", "ann@archer.example").out
    assert synced("undo", "--person", "ann@archer.example", "--yes").code == 0
    assert person(sage, "Ann")["pers_personid"] == number


def test_beyond_campaigns_made_in_mailchimp_are_there_too(synced: Cli) -> None:
    """Import of campaigns created directly in Mailchimp, and a person's own line of them."""
    mail(synced, "Made there")
    synced("results", "read")
    assert "Made there" in synced("campaigns").out
    assert "Made there" in synced("results", "person", "ann@archer.example").out
