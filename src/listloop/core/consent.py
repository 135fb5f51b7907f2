"""The consent table: what two consents and a remembered no make of each other.

A no stands on both sides until the person takes it back; nobody else lifts it, and Listloop never raises a consent on
its own. The table is data: ``CELLS`` has one cell for every combination, the docs print it and a test walks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import product

from listloop.core.frozen import frozen
from listloop.core.people import Consent, Origin, SideName
from listloop.core.side import Act


class Remembered(StrEnum):
    """What is remembered of a no when two consents meet."""

    NONE = "none"
    NO = "a no stands"
    RETURNED = "the person came back"


class Ledger(StrEnum):
    """What is written into the memory of nos."""

    KEEP = ""
    FROM_CRM = "note a no said in the CRM"
    FROM_MAILCHIMP = "note a no said in Mailchimp"
    LIFT = "lift the no"


@frozen
class Cell:
    """What follows: the consent that each side is moved to (None: left), the ledger's line, and why."""

    to_crm: Consent | None = None
    to_mailchimp: Consent | None = None
    ledger: Ledger = Ledger.KEEP
    reason: str = ""


#: The cell that changes nothing.
SILENT = Cell()


@frozen
class No:
    """A remembered refusal.

    ``said_at`` is by the clock of the side where it was first said; ``stands_at`` is since when Mailchimp shows it, by
    Mailchimp's clock ("": not yet).
    """

    address: str
    side: SideName
    origin: Origin
    said_at: str = ""
    stands_at: str = ""


_C = Consent
_MAILABLE = (_C.UNKNOWN, _C.SUBSCRIBED, _C.PENDING)
_NOT_NO = (_C.UNKNOWN, _C.SUBSCRIBED, _C.PENDING, _C.CLEANED)


def _cell(crm: Consent, mailchimp: Consent, no: Remembered) -> Cell:
    if no is Remembered.NO:
        return Cell(
            _C.UNSUBSCRIBED if crm is not _C.UNSUBSCRIBED else None,
            _C.UNSUBSCRIBED if mailchimp in _MAILABLE else None,
            reason="opted out, and only the person can take that back",
        )
    if no is Remembered.RETURNED and mailchimp is _C.SUBSCRIBED:
        return Cell(
            _C.SUBSCRIBED if crm is _C.UNSUBSCRIBED else None,
            ledger=Ledger.LIFT,
            reason="the person signed up again in Mailchimp",
        )
    if no is Remembered.RETURNED and mailchimp is _C.PENDING:
        return Cell(
            _C.UNSUBSCRIBED if crm is not _C.UNSUBSCRIBED else None,
            reason="the person signed up again and has not confirmed yet",
        )
    if mailchimp is _C.UNSUBSCRIBED:
        ledger = Ledger.FROM_MAILCHIMP if no is Remembered.NONE else Ledger.KEEP
        return Cell(_C.UNSUBSCRIBED if crm is not _C.UNSUBSCRIBED else None, None, ledger, "unsubscribed in Mailchimp")
    if crm is _C.UNSUBSCRIBED:
        ledger = Ledger.FROM_CRM if no is Remembered.NONE else Ledger.KEEP
        lowered = _C.UNSUBSCRIBED if mailchimp in _MAILABLE else None
        return Cell(None, lowered, ledger, "opted out in the CRM")
    if mailchimp is _C.CLEANED and crm is not _C.CLEANED:
        return Cell(_C.CLEANED, reason="the address bounces: Mailchimp cleaned it")
    return SILENT


#: (CRM's consent, Mailchimp's consent, what is remembered) -> what follows.
CELLS: dict[tuple[Consent, Consent, Remembered], Cell] = {
    key: _cell(*key) for key in product(Consent, Consent, Remembered)
}


def remembered(no: No | None, crm: Consent, crm_seen: Consent | None, acts: Sequence[Act] | None) -> Remembered:
    """What is remembered, once the person's own acts in Mailchimp are known (None: not asked, so nothing is lifted).

    The last act counts, by Mailchimp's own clock. A no that is new in the CRM is newer than any of them: it counts
    from when it stands in Mailchimp, so a sign-up in the same interval loses to it.
    """
    if no is None:
        return Remembered.NONE
    new_in_crm = crm is Consent.UNSUBSCRIBED and crm_seen is not Consent.UNSUBSCRIBED
    if new_in_crm or not acts or not no.stands_at:
        return Remembered.NO
    ordered = sorted(acts, key=lambda act: act.at)  # stable: acts of one second stay in their order
    theirs = [act for act in ordered if act.origin in (Origin.PERSON, Origin.COMPLAINT)]
    if not theirs:
        return Remembered.NO
    last = theirs[-1]
    raised = last.consent in (Consent.SUBSCRIBED, Consent.PENDING)
    # Mailchimp's times are whole seconds: within the same one, the order of the acts tells which came later.
    refused = any(act.consent is Consent.UNSUBSCRIBED and act.at == no.stands_at for act in ordered[:-1])
    later = last.at > no.stands_at or (last.at == no.stands_at and last is ordered[-1] and refused)
    return Remembered.RETURNED if raised and later else Remembered.NO


def expressible(consent: Consent | None, consents: frozenset[Consent]) -> Consent | None:
    """The consent that a side can store for this one, or None where it has no word for it.

    A side without a mark for a bounced address is told nothing; a yes after a no is the clearing of the opt-out.
    """
    if consent is None or consent in consents:
        return consent
    if consent is Consent.SUBSCRIBED and Consent.UNKNOWN in consents:
        return Consent.UNKNOWN
    return None
