"""The numbers of a report, counted from what happened. Nothing is kept, so nothing can disagree."""

from collections import Counter
from dataclasses import dataclass, field

from listloop.sandbox.mailchimp.campaign import Campaign


@dataclass(slots=True)
class Tally:
    sent: int = 0
    opens: int = 0
    openers: int = 0
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
    found = Tally(sent=len(campaign.recipients))
    for recipient in campaign.recipients.values():
        if not recipient.events:
            continue
        opens, clicks = recipient.of("open"), recipient.of("click")
        found.opens += len(opens)
        found.clicks += len(clicks)
        if opens:
            found.openers += 1
            found.first_opens.append(opens[0].at)
            found.last_open = max(found.last_open, opens[-1].at)
        if clicks:
            found.clickers += 1
            found.first_clicks.append(clicks[0].at)
            found.last_click = max(found.last_click, clicks[-1].at)
        found.people_by_link.update({event.detail for event in clicks})
        for event in clicks:
            found.by_link[event.detail] += 1
            found.last_by_link[event.detail] = max(event.at, found.last_by_link.get(event.detail, 0))
        bounced = recipient.bounced()
        found.hard += bounced == "hard"
        found.soft += bounced == "soft"
        kinds = {event.kind for event in recipient.events}
        found.complaints += "abuse" in kinds
        found.unsubscribed += "unsub" in kinds and "abuse" not in kinds
    found.unique_clicks = found.people_by_link.total()
    return found
