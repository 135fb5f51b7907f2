"""Who is who: the stored Mailchimp ID first, then the address; what is ambiguous is held, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listloop.core.match import By, Match, match
from listloop.core.people import Record
from listloop.testing.builders import record

MEMBER = record("m1", "Ada@B.example", mailchimp_id="id-1")


def crm(
    key: str,
    email: str = "ada@b.example",
    *,
    stored: str = "",
    created: str = "",
    others: tuple[str, ...] = (),
    flag: bool | None = True,
) -> Record:
    return replace(record(key, email, mailchimp_id=stored, takes_part=flag), created=created, emails=others)


SAME_ID = "2 records in the CRM carry the Mailchimp ID of Ada@B.example"

CASES = {
    "nobody has the address": ([crm("p1", "bob@b.example")], Match()),
    "one holds the address": ([crm("p1")], Match("p1", By.EMAIL)),
    "a further address counts as well": ([crm("p1", "home@b.example", others=(" ADA@b.example",))], Match("p1")),
    "the synced address goes before a further one": (
        [crm("p1", "home@b.example", others=("ada@b.example",)), crm("p2", created="9")],
        Match("p2"),
    ),
    "a stored ID goes before the address": (
        [crm("p1"), crm("p2", "new@b.example", stored="id-1")],
        Match("p2", By.ID),
    ),
    "an ID on two records belongs to the one whose address fits": (
        [crm("p1", "x@b.example", stored="id-1"), crm("p2", stored="id-1")],
        Match("p2", By.ID),
    ),
    "an ID on two records of which none fits is held": (
        [crm("p1", "x@b.example", stored="id-1"), crm("p2", "y@b.example", stored="id-1")],
        Match(held=SAME_ID, among=("p1", "p2")),
    ),
    "an ID on two records that both fit is held": (
        [crm("p1", stored="id-1"), crm("p2", stored="id-1")],
        Match(held=SAME_ID, among=("p1", "p2")),
    ),
    "who stores another member's ID comes after who stores none": (
        [crm("p1", stored="id-9", created="1"), crm("p2", created="2")],
        Match("p2"),
    ),
    "a foreign ID alone does not forbid the address": ([crm("p1", stored="id-9")], Match("p1")),
    "who takes part goes before who was taken out": (
        [crm("p1", created="1", flag=False), crm("p2", created="2")],
        Match("p2"),
    ),
    "who was taken out is found where nobody else is": ([crm("p1", flag=False)], Match("p1")),
    "a blank flag is no No": ([crm("p1", created="1", flag=None), crm("p2", created="2")], Match("p1")),
    "the oldest of several": ([crm("p1", created="2"), crm("p2", created="1")], Match("p2")),
    "a record that tells no age is the youngest": ([crm("p1"), crm("p2", created="2026")], Match("p2")),
    "alike in age, the key decides": ([crm("p2", created="1"), crm("p1", created="1")], Match("p1")),
}


@pytest.mark.parametrize(("candidates", "found"), CASES.values(), ids=CASES)
def test_whom_a_member_is(candidates: Sequence[Record], found: Match) -> None:
    assert match(MEMBER, candidates) == found
    assert match(MEMBER, candidates[::-1]) == found


def test_several_who_share_an_address_are_held_where_the_setting_is_to_ask() -> None:
    shared = [crm("p1", created="1"), crm("p2", created="2")]
    assert match(MEMBER, shared, oldest=False) == Match(
        held="2 people in the CRM share the address Ada@B.example", among=("p1", "p2")
    )
    assert match(MEMBER, shared[:1], oldest=False) == Match("p1")


def test_a_member_without_address_or_id_is_nobody() -> None:
    assert match(record("m1"), [crm("p1", "", stored="")]) == Match()


def test_an_earlier_connector_s_id_counts_only_where_ours_is_not_stored() -> None:
    member = replace(MEMBER, older_ids=("old-1",))
    old = replace(crm("p1", "new@b.example"), older_ids=("old-1",))
    assert match(member, [old]) == Match("p1", By.OLDER)
    assert match(member, [replace(old, mailchimp_id="id-9")]) == Match()


def test_an_id_that_is_missing_on_both_sides_is_none_in_common() -> None:
    nobody = replace(record("m1", "ada@b.example"), older_ids=("",))
    assert match(nobody, [replace(crm("p1", "new@b.example"), older_ids=("",))]) == Match()


def test_of_several_with_the_id_the_one_that_a_person_chose_is_meant() -> None:
    both = [crm("p1", "x@b.example", stored="id-1"), crm("p2", "y@b.example", stored="id-1")]
    assert match(MEMBER, both, chosen=("p2",)) == Match("p2", By.ID)


def test_no_address_is_no_address_in_common() -> None:
    member = record("m1", "", mailchimp_id="id-1")
    both = [crm("p1", "", stored="id-1"), crm("p2", "y@b.example", stored="id-1")]
    assert match(member, both).held


candidates = st.lists(
    st.builds(
        crm,
        st.sampled_from([f"p{n}" for n in range(6)]),
        st.sampled_from(["ada@b.example", "ADA@b.example ", "bob@b.example", ""]),
        stored=st.sampled_from(["", "id-1", "id-2"]),
        created=st.sampled_from(["", "2025", "2026"]),
        others=st.sampled_from([(), ("ada@b.example",)]),
        flag=st.sampled_from([True, False, None]),
    ),
    unique_by=lambda one: one.key,
    max_size=6,
)


@given(candidates.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))), st.booleans())
def test_the_order_in_which_records_come_does_not_matter(
    orders: tuple[list[Record], list[Record]], oldest: bool
) -> None:
    some, shuffled = orders
    assert match(MEMBER, shuffled, oldest=oldest) == match(MEMBER, some, oldest=oldest)


@given(candidates, st.booleans())
def test_a_match_is_a_candidate_with_the_id_or_the_address_or_else_it_is_held_or_nobody(
    some: list[Record], oldest: bool
) -> None:
    found = match(MEMBER, some, oldest=oldest)
    assert not (found.crm and found.held)
    if found.crm is None:
        return
    one = next(one for one in some if one.key == found.crm)
    if found.by is By.ID:
        assert one.mailchimp_id == "id-1"
    else:
        assert "ada@b.example" in {email.strip().lower() for email in (one.email, *one.emails)}
        assert all(other.mailchimp_id != "id-1" for other in some)


def test_the_record_that_a_person_chose_goes_before_the_others() -> None:
    shared = [record("p1", email="ada@b.example"), record("p2", email="ada@b.example")]
    assert match(MEMBER, shared, oldest=False, chosen={"p2"}).crm == "p2"
