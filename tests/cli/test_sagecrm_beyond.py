"""What goes beyond the built-in Sage CRM – Mailchimp integration, whole: the other half of the acceptance list C.4."""

from __future__ import annotations

from datetime import UTC, datetime

from listloop.cli.buttons import services
from listloop.sandbox.server import Running
from listloop.service.receiver import Receiver
from listloop.service.webhooks import tend
from listloop.web.app import make_app
from tests.cli.stage import Cli
from tests.cli.test_sagecrm import installation, joined, mail, member, person, sage, synced
from tests.service.conftest import wait_until
from tests.service.hookup import Noted, serving

__all__ = ["joined", "sage", "synced"]


def test_beyond_an_unsubscribe_is_an_opt_out_at_once_by_webhook(synced: Cli, sage: Running) -> None:
    """Near-real-time via Mailchimp webhooks plus polling: Mailchimp calls, the run that it asks for does the rest."""
    with installation(synced) as listloop:
        jobs, row = Noted(), listloop.connection()
        receiver = Receiver(listloop.engine, listloop.secrets, jobs, listloop.now)
        receiver.start()
        try:
            with serving(make_app(services(listloop, jobs, "http://here", receiver))) as base:
                listloop.settings.webhook_url = base
                assert tend(listloop, row).made
                synced.mailchimp.control("people/unsubscribe", {"email": "ann@archer.example"})
                wait_until(lambda: bool(jobs.put_in))
        finally:
            receiver.stop()
        assert set(jobs.put_in) == {(row.id, "webhook")}
        assert "pers_optout" not in person(sage, "Ann")
        listloop.run(row.id, "webhook")
    assert (person(sage, "Ann")["pers_optout"], person(sage, "Ann")["pers_mc_status"]) == ("Y", "unsubscribed")


def test_beyond_who_comes_back_is_mailed_again(synced: Cli, sage: Running) -> None:
    """Resubscribe policy: a yes of the person's own, after their no, takes the opt-out away."""
    synced.mailchimp.control("people/unsubscribe", {"email": "ann@archer.example"})
    assert synced("sync").code == 0
    assert person(sage, "Ann")["pers_optout"] == "Y"
    synced.mailchimp.control("clock", {"step": 3600})
    synced.mailchimp.control("people/sign-up", {"email": "ann@archer.example"})
    assert synced("sync").code == 0
    assert "pers_optout" not in person(sage, "Ann")
    assert (person(sage, "Ann")["pers_mc_status"], member(synced, "ann@archer.example")["status"]) == (
        "subscribed", "subscribed",
    )  # fmt: skip


def test_beyond_a_won_opportunity_is_credited_to_the_campaign(synced: Cli, sage: Running) -> None:
    """Revenue attribution from opportunities: the campaign that its person got before it was won."""
    made = mail(synced, "Spring")
    synced.mailchimp.control("people/click", {"email": "ann@archer.example", "campaign_id": made})
    assert synced("results", "read").code == 0
    ann = person(sage, "Ann")["pers_personid"]
    won = int(datetime.now(UTC).timestamp()) + 86_400
    values = {
        "Oppo_Description": "Licences", "Oppo_Status": "Won", "Oppo_Total": 1000.0, "Oppo_Total_CID": 2,
        "Oppo_PrimaryPersonId": ann, "Oppo_Closed": won,
    }  # fmt: skip
    sage.control("rows/add", {"table": "Opportunity", "values": values})
    assert synced("sync").code == 0
    assert synced("results", "read").code == 0
    assert synced("customers", "recompute").code == 0
    shown = " ".join(synced("customers").out.split())
    assert "with campaigns 1 1,000.00 EUR" in shown
    assert "Spring 1 1,000.00" in shown
    assert "Ann Archer clicked Spring" in " ".join(synced("customers", "deal", "1").out.split())


def test_beyond_a_whole_address_crosses_from_its_parts(cli: Cli, sage: Running) -> None:
    """Field mapping incl. the address: street, city, code and country of Sage CRM as one address in Mailchimp."""
    place = {"addr_address1": "Rue 1", "addr_city": "Nîmes", "addr_postcode": "30000", "addr_country": "FR"}
    given = {"pers_firstname": "Flo", "email": "flo@lee.example", "pers_mc_sync": "Y", "address": place,
             "phones": {"Business": "+44 20 7946 0001"}}  # fmt: skip
    sage.control("people/add", given)
    assert cli.connect("--crm", "sagecrm", "--setting", f"address={sage.url}", "--setting", "user=listloop",
                       "--consent", "agreed").code == 0  # fmt: skip
    parts = "addr1=addr_address1,city=addr_city,zip=addr_postcode,country=addr_country"
    assert cli("mapping", "set", parts, "ADDRESS", "--direction", "to-mailchimp").code == 0
    assert cli("mapping", "set", "phon_business", "PHONE", "--direction", "to-mailchimp").code == 0
    assert cli("sync", "--yes").code == 0
    sent = member(cli, "flo@lee.example")["merge_fields"]
    assert (sent["PHONE"], sent["ADDRESS"]["addr1"], sent["ADDRESS"]["city"]) == ("+44 20 7946 0001", "Rue 1", "Nîmes")
    again = cli("sync", "--json").json["counts"]
    assert again.get("mailchimp_done", 0) + again.get("crm_done", 0) == 0


def test_beyond_a_no_in_one_audience_counts_in_the_other(joined: Cli, sage: Running) -> None:
    """Several audiences with explicit rule and shared suppression: each has columns of its own, a refusal is one."""
    columns = [{"name": "pers_events_sync", "kind": "text"}, {"name": "pers_events_id", "kind": "text", "size": 40}]
    sage.control("seed", {"columns": columns})
    sage.control("rows/sql", {"table": "Person", "values": {"pers_events_sync": "Y"}})
    joined.mailchimp.control("seed", {"lists": [{"name": "Events", "members": []}]})
    given = {"address": sage.url, "user": "listloop", "flag": "pers_events_sync", "id": "pers_events_id"}
    words = [word for name, value in given.items() for word in ("--setting", f"{name}={value}")]
    said = joined.connect("--crm", "sagecrm", *words, "--audience", "Events", "--name", "Events", "--consent", "agreed")
    assert (said.code, said.err) == (0, "")
    for connection in ("1", "2"):
        assert joined("consent", "everywhere", "yes", "--connection", connection).code == 0
        assert joined("sync", "--yes", "--connection", connection).code == 0
    audiences = audience_ids(joined)
    assert {statuses(joined, one)["ann@archer.example"] for one in audiences.values()} == {"subscribed"}
    no = {"email": "ann@archer.example", "list_id": audiences["Events"]}
    joined.mailchimp.control("people/unsubscribe", no)
    for connection in ("2", "1"):
        assert joined("sync", "--connection", connection).code == 0
    assert person(sage, "Ann")["pers_optout"] == "Y"
    assert {statuses(joined, one)["ann@archer.example"] for one in audiences.values()} == {"unsubscribed"}
    assert {statuses(joined, one)["bob@brown.example"] for one in audiences.values()} == {"subscribed"}


def audience_ids(cli: Cli) -> dict[str, str]:
    with cli.api() as api:
        return {one["name"]: one["id"] for one in api.get("/lists").json()["lists"]}


def statuses(cli: Cli, audience: str) -> dict[str, str]:
    with cli.api() as api:
        found = api.get(f"/lists/{audience}/members", params={"count": 100}).json()["members"]
    return {one["email_address"]: one["status"] for one in found}
