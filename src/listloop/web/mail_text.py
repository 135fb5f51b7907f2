"""A mail as the text that people read, with its links: what the click map is drawn on.

The HTML of a mail is somebody else's and is never put into a page; only its words and the addresses of its links are.
"""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

_BLOCKS = frozenset({"p", "div", "td", "th", "tr", "li", "br", "table", "ul", "ol", "h1", "h2", "h3", "h4", "section"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_HIDDEN = frozenset({"style", "script", "title", "head"})

MOST = 400
"""Pieces of a mail that are shown."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph, a heading, or a link with its words."""

    text: str
    url: str = ""
    heading: bool = False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Piece] = []
        self._words: list[str] = []
        self._url = ""
        self._heading = False
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "a":
            self.end()
            self._url = known.get("href") or ""
        elif tag == "img":
            self._words.append(known.get("alt") or "")
        elif tag in _BLOCKS:
            self._break()
            self._heading = tag in _HEADINGS

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "a":
            self.end()
            self._url = ""
        elif tag in _BLOCKS:
            self._break()
            self._heading = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._words.append(data)

    def _break(self) -> None:
        if not self._url:  # a block within a link is a part of it
            self.end()

    def end(self) -> None:
        """What was read so far is a piece."""
        text = " ".join(" ".join(self._words).split())
        self._words = []
        if text or self._url.startswith("http"):
            url = self._url if self._url.startswith("http") else ""
            self.found.append(Piece(text or self._url, url, self._heading and not self._url))


def pieces(html: str) -> list[Piece]:
    """The text of a mail in its order, at most ``MOST`` pieces."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end()
    return reader.found[:MOST]


def words_of_links(found: list[Piece]) -> dict[str, str]:
    """What each link says, where it says it first."""
    return {one.url: one.text for one in reversed(found) if one.url and one.text != one.url}
