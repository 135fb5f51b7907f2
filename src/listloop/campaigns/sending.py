"""Send campaigns so that nothing is sent twice, and nothing that somebody does in Mailchimp is overlooked.

Mailchimp sends each of its campaigns once. So a campaign that is written here must never become two there: what is to
be done is saved before each call (``act``), and after a crash or a lost answer Mailchimp is asked how the campaign
stands before anything is repeated. The title there carries the moment and the number of ours, and finds it again.

All of it is done under the connection's lease, so that of two clicks the second finds what the first has done.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from listloop.campaigns.recipients import segment_of
from listloop.core import sending
from listloop.core.errors import ListloopError, NeedsAttention, RecordRejected, TryLater
from listloop.core.facts import Kind
from listloop.core.sending import Act, Envelope, Finding, HasOutbox, Level, Outbox, Shown, State
from listloop.store import mailings, schedule
from listloop.store.campaigns import moment
from listloop.store.database import reading
from listloop.store.mailings import Mailing
from listloop.store.telling import Telling, set_telling, telling_of
from listloop.sync.context import Sync
from listloop.sync.crowds import dated

TESTS = 10
"""Addresses of one test mail, at most."""

ADDRESS = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")

#: What was found where our own act was lost on its way.
_DONE = {
    Act.SEND: (State.SENDING, State.SENT),
    Act.SCHEDULE: (State.SCHEDULED, State.SENDING, State.SENT),
    Act.UNSCHEDULE: (State.DRAFT,),
    Act.CANCEL: (State.CANCELLED,),
}


@dataclass(frozen=True, slots=True)
class Ready:
    """A campaign as it stands at Mailchimp, and the checklist."""

    mailing: Mailing
    findings: tuple[Finding, ...]

    @property
    def good(self) -> bool:
        """May it be sent?"""
        return all(one.level is not Level.STOP for one in self.findings)


def outbox_of(sync: Sync) -> Outbox:
    """The outbox of the connection's audience. Raises NeedsAttention where it has none."""
    if not isinstance(sync.audience, HasOutbox):
        raise NeedsAttention("Nothing can be sent to this audience.", "Use another connection.", code="no-outbox")
    return sync.audience.outbox()


def title_of(one: Mailing) -> str:
    """What it is called at Mailchimp: its name with the moment it was begun, which nobody else uses."""
    return dated(one.name, one.made_at, one.id)


def look(sync: Sync, mailing_id: int) -> Mailing:
    """Ask Mailchimp how a campaign stands: what was begun is cleared up, what somebody did there is noted."""
    one = _read(sync, mailing_id)
    outbox = outbox_of(sync)
    if one.act == Act.CREATE:
        found = outbox.find(title_of(one))
        return _change(sync, one, act="", **({"key": found.key} if found else {}))
    if not one.key:
        return one
    shown = outbox.show(one.key)
    if shown is None:
        return _change(sync, one, state=State.GONE, act="", note="It was deleted in Mailchimp.")
    values: dict[str, Any] = {"state": shown.state, "act": "", "at": moment(shown.at) or None}
    values["note"] = _noted(one, shown)
    if shown.state is State.DRAFT:
        values["changed"] = ", ".join(_changes(outbox, one, shown))
    if shown.state in (State.SENDING, State.SENT) and one.state not in (State.SENDING, State.SENT):
        _tell_crm(sync, one, shown)
    return _change(sync, one, **values)


def _noted(one: Mailing, shown: Shown) -> str:
    """What is to be said of a campaign that is elsewhere than we left it."""
    if one.act:
        done = shown.state in _DONE.get(Act(one.act), ())
        return "" if done else "Mailchimp did not carry out what was asked last. Nothing was sent; try again."
    if shown.state is one.state or (one.state, shown.state) in _COURSE:
        return one.note
    words = {
        State.DRAFT: "It was made a draft again in Mailchimp.",
        State.SCHEDULED: "It was scheduled in Mailchimp.",
        State.SENDING: "It was sent in Mailchimp.",
        State.SENT: "It was sent in Mailchimp.",
        State.CANCELLED: "It was cancelled in Mailchimp.",
    }
    return words.get(shown.state, "")


#: What comes by itself.
_COURSE = frozenset({
    (State.SCHEDULED, State.SENDING), (State.SCHEDULED, State.SENT), (State.SENDING, State.SENT),
})  # fmt: skip


def _changes(outbox: Outbox, one: Mailing, shown: Shown) -> tuple[str, ...]:
    put = one.written
    if put is None:
        return ()
    changed = sending.differing(put.envelope, shown.envelope)
    return (*changed, "content") if digest(*outbox.content(one.key)) != put.content else changed


def digest(html: str, text: str) -> str:
    """Tells one content from another."""
    return sha256(f"{html}\0{text}".encode()).hexdigest()


def prepare(sync: Sync, mailing_id: int, *, overwrite: bool = False) -> Ready:
    """Bring the campaign to Mailchimp as it is written here, and run both checklists.

    Raises NeedsAttention (code ``campaign-changed``) where somebody changed it there, unless that is to be overwritten.
    """
    one = look(sync, mailing_id)
    if not one.editable:
        return Ready(one, ())
    if one.changed and not overwrite:
        raise NeedsAttention(
            f"“{one.name}” was changed in Mailchimp: {one.changed}.",
            "Take over what stands there, or overwrite it with what is written here.",
            code="campaign-changed",
        )
    outbox = outbox_of(sync)
    try:
        envelope = _envelope(sync, one)
    except NeedsAttention as error:  # nobody is meant, or who was meant is gone
        return Ready(one, (Finding(Level.STOP, "Recipients", f"{error.problem} {error.fix}"),))
    one = _at_mailchimp(sync, outbox, _read(sync, one.id), envelope)
    put = one.written
    if put is None or put.asked != envelope or put.number != one.number or one.changed:
        outbox.change(one.key, title_of(one), envelope)
        if one.html:
            outbox.fill(one.key, one.html, one.plain)
        shown = outbox.show(one.key)
        there = shown.envelope if shown else envelope
        kept = mailings.note_put(envelope, there, digest(*outbox.content(one.key)), one.number)
        one = _change(sync, one, put=kept, changed="", note="")
    tags = {row.mailchimp.name.upper() for row in sync.rules.rows} | {
        field.name.upper() for field in sync.audience.schema().fields
    }
    mine = sending.check(envelope, one.html, one.plain, tags)
    return Ready(one, (*mine, *outbox.checklist(one.key)))


def _envelope(sync: Sync, one: Mailing) -> Envelope:
    segment, missed = segment_of(sync, one)
    return Envelope(one.subject, one.preview, one.from_name, one.reply_to, segment, missed)


def _at_mailchimp(sync: Sync, outbox: Outbox, one: Mailing, envelope: Envelope) -> Mailing:
    if one.key:
        return one
    one = _change(sync, one, act=Act.CREATE)
    try:
        made = outbox.make(title_of(one), envelope)
    except TryLater:
        found = outbox.find(title_of(one))
        if found is None:
            _change(sync, one, act="")
            raise
        made = found
    except ListloopError:
        _change(sync, one, act="")
        raise
    return _change(sync, one, act="", key=made.key)


def send_test(sync: Sync, mailing_id: int, addresses: Sequence[str], *, plain: bool = False) -> Mailing:
    """Send it as a test to some addresses."""
    to = [one.strip() for one in addresses if one.strip()]
    wrong = [one for one in to if not ADDRESS.fullmatch(one)]
    if wrong or not to or len(to) > TESTS:
        raise NeedsAttention(
            f"This is no address: {wrong[0]}." if wrong else "Name one to ten addresses for the test.",
            "Write the addresses with a comma between them.",
            code="test-address",
        )
    one = prepare(sync, mailing_id).mailing
    if not one.editable:
        raise too_late(one)
    outbox_of(sync).test(one.key, to, plain=plain)
    return one


def send(sync: Sync, mailing_id: int) -> Mailing:
    """Send it now, once: who asks again is told how it stands. Raises NeedsAttention where it is not ready."""
    one = _sendable(sync, mailing_id)
    return one if one.state in (State.SENDING, State.SENT) else _do(sync, one, Act.SEND)


def set_time(sync: Sync, mailing_id: int, at: datetime) -> Mailing:
    """Have it sent at a quarter hour that is ahead."""
    if at.tzinfo is None or not sending.is_quarter(at) or at <= sync.now():
        raise NeedsAttention(
            "Mailchimp sends at full quarter hours that are still ahead.",
            "Choose a time such as 09:00, 09:15, 09:30 or 09:45.",
            code="no-quarter",
        )
    one = look(sync, mailing_id)
    if one.state is State.SCHEDULED:
        if one.at == at.astimezone(UTC):
            return one
        _do(sync, one, Act.UNSCHEDULE)
    one = _sendable(sync, mailing_id)
    return one if one.state in (State.SENDING, State.SENT) else _do(sync, one, Act.SCHEDULE, at)


def cancel(sync: Sync, mailing_id: int) -> Mailing:
    """Take back a schedule, or stop a sending; who has got the mail has got it."""
    one = look(sync, mailing_id)
    if one.state is State.SCHEDULED:
        return _do(sync, one, Act.UNSCHEDULE)
    if one.state is State.SENDING:
        return _do(sync, one, Act.CANCEL)
    return one


def _sendable(sync: Sync, mailing_id: int) -> Mailing:
    ready = prepare(sync, mailing_id)
    one = ready.mailing
    if one.state in (State.SENDING, State.SENT):
        return one
    if not one.editable:
        raise too_late(one)
    if not ready.good:
        stops = [finding for finding in ready.findings if finding.level is Level.STOP]
        raise NeedsAttention(
            f"“{one.name}” can't be sent yet: {' '.join(finding.text for finding in stops)}",
            "Mend what the checklist names, and try again.",
            code="not-ready",
        )
    return one


def _do(sync: Sync, one: Mailing, act: Act, at: datetime | None = None) -> Mailing:
    """One act at Mailchimp: noted before, asked about after, whatever came of it."""
    outbox = outbox_of(sync)
    one = _change(sync, one, act=act)
    try:
        if act is Act.SCHEDULE and at is not None:
            outbox.schedule(one.key, at)
        else:
            {Act.SEND: outbox.send, Act.UNSCHEDULE: outbox.unschedule, Act.CANCEL: outbox.cancel}[act](one.key)
    except TryLater as error:
        found = look(sync, one.id)  # raises where Mailchimp still does not answer; the act stays noted then
        if found.state in _DONE[act]:
            return found
        raise error from None
    except (NeedsAttention, RecordRejected):
        found = look(sync, one.id)
        if found.state in _DONE[act]:  # an earlier call that seemed lost has arrived
            return found
        raise
    return look(sync, one.id)


def _tell_crm(sync: Sync, one: Mailing, shown: Shown) -> None:
    """The CRM hears of it with the results, which are asked for now."""
    with sync.engine.begin() as db:
        sync.fence(db)
        setting = telling_of(db, sync.connection_id)
        if one.tells and Kind.SENT not in setting.kinds:
            since = setting.since if setting.kinds else (moment(shown.at) or sync.now())
            set_telling(db, sync.connection_id, Telling(setting.kinds | {Kind.SENT}, since))
        schedule.mark_facts(db, sync.connection_id)


def look_after(sync: Sync) -> None:
    """Look after all campaigns of the connection that wait for something at Mailchimp."""
    with reading(sync.engine).begin() as db:
        waiting = mailings.open_mailings(db, sync.connection_id)
    for one in waiting:
        look(sync, one.id)


def adopt(sync: Sync, mailing_id: int) -> Mailing:
    """Take over what somebody changed in Mailchimp; our own content becomes an earlier version."""
    one = look(sync, mailing_id)
    outbox = outbox_of(sync)
    shown = outbox.show(one.key) if one.key else None
    if shown is None or not one.editable:
        return one
    html, text = outbox.content(one.key)
    with sync.engine.begin() as db:
        sync.fence(db)
        number = one.number
        if (html, text) != (one.html, one.plain):
            body = mailings.Body("", html, text, own_plain=True)
            number = mailings.save_body(db, one, body, "Mailchimp", sync.now())
        mailings.change_mailing(
            db, one.id, subject=shown.envelope.subject, preview=shown.envelope.preview,
            from_name=shown.envelope.from_name, reply_to=shown.envelope.reply_to, changed="",
            put=mailings.note_put(shown.envelope, shown.envelope, digest(html, text), number),
        )  # fmt: skip
    return _read(sync, one.id)


def too_late(one: Mailing) -> NeedsAttention:
    """What is said of a campaign that is no draft any more."""
    return NeedsAttention(
        f"“{one.name}” is {one.state} and can't be changed any more.",
        "Cancel its schedule first, or make a copy.",
        code="too-late",
    )


def _read(sync: Sync, mailing_id: int) -> Mailing:
    with reading(sync.engine).begin() as db:
        one = mailings.mailing(db, mailing_id)
    if one.connection_id != sync.connection_id:
        raise NeedsAttention(
            "This campaign is of another connection.", "Name that connection.", code="campaign-unknown"
        )
    return one


def _change(sync: Sync, one: Mailing, **values: Any) -> Mailing:
    with sync.engine.begin() as db:
        sync.fence(db)
        mailings.change_mailing(db, one.id, **values)
        return mailings.mailing(db, one.id)
