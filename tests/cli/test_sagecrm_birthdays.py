"""A date of birth in Sage CRM and a birthday in Mailchimp: mapped by itself, both ways, year kept, taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from listloop.sandbox.sagecrm.server import start
from listloop.sandbox.server import Running
from tests.cli.stage import Cli
from tests.cli.test_sagecrm import person

BORN = {"Ann": "1980-02-28", "Bob": "1991-12-31", "Flo": None}


@pytest.fixture
def sage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """The stand-in with a column for the date of birth, which an administrator made."""
    monkeypatch.setenv("LISTLOOP_CRM_PASSWORD", "sage-listloop")
    columns = [{"name": "pers_born", "kind": "day", "title": "Date of birth"}]
    people = [
        {"pers_firstname": name, "pers_lastname": "Lee", "email": f"{name.lower()}@lee.example", "pers_mc_sync": "Y"}
        | ({"pers_born": born} if born else {})
        for name, born in BORN.items()
    ]
    with start(seed=1) as server:
        server.control("seed", {"columns": columns, "people": people})
        yield server


@pytest.fixture
def synced(cli: Cli, sage: Running) -> Cli:
    """Both sides in step; the audience has a birthday field."""
    with cli.api() as api:
        list_id = api.get("/lists").json()["lists"][0]["id"]
        field = {"tag": "BDAY", "name": "Birthday", "type": "birthday"}
        api.post(f"/lists/{list_id}/merge-fields", json=field).raise_for_status()
    given = ("--setting", f"address={sage.url}", "--setting", "user=listloop")
    assert cli.connect("--crm", "sagecrm", *given, "--consent", "agreed").code == 0
    assert cli("sync", "--yes").code == 0
    return cli


def birthday(cli: Cli, email: str) -> object:
    return cli.member(email)["merge_fields"]["BDAY"]


def test_beyond_a_date_of_birth_goes_with_the_birthday_without_being_told(synced: Cli) -> None:
    """Field mapping incl. the birthday."""
    row = next(one for one in synced("mapping", "--json").json if one["mailchimp"] == "BDAY")
    assert (row["crm"], row["direction"]) == ("pers_born", "both")
    assert [birthday(synced, f"{name}@lee.example") for name in ("ann", "bob", "flo")] == ["02/28", "12/31", ""]
    again = synced("sync", "--json").json
    assert again["counts"].get("mailchimp_done", 0) + again["counts"].get("crm_done", 0) == 0


def test_another_birthday_keeps_the_year_and_is_taken_back(synced: Cli, sage: Running) -> None:
    synced.member("ann@lee.example", merge_fields={"BDAY": "05/06"})
    assert synced("sync").code == 0
    assert person(sage, "Ann")["pers_born"] == "1980-05-06"
    assert synced("undo", "--person", "ann@lee.example", "--yes").code == 0
    assert person(sage, "Ann")["pers_born"] == "1980-02-28"
    done = synced("sync", "--json").json
    assert done["counts"].get("mailchimp_done", 0) + done["counts"].get("crm_done", 0) == 0
    assert (person(sage, "Ann")["pers_born"], birthday(synced, "ann@lee.example")) == ("1980-02-28", "05/06")
    assert "as a person decided" in synced("people", "show", "ann@lee.example").out


def test_a_corrected_year_alone_changes_nothing_in_mailchimp(synced: Cli, sage: Running) -> None:
    sage.control("people/edit", {"id": person(sage, "Bob")["pers_personid"], "pers_born": "1990-12-31"})
    done = synced("sync", "--json").json
    assert done["counts"].get("mailchimp_done", 0) == 0
    synced.member("bob@lee.example", merge_fields={"BDAY": "12/30"})
    assert synced("sync").code == 0
    assert person(sage, "Bob")["pers_born"] == "1990-12-30"


def test_a_birthday_without_a_year_invents_none(synced: Cli, sage: Running) -> None:
    """Flo has no date of birth in Sage CRM, and 1980 has a 29 February where 1991 has none."""
    synced.member("flo@lee.example", merge_fields={"BDAY": "07/08"})
    synced.member("bob@lee.example", merge_fields={"BDAY": "02/29"})
    synced("sync")
    assert (person(sage, "Flo").get("pers_born"), person(sage, "Bob")["pers_born"]) == (None, "1991-12-31")
    assert "a birthday has no year" in synced("people", "show", "flo@lee.example").out
    assert "1991 has no 29 February" in synced("people", "show", "bob@lee.example").out
