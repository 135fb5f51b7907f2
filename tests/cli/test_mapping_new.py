"""``listloop mapping``: fields, groups and choices that one side lacks are shown first, and made by a yes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from listloop.core.side import Field, FieldType
from tests.cli.stage import Cli, opened_book

WINE = Field("wine", "Wine list", FieldType.CHOICES, ("Dry", "Red"))
SIZE = Field("size", "Size", FieldType.CHOICE, ("S", "M"))


@pytest.fixture
def listed(cli: Cli) -> Cli:
    """Connected, with lists in the CRM."""
    with opened_book(cli.database) as book:
        for one in (WINE, SIZE, Field("their_id", "MailChimp ID")):
            book.add_field(one)
    assert cli.connect("--consent", "agreed").code == 0
    return cli


def audience(cli: Cli, path: str = "merge-fields") -> list[dict[str, Any]]:
    with cli.api() as api:
        (found,) = api.get("/lists").json()["lists"]
        rows = api.get(f"/lists/{found['id']}/{path}", params={"count": 100}).json()
    made: list[dict[str, Any]] = rows[path.replace("-", "_")]
    return made


def test_a_new_merge_field_is_shown_before_it_is_made(listed: Cli) -> None:
    said = listed("mapping", "set", "custom:size", "SIZE", "--new")
    assert said.code == 3
    assert "Mailchimp gets the field “Size” (SIZE), one choice with the choices S, M." in said.out
    assert "most plans allow 30, larger ones 80" in said.out
    assert "SIZE" not in [one["tag"] for one in audience(listed)]
    assert listed("mapping", "set", "custom:size", "SIZE", "--new", "--yes").code == 0
    (made,) = [one for one in audience(listed) if one["tag"] == "SIZE"]
    assert (made["name"], made["type"], made["public"], made["options"]["choices"]) == (
        "Size", "dropdown", False, ["S", "M"]
    )  # fmt: skip
    assert "SIZE" in listed("mapping").out


def test_a_merge_tag_is_found_for_a_title(listed: Cli) -> None:
    assert "(NEWSLETTER)" in listed("mapping", "set", "language", "Newsletter language", "--new").out


def test_a_field_that_the_crm_lacks_is_made_there(listed: Cli) -> None:
    said = listed("mapping", "set", "custom:town", "CITY", "--new", "--yes")
    assert (said.code, "The CRM gets the field “town”, text." in said.out) == (0, True)
    assert "town (custom:town)" in said.out


def test_a_group_gets_a_tag_of_its_own(listed: Cli) -> None:
    assert "Mailchimp gets the tag “Fair 2026”." in listed("mapping", "set", "Fair", "Fair 2026", "--new", "--yes").out
    assert listed("people", "flag", "yes", "--group", "Fair").code == 0
    assert listed("sync", "--yes").code == 0
    assert [one["name"] for one in listed.member("bob@brown.example")["tags"]] == ["Fair 2026"]


def test_a_list_goes_with_the_groups_of_a_category(listed: Cli) -> None:
    shown = listed("mapping", "set", "Wine list", "Wines", "--new")
    assert (shown.code, "Mailchimp gets the interest “Wines: Red”." in shown.out) == (3, True)
    assert "at most 60" in shown.out
    assert listed("mapping", "set", "Wine list", "Wines").code == 1
    assert listed("mapping", "set", "Wine list", "Wines", "--new", "--yes").code == 0
    listed.edit("bob@brown.example", **{"custom:wine": "Dry\nRed"})
    listed("people", "flag", "yes", "--email", "bob@brown.example")
    assert listed("sync", "--yes").code == 0
    chosen = listed.member("bob@brown.example")["interests"]
    assert list(chosen.values()) == [True, True]
    listed.edit("bob@brown.example", **{"custom:wine": "Red"})
    assert listed("sync").code == 0
    assert sorted(listed.member("bob@brown.example")["interests"].values()) == [False, True]


def test_a_list_goes_with_tags(listed: Cli) -> None:
    assert "Mailchimp gets the tag “Dry”." in listed("mapping", "set", "Wine list", "tags", "--new", "--yes").out


def test_a_list_goes_with_a_text(listed: Cli) -> None:
    assert listed("mapping", "set", "custom:wine", "CITY").code == 0


def test_choices_that_one_side_lacks_are_made(listed: Cli) -> None:
    listed("mapping", "set", "custom:size", "SIZE", "--new", "--yes")
    assert "nothing is to be made" in listed("mapping", "prepare").out
    with opened_book(listed.database) as book:
        book.add_field(Field("custom:size", "Size", FieldType.CHOICE, ("XL",)))
    shown = listed("mapping", "prepare")
    assert (shown.code, "Mailchimp: “Size” gets the choices XL." in shown.out) == (3, True)
    assert listed("mapping", "prepare", "--yes").code == 0
    (made,) = [one for one in audience(listed) if one["tag"] == "SIZE"]
    assert made["options"]["choices"] == ["S", "M", "XL"]


def test_an_address_in_parts_goes_with_a_whole_one(listed: Cli) -> None:
    said = listed("mapping", "set", "street,city,postal_code,country", "ADDRESS")
    assert (said.code, "Street, City, Postal code, Country" in said.out) == (0, True)
    assert "parts:" not in said.out
    listed.edit("bob@brown.example", street="Ring 1", postal_code="1010", city="Wien", country="Österreich")
    listed("people", "flag", "yes", "--email", "bob@brown.example")
    assert "Ring 1, Wien, 1010, AT" in listed("preview").out
    assert listed("sync", "--yes").code == 0
    there = listed.member("bob@brown.example")["merge_fields"]["ADDRESS"]
    assert (there["addr1"], there["country"], there["state"]) == ("Ring 1", "AT", "-")
    assert "Ring 1, Wien, 1010, Österreich" in listed("people", "show", "bob@brown.example").out
    listed.member("bob@brown.example", merge_fields={"ADDRESS": {**there, "addr1": "Ring 2"}})
    assert listed("sync").code == 0
    bob = listed("people", "show", "bob@brown.example", "--json").json
    assert json.dumps(bob).count("Ring 2") >= 2


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["street,language", "ADDRESS"], "Which part of an address is “language”?"),
        (["street,nowhere", "ADDRESS"], "The CRM has no field “nowhere”."),
        (["addr9=street,city", "ADDRESS"], "Which part of an address is “street”?"),
        (["nope", "NOPE", "--new"], "Neither the CRM has “nope” nor the audience “NOPE”."),
    ],
)
def test_what_cant_be_understood_is_told(listed: Cli, words: list[str], problem: str) -> None:
    said = listed("mapping", "set", *words)
    assert (said.code, problem in said.err) == (1, True)


def test_the_field_of_an_earlier_connectors_ids_is_read_and_never_mapped(listed: Cli) -> None:
    with listed.api() as api:
        ann = api.get("/search-members", params={"query": "ann@archer.example"}).json()["exact_matches"]["members"][0]
    listed.edit("ann@archer.example", **{"custom:their_id": ann["unique_email_id"]})
    with opened_book(listed.database) as book:
        book.edit_person(book.people("ann@archer.example")[0].key, {}, "new@archer.example")
    assert listed("mapping", "older-id", "MailChimp ID").code == 0
    refused = listed("mapping", "set", "custom:their_id", "CITY")
    assert (refused.code, "earlier connector" in refused.err) == (1, True)
    said = listed("preview")
    assert "by an earlier connector's id" in said.out
    assert listed("mapping", "older-id", "none").code == 0
    assert listed("mapping", "older-id", "nope").code == 1


def test_a_choice_is_renamed_and_removed_for_everybody_by_one_call(listed: Cli) -> None:
    listed("mapping", "set", "custom:size", "SIZE", "--new", "--yes")
    listed.edit("bob@brown.example", **{"custom:size": "M"})
    listed("people", "flag", "yes", "--email", "bob@brown.example")
    assert listed("sync", "--yes").code == 0
    said = listed("mapping", "rename-choice", "SIZE", "M", "Medium")
    assert (said.code, "1 person moved in the CRM." in said.out) == (0, True)
    assert listed.member("bob@brown.example")["merge_fields"]["SIZE"] == "Medium"
    (made,) = [one for one in audience(listed) if one["tag"] == "SIZE"]
    assert made["options"]["choices"] == ["S", "Medium"]
    ran = listed("sync")
    assert (ran.code, "0 written to the CRM, 0 to Mailchimp" in ran.out) == (0, True)
    assert listed("mapping", "remove-choice", "custom:size", "Medium", "--to", "S").code == 0
    assert listed.member("bob@brown.example")["merge_fields"]["SIZE"] == "S"
    missing = listed("mapping", "remove-choice", "SIZE", "Medium")
    assert (missing.code, "has no choice “Medium”" in missing.err) == (1, True)
    assert listed("mapping", "rename-choice", "nope", "a", "b").code == 1


def test_a_choice_of_a_list_that_is_mapped_to_groups_is_renamed_there_too(listed: Cli) -> None:
    listed("mapping", "set", "Wine list", "Wines", "--new", "--yes")
    listed.edit("bob@brown.example", **{"custom:wine": "Dry\nRed"})
    listed("people", "flag", "yes", "--email", "bob@brown.example")
    assert listed("sync", "--yes").code == 0
    chosen = listed.member("bob@brown.example")["interests"]
    said = listed("mapping", "rename-choice", "Wine list", "Red", "Rouge")
    assert (said.code, "1 person moved in the CRM." in said.out) == (0, True)
    assert "interest Wines: Rouge" in listed("mapping").out
    ran = listed("sync")
    assert (ran.code, "to Mailchimp" in ran.out) == (0, True), "no yes is asked for again"
    assert listed.member("bob@brown.example")["interests"] == chosen
    with opened_book(listed.database) as book:
        assert book.people("bob@brown.example")[0].person.fields["custom:wine"] == "Dry\nRouge"
    assert listed("mapping", "remove-choice", "Wine list", "Dry").code == 0
    assert "Wines: Dry" not in listed("mapping").out
    assert listed("sync").code == 0
    assert listed.member("bob@brown.example")["interests"] == chosen, "what is no longer mapped is left alone"


@pytest.mark.parametrize("name", ["Wine list", "custom:wine", "Wines"])
def test_a_list_is_taken_out_of_the_mapping_as_a_whole(listed: Cli, name: str) -> None:
    listed("mapping", "set", "Wine list", "Wines", "--new", "--yes")
    assert listed("mapping", "remove", name).code == 0
    assert "Wines" not in listed("mapping").out
