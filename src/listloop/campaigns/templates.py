"""Our own templates: designs in MJML that load nothing from elsewhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

from listloop.core.errors import NeedsAttention

FOLDER = Path(__file__).parent / "mails"

#: Parts that have words of their own.
FONTS = ("mj-text", "mj-button")

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
    whole = words.replace("<!-- frame -->", _part("frame")).replace("<!-- footer -->", _part("footer"))
    return _spelt_out(whole)


def _spelt_out(design: str) -> str:
    """The design with its usual attributes on each part: the designer draws those alone."""
    root = ET.fromstring(design)  # noqa: S314 - a file of ours
    head = root.find("mj-head")
    usual = head.find("mj-attributes") if head is not None else None
    if head is None or usual is None:
        return design
    everywhere = dict(next((one.attrib for one in usual if one.tag == "mj-all"), {}))
    for rule in usual:
        for part in root.iter(rule.tag):
            wanted = {**(everywhere if rule.tag in FONTS else {}), **rule.attrib, **part.attrib}
            part.attrib.update(wanted)
    head.remove(usual)
    return ET.tostring(root, encoding="unicode", short_empty_elements=False).replace("<br></br>", "<br/>")


def _part(name: str) -> str:
    return (FOLDER / f"{name}.part").read_text("utf-8").strip()
