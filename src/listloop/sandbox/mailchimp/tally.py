"""The numbers of a report, counted from what happened. No number is kept on its own, so none can disagree."""

from collections import Counter
from dataclasses import dataclass, field

from listloop.sandbox.mailchimp.campaign import PROXY, Campaign, Event, Recipient


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
    unique_clicks: int = 0
    """Pairs of a person and a link."""
    hard: int = 0
    soft: int = 0
    unsubscribed: int = 0
    """Without those who complained: they are counted there."""
    complaints: int = 0
    last_open: int = 0
    last_click: int = 0
    by_wave: Counter[int] = field(default_factory=Counter)
    bounces: list[tuple[int, str]] = field(default_factory=list)
    """When each mail bounced, and whether hard or soft."""
    first_opens: list[int] = field(default_factory=list)
    first_clicks: list[int] = field(default_factory=list)
    by_link: Counter[str] = field(default_factory=Counter)
    people_by_link: Counter[str] = field(default_factory=Counter)
    last_by_link: dict[str, int] = field(default_factory=dict)

    @property
    def delivered(self) -> int:
        return self.sent - self.hard - self.soft

    def rate(self, part: int) -> float:
        """Of the delivered mails, 0 to 1."""
        return round(part / self.delivered, 6) if self.delivered else 0


def tally(campaign: Campaign) -> Tally:
    """Counted again only when something has happened since."""
    if campaign.tallied is None:
        campaign.tallied = _count(campaign)
    found: Tally = campaign.tallied
    return found


def _count(campaign: Campaign) -> Tally:
    found = Tally(sent=len(campaign.recipients))
    for recipient in campaign.recipients.values():
        found.by_wave[recipient.wave] += 1
        if recipient.events:
            _add(found, recipient)
    found.unique_clicks = found.people_by_link.total()
    return found


def _add(found: Tally, recipient: Recipient) -> None:
    first: dict[str, Event] = {}
    links: set[str] = set()
    for event in recipient.events:
        first.setdefault(event.kind, event)
        if event.kind == "open":
            found.opens += 1
            found.own_opens += event.detail != PROXY
            found.last_open = max(found.last_open, event.at)
        elif event.kind == "click":
            found.clicks += 1
            found.last_click = max(found.last_click, event.at)
            found.by_link[event.detail] += 1
            found.last_by_link[event.detail] = max(event.at, found.last_by_link.get(event.detail, 0))
            links.add(event.detail)
    if "open" in first:
        found.openers += 1
        found.own_openers += any(event.detail != PROXY for event in recipient.of("open"))
        found.first_opens.append(first["open"].at)
    if "click" in first:
        found.clickers += 1
        found.first_clicks.append(first["click"].at)
    for link in links:
        found.people_by_link[link] += 1
    if "bounce" in first:
        found.bounces.append((first["bounce"].at, first["bounce"].detail))
        found.hard += first["bounce"].detail == "hard"
        found.soft += first["bounce"].detail == "soft"
    found.complaints += "abuse" in first
    found.unsubscribed += "unsub" in first and "abuse" not in first
