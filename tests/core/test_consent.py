"""The consent table, cell by cell against one written out by hand, and what may never come of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest

from listloop.core import consent
from listloop.core.consent import CELLS, Cell, Ledger, No, Remembered, expressible, remembered
from listloop.core.people import Consent, Origin, SideName
from listloop.core.side import Act
from tests.core.consent_table import GOLDEN

UNSUBSCRIBED, SUBSCRIBED, PENDING = Consent.UNSUBSCRIBED, Consent.SUBSCRIBED, Consent.PENDING
#: May be mailed, or is asked to agree.
RAISED = {SUBSCRIBED, PENDING}
#: Is sent nothing.
REFUSED = {UNSUBSCRIBED, Consent.CLEANED}


def golden() -> dict[tuple[Consent, Consent, Remembered], tuple[Consent | None, Consent | None, Ledger]]:
    """The table of ``consent_table``, read: a dash leaves a side as it is."""
    consents = {"-": None, **{one.value: one for one in Consent}}
    states = {"none": Remembered.NONE, "no": Remembered.NO, "returned": Remembered.RETURNED}
    ledgers = {"-": Ledger.KEEP, "crm": Ledger.FROM_CRM, "mailchimp": Ledger.FROM_MAILCHIMP, "lift": Ledger.LIFT}
    cells = {}
    for line in filter(None, GOLDEN.splitlines()):
        crm, mailchimp, state, to_crm, to_mailchimp, ledger = line.split()
        cells[Consent(crm), Consent(mailchimp), states[state]] = (
            consents[to_crm],
            consents[to_mailchimp],
            ledgers[ledger],
        )
    return cells


each_cell = pytest.mark.parametrize("key", CELLS, ids=lambda key: "-".join((key[0], key[1], key[2].name.lower())))
Key = tuple[Consent, Consent, Remembered]


def after(key: Key) -> tuple[Consent, Consent]:
    """What both sides show once a cell is written."""
    return CELLS[key].to_crm or key[0], CELLS[key].to_mailchimp or key[1]


def test_every_combination_has_its_cell() -> None:
    assert set(CELLS) == set(golden()) == set(product(Consent, Consent, Remembered))
    assert len(CELLS) == 75


@each_cell
def test_the_table_is_what_its_rule_says_now(key: Key) -> None:
    assert consent._cell(*key) == CELLS[key]


@each_cell
def test_a_cell_is_the_one_that_was_written_out_by_hand(key: Key) -> None:
    cell = CELLS[key]
    assert (cell.to_crm, cell.to_mailchimp, cell.ledger) == golden()[key]


@each_cell
def test_what_follows_has_a_reason_for_people(key: Key) -> None:
    cell = CELLS[key]
    assert bool(cell.reason) or cell == Cell()


@each_cell
def test_mailchimp_is_never_moved_towards_being_mailed(key: Key) -> None:
    assert CELLS[key].to_mailchimp in (None, UNSUBSCRIBED)


@each_cell
def test_the_crm_is_told_a_yes_only_of_a_person_who_came_back_and_is_subscribed(key: Key) -> None:
    cell = CELLS[key]
    if cell.to_crm in RAISED:
        assert key[1:] == (SUBSCRIBED, Remembered.RETURNED)
        assert cell.ledger is Ledger.LIFT


@each_cell
def test_a_no_anywhere_is_a_no_on_both_sides_but_where_the_person_came_back(key: Key) -> None:
    crm, mailchimp, state = key
    returned = state is Remembered.RETURNED and mailchimp in RAISED
    if state is Remembered.NO or (UNSUBSCRIBED in (crm, mailchimp) and not returned):
        assert after(key)[0] is UNSUBSCRIBED
        assert after(key)[1] in REFUSED


@each_cell
def test_a_sign_up_that_is_not_confirmed_yet_lifts_nothing(key: Key) -> None:
    if key[1:] == (PENDING, Remembered.RETURNED):
        assert after(key) == (UNSUBSCRIBED, PENDING)
        assert CELLS[key].ledger is Ledger.KEEP


@each_cell
def test_a_new_no_is_noted_and_a_known_one_is_not_noted_twice(key: Key) -> None:
    crm, mailchimp, state = key
    noted = CELLS[key].ledger in (Ledger.FROM_CRM, Ledger.FROM_MAILCHIMP)
    assert noted is (state is Remembered.NONE and UNSUBSCRIBED in (crm, mailchimp))


@each_cell
def test_a_second_look_at_what_was_written_writes_nothing(key: Key) -> None:
    settled = Remembered.NONE if CELLS[key].ledger is Ledger.LIFT else key[2]
    if CELLS[key].ledger in (Ledger.FROM_CRM, Ledger.FROM_MAILCHIMP):
        settled = Remembered.NO
    again = CELLS[(*after(key), settled)]
    assert (again.to_crm, again.to_mailchimp) == (None, None)


@each_cell
def test_cleaned_is_about_the_address_and_makes_no_no(key: Key) -> None:
    crm, mailchimp, state = key
    if mailchimp is Consent.CLEANED and crm is not UNSUBSCRIBED and state is not Remembered.NO:
        assert after(key)[0] is Consent.CLEANED
        assert CELLS[key].ledger is Ledger.KEEP


STANDS = "2026-03-01T10:00:00+00:00"
BEFORE, LATER, LAST = "2026-02-01T10:00:00+00:00", "2026-03-02T10:00:00+00:00", "2026-03-03T10:00:00+00:00"
NO = No("ada@b.example", SideName.MAILCHIMP, Origin.PERSON, STANDS, STANDS)
YES_LATER = Act(LATER, SUBSCRIBED, Origin.PERSON)

ACTS = {
    "not asked, so nothing is lifted": (None, Remembered.NO),
    "no act is known": ([], Remembered.NO),
    "signed up again after it": ([YES_LATER], Remembered.RETURNED),
    "signed up again, not confirmed yet": ([Act(LATER, PENDING, Origin.PERSON)], Remembered.RETURNED),
    "signed up before it": ([Act(BEFORE, SUBSCRIBED, Origin.PERSON)], Remembered.NO),
    "signed up in the very second of it": ([Act(STANDS, SUBSCRIBED, Origin.PERSON)], Remembered.NO),
    "the last act counts: left again": ([YES_LATER, Act(LAST, UNSUBSCRIBED, Origin.PERSON)], Remembered.NO),
    "a complaint is the person's own": ([YES_LATER, Act(LAST, UNSUBSCRIBED, Origin.COMPLAINT)], Remembered.NO),
    "the last by time, in whatever order they come": (
        [Act(LAST, UNSUBSCRIBED, Origin.PERSON), YES_LATER],
        Remembered.NO,
    ),
    "an administrator lifts nothing": ([Act(LATER, SUBSCRIBED, Origin.ADMIN)], Remembered.NO),
    "the CRM lifts nothing": ([Act(LATER, SUBSCRIBED, Origin.CRM)], Remembered.NO),
    "nor does whom nobody knows": ([Act(LATER, SUBSCRIBED, Origin.UNKNOWN)], Remembered.NO),
    "an administrator's later act does not undo the person's": (
        [YES_LATER, Act(LAST, UNSUBSCRIBED, Origin.ADMIN)],
        Remembered.RETURNED,
    ),
}


@pytest.mark.parametrize(("acts", "state"), ACTS.values(), ids=ACTS)
def test_only_the_persons_own_last_act_takes_a_no_back(acts: Sequence[Act] | None, state: Remembered) -> None:
    assert remembered(NO, UNSUBSCRIBED, UNSUBSCRIBED, acts) is state


def test_where_no_no_is_known_none_is_remembered() -> None:
    assert remembered(None, UNSUBSCRIBED, None, [YES_LATER]) is Remembered.NONE


@pytest.mark.parametrize("seen", [one for one in (None, *Consent) if one is not UNSUBSCRIBED])
def test_a_no_that_is_new_in_the_crm_is_newer_than_any_sign_up(seen: Consent | None) -> None:
    assert remembered(NO, UNSUBSCRIBED, seen, [YES_LATER]) is Remembered.NO
    assert remembered(NO, SUBSCRIBED, seen, [YES_LATER]) is Remembered.RETURNED


def test_a_no_that_does_not_stand_in_mailchimp_yet_cannot_be_taken_back_there() -> None:
    unwritten = No("ada@b.example", SideName.CRM, Origin.CRM, BEFORE)
    assert remembered(unwritten, UNSUBSCRIBED, UNSUBSCRIBED, [YES_LATER]) is Remembered.NO


@pytest.mark.parametrize(
    ("consent", "can", "stored"),
    [
        pytest.param(None, set(Consent), None, id="nothing stays nothing"),
        *[pytest.param(one, set(Consent), one, id=f"{one}: a side with the word gets it") for one in Consent],
        pytest.param(Consent.CLEANED, {Consent.UNKNOWN, UNSUBSCRIBED}, None, id="no mark for a bounce: told nothing"),
        pytest.param(PENDING, {Consent.UNKNOWN, UNSUBSCRIBED}, None, id="no word for pending: told nothing"),
        pytest.param(SUBSCRIBED, {Consent.UNKNOWN, UNSUBSCRIBED}, Consent.UNKNOWN, id="a yes clears the opt-out"),
        pytest.param(SUBSCRIBED, {UNSUBSCRIBED}, None, id="nothing to clear it with"),
        pytest.param(UNSUBSCRIBED, {Consent.UNKNOWN}, None, id="a no is never told as anything else"),
    ],
)
def test_a_consent_is_told_in_the_words_that_a_side_has(
    consent: Consent | None, can: set[Consent], stored: Consent | None
) -> None:
    assert expressible(consent, frozenset(can)) is stored


SECOND = "2026-03-01T10:00:00+00:00"
SAME_SECOND = No("ann@x.example", SideName.CRM, Origin.CRM, "", SECOND)


def test_within_one_second_the_order_of_the_acts_tells_that_the_person_came_back() -> None:
    left = Act(SECOND, Consent.UNSUBSCRIBED, Origin.ADMIN)
    back = Act(SECOND, Consent.SUBSCRIBED, Origin.PERSON)
    seen = Consent.UNSUBSCRIBED
    assert remembered(SAME_SECOND, seen, seen, [left, back]) is Remembered.RETURNED
    assert remembered(SAME_SECOND, seen, seen, [back, left]) is Remembered.NO
    assert remembered(SAME_SECOND, seen, seen, [back]) is Remembered.NO, "it may have come before the no"


def test_within_one_second_any_earlier_refusal_tells_that_the_return_came_later() -> None:
    first, moment = "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:05+00:00"
    no = No("a@b.example", SideName.MAILCHIMP, Origin.PERSON, moment, moment)
    joined = Act(first, Consent.SUBSCRIBED, Origin.PERSON)
    left, back = (Act(moment, to, Origin.PERSON) for to in (Consent.UNSUBSCRIBED, Consent.SUBSCRIBED))
    assert remembered(no, Consent.UNKNOWN, None, [joined, left, back]) is Remembered.RETURNED
    assert remembered(no, Consent.UNKNOWN, None, [joined, back]) is Remembered.NO


def test_an_older_refusal_is_no_proof_that_a_sign_up_came_after_a_no_of_the_same_second() -> None:
    """A CRM no of who has no member stands from Mailchimp's latest change, which may be that very sign-up."""
    before = "2025-01-01T00:00:00+00:00"
    acts = (Act(before, Consent.UNSUBSCRIBED, Origin.ADMIN), Act(STANDS, Consent.SUBSCRIBED, Origin.PERSON))
    assert remembered(NO, Consent.UNSUBSCRIBED, Consent.UNSUBSCRIBED, acts) is Remembered.NO
