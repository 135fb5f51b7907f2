"""The numbers of a report, counted from what happened. Nothing else counts, so no two numbers can disagree."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

HOUR = 3600
PROXY = "proxy"


class Event(NamedTuple):
    """What happened to one mail. ``detail``: the URL of a click, hard or soft of a bounce, the reason of an unsub,
    ``proxy`` of an open that a mail program made by itself.
    """

    at: int
    kind: str
    """open, click, bounce, unsub or abuse."""
    detail: str = ""


@dataclass(slots=True)
class Tally:
    sent: int = 0
    opens: int = 0
    openers: int = 0
    own_opens: int = 0
    """Without those that a mail program made by itself."""
    own_openers: int = 0
    clicks: int = 0
    clickers: int = 0
    hard: int = 0
    soft: int = 0
    unsubscribed: int = 0
    """Without those who complained: they are counted there."""
    complaints: int = 0
    last_open: int = 0
    last_click: int = 0
    openers_by_hour: Counter[int] = field(default_factory=Counter)
    """Hours since 1970, of the first open of each."""
    clickers_by_hour: Counter[int] = field(default_factory=Counter)
    bounces: Counter[tuple[int, str]] = field(default_factory=Counter)
    """By hour, and whether hard or soft."""
    by_wave: Counter[int] = field(default_factory=Counter)
    by_link: Counter[str] = field(default_factory=Counter)
    people_by_link: Counter[str] = field(default_factory=Counter)
    last_by_link: dict[str, int] = field(default_factory=dict)

    @property
    def delivered(self) -> int:
        return self.sent - self.hard - self.soft

    @property
    def unique_clicks(self) -> int:
        """Pairs of a person and a link."""
        return self.people_by_link.total()

    def rate(self, part: int) -> float:
        """Of the delivered mails, 0 to 1."""
        return round(part / self.delivered, 6) if self.delivered else 0

    def add(self, earlier: Sequence[Event], event: Event) -> None:
        """One more event of a mail that had ``earlier`` ones."""
        first = all(known.kind != event.kind for known in earlier)
        match event.kind:
            case "open":
                self.opens += 1
                self._own_open(earlier, event)
                self.last_open = max(self.last_open, event.at)
                if first:
                    self.openers += 1
                    self.openers_by_hour[event.at // HOUR] += 1
            case "click":
                self._click(earlier, event, first=first)
            case "bounce" if first:
                self.bounces[event.at // HOUR, event.detail] += 1
                self.hard += event.detail == "hard"
                self.soft += event.detail == "soft"
            case "abuse" if first:
                self.complaints += 1
                self.unsubscribed -= any(known.kind == "unsub" for known in earlier)
            case "unsub" if first:
                self.unsubscribed += all(known.kind != "abuse" for known in earlier)

    def _own_open(self, earlier: Sequence[Event], event: Event) -> None:
        if event.detail != PROXY:
            self.own_opens += 1
            self.own_openers += all(known.kind != "open" or known.detail == PROXY for known in earlier)

    def _click(self, earlier: Sequence[Event], event: Event, *, first: bool) -> None:
        url = event.detail
        self.clicks += 1
        self.last_click = max(self.last_click, event.at)
        self.by_link[url] += 1
        self.last_by_link[url] = max(event.at, self.last_by_link.get(url, 0))
        self.people_by_link[url] += all((known.kind, known.detail) != ("click", url) for known in earlier)
        if first:
            self.clickers += 1
            self.clickers_by_hour[event.at // HOUR] += 1


def count(mails: Sequence[tuple[int, Sequence[Event]]]) -> Tally:
    """Of each mail its wave and its events, oldest first."""
    found = Tally(sent=len(mails))
    for wave, events in mails:
        found.by_wave[wave] += 1
        for place, event in enumerate(events):
            found.add(events[:place], event)
    return found
