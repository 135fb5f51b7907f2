"""Whose link moves where an address is taken, and who waits for whom."""

from __future__ import annotations

import pytest

from listloop.core.moves import FOLLOWS, Claim, Holder, Verdict, resolve, together

TAKE_TWO, TAKE_ONE = Verdict(take="m2"), Verdict(take="m1")


def claim(person: int, place: str, *, moved: bool = True, first: bool = False) -> Claim:
    return Claim(person, f"P{person}", place, moved, first)


def held(person: int, *, free: bool = False, archived: bool = False) -> Holder:
    return Holder(person, f"P{person}", f"m{person}", free, archived)


def verdicts(*claims: Claim, **places: Holder) -> dict[int, Verdict]:
    return resolve({one.person: one for one in claims}, places)


def test_an_address_that_nobody_has_moves_itself() -> None:
    assert verdicts(claim(1, "b")) == {1: FOLLOWS}


def test_a_member_that_is_alone_is_taken() -> None:
    assert verdicts(claim(1, "b"), b=held(9, free=True)) == {1: Verdict(take="m9")}


@pytest.mark.parametrize(
    ("holder", "waits"),
    [
        (held(9), "which P9 has already"),
        (held(9, archived=True), "which is archived in Mailchimp"),
        (held(9, free=True, archived=True), "which is archived in Mailchimp"),
    ],
)
def test_an_address_that_somebody_keeps_is_waited_for(holder: Holder, waits: str) -> None:
    assert verdicts(claim(1, "b"), b=holder) == {1: Verdict(waits=waits)}


def test_two_who_swap_take_each_other_s_member() -> None:
    assert verdicts(claim(1, "b"), claim(2, "a"), b=held(2), a=held(1)) == {1: TAKE_TWO, 2: TAKE_ONE}


def test_a_circle_goes_round_where_one_changed_in_the_crm_and_the_rest_in_mailchimp() -> None:
    assert verdicts(claim(1, "b"), claim(2, "a", moved=False), b=held(2), a=held(1)) == {1: TAKE_TWO, 2: TAKE_ONE}


def test_a_circle_that_was_made_in_mailchimp_alone_is_followed_by_the_crm() -> None:
    found = verdicts(claim(1, "b", moved=False), claim(2, "a", moved=False), b=held(2), a=held(1))
    assert found == {1: FOLLOWS, 2: FOLLOWS}


def test_in_a_circle_with_two_who_never_agreed_nobody_moves() -> None:
    found = verdicts(claim(1, "b"), claim(2, "a", first=True), b=held(2), a=held(1))
    assert found == {1: Verdict(waits="which P2 has already"), 2: Verdict(waits="which P1 has already")}


def test_a_chain_waits_for_its_free_end() -> None:
    found = verdicts(claim(1, "b"), claim(2, "c"), b=held(2))
    assert found == {1: Verdict(waits="which P2 gives up; it moves right after"), 2: FOLLOWS}


def test_a_chain_to_a_member_that_is_alone_moves_at_once() -> None:
    found = verdicts(claim(1, "b"), claim(2, "c"), b=held(2), c=held(9, free=True))
    assert found == {1: TAKE_TWO, 2: Verdict(take="m9")}


@pytest.mark.parametrize("stays", [claim(2, "c", moved=False), claim(2, "c", first=True)])
def test_a_chain_stops_at_somebody_who_does_not_go_on(stays: Claim) -> None:
    found = verdicts(claim(1, "b"), stays, b=held(2), c=held(9, free=True))
    assert found[1] == Verdict(waits="which P2 has already")


def test_of_two_who_claim_one_address_the_first_gets_it() -> None:
    found = verdicts(claim(1, "b"), claim(2, "b"), b=held(9, free=True))
    assert found == {1: Verdict(take="m9"), 2: Verdict(waits="which P1 gets")}


def test_of_two_who_claim_one_address_the_one_in_the_circle_gets_it() -> None:
    found = verdicts(claim(1, "b"), claim(2, "a"), claim(3, "b"), a=held(3), b=held(2))
    assert found[3] == TAKE_TWO
    assert found[2] == Verdict(take="m3")
    assert found[1] == Verdict(waits="which P3 gets")


def test_a_circle_moves_whole_or_not_at_all() -> None:
    holders = {"m1": 1, "m2": 2, "m9": 9}
    assert together({1: "m2", 2: "m1"}, holders, {1, 2}) == {1, 2}
    assert together({1: "m2"}, holders, {1, 2}) == set()
    assert together({1: "m2", 2: "m9"}, holders, {1, 2}) == {1, 2}
    assert together({1: "m2", 2: "gone"}, holders, {1, 2}) == set()
