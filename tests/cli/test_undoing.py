"""``listloop undo``, ``restore``, ``approve``, ``drop`` and ``retry`` over the sandbox's real HTTP."""

from __future__ import annotations

import pytest

from tests.cli.stage import Cli


def fields(cli: Cli, email: str) -> dict[str, str]:
    """A member's merge fields, as Mailchimp has them."""
    with cli.api() as api:
        (audience,) = api.get("/lists").json()["lists"]
        found: dict[str, str] = api.get(f"/lists/{audience['id']}/members/{email}").json()["merge_fields"]
    return found


@pytest.fixture
def edited(synced: Cli) -> Cli:
    """Ann moved to York in the CRM, and the run after it took that to Mailchimp."""
    synced.edit("ann@archer.example", city="York", first_name="Anna")
    assert synced("sync").code == 0
    assert fields(synced, "ann@archer.example")["CITY"] == "York"
    return synced


def last_run(cli: Cli) -> str:
    """The number of the last run."""
    return str(cli("history", "--json").json[0]["run"])


def test_a_run_is_taken_back_after_a_yes(edited: Cli) -> None:
    said = edited("undo", "--run", last_run(edited))
    assert said.code == 3
    assert "1  put back to what was there" in said.out
    assert "Mailchimp City: York → empty" in " ".join(said.out.split())
    assert fields(edited, "ann@archer.example")["CITY"] == "York"
    done = edited("approve")
    assert (done.code, fields(edited, "ann@archer.example")["CITY"]) == (0, "")
    assert fields(edited, "ann@archer.example")["FNAME"] == "Ann"
    again = edited("sync", "--json").json
    assert again["counts"].get("mailchimp_done", 0) + again["counts"].get("crm_done", 0) == 0
    assert "as a person decided" in edited("people", "show", "ann@archer.example").out


def test_one_field_of_one_person_is_taken_back_at_once_with_yes(edited: Cli) -> None:
    assert edited("undo", "--person", "ann@archer.example", "--field", "City", "--yes").code == 0
    assert (fields(edited, "ann@archer.example")["CITY"], fields(edited, "ann@archer.example")["FNAME"]) == (
        "",
        "Anna",
    )


def test_what_somebody_changed_since_is_said_and_stays(edited: Cli) -> None:
    edited.member("ann@archer.example", merge_fields={"CITY": "Kyiv"})
    said = edited("undo", "--run", last_run(edited), "--field", "City")
    assert said.code == 0
    assert "City stays: somebody changed it in Mailchimp since" in said.out


def test_a_lost_value_is_restored_on_both_sides(synced: Cli) -> None:
    synced.edit("ann@archer.example", city="York")
    synced.member("ann@archer.example", merge_fields={"CITY": "Kyiv"})
    assert synced("sync").code == 0
    assert fields(synced, "ann@archer.example")["CITY"] == "York"
    assert synced("put-back", "ann@archer.example", "City").code == 0
    assert fields(synced, "ann@archer.example")["CITY"] == "Kyiv"
    (ann,) = synced("people", "show", "ann@archer.example", "--json").json
    assert (ann["crm"]["person"]["fields"]["city"], ann["standing"]) == ("Kyiv", "in_sync")


def test_a_part_of_the_first_plan_is_approved_and_the_rest_waits(connected: Cli) -> None:
    connected("sync")
    said = connected("approve", "--person", "ann@archer.example")
    assert said.code == 3
    assert "The rest of run 1" in said.out
    assert fields(connected, "ann@archer.example")["PHONE"] == "+44 20 7946 0002"
    assert connected("people", "show", "eve@evans.example", "--json").json[0]["crm"] is None
    assert connected("approve", "--kind", "new-crm").code == 3
    assert connected("people", "show", "eve@evans.example", "--json").json[0]["crm"] is not None
    assert connected("approve").code == 0


def test_a_plan_is_dropped(connected: Cli) -> None:
    connected("sync")
    assert connected("drop").out == "Run 1 is dropped; nothing of it is written.\n"
    assert connected("approve").code == 1


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["undo"], 2, "Say what: give --run, --person or both."),
        (["undo", "--run", "99"], 1, "There is no run 99."),
        (["undo", "--person", "no@body.example"], 1, "Nobody has the address no@body.example."),
        (["undo", "--run", "1", "--field", "Shoe size"], 1, "No mapped field is named “Shoe size”."),
        (["put-back", "ann@archer.example", "City"], 1, "The history holds no such value of this field."),
        (["approve"], 1, "No plan waits for a yes."),
        (["approve", "1"], 1, "Run 1 does not wait for a yes."),
        (["approve", "--kind", "everything"], 2, "There is no kind “everything”."),
        (["drop", "7"], 1, "There is no run 7."),
        (["retry"], 2, "Say whom: give an address, or --all."),
        (["retry", "--all"], 1, "Nobody failed."),
        (["retry", "ann@archer.example"], 1, "ann@archer.example did not fail."),
    ],
)
def test_what_cant_be_done_is_said(synced: Cli, words: list[str], code: int, problem: str) -> None:
    said = synced(*words)
    assert (said.code, said.out) == (code, "")
    assert problem in said.err


def test_who_was_refused_is_tried_again(synced: Cli) -> None:
    synced.mailchimp.control("switches", {"throttled_addresses": "bob@brown.example"})
    synced("people", "flag", "yes", "--email", "bob@brown.example")
    synced("sync", "--yes")
    (bob,) = synced("people", "show", "bob@brown.example", "--json").json
    assert (bob["standing"], bob["rule"]) == ("failed", "retry")
    synced.mailchimp.control("switches", {"throttled_addresses": ""})
    said = synced("retry", "bob@brown.example")
    assert said.code == 0, said.err
    assert "Tried 1 person again." in said.out
    assert fields(synced, "bob@brown.example")["CITY"] == "Leeds"
