"""What holds for every cell of the consent table, and for whatever the person and others did in Mailchimp."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listloop.core.consent import CELLS, Ledger, No, Remembered, remembered
from listloop.core.people import Consent, Origin, SideName
from listloop.core.side import Act

HEIGHT = {Consent.CLEANED: 0, Consent.UNSUBSCRIBED: 0, Consent.UNKNOWN: 1, Consent.PENDING: 2, Consent.SUBSCRIBED: 3}
OWN = (Origin.PERSON, Origin.COMPLAINT)
RAISED = (Consent.SUBSCRIBED, Consent.PENDING)

moments = st.integers(0, 9).map(lambda second: f"2026-01-01T00:00:0{second}+00:00")
acts = st.lists(st.builds(Act, moments, st.sampled_from(Consent), st.sampled_from(Origin)), max_size=6)
nos = st.builds(No, st.just("a@b.example"), st.sampled_from(SideName), st.sampled_from(Origin), moments, moments)
consents = st.sampled_from(Consent)


@pytest.mark.parametrize("key", CELLS, ids=" / ".join)
def test_a_cell_never_raises_anybody_but_who_came_back(key: tuple[Consent, Consent, Remembered]) -> None:
    crm, mailchimp, no = key
    cell = CELLS[key]
    assert cell.to_mailchimp is None or HEIGHT[cell.to_mailchimp] <= HEIGHT[mailchimp]
    if cell.to_crm is not None and HEIGHT[cell.to_crm] > HEIGHT[crm]:
        assert (mailchimp, no) == (Consent.SUBSCRIBED, Remembered.RETURNED)


@pytest.mark.parametrize("key", CELLS, ids=" / ".join)
def test_what_a_cell_asks_for_asks_for_nothing_more_once_it_is_done(
    key: tuple[Consent, Consent, Remembered],
) -> None:
    cell = CELLS[key]
    no = key[2]
    if cell.ledger in (Ledger.FROM_CRM, Ledger.FROM_MAILCHIMP):
        no = Remembered.NO
    elif cell.ledger is Ledger.LIFT:
        no = Remembered.NONE
    again = CELLS[cell.to_crm or key[0], cell.to_mailchimp or key[1], no]
    assert (again.to_crm, again.to_mailchimp) == (None, None)


def test_a_no_anywhere_ends_with_nobody_mailable() -> None:
    for crm, mailchimp, no in product(Consent, Consent, (Remembered.NONE, Remembered.NO)):
        if no is Remembered.NO or Consent.UNSUBSCRIBED in (crm, mailchimp):
            cell = CELLS[crm, mailchimp, no]
            assert (cell.to_crm or crm) is Consent.UNSUBSCRIBED
            assert HEIGHT[cell.to_mailchimp or mailchimp] == 0


@given(nos, consents, st.none() | consents, acts)
def test_nothing_but_the_own_last_act_after_the_no_lifts_it(
    no: No, crm: Consent, seen: Consent | None, some: list[Act]
) -> None:
    own = [one for one in sorted(some, key=lambda act: act.at) if one.origin in OWN]
    if remembered(no, crm, seen, some) is Remembered.RETURNED:
        assert own
        assert own[-1].consent in RAISED
        assert own[-1].at >= no.stands_at
        assert not (crm is Consent.UNSUBSCRIBED and seen is not Consent.UNSUBSCRIBED)
    elif own and own[-1].consent in RAISED and own[-1].at > no.stands_at:
        assert crm is Consent.UNSUBSCRIBED
        assert seen is not Consent.UNSUBSCRIBED


@given(nos, consents, acts, st.lists(st.builds(Act, moments, consents, st.just(Origin.ADMIN)), max_size=3))
def test_what_others_did_in_other_seconds_makes_no_difference(
    no: No, crm: Consent, own: list[Act], others: list[Act]
) -> None:
    acts = [one for one in own if one.at != no.stands_at]  # within one second the order of all acts counts
    elsewhere = [one for one in others if one.at != no.stands_at]
    assert remembered(no, crm, crm, [*acts, *elsewhere]) is remembered(no, crm, crm, acts)


@given(consents, consents, acts)
def test_without_a_no_nothing_is_remembered_and_unasked_acts_lift_nothing(
    crm: Consent, seen: Consent, some: list[Act]
) -> None:
    assert remembered(None, crm, seen, some) is Remembered.NONE
    no = No("a@b.example", SideName.CRM, Origin.CRM, "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00")
    assert remembered(no, crm, seen, None) is Remembered.NO
