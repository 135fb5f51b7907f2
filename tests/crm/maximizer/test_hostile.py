"""What a Maximizer that lies, breaks or refuses can't do: lose anything unseen, or leave people without words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from listloop.core.errors import ListloopError, NeedsAttention, RecordRejected, TryLater
from listloop.core.people import Consent, Patch
from listloop.core.side import Change
from listloop.crm.maximizer import MaximizerCrm
from listloop.crm.maximizer.client import Credentials, Octopus
from listloop.crm.maximizer.options import adapter
from listloop.sandbox.server import Running
from listloop.testing.side.steps import create, new, people, read, refused, shown, update, write
from tests.crm.maximizer.hands import SIGN_IN, MaximizerHands, made


def test_a_lying_yes_is_told(crm: MaximizerCrm, hands: MaximizerHands) -> None:
    """A damaged entry answers Code 0 and stores no flag and no ID: that is its own error, tried again."""
    bad, good = people(crm, 2)
    hands.do("people/mark", {"key": bad.key, "damaged": True})
    patch = Patch(takes_part=False, mailchimp_id="f" * 32)
    outcomes = write(crm, (bad.key, patch), (good.key, patch))
    error = refused(outcomes[0])
    assert (error.code, error.permanent) == ("not-stored", False)
    assert "Person 1" in error.problem
    assert outcomes[1].error is None


def test_a_field_that_vanished_stops_the_reading_in_words(crm: MaximizerCrm, hands: MaximizerHands) -> None:
    """Zero rows for an unknown field are not taken for an empty Address Book."""
    people(crm, 3)
    read(crm)
    gone = next(number for number, one in hands.server.standin.state.udfs.items() if one.name == "Region")
    del hands.server.standin.state.udfs[gone]
    with pytest.raises(NeedsAttention, match="“Region”"):
        read(crm)
    assert len(read(crm)[0]) == 3  # the fields are read anew


def test_no_one_is_an_empty_book_only_when_there_is_no_one(crm: MaximizerCrm) -> None:
    """An Address Book without people reads as empty, without an error."""
    assert read(crm)[0] == {}


@pytest.mark.parametrize("kind", ["truncated", "malformed", "cut", "html", "500", "503"])
def test_a_bad_line_is_tried_again(crm: MaximizerCrm, hands: MaximizerHands, kind: str) -> None:
    """Half answers, HTML pages and faults of the server lose nobody, in mid-reading as well."""
    made_ = {one.key for one in people(crm, 25)}
    hands.do("faults", {"kind": kind, "path": "*/Read", "times": 3, "ms": 1})
    assert read(crm)[0].keys() == made_


def test_a_creation_whose_answer_is_lost_is_not_made_twice(crm: MaximizerCrm, hands: MaximizerHands) -> None:
    """The connection drops after the commit: the person is found by its Mailchimp ID."""
    hands.do("faults", {"kind": "cut", "path": "*/Create", "commit": True, "ms": 1})
    record = create(crm, Patch("ada@suite.example", {"LastName": "Ng"}, takes_part=True, mailchimp_id="a" * 32))[0]
    assert list(crm.keys()) == [record.key]


def test_a_creation_that_was_not_made_is_asked_for_later(crm: MaximizerCrm, hands: MaximizerHands) -> None:
    """Where nobody is found, the job is put back: never is a creation repeated blindly."""
    hands.do("faults", {"kind": "cut", "path": "*/Create", "ms": 1})
    with pytest.raises(TryLater):
        write(crm, (None, Patch("ada@suite.example", {"LastName": "Ng"}, mailchimp_id="a" * 32)))
    assert list(crm.keys()) == []


def test_a_session_that_ends_in_mid_page_goes_on(crm: MaximizerCrm, hands: MaximizerHands) -> None:
    """A 401 between two pages is answered by another sign-in, and nobody is left out."""
    made_ = {one.key for one in people(crm, 25)}
    pages = crm.changes(None)
    seen = {one.key for one in next(pages).records}
    hands.do("users", {"uid": "SYNC", "revoke": True})
    for page in pages:
        seen |= {one.key for one in page.records}
    assert seen == made_


def test_a_wrong_password_is_not_tried_twice(server: Running) -> None:
    """Whoever is not let in is told so at once, without the password in any word."""
    crm = made(server, credentials=Credentials(book="AcmeBook", user="SYNC", password="guess"))
    with pytest.raises(NeedsAttention) as caught:
        crm.check()
    assert caught.value.code == "crm-sign-in"
    assert "guess" not in f"{caught.value} {caught.value.detail}"
    assert crm.client.calls == 1
    crm.close()


@pytest.mark.parametrize("position", ["401", "-2", "-1"])
def test_a_pass_that_ended_says_what_to_do(server: Running, hands: MaximizerHands, position: str) -> None:
    """However Maximizer tells it, an ended personal access token leads to the page where a new one is made."""
    token = hands.do("passes", {"uid": "SYNC", "days": 1})["token"]
    hands.do("switches", {"expired_token": position})
    hands.wait(86_400)
    crm = made(server, credentials=Credentials(token=token))
    with pytest.raises(NeedsAttention, match="Personal Access Tokens"):
        crm.check()
    crm.close()


def test_a_restricted_user_gets_clear_words(crm: MaximizerCrm, hands: MaximizerHands) -> None:
    """Whoever may not change entries is told which right is missing, and each change says so."""
    record = create(crm, new(crm))[0]
    hands.do("users", {"uid": "SYNC", "denied": ["update", "udf-setup"]})
    problems = crm.check().problems
    assert any("may not change entries" in one.text and "Administrator" in one.fix for one in problems)
    error = refused(write(crm, (record.key, Patch(fields={"FirstName": "x"})))[0])
    assert error.code == "rights"
    assert shown(crm, record.key) == record


def test_set_up_names_the_right_that_is_missing(server: Running, hands: MaximizerHands) -> None:
    """Without the right to make fields, set-up says which one is lacking and makes nothing."""
    hands.do("users", {"uid": "SYNC", "denied": ["udf-setup"]})
    crm = made(server)
    with pytest.raises(NeedsAttention, match="User-defined field setup"):
        crm.set_up()
    assert any("has no field" in one.text for one in crm.check().problems)
    crm.close()


def test_a_missing_component_is_named(server: Running, hands: MaximizerHands) -> None:
    """A server without Maximizer.Web.Data is told apart from a wrong password."""
    hands.do("switches", {"web_data": False})
    crm = made(server)
    with pytest.raises(NeedsAttention, match=r"install the component Maximizer\.Web\.Data"):
        crm.check()
    crm.close()


def test_a_user_without_web_access_is_told_so(server: Running, hands: MaximizerHands) -> None:
    """Who is not enabled for Web Access reads where that is switched on."""
    hands.do("users", {"uid": "SYNC", "web_access": False})
    crm = made(server)
    with pytest.raises(NeedsAttention, match="Web Access"):
        crm.check()
    crm.close()


def test_a_copied_address_book_is_another_end(crm: MaximizerCrm, hands: MaximizerHands) -> None:
    """A clone has all the same keys; its workspace tells that it is not the same Address Book."""
    before = crm.check().identity
    hands.do("clone", {})
    assert crm.check().identity != before


def test_two_companies_of_one_name_and_a_merge(crm: MaximizerCrm, hands: MaximizerHands) -> None:
    """Of two companies with one name the oldest counts; whoever was merged away is gone, and the other stays."""
    first = hands.do("people/company", {"name": "Acme"})["key"]
    hands.wait(5)
    hands.do("people/company", {"name": "ACME "})
    contact = create(crm, Patch("c@suite.example", {"LastName": "Ng", "CompanyName": "acme"}))[0]
    assert contact.key.rpartition(".")[0] == first.rpartition(".")[0]
    other = create(crm, new(crm, 2))[0]
    hands.do("people/merge", {"key": contact.key, "other": other.key})
    assert [one.key for one in crm.fetch([contact.key, other.key])] == [contact.key]


def test_a_refused_block_harms_no_other(crm: MaximizerCrm, hands: MaximizerHands) -> None:
    """A batch stops at its first error and does not tell which: all others are written all the same."""
    hands.do("switches", {"too_long": "refused", "error_shape": "texts"})
    made_ = people(crm, 5)
    hands.do("people/mark", {"key": made_[2].key, "damaged": True})
    changes = [Change(one.key, one.key, Patch(fields={"FirstName": "A"}, consent=None)) for one in made_]
    assert all(one.error is None for one in crm.write(changes))


def test_an_opt_out_leaves_the_other_refusals(crm: MaximizerCrm, hands: MaximizerHands) -> None:
    """*Do not solicit by* is read before it is written: who wants no calls goes on wanting none."""
    record = create(crm, new(crm))[0]
    hands.edit(record.key, {"DoNotSolicitBy": ["2"]})  # type: ignore[dict-item]
    assert update(crm, record.key, Patch(consent=Consent.UNSUBSCRIBED)).person.consent is Consent.UNSUBSCRIBED
    entry = next(iter(hands.server.standin.state.of("AbEntry").values()))
    assert entry.values["DoNotSolicitBy"] == ["2", "1"]


ANSWERS: list[tuple[Callable[[httpx2.Request], httpx2.Response], type[ListloopError]]] = [
    (lambda _: httpx2.Response(200, text="<html>Maintenance</html>"), TryLater),
    (lambda _: httpx2.Response(200, json=[1]), NeedsAttention),
    (lambda _: httpx2.Response(200, json={}), NeedsAttention),
    (lambda _: httpx2.Response(200, json={"Code": -1, "Msg": None}), NeedsAttention),
    (lambda _: httpx2.Response(200, json={"Code": -1, "Msg": "words"}), NeedsAttention),
    (lambda _: httpx2.Response(400, text="bad"), NeedsAttention),
    (lambda _: httpx2.Response(403), NeedsAttention),
    (lambda _: httpx2.Response(200, content=b"\xff\xfe{"), TryLater),
]


@pytest.mark.parametrize(("answer", "kind"), ANSWERS)
def test_any_answer_ends_in_words(answer: Callable[[Any], httpx2.Response], kind: type[ListloopError]) -> None:
    """Whatever comes back, it ends in one of the three classes of errors, with a next step."""
    client = Octopus("http://max.test/x", SIGN_IN, transport=httpx2.MockTransport(answer), wait=lambda _: None)
    crm = MaximizerCrm(client)
    with pytest.raises(kind) as caught:
        crm.check()
    assert caught.value.problem
    assert caught.value.fix
    crm.close()


def test_null_lists_and_single_rows_are_read() -> None:
    """Data may be a list, one object alone, or null, and names may come in any case."""
    from listloop.crm.maximizer.answers import ident_of, pick, rows_of

    assert rows_of({"abentry": {"data": {"Key": "x"}}}) == [{"Key": "x"}]
    assert rows_of({"AbEntry": {"Data": None}}) == []
    assert pick(json.loads('{"a": {"B": 1}}'), "A", "b") == 1
    assert ident_of("no key") is None


@pytest.mark.parametrize(("settings", "words"), [
    ({"address": "server"}, "no address"),
    ({"address": "ftp://server"}, "no address"),
    ({"email": "4", "token": "t"}, "no e-mail 4"),
    ({}, "can't sign in"),
    ({"book": "AcmeBook"}, "can't sign in"),
])  # fmt: skip
def test_settings_that_can_not_be_are_told_at_once(settings: dict[str, str], words: str) -> None:
    """Bad input is told in words before anything is called."""
    with pytest.raises(NeedsAttention, match=words):
        adapter.open({"database": "x", **settings})


def test_rejections_are_never_raised(crm: MaximizerCrm) -> None:
    """A label, a company that can't be changed and an unknown field are each one outcome."""
    record = create(crm, new(crm))[0]
    for patch in (Patch(add=frozenset({"x"})), Patch(fields={"CompanyName": "New"}), Patch(fields={"x": "y"})):
        assert isinstance(refused(write(crm, (record.key, patch))[0]), RecordRejected)
