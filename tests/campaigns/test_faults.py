"""Each call of a schedule, its taking back, a stop, a test and a taking over is lost, refused or survives a crash."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest

from listloop.campaigns import sending
from listloop.core.errors import ListloopError
from listloop.core.sending import State
from listloop.store import mailings
from listloop.store.mailings import Mailing
from listloop.testing.memory.faulty import Crash
from tests.campaigns.conftest import PEOPLE, START, Desk

FAULTS = ("killed before", "killed after", "lost before", "lost after", "fault")
AT = START.replace(minute=30)
LATER = AT + timedelta(hours=1)
HOUR = 3600
THEIRS = "<p>Theirs *|UNSUB|* *|LIST:ADDRESSLINE|*</p>"


@dataclass(frozen=True, slots=True)
class Way:
    """Something that is done to a campaign: what comes before, what is pressed, and where it stands then."""

    before: Callable[[Desk, int], object]
    press: Callable[[Desk, int], Mailing]
    state: State
    when: str = ""


def theirs(desk: Desk, made: int) -> None:
    """Somebody writes other content in Mailchimp."""
    key = sending.prepare(desk.sync, made).mailing.key
    desk.call("PUT", f"/campaigns/{key}/content", {"html": THEIRS, "plain_text": "Theirs *|UNSUB|*"})


WAYS = {
    "schedule": Way(
        lambda desk, made: sending.prepare(desk.sync, made),
        lambda desk, made: sending.set_time(desk.sync, made, AT),
        State.SCHEDULED,
        AT.isoformat(),
    ),
    "another time": Way(
        lambda desk, made: sending.set_time(desk.sync, made, AT),
        lambda desk, made: sending.set_time(desk.sync, made, LATER),
        State.SCHEDULED,
        LATER.isoformat(),
    ),
    "take back": Way(
        lambda desk, made: sending.set_time(desk.sync, made, AT),
        lambda desk, made: sending.cancel(desk.sync, made),
        State.DRAFT,
    ),
    "stop": Way(
        lambda desk, made: sending.send(desk.sync, made),
        lambda desk, made: sending.cancel(desk.sync, made),
        State.CANCELLED,
    ),
    "test": Way(
        lambda desk, made: sending.prepare(desk.sync, made),
        lambda desk, made: sending.send_test(desk.sync, made, ["me@corp.example"]),
        State.DRAFT,
    ),
    "adopt": Way(theirs, lambda desk, made: sending.adopt(desk.sync, made), State.DRAFT),
}


def pressed(desk: Desk, way: Way, name: str, at: int = -1, kind: str = "") -> int:
    """A campaign on which it was pressed while one call went wrong."""
    made = desk.write(name)
    way.before(desk, made)
    desk.restart(at, kind)
    with suppress(ListloopError, Crash):
        way.press(desk, made)
    return made


@pytest.mark.parametrize("what", WAYS)
def test_pressed_again_after_any_fault_it_is_done_once_and_explained(desk: Desk, what: str) -> None:
    """One campaign at Mailchimp that stands where it should, nothing under way, no warning that is over, and nobody
    has got a mail that was not due, nor two.
    """
    way = WAYS[what]
    pressed(desk, way, "Counted")
    calls = len(desk.line.calls)
    assert calls >= 3
    for kind in FAULTS:
        for at in range(calls):
            name = f"{kind} {at}"
            made = pressed(desk, way, name, at, kind)
            desk.restart()
            assert sending.look(desk.sync, made).act == "", name
            way.press(desk, made)
            one = sending.look(desk.sync, made)
            assert (one.state, one.act, one.note, one.changed) == (way.state, "", "", ""), name
            assert (one.at.isoformat() if one.at and way.when else "") == way.when, name
    titles = [one["settings"]["title"] for one in desk.campaigns()]
    assert len(titles) == len(set(titles)) == len(all_of(desk))
    assert not desk.inbox()
    desk.wait(3 * HOUR)
    due = len(titles) if way.state is State.SCHEDULED else 0
    assert sum(one["emails_sent"] for one in desk.campaigns()) == due * PEOPLE


def all_of(desk: Desk) -> list[Mailing]:
    """Every campaign that was written here."""
    with desk.engine.begin() as db:
        return mailings.all_mailings(db)


def test_what_is_taken_over_is_whole_and_ours_stays_a_version(desk: Desk) -> None:
    """Killed at any call of it, the content is ours or theirs, never a mixture, and both are versions in the end."""
    pressed(desk, WAYS["adopt"], "Counted")
    for at in range(len(desk.line.calls)):
        pressed(desk, WAYS["adopt"], f"killed {at}", at, "killed after")
        desk.restart()
    for made in all_of(desk):
        sending.adopt(desk.sync, made.id)
        with desk.engine.begin() as db:
            one, kept = mailings.mailing(db, made.id), mailings.versions(db, made.id)
        assert ("Theirs" in one.html, "Theirs" in one.plain) == (True, True)
        assert [("Theirs" in old.body.html, old.who) for old in kept] == [(True, "Mailchimp"), (False, "Ada")]
