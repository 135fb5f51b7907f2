"""Hostile and broken answers of Sage CRM: clear words, the right reaction, nothing lost."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import stamina

from listloop.core.errors import ListloopError, NeedsAttention, RecordRejected, TryLater
from listloop.core.people import Consent, Patch
from listloop.core.side import Change, Outcome
from listloop.crm.sagecrm import SageCrm, adapter
from listloop.crm.sagecrm.client import SageClient
from listloop.crm.sagecrm.options import Options
from listloop.sandbox.sagecrm.standin import SageCrm as StandIn
from tests.crm.sagecrm.wire import ADDRESS, OPTIONS, PASSWORD, USER, Hands, Straight, made


@pytest.fixture(autouse=True)
def _at_once() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


def crm_answering(status: int = 200, body: bytes = b"{}", **headers: str) -> SageCrm:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(status, content=body, headers=headers))
    return SageCrm(SageClient(ADDRESS, USER, PASSWORD, transport=transport))


def signed_in_as(standin: StandIn, user: str, word: str, install: str = "crm") -> SageCrm:
    return SageCrm(SageClient(ADDRESS, user, word, install=install, transport=Straight(standin)))


def write(side: SageCrm, key: str | None, patch: Patch) -> Outcome:
    (outcome,) = side.write([Change("x", key, patch)])
    return outcome


HTML = b"<!DOCTYPE html><html><head><style>x</style></head><body><h1>403 - Forbidden</h1></body></html>"


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (401, HTML, NeedsAttention, "crm-sign-in"),
        (403, HTML, NeedsAttention, "crm-rights"),
        (404, HTML, NeedsAttention, "crm-address"),
        (404, b"<html>404.15 - too long</html>", NeedsAttention, "crm-too-long"),
        (405, HTML, NeedsAttention, "crm-verb"),
        (501, b"", NeedsAttention, "crm-verb"),
        (302, b"", NeedsAttention, "crm-other-page"),
        (200, HTML, NeedsAttention, "crm-other-page"),
        (200, b'{"$resources": [{"$key": 1', TryLater, "crm-garbled"),
        (200, b"\xff\xfe\x00", TryLater, "crm-garbled"),
        (502, HTML, TryLater, "crm-busy"),
        (503, b"", TryLater, "crm-busy"),
        (504, HTML, TryLater, "crm-busy"),
        (500, b"", RecordRejected, "crm-refused"),
        (400, b'{"$DIAGNOSIS": {"Message": "no way"}}', RecordRejected, "crm-refused"),
    ],
)
def test_every_status_has_its_reaction(status: int, body: bytes, kind: type[ListloopError], code: str) -> None:
    with pytest.raises(kind) as caught:
        crm_answering(status, body).client.feed("Person")
    assert caught.value.code == code
    assert caught.value.fix


@pytest.mark.parametrize(
    "body",
    [
        b'{"$diagnoses": [{"$message": "Too warm"}]}',
        b'{"$diagnosis": {"$message": "Too warm."}}',
        b'{"Diagnoses": [{"message": "Too warm"}]}',
        b"<sdata:diagnosis><sdata:message>Too warm</sdata:message></sdata:diagnosis>",
        b"<html><body><h1>Too warm</h1></body></html>",
    ],
)
def test_the_servers_words_are_shown_in_whatever_form_they_come(body: bytes) -> None:
    with pytest.raises(RecordRejected, match="Too warm"):
        crm_answering(400, body).client.feed("Person")


def test_a_wrong_password_is_not_tried_again(standin: StandIn) -> None:
    """Nobody is locked out by our trying: one request, and no secret in the message."""
    side = signed_in_as(standin, USER, "top-secret")
    with pytest.raises(NeedsAttention, match="name or the password is wrong") as caught:
        side.check()
    assert len(transport(side).calls) == 1
    assert "top-secret" not in f"{caught.value}{caught.value.detail}{side.client!r}"


def test_a_wrong_instance_name_gets_clear_words(standin: StandIn) -> None:
    with pytest.raises(NeedsAttention, match="name of the installation") as caught:
        signed_in_as(standin, USER, PASSWORD, install="nope").check()
    assert caught.value.code == "crm-address"


@pytest.mark.parametrize("address", ["", "not an address", "ftp://crm.example.com", "https://"])
def test_what_is_no_address_is_refused_at_once(address: str) -> None:
    with pytest.raises(NeedsAttention, match="no address"):
        adapter.open({"address": address, "user": "x", "password": "y"})


def test_the_address_of_a_page_is_enough() -> None:
    """People paste what stands in the browser; a name in it is not kept."""
    with_page = adapter.open({"address": "https://me@crm.example.com/crm/eware.dll/Do?Act=432", "user": "x"})
    assert with_page.url("30").startswith("https://crm.example.com/crm/")
    with_page.close()


@pytest.mark.parametrize(
    ("name", "value"), [("zone", "CET"), ("count", "0"), ("count", "x"), ("types", "a=b"), ("soap", "maybe")]
)
def test_a_setting_that_can_not_be_is_named(name: str, value: str) -> None:
    with pytest.raises(NeedsAttention, match=name):
        adapter.open({"address": "https://crm.example.com", "user": "x", name: value})


def test_missing_columns_are_named_with_the_way_to_add_them(standin: StandIn) -> None:
    standin.state.custom["person"] = []
    problems = made(standin).check().problems
    assert [one.text.partition("column ")[2].partition(" ")[0] for one in problems] == [
        "pers_mc_sync", "pers_mc_memberid", "pers_mc_status", "pers_mc_segment",
    ]  # fmt: skip
    assert all("Administration → Customization → Person → Fields" in one.fix for one in problems)


def test_a_checkbox_as_flag_is_refused(standin: StandIn, hands: Hands) -> None:
    """In a checkbox, “no” and “not said” look alike."""
    hands.do("seed", {"columns": [{"name": "pers_sync", "kind": "check"}]})
    (problem,) = made(standin, Options(flag="pers_sync")).check().problems
    assert "checkbox" in problem.text


def test_columns_that_may_not_be_written_are_named(side: SageCrm, hands: Hands) -> None:
    hands.switch(readonly_columns="pers_mc_sync")
    (problem,) = side.check().problems
    assert "may not write the column pers_mc_sync" in problem.text


def test_a_hidden_opt_out_is_told(side: SageCrm, hands: Hands) -> None:
    """As soon as somebody has opted out, and where boxes can be sought."""
    hands.add("out@x.example", {"pers_optout": "Y"})
    hands.switch(operators="permissive")
    hands.switch(hidden_columns="pers_optout")
    assert "Pers_OptOut" in side.check().problems[0].text


def test_no_addresses_at_all_are_told(side: SageCrm, hands: Hands) -> None:
    hands.switch(links="hidden", views="hidden")
    assert "no e-mail addresses" in side.check().problems[0].text


def test_a_hidden_column_is_no_field_and_never_empty(side: SageCrm, hands: Hands) -> None:
    """Field security takes the column out of schema and records, though the prototypes still tell it."""
    key = hands.add("ann@archer.example", {"pers_firstname": "Ann"})
    hands.switch(hidden_columns="pers_firstname")
    assert side.schema().field("pers_firstname") is None
    (record,) = side.fetch([key])
    assert "pers_firstname" not in record.person.fields


def test_a_hidden_flag_is_told(side: SageCrm, hands: Hands) -> None:
    hands.add("ann@archer.example", {"pers_mc_sync": "Y"})
    hands.switch(hidden_columns="pers_mc_sync")
    assert "pers_mc_sync" in side.check().problems[0].text


def test_an_empty_column_is_no_hidden_one(side: SageCrm, hands: Hands) -> None:
    """What nobody filled in is a field, and empty."""
    key = hands.add("ann@archer.example", {})
    (record,) = side.fetch([key])
    assert record.person.fields["pers_title"] == ""


def test_a_user_without_rights_gets_the_name_of_what_is_missing(side: SageCrm, hands: Hands) -> None:
    key = hands.add("ann@archer.example", {})
    hands.do("users", {"logon": "listloop", "rights": {"person": "R"}})
    with pytest.raises(NeedsAttention, match="rights on Person"):
        write(side, key, Patch(takes_part=True))
    hands.do("users", {"logon": "listloop", "rights": {"person": ""}})
    with pytest.raises(NeedsAttention, match="rights on Person"):
        side.check()


def test_the_user_is_shut_out_in_mid_reading(side: SageCrm, hands: Hands) -> None:
    """A 401 between two pages stops the reading with its reason; what was read stays good to go on from."""
    for number in range(25):
        hands.add(f"p{number}@x.example", {})
    pages = side.changes(None)
    first = next(pages)
    hands.do("users", {"logon": "listloop", "enabled": False})
    with pytest.raises(NeedsAttention, match="disabled"):
        next(pages)
    hands.do("users", {"logon": "listloop", "enabled": True})
    rest = {one.key for page in side.changes(first.cursor) for one in page.records}
    assert len({one.key for one in first.records} | rest) == 25


def test_a_lying_success_is_seen(side: SageCrm, hands: Hands) -> None:
    """A script that stores something else, and field security that stores nothing: the outcome shows what is stored."""
    key = hands.add("ann@archer.example", {"pers_title": "CEO"})
    hands.switch(script="upper")
    outcome = write(side, key, Patch(fields={"pers_lastname": "Archer"}))
    assert outcome.record is not None
    assert outcome.record.person.fields["pers_lastname"] == "ARCHER"
    hands.switch(readonly_columns="pers_title")
    outcome = write(side, key, Patch(fields={"pers_title": "CTO"}))
    assert outcome.record is not None
    assert outcome.record.person.fields["pers_title"] == "CEO"


def test_a_script_that_refuses_refuses_one_person_only(side: SageCrm, hands: Hands) -> None:
    bad, good = hands.add("a@x.example", {}), hands.add("b@x.example", {})
    hands.switch(script="reject")
    patch = {bad: Patch(fields={"pers_lastname": "Reject"}), good: Patch(fields={"pers_lastname": "Fine"})}
    outcomes = {one.ref: one for one in side.write([Change(key, key, one) for key, one in patch.items()])}
    assert "not wanted" in str(outcomes[bad].error)
    assert outcomes[good].record is not None


@pytest.mark.parametrize("table", ["email", "emaillink"])
def test_nobody_is_half_made(side: SageCrm, hands: Hands, table: str) -> None:
    """Where the address or its link fails, neither the person nor an orphaned address stays."""
    hands.do("fail", {table: 1})
    outcome = write(side, None, Patch(email="half@x.example", fields={"pers_lastname": "Half"}, takes_part=True))
    assert outcome.error is not None
    assert list(side.keys()) == []
    assert [one for one in hands.rows("Email") if not one.get("emai_deleted")] == []


def test_fewer_rows_than_told_are_no_deletion(side: SageCrm, hands: Hands) -> None:
    """A server that says 30 and gives none is asked later: nobody is gone."""
    told = b'{"$totalResults": 30, "$startIndex": 1, "$itemsPerPage": 200, "$resources": []}'
    broken = crm_answering(200, told)
    with pytest.raises(TryLater, match="Sage CRM gives"):
        list(broken.keys())


def test_a_server_that_repeats_its_page_is_noticed() -> None:
    row = b'{"$totalResults": 30, "$resources": [{"$key": 1, "comp_companyid": 1}]}'
    with pytest.raises(TryLater, match="same page"):
        list(crm_answering(200, row).client.pages("Company"))


def test_a_creation_without_a_number_is_not_believed() -> None:
    with pytest.raises(RecordRejected, match="does not say which"):
        crm_answering(200, b'{"Pers_LastName": "Doe"}').client.create("Person", {})


def test_a_reply_that_was_lost_makes_nobody_twice(side: SageCrm, hands: Hands) -> None:
    """A creation is not repeated by the client; who was made is found by the Mailchimp ID of that call."""
    real = transport(side).handle_request

    def lossy(request: httpx2.Request) -> httpx2.Response:
        reply: httpx2.Response = real(request)
        if request.method == "POST":
            raise httpx2.ReadError("gone")
        return reply

    transport(side).handle_request = lossy
    patch = Patch(email="new@x.example", fields={"pers_lastname": "New"}, mailchimp_id="a" * 32, takes_part=True)
    with pytest.raises(TryLater):
        write(side, None, patch)
    transport(side).handle_request = real
    (found,) = side.find(["new@x.example"], ["a" * 32])
    assert found.mailchimp_id == "a" * 32
    assert len(hands.rows("Person")) == 1


def test_a_shared_address_is_left_to_the_others(side: SageCrm, hands: Hands) -> None:
    """Two people on one row of Email: a new address of one makes a row of its own."""
    first, second = hands.add("shared@x.example", {}), hands.add("", {})
    link = {"elink_emailid": 1, "elink_entityid": 13, "elink_recordid": int(second), "elink_type": "Business"}
    hands.do("rows/add", {"table": "EmailLink", "values": link})
    write(side, first, Patch(email="own@x.example"))
    shown = {one.key: one.email for one in side.fetch([first, second])}
    assert shown == {first: "own@x.example", second: "shared@x.example"}


def test_merged_people_are_one(side: SageCrm, hands: Hands) -> None:
    """After a merge the survivor has the addresses of both, and the other is nowhere."""
    first, second = hands.add("first@x.example", {}), hands.add("second@x.example", {})
    hands.do("people/merge", {"id": int(first), "into": int(second)})
    (record,) = side.find(["first@x.example"])
    assert (record.key, record.email, record.emails) == (second, "second@x.example", ("first@x.example",))


def test_a_scrubbed_person_is_never_sent(side: SageCrm, hands: Hands) -> None:
    """Data Protection has obfuscated the person: no address is shown, so that nobody is mailed."""
    key = hands.add("gone@x.example", {"pers_obfuscated": "Y"})
    (record,) = side.fetch([key])
    assert (record.email, record.emails) == ("", ())


def test_a_companys_opt_out_counts_where_it_is_wanted(standin: StandIn, hands: Hands) -> None:
    key = hands.add("ann@x.example", {"company": "Gatecom"})
    hands.do("rows/edit", {"table": "Company", "id": 1, "values": {"Comp_OptOut": "Y"}})
    sides = [made(standin, one) for one in (OPTIONS, Options(company_optout=True))]
    consents = [next(iter(one.fetch([key]))).person.consent for one in sides]
    assert consents == [Consent.UNKNOWN, Consent.UNSUBSCRIBED]


@pytest.mark.parametrize("moment", ["2020-01-01T00:00:00Z", "2035-06-01T12:00:00Z"])
def test_clock_skew_loses_nothing(side: SageCrm, hands: Hands, moment: str) -> None:
    """Whatever the server's clock says, years ahead or behind ours, the next reading has what changed."""
    hands.do("clock", {"freeze": moment})
    hands.add("first@x.example", {})
    cursor = [page.cursor for page in side.changes(None)][-1]
    key = hands.add("second@x.example", {})
    assert key in {one.key for page in side.changes(cursor) for one in page.records}


def test_an_address_that_changed_is_read_though_its_person_did_not(side: SageCrm, hands: Hands) -> None:
    """31 of D.2: only Email's own date moves."""
    key = hands.add("old@x.example", {})
    hands.wait(86_400 * 30)
    cursor = [page.cursor for page in side.changes(None)][-1]
    hands.do("people/edit", {"id": int(key), "email": "new@x.example"})
    assert [one.email for page in side.changes(cursor) for one in page.records] == ["new@x.example"]


def test_a_company_that_is_renamed_is_read_with_its_people(side: SageCrm, hands: Hands) -> None:
    key = hands.add("ann@x.example", {"company": "Old"})
    hands.wait(86_400 * 30)
    cursor = [page.cursor for page in side.changes(None)][-1]
    hands.do("rows/edit", {"table": "Company", "id": 1, "values": {"Comp_Name": "New"}})
    (record,) = [one for page in side.changes(cursor) for one in page.records]
    assert (record.key, record.person.fields["comp_name"]) == (key, "New")


def test_phones_are_read_and_their_changes_too(side: SageCrm, hands: Hands) -> None:
    """Phone and PhoneLink, by kind; where they are hidden, there are no such fields."""
    person = {"phones": {"Business": "20 7946 0001", "Mobile": "7700 900123"}, "pers_lastname": "Doe"}
    key = str(hands.do("people/add", person)["id"])
    hands.wait(86_400 * 30)
    cursor = [page.cursor for page in side.changes(None)][-1]
    hands.do("rows/edit", {"table": "Phone", "id": 1, "values": {"Phon_Number": "20 7946 0002"}})
    (record,) = [one for page in side.changes(cursor) for one in page.records]
    shown = {name: record.person.fields[name] for name in ("phon_business", "phon_mobile")}
    assert (record.key, shown) == (key, {"phon_business": "+44 20 7946 0002", "phon_mobile": "+44 7700 900123"})
    hands.switch(links="hidden")
    side.reader.phones._shown = None
    assert side.schema().field("phon_business") is None


def test_an_import_of_thousands_is_read_once_more_and_then_rests(side: SageCrm, hands: Hands) -> None:
    """Too many changes of one moment to be remembered are not read for ever: after five minutes they are done with."""
    hands.do("seed", {"people": [{"pers_lastname": f"P{number}"} for number in range(200)]})
    cursor = [page.cursor for page in side.changes(None)][-1]
    counts = []
    for _ in range(3):
        hands.wait(400)
        pages = list(side.changes(cursor))
        cursor = pages[-1].cursor
        counts.append(sum(len(one.records) for one in pages))
    assert counts == [200, 0, 0]


def test_never_more_than_two_requests_at_once(side: SageCrm) -> None:
    assert side.client._permits._value == 2


def test_addresses_in_answers_are_never_followed(side: SageCrm, hands: Hands) -> None:
    hands.add("ann@x.example", {})
    list(side.changes(None))
    assert all(path.startswith("/sdata/crmj/sagecrm2/-/") for _, path in transport(side).calls)


def test_questions_stay_short_enough_for_iis(side: SageCrm, hands: Hands) -> None:
    for number in range(300):
        hands.add(f"person{number}@x.example", {})
    list(side.find([f"straße{number}@ümlaut.example" for number in range(100)]))
    side.asking.takes_in = False
    list(side.fetch(list(side.keys())))
    assert max(len(path.partition("?")[2]) for _, path in transport(side).calls) < 2_048


def transport(side: SageCrm) -> Any:
    return side.client.http._transport
