"""``listloop people``: one person with both sides, and who takes part."""

from __future__ import annotations

import pytest

from tests.cli.stage import Cli, opened_book


def test_a_person_is_shown_with_both_sides_and_what_differs(connected: Cli) -> None:
    connected("sync")
    said = connected("people", "show", "ANN@archer.example ")
    assert said.code == 0
    assert "Ann Archer — waiting" in said.out
    phone = next(line for line in said.out.splitlines() if line.startswith("Phone"))
    assert "+44 20 7946 0002" in phone
    assert "+44 20 7946 0001" in phone
    assert phone.rstrip().endswith("differs")


def test_a_script_gets_records_standing_and_which_fields_agree(synced: Cli) -> None:
    (ann,) = synced("people", "show", "ann@archer.example", "--json").json
    assert list(ann) == ["standing", "rule", "reason", "crm", "mailchimp", "linked_by", "fields"]
    assert ann["standing"] == "in_sync"
    assert {"crm": "phone", "mailchimp": "PHONE", "agrees": True} in ann["fields"]
    assert ann["crm"]["mailchimp_id"] == ann["mailchimp"]["key"]


def test_who_is_not_there_is_said(synced: Cli) -> None:
    for command in (["people", "show"], ["history"]):
        said = synced(*command, "nobody@nowhere.example")
        assert said.code == 1
        assert "Nobody has the address nobody@nowhere.example." in said.err
        assert "→ Check the spelling" in said.err


@pytest.mark.parametrize(
    ("words", "words_said", "changed"),
    [
        (["--group", "Fair"], "2 people", {"ann@archer.example", "bob@brown.example"}),
        (["--where", "city=LEEDS"], "1 person", {"bob@brown.example"}),
        (["--where", "first_name=Bob", "--where", "city=York"], "0 people", set()),
        (["--email", "ann@archer.example"], "1 person", {"ann@archer.example"}),
        (["--all"], "4 people", {"ann@archer.example", "bob@brown.example", "otto@out.example", ""}),
    ],
)
def test_the_flag_is_set_for_whom_was_said(
    connected: Cli, words: list[str], words_said: str, changed: set[str]
) -> None:
    said = connected("people", "flag", "no", *words)
    assert said.code == 0
    assert said.out == f"Sync with Mailchimp set to No for {words_said}; the next run does the rest.\n"
    with opened_book(connected.database) as book:
        assert {one.email for one in book.people() if one.takes_part is False} == changed
    assert connected("people", "flag", "no", *words, "--json").json == {"changed": 0}


def test_a_flag_set_to_no_archives_the_member_and_yes_brings_it_back(synced: Cli) -> None:
    assert synced("people", "flag", "no", "--email", "ann@archer.example").code == 0
    assert synced("sync").code == 0
    with synced.api() as api:
        (audience,) = api.get("/lists").json()["lists"]
        there = f"/lists/{audience['id']}/members/ann@archer.example"
        assert api.get(there).json()["status"] == "archived"
        assert synced("people", "flag", "yes", "--email", "ann@archer.example").code == 0
        assert synced("sync").code == 0
        assert api.get(there).json()["status"] == "subscribed"


@pytest.mark.parametrize(
    ("words", "code", "problem", "fix"),
    [
        (["yes"], 2, "--group, --where, --email or --all", "--help"),
        (["maybe", "--all"], 2, "yes", "--help"),
        (["yes", "--group", "Nope"], 1, "There is no group “Nope”.", "“Fair”"),
        (["yes", "--where", "city"], 1, "“city” is not of the form FIELD=VALUE.", "city=Berlin"),
        (["yes", "--where", "nope=1"], 1, "no field “nope”", "first_name"),
    ],
)
def test_nobody_is_flagged_by_mistake(connected: Cli, words: list[str], code: int, problem: str, fix: str) -> None:
    said = connected("people", "flag", *words)
    assert (said.code, said.out) == (code, "")
    assert problem in said.err
    assert fix in said.err
    with opened_book(connected.database) as book:
        assert {one.takes_part for one in book.people()} == {None}


def test_a_person_is_added_to_the_built_in_crm(connected: Cli) -> None:
    words = ["--set", "first_name=Zoe", "--set", "last_name=Zimmer", "--set", "company=Zimmer = Co", "--group", "Fair"]
    said = connected("people", "add", "zoe@zimmer.example", *words)
    assert (said.code, said.out) == (0, "zoe@zimmer.example is in the built-in CRM; the next run does the rest.\n")
    with opened_book(connected.database) as book:
        (zoe,) = book.people("zoe")
    assert zoe.person.fields["company"] == "Zimmer = Co"
    assert zoe.takes_part is True
    assert len(zoe.person.labels) == 1


@pytest.mark.parametrize(
    ("words", "problem", "fix"),
    [
        (["ann@archer.example"], "ann@archer.example is in the built-in CRM already", "on the pages"),
        (["z@z.example", "--set", "nope=1"], "no field “nope”", "first_name"),
        (["z@z.example", "--set", "last_name=Z", "--set", "birthday=soon"], "“soon” can't be stored", "Write it as"),
        (["z@z.example"], "needs a value in “Last name”", "Fill in that field."),
        (["z@z.example", "--group", "Nope"], "There is no group “Nope”.", "“Fair”"),
        (["z@z.example", "--set", "last_name=Z", "--set", f"city={'x' * 600}"], "too long", "Shorten it"),
    ],
)
def test_what_cant_be_added_is_refused_and_nobody_is_made(
    connected: Cli, words: list[str], problem: str, fix: str
) -> None:
    said = connected("people", "add", *words)
    assert (said.code, said.out) == (1, "")
    assert problem in said.err
    assert fix in said.err
    with opened_book(connected.database) as book:
        assert book.count() == 4
