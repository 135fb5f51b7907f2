"""Who did what with a campaign, as data: the question behind every number, and behind every response group."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from listloop.core.errors import NeedsAttention


class Did(StrEnum):
    """What a recipient did, or did not. An open by a machine is nobody's; who has only such is unknown, not idle."""

    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    MACHINE = "machine"
    CLICKED = "clicked"
    NOT_OPENED = "not-opened"
    NOT_CLICKED = "not-clicked"
    OPENED_NOT_CLICKED = "opened-not-clicked"
    BOUNCED = "bounced"
    HARD = "hard"
    SOFT = "soft"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    LEFT = "left"


#: What is done at a moment that is known; nobody knows when somebody did not open.
DATED = frozenset(Did) - {Did.SENT, Did.DELIVERED, Did.MACHINE, Did.NOT_OPENED, Did.NOT_CLICKED}

OTHERS = "others"
"""Instead of a domain: all but the biggest ones of the campaign, which stand by themselves. No domain has no dot."""


@dataclass(frozen=True, slots=True)
class Term:
    """Somebody did this with a campaign (by its number here); ``link``: clicked this very link.

    What follows narrows the people behind a number, and no response group asks for it: ``domain``, of the address, or
    OTHERS; ``why``, the reason given by who opted out, "" for none given; ``since`` and ``until``, when it was done
    for the first time, the one included and the other not.
    """

    did: Did
    campaign: int
    link: str = ""
    domain: str = ""
    why: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def narrowed(self) -> bool:
        """Does it ask for more than a response group can?"""
        return bool(self.domain or self.since or self.until) or self.why is not None


@dataclass(frozen=True, slots=True)
class Chosen:
    """People by what they did: whoever meets all terms of at least one of the lines."""

    any_of: tuple[tuple[Term, ...], ...] = ()

    @property
    def campaigns(self) -> frozenset[int]:
        """The campaigns that it asks about."""
        return frozenset(term.campaign for line in self.any_of for term in line)


def one(did: Did, campaign: int, link: str = "") -> Chosen:
    """Those who did one thing with one campaign."""
    return Chosen(((Term(did, campaign, link),),))


def asked(
    did: Did,
    campaign: int,
    link: str = "",
    domain: str = "",
    why: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Term:
    """What somebody asks for, where the parts go together. Raises NeedsAttention where they do not."""
    if link and did is not Did.CLICKED:
        raise _unclear(f"“{did}” names a link, but only clicks have one.", "Say “clicked” there.")
    if why is not None and did is not Did.UNSUBSCRIBED:
        raise _unclear(f"“{did}” names a reason, but only opting out has one.", "Say “unsubscribed” there.")
    if (since or until) and did not in DATED:
        known = ", ".join(one for one in Did if one in DATED)
        raise _unclear(f"Nobody knows when somebody did this: “{did}”.", f"Leave the time out, or ask for {known}.")
    return Term(did, campaign, link, domain.strip().removeprefix("@").lower(), why, since, until)


def _unclear(problem: str, fix: str) -> NeedsAttention:
    return NeedsAttention(problem, fix, code="who-unclear")


_TERM = re.compile(r"(?P<did>[a-z-]+)\s+(?P<campaign>[0-9]{1,15})(?:\s+(?P<link>\S+))?")


def read_chosen(text: str) -> Chosen:
    """``opened 12 and not-clicked 12 or clicked 13 https://…``; “and” binds closer than “or”. Raises NeedsAttention."""
    lines = [re.split(r"\s+and\s+", line.strip()) for line in re.split(r"\s+or\s+", text.strip())]
    return Chosen(tuple(tuple(_term(term) for term in line) for line in lines))


def _term(text: str) -> Term:
    found = _TERM.fullmatch(text.strip())
    known = ", ".join(Did)
    if found is None or found["did"] not in set(Did):
        raise _unclear(
            f"“{text.strip()}” does not say who is meant.",
            f"Write what they did and the campaign's number, such as “clicked 12” (with a link, too): {known}.",
        )
    return asked(Did(found["did"]), int(found["campaign"]), found["link"] or "")


def shown(chosen: Chosen) -> str:
    """As ``read_chosen`` reads it."""
    return " or ".join(
        " and ".join(" ".join(filter(None, (term.did, str(term.campaign), term.link))) for term in line)
        for line in chosen.any_of
    )
