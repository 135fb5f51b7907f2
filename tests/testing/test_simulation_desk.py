"""What people do in Listloop itself is part of random histories, and what comes of it is held against promises."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from listloop.sync import approval, knowledge
from listloop.testing.simulation.crashing import database
from listloop.testing.simulation.history import Do, History, Move, Setting
from listloop.testing.simulation.play import Played, play

ANN, BOB = "ann@sim.example", "bob@sim.example"
BEGUN = (Move(Do.ADD_CRM, text=ANN, field="Ann"), Move(Do.RUN), Move(Do.APPROVE))


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = database()
    yield made
    made.dispose()


def _played(engine: Engine, *moves: Move, setting: Setting | None = None) -> Played:
    return play(History(0, setting or Setting(), moves), engine)


ASKED = Setting(asks=True)
BOTH_EDIT = (
    Move(Do.EDIT_CRM, field="City", text="Bern"),
    Move(Do.EDIT_MEMBER, field="CITY", text="Graz"),
    Move(Do.RUN),
)

#: What is done, under which setting, and what counts it.
DONE: dict[str, tuple[tuple[Move, ...], Setting, str]] = {
    "answer": ((*BEGUN, *BOTH_EDIT, Move(Do.ANSWER, other=1), Move(Do.RUN)), ASKED, "answer field: mailchimp"),
    "keep": ((*BEGUN, *BOTH_EDIT, Move(Do.ANSWER, other=2), Move(Do.RUN)), ASKED, "answer field: keep"),
    "undo": (
        (*BEGUN, *BOTH_EDIT[:1], Move(Do.RUN), Move(Do.UNDO, text="run"), Move(Do.APPROVE)),
        Setting(),
        "rule undone",
    ),
    "put back": ((*BEGUN, *BOTH_EDIT, Move(Do.PUT_BACK), Move(Do.RUN)), Setting(), Do.PUT_BACK),
    "forget": ((*BEGUN, Move(Do.FORGET), Move(Do.ADD_CRM, text=ANN), Move(Do.RUN)), Setting(), "rule erased"),
    "lift": ((*BEGUN, Move(Do.FORGET), Move(Do.ADD_CRM, text=ANN), Move(Do.RUN), Move(Do.LIFT)), Setting(), Do.LIFT),
    "some": ((*BEGUN[:1], Move(Do.ADD_CRM, text=BOB), Move(Do.RUN), Move(Do.SOME)), Setting(), Do.SOME),
    "retry": (
        (*BEGUN[:1], Move(Do.SICKEN, text="mailchimp"), *BEGUN[1:], *BOTH_EDIT, Move(Do.RETRY)),
        Setting(),
        Do.RETRY,
    ),
    "unmap": ((*BEGUN, Move(Do.UNMAP, 2), *BOTH_EDIT, Move(Do.APPROVE), Move(Do.UNMAP, 2)), Setting(), Do.UNMAP),
    "old CRM": (
        (*BEGUN, Move(Do.BACKUP), *BOTH_EDIT, Move(Do.OLD_CRM), Move(Do.RUN, text="full")),
        Setting(),
        "rule older",
    ),
    "old audience": ((*BEGUN, Move(Do.BACKUP), *BOTH_EDIT, Move(Do.OLD_AUDIENCE)), Setting(), Do.OLD_AUDIENCE),
    "old database": (
        (*BEGUN, Move(Do.BACKUP), *BOTH_EDIT, Move(Do.OLD_DATABASE), Move(Do.RUN)),
        Setting(),
        Do.OLD_DATABASE,
    ),
    "left alone": ((Move(Do.ADD_MEMBER, text=ANN, other=2), *BEGUN), Setting(leaves_alone=True), "rule filtered"),
}


@pytest.mark.parametrize("name", DONE)
def test_what_people_do_in_listloop_is_played_and_breaks_nothing(engine: Engine, name: str) -> None:
    moves, setting, counted = DONE[name]
    came = _played(engine, *moves, setting=setting)
    assert (came.promise, came.why) == ("", "")
    assert came.met[str(counted)] > 0


def test_a_forgotten_one_who_is_made_again_is_found(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowledge, "erased_among", lambda *_: set())
    came = _played(engine, *BEGUN, Move(Do.FORGET), Move(Do.SIGN_UP, text=ANN), Move(Do.RUN))
    assert came.promise == "20: the forgotten stay so"


def test_a_yes_to_a_part_that_writes_all_is_found(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approval, "_set_apart", lambda *_: 0)
    came = _played(engine, *DONE["some"][0])
    assert came.promise == "15: what is written is what was shown"
    assert "got no yes" in came.why


def test_an_answer_that_is_not_carried_out_is_found(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowledge, "asked_about", lambda *_: {})
    came = _played(engine, *DONE["answer"][0], setting=ASKED)
    assert came.promise == "1: answers are carried out"


def test_what_is_taken_back_leaves_alone_whose_link_resumed_since(engine: Engine) -> None:
    """The link goes to another record of the address and takes part again, while the undo of a field waits."""
    came = _played(
        engine,
        Move(Do.ADD_CRM, text="cem@sim.example", field="Cem"),
        Move(Do.ADD_CRM, text=BOB, field="Ada"),
        Move(Do.ADD_CRM, text=BOB, field="Grace", other=3),
        Move(Do.ADD_MEMBER, text=BOB, field="Ada", other=7),
        Move(Do.RUN),
        Move(Do.APPROVE),
        Move(Do.SIGN_UP, text=BOB, field="Zoë"),
        Move(Do.RUN, other=60),
        Move(Do.FLAG, who=1, text="no"),
        Move(Do.RUN, other=60),
        Move(Do.DELETE_CRM, who=1),
        Move(Do.UNDO, text="run", other=7),
        Move(Do.RUN, other=60),
    )
    assert (came.promise, came.why) == ("", "")
