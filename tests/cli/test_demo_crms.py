"""The CRMs that the demo can be shown with, and how they are connected from the command line."""

from __future__ import annotations

import pytest

from listloop.cli.demo_crms import sage_document
from listloop.sandbox.sagecrm.server import start
from listloop.testing.world import world
from tests.cli.stage import Cli


def test_the_stand_in_of_sage_crm_gets_everybody_of_the_world() -> None:
    """Each person once, with its company, its flag and its own columns; each group with its people."""
    made = world(50, 7)
    document = sage_document(made)
    assert [one["pers_lastname"] for one in document["people"]] == [one.last_name or "-" for one in made.people]
    assert {one["Comp_Name"] for one in document["companies"]} == {one.name for one in made.companies}
    assert {one["pers_mc_sync"] for one in document["people"]} == {"Y", "N", ""}
    customers = [place for place, one in enumerate(made.people) if "Customers" in one.groups]
    assert document["groups"]["vMC_Customers"] == customers


def test_a_crm_that_the_demo_does_not_have_is_named_before_anything_starts(cli: Cli) -> None:
    said = cli("demo", "--crm", "nope", "--once")
    assert said.code == 1
    assert "The demo has no CRM “nope”." in said.err
    assert "sagecrm" in said.err


def test_sage_crm_is_connected_and_its_password_is_not_kept_in_the_open(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password comes from the environment, and neither a message nor the database shows it."""
    monkeypatch.setenv("LISTLOOP_CRM_PASSWORD", "sage-listloop")
    with start() as sage:
        given = ("--crm", "sagecrm", "--setting", f"address={sage.url}", "--setting", "user=listloop")
        said = cli.connect(*given)
        assert (said.code, said.err) == (0, "")
        assert "Connected “Sage CRM – Newsletter”." in said.out
        assert "sage-listloop" not in said.out
        assert b"sage-listloop" not in cli.database.read_bytes()
        monkeypatch.setenv("LISTLOOP_CRM_PASSWORD", "wrong")
        refused = cli.connect(*given, "--name", "Again")
    assert refused.code == 1
    assert "Sage CRM does not let the user in" in refused.err


def test_a_missing_password_is_asked_for_by_its_name(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LISTLOOP_CRM_PASSWORD", raising=False)
    said = cli.connect("--crm", "sagecrm", "--setting", "address=http://127.0.0.1:1", "--setting", "user=x")
    assert said.code == 1
    assert "LISTLOOP_CRM_PASSWORD" in said.err
