"""``listloop export-person`` and ``listloop forget`` over the sandbox's real HTTP."""

from __future__ import annotations

from tests.cli.stage import Cli, opened_book


def status(cli: Cli, email: str) -> int:
    """What Mailchimp answers to a question for this member."""
    with cli.api() as api:
        (audience,) = api.get("/lists").json()["lists"]
        return api.get(f"/lists/{audience['id']}/members/{email}").status_code


def test_everything_that_is_held_is_printed_to_read_and_as_json(synced: Cli) -> None:
    synced.edit("ann@archer.example", city="York")
    synced("sync")
    said = synced("export-person", "ann@archer.example")
    assert said.code == 0
    for words in ("standing: in_sync", "+44 20 7946 0002", "consent: subscribed", "what: field", "York"):
        assert words in said.out
    (held,) = synced("export-person", "ann@archer.example", "--json").json
    assert {one["person"]["email"] for one in held["records"]} == {"ann@archer.example"}
    parts = "connection person records refusals history plans drift campaigns deals inbox audit_log"
    assert set(parts.split()) == set(held)


def test_without_a_yes_nobody_is_forgotten(synced: Cli) -> None:
    said = synced("forget", "ann@archer.example")
    assert said.code == 3
    assert "This deletes Ann Archer for good" in said.err
    assert status(synced, "ann@archer.example") == 200


def test_who_is_forgotten_is_gone_on_both_sides_and_nothing_is_held(synced: Cli) -> None:
    assert synced("forget", "ann@archer.example", "--yes").code == 0
    assert status(synced, "ann@archer.example") == 404
    with opened_book(synced.database) as book:
        assert not book.people("ann@archer")
    said = synced("export-person", "ann@archer.example")
    assert (said.code, said.out) == (1, "")
    assert b"ann@archer.example" not in synced.database.read_bytes()
    assert synced("sync", "--json").json["counts"].get("crm_done", 0) == 0


def test_who_comes_back_waits_for_a_yes_and_may_come_back_after_it(synced: Cli) -> None:
    synced("forget", "eve@evans.example", "--yes")
    synced("people", "add", "eve@evans.example", "--set", "last_name=Evans")
    synced("sync")
    (eve,) = synced("people", "show", "eve@evans.example", "--json").json
    assert (eve["standing"], eve["rule"]) == ("waiting", "erased")
    assert "may come back" in synced("forget", "eve@evans.example", "--lift").out
    synced("sync")
    (eve,) = synced("people", "show", "eve@evans.example", "--json").json
    assert eve["rule"] != "erased"


def test_what_cant_be_done_is_said(synced: Cli) -> None:
    for words, problem in (
        (["forget", "no@body.example", "--yes"], "Nobody has the address"),
        (["forget", "no@body.example", "--lift"], "was never forgotten"),
        (["export-person", "no@body.example"], "holds nothing on"),
    ):
        said = synced(*words)
        assert said.code == 1
        assert problem in said.err
