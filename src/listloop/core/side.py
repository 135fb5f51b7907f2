"""The seam between the sync and the outside: every CRM, the audience and the in-memory side look the same.

Bulk calls, batches, retries, paging and parallelism are the business of a side; nobody above knows. ``SideTests`` in
``listloop.testing`` states what every implementation promises.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from listloop.core.errors import ListloopError
from listloop.core.facts import Campaign, Event, Mail
from listloop.core.frozen import frozen
from listloop.core.people import Consent, Key, Origin, Patch, Record

Cursor = str
"""A place in a side's stream of changes, made of that side's own times; opaque, at most 2,000 characters."""


class FieldType(StrEnum):
    """What a field holds. The canonical text of each type is told in ``listloop.core.fields``."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    DATETIME = "date-time"
    BIRTHDAY = "birthday"
    PHONE = "phone"
    URL = "url"
    IMAGE_URL = "image url"
    EMAIL = "e-mail"
    YES_NO = "yes/no"
    CHOICE = "one choice"
    CHOICES = "many choices"
    ADDRESS = "address"
    ZIP = "zip"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of one side. ``max_bytes`` counts UTF-8 bytes, ``max_chars`` characters; None: no limit.

    ``clearable`` is False where the side can't store an empty value over a full one, ``fixed`` is True where it is
    set when a record is made and never later, ``only_no`` where a program may only set it to no (a permission).
    A number keeps ``digits`` in all, and ``decimals`` of them after the point. ``pattern`` is a regular expression
    that a whole value matches, ``form`` the same in words. An address has ``parts`` (empty: all), and is refused
    without those that it ``needs``.
    """

    name: str
    title: str
    type: FieldType = FieldType.TEXT
    choices: tuple[str, ...] = ()
    required: bool = False
    writable: bool = True
    clearable: bool = True
    max_bytes: int | None = None
    max_chars: int | None = None
    digits: int | None = None
    decimals: int | None = None
    pattern: str = ""
    form: str = ""
    parts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    fixed: bool = False
    only_no: bool = False


class LabelKind(StrEnum):
    """Where a label lives."""

    TAG = "tag"
    INTEREST = "interest"
    GROUP = "group"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Label:
    """Something that a person either has or has not. ``name`` is the side's stable name, ``title`` what people see."""

    name: str
    title: str
    kind: LabelKind


@dataclass(frozen=True, slots=True)
class Schema:
    """What a side can hold. ``fields`` don't list the e-mail address, the flag and the Mailchimp ID."""

    fields: tuple[Field, ...] = ()
    labels: tuple[Label, ...] = ()

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return next((one for one in self.fields if one.name == name), None)

    def label(self, name: str) -> Label | None:
        """The label of that name, or None."""
        return next((one for one in self.labels if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a side can do, asked instead of its name.

    ``rewrites``: a communication that is appended again takes the new time, title and text; else it stays as it was.

    ``consents`` it can store; ``archives``: takes_part=False is the audience's archive rather than a CRM's flag;
    ``id_on_create``: the call that creates a record can carry the Mailchimp ID (without it nobody is created there);
    ``companies``: makes or finds a company by the value of a COMPANY field; ``deletions``: the change stream names
    what was deleted; ``prepares``: can make missing fields and choices; ``erases``: can delete a record for
    good; the rest: the calls of ``Crm`` and ``Audience`` of that name work.
    """

    consents: frozenset[Consent] = frozenset(Consent)
    labels: bool = True
    archives: bool = False
    id_on_create: bool = True
    companies: bool = False
    deletions: bool = False
    prepares: bool = True
    clears: bool = True
    appends: bool = False
    rewrites: bool = False
    deals: bool = False
    groups: bool = False
    events: bool = False
    erases: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that ``check`` found wrong, and the next step, both in plain words."""

    text: str
    fix: str


@dataclass(frozen=True, slots=True)
class Health:
    """Who the other end is and whether it may be read and written.

    ``identity`` never changes while it is the same account and audience, or the same CRM database: it is how an
    exchanged end is noticed. ``title`` is its name for people.
    """

    identity: str
    title: str
    readable: bool = True
    writable: bool = True
    problems: tuple[Problem, ...] = ()


@frozen
class Page:
    """Some records of a stream, at most 1,000, oldest change first, and the cursor from which reading goes on.

    ``gone`` are keys that the side says were deleted. ``total`` is the expected number of records of the whole
    stream, for a progress bar, where the side tells. ``last`` is True on the final page: its cursor is the one to
    keep for the next run, earlier ones only resume this reading.
    """

    records: tuple[Record, ...]
    cursor: Cursor
    last: bool
    gone: tuple[Key, ...] = ()
    total: int | None = None


@frozen
class Change:
    """A write that is asked of a side. ``key`` None creates. ``ref`` is the caller's name for it, unique in a call."""

    ref: str
    key: Key | None
    patch: Patch


@frozen
class Outcome:
    """What came of one change: the record as the side showed it after the write, or an error; never both."""

    ref: str
    record: Record | None = None
    error: ListloopError | None = None


class Side(Protocol):
    """Either end of a connection.

    Any call may raise ``TryLater`` or ``NeedsAttention``. ``RecordRejected`` is never raised by ``write``: it is the
    error of one outcome.
    """

    @property
    def can(self) -> Capabilities:
        """What this side can do; constant for its life, and known without a call to the outside."""

    def check(self) -> Health:
        """May I log in, read and write? In plain words. A few cheap calls at most."""

    def schema(self) -> Schema:
        """Fields, labels, types, choices and limits as they are now."""

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        """All records (None) or those changed since a cursor, page by page; every page can be resumed from.

        A record may come twice, none is left out: cursors overlap by five minutes of the side's own time. Archived
        members are in every reading, as ``takes_part=False``: nobody is created over one. There is always at least
        one page, and the last one says so.
        """

    def keys(self) -> Iterator[Key]:
        """Every key there is, cheaply and in any order: no CRM tells what was deleted. Archived members included."""

    def fetch(self, keys: Collection[Key]) -> Iterator[Record]:
        """These records as they are now, in any order; whoever is gone is left out."""

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        """Every record with one of these addresses (compared by ``address_key``) or stored Mailchimp IDs.

        Archived members and records outside any filter included: it answers "is this person there already?" before
        somebody is created, and after a crash in mid-creation.
        """

    def prepare(self, schema: Schema) -> None:
        """Make the fields, choices and labels of ``schema`` that are missing; touches nothing that exists.

        Raises ``NeedsAttention`` naming the missing right where it may not.
        """

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Carry out changes; exactly one outcome each, in any order, as soon as it is known.

        A change is whole or not at all as far as the outside allows; where it can't be, the outcome's record shows
        what was stored. An audience refuses to create an address that it has: ``RecordRejected``, ``address-taken``.
        """

    def erase(self, keys: Collection[Key]) -> None:
        """Delete these records for good, with all that the side holds on them; whoever is gone already is no error.

        Asked only by an order to forget somebody, and where ``can.erases`` says that it works. Raises ``TryLater`` and
        ``NeedsAttention``; asked again, it goes on.
        """

    def close(self) -> None:
        """End all connections to the outside; nothing is asked of this side afterwards."""


@dataclass(frozen=True, slots=True)
class Communication:
    """A fact to put on a CRM record; (campaign, key, kind) is unique, so that repeating it changes nothing."""

    campaign: str
    key: Key
    kind: str
    at: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity of the CRM. ``value`` is in whole cents of ``currency`` (ISO 4217)."""

    key: Key
    title: str
    stage: str
    value: int
    currency: str
    won: str = ""
    people: tuple[Key, ...] = ()
    company: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A CRM's list of people. ``members`` is a count; None where the CRM doesn't tell without reading them."""

    key: Key
    title: str
    members: int | None = None


class Crm(Side, Protocol):
    """What a CRM adds; each call works where ``can`` says so."""

    def append(self, communications: Sequence[Communication]) -> Iterator[Outcome]:
        """Write communications, each once; ``ref`` of an outcome is ``campaign|key|kind``.

        The same campaign, key and kind again is the same communication: looked up, and never written beside it.
        """

    def deals(self, since: Cursor | None) -> Iterator[tuple[tuple[Deal, ...], Cursor]]:
        """Opportunities, all (None) or changed since, page by page with the cursor to go on from."""

    def groups(self) -> Iterator[Group]:
        """The groups there are."""

    def group(self, key: Key) -> Iterator[Key]:
        """The keys of the people in a group."""

    def make_group(self, title: str, keys: Collection[Key]) -> Group:
        """A new fixed group with these people."""

    def url(self, key: Key) -> str:
        """Where a person opens this record in the CRM's own pages, or ""."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did about a member's consent: ``consent`` is where it went, ``origin`` who did it."""

    at: str
    consent: Consent
    origin: Origin


class Audience(Side, Protocol):
    """What Mailchimp adds."""

    def acts(self, key: Key) -> Sequence[Act]:
        """What is known of who opted this member in and out, oldest first (a request; asked only after a no)."""

    def marks(self) -> Sequence[str]:
        """The marks that were left here: each is of one Listloop that keeps this audience in step."""

    def leave_mark(self, mark: str) -> None:
        """Leave a mark (at most 40 letters and digits) that everybody finds, and that nobody takes for a label."""

    def campaigns(self) -> Iterator[Campaign]:
        """The audience's campaigns, newest first."""

    def events(
        self, campaign: Campaign, since: str = "", cursor: Cursor = ""
    ) -> Iterator[tuple[tuple[Event, ...], Cursor]]:
        """What came of a campaign, page by page with the cursor to go on from; "" in the cursor of the last page.

        Everything, or what happened since a moment of the audience's own clock (a little more than that: a response
        may show up late). Who got it is told in full either way.
        """

    def mail(self, campaign: Campaign) -> Mail:
        """What was mailed, and where it was opened."""

    def clock_there(self) -> str:
        """The moment by the audience's own clock as last told, ISO 8601 UTC; "" before the first answer."""


class SignInPage(Protocol):
    """A CRM's own page on which people sign in, and let Listloop in, as OAuth has it."""

    @property
    def fills(self) -> frozenset[str]:
        """The settings that come of it: nobody types them."""

    def ask(self, settings: Mapping[str, str], back: str, state: str) -> str:
        """Its address, to come back to ``back`` with ``state``; "" where these settings sign in without it.

        Raises ``NeedsAttention`` for settings with which nobody can.
        """

    def take(self, settings: Mapping[str, str], code: str, back: str) -> Mapping[str, str]:
        """The settings that the code is good for. Raises ``NeedsAttention`` for one that is used, old or wrong."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """What a CRM registers under the entry point group ``listloop.crm``.

    ``settings`` are the names and titles of what must be known to open it; those in ``secrets`` are stored encrypted,
    and asked for where they are missing, unless they are ``optional``.
    ``open`` gets them all, and beside them ``database``, the address of Listloop's own database. ``page`` is the CRM's
    own page to sign in on, where it has one.
    """

    name: str
    title: str
    open: Callable[[Mapping[str, str]], Crm]
    settings: tuple[tuple[str, str], ...] = ()
    secrets: frozenset[str] = field(default_factory=frozenset)
    optional: frozenset[str] = field(default_factory=frozenset)
    page: SignInPage | None = None

    @property
    def typed(self) -> tuple[tuple[str, str], ...]:
        """The settings that people enter."""
        fills = self.page.fills if self.page else frozenset()
        return tuple(one for one in self.settings if one[0] not in fills)
