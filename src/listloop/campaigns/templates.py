"""Our own templates: designs in MJML that load nothing from elsewhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from listloop.core.errors import NeedsAttention

FOLDER = Path(__file__).parent / "mails"

#: Name, and what it is good for.
BUILT_IN = {
    "letter": "A letter: words, nothing else",
    "news": "News: a heading, three stories, links",
    "invitation": "An invitation: when, where, and a button",
    "offer": "An offer: a price, a button, until when",
    "thanks": "Thanks: to somebody who bought or came",
    "question": "A question: two buttons as answers",
}


@cache
def built_in(name: str) -> str:
    """The design of a template. Raises NeedsAttention for an unknown one."""
    if name not in BUILT_IN:
        raise NeedsAttention(f"There is no template “{name}”.", f"There are: {', '.join(BUILT_IN)}.", code="template")
    words = (FOLDER / f"{name}.mjml").read_text("utf-8")
    return words.replace("<!-- frame -->", _part("frame")).replace("<!-- footer -->", _part("footer"))


def _part(name: str) -> str:
    return (FOLDER / f"{name}.part").read_text("utf-8").strip()
