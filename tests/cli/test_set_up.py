"""The set-up behind the pages, against the sandbox: each end is checked before it is kept, and nothing secret stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from fastapi import FastAPI

from listloop.cli.set_up import Drafting
from listloop.core.errors import ListloopError, NeedsAttention
from listloop.core.side import Adapter, Crm
from listloop.crm.registry import adapter
from listloop.sandbox.maximizer.server import start
from listloop.sandbox.server import Running
from listloop.settings import Settings
from listloop.store.audit import entries
from listloop.store.connections import change_connection
from listloop.wiring import Listloop, open_listloop
from tests.cli.stage import KEY, Cli
from tests.web.server import serving

BACK = "https://ours.example/oauth/crm"
WHO = "marta@halden-roos.example"


@pytest.fixture
def listloop(cli: Cli) -> Iterator[Listloop]:
    """The installation of the stage, opened."""
    with closing(open_listloop(Settings(database=str(cli.database)))) as opened:
        yield opened


@pytest.fixture
def setup(listloop: Listloop) -> Drafting:
    """The set-up on it."""
    return Drafting(listloop)


def connected(setup: Drafting, cli: Cli) -> int:
    draft = setup.begin("local", {}, WHO)
    setup.sign_in(draft, KEY, f"{cli.mailchimp.url}/3.0", WHO)
    [only] = setup.audiences(draft)
    return setup.connect(draft, only.id, "Mine", WHO)


def test_a_connection_is_made_off_the_schedule_with_a_proposed_mapping(
    cli: Cli, listloop: Listloop, setup: Drafting
) -> None:
    made = listloop.connection(str(connected(setup, cli)))
    assert made.next_run is None
    assert {"FNAME", "LNAME", "COMPANY"} <= {row.mailchimp.name for row in made.rules.rows}
    assert set(cli.mailchimp.control("journal")["by_method"]) == {"GET"}


def test_a_finished_set_up_leaves_no_draft_and_no_secret_of_it(cli: Cli, listloop: Listloop, setup: Drafting) -> None:
    connected(setup, cli)
    assert setup.drafts() == []
    assert not [name for name in listloop.secrets.names() if name.startswith("draft/")]
    with listloop.engine.begin() as db:
        assert [one.what for one in entries(db)][:1] == ["connected Mine"]


def test_a_dropped_set_up_leaves_nothing(cli: Cli, listloop: Listloop, setup: Drafting) -> None:
    draft = setup.begin("local", {}, WHO)
    setup.sign_in(draft, KEY, f"{cli.mailchimp.url}/3.0", WHO)
    setup.drop(draft, WHO)
    assert not [name for name in listloop.secrets.names() if name.startswith("draft/")]
    with pytest.raises(NeedsAttention, match="finished, or was dropped"):
        setup.draft(draft)


def test_a_key_that_does_not_work_is_not_kept(cli: Cli, listloop: Listloop, setup: Drafting) -> None:
    draft = setup.begin("local", {}, WHO)
    with pytest.raises(ListloopError, match="does not accept the API key"):
        setup.sign_in(draft, "g" * 32 + "-us1", f"{cli.mailchimp.url}/3.0", WHO)
    assert not [name for name in listloop.secrets.names() if name.startswith("draft/")]


def test_the_audiences_are_told_with_their_size(cli: Cli, setup: Drafting) -> None:
    draft = setup.begin("local", {}, WHO)
    setup.sign_in(draft, KEY, f"{cli.mailchimp.url}/3.0", WHO)
    assert [(one.name, one.members) for one in setup.audiences(draft)] == [("Newsletter", 2)]


def test_the_example_is_somebody_of_both_sides(cli: Cli, setup: Drafting) -> None:
    example = setup.example(connected(setup, cli))
    assert example.crm is not None
    assert example.mailchimp is not None
    assert example.crm.email == example.mailchimp.email == "ann@archer.example"


def test_a_merge_field_is_made_and_mapped(cli: Cli, listloop: Listloop, setup: Drafting) -> None:
    number = connected(setup, cli)
    setup.make_field(number, "country", WHO)
    row = listloop.connection(str(number)).rules.rows[-1]
    assert (row.crm.name, row.mailchimp.name) == ("country", "COUNTRY")
    with cli.api() as api:
        [audience] = api.get("/lists").json()["lists"]
        fields = api.get(f"/lists/{audience['id']}/merge-fields", params={"count": 100}).json()["merge_fields"]
    assert "COUNTRY" in {one["tag"] for one in fields}


def test_an_unknown_field_makes_no_merge_field(cli: Cli, setup: Drafting) -> None:
    with pytest.raises(NeedsAttention, match="no longer has this field"):
        setup.make_field(connected(setup, cli), "nope", WHO)


def test_opt_outs_cross_as_soon_as_a_second_audience_of_the_account_is_connected(
    cli: Cli, listloop: Listloop, setup: Drafting
) -> None:
    first = connected(setup, cli)
    assert not listloop.connection(str(first)).rules.everywhere
    with cli.api() as api:
        [known] = api.get("/lists").json()["lists"]
        body = {one: known[one] for one in ("contact", "campaign_defaults", "permission_reminder", "email_type_option")}
        api.post("/lists", json={**body, "name": "Second"}).raise_for_status()
    draft = setup.begin("local", {}, WHO)
    setup.sign_in(draft, KEY, f"{cli.mailchimp.url}/3.0", WHO)
    there = {one.name: one for one in setup.audiences(draft)}
    assert {name: one.kept_by for name, one in there.items()} == {"Newsletter": "Mine", "Second": ""}
    second = setup.connect(draft, there["Second"].id, "Other", WHO)
    assert [listloop.connection(str(one)).rules.everywhere for one in (first, second)] == [True, True]


def test_a_webhook_is_made_and_removed_and_without_an_address_it_says_what_is_missing(
    cli: Cli, listloop: Listloop, setup: Drafting
) -> None:
    number = connected(setup, cli)
    assert setup.hook(number).address == ""
    with pytest.raises(NeedsAttention, match="where this service can be reached"):
        setup.use_hook(number, True, WHO)
    answers = FastAPI()
    answers.add_api_route("/{path:path}", lambda: "here")
    with serving(answers) as base:
        listloop.settings.webhook_url = base
        setup.use_hook(number, True, WHO)
    assert (setup.hook(number).state, setup.hook(number).off) == ("works", False)
    setup.use_hook(number, False, WHO)
    assert (setup.hook(number).state, setup.hook(number).off) == ("", True)
    with listloop.engine.begin() as db:
        assert [one.what for one in entries(db)][:1] == ["removed the webhook of Mailchimp"]


@pytest.fixture
def maximizer() -> Iterator[Running]:
    """A CRM with a sign-in page of its own, whose tokens are good once."""
    with start(seed=1) as running:
        yield running


def came_back(setup: Drafting, place: str) -> None:
    """Somebody says yes on the CRM's own page, and is led back."""
    page = setup.ask_crm(place, BACK, "state")
    answer = dict(parse_qsl(urlsplit(httpx2.get(page).headers["location"]).query))
    setup.crm_came_back(place, answer["code"], BACK, WHO)


def test_a_crm_is_signed_in_to_on_its_own_page_and_stays_so(
    cli: Cli, listloop: Listloop, setup: Drafting, maximizer: Running
) -> None:
    """From the draft to the connection, and again when the sign-in has ended; each new token is kept."""
    address = f"{maximizer.url}/MaximizerWebData/Data.svc/json"
    draft = setup.begin("maximizer", {"address": address, "client": "ours", "client_secret": "hidden"}, WHO)
    assert setup.draft(draft).crm_title == ""
    with pytest.raises(NeedsAttention, match="did not accept"):
        setup.crm_came_back(f"draft/{draft}", "invented", BACK, WHO)
    came_back(setup, f"draft/{draft}")
    assert "Maximizer, Address Book" in setup.draft(draft).crm_title
    setup.sign_in(draft, KEY, f"{cli.mailchimp.url}/3.0", WHO)
    number = setup.connect(draft, setup.audiences(draft)[0].id, "Mine", WHO)
    shown = setup.crm_settings(number)
    assert shown["client"] == "ours"
    assert not {"client_secret", "refresh"} & set(shown)
    for _ in range(2):
        with closing(listloop.crm_of(listloop.connection(str(number)))) as crm:
            assert crm.check().problems == ()
    maximizer.control("users", {"uid": "SYNC", "revoke": 1})
    with closing(listloop.crm_of(listloop.connection(str(number)))) as crm, pytest.raises(NeedsAttention):
        crm.check()
    came_back(setup, f"connection/{number}")
    with closing(listloop.crm_of(listloop.connection(str(number)))) as crm:
        assert crm.check().problems == ()


def test_a_crms_password_is_exchanged_once_it_opens_the_same_crm(
    cli: Cli, listloop: Listloop, setup: Drafting, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, right = adapter("local"), {"old"}

    def guarded(settings: Mapping[str, str]) -> Crm:
        if settings["password"] not in right:
            raise NeedsAttention("The CRM does not accept the password.", "Check it.")
        return book.open(settings)

    locked = Adapter("local", "Locked", guarded, (*book.settings, ("password", "Password")), frozenset({"password"}))
    for place in ("listloop.wiring", "listloop.cli.set_up", "listloop.crm.registry"):
        monkeypatch.setattr(f"{place}.adapter", lambda _name: locked)
    draft = setup.begin("local", {"password": "old"}, WHO)
    setup.sign_in(draft, KEY, f"{cli.mailchimp.url}/3.0", WHO)
    number = setup.connect(draft, setup.audiences(draft)[0].id, "Mine", WHO)
    with closing(listloop.crm_of(listloop.connection(str(number)))) as crm:
        here = crm.check()
    with listloop.engine.begin() as db:
        change_connection(db, number, crm_identity=here.identity, crm_title=here.title)
    right.add("new")
    with pytest.raises(NeedsAttention, match="does not accept the password"):
        setup.change_crm(number, {"password": "wrong"}, WHO)
    setup.change_crm(number, {"password": "new"}, WHO)
    right.remove("old")
    setup.change_crm(number, {"password": ""}, WHO)
    assert "password" not in setup.crm_settings(number)
    with listloop.engine.begin() as db:
        change_connection(db, number, crm_identity="another")
    with pytest.raises(NeedsAttention, match="was made for"):
        setup.change_crm(number, {"password": "new"}, WHO)
