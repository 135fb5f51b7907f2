"""Leads of Sage CRM in the whole loop: out, back, refused, told of campaigns, and turned into people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from listloop.sandbox.sagecrm.server import start
from listloop.sandbox.server import Running
from tests.cli.stage import Cli
from tests.cli.test_campaigns import QUIET
from tests.cli.test_sagecrm import installation, mail, member, members, person

LIV = {"lead_personfirstname": "Liv", "lead_personlastname": "Lund", "lead_personemail": "liv@lund.example"}


@pytest.fixture
def sage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """One person, and one lead who takes part."""
    monkeypatch.setenv("LISTLOOP_CRM_PASSWORD", "sage-listloop")
    ann = {"pers_firstname": "Ann", "pers_lastname": "Archer", "email": "ann@archer.example", "pers_mc_sync": "Y"}
    with start(seed=1) as server:
        server.control("seed", {"people": [ann]})
        lead = LIV | {"lead_mc_sync": "Y", "lead_companyname": "Fjord AS"}
        server.control("rows/add", {"table": "Lead", "values": lead})
        yield server


@pytest.fixture
def synced(cli: Cli, sage: Running) -> Cli:
    given = {"address": sage.url, "user": "listloop", "status": "pers_mc_status", "leads": "yes"}
    words = [word for name, value in given.items() for word in ("--setting", f"{name}={value}")]
    said = cli.connect("--crm", "sagecrm", *words, "--consent", "agreed")
    assert (said.code, said.err) == (0, "")
    assert cli("sync", "--yes").code == 0
    cli.mailchimp.control("rates", QUIET)
    return cli


def lead(sage: Running) -> dict[str, Any]:
    (row,) = sage.control("rows/list", {"table": "Lead"})["rows"]
    return dict(row)


def writes(cli: Cli) -> int:
    counts = cli("sync", "--yes", "--json").json["counts"]
    return int(counts.get("mailchimp_done", 0) + counts.get("crm_done", 0))


def test_a_lead_is_a_member_and_the_second_run_writes_nothing(synced: Cli, sage: Running) -> None:
    liv = member(synced, "liv@lund.example")
    assert (liv["status"], liv["merge_fields"]["FNAME"], liv["merge_fields"]["COMPANY"]) == (
        "subscribed", "Liv", "Fjord AS",
    )  # fmt: skip
    assert lead(sage)["lead_mc_memberid"] == liv["contact_id"]
    assert writes(synced) == 0


def test_what_changes_in_mailchimp_comes_back_to_the_lead(synced: Cli, sage: Running) -> None:
    synced.member("liv@lund.example", merge_fields={"FNAME": "Liva"})
    assert synced("sync").code == 0
    assert lead(sage)["lead_personfirstname"] == "Liva"
    assert writes(synced) == 0


def test_what_a_lead_can_not_hold_stays_in_mailchimp(synced: Cli, sage: Running) -> None:
    """A phone that only Mailchimp has is neither cleared there nor a refusal each hour."""
    synced.member("liv@lund.example", merge_fields={"PHONE": "+44 1"})
    assert synced("sync").code == 0
    assert writes(synced) == 0
    assert member(synced, "liv@lund.example")["merge_fields"]["PHONE"] == "+44 1"
    assert "in sync" in synced("people", "show", "liv@lund.example").out.lower()


def test_a_lead_that_unsubscribes_is_opted_out(synced: Cli, sage: Running) -> None:
    synced.mailchimp.control("people/unsubscribe", {"email": "liv@lund.example"})
    assert synced("sync").code == 0
    assert (lead(sage)["lead_optout"], lead(sage)["lead_mc_status"]) == ("Y", "unsubscribed")
    assert "pers_optout" not in person(sage, "Ann")


def test_a_campaign_is_told_on_the_lead(synced: Cli, sage: Running) -> None:
    assert synced("results", "tell", "sent", "--since", "2026-01-01").code == 0
    mail(synced)
    assert synced("results", "read").code == 0
    assert synced("sync").code == 0
    linked = sage.control("rows/list", {"table": "Comm_Link"})["rows"]
    assert lead(sage)["lead_leadid"] in {one.get("cmli_comm_leadid") for one in linked}


def test_a_lead_that_becomes_a_person_stays_the_same_member(synced: Cli, sage: Running) -> None:
    before = member(synced, "liv@lund.example")["contact_id"]
    made = sage.control("people/add", {"pers_firstname": "Liv", "pers_lastname": "Lund", "email": "liv@lund.example",
                                       "company": "Fjord AS", "pers_mc_sync": "Y"})  # fmt: skip
    number = lead(sage)["lead_leadid"]
    sage.control("rows/edit", {"table": "Lead", "id": number, "values": {"lead_primarypersonid": made["id"]}})
    synced("sync", "--yes")
    synced("sync", "--yes")
    assert (member(synced, "liv@lund.example")["status"], person(sage, "Liv")["pers_mc_memberid"]) == (
        "subscribed", before,
    )  # fmt: skip
    assert set(members(synced)) >= {"ann@archer.example", "liv@lund.example"}
    assert writes(synced) == 0


def test_a_person_and_a_lead_with_one_address_are_one_member(synced: Cli, sage: Running) -> None:
    """Nobody turned the lead into the person: the lead stays in step, the person waits, and both are told."""
    sage.control("people/add", {"pers_firstname": "Liv", "email": "liv@lund.example", "pers_mc_sync": "Y"})
    assert synced("sync", "--yes").code == 0
    shown = synced("people", "show", "liv@lund.example").out
    assert "Liv Lund — in sync" in shown
    assert "Liv Doe — excluded" in shown
    assert writes(synced) == 0


def test_leads_that_are_no_longer_wanted_are_not_archived_unasked(synced: Cli, sage: Running) -> None:
    """Most records gone at once is a mistake until somebody says that it is none."""
    for number in range(25):
        values = {"lead_personlastname": "Lee", "lead_personemail": f"l{number}@lee.example", "lead_mc_sync": "Y"}
        sage.control("rows/add", {"table": "Lead", "values": values})
    assert synced("sync", "--yes").code == 0
    before = members(synced)
    with installation(synced) as listloop:
        listloop.change_crm_settings(listloop.connection(), {"leads": "no"})
    assert synced("sync").code == 0
    said = synced("audit")
    assert (said.code, "Nothing was written" in said.err) == (1, True)
    assert members(synced) == before
