"""Whatever position a guess about Maximizer is in, the adapter does the same for people."""

from __future__ import annotations

import pytest

from listloop.core.people import Consent, Patch
from listloop.core.side import Change, Communication
from listloop.crm.maximizer import MaximizerCrm
from listloop.sandbox.maximizer.guesses import GUESSES
from listloop.sandbox.server import Running
from listloop.testing.side.steps import LONG, create, new, people, read, shown, update
from tests.crm.maximizer.hands import MaximizerHands, made

APART = {
    "web_data": "test_hostile",  # nothing answers
    "members_replace": "test_a_list_that_does_not_take_new_members_is_no_silent_loss",
    "refresh_rotates": "test_oauth",
    "webhook_entity": "tests/sandbox/maximizer/test_events.py",  # Listloop takes no webhooks of Maximizer
    "webhook_version": "the same",
    "webhook_local_times": "the same",
}
"""Switches whose other position a loop of people cannot turn in, or never meets, and where each is tried instead."""

OLD = {("bearer_header", False)}
POSITIONS = [
    (one.name, choice) for one in GUESSES for choice in one.choices if choice != one.default and one.name not in APART
]


@pytest.mark.parametrize(("name", "position"), POSITIONS, ids=str)
def test_the_loop_turns_in_every_position(server: Running, hands: MaximizerHands, name: str, position: object) -> None:
    """People are made, read in pages, found, changed, opted out and written to, in each position of each switch."""
    hands.do("switches", {name: position})
    crm = made(server, in_body=(name, position) in OLD)
    crm.set_up()
    try:
        _loop(crm, hands, delta=(name, position) != ("udf_moves_entry", False))
    finally:
        crm.close()


def _loop(crm: MaximizerCrm, hands: MaximizerHands, *, delta: bool) -> None:
    assert crm.check().problems == ()
    some = people(crm, 25)
    assert read(crm)[0].keys() == set(crm.keys()) == {one.key for one in some}
    company = create(crm, Patch("c@suite.example", {"LastName": "Ng", "CompanyName": "Acme"}, takes_part=True))[0]
    assert company.kind == "Contact"
    first = some[0]
    assert [one.key for one in crm.find([first.email.upper()])] == [first.key]
    hands.wait(LONG)
    _, cursor = read(crm)
    hands.wait(LONG)
    fields = {"FirstName": "x" * 300, "Address/City": "Oslo", _path(crm, "Topics"): "A\nC", _path(crm, "VIP"): "yes"}
    after = update(crm, first.key, Patch(fields=fields, takes_part=False, mailchimp_id="f" * 32))
    assert after.person.fields["FirstName"] == "x" * 79
    assert after.person.fields["Address/City"] == "Oslo"
    assert after.person.fields[_path(crm, "Topics")] == "A\nC"
    assert (after.takes_part, after.mailchimp_id) == (False, "f" * 32)
    assert update(crm, first.key, Patch(consent=Consent.UNSUBSCRIBED)).person.consent is Consent.UNSUBSCRIBED
    assert [one.key for one in crm.find([], ["f" * 32])] == [first.key]
    assert read(crm, cursor)[0].keys() == {first.key}
    if delta:
        hands.wait(LONG)
        _, cursor = read(crm)
        hands.wait(LONG)
        update(crm, some[1].key, Patch(fields={_path(crm, "VIP"): "no"}))
        assert read(crm, cursor)[0].keys() == {some[1].key}
    sent = Communication("c1", first.key, "sent", "2027-01-15T08:00:00+00:00", "News was sent")
    for _ in range(2):
        assert [one.error for one in crm.append([sent])] == [None]
    group = crm.make_group("Keen", [first.key])
    assert list(crm.group(group.key)) == [first.key]
    hands.delete(first.key)
    assert list(crm.fetch([first.key])) == []


def _path(crm: MaximizerCrm, title: str) -> str:
    return next(one.name for one in crm.schema().fields if one.title == title)


def test_another_session_knows_the_same_people_by_other_keys(server: Running, hands: MaximizerHands) -> None:
    """Key strings that change from session to session lose nobody: ID and number stay."""
    hands.do("switches", {"keys_change": True})
    before = made(server)
    before.set_up()
    record = create(before, new(before))[0]
    before.close()
    after = made(server)
    after.check()
    assert shown(after, record.key) == record
    assert update(after, record.key, Patch(fields={"FirstName": "Ada"})).person.fields["FirstName"] == "Ada"
    after.close()


def test_a_list_that_does_not_take_new_members_is_no_silent_loss(crm: MaximizerCrm, hands: MaximizerHands) -> None:
    """Where Maximizer says yes and leaves a favorite list as it is, that is said."""
    first, second = people(crm, 2)
    group = crm.make_group("Keen", [first.key])
    hands.do("switches", {"members_replace": False})
    with pytest.raises(Exception, match="does not hold whom it was given"):
        crm.change_group(group.key, [second.key], [])


def test_a_renamed_company_brings_its_contacts(crm: MaximizerCrm, hands: MaximizerHands) -> None:
    """A company's new name moves no date of its contacts, and is read all the same."""
    patch = Patch("c@suite.example", {"LastName": "Ng", "CompanyName": "Acme"}, takes_part=True)
    contact = create(crm, patch)[0]
    hands.wait(LONG)
    _, cursor = read(crm)
    hands.wait(LONG)
    hands.do("people/company", {"key": contact.key.rpartition(".")[0] + ".0", "name": "Bolt"})
    assert read(crm, cursor)[0][contact.key].person.fields["CompanyName"] == "Bolt"


def test_a_question_that_takes_too_long_is_asked_in_parts(server: Running, hands: MaximizerHands) -> None:
    """HTTP 408 halves the page, and nobody is left out."""
    hands.do("switches", {"rows_in_time": 50})
    crm = made(server, size=200)
    crm.set_up()
    keys = {one.key for one in people(crm, 60)}
    assert set(crm.keys()) == read(crm)[0].keys() == keys
    crm.close()


def test_a_change_is_written_in_one_call_for_25(server: Running, crm: MaximizerCrm) -> None:
    """25 updates cost three calls: a look, the batch, and reading it back (twice a look at addresses)."""
    some = people(crm, 25)
    before = crm.client.calls
    list(crm.write([Change(one.key, one.key, Patch(mailchimp_id=f"{n:032x}")) for n, one in enumerate(some)]))
    assert crm.client.calls - before <= 5
    assert server.standin.journal.entries[-1].method == "POST"


def test_each_switch_is_walked_or_tried_elsewhere() -> None:
    """No guess is left out: each position but the first is in a walk here, or the switch has a test of its own."""
    walked = set(POSITIONS)
    for one in GUESSES:
        others = {(one.name, choice) for choice in one.choices} - {(one.name, one.default)}
        assert one.name in APART or others <= walked, one.name
        assert others, one.name
