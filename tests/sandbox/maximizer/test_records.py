"""How records of the Maximizer stand-in behave: 13 to 24."""

from typing import Any

import pytest

from listloop.sandbox.maximizer.keys import ident_of
from tests.sandbox.maximizer.book import Book, number_of


def ident(book: Book, key: str) -> str:
    id_, number = ident_of(key, book.standin.salt)
    return f"{id_}.{number}"


def test_13_a_contact_shares_the_id_of_its_company(book: Book) -> None:
    company = book.company()
    contact = book.create(ParentKey=company, LastName="Ng")
    assert ident_of(contact)[0] == ident_of(company)[0]
    assert (ident_of(company)[1], ident_of(contact)[1]) == (0, 1)
    assert book.value(contact, "ParentKey") == company


def test_13_keys_may_be_other_texts_in_each_session(book: Book) -> None:
    book.switch(keys_change=True)
    before = book.person()
    book.call("Authenticate", {"Database": "AcmeBook", "UID": "SYNC", "Password": "sync"})
    after = book.rows({"Key": {"Value": 1, "ID": 1, "Number": 1}})[0]["Key"]
    assert after["Value"] != before
    assert book.update(before, LastName="Po")["Code"] != 0
    assert book.update(after["Value"], LastName="Po")["Code"] == 0


def test_14_types_have_defaults_and_stay(book: Book) -> None:
    company = book.company()
    contact = book.create(ParentKey=company, LastName="Ng")
    assert [book.value(one, "Type") for one in (company, contact)] == ["Company", "Contact"]
    assert number_of(book.update(contact, ParentKey=company)) == -1023
    assert number_of(book.call("Create", {"AbEntry": {"Data": {"Type": "Contact", "LastName": "Ng"}}})) == -10010


@pytest.mark.parametrize("refused", [True, False])
def test_14_a_contacts_company_name_is_its_parents(book: Book, refused: bool) -> None:
    book.switch(company_name_refused=refused)
    contact = book.create(ParentKey=book.company(), LastName="Ng")
    assert (book.update(contact, CompanyName="Bolt")["Code"] != 0) is refused
    assert book.value(contact, "CompanyName") == "Acme"


def test_15_an_address_goes_to_the_default_slot_and_blanks_stay(book: Book) -> None:
    key = book.person(FirstName="Jo ", Email="a@b.example", Email2={"Address": "c@d.example", "Description": "Home"})
    shown = book.rows(
        {"Email1": {"Address": 1, "Default": 1}, "Email2": {"Address": 1, "Description": 1}, "FirstName": 1}
    )
    assert shown[0]["Email1"] == {"Address": "a@b.example", "Default": True}
    assert shown[0]["Email2"] == {"Address": "c@d.example", "Description": "Home"}
    assert book.value(key, "FirstName") == "Jo "


@pytest.mark.parametrize("position", ["null", "stored"])
def test_16_an_address_is_read_for_sure_only_as_its_own_record(book: Book, position: str) -> None:
    book.switch(address_in_entry=position)
    key = book.person(Address={"City": "Oslo"})
    own = book.rows({"City": 1, "Default": 1}, {"ParentKey": {"$EQ": key}}, "Address")
    assert own == [{"City": "Oslo", "Default": True}]
    assert book.rows({"Address": {"City": 1}})[0]["Address"]["City"] == (None if position == "null" else "Oslo")


@pytest.mark.parametrize("moves", [True, False])
def test_16_an_edited_address_may_leave_the_entrys_date(book: Book, moves: bool) -> None:
    book.switch(address_moves_entry=moves)
    key = book.person()
    before = book.value(key, "LastModifyDate")
    book.wait(60)
    book.update(key, Address={"City": "Oslo"})
    assert (book.value(key, "LastModifyDate") != before) is moves


def test_17_fields_go_by_number_name_and_absolute_path(book: Book) -> None:
    book.do("seed", {"fields": [{"name": "Size", "folder": "Sales", "type": "StringField"}]})
    key = book.person(**{"Udf/$NAME(Sales\\Size)": "L"})
    assert book.value(key, "Udf/$TYPEID(401)") == book.value(key, "/AbEntry/Udf/$TYPEID(401)") == "L"


def test_17_yes_is_2_in_a_list_and_may_be_written_alone(book: Book) -> None:
    field = book.udf("VIP", "EnumField<StringItem>", YesNo=True)
    key = book.person(**{field: "2"})
    assert book.value(key, field) == ["2"]
    book.update(key, "AbEntry", **{field: []})
    assert book.value(key, field) == []


@pytest.mark.parametrize("position", ["cut", "refused"])
def test_17_a_long_text_is_cut_or_refused(book: Book, position: str) -> None:
    book.switch(too_long=position)
    field, key = book.udf("Short", MaxLength=3), book.person()
    assert (book.update(key, **{field: "abcdef"})["Code"] == 0) is (position == "cut")
    assert book.value(key, field) == ("abc" if position == "cut" else "")


@pytest.mark.parametrize("silent", [True, False])
def test_17_a_persons_field_is_not_stored_on_a_company(book: Book, silent: bool) -> None:
    book.switch(udf_by_person_only=silent)
    field, company = book.udf("Short"), book.company()
    assert (book.update(company, **{field: "x"})["Code"] == 0) is silent
    assert book.value(company, field) == ""


def test_18_fields_and_folders_are_made_and_changed(book: Book) -> None:
    folder = book.call("Create", {"Folder": {"Data": {"Key": None, "Name": "MailChimp"}}})["Folder"]["Data"]["Key"]
    data = {"Key": None, "Name": "A", "Type": "StringField", "Folder": folder, "AppliesTo": ["Individual"]}
    key = book.call("Create", {"Schema": {"Data": data}})["Schema"]["Data"]["Key"]

    def shown(*applies: str) -> list[tuple[str, Any]]:
        query = {"Key": {"$TREE": "/AbEntry/Udf"}, "AppliesTo": {"$IN": list(applies)}}
        rows = book.call("Read", {"Schema": {"Criteria": {"SearchQuery": query}}})["Schema"]["Data"]
        return [(one["Name"], one["Folder"]["Name"]) for one in rows]

    assert shown("Individual") == [("A", "MailChimp")]
    assert shown("Company") == []
    book.call("Update", {"Schema": {"Data": {"Key": key, "Name": "B"}}})
    assert shown("Individual") == [("B", "MailChimp")]
    book.call("Delete", {"Schema": {"Data": {"Key": key}}})
    assert shown("Individual") == []
    book.do("users", {"uid": "SYNC", "denied": ["udf-setup"]})
    assert number_of(book.call("Create", {"Schema": {"Data": data}})) == -30002


@pytest.mark.parametrize("position", ["refused", "made"])
def test_18_a_second_field_of_a_name(book: Book, position: str) -> None:
    book.switch(udf_twice=position)
    book.udf("Same")
    data = {"Key": None, "Name": "Same", "Type": "StringField"}
    assert (book.call("Create", {"Schema": {"Data": data}})["Code"] == 0) is (position == "made")


def test_19_items_are_added_changed_and_removed_with_what_was_stored(book: Book) -> None:
    field = book.udf("Size", "EnumField<StringItem>")

    def change(items: list[dict[str, Any]], **options: bool) -> Any:
        block = {"FieldOptions": {field: items}, "Options": options}
        return book.call("Update", {"AbEntry": block})["AbEntry"]["FieldOptions"][field]

    small = change([{"Key": None, "Name": "S"}, {"Key": None, "Name": "L"}])[0]["Key"]
    key = book.person("Ng", **{field: [small]})
    change([{"Key": small, "Name": "Small"}], Modify=True)
    asked = {"AbEntry": {"FieldOptions": {field: [{"Key": 1, "DisplayValue": 1}]}}}
    assert book.call("Read", asked)["AbEntry"]["FieldOptions"][field][0] == {"Key": small, "DisplayValue": "Small"}
    change([{"Key": small}], Remove=True)
    assert book.value(key, field) == []


def test_20_dates_have_whole_seconds_and_a_renamed_parent_or_item_moves_nobody(book: Book) -> None:
    field = book.udf("Size", "EnumField<StringItem>")
    company = book.company()
    contact = book.create(ParentKey=company, LastName="Ng")
    before = book.value(contact, "LastModifyDate")
    assert before == "2027-01-15T08:00:00Z"
    book.wait(60)
    book.update(company, CompanyName="Bolt")
    book.call("Update", {"AbEntry": {"FieldOptions": {field: [{"Key": None, "Name": "S"}]}}})
    assert (book.value(contact, "CompanyName"), book.value(contact, "LastModifyDate")) == ("Bolt", before)


@pytest.mark.parametrize("moves", [True, False])
def test_20_an_own_field_may_leave_the_date(book: Book, moves: bool) -> None:
    book.switch(udf_moves_entry=moves)
    field, key = book.udf("Size"), book.person()
    before = book.value(key, "LastModifyDate")
    book.wait(60)
    book.update(key, **{field: "L"})
    assert (book.value(key, "LastModifyDate") != before) is moves


@pytest.mark.parametrize("notes", [True, False])
def test_21_updates_may_leave_notes(book: Book, notes: bool) -> None:
    book.switch(audit_notes=notes)
    book.update(book.person(), LastName="Po")
    assert [one["Text"] for one in book.rows({"Text": 1}, thing="Note")] == ["LastName changed from Ng to Po"] * notes


@pytest.mark.parametrize("sets", [True, False])
def test_21_an_interaction_of_the_day_is_a_contact(book: Book, sets: bool) -> None:
    book.switch(last_contacted=sets)
    key = book.person()
    book.create("InteractionLog", Type="70001", AbEntryKey=key, StartDate="2027-01-15T07:00:00Z")
    assert bool(book.value(key, "LastContactDate")) is sets


@pytest.mark.parametrize("along", [True, False])
def test_22_a_deleted_company_may_take_its_contacts(book: Book, along: bool) -> None:
    book.switch(company_takes_contacts=along)
    company = book.company()
    contact = book.create(ParentKey=company, LastName="Ng")
    book.delete(company)
    assert (book.rows({"Key": 1}, {"Key": {"$EQ": contact}}) == []) is along
    assert book.read({"Key": 1}, {"Key": {"$EQ": company}})["Code"] == 0


def test_22_a_merge_moves_what_is_missing_and_drops_the_other(book: Book) -> None:
    stays, goes = book.person("A"), book.person("B", Email1="b@x.example")
    book.do("people/merge", {"key": ident(book, stays), "other": ident(book, goes)})
    assert book.rows({"LastName": 1, "Email1": 1}) == [{"LastName": "A", "Email1": "b@x.example"}]


def test_22_a_clone_has_the_same_keys_in_another_workspace(book: Book) -> None:
    key = book.person()
    asked = {"AddressBook": {"WorkspaceId": 1}}
    before = book.call("GetSessionInfo", asked)["Data"]
    book.do("clone", {})
    assert book.call("GetSessionInfo", asked)["Data"] != before
    assert book.value(key, "LastName") == "Ng"


def test_23_hidden_entries_are_not_there_for_others(book: Book) -> None:
    key = book.person()
    book.do("people/mark", {"key": ident(book, key), "hidden": True})
    assert book.rows({"Key": 1}) == []
    assert book.update(key, LastName="x")["Code"] != 0
    assert book.rows({"SecStatus": {"CanUpdate": 1}}, {"Key": {"$EQ": key}}) == []


def test_24_asking_for_households_gives_everybody(book: Book) -> None:
    book.person()
    book.company()
    assert len(book.rows({"Key": 1}, {"Type": {"$EQ": "Household"}})) == 2
