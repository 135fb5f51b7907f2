from listloop.core.people import Record
from listloop.crm.local import LocalCrm
from listloop.crm.local.book import Book
from listloop.crm.local.fill import fill
from listloop.testing.world import world


def test_a_world_is_in_the_book_as_it_was_drawn(crm: LocalCrm, book: Book) -> None:
    drawn = world(400)
    fill(crm.place, drawn, crm.clock())
    titles = {label.name: label.title for label in crm.schema().labels}
    records: list[Record] = [record for page in crm.changes(None) for record in page.records]
    assert len(records) == len(drawn.people)
    for record, person in zip(records, drawn.people, strict=True):
        fields = record.person.fields
        assert (record.email, record.takes_part) == (person.email, person.takes_part)
        assert record.person.consent is person.consent
        assert record.emails == ((person.email_2,) if person.email_2 else ())
        for name in ("first_name", "last_name", "title", "company", "phone", "city", "country", "birthday", "owner"):
            assert fields[name] == getattr(person, name)
        assert {name: fields[f"custom:{name}"] for name in person.custom} == person.custom
        assert {titles[label] for label in record.person.labels} == set(person.groups)
        assert record.created <= record.changed
    assert len(book.companies(limit=1000)) == len(drawn.companies)


def test_a_filled_book_can_be_written_at_once(crm: LocalCrm, book: Book) -> None:
    """What was filled passes every check of a write: an edit of one field leaves all others as they were."""
    fill(crm.place, world(60), crm.clock())
    for record in list(crm.fetch(list(crm.keys()))):
        after = book.edit_person(record.key, {**record.person.fields, "owner": "Me"}, email=record.email)
        assert after.person.fields == {**record.person.fields, "owner": "Me"}
