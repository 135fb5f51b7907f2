"""What only some sides can do: asked for by what an object has, not by its name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from listloop.core.errors import NeedsAttention, RecordRejected
from listloop.core.people import Consent, Key
from listloop.core.side import Field, Label, Outcome


@runtime_checkable
class DropsChoices(Protocol):
    """A side that can take choices off its lists."""

    def drop_choice(self, field: str, choice: str) -> None:
        """Take a choice off a list field; nothing where it is not there. Records that have it are not touched.

        Raises ``NeedsAttention`` naming the missing right where it may not.
        """


@runtime_checkable
class RenamesLabels(Protocol):
    """A side that can give a label another title; its name stays, and so do those who have it."""

    def rename_label(self, label: Label, title: str) -> None:
        """Give a label another title. Raises ``NeedsAttention`` where the side refuses."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What a CRM was given or had for a connection: titles of what was ``made``, the field in which an earlier
    connector kept Mailchimp's IDs, and whether the flag of whoever shares an owned address is set to No there.
    """

    made: tuple[str, ...] = ()
    older_id: str = ""
    duplicate_flag_no: bool = False


@runtime_checkable
class SetsUp(Protocol):
    """A CRM in which something must be made before it can be connected, such as the flag."""

    def set_up(self) -> Arrangement:
        """Find or make what is needed; asked again, it makes nothing twice.

        Raises ``NeedsAttention`` naming the missing right where it may not.
        """


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the secrets of a CRM are kept, by the names of its settings, whichever process uses them."""

    read: Callable[[str], str]
    write: Callable[[str, str], None]


@runtime_checkable
class Renews(Protocol):
    """A CRM with a secret that its use exchanges for another one, such as a token that is good once."""

    def renew_in(self, kept: Kept) -> None:
        """From now on take the secret from there, and put each new one there before anything else is done."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of the audience: a ``static`` one (a tag) holds whom somebody put there, a saved one has conditions."""

    key: str
    title: str
    static: bool = True
    members: int = 0


@dataclass(frozen=True, slots=True)
class Seat:
    """A member in a segment, and whether it may be mailed; an archived one is not ``active``."""

    key: Key
    consent: Consent
    active: bool = True


@runtime_checkable
class Segments(Protocol):
    """An audience whose segments can be read and made."""

    def segments(self) -> Sequence[Segment]:
        """Saved and static segments; marks of a Listloop are none."""

    def seats(self, segment: str) -> Iterator[Seat]:
        """Everybody in a segment, whether or not they may be mailed."""

    def make_segment(self, title: str, emails: Sequence[str]) -> Segment:
        """A new static segment with these addresses, at most 500. Raises RecordRejected where the title is taken."""

    def change_segment(self, segment: str, add: Sequence[str], remove: Sequence[str]) -> int:
        """Put addresses in and take some out, at most 500 each; how many were put in. Who is no member is left out."""

    def group_segment(self, label: Label, title: str) -> Segment:
        """The saved segment of that title, made where it is missing: everybody in this Mailchimp group."""


@runtime_checkable
class FillsGroups(Protocol):
    """A CRM that can change who is in a group."""

    def change_group(self, key: Key, add: Collection[Key], remove: Collection[Key]) -> None:
        """Put people into a group and take some out; who is (not) in it already is no error."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a look at the other end found where its maker is silent: the switch of its stand-in, and its position."""

    switch: str
    position: str
    text: str


@runtime_checkable
class Probes(Protocol):
    """A side that can find out how its other end behaves where that is not documented."""

    def probe(self) -> Iterator[Probe]:
        """Look at each guess, reading only; what can't be seen without writing is left out."""


@dataclass(frozen=True, slots=True)
class DealNote:
    """What a field of a deal is to say; ``before`` is what we wrote there last, "" where nothing."""

    key: Key
    text: str
    before: str = ""


@runtime_checkable
class NotesDeals(Protocol):
    """A CRM whose deals have fields for a text, such as the campaigns that won them."""

    def deal_fields(self) -> Sequence[Field]:
        """The fields of a deal that take a text."""

    def note_deals(self, field: str, notes: Sequence[DealNote]) -> Iterator[Outcome]:
        """Write texts into that field of deals; exactly one outcome each, whose ``ref`` is the deal's key.

        A field that shows the text already is left as it is. Where it shows something else than nothing and than
        ``before``, somebody wrote it: the outcome is a ``RecordRejected``, ``deal-field-taken``, and it stays; ``gone``
        where the deal is no longer there. Raises ``NeedsAttention``, ``deal-field-unknown``, for a field that
        is not one of ``deal_fields``.
        """


def note_refused(note: DealNote, shown: str | None) -> RecordRejected | None:
    """Why a deal that shows this text in its field (None: it is gone) does not take a note; None where it does."""
    if shown is None:
        return RecordRejected("The deal is no longer in the CRM.", "Nothing is to be done.", code="gone")
    if shown in ("", note.before, note.text):
        return None
    return RecordRejected(
        f"Somebody wrote “{shown[:100]}” into the field of the deal.",
        "Empty the field in the CRM to have it filled by Listloop, or leave it.",
        code="deal-field-taken",
    )


def unknown_deal_field(field: str) -> NeedsAttention:
    """A CRM's deals have no such field."""
    return NeedsAttention(
        f"Deals of the CRM have no field “{field}” for the campaigns that won them.",
        "Choose another one under “Customers won”, “In the CRM”.",
        code="deal-field-unknown",
    )
