"""What taking back comes to for one person: which value goes back, what stays and why, and where the person stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from listloop.core.consent import No
from listloop.core.content import EMAIL
from listloop.core.people import Consent, Origin, Patch, Record, SideName
from listloop.core.plan import RULES, Action, Decision, Kind, Memory, Pair, Rule, Seen, Standing
from listloop.core.rules import Rules
from listloop.core.side import FieldType
from listloop.core.undo import Written, net, restore, take_back
from listloop.testing.builders import field, label_row, record, row, rules
from tests.core.stage import CRM, MAILCHIMP

ROWS = rules(row("First", "FNAME"), row(field("Last", required=True), "LNAME"), label_row("customers", "customer"))
FIRST, LAST = (one.name for one in ROWS.rows)
APART = "the two sides differ, as a person decided, until somebody edits one of them"


def crm(first: str = "Ada", email: str = "ada@b.example", takes_part: bool | None = True) -> Record:
    return record("p1", email, labels={"customers"}, takes_part=takes_part, First=first, Last="Lee")


def member(first: str = "Ada", email: str = "ada@b.example", consent: Consent = Consent.SUBSCRIBED) -> Record:
    return record("m1", email, labels={"customer"}, consent=consent, FNAME=first, LNAME="Lee")


def pair(here: Record | None = None, there: Record | None = None) -> Pair:
    return Pair(here or crm(), there or member(), Memory(), linked=True)


def back(some: Pair, *lines: Written, made: Mapping[SideName, Patch] | None = None, way: Rules = ROWS) -> Decision:
    return take_back(some, lines, way, made or {})


def undone(why: Sequence[str], apart: str, **more: object) -> Decision:
    """A decision that takes something back, after which the two differ on purpose."""
    made = Decision(
        Action.UNDO,
        reasons=tuple(why),
        standing=Standing.WAITING,
        rule=Rule.UNDONE,
        reason=f"{apart}: {APART}",
        apart=True,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def kept(*why: str) -> Decision:
    """A decision that leaves everything as it is."""
    return Decision(Action.KEEP, reasons=why, apart=True)


# --- the lines of the history -----------------------------------------------------------------------------------


def line(what: str, old: str, new: str, name: str = "", side: SideName = CRM) -> Written:
    return Written(side, what, name, old, new)


def test_of_several_writes_the_first_old_and_the_last_new_value_count() -> None:
    assert net([line("field", "a", "b", "First"), line("field", "b", "c", "First")]) == [
        line("field", "a", "c", "First")
    ]


def test_what_somebody_typed_in_between_is_what_we_go_back_to() -> None:
    assert net([line("field", "a", "b", "First"), line("field", "x", "c", "First")]) == [
        line("field", "x", "c", "First")
    ]


def test_what_ended_as_it_began_is_nothing_but_for_creations_and_lost_values() -> None:
    assert net([line("field", "a", "b", "First"), line("field", "b", "a", "First")]) == []
    assert net([line("created", "", ""), line("lost", "a", "a")]) == [line("created", "", ""), line("lost", "a", "a")]


def test_lost_values_are_no_chain_and_the_sides_and_the_fields_are_told_apart() -> None:
    assert net([line("lost", "a", "b"), line("lost", "b", "c")]) == [line("lost", "b", "c")]
    several = [
        line("field", "a", "b", "First"),
        line("field", "b", "c", "Last"),
        line("field", "b", "c", "First", MAILCHIMP),
    ]
    assert net(several) == several


# --- fields, labels, addresses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "name", "place", "patch"),
    [
        (CRM, "First", "the CRM", {"crm": Patch(fields={"First": "Augusta"})}),
        (MAILCHIMP, "FNAME", "Mailchimp", {"mailchimp": Patch(fields={"FNAME": "Augusta"})}),
    ],
)
def test_a_value_goes_back_on_the_side_where_it_was_written(
    side: SideName, name: str, place: str, patch: Mapping[str, object]
) -> None:
    found = back(pair(), line("field", "Augusta", "Ada", name, side))
    assert found == undone([f"First goes back to what it was in {place}"], "First", sources={FIRST: "Ada"}, **patch)


def test_a_value_that_was_empty_before_is_cleared() -> None:
    found = back(pair(), line("field", "", "Ada", "First"))
    assert (found.crm.fields, found.kinds) == ({"First": ""}, frozenset({Kind.CLEAR}))


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (line("field", "x", "Bob", "First"), "First stays: somebody changed it in the CRM since"),
        (line("field", "x", "Bob", "FNAME", MAILCHIMP), "First stays: somebody changed it in Mailchimp since"),
        (line("field", "", "Lee", "Last"), "Last stays: it can't be written so in the CRM"),
        (line("field", "x", "Ada", "Gone"), "Gone stays: it is no longer mapped"),
        (line("label", "", "yes", "gone"), "gone stays: the label is no longer mapped"),
        (line("label", "yes", "", "customers"), "customers stays: somebody changed the label in the CRM since"),
        (line("e-mail", "a@b.example", "x@b.example"), "The address stays: somebody changed it in the CRM since"),
        (line("e-mail", " ", "ada@b.example"), "The address stays: there was none before"),
        (line("consent", "", "unsubscribed"), "The consent in the CRM stays: consents are never taken back"),
        (line("consent", "", "x", "", MAILCHIMP), "The consent in Mailchimp stays: consents are never taken back"),
        (line("link", "", "m1"), "The link stays: the two records are the same person still"),
        (line("flag", "yes", "no"), "Sync with Mailchimp stays: somebody changed it in the CRM since"),
        (line("flag", "", "yes"), "Sync with Mailchimp stays: it was not set before, and can't be emptied"),
        (line("flag", "yes", "no", "", MAILCHIMP), "The archive stays: somebody changed it in Mailchimp since"),
    ],
    ids=str,
)
def test_what_is_no_longer_ours_or_never_goes_back_stays_and_says_why(written: Written, why: str) -> None:
    assert back(pair(), written) == kept(why)


@pytest.mark.parametrize(("old", "writes"), [("x", True), ("", False)])
def test_a_field_that_can_t_be_emptied_goes_back_to_a_value_only(old: str, writes: bool) -> None:
    stubborn = rules(row(replace(field("First"), clearable=False), "FNAME"))
    assert back(pair(), line("field", old, "Ada", "First"), way=stubborn).writes is writes
    shut = rules(row(replace(field("First"), writable=False), "FNAME"))
    assert not back(pair(), line("field", old, "Ada", "First"), way=shut).writes


def test_rows_that_share_a_field_all_learn_what_the_other_side_shows() -> None:
    shared = rules(row("First", "FNAME"), row("First", "LNAME"))
    found = back(pair(), line("field", "x", "Ada", "First"), way=shared)
    assert set(found.sources.values()) == {"Ada", "Lee"}
    bare = replace(member(), person=replace(member().person, fields={}))
    lacking = back(pair(there=bare), line("field", "x", "Ada", "First"), way=shared)
    assert list(lacking.sources.values()) == ["", ""]
    alone = back(replace(pair(), mailchimp_gone=True), line("field", "x", "Ada", "First"), way=shared)
    assert list(alone.sources.values()) == ["", ""]


def test_a_label_goes_back_on_the_side_where_it_was_written() -> None:
    taken = back(pair(), line("label", "", "yes", "customers"))
    why = "the label customers goes back to what it was in the CRM"
    assert taken == undone(
        [why], "customers", crm=Patch(remove=frozenset({"customers"})), kinds=frozenset({Kind.LABEL})
    )
    bare = replace(member(), person=replace(member().person, labels=frozenset()))
    given = back(pair(there=bare), line("label", "yes", "", "customer", MAILCHIMP))
    why = "the label customers goes back to what it was in Mailchimp"
    assert given == undone([why], "customers", mailchimp=Patch(add=frozenset({"customer"})))


@pytest.mark.parametrize("side", SideName)
def test_an_address_goes_back(side: SideName) -> None:
    found = back(pair(), line("e-mail", "old@b.example", "ADA@b.example", "", side))
    place = "the CRM" if side is CRM else "Mailchimp"
    patch = Patch(email="old@b.example")
    sides = {"crm": patch} if side is CRM else {"mailchimp": patch}
    assert found == undone([f"the address goes back to old@b.example in {place}"], "E-mail", **sides)


@pytest.mark.parametrize("consent", [Consent.CLEANED, Consent.UNSUBSCRIBED])
def test_mailchimp_keeps_the_address_of_who_bounced_or_left(consent: Consent) -> None:
    found = back(pair(there=member(consent=consent)), line("e-mail", "old@b.example", "ada@b.example", "", MAILCHIMP))
    assert found.action is Action.KEEP
    assert found.reasons[0].startswith("The address stays: Mailchimp ")
    assert back(pair(crm(), member(consent=consent)), line("e-mail", "old@b.example", "ada@b.example")).writes


# --- taking part ------------------------------------------------------------------------------------------------

OUT = {"standing": Standing.EXCLUDED, "rule": Rule.UNDONE, "reason": RULES[Rule.UNDONE], "part": Rule.UNDONE}


@pytest.mark.parametrize(("old", "is_now"), [("yes", "no"), ("no", "yes")])
def test_the_flag_goes_back(old: str, is_now: str) -> None:
    found = back(pair(crm(takes_part=is_now == "yes")), line("flag", old, is_now))
    why = f"Sync with Mailchimp goes back to {old.capitalize()}"
    assert found == undone([why], "", crm=Patch(takes_part=old == "yes"), **OUT)


def test_a_flag_that_was_emptied_since_was_changed() -> None:
    found = back(pair(crm(takes_part=None)), line("flag", "no", "yes"))
    assert found == kept("Sync with Mailchimp stays: somebody changed it in the CRM since")
    blank = back(pair(crm(takes_part=None)), line("flag", "no", ""))
    assert blank.crm == Patch(takes_part=False)


def test_who_came_back_goes_into_the_archive_again() -> None:
    found = back(pair(), line("flag", "no", "yes", "", MAILCHIMP))
    assert found == undone(
        ["goes back into the archive"], "", mailchimp=Patch(takes_part=False), kinds=frozenset({Kind.ARCHIVE}), **OUT
    )


@pytest.mark.parametrize("consent", [Consent.CLEANED, Consent.PENDING])
def test_mailchimp_archives_nobody_who_waits_or_bounced(consent: Consent) -> None:
    found = back(pair(there=member(consent=consent)), line("flag", "no", "yes", "", MAILCHIMP))
    assert found == kept(f"The member stays: Mailchimp archives nobody who is {consent}")


def archived(archived_as: Consent | None, **more: object) -> Pair:
    there = replace(member(), takes_part=False)
    return replace(pair(there=there), memory=Memory(Seen(), Seen(), archived_as), **more)  # type: ignore[arg-type]


FROM_ARCHIVE = line("flag", "yes", "no", "", MAILCHIMP)
NO = No("ada@b.example", MAILCHIMP, Origin.PERSON)


@pytest.mark.parametrize("consent", [Consent.SUBSCRIBED, Consent.UNKNOWN])
def test_who_was_archived_comes_back_as_before(consent: Consent) -> None:
    found = back(archived(consent), FROM_ARCHIVE)
    patch = Patch(takes_part=True, consent=consent)
    assert found == undone(["comes back from the archive, as before"], "", mailchimp=patch, **OUT)


@pytest.mark.parametrize("consent", [Consent.UNSUBSCRIBED, Consent.CLEANED])
def test_a_no_that_the_crm_shows_keeps_somebody_in_the_archive(consent: Consent) -> None:
    here = replace(crm(), person=replace(crm().person, consent=consent))
    assert back(archived(Consent.SUBSCRIBED, crm=here), FROM_ARCHIVE).action is Action.KEEP


@pytest.mark.parametrize(
    ("archived_as", "more"),
    [
        (None, {}),
        (Consent.PENDING, {}),
        (Consent.SUBSCRIBED, {"no": NO}),
        (Consent.SUBSCRIBED, {"unsubscribed_since": True}),
    ],
)
def test_who_may_not_be_mailed_stays_in_the_archive(archived_as: Consent | None, more: dict[str, object]) -> None:
    found = back(archived(archived_as, **more), FROM_ARCHIVE)
    assert found == kept("The archive stays: ada@b.example may only come back by its owner's own act")


def test_without_a_memory_or_a_crm_record_nobody_is_brought_back_wrongly() -> None:
    assert back(replace(archived(Consent.SUBSCRIBED), memory=None), FROM_ARCHIVE).action is Action.KEEP
    assert back(replace(archived(Consent.SUBSCRIBED), crm=None), FROM_ARCHIVE).action is Action.UNDO


# --- creations --------------------------------------------------------------------------------------------------

CREATED = {CRM: line("created", "", ""), MAILCHIMP: line("created", "", "", "", MAILCHIMP)}


def test_a_created_member_is_archived() -> None:
    made = {MAILCHIMP: Patch(fields={"FNAME": "Ada", "Unmapped": ""})}
    found = back(pair(), CREATED[MAILCHIMP], line("field", "", "Ada", "FNAME", MAILCHIMP), made=made)
    assert (found.mailchimp, found.reasons) == (Patch(takes_part=False), ("goes back into the archive",))


def test_a_created_crm_record_is_flagged_no_and_deleted_by_nobody() -> None:
    found = back(pair(), CREATED[CRM], made={CRM: Patch(fields={"First": "Ada"})})
    why = "Sync with Mailchimp is set to No; the CRM record itself is deleted by nobody"
    assert found == undone([why], "", crm=Patch(takes_part=False), kinds=frozenset({Kind.FLAG_NO}), **OUT)


@pytest.mark.parametrize(("side", "who"), [(CRM, "The CRM record"), (MAILCHIMP, "The member")])
def test_what_was_created_and_edited_since_stays(side: SideName, who: str) -> None:
    name = "First" if side is CRM else "FNAME"
    found = back(pair(), CREATED[side], made={side: Patch(fields={name: "Bob"})})
    assert found == kept(f"{who} stays: somebody edited it since it was created")


@pytest.mark.parametrize(("side", "name", "value"), [(CRM, "First", "x" * 9), (MAILCHIMP, "FNAME", "x" * 9)])
def test_what_was_cut_when_it_was_created_is_as_made(side: SideName, name: str, value: str) -> None:
    short = rules(row(field("First", max_chars=4), field("FNAME", max_chars=4)))
    found = back(pair(crm("xxxx"), member("xxxx")), CREATED[side], made={side: Patch(fields={name: value})}, way=short)
    assert found.action is Action.UNDO


def test_who_takes_no_part_any_longer_stays_so() -> None:
    out = crm(takes_part=False)
    assert back(pair(out), CREATED[CRM]) == kept("The CRM record stays: it takes no part any longer")


@pytest.mark.parametrize(("gone", "place"), [("crm_gone", "the CRM"), ("mailchimp_gone", "Mailchimp")])
def test_of_a_record_that_is_gone_nothing_is_taken_back(gone: str, place: str) -> None:
    lines = [line("field", "x", "Ada", "First"), line("flag", "x", "y")]
    lines = lines if gone == "crm_gone" else [replace(one, side=MAILCHIMP) for one in lines]
    some = replace(pair(), crm_gone=gone == "crm_gone", mailchimp_gone=gone == "mailchimp_gone")
    found = back(some, *lines)
    reasons = [f"{name} stays: the record in {place} is no longer there" for name in ("First", "flag")]
    assert found == kept(*reasons)


def test_lost_values_and_what_goes_with_a_flag_are_told_along_with_it() -> None:
    lines = line("lost", "a", "b", "First"), line("consent", "", "subscribed"), line("flag", "no", "yes")
    assert back(pair(), *lines).reasons == ("Sync with Mailchimp goes back to No",)


def test_a_link_that_is_parted_stays_parted_whatever_goes_back() -> None:
    found = back(replace(pair(), parted=Rule.FLAG_NO), line("field", "x", "Ada", "First"))
    assert (found.standing, found.rule, found.part) == (Standing.EXCLUDED, Rule.FLAG_NO, Rule.FLAG_NO)
    assert found.reason == RULES[Rule.FLAG_NO]


# --- a value that is put back on both sides ----------------------------------------------------------------------

SAID = ("a person put this value back",)


def test_a_value_is_put_back_on_both_sides() -> None:
    assert restore(pair(), CRM, "First", "Augusta", ROWS) == Decision(
        Action.UNDO,
        Patch(fields={"First": "Augusta"}),
        Patch(fields={"FNAME": "Augusta"}),
        SAID,
        sources={FIRST: "Augusta"},
    )


def test_a_side_that_shows_it_already_is_not_written() -> None:
    found = restore(pair(there=member("Bob")), MAILCHIMP, "FNAME", "Ada", ROWS)
    assert (found.crm, found.mailchimp) == (Patch(), Patch(fields={"FNAME": "Ada"}))
    nothing = restore(pair(), CRM, "First", "Ada", ROWS)
    assert nothing == Decision(Action.KEEP, reasons=("both sides show this value already",))


def test_a_value_that_is_put_back_brings_nobody_back_who_takes_part_no_longer() -> None:
    found = restore(replace(pair(), parted=Rule.FLAG_NO), CRM, "First", "Augusta", ROWS)
    assert found.crm == Patch(fields={"First": "Augusta"})
    assert (found.part, found.standing, found.rule) == (Rule.FLAG_NO, Standing.EXCLUDED, Rule.FLAG_NO)


def test_a_record_that_is_gone_is_not_written() -> None:
    found = restore(replace(pair(), crm_gone=True), CRM, "First", "Augusta", ROWS)
    assert (found.crm, found.mailchimp) == (Patch(), Patch(fields={"FNAME": "Augusta"}))
    found = restore(replace(pair(), mailchimp_gone=True), CRM, "First", "Augusta", ROWS)
    assert (found.crm, found.mailchimp) == (Patch(fields={"First": "Augusta"}), Patch())


def test_an_address_is_put_back_on_both_sides() -> None:
    found = restore(pair(), CRM, EMAIL, "old@b.example", ROWS)
    assert (found.crm, found.mailchimp) == (Patch(email="old@b.example"), Patch(email="old@b.example"))
    half = restore(pair(there=member(email="OLD@b.example")), CRM, EMAIL, "old@b.example", ROWS)
    assert (half.crm, half.mailchimp, half.reasons) == (Patch(email="old@b.example"), Patch(), SAID)


def test_what_is_no_longer_mapped_can_t_be_put_back() -> None:
    found = restore(pair(), CRM, "Gone", "x", ROWS)
    assert found == Decision(Action.KEEP, reasons=("Gone stays: it is no longer mapped",))


def test_a_value_that_can_t_cross_or_be_written_stays_and_says_why() -> None:
    number = rules(row("First", field("AGE", FieldType.NUMBER)))
    found = restore(pair(), CRM, "First", "many", number)
    assert found.mailchimp == Patch()
    assert found.action is Action.UNDO or found.reasons[0].startswith("First stays: ")
    shut = rules(row("First", replace(field("FNAME"), writable=False)))
    assert restore(pair(), CRM, "First", "Ada", shut) == Decision(
        Action.KEEP, reasons=("First stays: it can't be written in Mailchimp",)
    )
