"""“Require consent”: only who is in Sage CRM's view of those who consented becomes a member, and stays one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from listloop.sandbox.sagecrm.server import start
from listloop.sandbox.server import Running
from listloop.store.connections import save_rules
from tests.cli.stage import Cli
from tests.cli.test_sagecrm import installation, members

VIEW = "vMC_Consent"


@pytest.fixture
def sage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """Three people; the first consented."""
    monkeypatch.setenv("LISTLOOP_CRM_PASSWORD", "sage-listloop")
    people = [
        {"pers_firstname": name, "pers_lastname": "Lee", "email": f"{name.lower()}@lee.example", "pers_mc_sync": "Y"}
        for name in ("Flo", "Gus", "Hal")
    ]
    with start(seed=1) as server:
        server.control("seed", {"people": people, "groups": {VIEW: [0]}})
        yield server


@pytest.fixture
def synced(cli: Cli, sage: Running) -> Cli:
    """Connected with the view, and the filter set as the page “who takes part” does."""
    given = ("--setting", f"address={sage.url}", "--setting", "user=listloop", "--setting", f"consents={VIEW}")
    assert cli.connect("--crm", "sagecrm", *given, "--consent", "agreed").code == 0
    with installation(cli) as listloop:
        row = listloop.connection()
        with listloop.engine.begin() as db:
            save_rules(db, row.id, replace(row.rules, only_values=(("cons_given", frozenset({"yes"})),)))
    assert cli("sync", "--yes").code == 0
    return cli


def agree(sage: Running, *names: str) -> None:
    rows = sage.control("rows/list", {"table": "Person"})["rows"]
    numbers = {one["pers_firstname"]: one["pers_personid"] for one in rows}
    sage.control("group-views", {VIEW: [numbers[name] for name in names]})


def lees(cli: Cli) -> dict[str, str]:
    return {email.partition("@")[0]: status for email, status in members(cli).items() if email.endswith("@lee.example")}


def test_beyond_only_who_consented_is_a_member(synced: Cli) -> None:
    """Consent gate."""
    assert lees(synced) == {"flo": "subscribed"}
    assert "whom the filter lets in" in synced("people", "show", "gus@lee.example").out


def test_whoever_consents_joins_and_whoever_withdraws_leaves(synced: Cli, sage: Running) -> None:
    agree(sage, "Gus")
    assert synced("sync", "--yes").code == 0
    assert lees(synced) == {"flo": "archived", "gus": "subscribed"}
    again = synced("sync", "--yes", "--json").json["counts"]
    assert again.get("mailchimp_done", 0) + again.get("crm_done", 0) == 0
    agree(sage, "Flo", "Gus")
    assert synced("sync", "--yes").code == 0
    assert lees(synced) == {"flo": "subscribed", "gus": "subscribed"}
