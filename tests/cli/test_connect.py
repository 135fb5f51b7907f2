"""``listloop connect`` and ``listloop crms``: what is asked, what is refused, and that a refusal leaves nothing."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing

import pytest

from listloop.settings import Settings
from listloop.store.connections import pause
from listloop.wiring import Listloop, key_name, open_listloop
from tests.cli.stage import KEY, Cli


def installation(cli: Cli) -> AbstractContextManager[Listloop]:
    return closing(open_listloop(Settings(database=str(cli.database))))


def test_one_audience_needs_no_choice_and_the_mapping_is_proposed(cli: Cli) -> None:
    said = cli.connect()
    assert (said.code, said.err) == (0, "")
    assert "Connected “Built-in CRM – Newsletter”." in said.out
    assert "Company (company)" in said.out
    assert (
        "→ Change it with “listloop mapping set”; see what the first run would do with “listloop preview”." in said.out
    )


def test_a_script_learns_the_number_of_the_connection(cli: Cli) -> None:
    audience = cli.mailchimp.control("seed", {"lists": [{"name": "Newsletter"}]})["lists"][0]["id"]
    said = cli.connect("--name", "Mine", "--json")
    assert said.json == {"connection": 1, "name": "Mine", "audience": audience, "rows": 5}


def test_nothing_is_written_by_connecting(cli: Cli) -> None:
    cli.connect()
    assert set(cli.mailchimp.control("journal")["by_method"]) == {"GET"}


def test_several_audiences_are_named_to_choose_from(cli: Cli) -> None:
    cli.mailchimp.control("seed", {"lists": [{"id": "0ther00000", "name": "Other"}]})
    said = cli.connect()
    assert said.code == 1
    assert "The account has several audiences." in said.err
    assert "--audience: Newsletter (" in said.err
    assert "Other (0ther00000)" in said.err
    assert cli.connect("--audience", "Other").code == 0
    assert cli.connect("--audience", "0ther00000", "--name", "By its id").code == 0


@pytest.mark.parametrize(
    ("words", "code", "problem", "fix"),
    [
        (["--audience", "Nope"], 1, "There is no audience “Nope”.", "Newsletter ("),
        (["--crm", "nope"], 1, "There is no CRM named “nope”.", "Choose one of: local"),
        (["--setting", "x=1"], 1, "“x=1” is no setting of the CRM “local”.", "book"),
        (["--setting", "book"], 1, "“book” is no setting", "NAME=VALUE"),
        (["--key", "nonsense", "--base-url", ""], 1, "This is not a Mailchimp API key", "Make a new API key"),
        (["--key", "g" * 32 + "-us1"], 1, "Mailchimp does not accept the API key", "Make a new API key"),
        (["--key", "ключ"], 1, "This is not a Mailchimp API key", "Make a new API key"),
        (["--base-url", "127.0.0.1:8300"], 1, "is no address of an API", "--base-url"),
        (
            ["--base-url", "http://127.0.0.1:1/3.0"],
            1,
            "127.0.0.1 could not be reached.",
            "Check its name, and that this machine",
        ),
        (["--consent", "perhaps"], 2, "agreed", "--help"),
        (["--every", "soon"], 1, "no schedule", "Say for example"),
        (["--every=-5"], 1, "no schedule", "Say for example"),
    ],
)
def test_bad_input_is_refused_with_the_next_step(cli: Cli, words: list[str], code: int, problem: str, fix: str) -> None:
    said = cli.connect(*words)
    assert (said.code, said.out) == (code, "")
    assert problem in said.err
    assert fix in said.err
    assert "There is no connection yet." in cli("status").out


def test_a_key_never_appears_in_what_is_said(cli: Cli) -> None:
    cli.mailchimp.control("reset", {"seed": 1})
    wrong = "f" * 32 + "-us7x"
    for key in (KEY, wrong):
        said = cli.connect("--key", key)
        assert said.code == 1
        assert key not in said.out + said.err


def test_an_account_without_any_audience_says_what_to_do(cli: Cli) -> None:
    cli.mailchimp.control("reset", {"seed": 1})
    said = cli.connect()
    assert said.code == 1
    assert "no audience" in said.err
    assert "→ " in said.err


def test_without_a_key_and_without_a_terminal_it_says_where_to_put_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAILCHIMP_API_KEY")
    said = cli.connect()
    assert said.code == 1
    assert "The Mailchimp API key is missing." in said.err
    assert "Set MAILCHIMP_API_KEY, or give it with --key." in said.err


def test_two_connections_have_different_names(cli: Cli) -> None:
    assert cli.connect().code == 0
    said = cli.connect()
    assert said.code == 1
    assert "There is a connection named “Built-in CRM – Newsletter” already." in said.err
    assert "--name" in said.err


def test_the_crms_are_listed_with_their_settings(cli: Cli) -> None:
    assert "local        Built-in CRM" in cli("crms").out
    assert {"name": "local", "title": "Built-in CRM", "settings": ["book"]} in cli("crms", "--json").json


def test_a_new_key_takes_the_place_of_a_revoked_one_and_ends_the_pause(cli: Cli) -> None:
    cli.connect()
    new = "fedcba9876543210fedcba9876543210-us1"
    with installation(cli) as listloop, listloop.engine.begin() as db:
        pause(db, 1, "Mailchimp does not accept the API key.", "Make a new one.")
    assert cli("key", "--key", new).code == 0
    with installation(cli) as listloop:
        assert listloop.secrets.get(key_name(1)) == new
        assert listloop.connection().paused == ""


def test_a_key_that_does_not_open_the_audience_changes_nothing(cli: Cli) -> None:
    cli.connect()
    said = cli("key", "--key", "g" * 32 + "-us1")
    assert (said.code, said.out) == (1, "")
    assert "Mailchimp does not accept the API key." in said.err
    with installation(cli) as listloop:
        assert listloop.secrets.get(key_name(1)) == KEY


def test_a_second_audience_is_warned_about_and_opt_outs_cross(connected: Cli) -> None:
    with connected.api() as api:
        [known] = api.get("/lists").json()["lists"]
        body = {one: known[one] for one in ("contact", "campaign_defaults", "permission_reminder", "email_type_option")}
        api.post("/lists", json={**body, "name": "Second"}).raise_for_status()
    said = connected("connect", "--base-url", f"{connected.mailchimp.url}/3.0", "--key", KEY, "--audience", "Second")
    assert "who is in both counts twice" in said.out
    assert "An opt-out in one of them now counts in all" in said.out
