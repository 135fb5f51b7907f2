"""Who did what with a campaign, as data: the question behind every number, and behind every response group."""

from __future__ import annotations

import re
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Term:
    """Somebody did this with a campaign (by its number here); ``link``: clicked this very link; ``domain``: only those
    whose address is of it, which no response group asks for.
    """

    did: Did
    campaign: int
    link: str = ""
    domain: str = ""


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


_TERM = re.compile(r"(?P<did>[a-z-]+)\s+(?P<campaign>[0-9]{1,15})(?:\s+(?P<link>\S+))?")


def read_chosen(text: str) -> Chosen:
    """``opened 12 and not-clicked 12 or clicked 13 https://…``; “and” binds closer than “or”. Raises NeedsAttention."""
    lines = [re.split(r"\s+and\s+", line.strip()) for line in re.split(r"\s+or\s+", text.strip())]
    return Chosen(tuple(tuple(_term(term) for term in line) for line in lines))


def _term(text: str) -> Term:
    found = _TERM.fullmatch(text.strip())
    known = ", ".join(Did)
    if found is None or found["did"] not in set(Did):
        raise NeedsAttention(
            f"“{text.strip()}” does not say who is meant.",
            f"Write what they did and the campaign's number, such as “clicked 12” (with a link, too): {known}.",
            code="who-unclear",
        )
    did = Did(found["did"])
    if found["link"] and did is not Did.CLICKED:
        raise NeedsAttention(
            f"“{text.strip()}” names a link, but only clicks have one.", "Say “clicked” there.", code="who-unclear"
        )
    return Term(did, int(found["campaign"]), found["link"] or "")


def shown(chosen: Chosen) -> str:
    """As ``read_chosen`` reads it."""
    return " or ".join(
        " and ".join(" ".join(filter(None, (term.did, str(term.campaign), term.link))) for term in line)
        for line in chosen.any_of
    )
