"""What the simulation's checker must not call a broken promise: histories in which Listloop was right."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from listloop.testing.simulation.crashing import database
from listloop.testing.simulation.history import Do, History, Move, Setting
from listloop.testing.simulation.play import play
from listloop.testing.simulation.sabotage import sabotage

ANN, BOB, CEM, DAO, EVA = (f"{name}@sim.example" for name in ("ann", "bob", "cem", "dao", "eva"))
FIRST_RUN = (Move(Do.RUN), Move(Do.APPROVE))


@pytest.fixture(name="engine")
def _engine() -> Iterator[Engine]:
    engine = database()
    yield engine
    engine.dispose()


def broken(engine: Engine, *moves: Move, **setting: bool) -> str:
    """The promise that this history breaks, and why; "": none."""
    played = play(History(0, Setting(**setting), moves), engine)
    return f"{played.promise}: {played.why}" if played.promise else ""


def test_a_link_moves_a_run_later_to_an_address_whose_owner_is_gone(engine: Engine) -> None:
    """Somebody moves to the address of a deleted record, which is believed to be gone only the second time."""
    moves = (
        Move(Do.SIGN_UP, text=DAO, field="Grace"),
        Move(Do.ADD_CRM, text=EVA),
        *FIRST_RUN,
        Move(Do.DELETE_CRM, who=0),
        Move(Do.MOVE_CRM, who=1, text=EVA),
    )
    assert not broken(engine, *moves, leave=True)


def test_a_no_counts_for_the_member_that_its_person_had_when_it_was_said(engine: Engine) -> None:
    """The opted out record swaps its address before the run: mailbox and person both keep the no."""
    moves = (
        Move(Do.ADD_CRM, text=ANN, other=1),
        Move(Do.ADD_MEMBER, text=CEM),
        *FIRST_RUN,
        Move(Do.SIGN_UP, text=DAO, field="Zoë"),
        Move(Do.SIGN_UP, text=CEM, field="Grace"),
        Move(Do.ADD_CRM, text=DAO),
        Move(Do.OPT_OUT, who=1),
        Move(Do.SWAP_CRM, who=1, other=2),
    )
    assert not broken(engine, *moves)


def test_who_signed_up_and_has_not_confirmed_stays_asked_under_a_moved_address(engine: Engine) -> None:
    """The member waits for the own confirmation, and is mailed by nobody meanwhile."""
    moves = (
        Move(Do.ADD_CRM, text=BOB),
        *FIRST_RUN,
        Move(Do.OPT_OUT),
        Move(Do.RUN, other=1),
        Move(Do.SIGN_UP, text=BOB, field="Grace"),
        Move(Do.MOVE_CRM, text=ANN),
    )
    assert not broken(engine, *moves, double_opt_in=True)


def test_a_sign_up_after_a_first_plan_that_read_the_no_takes_it_back(engine: Engine) -> None:
    """The first plan waits for a yes, but it has read and noted who opted out."""
    moves = (
        Move(Do.ADD_CRM, text=ANN, other=3),
        Move(Do.ADD_CRM, text=ANN, other=4),
        Move(Do.OPT_OUT, who=1),
        Move(Do.RUN, other=60),
        Move(Do.SIGN_UP, text=ANN, field="Grace"),
    )
    assert not broken(engine, *moves)


def test_who_came_back_is_told_to_the_crm_although_their_address_moved_meanwhile(engine: Engine) -> None:
    """They signed up at the address from before, which the CRM changed by then; both cross in one run."""
    moves = (
        Move(Do.ADD_CRM, text=ANN, other=1),
        *FIRST_RUN,
        Move(Do.OPT_OUT),
        Move(Do.RUN, other=1),
        Move(Do.MOVE_CRM, text=CEM),
        Move(Do.SIGN_UP, text=ANN, field="Ada"),
    )
    assert not broken(engine, *moves)


def test_after_a_yes_whoever_the_inbox_names_is_planned_anew(engine: Engine) -> None:
    """A webhook came while the first plan waited, and its member's tag was changed: what is written was not listed."""
    moves = (
        Move(Do.SIGN_UP, text=EVA, field="Grace"),
        Move(Do.RUN, other=60),
        Move(Do.LABEL_MEMBER),
        Move(Do.WEBHOOK, text="mailchimp"),
    )
    assert not broken(engine, *moves)


def test_a_difference_is_excused_as_taken_back_only_where_somebody_took_something_back(engine: Engine) -> None:
    """Memory that moves too early makes a refused edit look like one that a person took back."""
    moves = (
        Move(Do.ADD_CRM, text=ANN),
        *FIRST_RUN,
        Move(Do.SICKEN, text="mailchimp"),
        Move(Do.EDIT_CRM, field="City", text="Kyiv"),
        Move(Do.RUN, other=60),
    )
    assert not broken(engine, *moves)
    assert "City" in sabotage("memory-at-reading", lambda: broken(engine, *moves))


def test_who_comes_back_takes_back_a_no_that_a_run_for_single_people_has_told(engine: Engine) -> None:
    """A webhook named the CRM's opt-out, Mailchimp was told, and its owner signed up before any other run."""
    moves = (
        Move(Do.ADD_MEMBER, text=ANN, field="Ada"),
        *FIRST_RUN,
        Move(Do.OPT_OUT),
        Move(Do.ASK, text="crm"),
        Move(Do.SIGN_UP, text=ANN, field="Ada"),
    )
    assert not broken(engine, *moves)


def test_a_no_that_was_said_and_unsaid_around_a_yes_was_never_planned(engine: Engine) -> None:
    """A user ticked and unticked the opt-out between two plans: in between, another plan was only written."""
    moves = (
        Move(Do.ADD_CRM, text=BOB, other=3),
        *FIRST_RUN,
        Move(Do.SIGN_UP, text=ANN, field="Ada"),
        Move(Do.PREVIEW),
        Move(Do.OPT_OUT),
        Move(Do.APPROVE),
        Move(Do.OPT_IN),
    )
    assert not broken(engine, *moves)


def test_who_signed_up_and_has_not_confirmed_stays_asked_under_an_address_of_the_own_choice(engine: Engine) -> None:
    """The member moves before any run; a CRM record that opted out is moved to where it went."""
    moves = (
        Move(Do.ADD_CRM, text=BOB, other=1),
        *FIRST_RUN,
        Move(Do.OPT_OUT),
        Move(Do.RUN, other=60),
        Move(Do.ADD_CRM, text=CEM, other=4),
        Move(Do.OPT_OUT, who=1),
        Move(Do.RUN, other=60),
        Move(Do.SIGN_UP, text=DAO, field="Ada"),
        Move(Do.MOVE_MEMBER, who=1, text=CEM),
    )
    assert not broken(engine, *moves, double_opt_in=True)


def test_who_opted_out_before_there_was_a_member_comes_back_by_a_later_sign_up(engine: Engine) -> None:
    """The CRM's record had no address when it said no; its new one signs up after that was read."""
    moves = (
        Move(Do.ADD_CRM, other=4),
        Move(Do.OPT_OUT),
        Move(Do.RUN, other=60),
        Move(Do.MOVE_CRM, text=BOB),
        Move(Do.SIGN_UP, text=BOB, field="Ada"),
    )
    assert not broken(engine, *moves)


def test_the_rest_of_an_undo_is_no_edit_of_anybody(engine: Engine) -> None:
    moves = (
        Move(Do.ADD_CRM, text=ANN),
        Move(Do.ADD_MEMBER, text=BOB, field="Ada", other=2),
        Move(Do.ADD_CRM, text=BOB, field="Alan"),
        *FIRST_RUN,
        Move(Do.UNDO, text="run"),
        Move(Do.SOME, who=2),
    )
    assert not broken(engine, *moves)
