"""What is read: items 8 to 26 of what a stand-in of Sage CRM must reproduce (D.2)."""

import json
from typing import Any

import pytest

from tests.sandbox.sagecrm.stage import Sage


def numbers(rows: list[dict[str, Any]]) -> list[int]:
    return sorted(int(one["$key"]) for one in rows)


def test_d2_08_the_envelope_of_a_feed(sage: Sage) -> None:
    """8. Four members of the standard; nothing found is 200 with an empty list."""
    feed = sage.get("Person", where="pers_personid eq 1")
    assert (feed["$totalResults"], feed["$startIndex"], feed["$itemsPerPage"], feed["$resources"]) == (0, 1, 10, [])


@pytest.mark.parametrize(("position", "kind"), [("number", int), ("text", str)])
def test_d2_09_the_key_is_a_number_or_a_text(sage: Sage, position: str, kind: type) -> None:
    """9. ``$key``."""
    sage.person()
    sage.switch(key=position)
    assert isinstance(sage.rows("Person")[0]["$key"], kind)


def test_d2_10_columns_are_spelled_as_they_like(sage: Sage) -> None:
    """10. One way in a table, another in a view; a switch turns them all."""
    sage.person(email="a@b.example", pers_promote="Y")
    assert {"Pers_PersonId", "pers_promote"} <= sage.rows("Person")[0].keys()
    assert "elink_recordid" in sage.rows("vPersonEmail")[0]
    assert "ELink_RecordID" in sage.rows("EmailLink")[0]
    sage.switch(casing="upper")
    assert "PERS_PERSONID" in sage.rows("Person")[0]


def test_d2_11_linked_entities_are_opaque_objects(sage: Sage) -> None:
    """11. Nested objects are there, and mean nothing."""
    sage.person(company="Gatecom")
    assert isinstance(sage.rows("Person")[0]["Company"], dict)


def test_d2_12_an_empty_column_is_null_or_absent(sage: Sage) -> None:
    """12. Nulls."""
    sage.person()
    assert "Pers_FirstName" not in sage.rows("Person")[0]
    sage.switch(nulls="null")
    assert sage.rows("Person")[0]["Pers_FirstName"] is None


@pytest.mark.parametrize(
    ("position", "ticked", "not_ticked"), [("Y", "Y", None), ("empty", "Y", ""), ("boolean", True, False)]
)
def test_d2_13_checkboxes(sage: Sage, position: str, ticked: Any, not_ticked: Any) -> None:
    """13. Y and nothing, Y and an empty text, true and false."""
    yes, no = sage.person(pers_optout="Y"), sage.person()
    sage.switch(checkbox=position)
    shown = {one["$key"]: one.get("Pers_OptOut") for one in sage.rows("Person")}
    assert (shown[yes], shown[no]) == (ticked, not_ticked)


def test_d2_14_times_carry_an_offset_that_changes_in_summer(sage: Sage) -> None:
    """14. The server's offset; a Z; nothing."""
    sage.person()
    assert sage.rows("Person")[0]["Pers_UpdatedDate"] == "2027-01-15T03:00:00-05:00"
    sage.control("clock", {"freeze": "2027-07-15T08:00:00Z"})
    sage.control("rows/edit", {"table": "Person", "id": 1, "values": {}})
    assert sage.rows("Person")[0]["Pers_UpdatedDate"] == "2027-07-15T04:00:00-04:00"
    sage.switch(moments="Z")
    assert sage.rows("Person")[0]["Pers_UpdatedDate"] == "2027-07-15T08:00:00Z"
    sage.switch(moments="naive")
    assert sage.rows("Person")[0]["Pers_UpdatedDate"] == "2027-07-15T04:00:00"


def test_d2_15_amounts_are_numbers_or_texts(sage: Sage) -> None:
    """15. A number, or a text of the locale."""
    sage.control("rows/add", {"table": "Opportunity", "values": {"Oppo_Total": 1234.5}})
    assert sage.rows("Opportunity")[0]["Oppo_Total"] == 1234.5
    sage.switch(amounts="text")
    assert sage.rows("Opportunity")[0]["Oppo_Total"] == "1.234,50"


def test_d2_16_pages(sage: Sage) -> None:
    """16. From 1; a default and a cap of rows; without orderBy the order changes when somebody is added."""
    for _ in range(250):
        sage.person()
    assert len(sage.get("Person")["$resources"]) == 10
    sage.switch(page=100, most=200)
    assert len(sage.get("Person")["$resources"]) == 100
    assert len(sage.get("Person", count=5000)["$resources"]) == 200
    sage.switch(most=1000)
    assert numbers([*sage.rows("Person", count=200), *sage.rows("Person", startIndex=201)]) == list(range(1, 251))
    before = [one["$key"] for one in sage.rows("Person")]
    assert before == [one["$key"] for one in sage.rows("Person")]
    sage.person()
    assert [one for one in (row["$key"] for row in sage.rows("Person")) if one <= 250] != before


def test_d2_17_only_the_published_operators(sage: Sage) -> None:
    """17. Others are a 400 or 500 with a diagnosis, unless the server is permissive."""
    keys = [sage.person(pers_firstname=name) for name in ("Ann", "Bob", "Cleo")]
    for where in (
        "pers_firstname eq 'Ann'",
        "pers_personid ge 1 and pers_personid between 1 and 1",
        "(pers_firstname like 'A%') or pers_personid gt 99",
        "pers_updateddate gt @2027-01-14@ and pers_personid eq 1",
    ):
        assert numbers(sage.rows("Person", where=where)) == keys[:1]
    more = ("pers_firstname ne 'Bob' and pers_personid lt 3", "pers_personid in ('1')", "not pers_personid ge 2")
    for where in more:
        reply = sage.ask("GET", "Person", where=where)
        assert reply.status == 400
        assert json.loads(reply.body)["$diagnoses"][0]["$sdataCode"] == "BadWhereSyntax"
    sage.switch(unknown_operator="500")
    assert sage.ask("GET", "Person", where=more[0]).status == 500
    sage.switch(operators="permissive", timestamps=True)
    assert [numbers(sage.rows("Person", where=one)) for one in more] == [keys[:1]] * 3
    assert numbers(sage.rows("Person", where="pers_updateddate ge @2027-01-15T08:00:00Z@")) == keys


@pytest.mark.parametrize(("position", "status"), [("400", 400), ("500", 500), ("zero rows", 200)])
def test_d2_18_nulls_and_boxes_cannot_be_sought(sage: Sage, position: str, status: int) -> None:
    """18. An error, or silently nobody."""
    sage.person(pers_optout="Y")
    sage.switch(unknown_operator=position)
    for where in ("pers_optout eq 'Y'", "pers_firstname eq null"):
        reply = sage.ask("GET", "Person", where=where, count=10)
        assert reply.status == status
        if status == 200:
            assert json.loads(reply.body)["$resources"] == []


@pytest.mark.parametrize("name", ["O'Brien", "Zoë", "東京", "🐒 & co", "a+b c%d"])
def test_d2_19_quotes_signs_and_scripts(sage: Sage, name: str) -> None:
    """19. Doubled quotes; ``%25``; other scripts; a plus is none when it is sent as such."""
    key = sage.person(pers_firstname=name)
    quoted = name.replace("'", "''")
    assert numbers(sage.rows("Person", where=f"pers_firstname eq '{quoted}'")) == [key]
    assert numbers(sage.rows("Person", where=f"pers_firstname like '{quoted[:1]}%'")) == [key]
    raw = sage.ask("GET", "Person", raw="where=pers_firstname%20like%20'%25'&count=5")
    assert len(json.loads(raw.body)["$resources"]) == 1


def test_d2_20_order_by_came_late(sage: Sage) -> None:
    """20. It sorts, is ignored, or is refused."""
    for name in ("B", "C", "A"):
        sage.person(pers_firstname=name)
    assert [one["Pers_FirstName"] for one in sage.rows("Person", orderBy="pers_firstname desc")] == ["C", "B", "A"]
    sage.switch(order_by="ignored")
    plain = sage.rows("Person")
    assert sage.rows("Person", orderBy="pers_firstname") == plain
    sage.switch(order_by="refused")
    assert sage.ask("GET", "Person", orderBy="pers_firstname").status == 400


def test_d2_21_select_names_columns(sage: Sage) -> None:
    """21. Honoured; an unknown name is left out, or refused."""
    sage.person(pers_firstname="Ann")
    row = sage.rows("Person", select="PERS_FIRSTNAME,nothing")[0]
    assert {one for one in row if one[0] != "$"} == {"Pers_FirstName"}
    sage.switch(unknown_column="refused")
    assert sage.ask("GET", "Person", select="nothing").status == 400


def test_d2_22_security_hides_columns_and_rows(sage: Sage) -> None:
    """22. Columns by field security, rows by territory: absent, and 404."""
    here, there = sage.person(pers_firstname="Ann"), sage.person(pers_secterr=101)
    sage.switch(hidden_columns="pers_firstname")
    assert "Pers_FirstName" not in sage.get(f"Person('{here}')")
    assert "pers_firstname" in sage.get("$prototypes/person")["$properties"]
    sage.switch(territory=101)
    assert numbers(sage.rows("Person")) == [there]
    assert sage.ask("GET", f"Person('{here}')").status == 404


def test_d2_23_prototypes(sage: Sage) -> None:
    """23. Columns of customers, what is mandatory and read-only, and only what is exposed."""
    told = sage.get("$prototypes/person")
    assert told["$resourceId"] == 13
    columns = told["$properties"]
    assert columns["pers_lastname"]["$isMandatory"]
    assert columns["pers_personid"]["$isReadOnly"]
    assert columns["pers_mc_sync"]["$title"] == "Sync with Mailchimp"
    assert "emaillink" in {one["$resourceKind"] for one in sage.get("$prototypes")["$resources"]}
    sage.switch(links="hidden")
    assert not {"emaillink", "comm_link"} & {one["$resourceKind"] for one in sage.get("$prototypes")["$resources"]}
    assert sage.ask("GET", "EmailLink").status == 404


def test_d2_24_views_are_read_and_not_written(sage: Sage) -> None:
    """24. vPersonEmail, vCompanyEmail, vMC_Person with deleted people too; a write is an error."""
    key = sage.person(email="a@b.example", company="Gatecom")
    sage.control("seed", {"companies": [{"Comp_Name": "Own", "email": "info@own.example"}]})
    assert sage.rows("vPersonEmail")[0]["emai_emailaddress"] == "a@b.example"
    assert sage.rows("vCompanyEmail")[0]["emai_emailaddress"] == "info@own.example"
    assert sage.rows("vMC_Person")[0]["comp_name"] == "Gatecom"
    sage.control("people/delete", {"id": key})
    assert sage.rows("vMC_Person")[0]["Pers_Deleted"] == 1
    assert sage.ask("POST", "vPersonEmail", {"emai_emailaddress": "x"}).status == 400
    sage.switch(views="hidden")
    assert sage.ask("GET", "vPersonEmail").status == 404


def test_d2_25_captions_in_several_languages(sage: Sage) -> None:
    """25. Codes, and their words in each language."""
    rows = sage.rows("Custom_Captions", where="Capt_Family eq 'pers_mc_sync'")
    assert {(one["Capt_Code"], one["Capt_US"], one["Capt_DE"]) for one in rows} == {
        ("Y", "Yes", "Yes (de)"),
        ("N", "No", "No (de)"),
    }


def test_d2_26_the_older_contract_is_atom_and_read_only(sage: Sage) -> None:
    """26. A hundred rows a page; 405 on writes."""
    for _ in range(150):
        sage.person()
    base = "/sdata/crmj/sagecrm/-/"
    reply = sage.ask("GET", "person", base=base, count=500)
    assert reply.headers["Content-Type"] == "application/atom+xml"
    assert reply.body.count(b"<entry>") == 100
    assert sage.ask("POST", "person", {"pers_lastname": "X"}, base=base).status == 405
