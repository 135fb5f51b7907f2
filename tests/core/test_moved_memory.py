"""What a link remembers once it moved: to another member, or to another record of the CRM."""

from __future__ import annotations

from dataclasses import replace

import pytest

from listloop.core.memory import created
from listloop.core.moves import by_id, carry_memory, inherit
from listloop.core.people import Consent, Patch, Record
from listloop.core.plan import Action, Decision, Memory, Seen
from listloop.core.rules import Direction, Rules
from listloop.testing.builders import label_row, record, row, rules
from tests.core.stage import CRM, MAILCHIMP

ROWS = rules(
    row("First", "FNAME"),
    row("City", "CITY"),
    label_row("customers", "customer"),
    label_row("press", "press"),
    label_row("fair", "fair"),
)
FIRST, CITY = (one.name for one in ROWS.rows)
CUSTOMER, PRESS, FAIR = (one.name for one in ROWS.labels)

MINE = Memory(
    Seen("old@b.example", {FIRST: "Old"}, {CUSTOMER: True}, Consent.SUBSCRIBED, takes_part=True, mailchimp_id="m1"),
    Seen("old@b.example", {FIRST: "Old"}, {CUSTOMER: True}, Consent.SUBSCRIBED),
    Consent.SUBSCRIBED,
)
THEIRS = Memory(
    Seen("x@b.example", {FIRST: "X"}, {}, Consent.UNKNOWN, takes_part=False),
    Seen("new@b.example", {FIRST: "X"}, {PRESS: True}, Consent.UNSUBSCRIBED, takes_part=False),
    Consent.UNKNOWN,
)


def here(email: str = "New@b.example", city: str = "") -> Record:
    return record("p1", email, labels={"customers"}, mailchimp_id="m2", First="Ada", City=city)


def there(email: str = "new@b.example", first: str = "Bob") -> Record:
    return record("m2", email, labels={"press"}, FNAME=first, CITY="Bern")


def test_the_crm_s_values_hold_where_a_link_moves_to_somebody_else_s_member() -> None:
    """As if the CRM alone had changed whatever differs; the mailbox keeps its consent and what it was archived as."""
    assert carry_memory(MINE, THEIRS, here(), there(), ROWS, alone=False) == Memory(
        Seen("New@b.example", {FIRST: "", CITY: "Bern"}, {PRESS: True}, Consent.SUBSCRIBED, True, "m2"),
        Seen("new@b.example", {FIRST: "Bob", CITY: "Bern"}, {PRESS: True}, Consent.UNSUBSCRIBED, takes_part=False),
        Consent.UNKNOWN,
    )


def test_what_agrees_already_is_remembered_as_it_is() -> None:
    memory = carry_memory(MINE, THEIRS, here(city="Bern"), there(first="Ada"), ROWS, alone=False)
    assert (memory.crm.fields, memory.mailchimp.fields) == ({FIRST: "Ada", CITY: "Bern"}, {FIRST: "Ada", CITY: "Bern"})


def test_with_a_member_that_was_alone_everything_meets_for_the_first_time() -> None:
    memory = carry_memory(MINE, THEIRS, here(), there(), ROWS, alone=True)
    assert memory.crm == Seen("New@b.example", {}, {}, Consent.SUBSCRIBED, takes_part=True, mailchimp_id="m2")
    assert memory.mailchimp == Seen("new@b.example", {}, {}, Consent.UNSUBSCRIBED, takes_part=False)


def test_two_addresses_that_differ_meet_for_the_first_time() -> None:
    memory = carry_memory(MINE, THEIRS, here("other@b.example"), there(), ROWS, alone=False)
    assert (memory.crm.email, memory.mailchimp.email) == ("", "")


@pytest.mark.parametrize(
    ("direction", "remembered"),
    [(Direction.TO_CRM, set()), (Direction.TO_MAILCHIMP, {FIRST}), (Direction.BOTH, {FIRST})],
)
def test_a_field_that_comes_from_mailchimp_only_is_not_the_crm_s_edit(
    direction: Direction, remembered: set[str]
) -> None:
    way = rules(row("First", "FNAME", direction=direction))
    memory = carry_memory(MINE, THEIRS, here(), there(), way, alone=False)
    assert memory.crm.fields.keys() == remembered == memory.mailchimp.fields.keys()


@pytest.mark.parametrize("lacks", ["crm", "mailchimp"])
def test_a_field_that_a_side_does_not_show_is_not_remembered_and_the_next_ones_are(lacks: str) -> None:
    crm, member = here(), there()
    if lacks == "crm":
        crm = replace(crm, person=replace(crm.person, fields={"City": ""}))
    else:
        member = replace(member, person=replace(member.person, fields={"CITY": "Bern"}))
    memory = carry_memory(MINE, THEIRS, crm, member, ROWS, alone=False)
    assert memory.crm.fields == memory.mailchimp.fields == {CITY: "Bern"}


def heir(first: str | None = None, city: str | None = None) -> Record:
    fields = {name: value for name, value in (("First", first), ("City", city)) if value is not None}
    made = record("p2", "new@b.example", labels={"customers"}, mailchimp_id="m9")
    return replace(made, person=replace(made.person, fields=fields))


WHOLE = Memory(
    Seen("a@b.example", {FIRST: "Ada", CITY: "Bern"}, {CUSTOMER: True, PRESS: True}, Consent.SUBSCRIBED, True, "m1"),
    Seen("a@b.example", {FIRST: "ADA", CITY: "BERN"}, {CUSTOMER: True, PRESS: True}, Consent.SUBSCRIBED),
    Consent.SUBSCRIBED,
    Consent.PENDING,
)


def test_who_takes_the_place_of_a_record_inherits_what_it_shows_alike() -> None:
    """The rest meets for the first time, so that an empty field clears nothing; the opt-out is the heir's own."""
    own = Memory(Seen(consent=Consent.UNSUBSCRIBED))
    assert inherit(WHOLE, own, heir("Ada", ""), ROWS) == Memory(
        Seen("a@b.example", {FIRST: "Ada"}, {CUSTOMER: True}, Consent.UNSUBSCRIBED, True, "m9"),
        Seen("a@b.example", {FIRST: "ADA"}, {CUSTOMER: True}, Consent.SUBSCRIBED),
        Consent.SUBSCRIBED,
        Consent.PENDING,
    )


def test_an_heir_that_lacks_a_field_shows_it_empty() -> None:
    empty = replace(WHOLE, crm=replace(WHOLE.crm, fields={FIRST: "", CITY: "x"}))
    assert inherit(empty, Memory(), heir(), ROWS).crm.fields == {FIRST: ""}


def test_a_member_that_the_crm_names_by_its_id_is_no_address() -> None:
    assert by_id("m1") == "id m1"


def made(crm: Record, member: Record, side: str, patch: Patch, way: Rules = ROWS) -> Memory:
    if side == "mailchimp":
        return created(crm, member, Decision(Action.NEW_MAILCHIMP, mailchimp=patch), MAILCHIMP, way)
    return created(crm, member, Decision(Action.NEW_CRM, crm=patch), CRM, way)


def test_a_link_that_was_just_made_remembers_all_that_both_show() -> None:
    crm = record(
        "p1", "a@b.example", consent=Consent.SUBSCRIBED, mailchimp_id="m1", takes_part=None, First="Ada", City=""
    )
    member = record("m1", "A@b.example", consent=Consent.PENDING, labels={"press"}, FNAME="Ada", CITY="")
    patch = Patch(email="a@b.example", fields={"FNAME": "Ada"})
    assert made(crm, member, "mailchimp", patch) == Memory(
        Seen("a@b.example", {FIRST: "Ada", CITY: ""}, {CUSTOMER: False, FAIR: False}, Consent.SUBSCRIBED, True, "m1"),
        Seen("A@b.example", {FIRST: "Ada", CITY: ""}, {CUSTOMER: False, FAIR: False}, Consent.PENDING, takes_part=True),
    )


def test_what_a_new_crm_record_was_given_is_remembered_on_its_own_side() -> None:
    crm = record("p1", "a@b.example", First="Ad", City="Bern")
    member = record("m1", "a@b.example", FNAME="Ada", CITY="Bern")
    short = rules(row("First", "FNAME"), row("City", "CITY"))
    memory = made(crm, member, "crm", Patch(fields={"First": "Ad", "City": "Bern"}), short)
    assert (memory.crm.fields[FIRST], memory.mailchimp.fields[FIRST]) == ("Ad", "Ada")


def test_a_field_that_was_not_carried_first_meets_and_the_next_ones_are_remembered() -> None:
    crm, member = (
        record("p1", "a@b.example", First="Ada", City="Bern"),
        record("m1", "a@b.example", FNAME="", CITY="Bern"),
    )
    memory = made(crm, member, "mailchimp", Patch(fields={"CITY": "Bern"}))
    assert (memory.crm.fields, memory.mailchimp.fields) == ({CITY: "Bern"}, {CITY: "Bern"})


def test_a_field_that_a_side_lacks_is_empty_there() -> None:
    bare_crm, bare_member = record("p1", "a@b.example"), record("m1", "a@b.example")
    memory = made(bare_crm, bare_member, "mailchimp", Patch())
    assert (memory.crm.fields, memory.mailchimp.fields) == ({FIRST: "", CITY: ""}, {FIRST: "", CITY: ""})


@pytest.mark.parametrize(("crm", "mailchimp"), [(False, True), (True, False)])
def test_a_new_link_remembers_who_took_part(crm: bool, mailchimp: bool) -> None:
    memory = made(
        record("p1", "a@b.example", takes_part=crm), record("m1", "a@b.example", takes_part=mailchimp), "crm", Patch()
    )
    assert (memory.crm.takes_part, memory.mailchimp.takes_part) == (crm, mailchimp)
