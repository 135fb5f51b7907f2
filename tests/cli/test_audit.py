"""``listloop audit`` over real HTTP: what the sides had not told is found, named and healed."""

from __future__ import annotations

from sqlalchemy import text

from listloop.settings import Settings
from listloop.wiring import open_listloop
from tests.cli.stage import Cli


def blind_edit(cli: Cli) -> None:
    """Ann's phone number changes in the CRM's own database, past its feed of changes."""
    cli("sync")
    listloop = open_listloop(Settings(database=str(cli.database)))
    try:
        with listloop.engine.begin() as db:
            db.execute(text("UPDATE local_people SET phone = '+44 1' WHERE first_name = 'Ann'"))
    finally:
        listloop.close()


def test_two_sides_that_agree_have_nothing_drifted(synced: Cli) -> None:
    said = synced("audit")
    assert (said.code, said.out.splitlines()[0]) == (0, "Nothing had drifted.")


def test_drift_is_listed_by_cause_and_healed(synced: Cli) -> None:
    blind_edit(synced)
    assert synced("sync", "--json").json["counts"].get("mailchimp_done", 0) == 0
    found = synced("audit", "--json").json
    assert found["drift"] == {"edited": 1}
    assert found["drifts"][0] | {"who": ""} == {
        "who": "",
        "side": "crm",
        "cause": "edited",
        "field": "Phone",
        "known": "+44 20 7946 0002",
        "shows": "+44 1",
    }
    assert synced.member("ann@archer.example")["merge_fields"]["PHONE"] == "+44 1"
    assert synced("audit").out.startswith("Nothing had drifted.")


def test_with_hold_nothing_is_healed_before_the_yes(synced: Cli) -> None:
    blind_edit(synced)
    said = synced("audit", "--hold")
    assert said.code == 3
    assert "was edited, and the side did not tell" in said.out
    assert synced.member("ann@archer.example")["merge_fields"]["PHONE"] == "+44 20 7946 0002"
    assert synced("approve").code == 0
    assert synced.member("ann@archer.example")["merge_fields"]["PHONE"] == "+44 1"
