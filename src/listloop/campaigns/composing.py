"""From a design to a mail: what may not be in it is taken out, styles are put into the elements, plain text is made."""

from __future__ import annotations

import re
from copy import deepcopy
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import css_inline
import mjml
import nh3

from listloop.core.errors import NeedsAttention
from listloop.store.mailings import Body

#: What a design may be made of; what else is in one (raw HTML, includes, scripts) is taken out.
PARTS = frozenset({
    "mjml", "mj-head", "mj-attributes", "mj-all", "mj-class", "mj-style", "mj-preview", "mj-title", "mj-breakpoint",
    "mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-text", "mj-button", "mj-image", "mj-divider",
    "mj-spacer", "mj-table", "mj-social", "mj-social-element", "mj-navbar", "mj-navbar-link", "mj-hero",
})  # fmt: skip
#: Parts that hold HTML.
WORDS = ("mj-text", "mj-button", "mj-table", "mj-social-element", "mj-navbar-link")

_TAGS = set(nh3.ALLOWED_TAGS) | {"font", "center", "u", "s", "picture"}
_ATTRIBUTES = deepcopy(nh3.ALLOWED_ATTRIBUTES)
for _tag in _TAGS:
    _ATTRIBUTES.setdefault(_tag, set()).update({"style", "class", "align", "valign", "width", "height", "bgcolor"})
_ATTRIBUTES["a"].update({"href", "target", "title", "name"})
_ATTRIBUTES["img"].update({"src", "alt", "border"})
_ATTRIBUTES["table"].update({"cellpadding", "cellspacing", "border", "role"})
_ATTRIBUTES["font"].update({"color", "face", "size"})
_SCHEMES = {"http", "https", "mailto", "tel", "sms"}

#: A merge tag as an address would be taken for a relative one, and one inside an attribute for nothing at all.
_TAG = re.compile(r"\*\|([^|*<>]+)\|\*")
_HIDDEN = re.compile(r"https://merge\.invalid/([0-9a-f]+)")
_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style>", re.IGNORECASE | re.DOTALL)
_BODY = re.compile(r"<body\b[^>]*>(.*?)(</body>|\Z)", re.IGNORECASE | re.DOTALL)
_LOADS = re.compile(r"@import[^;]*;?|@font-face\s*{[^}]*}|expression\s*\([^)]*\)|behavior\s*:[^;}]*", re.IGNORECASE)
_OUTSIDE = re.compile(r"""<link\b[^>]*>|@import\s+url\([^)]*\);?""", re.IGNORECASE)


def compose(design: str, plain: str = "") -> Body:
    """The mail of a design in MJML; ``plain`` is a person's own plain text. Raises NeedsAttention."""
    clean = clean_design(design)
    try:
        html = mjml.mjml2html(clean, disable_comments=False)
    except ValueError as error:
        raise _unreadable(str(error)) from None
    html = _OUTSIDE.sub("", html)
    return Body(clean, html, plain.strip() or plain_text(html), bool(plain.strip()))


def from_html(html: str, plain: str = "") -> Body:
    """The mail of HTML that was written elsewhere: cleaned, with its styles in its elements."""
    inlined = clean_html(html)
    return Body("", inlined, plain.strip() or plain_text(inlined), bool(plain.strip()))


def clean_design(design: str) -> str:
    """The design with only those parts, and with cleaned words in them."""
    if re.search(r"<!(DOCTYPE|ENTITY)", design, re.IGNORECASE):
        raise _unreadable("it declares entities")
    try:
        root = ET.fromstring(_as_xml(design))  # noqa: S314 - without a DTD there are no entities
    except ET.ParseError as error:
        raise _unreadable(str(error)) from None
    if root.tag != "mjml":
        raise _unreadable("it does not begin with mjml")
    _keep(root)
    text = ET.tostring(root, encoding="unicode", short_empty_elements=False)
    return _from_xml(text)


def _as_xml(design: str) -> str:
    """Words of the design hold HTML, which need not be XML: they are cleaned, and then carried as text."""

    def carried(found: re.Match[str]) -> str:
        if found[2].endswith("/"):
            return found[0]
        clean = clean_words(found[3])
        return f"<{found[1]}{found[2]}>{clean.replace('&', '&amp;').replace('<', '&lt;')}</{found[1]}>"

    names = "|".join(WORDS)
    made = re.sub(rf"<({names})((?:\s[^>]*?)?)>(.*?)</\1>", carried, design, flags=re.DOTALL)
    return re.sub(r"&(?!(amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)", "&amp;", made)


def _from_xml(text: str) -> str:
    def words(found: re.Match[str]) -> str:
        inner = found[3].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        return f"<{found[1]}{found[2]}>{inner}</{found[1]}>"

    return re.sub(rf"<({'|'.join((*WORDS, 'mj-style'))})((?:\s[^>]*?)?)(?<!/)>(.*?)</\1>", words, text, flags=re.DOTALL)


def _keep(part: ET.Element) -> None:
    for inner in list(part):
        if inner.tag not in PARTS:
            part.remove(inner)
            continue
        for name, value in list(inner.attrib.items()):
            if name.lower().startswith("on") or value.strip().lower().startswith(
                ("javascript:", "data:text", "vbscript:")
            ):
                del inner.attrib[name]
        if inner.tag == "mj-style":
            inner.text = _LOADS.sub("", inner.text or "").replace("<", "")
        _keep(inner)


def clean_words(html: str) -> str:
    """HTML as it may stand in a mail: no scripts, no forms, no frames, no addresses that do something."""
    hidden = re.sub(
        r"""((?:href|src)\s*=\s*["'])\s*\*\|([^|*<>]+)\|\*""",
        lambda found: f"{found[1]}https://merge.invalid/{found[2].encode().hex()}",
        html,
        flags=re.IGNORECASE,
    )
    cleaned = nh3.clean(
        hidden, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None, strip_comments=True
    )
    return _HIDDEN.sub(lambda found: f"*|{bytes.fromhex(found[1]).decode()}|*", cleaned)


def clean_html(html: str) -> str:
    """A whole mail of HTML: its body cleaned, its styles kept and put into the elements."""
    styles = _LOADS.sub("", "\n".join(_STYLE.findall(html))).replace("<", "")
    found = _BODY.search(html)
    body = clean_words(found[1] if found else html)
    whole = (
        '<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<style>{styles}</style></head><body>{body}</body></html>"
    )
    inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
    return inliner.inline(whole)


def plain_text(html: str) -> str:
    """The plain-text part: paragraphs, list items, links with their addresses; merge tags stay."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = re.sub(r"[ \t\xa0]+", " ", "".join(reader.parts))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" ?\n ?", "\n", text)).strip()


class _Reader(HTMLParser):
    """Reads what a person would."""

    breaks = frozenset({"p", "div", "tr", "br", "h1", "h2", "h3", "h4", "ul", "ol", "li", "table", "hr"})
    silent = frozenset({"style", "script", "head", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.depth = 0
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Break the line, remember a link, read a picture's description."""
        self.depth += tag in self.silent
        if tag in self.breaks and not self.depth:
            self.parts.append("\n* " if tag == "li" else "\n")
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")
        if tag == "img" and not self.depth:
            self.parts.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        """Break the line, tell where a link leads."""
        self.depth -= tag in self.silent and self.depth > 0
        if tag in self.breaks - {"br", "hr"} and not self.depth:
            self.parts.append("\n")
        if tag == "a" and self.links:
            address = self.links.pop()
            self.parts.append(f" ({address})" if address and not address.startswith("#") else "")

    def handle_data(self, data: str) -> None:
        """Keep what is read."""
        if not self.depth:
            self.parts.append(re.sub(r"\s+", " ", data))


def _unreadable(why: str) -> NeedsAttention:
    return NeedsAttention(
        f"The design can't be read: {why}.", "Take back the last change, or an earlier version.", code="design"
    )
