"""The plain-text part that is made from HTML when a campaign brings none."""

import re
from html.parser import HTMLParser

_BREAKS = frozenset({"p", "div", "tr", "br", "h1", "h2", "h3", "h4", "ul", "ol", "li", "table", "blockquote", "hr"})
_SILENT = frozenset({"style", "script", "head", "title"})


def from_html(html: str) -> str:
    """Paragraphs, list items and links with their addresses; merge tags stay as they are."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = re.sub(r"[ \t]+", " ", "".join(reader.parts))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" ?\n ?", "\n", text)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.silent = 0
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in _SILENT
        if tag in _BREAKS:
            self.parts.append("\n* " if tag == "li" else "\n")
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")
        if tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in _SILENT and self.silent > 0
        if tag in _BREAKS - {"br", "hr"}:
            self.parts.append("\n")
        if tag == "a" and self.links:
            address = self.links.pop()
            self.parts.append(f" ({address})" if address and not address.startswith("#") else "")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(re.sub(r"\s+", " ", data))
