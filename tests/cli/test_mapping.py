"""``listloop mapping``: showing, setting, removing, and what can't be mapped."""

from __future__ import annotations

import pytest

from tests.cli.stage import Cli


def test_the_mapping_is_shown_by_itself_and_by_its_name(connected: Cli) -> None:
    shown = connected("mapping")
    assert shown.code == 0
    assert "Phone (phone)" in shown.out
    assert "Phone Number (PHONE)" in shown.out
    assert connected("mapping", "show") == shown
    phone = {"crm": "phone", "mailchimp": "PHONE", "type": "phone", "direction": "both", "owner": "crm"}
    assert phone in connected("mapping", "--json").json


def test_a_row_takes_the_place_of_those_with_its_fields(connected: Cli) -> None:
    said = connected("mapping", "set", "country", "CITY", "--direction", "to-mailchimp", "--owner", "ask")
    assert said.code == 0
    assert "The next plan waits for your yes, since the mapping changed." in said.out
    rows = connected("mapping", "--json").json
    assert [row["crm"] for row in rows if row["mailchimp"] == "CITY"] == ["country"]
    row = next(row for row in rows if row["crm"] == "country")
    assert (row["direction"], row["owner"]) == ("to mailchimp", "ask")


def test_a_group_goes_with_a_tag_by_name_or_by_title(connected: Cli) -> None:
    said = connected("mapping", "set", "Fair", "vip")
    assert said.code == 0
    assert "group Fair" in said.out
    assert "tag vip" in said.out
    assert connected("mapping", "remove", "vip").code == 0
    assert "tag vip" not in connected("mapping").out


def test_a_removed_row_is_gone_and_its_values_stay(synced: Cli) -> None:
    assert synced("mapping", "remove", "PHONE").code == 0
    assert "PHONE" not in synced("mapping").out
    synced.edit("ann@archer.example", phone="+44 1")
    assert synced("sync", "--yes").code == 0
    assert synced.member("ann@archer.example")["merge_fields"]["PHONE"] == "+44 20 7946 0002"


@pytest.mark.parametrize(
    ("words", "problem", "fix"),
    [
        (["set", "nope", "PHONE"], "The CRM has no field “nope”.", "It has: first_name"),
        (["set", "phone", "NOPE"], "The audience has no field “NOPE”.", "It has: FNAME"),
        (["set", "Fair", "CITY"], "“Fair” is something a person has or has not", "Map a group with a tag"),
        (["set", "city", "vip"], "“vip” is something a person has or has not", "Map a group with a tag"),
        (["set", "city", "ADDRESS"], "can't be kept in step", "listloop mapping fields"),
        (["remove", "nope"], "“nope” is not mapped.", "listloop mapping"),
        (["show", "--connection", "nope"], "There is no connection named “nope”.", "Built-in CRM – Newsletter"),
    ],
)
def test_what_cant_be_mapped_is_refused_and_the_mapping_stays(
    connected: Cli, words: list[str], problem: str, fix: str
) -> None:
    before = connected("mapping").out
    said = connected("mapping", *words)
    assert (said.code, said.out) == (1, "")
    assert problem in said.err
    assert fix in said.err
    assert connected("mapping").out == before


def test_the_fields_of_both_sides_are_listed_to_map_from(connected: Cli) -> None:
    said = connected("mapping", "fields")
    assert said.code == 0
    assert "birthday" in said.out
    assert "vip" in said.out
    fields = connected("mapping", "fields", "--json").json
    assert {"name": "phone", "title": "Phone", "type": "phone"} in fields["crm"]
    assert "PHONE" in [field["name"] for field in fields["mailchimp"]]
