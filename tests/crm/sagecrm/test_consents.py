"""Who consented is shown as a field, from a view; whoever consents or withdraws is read again, though no row moved."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from listloop.core.people import Key, Patch
from listloop.core.side import Change
from listloop.crm.sagecrm import SageCrm
from listloop.sandbox.sagecrm.standin import SageCrm as StandIn
from tests.crm.sagecrm.test_leads import lead, read
from tests.crm.sagecrm.wire import OPTIONS, Hands, made

VIEW, GIVEN = "vMC_Consent", "cons_given"
WANTED = replace(OPTIONS, consents=VIEW, leads=True)


@pytest.fixture
def people(hands: Hands) -> list[Key]:
    """Twelve people, of whom the first two consented."""
    keys = [hands.add(f"p{n}@x.example", {}) for n in range(12)]
    agree(hands, *keys[:2])
    return keys


@pytest.fixture
def side(standin: StandIn, people: list[Key]) -> Iterator[SageCrm]:
    crm = made(standin, WANTED, page=5)
    yield crm
    crm.close()


def agree(hands: Hands, *keys: Key) -> None:
    hands.do("group-views", {VIEW: [int(key) for key in keys]})


def yes(side: SageCrm, since: str | None = None) -> tuple[set[Key], str]:
    """Whom a reading shows as having consented, and where it ended."""
    records, _, cursor = read(side, since)
    return {key for key, one in records.items() if one.person.fields[GIVEN] == "yes"}, cursor


def test_without_a_view_there_is_no_such_field(standin: StandIn, people: list[Key]) -> None:
    side = made(standin)
    assert side.schema().field(GIVEN) is None
    (one,) = side.fetch(people[:1])
    assert GIVEN not in one.person.fields
    side.close()


def test_who_is_in_the_view_consented_and_nobody_else(side: SageCrm, hands: Hands, people: list[Key]) -> None:
    key = lead(hands)
    assert yes(side)[0] == set(people[:2])
    (one,) = side.fetch([key])
    assert one.person.fields[GIVEN] == "no"


def test_consent_and_withdrawal_are_read_though_no_row_moved(side: SageCrm, hands: Hands, people: list[Key]) -> None:
    _, cursor = yes(side)
    hands.wait(3600)
    assert read(side, cursor)[0] == {}
    agree(hands, people[1], people[7])
    records, _, cursor = read(side, cursor)
    assert {key: one.person.fields[GIVEN] for key, one in records.items()} == {people[0]: "no", people[7]: "yes"}
    hands.wait(3600)
    settled = read(side, cursor)[2]
    assert read(side, settled)[0] == {}


def test_a_reading_that_broke_off_goes_on_and_loses_no_withdrawal(
    side: SageCrm, hands: Hands, people: list[Key]
) -> None:
    """Who withdraws after they were read already is in the next reading."""
    _, cursor = yes(side)
    hands.wait(3600)
    agree(hands, people[0])
    first = next(iter(side.changes(cursor)))
    assert not first.last
    agree(hands)
    rest, _, after = read(side, first.cursor)
    assert {one.key for one in first.records} | set(rest) == {people[1]}
    assert read(side, after)[0][people[0]].person.fields[GIVEN] == "no"


def test_a_deletion_is_told_beside_a_consent(standin: StandIn, hands: Hands, people: list[Key]) -> None:
    side = made(standin, replace(WANTED, soap=True))
    _, cursor = yes(side)
    hands.wait(3600)
    hands.delete(people[5])
    agree(hands, people[3])
    records, gone, _ = read(side, cursor)
    assert (gone, people[5] in records) == ({people[5]}, False)
    side.close()


def test_nobody_writes_consent(side: SageCrm, people: list[Key]) -> None:
    (outcome,) = side.write([Change("x", people[5], Patch(fields={GIVEN: "yes"}))])
    assert "can only be read" in str(outcome.error)


def test_a_view_that_is_missing_is_told_and_never_taken_for_nobody(standin: StandIn, hands: Hands) -> None:
    key = hands.add("ann@archer.example", {})
    side = made(standin, replace(WANTED, consents="vNowhere"))
    (problem,) = side.check().problems
    assert "vNowhere" in problem.text
    with pytest.raises(Exception, match="vNowhere"):
        list(side.fetch([key]))
    side.close()
