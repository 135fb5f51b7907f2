"""What is written: items 27 to 40 of what a stand-in of Sage CRM must reproduce (D.2), its SOAP, and its data set."""

import json
from typing import Any

import pytest

from listloop.sandbox.wire import Call
from tests.sandbox.sagecrm.stage import Sage


def stored(sage: Sage, table: str, key: int) -> dict[str, Any]:
    """A row as the database holds it, however it is shown."""
    rows = sage.control("rows/list", {"table": table})["rows"]
    first = next(iter(rows[0]))
    return next(dict(one) for one in rows if one[first] == key)


def test_d2_27_create_change_delete(sage: Sage) -> None:
    """27. A whole number for a new one; PATCH and PUT change a part; a delete is soft, and answers nothing."""
    key = sage.made("Person", Pers_LastName="Doe", Pers_FirstName="Ann", Pers_Title="CEO")
    assert sage.ask("PATCH", f"Person('{key}')", {"$key": key, "pers_firstname": "Bea"}).status == 200
    assert sage.ask("PUT", f"Person('{key}')", {"pers_title": "CTO"}).status == 200
    row = sage.get(f"Person('{key}')")
    assert (row["Pers_FirstName"], row["Pers_Title"], row["Pers_LastName"]) == ("Bea", "CTO", "Doe")
    sage.switch(put="whole")
    sage.ask("PUT", f"Person('{key}')", {"pers_lastname": "Doe"})
    assert "Pers_Title" not in sage.get(f"Person('{key}')")
    sage.switch(patch="405")
    assert sage.ask("PATCH", f"Person('{key}')", {"pers_firstname": "X"}).status == 405
    gone = sage.ask("DELETE", f"Person('{key}')")
    assert (gone.status, gone.body) == (200, b"")
    assert stored(sage, "Person", key)["pers_deleted"] == 1


def test_d2_28_the_answer_echoes_what_was_sent(sage: Sage) -> None:
    """28. A script stores something else, which only a reading shows; or it refuses."""
    key = sage.made("Person", Pers_LastName="Doe")
    sage.switch(script="upper")
    echoed = json.loads(sage.ask("PATCH", f"Person('{key}')", {"Pers_LastName": "Poe"}).body)
    assert echoed["Pers_LastName"] == "Poe"
    assert sage.get(f"Person('{key}')")["Pers_LastName"] == "POE"
    true = sage.ask("PATCH", f"Person('{key}')", {"Pers_LastName": "Roe"}, returnPartial="false")
    assert json.loads(true.body)["Pers_LastName"] == "ROE"
    sage.switch(script="reject")
    assert sage.ask("PATCH", f"Person('{key}')", {"Pers_LastName": "Reject me"}).status == 500


def test_d2_29_the_server_stamps(sage: Sage) -> None:
    """29. Who and when, by the API's user and the server's own clock, which may be wrong."""
    sage.control("clock", {"run": True, "offset": 7_200})
    key = sage.made("Person", Pers_LastName="Doe", Pers_UpdatedBy=99)
    row = stored(sage, "Person", key)
    assert row["pers_createdby"] == row["pers_updatedby"] == 4
    assert row["pers_updateddate"] == sage.standin.clock.now()


def test_d2_30_the_address_on_the_person_goes_nowhere(sage: Sage) -> None:
    """30. ``Pers_EmailAddress`` is taken, echoed, and not stored."""
    reply = sage.ask("POST", "Person", {"Pers_LastName": "Doe", "Pers_EmailAddress": "a@b.example"})
    echoed = json.loads(reply.body)
    assert echoed["Pers_EmailAddress"] == "a@b.example"
    assert "Pers_EmailAddress" not in sage.get(f"Person('{echoed['$key']}')")
    assert sage.rows("Email") == []


@pytest.mark.parametrize("moves", [False, True])
def test_d2_31_an_address_moves_its_own_time(sage: Sage, *, moves: bool) -> None:
    """31. A change of an address moves the date of Email, and not the person's."""
    sage.switch(child_moves_person=moves)
    key = sage.person(email="a@b.example")
    before = stored(sage, "Person", key)["pers_updateddate"]
    sage.step(60)
    sage.ask("PATCH", "Email('1')", {"emai_emailaddress": "new@b.example"})
    assert stored(sage, "Email", 1)["emai_updateddate"] == before + 60
    assert (stored(sage, "Person", key)["pers_updateddate"] != before) is moves


def test_d2_32_an_address_needs_its_link(sage: Sage) -> None:
    """32. Email and EmailLink make it visible; without the link it is hidden."""
    key = sage.person()
    email = sage.made("Email", Emai_EmailAddress="a@b.example")
    assert sage.rows("vPersonEmail") == []
    link = sage.made("EmailLink", ELink_EmailId=email, ELink_EntityID=13, ELink_RecordID=key, ELink_Type="Business")
    assert sage.rows("vMC_Person")[0]["emai_emailaddress"] == "a@b.example"
    sage.ask("DELETE", f"EmailLink('{link}')")
    assert sage.rows("vPersonEmail") == []
    assert "emai_emailaddress" not in sage.rows("vMC_Person")[0]


def test_d2_33_a_text_that_is_too_long(sage: Sage) -> None:
    """33. An error, or cut unseen."""
    assert sage.ask("POST", "Person", {"Pers_LastName": "Doe", "Pers_FirstName": "x" * 36}).status == 400
    sage.switch(overflow="cut")
    key = sage.made("Person", Pers_LastName="Doe", Pers_FirstName="x" * 36)
    assert sage.get(f"Person('{key}')")["Pers_FirstName"] == "x" * 35


def test_d2_34_a_missing_mandatory_field(sage: Sage) -> None:
    """34. 400 or 500 with a text."""
    for status in ("400", "500"):
        sage.switch(mandatory=status)
        reply = sage.ask("POST", "Person", {"Pers_FirstName": "Ann"})
        assert reply.status == int(status)
        assert b"Pers_LastName" in reply.body
    sage.switch(mandatory="accepted")
    assert sage.ask("POST", "Person", {"Pers_FirstName": "Ann"}).status == 201


def test_d2_35_a_communication_without_a_link(sage: Sage) -> None:
    """35. It is stored, and not to be seen from the person."""
    key = sage.person()
    number = sage.made("Communication", Comm_Subject="Alone")
    assert sage.rows("vCommunication") == []
    sage.made("Comm_Link", CmLi_Comm_CommunicationId=number, CmLi_Comm_PersonId=key)
    assert sage.rows("vCommunication")[0]["Comm_Subject"] == "Alone"


def test_d2_36_nothing_is_unique(sage: Sage) -> None:
    """36. Two equal people, two equal addresses, several links to one address."""
    first, second = (sage.person(pers_firstname="Ann", email="a@b.example") for _ in range(2))
    assert len(sage.rows("Email", where="emai_emailaddress eq 'A@B.example'")) == 2
    sage.made("EmailLink", ELink_EmailId=1, ELink_EntityID=13, ELink_RecordID=second, ELink_Type="Private")
    holders = {one["ELink_RecordID"] for one in sage.rows("EmailLink", where="elink_emailid eq 1")}
    assert holders == {first, second}


def test_d2_37_it_fails_between_address_and_link(sage: Sage) -> None:
    """37. On demand, the next link can't be stored, while its address is."""
    sage.control("fail", {"emaillink": 1})
    email = sage.made("Email", Emai_EmailAddress="a@b.example")
    link = {"ELink_EmailId": email, "ELink_EntityID": 13, "ELink_RecordID": 1, "ELink_Type": "Business"}
    assert sage.ask("POST", "EmailLink", link).status == 500
    assert sage.ask("POST", "EmailLink", link).status == 201


def test_d2_38_deleted_brought_back_merged(sage: Sage) -> None:
    """38. A deleted row is in no feed and 404; it can come back; of two merged people one is deleted."""
    first, second = sage.person(email="a@b.example"), sage.person()
    sage.control("people/delete", {"id": first})
    assert [one["$key"] for one in sage.rows("Person")] == [second]
    assert sage.ask("GET", f"Person('{first}')").status == 404
    sage.control("people/undelete", {"id": first})
    assert len(sage.rows("Person")) == 2
    sage.control("people/merge", {"id": first, "into": second})
    assert [one["$key"] for one in sage.rows("Person")] == [second]
    assert sage.rows("EmailLink")[0]["ELink_RecordID"] == second


def test_d2_39_an_edit_by_sql_moves_no_date(sage: Sage) -> None:
    """39. Rows change without their updated date."""
    key = sage.person()
    before = stored(sage, "Person", key)["pers_updateddate"]
    sage.step(60)
    sage.control("rows/sql", {"table": "Person", "values": {"Pers_Title": "CEO"}})
    row = stored(sage, "Person", key)
    assert (row["pers_title"], row["pers_updateddate"]) == ("CEO", before)


def test_d2_40_the_user_is_shut_out_meanwhile(sage: Sage) -> None:
    """40. Another password or a disabled user is a 401 from then on."""
    assert sage.ask("GET", "Person").status == 200
    sage.control("users", {"logon": "listloop", "password": "other"})
    assert sage.ask("GET", "Person").status == 401


def soap(sage: Sage, call: str, session: str = "", **values: str) -> tuple[int, str]:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    body = f"<e><h><sessionId>{session}</sessionId></h><b><{call} xmlns='x'>{inner}</{call}></b></e>"
    reply = sage.standin.answer(Call("POST", "/crm/eware.dll/webservices/soap", body=body.encode()))
    return reply.status, reply.body.decode()


def test_d2_soap_signs_on_once_and_tells_who_was_deleted(sage: Sage) -> None:
    """SOAP: one session per user; queryid names added, updated and deleted; faults; web services switched off."""
    status, said = soap(sage, "logon", username="listloop", password="sage-listloop")
    session = said.partition("<sessionid>")[2].partition("<")[0]
    assert (status, session.isdigit()) == (200, True)
    assert soap(sage, "logon", username="listloop", password="sage-listloop")[0] == 500
    key = sage.person(email="a@b.example")
    soap(sage, "update", session, entityname="person", personid=str(key), emailaddress="new@b.example")
    assert sage.rows("Email")[0]["Emai_EmailAddress"] == "new@b.example"
    sage.control("people/delete", {"id": key})
    _, said = soap(sage, "queryid", session, entityname="person", startdate="2027-01-15T07:00:00Z")
    assert f"<recordid>{key}</recordid>" in said
    assert "<flag>deleted</flag>" in said
    soap(sage, "logoff", session)
    assert soap(sage, "queryid", session, entityname="person")[0] == 500
    sage.switch(soap="disabled")
    assert "html" in soap(sage, "logon")[1]


def test_d2_the_data_set_has_the_usual_disorder(sage: Sage) -> None:
    """5,000 people and 1,200 companies with gaps; shared, missing and odd addresses; opt-outs; deals; groups."""
    sage.control("seed", {"fill": 5_000})
    books = sage.standin.state
    people = books.rows["person"]
    assert (len(people), len(books.rows["company"])) == (5_000, 1_200)
    assert max(people) > 5_000
    assert books.rows["company"][28]["comp_name"] == "Gatecom"
    assert 30 in people
    links = [one["elink_recordid"] for one in books.live("emaillink")]
    assert 0.02 < 1 - len(set(links)) / 5_000 < 0.04
    assert 0.03 < (len(links) - 3 - len(books.rows["email"]) + 3) / 5_000 < 0.08
    assert 0.01 < sum(one.get("pers_optout") == "Y" for one in people.values()) / 5_000 < 0.03
    assert max(links.count(number) for number in links[:20]) == 4
    addresses = {one["emai_emailaddress"] for one in books.live("email")}
    assert {"Mixed.Case@Shop.Example", "info@bücher.example"} <= addresses
    assert {one.get("oppo_status") for one in books.live("opportunity")} == {"Won", "Lost", "In Progress"}
    assert any(one.get("pers_obfuscated") for one in people.values())
    assert len({one["pers_secterr"] for one in people.values()}) == 3
    assert {one.get("comm_mailchimpcampaignid") for one in books.live("communication")} == {None, "0ld0campai"}
    assert books.live("lead")
    assert books.live("ddata")
