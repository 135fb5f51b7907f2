import re
from collections.abc import Iterable

import pytest

from listloop.core.errors import ListloopError, NeedsAttention
from listloop.core.people import Consent, Origin, Patch, Record
from listloop.core.side import Change, Communication, Deal, Field, FieldType, Label, LabelKind, Outcome, Schema
from listloop.crm.local import LocalCrm
from listloop.crm.local.book import Book


def create(crm: LocalCrm, *patches: Patch) -> list[Record]:
    changes = [Change(str(number), None, patch) for number, patch in enumerate(patches)]
    return [stored(outcome) for outcome in sorted(crm.write(changes), key=lambda one: int(one.ref))]


def stored(outcome: Outcome) -> Record:
    assert outcome.record is not None, outcome.error
    return outcome.record


def refused(outcomes: Iterable[Outcome]) -> dict[str, ListloopError]:
    return {one.ref: one.error for one in outcomes if one.error is not None}


def named(last_name: str, email: str = "", **fields: str) -> Patch:
    return Patch(email=email, fields={"last_name": last_name, **fields})


def test_a_new_person_is_stored_as_told(crm: LocalCrm) -> None:
    patch = Patch(
        email="Ada@Shop.example",
        fields={"first_name": "Ada", "last_name": "Król", "birthday": "1980-02-29", "company": " Szkło "},
        consent=Consent.SUBSCRIBED,
        takes_part=True,
        mailchimp_id="c" * 32,
    )
    (record,) = create(crm, patch)
    assert record.email == "Ada@Shop.example"
    assert record.person.fields["last_name"] == "Król"
    assert record.person.fields["birthday"] == "1980-02-29"
    assert record.person.fields["phone"] == ""
    assert (record.kind, record.person.fields["company"]) == ("Contact", "Szkło")
    assert (record.takes_part, record.mailchimp_id, record.person.consent) == (True, "c" * 32, Consent.SUBSCRIBED)
    assert list(crm.fetch([record.key])) == [record]


def test_a_company_is_found_by_its_name_in_any_case(crm: LocalCrm, book: Book) -> None:
    first, second, third = create(
        crm, named("A", company="Ölmühle Süd"), named("B", company=" ÖLMÜHLE  süd "), named("C", company="Other")
    )
    assert first.person.fields["company"] == second.person.fields["company"] == "Ölmühle Süd"
    assert third.person.fields["company"] == "Other"
    assert [one["name"] for one in book.companies()] == ["Other", "Ölmühle Süd"]


def test_a_contact_moves_to_another_company_and_out_of_it(crm: LocalCrm) -> None:
    (record,) = create(crm, named("A", company="One"))
    (moved,) = crm.write([Change("x", record.key, Patch(fields={"company": "Two"}))])
    assert stored(moved).person.fields["company"] == "Two"
    (alone,) = crm.write([Change("x", record.key, Patch(fields={"company": ""}))])
    assert stored(alone).kind == "Individual"


def test_each_refusal_is_one_persons_own(crm: LocalCrm) -> None:
    """Whoever can't be stored is refused with a code, and everybody else in the same call is written."""
    crm.prepare(
        Schema(
            (
                Field("custom:size", "Size", FieldType.CHOICE, ("S", "L")),
                Field("custom:seats", "Seats", FieldType.NUMBER),
            )
        )
    )
    bad = {
        "too-long": named("x" * 401),
        "required": Patch(fields={"first_name": "Only"}),
        "invalid-value": named("A", birthday="29.2.1980"),
        "invalid-value ": named("A", **{"custom:size": "M"}),
        "field-missing": named("A", **{"custom:colour": "red"}),
        "label-missing": Patch(fields={"last_name": "A"}, add=frozenset({"group:99"})),
    }
    changes = [Change(code, None, patch) for code, patch in bad.items()]
    outcomes = list(crm.write([*changes, Change("good", None, named("G")), Change("gone", "77", named("Z"))]))
    errors = refused(outcomes)
    assert {ref: error.code for ref, error in errors.items()} == {code: code.strip() for code in [*bad, "gone"]}
    assert all(error.problem and error.fix for error in errors.values())
    assert [one.person.fields["last_name"] for page in crm.changes(None) for one in page.records] == ["G"]


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        (FieldType.NUMBER, ["0", "-12.5", "1000000.25"], ["1,5", "NaN", "-Infinity", "12 seats", "1e99"]),
        (FieldType.MONEY, ["12.5"], ["€12"]),
        (FieldType.DATE, ["2024-02-29"], ["2023-02-29", "20240101", "1.2.2024"]),
        (FieldType.BIRTHDAY, ["02-29"], ["02-30", "2/29"]),
        (FieldType.DATETIME, ["2024-02-29T10:00:00"], ["2024-02-29", "2024-02-29T25:00:00"]),
        (FieldType.YES_NO, ["yes", "no"], ["true", "Yes"]),
        (FieldType.CHOICES, ["Red", "Dry\nRed"], []),
        (FieldType.ADDRESS, ['{"addr1":"Rue 1","city":"Nîmes"}'], ["Rue 1, Nîmes", "[1]"]),
        (FieldType.TEXT, ["x" * 400, "línea\ndos", "名前"], ["x" * 401, "a\0b", "\ud800"]),
    ],
)
def test_a_custom_field_takes_canonical_texts_only(
    crm: LocalCrm, type_: FieldType, good: list[str], bad: list[str]
) -> None:
    crm.prepare(Schema((Field("custom:it", "It", type_),)))
    for value in [*good, ""]:
        (record,) = create(crm, named("A", **{"custom:it": value}))
        assert record.person.fields["custom:it"] == value
    assert len(refused(crm.write([Change(repr(one), None, named("A", **{"custom:it": one})) for one in bad]))) == len(
        bad
    )


def test_what_is_typed_in_another_form_is_stored_in_the_canonical_one(crm: LocalCrm) -> None:
    crm.prepare(Schema((Field("custom:seats", "Seats", FieldType.NUMBER),)))
    (record,) = create(crm, named("A", birthday="1980-2-9", **{"custom:seats": " 12.50 "}))
    assert (record.person.fields["custom:seats"], record.person.fields["birthday"]) == ("12.5", "1980-02-09")


def test_many_choices_are_those_of_their_field(crm: LocalCrm) -> None:
    crm.prepare(Schema((Field("custom:wine", "Wine", FieldType.CHOICES, ("Red", "White")),)))
    (record,) = create(crm, named("A", **{"custom:wine": "White\nRed\nWhite"}))
    assert record.person.fields["custom:wine"] == "Red\nWhite"
    change = Change("x", record.key, Patch(fields={"custom:wine": "Red\nBlue"}))
    (outcome,) = crm.write([change])
    assert "“Blue” is not a choice of “Wine”" in str(outcome.error)


def test_two_changes_of_one_person_in_one_call_both_hold(crm: LocalCrm) -> None:
    (record,) = create(crm, named("A"))
    changes = [
        Change("1", record.key, Patch(fields={"city": "Gdynia"})),
        Change("2", record.key, Patch(fields={"phone": "x" * 500})),
        Change("3", record.key, Patch(consent=Consent.UNSUBSCRIBED)),
    ]
    outcomes = {one.ref: one for one in crm.write(changes)}
    assert outcomes["2"].error is not None
    assert stored(outcomes["1"]) == stored(outcomes["3"])
    assert stored(outcomes["3"]).person.consent is Consent.UNSUBSCRIBED
    assert stored(outcomes["3"]).person.fields["city"] == "Gdynia"


def test_a_write_that_changes_nothing_is_no_change(crm: LocalCrm) -> None:
    (record,) = create(crm, named("A", "a@shop.example", company="One"))
    cursor = [page.cursor for page in crm.changes(None)][-1]
    again = Change("x", record.key, Patch(email="a@shop.example", fields={"company": "ONE", "last_name": "A"}))
    (outcome,) = crm.write([again])
    assert stored(outcome) == record
    assert [page.records for page in crm.changes(cursor)] == [()]


def test_no_second_person_gets_an_address_by_a_sync(crm: LocalCrm, book: Book) -> None:
    """Creating an address that somebody has, in any of three spots and any case, is refused; a person's hand may."""
    create(crm, named("A", "a@shop.example", email_2="second@shop.example"))
    changes = [
        Change("same", None, named("B", " A@SHOP.example")),
        Change("second", None, named("C", "second@shop.example")),
        Change("new", None, named("D", "d@shop.example")),
        Change("new again", None, named("E", "D@shop.example")),
    ]
    errors = refused(crm.write(changes))
    assert {ref: error.code for ref, error in errors.items()} == dict.fromkeys(
        ["same", "second", "new again"], "address-taken"
    )
    assert book.add_person({"last_name": "F"}, "a@shop.example")
    assert len(list(crm.find(["A@shop.example"]))) == 2


def test_find_looks_at_every_address_and_the_mailchimp_id(crm: LocalCrm) -> None:
    first, second, third = create(
        crm,
        named("A", "Straße@Shop.example", email_3="third@shop.example"),
        Patch(fields={"last_name": "B"}, mailchimp_id="b"),
        named("C", "c@shop.example"),
    )
    assert [one.key for one in crm.find(["STRASSE@shop.example", "straße@shop.EXAMPLE"])] == [first.key]
    assert [one.key for one in crm.find(["Third@shop.example"], ["b"])] == [first.key, second.key]
    assert [one.key for one in crm.find(["", "nobody@shop.example"], [""])] == []
    assert first.emails == ("third@shop.example",)
    assert third.emails == ()


def test_many_are_written_and_read_back_once_each(crm: LocalCrm) -> None:
    """Pages, chunks and keys fit together: 2,345 people are written, streamed, listed and fetched, none twice."""
    records = create(crm, *(named(f"N{number}", f"n{number}@shop.example") for number in range(2_345)))
    pages = list(crm.changes(None))
    assert [len(page.records) for page in pages] == [1000, 1000, 345]
    assert [page.last for page in pages] == [False, False, True]
    assert {page.total for page in pages} == {2_345}
    keys = [record.key for record in records]
    assert [one.key for page in pages for one in page.records] == keys == list(crm.keys())
    assert sorted(one.key for one in crm.fetch([*keys, "no key", "99999999"])) == sorted(keys)
    resumed = [one.key for page in crm.changes(pages[0].cursor) for one in page.records]
    assert resumed == keys[1000:]


def test_who_changes_while_it_is_read_is_not_left_out(crm: LocalCrm) -> None:
    records = create(crm, *(named(f"N{number}") for number in range(1_001)))
    stream = crm.changes(None)
    first = next(stream)
    last = records[-1]
    list(crm.write([Change("x", last.key, Patch(fields={"city": "Porto"}))]))
    rest = [one for page in stream for one in page.records]
    assert len(first.records) == 1000
    assert [(one.key, one.person.fields["city"]) for one in rest] == [(last.key, "Porto")]


def test_the_feed_names_the_deleted_and_keys_are_never_used_again(crm: LocalCrm, book: Book) -> None:
    first, second = create(crm, named("A"), named("B"))
    cursor = [page.cursor for page in crm.changes(None)][-1]
    assert book.delete_people([second.key, "555"]) == 1
    (third,) = create(crm, named("C"))
    (page,) = crm.changes(cursor)
    assert page.gone == (second.key,)
    assert [one.key for one in page.records] == [third.key]
    assert third.key != second.key
    assert list(crm.keys()) == [first.key, third.key]


def test_a_cursor_of_a_lost_future_reads_everything(crm: LocalCrm) -> None:
    (record,) = create(crm, named("A"))
    assert [one.key for page in crm.changes("999") for one in page.records] == [record.key]
    with pytest.raises(NeedsAttention, match="not one of its own"):
        list(crm.changes("yesterday"))


def test_prepare_makes_what_is_missing_and_leaves_the_rest(crm: LocalCrm, book: Book) -> None:
    wanted = Schema(
        (Field("custom:size", "Size", FieldType.CHOICE, ("S",)), Field("last_name", "Surname")),
        (Label("group:new", "Newsletter", LabelKind.GROUP),),
    )
    crm.prepare(wanted)
    crm.prepare(wanted)
    crm.prepare(Schema((Field("custom:size", "Grösse", FieldType.CHOICE, ("L", "S")),)))
    schema = crm.schema()
    size, last_name = schema.field("custom:size"), schema.field("last_name")
    assert size is not None
    assert size.title == "Size"
    assert size.choices == ("S", "L")
    assert last_name is not None
    assert last_name.title == "Last name"
    assert [label.title for label in schema.labels] == ["Newsletter"]
    with pytest.raises(NeedsAttention, match="can't make a field"):
        crm.prepare(Schema((Field("c" * 101, "Colour"),)))
    with pytest.raises(NeedsAttention, match="no fields of the type"):
        crm.prepare(Schema((Field("custom:where", "Where", FieldType.COMPANY),)))


def test_groups_are_labels_of_their_people(crm: LocalCrm) -> None:
    first, second = create(crm, named("A"), named("B"))
    cursor = [page.cursor for page in crm.changes(None)][-1]
    group = crm.make_group("Fair", [first.key, "404"])
    label = f"group:{group.key}"
    assert (group.title, group.members) == ("Fair", 1)
    assert [one.key for page in crm.changes(cursor) for one in page.records] == [first.key]
    patches = [
        Change("1", first.key, Patch(remove=frozenset({label, "group:404"}))),
        Change("2", second.key, Patch(add=frozenset({label}))),
    ]
    found = {one.ref: stored(one).person.labels for one in crm.write(patches)}
    assert found == {"1": frozenset(), "2": frozenset({label})}
    assert list(crm.group(group.key)) == [second.key]
    assert list(crm.groups()) == [group]


def test_a_communication_is_written_once(crm: LocalCrm) -> None:
    (record,) = create(crm, named("A"))
    cursor = [page.cursor for page in crm.changes(None)][-1]
    sent = Communication("c1", record.key, "sent", "2026-05-04T08:00:00Z", "Spring letter")
    lost = Communication("c1", "404", "sent", "2026-05-04T08:00:00Z", "Spring letter")
    outcomes = [*crm.append([sent, lost]), *crm.append([sent, sent])]
    assert [(one.ref, one.error.code if one.error else "") for one in outcomes] == [
        (f"c1|{record.key}|sent", ""),
        ("c1|404|sent", "gone"),
        (f"c1|{record.key}|sent", ""),
        (f"c1|{record.key}|sent", ""),
    ]
    assert [page.records for page in crm.changes(cursor)] == [()]


def test_deals_are_read_on_from_a_cursor(crm: LocalCrm, book: Book) -> None:
    (record,) = create(crm, named("A"))
    deal = Deal("", "Ten chairs", "won", 120_050, "EUR", "2026-05-01", (record.key,), "Szkło")
    key = book.save_deal(deal)
    ((deals, cursor),) = crm.deals(None)
    assert [(one.key, one.title, one.value, one.people, one.company) for one in deals] == [
        (key, "Ten chairs", 120_050, (record.key,), "Szkło")
    ]
    assert list(crm.deals(cursor)) == [((), cursor)]
    book.save_deal(Deal(key, "Ten chairs", "lost", 0, "EUR"))
    ((deals, _),) = crm.deals(cursor)
    assert [(one.key, one.stage, one.people) for one in deals] == [(key, "lost", ())]


def test_times_and_origin_are_told(crm: LocalCrm, book: Book) -> None:
    (record,) = create(crm, named("A"))
    assert record.created == record.changed
    assert re.fullmatch(r"2026-05-04T08:\d\d:\d\d\.\d{6}Z", record.changed)
    (synced,) = crm.write([Change("x", record.key, Patch(consent=Consent.UNSUBSCRIBED))])
    assert stored(synced).changed > record.changed
    assert stored(synced).origin is Origin.UNKNOWN
    key = book.add_person({"last_name": "B"})
    assert book.opt_out(key).origin is Origin.CRM
    assert book.consent(key, Consent.SUBSCRIBED, by_the_person=True).origin is Origin.PERSON


def test_a_book_has_its_own_people_and_identity(crm: LocalCrm) -> None:
    from listloop.crm.local.opening import open_book

    other = LocalCrm(open_book(crm.place.engine, "second"))
    (record,) = create(crm, named("A", "a@shop.example"))
    assert other.check().identity != crm.check().identity
    assert list(other.keys()) == []
    assert [*other.find(["a@shop.example"]), *other.fetch([record.key])] == []
    create(other, named("B", "a@shop.example"))
    assert list(crm.keys()) == [record.key]
    assert LocalCrm(open_book(crm.place.engine, "second")).check() == other.check()
