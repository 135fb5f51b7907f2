"""Users on the command line: let in by a link, given roles and passwords, signed out, reset, removed; all is noted."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from listloop.cli import users as commands
from listloop.cli.main import app as command_line
from listloop.core.errors import NeedsAttention
from listloop.settings import Settings
from listloop.store import factors
from listloop.store.audit import entries
from listloop.store.identities import SECRET, Provider, provider
from listloop.store.passwords import user_with
from listloop.store.sessions import How, Visit, signed_in, use_link
from listloop.store.users import Role, find_user
from listloop.wiring import Listloop, open_listloop

OLA = "ola@halden-roos.example"
GOOD = "vier Wörter, ein Kranich"


@pytest.fixture
def listloop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listloop]:
    """An empty installation, which the commands work on, too."""
    path = str(tmp_path / "listloop.sqlite")
    monkeypatch.setenv("LISTLOOP_DATABASE", path)
    made = open_listloop(Settings(database=path, base_url="https://listloop.example"))
    yield made
    made.close()


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command, and read its JSON."""

    def run(*words: str) -> Any:
        capsys.readouterr()  # what an earlier command said
        assert command_line([*words, "--json"], exit_on_error=False, print_error=False) == 0
        return json.loads(capsys.readouterr().out)

    return run


def do(*words: str) -> None:
    assert command_line(list(words), exit_on_error=False, print_error=False) == 0


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{text}\n"))


def entered(listloop: Listloop, link: str) -> str:
    """Open the link; the session's token."""
    opened = use_link(
        listloop.engine, link.rsplit("/", 1)[1], Visit(How.LINK, "192.0.2.7", "Firefox, Linux"), listloop.now()
    )
    assert opened is not None
    return opened.token


def test_somebody_is_let_in_by_a_link_and_never_changed_by_being_let_in_again(listloop: Listloop, said: Any) -> None:
    first = said("user", "add", OLA, "--name", "Ola", "--role", "marketer")
    assert first["role"] == "marketer"
    again = said("user", "add", OLA, "--name", "Other", "--role", "administrator")
    assert (again["role"], again["link"] != first["link"]) == ("marketer", True)
    assert signed_in(listloop.engine, entered(listloop, again["link"]), listloop.now()) is not None
    [row] = said("user")
    assert row == {
        "email": OLA, "name": "Ola", "role": "marketer", "password": False, "second_factor": False,
        "single_sign_on": False, "browsers": 1,
    }  # fmt: skip


def test_a_password_that_is_piped_in_lets_in_and_signs_out_everywhere(
    listloop: Listloop, said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = entered(listloop, said("user", "add", OLA)["link"])
    typed(monkeypatch, GOOD)
    do("user", "password", OLA)
    assert user_with(listloop.engine, OLA, GOOD) is not None
    assert signed_in(listloop.engine, session, listloop.now()) is None
    typed(monkeypatch, "short")
    with pytest.raises(NeedsAttention, match="12 to 128 characters"):
        do("user", "password", OLA)


def test_sessions_are_listed_and_ended_one_or_all(listloop: Listloop, said: Any) -> None:
    tokens = [entered(listloop, said("user", "add", OLA)["link"]) for _ in range(3)]
    listed = said("user", "sessions", OLA)
    assert {(one["how"], one["browser"], one["address"]) for one in listed} == {("link", "Firefox, Linux", "192.0.2.7")}
    do("user", "sign-out", OLA, "--session", listed[0]["mark"])
    assert len(said("user", "sessions", OLA)) == 2
    do("user", "sign-out", OLA)
    assert [signed_in(listloop.engine, one, listloop.now()) for one in tokens] == [None] * 3


def test_who_lost_everything_is_reset_and_begins_anew(
    listloop: Listloop, said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said("user", "add", OLA)
    typed(monkeypatch, GOOD)
    do("user", "password", OLA)
    known = find_user(listloop.engine, OLA)
    assert known is not None
    uri = factors.begin(listloop.secrets, known, listloop.now())
    now = listloop.now()
    factors.confirm(
        listloop.engine, listloop.secrets, known, pyotp.TOTP(parse_qs(urlsplit(uri).query)["secret"][0]).at(now), now
    )
    assert said("user")[0]["second_factor"]
    link = said("user", "reset", OLA)["link"]
    assert said("user")[0] | {"browsers": 0} == {
        "email": OLA, "name": OLA, "role": "viewer", "password": False, "second_factor": False,
        "single_sign_on": False, "browsers": 0,
    }  # fmt: skip
    assert signed_in(listloop.engine, entered(listloop, link), listloop.now()) is not None, "by the link alone"


def test_roles_change_and_users_go_but_never_the_last_administrator(listloop: Listloop, said: Any) -> None:
    said("user", "add", OLA, "--role", "administrator")
    for words in (("role", OLA, "viewer"), ("remove", OLA)):
        with pytest.raises(NeedsAttention, match="last administrator"):
            do("user", *words)
    said("user", "add", "mia@halden-roos.example", "--role", "administrator")
    do("user", "role", OLA, "viewer")
    known = find_user(listloop.engine, OLA)
    assert known is not None
    assert known.role is Role.VIEWER
    do("user", "remove", OLA)
    assert find_user(listloop.engine, OLA) is None
    with pytest.raises(NeedsAttention, match="There is no user ola"):
        do("user", "link", OLA)


def test_a_second_factor_is_asked_from_whom_it_is_said(
    listloop: Listloop, said: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    session = entered(listloop, said("user", "add", OLA)["link"])
    for must, owes in (("everybody", True), ("administrators", False), ("nobody", False)):
        do("user", "second-factor", must)
        entry = signed_in(listloop.engine, session, listloop.now())
        assert entry is not None
        assert entry.owes is owes


def test_single_sign_on_is_set_up_with_a_secret_that_is_typed_and_switched_off(
    listloop: Listloop, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Known:
        """A provider that answers."""

        def __init__(self, *_given: object) -> None:
            pass

        def describe(self) -> None:
            pass

        def close(self) -> None:
            pass

    monkeypatch.setattr(commands, "Client", Known)
    typed(monkeypatch, "a secret")
    do("user", "sign-on", "--issuer", "https://login.example.com", "--client-id", "listloop", "--title", "Halden")
    with listloop.engine.begin() as db:
        assert provider(db) == Provider("https://login.example.com", "listloop", "Halden")
    assert listloop.secrets.get(SECRET) == "a secret"
    do("user", "sign-on", "--off")
    with listloop.engine.begin() as db:
        assert provider(db) is None
    assert SECRET not in listloop.secrets.names()
    with pytest.raises(NeedsAttention, match="begins with https://"):
        do("user", "sign-on", "--issuer", "http://login.example.com", "--client-id", "listloop")


def test_every_act_is_in_the_audit_log_with_who_and_that_it_was_a_command(listloop: Listloop, said: Any) -> None:
    said("user", "add", OLA)
    do("user", "sign-out", OLA)
    with listloop.engine.begin() as db:
        lines = entries(db)
    assert [one.what for one in lines] == [
        f"signed {OLA} out everywhere", f"made a sign-in link for {OLA}", f"let in {OLA} as viewer",
    ]  # fmt: skip
    assert {one.address for one in lines} == {"command line"}
    assert all(one.who for one in lines)
