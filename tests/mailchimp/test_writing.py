"""Writes to an audience: few calls, nobody raised, and never a guess about what came of a lost answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol

import pytest

from listloop.core.errors import NeedsAttention, RecordRejected, TryLater
from listloop.core.people import Consent, Patch, Record
from listloop.core.side import Change, Label, LabelKind, Outcome, Schema
from listloop.mailchimp.audience import MailchimpAudience
from listloop.mailchimp.client import MailchimpClient
from listloop.sandbox.server import Running

NO = Patch(consent=Consent.UNSUBSCRIBED)
BULK = "/3.0/lists/a1b2c3d4e5"


class Hands(Protocol):
    def unsubscribe(self, key: str) -> object: ...
    def clean(self, key: str) -> object: ...


def new(number: int, **fields: str) -> Patch:
    return Patch(email=f"person{number}@acme.test", fields=fields, consent=Consent.SUBSCRIBED, takes_part=True)


def write(audience: MailchimpAudience, *patches: tuple[str | None, Patch]) -> list[Outcome]:
    changes = [Change(str(number), key, patch) for number, (key, patch) in enumerate(patches)]
    return sorted(audience.write(changes), key=lambda one: int(one.ref))


def create(audience: MailchimpAudience, count: int, **fields: str) -> list[Record]:
    return [stored(one) for one in write(audience, *((None, new(number, **fields)) for number in range(count)))]


def stored(outcome: Outcome) -> Record:
    assert outcome.error is None, outcome.error
    assert outcome.record is not None
    return outcome.record


def codes(outcomes: Iterable[Outcome]) -> list[str]:
    return [one.error.code if one.error else "" for one in outcomes]


def journal(sandbox: Running) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = sandbox.control("journal")["entries"]
    return entries


def forget_journal(sandbox: Running) -> None:
    sandbox.control("journal", method="DELETE")


def fault(sandbox: Running, **rule: Any) -> None:
    sandbox.control("faults", rule)


def test_five_hundred_people_are_created_by_one_call(audience: MailchimpAudience, sandbox: Running) -> None:
    audience.schema()
    forget_journal(sandbox)
    made = create(audience, 501, FNAME="Ada")
    assert len({one.key for one in made}) == 501
    assert [one["method"] for one in journal(sandbox)].count("POST") == 2
    assert len(journal(sandbox)) <= 5


def test_some_refused_among_many_have_their_own_reasons(audience: MailchimpAudience) -> None:
    """A bulk call answers 200 whatever happens to its items."""
    first = create(audience, 1)[0]
    outcomes = write(
        audience,
        (None, new(1)),
        (None, replace(new(2), email="fake@example.com")),
        (None, replace(new(3), email=first.email.upper())),
        (None, replace(new(4), email="nonsense")),
        (None, new(5, TITLE="Baron")),
        (None, new(6, AGE="many")),
        (None, replace(new(7), email=None)),
        (None, new(1)),
        (None, new(9)),
    )
    expected = ["", "fake-address", "address-taken", "invalid-address", "invalid-value", "invalid-value", "no-address"]
    assert codes(outcomes) == [*expected, "address-taken", ""]
    assert outcomes[4].error is not None
    assert "TITLE" in outcomes[4].error.problem


@pytest.mark.parametrize("kind", ["cut", "502", "html", "malformed", "truncated"])
def test_a_creation_whose_answer_is_lost_is_looked_up(audience: MailchimpAudience, sandbox: Running, kind: str) -> None:
    """The bulk call was carried out; its answer never came."""
    create(audience, 1)
    fault(sandbox, kind=kind, method="POST", path=BULK, commit=True)
    outcomes = write(audience, *((None, new(number, FNAME="Ada")) for number in range(1, 30)))
    assert codes(outcomes) == [""] * 29
    assert len(list(audience.keys())) == 30


def test_a_creation_that_was_lost_before_it_was_done_is_sent_again(
    audience: MailchimpAudience, sandbox: Running
) -> None:
    audience.schema()
    fault(sandbox, kind="502", method="POST", path=BULK, times=2)
    assert codes(write(audience, (None, new(1)), (None, new(2)))) == ["", ""]


def test_a_creation_that_stays_lost_is_to_be_tried_later(audience: MailchimpAudience, sandbox: Running) -> None:
    audience.schema()
    fault(sandbox, kind="502", method="POST", path=BULK, times=0)
    outcomes = write(audience, (None, new(1)), (None, new(2)))
    assert all(isinstance(one.error, TryLater) for one in outcomes)


def test_somebody_elses_member_found_after_a_lost_answer_is_not_taken_for_ours(
    audience: MailchimpAudience, sandbox: Running
) -> None:
    """The address was there before, with other values."""
    create(audience, 1, FNAME="Ada")
    fault(sandbox, kind="502", method="POST", path=BULK)
    assert codes(write(audience, (None, new(0, FNAME="Bob")), (None, new(1)))) == ["address-taken", ""]


def test_creating_an_archived_address_brings_nobody_back(audience: MailchimpAudience, sandbox: Running) -> None:
    """Also when the archive came after the last creation, which had looked into it."""
    one, other = create(audience, 2)
    for record in (one, other):
        write(audience, (record.key, Patch(takes_part=False)))
        assert codes(write(audience, (None, replace(new(9), email=record.email)))) == ["address-taken"]
        assert [row.takes_part for row in audience.fetch([record.key])] == [False]


def test_opt_outs_of_many_are_one_call_and_one_reading(audience: MailchimpAudience, sandbox: Running) -> None:
    made = create(audience, 40)
    forget_journal(sandbox)
    outcomes = write(audience, *((one.key, NO) for one in made))
    assert {stored(one).person.consent for one in outcomes} == {Consent.UNSUBSCRIBED}
    assert len(journal(sandbox)) <= 3


def test_an_opt_out_meets_the_member_though_its_address_moved(
    audience: MailchimpAudience, sandbox: Running, hands: Any
) -> None:
    """A bulk call goes by address; the address that we read may be another by now."""
    made = create(audience, 12)
    sandbox.control("people/change-address", {"email": made[3].email, "new_email": "moved@acme.test"})
    outcomes = write(audience, *((one.key, NO) for one in made))
    assert {stored(one).person.consent for one in outcomes} == {Consent.UNSUBSCRIBED}
    assert stored(outcomes[3]).key == made[3].key
    assert [one.takes_part for one in audience.find([made[3].email])] == [False]


def test_an_opt_out_leaves_who_is_archived_by_now_in_the_archive(audience: MailchimpAudience, sandbox: Running) -> None:
    """A bulk call brings archived members back; they go there again."""
    made = create(audience, 12)
    sandbox.control("people/admin-edit", {"email": made[3].email, "archive": True})
    outcomes = write(audience, *((one.key, NO) for one in made))
    assert [stored(one).takes_part for one in outcomes] == [number != 3 for number in range(12)]


def test_opt_outs_whose_answer_is_lost_are_read_before_anything_is_said(
    audience: MailchimpAudience, sandbox: Running
) -> None:
    made = create(audience, 12)
    fault(sandbox, kind="cut", method="POST", path=BULK, commit=True)
    outcomes = write(audience, *((one.key, NO) for one in made))
    assert {stored(one).person.consent for one in outcomes} == {Consent.UNSUBSCRIBED}


def test_no_status_goes_along_with_an_edit(audience: MailchimpAudience, sandbox: Running) -> None:
    record = create(audience, 1)[0]
    forget_journal(sandbox)
    write(audience, (record.key, Patch(fields={"FNAME": "Ada"})), (record.key, Patch(email="new@acme.test")))
    bodies = [one["body"] for one in journal(sandbox) if one["method"] in {"PATCH", "PUT", "POST"}]
    assert len(bodies) == 2
    assert not any("status" in body for body in bodies)


def test_a_no_is_written_before_anything_else(audience: MailchimpAudience, sandbox: Running) -> None:
    one, other = create(audience, 2)
    forget_journal(sandbox)
    write(audience, (None, new(7)), (one.key, Patch(fields={"FNAME": "Ada"})), (other.key, NO))
    written = [entry for entry in journal(sandbox) if entry["method"] in {"PATCH", "POST"}]
    assert "unsubscribed" in written[0]["body"]


def test_the_spelling_of_a_status_refused_for_good_is_compliance(audience: MailchimpAudience, hands: Hands) -> None:
    record = create(audience, 1)[0]
    hands.unsubscribe(record.key)
    outcome = write(audience, (record.key, Patch(consent=Consent.SUBSCRIBED)))[0]
    assert isinstance(outcome.error, RecordRejected)
    assert outcome.error.code == "compliance"
    assert record.email in outcome.error.problem


def test_an_archiving_whose_answer_is_lost_is_read_again(audience: MailchimpAudience, sandbox: Running) -> None:
    """Asked again, Mailchimp refuses to archive who is archived; that is not taken for a failure."""
    record = create(audience, 1)[0]
    fault(sandbox, kind="cut", method="DELETE", commit=True)
    assert stored(write(audience, (record.key, Patch(takes_part=False)))[0]).takes_part is False


def test_who_can_not_be_archived_says_so(audience: MailchimpAudience, hands: Hands) -> None:
    record = create(audience, 1)[0]
    hands.clean(record.key)
    assert codes(write(audience, (record.key, Patch(takes_part=False)))) == ["not-archivable"]


def test_a_revival_whose_answer_is_lost_is_read_again(audience: MailchimpAudience, sandbox: Running) -> None:
    record = create(audience, 1)[0]
    write(audience, (record.key, Patch(takes_part=False)))
    fault(sandbox, kind="cut", method="POST", path=f"{BULK}/members", commit=True)
    back = stored(write(audience, (record.key, Patch(takes_part=True, consent=Consent.SUBSCRIBED)))[0])
    assert (back.takes_part, back.person.consent, back.key) == (True, Consent.SUBSCRIBED, record.key)


def test_a_revival_without_a_status_is_mailed_to_nobody(audience: MailchimpAudience) -> None:
    record = create(audience, 1)[0]
    write(audience, (record.key, Patch(takes_part=False)))
    back = stored(write(audience, (record.key, Patch(takes_part=True)))[0])
    assert back.person.consent is Consent.UNKNOWN


def test_only_a_subscribed_member_moves_where_mailchimp_says_so(audience: MailchimpAudience, sandbox: Running) -> None:
    sandbox.control("switches", {"change_needs_subscribed": True})
    record = create(audience, 1)[0]
    write(audience, (record.key, NO))
    assert codes(write(audience, (record.key, Patch(email="new@acme.test")))) == ["address-fixed"]


def label(audience: MailchimpAudience, title: str) -> str:
    """The name of the tag of that title."""
    return next(one.name for one in audience.schema().labels if one.title == title)


def test_a_tag_that_was_renamed_is_the_same_one(audience: MailchimpAudience) -> None:
    name = label(audience, "vip")
    record = stored(write(audience, (None, replace(new(1), add=frozenset({name}))))[0])
    path = f"lists/a1b2c3d4e5/segments/{name.removeprefix('tag:')}"
    audience.client.send("PATCH", path, {"name": "Very important"}, who="the tag")
    assert label(audience, "Very important") == name
    assert next(audience.fetch([record.key])).person.labels == {name}
    another = create(audience, 1)[0]
    assert stored(write(audience, (another.key, Patch(add=frozenset({name}))))[0]).person.labels == {name}
    assert [one.title for one in audience.schema().labels if one.kind is LabelKind.TAG] == [
        "Very important",
        "prospect",
    ]


def test_tags_and_groups_are_added_and_removed_with_fields(audience: MailchimpAudience) -> None:
    labels = {one.title: one.name for one in audience.schema().labels}
    record = create(audience, 1)[0]
    patch = Patch(fields={"FNAME": "Ada"}, add=frozenset({labels["vip"], labels["Topics: Wine"]}))
    record = stored(write(audience, (record.key, patch))[0])
    assert record.person.labels == {labels["vip"], labels["Topics: Wine"]}
    assert record.person.fields["FNAME"] == "Ada"
    record = stored(write(audience, (record.key, Patch(remove=record.person.labels)))[0])
    assert record.person.labels == frozenset()


def test_tags_along_with_fields_cost_one_call_more_and_no_reading(
    audience: MailchimpAudience, sandbox: Running
) -> None:
    audience.schema()
    record = create(audience, 1)[0]
    patch = Patch(fields={"FNAME": "Ada"}, add=frozenset({label(audience, "vip")}))
    forget_journal(sandbox)
    assert stored(write(audience, (record.key, patch))[0]).person.labels == patch.add
    assert [one["method"] for one in journal(sandbox)] == ["POST", "PATCH"]


def test_members_who_get_nothing_but_tags_are_read_together(audience: MailchimpAudience, sandbox: Running) -> None:
    audience.schema()
    made = create(audience, 40)
    patch = Patch(add=frozenset({label(audience, "vip")}))
    forget_journal(sandbox)
    outcomes = write(audience, *((one.key, patch) for one in made))
    assert {stored(one).key for one in outcomes} == {one.key for one in made}
    assert all(stored(one).person.labels == patch.add for one in outcomes)
    methods = [one["method"] for one in journal(sandbox)]
    assert (methods.count("POST"), methods.count("GET")) == (40, 1)


def test_no_tag_that_is_written_sets_off_an_automation(audience: MailchimpAudience, sandbox: Running) -> None:
    audience.schema()
    made = create(audience, 2)
    patch = Patch(add=frozenset({label(audience, "vip")}))
    forget_journal(sandbox)
    write(audience, (made[0].key, patch), (made[1].key, replace(patch, fields={"FNAME": "Ada"})))
    posted = [one for one in journal(sandbox) if one["method"] == "POST"]
    assert len(posted) == 2
    assert all('"is_syncing":true' in one["body"] for one in posted)


def test_fields_are_written_though_a_tag_is_refused(audience: MailchimpAudience, sandbox: Running) -> None:
    """The record then shows the one and lacks the other."""
    audience.prepare(Schema(labels=(Label("t" * 60, "t" * 60, LabelKind.TAG),)))
    name = label(audience, "t" * 60)
    record = create(audience, 1)[0]
    sandbox.control("switches", {"tag_name_limit": 50})
    patch = Patch(fields={"FNAME": "Ada"}, add=frozenset({name}))
    shown = stored(write(audience, (record.key, patch))[0])
    assert (shown.person.fields["FNAME"], shown.person.labels) == ("Ada", frozenset())


def test_tags_of_a_member_who_is_gone_are_refused_alone(audience: MailchimpAudience) -> None:
    audience.schema()
    record = create(audience, 1)[0]
    patch = Patch(add=frozenset({label(audience, "vip")}))
    assert codes(write(audience, ("0" * 32, patch), (record.key, patch))) == ["not-found", ""]


def test_tags_beyond_fifty_are_all_read(audience: MailchimpAudience) -> None:
    """A member's row shows 50 tags; the others are asked for, so that a missing one is no removal."""
    titles = [f"t{number}" for number in range(60)]
    audience.prepare(Schema(labels=tuple(Label(title, title, LabelKind.TAG) for title in titles)))
    names = frozenset(one.name for one in audience.schema().labels if one.title in titles)
    record = stored(write(audience, (None, replace(new(1), add=names)))[0])
    read = next(audience.fetch([record.key]))
    assert read.labels_shown
    assert read.person.labels == names


def test_never_more_calls_at_once_than_the_budget(sandbox: Running) -> None:
    with MailchimpClient("fedcba9876543210fedcba9876543210-us1", f"{sandbox.url}/3.0", budget=4) as client:
        audience = MailchimpAudience(client, "a1b2c3d4e5")
        made = create(audience, 60)
        write(audience, *((one.key, Patch(fields={"FNAME": "Ada"})) for one in made))
        assert sandbox.control("journal")["highest"] <= 4
        assert "429" not in sandbox.control("journal")["by_status"]


def test_a_revoked_key_stops_the_write(audience: MailchimpAudience, sandbox: Running) -> None:
    made = create(audience, 3)
    with MailchimpClient("not-the-key-of-anybody-us1", f"{sandbox.url}/3.0") as client:
        revoked = MailchimpAudience(client, "a1b2c3d4e5")
        with pytest.raises(NeedsAttention) as caught:
            list(revoked.write([Change("0", made[0].key, NO)]))
    assert caught.value.code == "key-invalid"
