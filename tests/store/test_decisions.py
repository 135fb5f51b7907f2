"""The plan of a run, row by row: what is written first, what is held, and how far each row was carried out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from listloop.core.consent import Cell, Ledger
from listloop.core.people import Consent, Patch, SideName
from listloop.core.plan import Action, Decision, Kind, Lost
from listloop.store.decisions import (
    DecisionRow,
    Hold,
    forget_decisions,
    intended,
    leave,
    leave_runs,
    next_chunk,
    of_run,
    plan_crm,
    save_decisions,
    set_states,
    split,
    unfinished,
)
from listloop.store.holding import count_kinds, count_written, counts, hold_kinds, release
from listloop.store.runs import change_run, start_run
from tests.store.conftest import NOON

CRM, MAILCHIMP = SideName.CRM, SideName.MAILCHIMP
UNSUBSCRIBED = Patch(consent=Consent.UNSUBSCRIBED)
CITY = Decision(Action.UPDATE, mailchimp=Patch(fields={"CITY": "Bern"}), reasons=("City: changed in the CRM",))
CLEAR = replace(CITY, mailchimp=Patch(fields={"CITY": ""}), kinds=frozenset({Kind.CLEAR}))
BOTH = Decision(Action.UPDATE, Patch(fields={"City": "Bern"}), Patch(fields={"FNAME": "Ada"}))
NO = Decision(Action.UPDATE, crm=UNSUBSCRIBED, consent=Cell(Consent.UNSUBSCRIBED, ledger=Ledger.FROM_MAILCHIMP))
CRM_NO = Decision(Action.UPDATE, mailchimp=UNSUBSCRIBED, kinds=frozenset({Kind.CRM_NO}))


@pytest.fixture
def run_id(engine: Engine, connection_id: int) -> int:
    """A run of the connection that is writing."""
    with engine.begin() as db:
        made = start_run(db, connection_id, "schedule", NOON)
        change_run(db, made, state="writing")
    return made


def save(engine: Engine, run_id: int, *made: Decision, hold: Hold = Hold.NOTHING) -> None:
    """Save decisions of the people 1, 2, 3 ..."""
    with engine.begin() as db:
        save_decisions(db, run_id, list(enumerate(made, 1)), hold)


def chunk(engine: Engine, run_id: int, limit: int = 500) -> tuple[SideName | None, list[int]]:
    """Which side is written next, and the people of it; they are done then."""
    with engine.begin() as db:
        found = next_chunk(db, run_id, limit)
        if found is None:
            return None, []
        side, rows = found
        set_states(db, side, [(row.id, "done", "") for row in rows], NOON)
    return side, [row.person_id for row in rows]


def rows_of(engine: Engine, run_id: int) -> list[tuple[str, str, bool]]:
    """The states of both sides and whether it is held, row by row."""
    with engine.begin() as db:
        return [(row["crm_state"], row["mailchimp_state"], row["held"]) for row in of_run(db, run_id)]


def test_a_status_is_written_apart_and_first_never_along_with_fields() -> None:
    whole = replace(
        BOTH,
        crm=replace(BOTH.crm, consent=Consent.UNSUBSCRIBED),
        reasons=("opted out", "City: changed"),
        lost=(Lost(CRM, "City", "x"),),
        sources={"row": "x"},
    )
    (first, status), (then, rest) = split(whole)
    assert (first, status.crm, status.mailchimp) == (True, UNSUBSCRIBED, Patch())
    assert (status.reasons, status.lost, status.sources) == (("opted out",), (), {})
    assert (then, rest.crm, rest.mailchimp) == (False, BOTH.crm, BOTH.mailchimp)
    assert (rest.lost, rest.sources) == (whole.lost, whole.sources)


def test_a_status_alone_is_one_row_and_one_without_is_too() -> None:
    assert split(NO) == [(True, NO)]
    assert split(CITY) == [(False, CITY)]


def test_a_raised_status_goes_apart_but_not_before_all_else() -> None:
    back = Decision(Action.UPDATE, crm=Patch(fields={"City": "Bern"}, consent=Consent.SUBSCRIBED))
    assert [(first, one.crm) for first, one in split(back)] == [
        (False, Patch(consent=Consent.SUBSCRIBED)),
        (False, Patch(fields={"City": "Bern"})),
    ]


@pytest.mark.parametrize(
    "whole",
    [
        Decision(Action.NEW_CRM, crm=Patch("a@b.example", consent=Consent.SUBSCRIBED)),
        Decision(Action.NEW_MAILCHIMP, mailchimp=Patch("a@b.example", consent=Consent.PENDING)),
        Decision(Action.RESUME, mailchimp=Patch(takes_part=True, consent=Consent.SUBSCRIBED)),
    ],
    ids=["new in the CRM", "new in Mailchimp", "back from the archive"],
)
def test_a_record_that_is_created_or_brought_back_takes_its_status_along(whole: Decision) -> None:
    assert split(whole) == [(False, whole)]


@pytest.mark.parametrize("consent", [Consent.UNSUBSCRIBED, Consent.SUBSCRIBED])
def test_each_kind_is_counted_once_on_the_row_that_it_is_of(engine: Engine, run_id: int, consent: Consent) -> None:
    kinds = frozenset({Kind.CRM_NO, Kind.CLEAR} if consent is Consent.UNSUBSCRIBED else {Kind.CLEAR})
    patch = Patch(fields={"CITY": ""}, consent=consent)
    save(engine, run_id, Decision(Action.UPDATE, mailchimp=patch, kinds=kinds))
    with engine.begin() as db:
        assert {kind: count for kind, count in count_kinds(db, run_id).items() if count} == dict.fromkeys(kinds, 1)
        assert [row["kinds"] for row in of_run(db, run_id)] == [
            "opt-out from the CRM" if consent is Consent.UNSUBSCRIBED else "",
            "cleared field",
        ]


def test_nos_go_first_then_mailchimp_then_the_crm(engine: Engine, run_id: int) -> None:
    save(engine, run_id, BOTH, NO, CRM_NO, CITY)
    assert [chunk(engine, run_id) for _ in range(5)] == [
        (MAILCHIMP, [3]),
        (CRM, [2]),
        (MAILCHIMP, [1, 4]),
        (CRM, [1]),
        (None, []),
    ]


def test_a_chunk_holds_no_more_than_asked(engine: Engine, run_id: int) -> None:
    save(engine, run_id, CITY, CITY, CITY)
    assert [chunk(engine, run_id, 2)[1] for _ in range(2)] == [[1, 2], [3]]


def test_a_decision_comes_back_whole_with_the_state_of_each_side(engine: Engine, run_id: int) -> None:
    whole = replace(BOTH, sources={"row": "x"}, lost=(Lost(CRM, "City", "y"),), merged=True)
    save(engine, run_id, whole)
    with engine.begin() as db:
        found = next_chunk(db, run_id, 1)
    assert found
    row: DecisionRow = found[1][0]
    assert row.decision == whole
    assert (row.state(CRM), row.state(MAILCHIMP)) == ("planned", "planned")
    assert (row.patch(CRM), row.patch(MAILCHIMP)) == (whole.crm, whole.mailchimp)


@pytest.mark.parametrize(
    ("hold", "held"), [(Hold.NOTHING, [False, False]), (Hold.BUT_NOS, [False, True]), (Hold.ALL, [True, True])]
)
def test_a_plan_waits_whole_or_but_for_the_nos_until_the_yes(
    engine: Engine, run_id: int, hold: Hold, held: list[bool]
) -> None:
    save(engine, run_id, NO, CITY, hold=hold)
    assert [one[2] for one in rows_of(engine, run_id)] == held
    with engine.begin() as db:
        release(db, run_id)
    assert [chunk(engine, run_id)[1] for _ in range(2)] == [[1], [2]]


def test_a_kind_that_is_held_waits_and_the_rest_goes_on(engine: Engine, run_id: int) -> None:
    save(engine, run_id, CLEAR, CITY, CRM_NO, NO)
    with engine.begin() as db:
        hold_kinds(db, run_id, [Kind.CLEAR, Kind.CRM_NO])
        assert counts(db, run_id)["held"] == 2
    assert [chunk(engine, run_id) for _ in range(3)] == [(CRM, [4]), (MAILCHIMP, [2]), (None, [])]


def test_what_is_written_already_is_not_held_any_more(engine: Engine, run_id: int) -> None:
    save(engine, run_id, CLEAR)
    chunk(engine, run_id)
    with engine.begin() as db:
        hold_kinds(db, run_id, [Kind.CLEAR])
        assert counts(db, run_id)["held"] == 0
        assert count_kinds(db, run_id)[Kind.CLEAR] == 0


def test_what_was_under_way_when_a_run_was_interrupted_is_found(
    engine: Engine, connection_id: int, run_id: int
) -> None:
    save(engine, run_id, BOTH, CITY, CITY)
    with engine.begin() as db:
        set_states(db, CRM, [(1, "intended", "")])
        set_states(db, MAILCHIMP, [(2, "intended", "")])
        assert [(row.person_id, row.state(CRM), row.state(MAILCHIMP)) for row in intended(db, connection_id)] == [
            (1, "intended", "planned"),
            (2, "", "intended"),
        ]
        assert intended(db, 99) == []


def test_who_moved_meanwhile_is_left_to_the_next_plan(engine: Engine, run_id: int) -> None:
    save(engine, run_id, BOTH, CITY, CITY)
    with engine.begin() as db:
        set_states(db, MAILCHIMP, [(1, "done", "")], NOON)
        set_states(db, MAILCHIMP, [(2, "intended", "")])
        leave(db, [1, 2])
    assert [one[:2] for one in rows_of(engine, run_id)] == [("left", "done"), ("", "left"), ("", "planned")]


def test_who_is_decided_anew_in_a_run_is_planned_only_once(engine: Engine, run_id: int) -> None:
    save(engine, run_id, BOTH, CITY)
    with engine.begin() as db:
        forget_decisions(db, run_id, [1])
        forget_decisions(db, run_id + 1, [2])
        assert [row["person_id"] for row in of_run(db, run_id)] == [2]


def test_a_new_plan_takes_over_from_older_ones_but_for_writes_under_way(engine: Engine, run_id: int) -> None:
    save(engine, run_id, BOTH, CITY, CITY)
    with engine.begin() as db:
        set_states(db, MAILCHIMP, [(1, "intended", ""), (2, "done", "")])
        assert leave_runs(db, [run_id]) == [1, 3]
        assert leave_runs(db, []) == []
    assert [one[:2] for one in rows_of(engine, run_id)] == [("left", "intended"), ("", "done"), ("", "left")]


def test_the_id_of_a_new_member_is_planned_for_the_crm_once_it_is_known(engine: Engine, run_id: int) -> None:
    save(engine, run_id, Decision(Action.NEW_MAILCHIMP, mailchimp=Patch("a@b.example")))
    assert chunk(engine, run_id) == (MAILCHIMP, [1])
    with engine.begin() as db:
        plan_crm(db, [(1, Patch(mailchimp_id="id-1"))])
        found = next_chunk(db, run_id, 1)
    assert found
    assert (found[0], found[1][0].patch(CRM)) == (CRM, Patch(mailchimp_id="id-1"))


def test_what_was_written_in_the_last_24_hours_is_counted_by_kind(
    engine: Engine, connection_id: int, run_id: int
) -> None:
    save(engine, run_id, CLEAR, CLEAR, CLEAR, CITY)
    with engine.begin() as db:
        set_states(db, MAILCHIMP, [(1, "done", ""), (4, "done", "")], NOON)
        set_states(db, MAILCHIMP, [(2, "refused", "no")], NOON)
        set_states(db, MAILCHIMP, [(3, "done", "")], NOON - timedelta(hours=25))
        assert count_written(db, connection_id, NOON - timedelta(hours=24))[Kind.CLEAR] == 1
        assert count_written(db, 99, NOON - timedelta(hours=24))[Kind.CLEAR] == 0
        change_run(db, run_id, approved_at=NOON)
        assert count_written(db, connection_id, NOON - timedelta(hours=24))[Kind.CLEAR] == 0, "a person said yes"


def test_a_write_of_one_side_still_counts_while_the_other_is_under_way(
    engine: Engine, connection_id: int, run_id: int
) -> None:
    save(engine, run_id, replace(BOTH, kinds=frozenset({Kind.LOST})))
    with engine.begin() as db:
        set_states(db, MAILCHIMP, [(1, "done", "")], NOON)
        set_states(db, CRM, [(1, "intended", "")])
        assert count_written(db, connection_id, NOON)[Kind.LOST] == 1


def test_why_a_side_refused_is_kept_when_the_other_is_written(engine: Engine, run_id: int) -> None:
    save(engine, run_id, BOTH)
    with engine.begin() as db:
        set_states(db, MAILCHIMP, [(1, "refused", "The address bounced.")], NOON)
        set_states(db, CRM, [(1, "intended", "")])
        set_states(db, CRM, [(1, "done", "")], NOON)
        assert [row["problem"] for row in of_run(db, run_id)] == ["The address bounced."]


def test_a_plan_is_counted_by_people_actions_and_states(engine: Engine, run_id: int) -> None:
    both_rows = replace(BOTH, crm=replace(BOTH.crm, consent=Consent.UNSUBSCRIBED))
    save(engine, run_id, both_rows, CITY, Decision(Action.NEW_CRM, crm=Patch("a@b.example")))
    with engine.begin() as db:
        set_states(db, MAILCHIMP, [(2, "done", "")], NOON)
        found = counts(db, run_id)
    assert (found["people"], found["update"], found["new_crm"], found["opt_out"]) == (3, 2, 1, 1)
    assert (found["crm_planned"], found["mailchimp_planned"], found["mailchimp_done"]) == (3, 1, 1)


def test_who_has_something_left_to_write_and_of_whom_something_was_refused(engine: Engine, run_id: int) -> None:
    save(engine, run_id, BOTH, CITY, CITY)
    with engine.begin() as db:
        set_states(db, MAILCHIMP, [(1, "done", ""), (2, "refused", "no"), (3, "done", "")], NOON)
        assert unfinished(db, run_id, [1, 2, 3]) == {1, 2}, "one has more to write, one was refused"


def test_a_plan_is_read_a_page_at_a_time(engine: Engine, run_id: int) -> None:
    save(engine, run_id, replace(BOTH, crm=replace(BOTH.crm, consent=Consent.UNSUBSCRIBED)), CITY)
    with engine.begin() as db:
        page = of_run(db, run_id, limit=2)
        rest = of_run(db, run_id, after=page[-1]["id"])
        assert [row["person_id"] for row in page + rest] == [1, 1, 2]
