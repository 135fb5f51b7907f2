"""A campaign is sent once, whatever breaks, and whatever somebody does in Mailchimp is noticed."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest

from listloop.campaigns import recipients, sending
from listloop.core.errors import ListloopError, NeedsAttention
from listloop.core.facts import Kind
from listloop.core.sending import Level, State
from listloop.store.telling import telling_of
from listloop.testing.memory.faulty import Crash
from tests.campaigns.conftest import PEOPLE, START, Desk, friends

FAULTS = ("killed before", "killed after", "lost before", "lost after", "fault")


def test_a_draft_is_checked_tested_and_sent(desk: Desk) -> None:
    """Everybody gets it once, filled, with its plain text, the unsubscribe link and the postal address."""
    made = desk.write()
    ready = sending.prepare(desk.sync, made)
    assert ready.good, ready.findings
    sending.send_test(desk.sync, made, ["me@corp.example"])
    assert [one["to"] for one in desk.inbox("test")] == ["me@corp.example"]
    assert sending.send(desk.sync, made).state is State.SENDING
    desk.wait()
    assert sending.look(desk.sync, made).state is State.SENT
    mails = desk.inbox()
    assert Counter(one["to"] for one in mails) == Counter(f"p{n}@acme.example" for n in range(PEOPLE))
    first = next(desk.mail(one) for one in mails if one["to"] == "p3@acme.example")
    assert first["subject"] == "Hello Ann3"
    for part in ("html", "text"):
        assert "Dear Ann3," in first[part]
        assert "/unsubscribe" in first[part]
        assert "*|" not in first[part]


def test_sent_twice_is_sent_once(desk: Desk) -> None:
    """A second click finds it on its way, also from another process."""
    made = desk.write()
    sending.send(desk.sync, made)
    desk.restart()
    assert sending.send(desk.sync, made).state is State.SENDING
    desk.wait()
    assert sending.send(desk.sync, made).state is State.SENT
    assert len(desk.inbox()) == PEOPLE
    assert len(desk.campaigns()) == 1


def _calls(desk: Desk) -> int:
    made = desk.write(source="crm", source_key=friends(desk), source_title="Friends")
    desk.restart()
    sending.send(desk.sync, made)
    return len(desk.line.calls)


def test_faults_at_every_call_never_send_twice(desk: Desk) -> None:
    """Each call of the way is lost, refused or survives a crash in turn; pressed again, everybody has one mail."""
    group = friends(desk)
    desk.restart()
    sending.send(desk.sync, desk.write("Counted", source="crm", source_key=group, source_title="Friends"))
    calls = len(desk.line.calls)
    desk.wait()
    before = len(desk.inbox())
    assert calls > 8
    for kind in FAULTS:
        for at in range(calls):
            name = f"{kind} {at}"
            made = desk.write(name, source="crm", source_key=group, source_title="Friends")
            desk.restart(at, kind)
            with suppress(ListloopError, Crash):
                sending.send(desk.sync, made)
            desk.restart()
            sending.look_after(desk.sync)
            sending.send(desk.sync, made)
            desk.wait()
            one = sending.look(desk.sync, made)
            assert (one.state, one.act, one.note) == (State.SENT, "", ""), name
            assert len(desk.inbox()) - before == 4, name
            before += 4
    titles = Counter(one["settings"]["title"] for one in desk.campaigns() if one["status"] == "sent")
    assert set(titles.values()) == {1}


def test_a_lost_answer_is_asked_about_before_it_is_repeated(desk: Desk) -> None:
    """The creation and the sending that arrived without an answer count as done at once."""
    for path in ("/campaigns", "/actions/send"):
        made = desk.write(path)
        desk.restart()
        sending.look(desk.sync, made)
        plan = _path_of_calls(desk, made)
        at = next(number for number, call in enumerate(plan) if call.startswith("POST") and call.endswith(path))
        again = desk.write(f"{path} again")
        desk.restart(at, "lost after")
        assert sending.send(desk.sync, again).state is State.SENDING


def _path_of_calls(desk: Desk, made: int) -> list[str]:
    sending.send(desk.sync, made)
    return desk.line.calls


def test_a_crm_group_gets_it_and_who_does_not_is_told(desk: Desk) -> None:
    """The group is a segment at Mailchimp; who is not in the audience is counted with the reason."""
    made = desk.write(source="crm", source_key=friends(desk), source_title="Friends")
    said = recipients.reach(desk.sync, desk.read(made))
    assert (said.will, said.not_) == (4, {"absent": 1})
    sending.send(desk.sync, made)
    desk.wait()
    assert sorted(one["to"] for one in desk.inbox()) == [f"p{n}@acme.example" for n in range(4)]


def test_without_unsubscribe_link_or_address_it_is_not_sent(desk: Desk) -> None:
    """Our own checklist stops what Mailchimp would let through."""
    bare = "<mjml><mj-body><mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section></mj-body></mjml>"
    made = desk.write(design=bare)
    stops = {one.what for one in sending.prepare(desk.sync, made).findings if one.level is Level.STOP}
    assert stops == {"Unsubscribe link", "Postal address"}
    with pytest.raises(NeedsAttention, match="unsubscribe"):
        sending.send(desk.sync, made)
    assert not any(one["status"] != "save" for one in desk.campaigns())


def test_a_schedule_is_a_quarter_hour_ahead_and_can_be_taken_back(desk: Desk) -> None:
    """Other times are refused here; a schedule is moved and taken back without a mail."""
    made = desk.write()
    for wrong in (START + timedelta(minutes=20), START.replace(minute=0), START.replace(tzinfo=None)):
        with pytest.raises(NeedsAttention, match="quarter"):
            sending.set_time(desk.sync, made, wrong)
    first = START.replace(minute=30)
    assert sending.set_time(desk.sync, made, first).at == first
    moved = sending.set_time(desk.sync, made, first + timedelta(hours=1))
    assert (moved.state, moved.at) == (State.SCHEDULED, first + timedelta(hours=1))
    assert sending.cancel(desk.sync, made).state is State.DRAFT
    desk.wait(3 * 3600)
    assert not desk.inbox()
    desk.sync.now.move(3 * 3600)  # type: ignore[attr-defined]  # the memory's clock
    sending.set_time(desk.sync, made, first + timedelta(hours=4))
    desk.wait(2 * 3600)
    assert sending.look(desk.sync, made).state is State.SENT


def test_a_sending_can_be_stopped(desk: Desk) -> None:
    """Nobody gets it who has not got it yet."""
    made = desk.write()
    sending.send(desk.sync, made)
    assert sending.cancel(desk.sync, made).state is State.CANCELLED
    desk.wait()
    assert not desk.inbox()


def test_what_is_changed_in_mailchimp_is_noticed(desk: Desk) -> None:
    """It is not overwritten unasked: it is taken over, or overwritten by a word."""
    made = desk.write()
    key = sending.prepare(desk.sync, made).mailing.key
    theirs = {"subject_line": "Other", "from_name": "Haldenroos", "reply_to": "news@haldenroos.com"}
    desk.call("PATCH", f"/campaigns/{key}", {"settings": theirs})
    with pytest.raises(NeedsAttention, match="subject") as refused:
        sending.send(desk.sync, made)
    assert refused.value.code == "campaign-changed"
    sending.prepare(desk.sync, made, overwrite=True)
    assert desk.call("GET", f"/campaigns/{key}")["settings"]["subject_line"] == "Hello *|FNAME|*"
    desk.call("PUT", f"/campaigns/{key}/content", {"html": "<p>Theirs *|UNSUB|* *|LIST:ADDRESSLINE|*</p>"})
    assert sending.look(desk.sync, made).changed == "content"
    assert "Theirs" in sending.adopt(desk.sync, made).html
    assert sending.send(desk.sync, made).state is State.SENDING


def test_what_is_sent_or_deleted_in_mailchimp_is_noticed(desk: Desk) -> None:
    """It is not sent again."""
    made, other = desk.write(), desk.write("Other")
    desk.call("POST", f"/campaigns/{sending.prepare(desk.sync, made).mailing.key}/actions/send")
    assert sending.send(desk.sync, made).note == "It was sent in Mailchimp."
    desk.wait()
    assert len(desk.inbox()) == PEOPLE
    desk.call("DELETE", f"/campaigns/{sending.prepare(desk.sync, other).mailing.key}")
    with pytest.raises(NeedsAttention):
        sending.send(desk.sync, other)
    assert desk.read(other).state is State.GONE


def test_sending_has_the_crm_told(desk: Desk) -> None:
    """What was sent is written into the CRM from now on, unless the campaign says otherwise."""
    sending.send(desk.sync, desk.write("Quiet", tells=False))
    with desk.engine.begin() as db:
        assert not telling_of(db, desk.connection_id).kinds
    sending.send(desk.sync, desk.write())
    with desk.engine.begin() as db:
        assert telling_of(db, desk.connection_id).kinds == {Kind.SENT}


def test_the_follow_up_goes_to_those_who_did_not_open(desk: Desk) -> None:
    """Two opened the first one; the other four get the second, and one draft is made however often it is asked for."""
    from listloop.sync.facts import import_facts

    made = desk.write()
    sending.send(desk.sync, made)
    desk.wait()
    key = desk.read(made).key
    for n in range(2):
        desk.running.control("people/open", {"email": f"p{n}@acme.example", "campaign_id": key})
    import_facts(desk.sync)
    one = sending.look(desk.sync, made)
    with desk.engine.begin() as db:
        again = recipients.follow_up(db, one, "Ada", desk.sync.now())
        assert recipients.follow_up(db, one, "Ada", desk.sync.now()) == again
    sending.send(desk.sync, again)
    desk.wait()
    second = [mail["to"] for mail in desk.inbox() if mail["campaign_id"] == desk.read(again).key]
    assert sorted(second) == [f"p{n}@acme.example" for n in range(2, PEOPLE)]
