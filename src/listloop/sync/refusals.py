"""What a refused write means for its person: tried again later, left out for good, or looked at anew."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from listloop.core.consent import No
from listloop.core.content import EMAIL
from listloop.core.errors import ListloopError
from listloop.core.guard import next_try
from listloop.core.people import Consent, Origin, SideName, address_key
from listloop.core.plan import Rule, Standing
from listloop.core.questions import Answer, Question, Topic
from listloop.store.addresses import touch_addresses
from listloop.store.decisions import DecisionRow, leave
from listloop.store.history import Entry, add_history
from listloop.store.nos import note_no, stands_since
from listloop.store.people import PersonRow, save_people
from listloop.store.questions import add_questions, end_answered
from listloop.store.records import latest_change
from listloop.sync.context import Sync


def refuse(
    sync: Sync, db: Connection, side: SideName, row: DecisionRow, person: PersonRow, error: ListloopError
) -> None:
    """Note that a side refused this person; the others go on.

    An address that opted out or was erased before we knew is a no, and nobody is created; a member whose address
    Mailchimp does not change to such a one waits with that reason. An address that is taken is decided by the next
    plan, which knows by whom. Everything else is tried again on the ladder.
    """
    if error.code == "address-taken":
        leave(db, [row.id])
    email = row.patch(side).email or (
        person.crm.email if person.crm else person.mailchimp.email if person.mailchimp else ""
    )
    if error.code in ("compliance", "forgotten") and row.patch(side).consent is Consent.PENDING and person.mailchimp:
        _say_refused(sync, db, person, error)
        return
    if error.code in ("compliance", "forgotten") and row.patch(side).email and person.mailchimp:
        _ask_about_address(sync, db, person, error)
        return
    if error.code == "unknown-record" and side is SideName.MAILCHIMP and person.crm:
        # Who is not there can't be mailed: a no said in the CRM stands, and who signs up later came back.
        stands_since(db, sync.connection_id, {address_key(person.crm.email): latest_change(db, sync.connection_id)})
    if error.code in ("compliance", "forgotten"):
        origin = Origin.PERSON if error.code == "compliance" else Origin.UNKNOWN
        # It stands there already: who signs up later came back.
        stands_at = latest_change(db, sync.connection_id)
        no = No(address_key(email), SideName.MAILCHIMP, origin, stands_at=stands_at)
        note_no(db, sync.connection_id, person.id, no, sync.now())
        _save(db, person, Standing.EXCLUDED, Rule.OPTED_OUT, error, 0, None, sync)
        touch_addresses(db, sync.connection_id, {no.address})
        return
    tries = person.tries + 1
    seconds = next_try(tries)
    _save(db, person, Standing.FAILED, Rule.RETRY if seconds else Rule.GAVE_UP, error, tries, seconds, sync)


def _say_refused(sync: Sync, db: Connection, person: PersonRow, error: ListloopError) -> None:
    """Mailchimp sends no confirmation mail to this person: what was asked for is over, and the no stands."""
    end_answered(db, [person.id], sync.now())
    why = f"no confirmation mail was sent: {error}"
    add_history(db, sync.connection_id, None, sync.now(), [Entry(person.id, SideName.MAILCHIMP, "refused", why=why)])
    save_people(db, [{"id": person.id, "dirty": True, "error": error.detail}])


def _ask_about_address(sync: Sync, db: Connection, person: PersonRow, error: ListloopError) -> None:
    """Mailchimp does not move this member to the new address: a person says what is to become of it."""
    _save(db, person, Standing.WAITING, Rule.QUESTION, error, 0, None, sync)
    if person.crm and person.mailchimp:
        answers = (Answer.MAILCHIMP, Answer.KEEP)
        asked = Question(Topic.ADDRESS, EMAIL, "E-mail", person.crm.email, person.mailchimp.email, str(error), answers)
        add_questions(db, sync.connection_id, person.id, [asked], sync.now())


def _save(
    db: Connection,
    person: PersonRow,
    standing: Standing,
    rule: Rule,
    error: ListloopError,
    tries: int,
    seconds: int | None,
    sync: Sync,
) -> None:
    save_people(
        db,
        [
            {
                "id": person.id,
                "standing": standing,
                "rule": rule,
                "reason": str(error),
                "error": error.detail or error.problem,
                "tries": tries,
                "next_try": sync.now() + timedelta(seconds=seconds) if seconds else None,
                "settled": False,
            }
        ],
    )
