"""One contact of one audience, with what shows and what only Mailchimp knows."""

from dataclasses import dataclass
from typing import Any

from listloop.sandbox.mailchimp.places import Place

STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived")
CODES = {status: code for code, status in enumerate(STATUSES, 1)}
WRITABLE = STATUSES[:-1]
Codes = frozenset[int]


def codes_of(*statuses: str) -> Codes:
    return frozenset(CODES[status] for status in statuses)


Value = str | int | float | tuple[tuple[str, str], ...]
"""A merge value as stored: an address is a tuple of its parts, "" is empty."""


@dataclass(slots=True, eq=False)
class Extra:
    """What only few members have."""

    notes: tuple[dict[str, Any], ...] = ()
    events: tuple[dict[str, Any], ...] = ()
    feed: tuple[dict[str, Any], ...] = ()
    location: tuple[float, float] | None = None
    soft_bounces: int = 0
    had_activity: bool = False
    permissions: frozenset[str] = frozenset()
    client: str = ""
    """The mail program, once it is known."""
    place: Place | None = None
    left: int = 0
    """When it was last unsubscribed."""
    mailed_at: int = 0
    """When the last confirmation mail went out."""
    until: int = 0
    """When a pending member is dropped for want of an answer."""


class Packed:
    """Is pickled as a tuple: a snapshot of a million has no room for as many dictionaries."""

    __slots__: tuple[str, ...] = ()

    def __getstate__(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self.__slots__])

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        for name, value in zip(self.__slots__, state, strict=True):
            setattr(self, name, value)


@dataclass(slots=True, eq=False)
class Member(Packed):
    """Times are seconds, 0 for never. ``values`` are the merge values by merge id - 1; a missing tail is empty.

    Hidden: ``before`` (status before archiving), ``origin`` (who unsubscribed: self, admin, abuse), ``bounced``.
    """

    email: str
    id: str
    web_id: int
    """Its key here: never used again, and ascending."""
    status: str
    last_changed: int
    values: tuple[Value, ...] = ()
    tags: tuple[tuple[int, int], ...] = ()
    """(segment id, second it was added) of each tag."""
    interests: frozenset[str] = frozenset()
    before: str = ""
    origin: str = ""
    bounced: bool = False
    reason: str = ""
    email_type: str = "html"
    language: str = ""
    vip: bool = False
    source: str = "API - Generic"
    consents: bool = True
    ip_signup: str = ""
    ip_opt: str = ""
    timestamp_signup: int = 0
    timestamp_opt: int = 0
    extra: Extra | None = None

    def more(self) -> Extra:
        if self.extra is None:
            self.extra = Extra()
        return self.extra

    @property
    def rating(self) -> int:
        """1 to 5 stars in the real world; here 2, and 4 for who has ever opened or clicked."""
        return 4 if self.extra and self.extra.had_activity else 2

    @property
    def place(self) -> Place | None:
        """Where it reads its mail, as far as that is known."""
        return self.extra.place if self.extra else None

    def value(self, merge_id: int) -> Value:
        return self.values[merge_id - 1] if merge_id <= len(self.values) else ""

    def tag_ids(self) -> list[int]:
        return [tag for tag, _ in self.tags]
