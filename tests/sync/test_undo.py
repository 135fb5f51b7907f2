"""What was written is taken back like any other plan: only where it is still ours, and never towards being mailed."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent, Key
from listloop.core.plan import Action, Rule, Standing
from listloop.store.database import reading
from listloop.store.decisions import of_run
from listloop.store.history import history_of
from listloop.store.holding import Chosen
from listloop.store.orders import What, Wish, add_order
from listloop.store.runs import RunRow, runs_in
from listloop.sync.orders import carry_out
from listloop.sync.run import approve, run_once
from listloop.sync.undo import fields_named
from tests.sync.stage import RULES, Stage, writes

State = dict[Key, dict[str, object]]


def order(stage: Stage, what: What = What.UNDO, **wish: object) -> RunRow:
    """Order something and carry it out; the plan waits."""
    with stage.engine.begin() as db:
        add_order(db, stage.sync.connection_id, what, Wish(**wish), "Ada", stage.clock())  # type: ignore[arg-type]
    (made,) = carry_out(stage.sync)
    return made


def reasons(stage: Stage, run: RunRow) -> dict[str, str]:
    """Why, by address."""
    names = {one.id: email for email, one in stage.people().items()}
    with reading(stage.engine).begin() as db:
        return {names[row["person_id"]]: row["reasons"] for row in of_run(db, run.id)}


def both(stage: Stage) -> tuple[State, State]:
    return stage.crm.state(), stage.audience.state()


@pytest.fixture
def pair(stage: Stage) -> Stage:
    stage.crm.add("ann@x.example", {"Last": "Lee", "City": "Bern"}, {"customers"}, takes_part=True)
    stage.settle()
    return stage


def test_a_run_is_taken_back_and_the_next_runs_leave_it_so(pair: Stage) -> None:
    pair.crm.edit("p000001", {"City": "Basel", "First": "Ann"}, labels=set(), email="anna@x.example")
    before = both(pair)
    ran = pair.run()
    assert both(pair) != before
    plan = order(pair, run_id=ran.id)
    assert (plan.state, plan.trigger, plan.counts["undo"]) == ("waiting", "undo", 1)
    approve(pair.sync, plan.id, "Ada")
    assert both(pair) == before
    for _ in range(3):
        assert writes(pair.run()) == 0
    person = pair.people()["anna@x.example"]
    assert (person.standing, person.rule) == (Standing.WAITING, Rule.UNDONE)
    assert "City" in person.reason


def test_nothing_is_written_before_the_yes_and_later_runs_do_not_drop_the_plan(pair: Stage) -> None:
    pair.crm.edit("p000001", {"City": "Basel"})
    ran = pair.run()
    plan = order(pair, run_id=ran.id)
    assert pair.audience.records()[0].person.fields["CITY"] == "Basel"
    assert pair.run().state == "done"
    approve(pair.sync, plan.id, "Ada")
    assert pair.audience.records()[0].person.fields["CITY"] == "Bern"


def test_an_edit_after_it_is_taken_back_crosses_again(pair: Stage) -> None:
    pair.crm.edit("p000001", {"City": "Basel"}, labels=set())
    approve(pair.sync, order(pair, run_id=pair.run().id).id, "Ada")
    pair.crm.edit("p000001", {"City": "Zug"})
    pair.audience.edit("m000001", labels=set())
    pair.settle()
    assert pair.audience.records()[0].person.fields["CITY"] == "Zug"
    assert pair.audience.records()[0].person.labels == frozenset()
    assert pair.people()["ann@x.example"].standing == Standing.IN_SYNC


def test_what_somebody_changed_since_stays_and_is_said(pair: Stage) -> None:
    pair.crm.edit("p000001", {"City": "Basel", "First": "Ann"})
    ran = pair.run()
    pair.audience.edit("m000001", {"CITY": "Kyiv"})
    plan = order(pair, run_id=ran.id)
    assert "City stays: somebody changed it in Mailchimp since" in reasons(pair, plan)["ann@x.example"]
    approve(pair.sync, plan.id, "Ada")
    assert pair.audience.records()[0].person.fields["FNAME"] == ""
    pair.settle()
    assert pair.crm.record("p000001").person.fields["City"] == "Kyiv"


def test_what_somebody_changes_between_plan_and_yes_stays(pair: Stage) -> None:
    pair.crm.edit("p000001", {"City": "Basel"})
    plan = order(pair, run_id=pair.run().id)
    pair.crm.edit("p000001", {"City": "Zug"})
    pair.run()
    done = approve(pair.sync, plan.id, "Ada")
    assert pair.audience.records()[0].person.fields["CITY"] == "Zug"
    assert done.counts["mailchimp_left"] == 1


def test_an_edit_that_waits_to_cross_is_not_swallowed(pair: Stage) -> None:
    pair.crm.edit("p000001", {"City": "Basel"})
    plan = order(pair, run_id=pair.run().id)
    pair.crm.edit("p000001", {"City": "Zug"})
    approve(pair.sync, plan.id, "Ada")
    pair.settle()
    assert pair.audience.records()[0].person.fields["CITY"] == "Zug"


def test_one_field_or_one_person_is_taken_back_alone(pair: Stage) -> None:
    pair.crm.add("bob@x.example", {"Last": "Ray", "City": "Bern"}, takes_part=True)
    pair.settle()
    for one in pair.crm.records():
        pair.crm.edit(one.key, {"City": "Basel", "First": "X"})
    ran = pair.run()
    ann = pair.people()["ann@x.example"].id
    approve(pair.sync, order(pair, run_id=ran.id, person_id=ann, field="city").id, "Ada")
    shown = {one.email: dict(one.person.fields) for one in pair.audience.records()}
    assert (shown["ann@x.example"]["CITY"], shown["ann@x.example"]["FNAME"]) == ("Bern", "X")
    assert (shown["bob@x.example"]["CITY"], shown["bob@x.example"]["FNAME"]) == ("Basel", "X")


def test_of_a_person_our_last_unbroken_writes_are_taken_back(pair: Stage) -> None:
    for city in ("Basel", "Zug"):
        pair.crm.edit("p000001", {"City": city})
        pair.run()
    approve(pair.sync, order(pair, person_id=pair.people()["ann@x.example"].id, field="City").id, "Ada")
    assert pair.audience.records()[0].person.fields["CITY"] == "Bern"


def test_a_field_that_is_not_mapped_is_refused_with_those_that_are(pair: Stage) -> None:
    with pytest.raises(NeedsAttention, match=r"No mapped field is named “Shoe size”"):
        fields_named(pair.sync.rules, "Shoe size")


def test_a_created_member_is_archived_and_does_not_come_back(stage: Stage) -> None:
    stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    ran = stage.run()
    plan = order(stage, run_id=ran.id)
    approve(stage.sync, plan.id, "Ada")
    assert [one.takes_part for one in stage.audience.records()] == [False]
    for _ in range(3):
        assert writes(stage.run()) == 0
    person = stage.people()["ann@x.example"]
    assert (person.standing, person.rule) == (Standing.EXCLUDED, Rule.UNDONE)
    stage.crm.flag("p000001", takes_part=False)
    stage.run()
    stage.crm.flag("p000001", takes_part=True)
    stage.settle()
    assert [one.takes_part for one in stage.audience.records()] == [True]


def test_a_created_person_of_the_crm_is_flagged_no_and_deleted_by_nobody(stage: Stage) -> None:
    stage.audience.sign_up("ann@x.example", {"LNAME": "Lee"})
    ran = stage.run()
    approve(stage.sync, order(stage, run_id=ran.id).id, "Ada")
    assert [one.takes_part for one in stage.crm.records()] == [False]
    for _ in range(3):
        assert writes(stage.run()) == 0
    assert [one.takes_part for one in stage.audience.records()] == [True]


def test_who_was_archived_comes_back_as_before(pair: Stage) -> None:
    before = pair.audience.state()
    pair.crm.flag("p000001", takes_part=False)
    ran = pair.run()
    assert pair.audience.state() != before
    approve(pair.sync, order(pair, run_id=ran.id).id, "Ada")
    assert pair.audience.state() == before
    for _ in range(3):
        assert writes(pair.run()) == 0


def test_who_unsubscribed_in_the_archive_stays_there(pair: Stage) -> None:
    pair.crm.flag("p000001", takes_part=False)
    ran = pair.run()
    pair.audience.unsubscribe("m000001")
    plan = order(pair, run_id=ran.id)
    assert (plan.state, plan.counts["keep"]) == ("done", 1)
    assert "may only come back by its owner" in reasons(pair, plan)["ann@x.example"]


@pytest.mark.parametrize("where", ["crm", "mailchimp"])
def test_consents_are_never_taken_back_and_listed(pair: Stage, where: str) -> None:
    if where == "crm":
        pair.crm.opt_out("p000001")
    else:
        pair.audience.unsubscribe("m000001")
    plan = order(pair, run_id=pair.run().id)
    assert "consents are never taken back" in reasons(pair, plan)["ann@x.example"]
    pair.settle()
    assert pair.crm.record("p000001").person.consent is Consent.UNSUBSCRIBED
    assert pair.audience.record("m000001").person.consent is Consent.UNSUBSCRIBED


def test_an_undo_can_be_taken_back_itself(pair: Stage) -> None:
    pair.crm.edit("p000001", {"City": "Basel"})
    pair.run()
    after = both(pair)
    undone = order(pair, person_id=pair.people()["ann@x.example"].id, field="City")
    approve(pair.sync, undone.id, "Ada")
    approve(pair.sync, order(pair, run_id=undone.id).id, "Ada")
    assert both(pair) == after


def test_a_lost_value_is_put_back_on_both_sides(pair: Stage) -> None:
    pair.crm.edit("p000001", {"City": "Basel"})
    pair.audience.edit("m000001", {"CITY": "Kyiv"})
    pair.settle()
    person = pair.people()["ann@x.example"]
    with reading(pair.engine).begin() as db:
        line = next(one for one in history_of(db, person.id) if one.what == "lost")
    assert line.old == "Kyiv"
    done = order(pair, What.RESTORE, history_id=line.id)
    assert (done.state, done.approved_by) == ("done", "Ada")
    assert pair.crm.record("p000001").person.fields["City"] == "Kyiv"
    assert pair.audience.record("m000001").person.fields["CITY"] == "Kyiv"
    assert writes(pair.run()) == 0
    assert pair.people()["ann@x.example"].standing == Standing.IN_SYNC


def mixed(stage: Stage, draw: random.Random) -> None:
    """One change of some kind for each pair, on either side."""
    members = {one.email: one.key for one in stage.audience.records()}
    for number, one in enumerate(stage.crm.records()):
        member = members[one.email]
        hands: list[Callable[[], object]] = [
            lambda k=one.key, n=number: stage.crm.edit(k, {"City": f"City {n}", "First": ""}),  # type: ignore[misc]
            lambda m=member, n=number: stage.audience.edit(m, {"LNAME": f"Name {n}"}),  # type: ignore[misc]
            lambda k=one.key: stage.crm.edit(k, labels=stage.crm.record(k).person.labels ^ {"customers"}),  # type: ignore[misc]
            lambda m=member: stage.audience.edit(m, labels=stage.audience.record(m).person.labels ^ {"customer"}),  # type: ignore[misc]
            lambda k=one.key, n=number: stage.crm.change_address(k, f"new{n}@y.example"),  # type: ignore[misc]
            lambda m=member, n=number: stage.audience.change_address(m, f"other{n}@y.example"),  # type: ignore[misc]
            lambda k=one.key: stage.crm.flag(k, takes_part=False),  # type: ignore[misc]
            lambda m=member: stage.audience.archive(m),  # type: ignore[misc]
            lambda k=one.key, m=member: (  # type: ignore[misc]
                stage.crm.edit(k, {"City": "Here"}),
                stage.audience.edit(m, {"CITY": "There"}),
            ),
            lambda k=one.key: stage.crm.opt_out(k),  # type: ignore[misc]
            lambda m=member: stage.audience.unsubscribe(m),  # type: ignore[misc]
        ]
        draw.choice(hands)()


def test_after_500_mixed_changes_taken_back_both_sides_are_as_before_but_for_consents_and_erasures(
    stage: Stage,
) -> None:
    draw = random.Random(5)
    for number in range(500):
        values = {"Last": f"Lee {number}", "First": f"Ann {number}", "City": draw.choice(["", "Bern"])}
        labels = {"customers"} if number % 2 else set()
        stage.crm.add(f"a{number}@x.example", values, labels, takes_part=True)
    stage.settle()
    mixed(stage, draw)
    before = both(stage)
    stage.clock.move(3600)
    ran = run_once(stage.sync, "schedule")
    if ran.state == "waiting":
        approve(stage.sync, ran.id, "Ada")
    assert both(stage) != before
    erased = {one.id: email for email, one in list(stage.people().items())[::100]}
    for person, email in erased.items():
        order(stage, What.FORGET, person_id=person, address=email)
    plan = order(stage, run_id=ran.id)
    assert f"{len(erased)} people were erased for good since then" in plan.wait
    approve(stage.sync, plan.id, "Ada")
    listed = {email for email, why in reasons(stage, plan).items() if "consents are never taken back" in why}
    differing = set()
    for then, now in zip(before, both(stage), strict=True):
        for key, state in now.items():
            told = dict(then[key])
            if state["consent"] != told["consent"]:
                differing.add(str(state["email"]))
                told["consent"] = state["consent"]
            assert state == told
    assert differing <= listed
    assert differing
    assert plan.counts[Action.UNDO] > 300
    assert writes(stage.run()) == 0
    assert len(both(stage)[0]) == len(before[0]) - len(erased)


def test_what_got_its_yes_last_leaves_who_was_edited_meanwhile(stage: Stage) -> None:
    """Of an undo that is approved in two parts, the second part overwrites no edit that came in between."""
    for name in ("ann", "bob"):
        stage.crm.add(f"{name}@x.example", {"Last": name, "City": "Bern"}, takes_part=True)
    stage.settle()
    for key in ("p000001", "p000002"):
        stage.crm.edit(key, {"City": "Basel"})
    ran = stage.run()
    plan = order(stage, run_id=ran.id)
    approve(stage.sync, plan.id, "Ada", Chosen(people=frozenset({stage.people()["ann@x.example"].id})))
    bob = next(one.key for one in stage.audience.records() if one.email == "bob@x.example")
    stage.clock.move(60)
    stage.audience.edit(bob, {"CITY": "Oslo"})
    with reading(stage.engine).begin() as db:
        (rest,) = runs_in(db, stage.sync.connection_id, ("waiting",))
    approve(stage.sync, rest.id, "Ada")
    assert stage.audience.record(bob).person.fields["CITY"] == "Oslo"
    stage.settle()
    assert stage.crm.record("p000002").person.fields["City"] == "Oslo"


def test_who_becomes_a_member_after_an_undo_takes_part_like_anybody(stage: Stage) -> None:
    """Flagged No as the second one of an address, flagged Yes again by the undo, and the address is free by then."""
    stage.rules(replace(RULES, duplicate_flag_no=True))
    first = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    second = stage.crm.add("ann@x.example", {"Last": "Ray"}, takes_part=True)
    ran = stage.run()
    assert stage.crm.record(second).takes_part is False
    stage.crm.change_address(first, "dao@x.example")
    plan = order(stage, run_id=ran.id)
    person = next(one.id for one in stage.people().values() if one.crm and one.crm.key == second)
    approve(stage.sync, plan.id, "Ada", Chosen(people=frozenset({person})))
    stage.run()
    stage.run()
    found = next(one for one in stage.people().values() if one.crm and one.crm.key == second)
    assert stage.crm.record(second).takes_part is True
    assert (found.mailchimp is not None, found.parted, found.standing) == (True, "", Standing.IN_SYNC)
