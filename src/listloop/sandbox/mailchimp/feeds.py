"""Campaigns that are fed: at the hours of their schedule, what is new in a feed (RSS or Atom) goes out as a campaign.

The feed is fetched when it is needed, unless ``POST /_sandbox/feeds`` has told what stands at its address.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import escape
from xml.etree import ElementTree as ET

from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.campaign import Campaign, Content

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PERIOD = {"daily": 1, "weekly": 7, "monthly": 31}  # days
_BLOCK = re.compile(r"\*\|(?:RSSITEMS|FEEDITEMS):[^|]*\|\*(.*?)\*\|END:(?:RSSITEMS|FEEDITEMS)\|\*", re.DOTALL)
_ITEM = re.compile(r"\*\|(?:RSSITEM|FEEDITEM|RSS:?FEED|FEED):([A-Z_]+)\|\*")
LARGEST = 2 * 1024 * 1024  # characters


@dataclass(frozen=True, slots=True)
class Item:
    title: str
    url: str
    at: int
    """When it was published, 0 when the feed does not tell."""
    author: str
    content: str


def read(xml: str) -> tuple[dict[str, str], list[Item]]:
    """(title, address and description of the feed, its items as they stand there). Raises ValueError for no feed."""
    if len(xml) > LARGEST:
        raise ValueError("The feed is too large.")
    try:
        root = ET.fromstring(xml.strip())  # noqa: S314 - a feed that a developer names, limited in size
    except ET.ParseError:
        raise ValueError("This is no feed.") from None
    for node in root.iter():
        node.tag = str(node.tag).rpartition("}")[2]  # whatever the namespace; a comment has a function for a tag
    top = root.find("channel") if root.tag == "rss" else root
    if top is None or root.tag not in {"rss", "feed"}:
        raise ValueError("This is no feed.")
    about = {"TITLE": _text(top, "title"), "URL": _link(top), "DESCRIPTION": _text(top, "description", "subtitle")}
    return about, [_item(node) for node in top if node.tag in {"item", "entry"}]


def _item(node: ET.Element) -> Item:
    return Item(
        _text(node, "title"), _link(node), _moment(_text(node, "pubDate", "published", "updated", "date")),
        _text(node, "author", "creator"), _text(node, "encoded", "content", "description", "summary"),
    )  # fmt: skip


def _text(node: ET.Element, *names: str) -> str:
    found = (part for name in names for part in node if part.tag == name)
    return next((text for part in found if (text := "".join(part.itertext()).strip())), "")


def _link(node: ET.Element) -> str:
    links = [part.get("href") or (part.text or "").strip() for part in node if part.tag == "link"]
    return next(filter(None, links), "")


def _moment(text: str) -> int:
    try:
        at = datetime.fromisoformat(text) if text[:1].isdigit() else parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return 0
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def next_due(options: Mapping[str, object], after: int) -> int:
    """The next second after this one that the schedule of a feed campaign names."""
    schedule = options.get("schedule")
    plan = schedule if isinstance(schedule, dict) else {}
    day = datetime.fromtimestamp(after, UTC).replace(hour=int(plan.get("hour") or 0) % 24, minute=0, second=0)
    for ahead in range(63):
        at = day + timedelta(days=ahead)
        if at.timestamp() > after and _fits(str(options.get("frequency", "daily")), plan, at):
            return int(at.timestamp())
    return after + PERIOD["monthly"] * 86400


def _fits(frequency: str, plan: dict[str, object], at: datetime) -> bool:
    if frequency == "weekly":
        return DAYS[at.weekday()] == plan.get("weekly_send_day", "monday")
    if frequency == "monthly":
        wanted = plan.get("monthly_send_date", 1)
        last = (at + timedelta(days=1)).day == 1
        return (last and wanted == 0) or at.day == wanted
    days = plan.get("daily_send")
    return not isinstance(days, dict) or not any(days.values()) or bool(days.get(DAYS[at.weekday()]))


def fresh(campaign: Campaign, items: list[Item], now: int) -> list[Item]:
    """What was published since the last mail, at first within one period; what has no date, once.

    The period ends when the feed was due, for it may take a while to come.
    """
    period = PERIOD.get(str(campaign.rss_opts.get("frequency")), 1) * 86400
    since = campaign.news.get("last") or campaign.news.get("asked", now) - period
    seen = campaign.news.get("seen", ())
    return [one for one in items if (one.at > since if one.at else one.url not in seen)]


def child(account: Account, parent: Campaign, about: dict[str, str], items: list[Item], now: int) -> Campaign:
    """The campaign that carries these items, ready to go out."""
    words = {key: _filled(str(parent.settings.get(key, "")), about, items) for key in ("subject_line", "preview_text")}
    content = Content(_filled(parent.content.html, about, items), _filled(parent.content.plain_text, about, items))
    made = Campaign(
        account.token(10), account.number(), "rss", now, parent.list_id, parent.segment_opts,
        parent.settings | words, parent.tracking, parent.social_card, {}, parent.rss_opts, content, parent.id,
    )  # fmt: skip
    account.campaigns[made.id] = made
    parent.news = parent.news | {"last": now, "seen": tuple(one.url for one in items)}
    return made


def _filled(text: str, about: dict[str, str], items: list[Item]) -> str:
    """Blocks of items repeated, and outside of them the feed's own words and those of the first item."""
    out = _BLOCK.sub(lambda found: "".join(_words(found[1], about, one) for one in items), text)
    return _words(out, about, items[0])


def _words(text: str, about: dict[str, str], item: Item) -> str:
    own = {
        "TITLE": escape(item.title), "URL": escape(item.url), "AUTHOR": escape(item.author), "CONTENT": item.content,
        "CONTENT_FULL": item.content, "DATE": f"{datetime.fromtimestamp(item.at, UTC):%m/%d/%Y}" if item.at else "",
    }  # fmt: skip

    def word(found: re.Match[str]) -> str:
        of_feed = "ITEM" not in found[0].partition(":")[0]
        return (about if of_feed else own).get(found[1], "")

    return _ITEM.sub(word, text)
