import pytest

from listloop.core.errors import NeedsAttention, RecordRejected
from listloop.core.people import Consent, Key, Record
from listloop.core.side import Field, FieldType
from listloop.crm.local import LocalCrm
from listloop.crm.local.book import Book


def add(book: Book, *names: str, **fields: str) -> list[Key]:
    return [book.add_person({"last_name": name, **fields}, f"{name.lower()}@shop.example") for name in names]


def cursor(crm: LocalCrm) -> str:
    return [page.cursor for page in crm.changes(None)][-1]


def changed(crm: LocalCrm, since: str) -> list[Key]:
    return sorted(one.key for page in crm.changes(since) for one in page.records)


def get(book: Book, key: Key) -> Record:
    record = book.person(key)
    assert record is not None
    return record


def test_a_person_is_added_edited_found_and_deleted(book: Book) -> None:
    (key,) = add(book, "Nowak", first_name="Ewa", company="Szkło i Spółka")
    book.edit_person(key, {"city": "Łódź"}, email="ewa@shop.example")
    record = get(book, key)
    assert (record.email, record.person.fields["city"], record.kind) == ("ewa@shop.example", "Łódź", "Contact")
    assert [one.key for one in book.people("NOWAK")] == [one.key for one in book.people("szk")] == [key]
    assert book.people("100%") == []
    assert book.count() == 1
    assert book.delete_people([key]) == 1
    assert book.person(key) is None


def test_a_refused_hand_is_told_why(book: Book) -> None:
    with pytest.raises(RecordRejected, match="Last name"):
        book.add_person({"first_name": "Ewa"})
    with pytest.raises(RecordRejected, match="no longer"):
        book.opt_out("404")
    assert book.count() == 0


def test_flagging_counts_whom_it_changed(crm: LocalCrm, book: Book) -> None:
    """The flag is set for everybody, a group, some keys or people with a value; only the changed come again."""
    a, b, c = add(book, "A", "B", "C", city="Porto")
    book.edit_person(c, {"city": "Athen"})
    group = book.make_group("Fair", [a])
    since = cursor(crm)
    assert book.flag(True, group=group.key) == 1
    assert book.flag(True, where={"city": "PORTO"}) == 1
    assert changed(crm, since) == [a, b]
    assert book.flag(True, everybody=True) == 1
    assert book.flag(True, everybody=True) == 0
    assert book.flag(False, keys=[a, "404"]) == 1
    assert book.flag(None, keys=[b], where={"city": "Athen"}) == 0
    assert [get(book, key).takes_part for key in (a, b, c)] == [False, True, True]
    assert book.flag(None, keys=[b]) == 1
    assert get(book, b).takes_part is None


def test_nobody_is_flagged_without_a_condition(book: Book) -> None:
    add(book, "A")
    assert book.flag(True) == book.flag(True, keys=[]) == 0
    with pytest.raises(RecordRejected, match="no field"):
        book.flag(True, where={"town": "Porto"})
    with pytest.raises(RecordRejected, match="no such group"):
        book.flag(True, group="404")


def test_flagging_by_company_and_custom_field(book: Book) -> None:
    book.add_field(Field("custom:vip", "VIP", FieldType.YES_NO))
    a, b = add(book, "A", "B", company="Ölmühle")
    book.edit_person(a, {"custom:vip": "yes"})
    assert book.flag(True, where={"custom:vip": "yes"}) == 1
    assert book.flag(False, where={"custom:vip": "", "company": " ölMÜHLE"}) == 1
    assert [get(book, key).takes_part for key in (a, b)] == [True, False]


def test_an_opt_out_is_kept_with_who_and_when(crm: LocalCrm, book: Book) -> None:
    (key,) = add(book, "A")
    record = book.opt_out(key)
    assert record.person.consent is Consent.UNSUBSCRIBED
    again = book.opt_out(key)
    assert again.changed == record.changed, "said twice is said once"


def test_a_renamed_company_is_a_change_of_its_contacts(crm: LocalCrm, book: Book) -> None:
    a, b = add(book, "A", "B", company="Old")
    add(book, "C")
    (company,) = book.companies("old")
    since = cursor(crm)
    book.edit_company(company["key"], {"name": "New", "city": "Porto"})
    assert changed(crm, since) == [a, b]
    assert get(book, a).person.fields["company"] == "New"
    with pytest.raises(RecordRejected, match="already"):
        book.add_company(" NEW ")
    with pytest.raises(RecordRejected, match="needs a name"):
        book.add_company(" ")


def test_contacts_of_a_deleted_company_stay(crm: LocalCrm, book: Book) -> None:
    (a,) = add(book, "A", company="Old")
    since = cursor(crm)
    book.delete_company(book.companies()[0]["key"])
    assert (get(book, a).kind, get(book, a).person.fields["company"]) == ("Individual", "")
    assert changed(crm, since) == [a]
    assert book.companies() == []


def test_groups_change_by_hand(crm: LocalCrm, book: Book) -> None:
    a, b = add(book, "A", "B")
    group = book.make_group("Fair", [a])
    since = cursor(crm)
    assert book.add_to_group(group.key, [a, b, "404"]) == 1
    assert changed(crm, since) == [b]
    assert book.remove_from_group(group.key, [a, "404"]) == 1
    book.rename_group(group.key, "Trade fair")
    (found,) = book.groups()
    assert (found.key, found.title, found.members) == (group.key, "Trade fair", 1)
    since = cursor(crm)
    book.delete_group(group.key)
    assert changed(crm, since) == [b]
    assert book.groups() == []
    with pytest.raises(RecordRejected, match="needs a name"):
        book.make_group(" ")


def test_a_field_that_can_not_be_is_refused(book: Book) -> None:
    with pytest.raises(NeedsAttention, match="can't make"):
        book.add_field(Field("custom:", "Nothing"))
    assert "custom:" not in {one.name for one in book.fields()}
