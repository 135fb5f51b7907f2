"""What only some sides can do: asked for by what an object has, not by its name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from listloop.core.people import Consent, Key
from listloop.core.side import Label


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
