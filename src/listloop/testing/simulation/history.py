"""A history as plain data: what people did, when runs took place, what went wrong. Drawn, shrunk, kept, replayed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import msgspec

LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch and a bit"
"""A value that the CRM cuts."""


class Do(StrEnum):
    """Everything that may happen. Most are hands at work on one side; the last ones are ours."""

    ADD_CRM = "a user makes a CRM record"
    SIGN_UP = "somebody signs up by the audience's form"
    ADD_MEMBER = "a user adds a member"
    EDIT_CRM = "a user edits a CRM field"
    EDIT_MEMBER = "a user edits a merge field"
    LABEL_CRM = "a user changes a group in the CRM"
    LABEL_MEMBER = "a user changes a tag in Mailchimp"
    FLAG = "a user sets Sync with Mailchimp"
    OPT_OUT = "a user opts somebody out in the CRM"
    OPT_IN = "a user takes an opt-out back in the CRM"
    UNSUBSCRIBE = "a member is unsubscribed"
    CONFIRM = "a member confirms"
    CLEAN = "mail to a member bounces for good"
    RESUBSCRIBE = "an administrator sets a member to subscribed"
    NOTE_CRM = "a user notes in the CRM what somebody agreed to"
    ARCHIVE = "a user archives a member"
    UNARCHIVE = "a user brings a member back"
    DELETE_MEMBER = "a user deletes a member for good"
    DELETE_CRM = "a user deletes a CRM record"
    RECREATE_CRM = "a CRM record is deleted and made anew"
    MERGE_CRM = "two CRM records are merged into one"
    COPY_CRM = "a user copies a CRM record, its Mailchimp ID with it"
    ID_CRM = "a user changes the Mailchimp ID in the CRM"
    MOVE_CRM = "a user changes an address in the CRM"
    MOVE_MEMBER = "a member changes the address"
    SWAP_CRM = "two CRM records swap their addresses"
    SWAP_MEMBER = "two members swap their addresses"
    FURTHER = "a user notes a further address in the CRM"
    WEBHOOK = "a webhook names somebody: at once, late or twice"
    SICKEN = "a side refuses to write somebody"
    HEAL = "a side takes everybody again"
    WAIT = "time passes"
    RUN = "a run"
    ASK = "a run for single people, as a webhook asks for it"
    PREVIEW = "a preview"
    APPROVE = "a yes to what waits"
    DROP = "a no to what waits"
    SOME = "a yes to a part of what waits"
    ANSWER = "a person answers what is asked"
    UNDO = "a run, a person or a field is taken back"
    PUT_BACK = "a value that lost is put back"
    FORGET = "a person is forgotten for good"
    LIFT = "a forgotten one may come back"
    RETRY = "whoever was refused is tried again"
    UNMAP = "a field is taken out of the mapping, or back into it"
    BACKUP = "everything is backed up"
    OLD_CRM = "the CRM is put back from its backup"
    OLD_AUDIENCE = "the audience is put back from its backup"
    OLD_DATABASE = "our database is put back from its backup"
    BELIEVE = "a person says that a side was put back"


class Trouble(StrEnum):
    """What may go wrong during a run."""

    TRY_LATER = "the other end can't answer now"
    NEEDS_ATTENTION = "the key was revoked"
    LOST_REPLY = "the write was done, its reply was lost"
    REPEAT = "a page or a record comes twice"
    REORDER = "outcomes come in another order"
    CRASH = "the process is killed"
    STALE = "a lagging copy answers"
    REFUSE = "a side refuses one change"
    SLOW = "the other end takes a quarter of an hour to answer"
    LATE = "a change shows up minutes late"
    MISSING = "somebody is left out of a whole reading"
    HIDDEN = "somebody is left out of a whole reading, and not there when asked for by key"
    CUT = "a reading ends in the middle"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something goes wrong at the ``nth`` chance for it (from 1) at a place whose name starts with ``place``."""

    trouble: Trouble
    nth: int
    place: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One step. ``who`` counts the records of a side in the order of creation; one that is gone makes it a no-op.

    ``text`` is a value, an address or a word; ``other`` a second record, minutes, or the number of a yes. Of runs,
    ``faults`` go wrong and ``meanwhile`` hands are at work, each at the nth call to a side.
    """

    do: Do
    who: int = 0
    field: str = ""
    text: str = ""
    other: int = 0
    faults: tuple[Fault, ...] = ()
    meanwhile: tuple[tuple[int, Move], ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """What does not change during a history. Offsets of clocks are in seconds.

    ``crm_notes_all``: the CRM has a word for every consent, *pending* too; ``creates``: people cross to where they
    are not yet.

    ``leaves_alone``: members with the tag ``press`` are another tool's; ``only_acme``: only people of that company take
    part.

    ``calm``: whatever goes wrong is at once followed by another run, so that the end may be compared with that of the
    same history without any trouble.
    """

    crm_clock: int = 0
    mailchimp_clock: int = 0
    page_size: int = 1000
    chunk: int = 500
    names_deleted: bool = True
    agreed: bool = True
    leave: bool = False
    ask_duplicates: bool = False
    flag_duplicates: bool = False
    blank_flag: bool = False
    mailchimp_owns: bool = False
    asks: bool = False
    double_opt_in: bool = False
    crm_notes_all: bool = False
    creates: bool = True
    guard_least: int = 50
    leaves_alone: bool = False
    only_acme: bool = False
    calm: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """A whole history. ``promise`` and ``story`` are of the one that it broke, "" when it is just drawn."""

    seed: int
    setting: Setting = field(default_factory=Setting)
    moves: tuple[Move, ...] = ()
    sabotage: str = ""
    promise: str = ""
    story: tuple[str, ...] = ()


def save(history: History, path: Path) -> None:
    """Write a history to a JSON file."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(history), indent=1) + b"\n")


def load(path: Path) -> History:
    """Read a history that ``save`` wrote. Raises OSError and msgspec.DecodeError."""
    return msgspec.json.decode(path.read_bytes(), type=History)
