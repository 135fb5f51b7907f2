"""Everything that *Maximizer Connect for Mailchimp* did works here: each of its established lines is a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from listloop.core.mapping import refusal
from listloop.core.people import Consent
from listloop.core.plan import Rule
from listloop.core.rules import Row
from listloop.core.side import Communication, Deal, Field, FieldType, Schema
from listloop.crm.maximizer import MaximizerCrm
from listloop.sandbox.server import Running
from listloop.store.rhythm import Rhythm, parse
from listloop.sync.context import Scope
from listloop.testing.side.steps import create, new
from tests.crm.maximizer.hands import MaximizerHands, made
from tests.crm.maximizer.loop import Loop, make_loop


@pytest.fixture
def loop(tmp_path: Path, crm: MaximizerCrm, hands: MaximizerHands) -> Iterator[Loop]:
    one = make_loop(tmp_path, crm, hands)
    yield one
    one.engine.dispose()


YES = {"Sync with MailChimp": "Yes"}


@pytest.mark.parametrize(("version", "region"), [
    ("2015 R2", "CAN"), ("2016", "CAN"), ("2017 R2", "CAN"), ("2024", "CAN"), ("cloud", "CAN"), ("cloud", "UK"),
])  # fmt: skip
def test_it_works_through_web_data_in_every_version_and_region(
    server: Running, hands: MaximizerHands, version: str, region: str
) -> None:
    """C.1: works through Maximizer.Web.Data; CRM 2015 R2, 2016, 2017 R2 and later; cloud in Canada and the UK."""
    hands.do("switches", {"version": version, "region": region})
    crm = made(server)
    crm.set_up()
    assert crm.check().problems == ()
    crm.close()


def test_one_audience_is_kept_in_step(loop: Loop) -> None:
    """C.1: one selected Mailchimp list. A connection has one; another connection may have another."""
    loop.hands.add("ann@x.example", {"LastName": "Lee", **YES})
    loop.settle()
    assert list(loop.members()) == ["ann@x.example"]


def test_an_unprepared_address_book_is_told_and_then_set_up(server: Running) -> None:
    """C.1: an unprepared Address Book shows an error; set-up then creates the fields."""
    crm = made(server)
    assert "no field “Sync with MailChimp”" in crm.check().problems[0].text
    assert crm.set_up().made == ("Sync with MailChimp", "MailChimp ID", "MailChimp status")
    assert crm.check().problems == ()
    assert crm.set_up().made == ()
    crm.close()


@pytest.mark.parametrize("hours", [1, 2, 4, 8, 12, 24])
def test_the_frequencies_are_there(hours: int) -> None:
    """C.1: the sync frequency is 1, 2, 4, 8, 12 or 24 hours."""
    assert parse(f"{hours}h", "UTC") == Rhythm(hours * 60)


def test_the_fields_are_for_persons_in_the_folder(server: Running) -> None:
    """C.1: both fields are in the folder MailChimp, for Individual and Contact only; Yes/No, and alphanumeric."""
    crm = made(server)
    crm.set_up()
    state = server.standin.state
    flag, mailchimp_id = (state.udf_named(one) for one in ("Sync with MailChimp", "MailChimp ID"))
    assert {state.folders[flag.folder], state.folders[mailchimp_id.folder]} == {"MailChimp"}
    assert set(flag.applies) == set(mailchimp_id.applies) == {"Individual", "Contact"}
    assert (flag.attributes["YesNo"], mailchimp_id.type) == (True, "StringField")
    crm.close()


@pytest.mark.parametrize("flag", ["Sync with MailChimp", "Sync to MailChimp", "SYNC WITH MAILCHIMP"])
def test_an_earlier_connectors_fields_are_taken_over_links_and_all(
    server: Running, hands: MaximizerHands, tmp_path: Path, flag: str
) -> None:
    """C.1: Sync with (or to) MailChimp, and MailChimp ID of at most 29 characters: both are found, and so are links."""
    yes_no = {"name": flag, "type": "EnumField<StringItem>", "folder": "Mailchimp", "attributes": {"YesNo": True}}
    older = {"name": "MailChimp ID", "type": "StringField", "folder": "Mailchimp", "attributes": {"MaxLength": 29}}
    hands.do("seed", {"fields": [yes_no, older]})
    crm = made(server)
    arranged = crm.set_up()
    assert arranged.made == ("MailChimp contact ID", "MailChimp status")
    loop = make_loop(tmp_path, crm, hands)
    key = loop.audience.add("ann@x.example", {"LNAME": "Lee"}, consent=Consent.SUBSCRIBED)
    loop.audience.edit(key, older_ids=("8c1f2a9b07",))
    hands.add("elsewhere@x.example", {"LastName": "Lee", flag: "Yes", "MailChimp ID": "8c1f2a9b07"})
    loop.settle()
    assert [one.key for one in loop.audience.records()] == [key]
    assert (loop.people()["Lee"].mailchimp_id, loop.people()["Lee"].older_ids) == (key, ("8c1f2a9b07",))
    loop.engine.dispose()
    crm.close()


def test_people_are_matched_by_id_and_then_by_address(loop: Loop) -> None:
    """C.1: matching is by MailChimp ID first, then by e-mail where the ID is empty."""
    by_id = loop.audience.add("old@x.example", {"LNAME": "One"}, consent=Consent.SUBSCRIBED)
    by_address = loop.audience.add("two@x.example", {"LNAME": "Two"}, consent=Consent.SUBSCRIBED)
    loop.hands.add("new@x.example", {"LastName": "One", "MailChimp ID": by_id, **YES})
    loop.hands.add("TWO@x.example", {"LastName": "Two", **YES})
    loop.settle()
    assert loop.people()["One"].mailchimp_id == by_id
    assert loop.people()["Two"].mailchimp_id == by_address
    assert len(loop.audience.records()) == 2


def test_who_takes_part(loop: Loop) -> None:
    """C.1: Individual or Contact with Yes and Email 1; a blank Email 1 is not synced, nor is a Company."""
    loop.hands.add("yes@x.example", {"LastName": "Yes", **YES})
    loop.hands.add("no@x.example", {"LastName": "No", "Sync with MailChimp": "No"})
    loop.hands.add("blank@x.example", {"LastName": "Blank"})
    loop.hands.add("", {"LastName": "Mute", "Email2": "second@x.example", **YES})
    loop.hands.do("people/company", {"name": "Acme"})
    loop.settle()
    assert list(loop.members()) == ["yes@x.example"]
    assert set(loop.people()) == {"Yes", "No", "Blank", "Mute"}
    told = {row.crm.person.fields["LastName"]: row.rule for row in loop.rows().values() if row.crm}
    assert (told["No"], told["Blank"], told["Mute"]) == (Rule.FLAG_NO, Rule.FLAG_BLANK, Rule.NO_EMAIL)


def test_a_shared_address_belongs_to_one_and_the_other_gets_no(loop: Loop) -> None:
    """C.1: one member never serves two entries: the loser's flag is set to No, and it is said who owns the address."""
    loop.hands.add("desk@x.example", {"LastName": "First", **YES})
    loop.settle()
    loop.hands.add("desk@x.example", {"LastName": "Second", **YES})
    loop.settle()
    assert len(loop.members()) == 1
    assert loop.people()["First"].takes_part is True
    assert loop.people()["Second"].takes_part is False


def test_every_subscriber_comes_in_with_yes(loop: Loop) -> None:
    """C.1: every subscriber is synced; the matched or new entry gets Yes by itself."""
    loop.audience.add("new@x.example", {"LNAME": "New", "FNAME": "Ada"}, consent=Consent.SUBSCRIBED)
    loop.audience.add("old@x.example", {"LNAME": "Old"}, consent=Consent.SUBSCRIBED)
    loop.hands.add("old@x.example", {"LastName": "Old"})
    loop.settle()
    people = loop.people()
    assert (people["New"].takes_part, people["Old"].takes_part) == (True, True)
    assert people["New"].person.fields["FirstName"] == "Ada"


def test_new_in_mailchimp_is_an_individual_or_a_contact_of_its_company(loop: Loop) -> None:
    """C.1: new in Mailchimp becomes an Individual; with a mapped company that has a value, a Company and a Contact."""
    loop.audience.add("a@x.example", {"LNAME": "Alone"}, consent=Consent.SUBSCRIBED)
    loop.audience.add("b@x.example", {"LNAME": "Employed", "COMPANY": "Acme"}, consent=Consent.SUBSCRIBED)
    loop.settle()
    people = loop.people()
    assert (people["Alone"].kind, people["Employed"].kind) == ("Individual", "Contact")
    assert people["Employed"].person.fields["CompanyName"] == "Acme"


def test_a_cycle_writes_what_changed_both_ways(loop: Loop) -> None:
    """C.1: each cycle finds what changed on either side, and names and mapped fields are kept equal."""
    key = loop.hands.add("ann@x.example", {"LastName": "Lee", "FirstName": "Ann", "Address": {"City": "Bern"}, **YES})  # type: ignore[dict-item]
    loop.settle()
    member = loop.audience.records()[0]
    assert member.person.fields["CITY"] == "Bern"
    loop.hands.edit(key, {"FirstName": "Anna"})
    loop.audience.edit(member.key, {"CITY": "Oslo"})
    loop.settle()
    assert loop.people()["Lee"].person.fields["Address/City"] == "Oslo"
    assert loop.audience.records()[0].person.fields["FNAME"] == "Anna"


TYPES: list[tuple[FieldType, str]] = [
    (FieldType.CHOICES, "Topics"), (FieldType.TEXT, "Number"), (FieldType.NUMBER, "Seats"),
    (FieldType.CHOICE, "Region"), (FieldType.DATE, "Since"), (FieldType.BIRTHDAY, "Born"),
    (FieldType.TEXT, "Address line 1"), (FieldType.ZIP, "Zip code"),
]  # fmt: skip


@pytest.mark.parametrize(("theirs", "ours"), TYPES)
def test_each_type_of_mailchimp_has_its_field(crm: MaximizerCrm, theirs: FieldType, ours: str) -> None:
    """C.1: groups to tables with many items, text to alphanumeric, number to numeric, radio and drop-down to tables
    with one item, dates to dates, birthdays to dates without a year, parts of an address and zip to text.
    """
    here = next(one for one in crm.schema().fields if one.title == ours)
    choices = here.choices if theirs in {FieldType.CHOICE, FieldType.CHOICES} else ()
    assert not refusal(Row(here, Field("M", "M", theirs, choices)))


def test_only_compatible_fields_can_be_mapped(crm: MaximizerCrm) -> None:
    """C.1: the mapping offers only compatible fields."""
    seats = next(one for one in crm.schema().fields if one.title == "Seats")
    assert refusal(Row(seats, Field("M", "M", FieldType.BIRTHDAY)))


@pytest.mark.parametrize("filler", ["-"])
def test_fillers_of_the_earlier_connector_fill_and_erase_nothing(loop: Loop, filler: str) -> None:
    """C.1: where a mandatory field was blank it sent “-”: such a filler neither fills nor erases here."""
    loop.audience.add("ann@x.example", {"LNAME": "Lee", "CITY": filler}, consent=Consent.SUBSCRIBED)
    loop.hands.add("ann@x.example", {"LastName": "Lee", **YES})
    loop.settle()
    assert loop.people()["Lee"].person.fields["Address/City"] == ""


def test_a_field_whose_type_changed_rests_and_the_others_go_on(loop: Loop) -> None:
    """C.1: a later change of a mapped field's type stops that field; here it is listed, and the others go on."""
    key = loop.hands.add("ann@x.example", {"LastName": "Lee", "Region": "North", **YES})
    loop.settle()
    region = loop.hands.server.standin.state.udf_named("Region")
    region.attributes["MultiSelect"] = True
    loop.hands.edit(key, {"FirstName": "Ann"})
    loop.settle()
    member = loop.audience.records()[0]
    assert (member.person.fields["FNAME"], member.person.fields["SIZE"]) == ("Ann", "North")


def test_choices_go_by_label(loop: Loop) -> None:
    """C.1: choices are matched by label, whatever their keys are."""
    loop.hands.add("ann@x.example", {"LastName": "Lee", "Region": "South", **YES})
    loop.settle()
    member = loop.audience.records()[0]
    assert member.person.fields["SIZE"] == "South"
    loop.audience.edit(member.key, {"SIZE": "North"})
    loop.settle()
    region = next(one for one in loop.crm.schema().fields if one.title == "Region")
    assert loop.people()["Lee"].person.fields[region.name] == "North"


def test_a_new_choice_is_made_without_stopping_anything(crm: MaximizerCrm) -> None:
    """C.1: changing choices meant stopping the service; here a new item is made in the table, and the old ones stay."""
    region = next(one for one in crm.schema().fields if one.title == "Region")
    crm.prepare(Schema((Field(region.name, "Region", FieldType.CHOICE, ("North", "South", "West")),)))
    now = crm.schema().field(region.name)
    assert now is not None
    assert now.choices == ("North", "South", "West")


@pytest.mark.parametrize("types", [True, False])
def test_what_came_of_a_campaign_stands_on_the_entry(crm: MaximizerCrm, hands: MaximizerHands, types: bool) -> None:
    """C.1: contact history and campaign activity of the entry: deliveries, opens, clicks, bounces, each once."""
    hands.do("switches", {"campaign_type": types})
    record = create(crm, new(crm))[0]
    kinds = ("sent", "opened", "clicked", "bounced")
    for _ in range(2):
        told = [Communication("c1", record.key, one, "2027-01-15T08:00:00+00:00", f"News was {one}") for one in kinds]
        assert [one.error for one in crm.append(told)] == [None] * 4
    rows: Any = hands.server.standin.state.of("InteractionLog" if types else "Note").values()
    assert len(rows) == 4


def test_the_loop_is_closed(crm: MaximizerCrm, hands: MaximizerHands) -> None:
    """C.1: closed loop reporting: won opportunities are read with their revenue, date and person."""
    record = create(crm, new(crm))[0]
    hands.close_deal(Deal("", "Big", "won", 250_000, "CAD", "2027-01-10", (record.key,)))
    deals = [one for page, _ in crm.deals(None) for one in page]
    assert [(one.title, one.stage, one.value, one.currency, one.won, one.people) for one in deals] == [
        ("Big", "won", 250_000, "CAD", "2027-01-10", (record.key,))
    ]


def test_an_opt_out_crosses_both_ways(loop: Loop) -> None:
    """More than C.1: an unsubscribe in Mailchimp is noted in “Do not solicit by”, and the other way round."""
    loop.hands.add("ann@x.example", {"LastName": "Lee", **YES})
    bob = loop.hands.add("bob@x.example", {"LastName": "Bell", **YES})
    loop.settle()
    loop.audience.unsubscribe(loop.members()["ann@x.example"].key)
    loop.hands.edit(bob, {"DoNotSolicitBy": ["1"]})  # type: ignore[dict-item]
    loop.settle()
    assert {one.person.consent for one in loop.people().values()} == {Consent.UNSUBSCRIBED}
    assert {one.person.consent for one in loop.audience.records()} == {Consent.UNSUBSCRIBED}


def test_whose_address_bounces_stands_on_the_entry(loop: Loop) -> None:
    """More than C.1: a salesperson sees in the status whom mail does not reach; a no of the person outlives it."""
    ann = loop.hands.add("ann@x.example", {"LastName": "Lee", **YES})
    loop.hands.add("bob@x.example", {"LastName": "Bell", **YES})
    loop.settle()
    loop.audience.edit(loop.members()["ann@x.example"].key, consent=Consent.CLEANED)
    loop.settle()
    assert loop.people()["Lee"].person.consent is Consent.CLEANED
    status = loop.hands.server.standin.state.udf_named("MailChimp status")
    entries: Any = loop.hands.server.standin.state.of("AbEntry").values()
    stored = {row.values["LastName"]: row.values.get(status.slot) for row in entries}
    assert stored == {"Lee": "cleaned", "Bell": None}
    loop.hands.edit(ann, {"DoNotSolicitBy": ["1"]})  # type: ignore[dict-item]
    assert loop.people()["Lee"].person.consent is Consent.UNSUBSCRIBED


def test_without_a_status_field_only_a_no_is_kept(server: Running) -> None:
    """Whoever wants no third field says so, and gets none."""
    crm = made(server, status=False)
    assert crm.set_up().made == ("Sync with MailChimp", "MailChimp ID")
    assert crm.check().problems == ()
    assert crm.can.consents == {Consent.UNKNOWN, Consent.UNSUBSCRIBED}
    crm.close()


def test_nobody_is_taken_for_deleted_who_only_moved(loop: Loop) -> None:
    """More than C.1: deletions are found by a sweep; who was deleted is archived, and nobody else."""
    ann = loop.hands.add("ann@x.example", {"LastName": "Lee", **YES})
    loop.hands.add("bob@x.example", {"LastName": "Bell", **YES})
    loop.settle()
    loop.hands.delete(ann)
    for _ in range(3):
        loop.turn(Scope(full=True, sweep=True))
    assert sum(loop.standings().values()) == len(loop.rows())
    takes_part = {email: one.takes_part for email, one in loop.members().items()}
    assert takes_part == {"ann@x.example": False, "bob@x.example": True}
