"""How the Maximizer stand-in is asked, its other objects, and its moods: behaviours 25 to 33."""

import base64
import json
from datetime import datetime
from typing import Any

import pytest

from listloop.sandbox.maximizer.keys import ident_of
from listloop.sandbox.maximizer.query import moment
from listloop.sandbox.wire import Call
from tests.sandbox.maximizer.book import SQL, START, Book, number_of


def names(book: Book, query: object) -> list[str]:
    return sorted(one["LastName"] for one in book.rows({"LastName": 1}, query))


def test_25_operators(book: Book) -> None:
    for name, mail in (("Ng", "ng@x.example"), ("Po", ""), ("Po_1", "po@x.example")):
        book.person(name, Email1=mail)
    assert names(book, {"LastName": {"$EQ": "po"}, "Type": {"$IN": ["Individual"]}}) == ["Po"]
    assert names(book, {"Email1": {"$EQ": None}}) == ["Po"]
    assert names(book, {"$OR": [{"LastName": {"$EQ": "Ng"}}, {"LastName": {"$LIKE": "po__"}}]}) == ["Ng", "Po_1"]
    assert names(book, {"LastName": {"$NIN": ["Ng", "Po"]}}) == ["Po_1"]
    assert names(book, {"$PHRASE": "po@x.example"}) == ["Po_1"]
    assert names(book, {"LastModifyDate": {"$GE": "$OFFSET(D-1, $NOW())"}}) == ["Ng", "Po", "Po_1"]
    assert names(book, {"LastModifyDate": {"$RANGE": ["2020-01-01", "2020-01-02"]}}) == []
    refused = book.rows({"Key": 1}, {"DateTime": {"$GE": "2020-01-01"}}, "Note")
    assert refused == []
    assert book.read({"Key": 1}, {"DateTime": {"$GT": "2020-01-01"}}, "Note")["Code"] == -1


@pytest.mark.parametrize(("query", "found"), [
    ({"LastName": {"$NLIKE": "N%"}}, ["Po"]), ({"LastName": {"$NE": "Ng"}}, ["Po"]),
    ({"LastModifyDate": {"$NRANGE": ["2020-01-01", "2020-01-02"]}}, ["Ng", "Po"]),
    ({"DoNotSolicitBy": {"$ALL": ["1", "2"]}}, ["Po"]), ({"DoNotSolicitBy": {"$IN": ["1"]}}, ["Ng", "Po"]),
    ({"Address": {"ZipCode": {"$EQ": "79098"}}}, ["Ng"]), ({"Email1": {"Address": {"$EQ": "NG@x.example"}}}, ["Ng"]),
    ({"Phone1": {"Number": {"$LIKE": "604%"}}}, ["Po"]), ({}, ["Ng", "Po"]),
    ({"LastName": {"$EQ": "Ng"}, "FirstName": {"$EQ": "Ada"}}, []),
])  # fmt: skip
def test_25_operators_and_parts_of_properties(book: Book, query: Any, found: list[str]) -> None:
    book.person("Ng", Email1="ng@x.example", Address={"ZipCode": "79098"}, DoNotSolicitBy=["1"])
    book.person("Po", Phone1="604 555 0100", DoNotSolicitBy=["1", "2"])
    assert names(book, query) == found


@pytest.mark.parametrize(("text", "day"), [
    ("$NOW()", "2027-01-15T08:00:00"), ("$TODAY()", "2027-01-15T00:00:00"), ("$THISWEEK()", "2027-01-11T00:00:00"),
    ("$THISMONTH()", "2027-01-01T00:00:00"), ("$THISYEAR()", "2027-01-01T00:00:00"),
    ("$OFFSET(D-30, $TODAY())", "2026-12-16T00:00:00"), ("$OFFSET(M+1, 2027-01-31T00:00:00Z)", "2027-02-28T00:00:00"),
    ("$OFFSET(Y-1, $TODAY())", "2026-01-15T00:00:00"), ("2027-01-15T10:00:00", "2027-01-15T10:00:00"),
])  # fmt: skip
def test_25_functions_of_dates(text: str, day: str) -> None:
    assert moment(text, START) == int(datetime.fromisoformat(f"{day}+00:00").timestamp())


def test_25_a_part_that_a_property_lacks_is_refused(book: Book) -> None:
    assert book.read({"Key": 1}, {"LastName": {"Address": {"$EQ": "x"}}})["Code"] == -1


def test_25_a_company_with_those_below_it(book: Book) -> None:
    company = book.company()
    book.create(ParentKey=company, LastName="Ng")
    query = {"Key": {"$EQ": {"Body": company, "OrRelated": True}}}
    assert [one["Type"] for one in book.rows({"Type": 1}, query)] == ["Company", "Contact"]


@pytest.mark.parametrize(("switch", "query"), [
    ("ne_type_refused", {"Type": {"$NE": "Company"}}),
])  # fmt: skip
def test_25_not_equal_may_be_refused_for_types(book: Book, switch: str, query: Any) -> None:
    book.person()
    assert book.read({"Key": 1}, query)["Code"] != 0
    book.switch(**{switch: False})
    assert len(book.rows({"Key": 1}, query)) == 1


def test_25_a_key_may_be_asked_for_by_its_id(book: Book) -> None:
    query = {"Key": {"$EQ": {"ID": ident_of(book.person())[0]}}}
    assert len(book.rows({"Key": 1}, query)) == 1
    book.switch(key_by_id=False)
    assert book.read({"Key": 1}, query)["Code"] != 0


def test_25_addresses_may_be_sought_by_the_default_one_alone(book: Book) -> None:
    book.person(Email1="ng@x.example")
    book.switch(email_criteria="default")
    assert book.read({"Key": 1}, {"Email1": {"$EQ": "ng@x.example"}})["Code"] != 0
    assert names(book, {"Email": {"$IN": ["NG@x.example"]}}) == ["Ng"]


@pytest.mark.parametrize("where", ["object-order", "object", "object-next", "top", "top-next", "absent"])
def test_26_pages_are_offsets_in_base64(book: Book, where: str) -> None:
    book.switch(next_page_key=where)
    for name in "ABC":
        book.person(name)
    answer = book.read({"LastName": 1}, Fields=[{"LastName": "ASC"}], PageSize=2)
    key = base64.b64encode(b"2").decode()
    assert (key in json.dumps(answer)) is (where != "absent")
    book.person("0")  # comes in before: somebody is shown twice
    rest = book.rows({"LastName": 1}, Fields=[{"LastName": "ASC"}], PageSize=2, PageKey=key)
    assert [one["LastName"] for one in rest] == ["B", "C"]


def test_26_pages_have_a_largest_size(book: Book) -> None:
    book.switch(most_rows=100)
    for number in range(101):
        book.person(str(number))
    assert len(book.rows({"Key": 1}, PageSize=500)) == 100


def test_27_without_the_driver_there_is_less(book: Book) -> None:
    contact = book.create(ParentKey=book.company(), LastName="Ng")
    block = {
        "Scope": {"Fields": {"Parent": {"CompanyName": 1}}},
        "Criteria": {"SearchQuery": {"Key": {"$EQ": contact}}},
    }
    assert book.call("Read", {"AbEntry": block})["AbEntry"]["Data"] == [{"Parent": None}]
    with_driver = book.call("Read", {"AbEntry": block, "Configuration": SQL})["AbEntry"]["Data"]
    assert with_driver == [{"Parent": {"CompanyName": "Acme"}}]
    book.switch(driver_needed=True)
    assert book.call("Read", {"AbEntry": block})["AbEntry"]["Data"] == []


def test_28_counts_and_sums(book: Book) -> None:
    key = book.person()
    for value in (10, 20):
        book.create("Opportunity", Objective="Deal", AbEntryKey=key, Status="3", ActualRevenue=value)
    block = {
        "Scope": {"Fields": {"Status": 1, "$COUNT()": 1, "$SUM(ActualRevenue)": 1}},
        "GroupBy": {"Fields": ["Status"]},
    }
    answer = book.call("Read", {"Opportunity": block})["Opportunity"]["Data"]
    assert answer == [{"Status": "3", "$COUNT()": 2, "$SUM(ActualRevenue)": 30}]
    top = {"Scope": {"Fields": {"Key": 1}}, "Criteria": {"Top": 1}}
    assert len(book.call("Read", {"Opportunity": top})["Opportunity"]["Data"]) == 1


def test_29_interactions_of_mail_are_refused(book: Book) -> None:
    key = book.person()
    for kind in ("60002", "60003", "60004"):
        answer = book.call("Create", {"InteractionLog": {"Data": {"Type": kind, "AbEntryKey": key}}})
        assert number_of(answer) == -10002
    made = book.create("InteractionLog", Type="70001", AbEntryKey=key, Subject="News")
    assert book.rows({"Subject": 1}, {"AbEntryKey": {"$EQ": key}}, "InteractionLog") == [{"Subject": "News"}]
    assert book.update(made, "InteractionLog", Subject="Other")["Code"] == 0


def test_29_campaigns_and_their_subscribers(book: Book) -> None:
    campaign = book.create("Campaign", Name="Autumn", Type=25)
    data = {"Key": None, "ParentKey": campaign, "Status": "1"}
    assert book.call("Create", {"CampaignSubscriber": {"Data": data}})["Msg"]
    assert number_of(book.call("Update", {"CampaignSubscriber": {"Data": data}})) == -1


@pytest.mark.parametrize("replaces", [True, False])
def test_29_members_of_a_favorite_list(book: Book, replaces: bool) -> None:
    book.switch(members_replace=replaces)
    first, second = book.person("A"), book.person("B")
    made = book.create("FavoriteList", Name="Keen", EntityType=1, MemberKeys=[first])
    assert book.update(made, "FavoriteList", MemberKeys=[second])["Code"] == 0
    block = {"Scope": {"Fields": {"LastName": 1}}, "Criteria": {"FavoriteList": made}}
    shown = book.call("Read", {"AbEntry": block})["AbEntry"]["Data"]
    assert shown == [{"LastName": "B" if replaces else "A"}]


def test_29_notes_hang_on_their_parent_alone(book: Book) -> None:
    key = book.person()
    assert number_of(book.call("Create", {"Note": {"Data": {"Text": "x"}}})) == -10010
    assert number_of(book.call("Create", {"Note": {"Data": {"AbEntryKey": key, "Text": "x"}}})) == -1023
    book.create("Note", ParentKey=key, Text="x", DateTime="2020-01-01T00:00:00Z")
    assert book.rows({"Text": 1}, {"ParentKey": {"$EQ": key}}, "Note") == [{"Text": "x"}]


def test_29_an_address_that_agreed_is_created_and_deleted_and_never_changed(book: Book) -> None:
    book.switch(email_profile=True)
    made = book.create("EmailProfile", EmailAddress="ng@x.example", EmailType="1")
    assert number_of(book.update(made, "EmailProfile", EmailType="2")) == -1
    assert book.delete(made, "EmailProfile")["Code"] == 0
    assert book.rows({"EmailAddress": 1}, thing="EmailProfile") == []


def test_29_an_application_keeps_what_it_likes_in_custom(book: Book) -> None:
    made = book.create("Custom", ApplicationId="ours", Name="place", Text1="x")
    assert book.update(made, "Custom", Text1="y")["Code"] == 0
    assert book.rows({"Text1": 1}, {"ApplicationId": {"$EQ": "OURS"}}, "Custom") == [{"Text1": "y"}]


def test_29_opportunities_insist_and_stay(book: Book) -> None:
    key = book.person()
    assert number_of(book.call("Create", {"Opportunity": {"Data": {"Objective": "Deal"}}})) == -10010
    deal = book.create("Opportunity", Objective="Deal", AbEntryKey=key)
    assert number_of(book.delete(deal, "Opportunity")) == -30002
    book.switch(deal_delete_denied=False)
    assert book.delete(deal, "Opportunity")["Code"] == 0


@pytest.mark.parametrize(("thing", "switch"), [
    ("EmailProfile", "email_profile"), ("AuditLog", "audit_log"), ("SavedSearch", "saved_searches"),
])  # fmt: skip
def test_29_some_objects_may_be_absent(book: Book, thing: str, switch: str) -> None:
    assert book.read({"Key": 1}, thing=thing)["Code"] != 0
    book.switch(**{switch: True})
    assert book.rows({"Key": 1}, thing=thing) == []


@pytest.mark.parametrize(("position", "status", "word"), [
    ("retry-after", 429, "Too Many"), ("bare", 429, ""), ("html", 429, "<html>"), ("msg", 200, "Too Many"),
])  # fmt: skip
def test_30_thirty_calls_in_ten_seconds(book: Book, position: str, status: int, word: str) -> None:
    book.switch(rate_limit=30, rate_reply=position)
    assert [book.post("/octopus/Read").status for _ in range(30)] == [200] * 30
    reply = book.post("/octopus/Read")
    assert reply.status == status
    assert word in reply.body.decode()
    assert ("Retry-After" in reply.headers) is (position == "retry-after")
    book.wait(11)
    assert json.loads(book.post("/octopus/Read").body)["Code"] == 0


def test_30_a_large_question_may_take_too_long(book: Book) -> None:
    book.switch(rows_in_time=50)
    block = {"AbEntry": {"Scope": {"Fields": {"Key": 1}}, "OrderBy": {"PageSize": 51}}}
    assert book.post("/octopus/Read", block).status == 408


def test_31_webhooks_are_kept_once_and_may_be_refused_for_entries(book: Book) -> None:
    made = json.loads(book.post("/webhooks/v1/targets", {"Name": "ours", "Endpoint": {"Url": "https://x"}}).body)
    wanted = {"Entity": "AbEntry", "Op": "Update", "TargetId": made["Data"]["Item"]["Id"]}
    assert [book.post("/webhooks/v1/subscriptions", wanted).status for _ in range(2)] == [201, 409]
    book.switch(entry_webhooks=False)
    assert book.post("/webhooks/v1/subscriptions", {**wanted, "Op": "Delete"}).status == 400
    assert book.post("/webhooks/v1/targets", token="").status == 401
    listed = json.loads(book.post("/webhooks/v1/subscriptions", method="GET").body)
    assert len(listed["Data"]["Items"]) == 1


def test_32_a_page_frames_our_tab_with_the_entrys_key(book: Book) -> None:
    key = book.person()
    id_, number = ident_of(key)
    asked = f"url=https%3A%2F%2Fours.example%2Ftab%3Fa%3D1&name=CurrentKey&key={id_}.{number}"
    reply = book.control.answer(Call("GET", "/_sandbox/tab", asked))
    assert "https://ours.example/tab?a=1&amp;CurrentKey=" in reply.body.decode()


def test_33_all_is_steered_from_outside_and_starts_anew(book: Book) -> None:
    saved = book.standin.snapshot()
    book.person()
    book.standin.restore(saved)
    assert book.rows({"Key": 1}) == []
    book.switch(keys_change=True)
    book.do("reset", {})
    assert book.standin.switches["keys_change"] is False
