"""Leads beside people, where the settings want them: keys, columns and a refusal of their own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from listloop.core.errors import RecordRejected
from listloop.core.people import Consent, Key, Patch, Record
from listloop.core.side import Change, Communication, Crm, Cursor
from listloop.crm.sagecrm import SageCrm
from listloop.sandbox.sagecrm.standin import SageCrm as StandIn
from listloop.testing.side import CrmTests
from tests.crm.sagecrm.test_side import PROFILES, ZONES
from tests.crm.sagecrm.wire import COLUMNS, OPTIONS, Hands, made

WANTED = replace(OPTIONS, leads=True)


class TestSageCrmWithLeads(CrmTests):
    """Every promise of a CRM holds as before for people, with leads in every reading."""

    three_pages = 25
    overlaps = False

    @pytest.fixture
    def side(self, standin: StandIn, hands: Hands) -> Iterator[SageCrm]:
        hands.do("seed", {"columns": COLUMNS})
        hands.switch(unknown_column="refused", casing="upper")
        crm = made(standin, WANTED)
        yield crm
        crm.close()

    @pytest.fixture
    def hands(self, hands: Hands) -> Hands:
        return hands


@pytest.fixture(params=["usual", *PROFILES])
def side(request: pytest.FixtureRequest, standin: StandIn, hands: Hands) -> Iterator[SageCrm]:
    """Whatever the guesses turn out to be."""
    hands.do("seed", {"columns": [*COLUMNS, {"name": "lead_level", "kind": "text", "table": "Lead"}]})
    hands.switch(**PROFILES.get(request.param, {}))
    crm = made(standin, replace(WANTED, zone=ZONES.get(request.param, UTC)))
    yield crm
    crm.close()


def lead(hands: Hands, **values: Any) -> Key:
    stock = {"lead_personfirstname": "Liv", "lead_personlastname": "Lund", "lead_personemail": "liv@lund.example"}
    return f"lead:{hands.do('rows/add', {'table': 'Lead', 'values': stock | values})['id']}"


def row(hands: Hands, key: Key) -> dict[str, Any]:
    return next(one for one in hands.rows("Lead") if f"lead:{one['lead_leadid']}" == key)


def read(side: Crm, since: Cursor | None = None) -> tuple[dict[Key, Record], set[Key], Cursor]:
    """Who is in a reading, who is told to be gone, and where it ended."""
    pages = list(side.changes(since))
    records = {one.key: one for page in pages for one in page.records}
    return records, {key for page in pages for key in page.gone}, pages[-1].cursor


def wrote(side: Crm, key: Key, **patch: Any) -> Record:
    (outcome,) = side.write([Change("x", key, Patch(**patch))])
    assert outcome.record is not None, outcome.error
    return outcome.record


def test_without_the_setting_nobody_asks_for_leads(standin: StandIn, hands: Hands) -> None:
    key = lead(hands)
    side = made(standin)
    assert read(side)[0] == {}
    assert [*side.fetch([key]), *side.find(["liv@lund.example"])] == []
    assert not [one for one in hands.standin.journal.entries if "Lead" in one.path]
    assert side.check().problems == ()
    side.close()


def test_a_lead_is_read_with_its_own_key_address_and_columns(side: SageCrm, hands: Hands) -> None:
    """A person and a lead with the same number are two; what a lead has no column for, it does not show."""
    hands.add("ann@archer.example", {"pers_firstname": "Ann", "pers_title": "Chef"})
    key = lead(hands, lead_companyname="Fjord AS", lead_mc_sync="Y", lead_mc_memberid="m" * 32, lead_level="Gold")
    number = key.removeprefix("lead:")
    found = read(side)[0]
    assert set(found) == {number, key}
    one = found[key]
    assert (one.kind, one.email, one.name) == ("Lead", "liv@lund.example", "Liv Lund")
    assert (one.takes_part, one.mailchimp_id) == (True, "m" * 32)
    assert dict(one.person.fields) == {
        "pers_firstname": "Liv", "pers_lastname": "Lund", "comp_name": "Fjord AS", "pers_level": "Gold",
    }  # fmt: skip
    assert "pers_title" in found[number].person.fields
    assert set(side.keys()) == {number, key}
    assert {one.key for one in side.fetch([key, number, "lead:999", "lead:x"])} == {number, key}


def test_a_status_of_a_lead_is_none_of_a_person(side: SageCrm, hands: Hands) -> None:
    """A stock column of both that means something else in each is not mixed up."""
    (one,) = side.fetch([lead(hands, lead_status="Qualified")])
    assert "pers_status" not in one.person.fields


def test_a_lead_is_found_by_address_and_by_id(side: SageCrm, hands: Hands) -> None:
    key = lead(hands, lead_personemail="Liv@Lund.Example", lead_mc_memberid="m" * 32)
    lead(hands, lead_personemail="other@lund.example")
    assert [one.key for one in side.find(["liv@lund.example"])] == [key]
    assert [one.key for one in side.find([], ["m" * 32])] == [key]
    assert [one.key for one in side.find(["liv@lund.example"], ["m" * 32])] == [key]


def test_a_lead_is_written_in_its_own_columns(side: SageCrm, hands: Hands) -> None:
    key = lead(hands)
    shown = wrote(
        side, key, email="liv@new.example", takes_part=True, mailchimp_id="m" * 32,
        fields={"pers_firstname": "Liva", "comp_name": "Fjord AS", "pers_level": "Silver"},
    )  # fmt: skip
    assert (shown.email, shown.person.fields["pers_firstname"], shown.takes_part) == ("liv@new.example", "Liva", True)
    stored = row(hands, key)
    assert (stored["lead_companyname"], stored["lead_level"], stored["lead_mc_memberid"]) == (
        "Fjord AS", "Silver", "m" * 32,
    )  # fmt: skip
    assert hands.rows("Person") == hands.rows("Company") == []


def test_a_refusal_is_kept_on_the_lead_and_taken_back(side: SageCrm, hands: Hands) -> None:
    key = lead(hands)
    for consent, box in ((Consent.UNSUBSCRIBED, "Y"), (Consent.SUBSCRIBED, None), (Consent.CLEANED, None)):
        assert wrote(side, key, consent=consent).person.consent is consent
        assert (row(hands, key).get("lead_optout"), row(hands, key)["lead_mc_status"]) == (box, consent.value)


def test_what_a_lead_has_no_column_for_is_refused_by_name(side: SageCrm, hands: Hands) -> None:
    outcomes = list(side.write([Change("x", lead(hands), Patch(fields={"pers_vip": "yes"}))]))
    assert isinstance(outcomes[0].error, RecordRejected)
    assert "no column lead_vip" in str(outcomes[0].error)


def test_whoever_is_made_is_a_person(side: SageCrm, hands: Hands) -> None:
    (outcome,) = side.write([Change("x", None, Patch(fields={"pers_lastname": "New"}))])
    assert outcome.record is not None
    assert (outcome.record.kind, hands.rows("Lead")) == ("Individual", [])


def test_changes_of_leads_are_read_once(side: SageCrm, hands: Hands) -> None:
    keys = [lead(hands, lead_personemail=f"l{n}@lund.example") for n in range(12)]
    found, _, cursor = read(side)
    assert set(found) == set(keys)
    hands.wait(3600)
    assert read(side, cursor)[0] == {}
    hands.do("rows/edit", {"table": "Lead", "id": int(keys[3][5:]), "values": {"lead_personfirstname": "Nora"}})
    found, _, cursor = read(side, cursor)
    assert {key: one.person.fields["pers_firstname"] for key, one in found.items()} == {keys[3]: "Nora"}
    assert read(side, cursor)[0] == {}


def test_leads_that_are_wanted_later_are_read_though_none_changed(standin: StandIn, hands: Hands) -> None:
    """From the next reading on; nobody waits for the nightly comparison."""
    key, person = lead(hands), hands.add("ann@archer.example", {})
    without = made(standin)
    found, _, cursor = read(without)
    assert set(found) == {person}
    hands.wait(3600)
    side = made(standin, WANTED)
    found, _, cursor = read(side, cursor)
    assert key in found
    hands.wait(3600)
    assert read(side, read(side, cursor)[2])[0] == {}
    without.close()
    side.close()


def test_a_reading_of_leads_goes_on_where_it_was_left(side: SageCrm, hands: Hands) -> None:
    """Leads and people in one order, though all were made in the same second."""
    keys = {lead(hands, lead_personemail=f"l{n}@lund.example") for n in range(13)}
    keys |= {hands.add(f"p{n}@x.example", {}) for n in range(13)}
    first = next(iter(side.changes(None)))
    assert not first.last
    rest = read(side, first.cursor)[0]
    assert set(rest) | {one.key for one in first.records} == keys
    assert not set(rest) & {one.key for one in first.records}


def test_a_lead_that_became_a_person_is_that_person_alone(side: SageCrm, hands: Hands) -> None:
    key = lead(hands)
    _, _, cursor = read(side)
    hands.wait(3600)
    person = hands.add("liv@lund.example", {"pers_firstname": "Liv"})
    hands.do("rows/edit", {"table": "Lead", "id": int(key[5:]), "values": {"lead_primarypersonid": int(person)}})
    found, gone, cursor = read(side, cursor)
    assert (set(found), gone) == ({person}, {key})
    assert set(side.keys()) == {person}
    assert {one.key for one in side.find(["liv@lund.example"])} == {person}
    assert (set(read(side)[0]), list(side.fetch([key]))) == ({person}, [])
    assert read(side, cursor)[:2] == ({}, set())


@pytest.mark.parametrize("links", ["exposed", "hidden"])
def test_a_lead_has_its_communications(side: SageCrm, hands: Hands, links: str) -> None:
    """One for each campaign and lead, linked to it; person and lead of the same number have each their own."""
    hands.switch(links=links, views="exposed")
    person, key = hands.add("ann@archer.example", {}), lead(hands)
    told = [
        Communication("c1", one, kind, "2027-01-15T08:00:00+00:00", f"May: {kind}")
        for one in (person, key, "lead:999") for kind in ("sent", "opened")
    ]  # fmt: skip
    for _ in range(2):
        outcomes = list(side.append(told))
        assert [one.ref for one in outcomes if one.error] == ["c1|lead:999|sent", "c1|lead:999|opened"]
    assert len(hands.rows("Communication")) == 2
    linked = hands.rows("Comm_Link") or hands.rows("Communication")
    assert [one.get("cmli_comm_personid") for one in linked] == [int(person), None]
    assert [one.get("cmli_comm_leadid") for one in linked] == [None, int(key[5:])]


def test_a_response_group_counts_people_and_no_leads(side: SageCrm, hands: Hands) -> None:
    person, key = hands.add("ann@archer.example", {}), lead(hands)
    made_one = side.make_group("Keen", [person, key])
    assert (made_one.members, list(side.group(made_one.key))) == (1, [person])


def test_a_deleted_lead_is_told_by_web_services(standin: StandIn, hands: Hands) -> None:
    side = made(standin, replace(WANTED, soap=True))
    key = lead(hands)
    _, _, cursor = read(side)
    hands.wait(3600)
    hands.do("rows/delete", {"table": "Lead", "id": int(key[5:])})
    found, gone, _ = read(side, cursor)
    assert (found, gone) == ({}, {key})
    side.close()


def test_a_hidden_column_of_leads_is_not_taken_for_empty(side: SageCrm, hands: Hands) -> None:
    key = lead(hands)
    hands.switch(hidden_columns="lead_personfirstname")
    (one,) = side.fetch([key])
    assert "pers_firstname" not in one.person.fields
    assert one.person.fields["pers_lastname"] == "Lund"


def test_missing_columns_of_leads_are_named(standin: StandIn, hands: Hands) -> None:
    standin.state.custom["lead"] = []
    (problem,) = made(standin, WANTED).check().problems
    assert "lead_mc_sync, lead_mc_memberid, lead_mc_status, lead_optout" in problem.text
    assert "Customization → Lead → Fields" in problem.fix


def test_columns_of_leads_that_may_not_be_written_are_named(side: SageCrm, hands: Hands) -> None:
    hands.switch(readonly_columns="lead_optout")
    (problem,) = side.check().problems
    assert "may not write lead_optout" in problem.text


def test_a_user_without_rights_on_leads_gets_clear_words(side: SageCrm, hands: Hands) -> None:
    hands.do("users", {"logon": "listloop", "rights": {"lead": ""}})
    (problem,) = side.check().problems
    assert "not shown leads" in problem.text
