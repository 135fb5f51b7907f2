"""vCards (RFC 2426 and RFC 6350, and what is common of 2.1) as a table: a line for each card.

The kept library for vCards (vobject) knows version 3.0 only and reads a file whole, where one odd card refuses all
others; what is needed here are a dozen properties.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass

from listloop.core.errors import NeedsAttention
from listloop.files.opening import Source
from listloop.files.tables import UNSEEN, Line

HEADER = (
    "UID", "Full name", "First name", "Middle name", "Last name", "Nickname", "E-mail", "E-mail 2", "E-mail 3", "Phone",
    "Mobile", "Company", "Department", "Job title", "Street", "City", "Region", "Postal code", "Country", "Birthday",
    "Birthday (no year)", "Website", "Language", "Note", "Categories", "Entry type", "vCard version",
)  # fmt: skip

_PROPERTY = re.compile(
    r"(?:[\w-]+\.)?(?P<name>[\w-]+)(?P<params>(?:;(?:[^\":;]|\"[^\"]*\")*)*):(?P<value>.*)", re.DOTALL
)
_PREFERRED = re.compile(r"\bPREF\b(?!=(?:[2-9]|1\d))")  # PREF=1 goes before PREF=2
_NO_CALLS = re.compile(r"\b(?:FAX|PAGER|MODEM|BBS)\b")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_BIRTH = re.compile(r"(?P<year>\d{4}|--)-?(?P<month>\d{2})-?(?P<day>\d{2})(?:T.*)?")


@dataclass(frozen=True, slots=True)
class VCards:
    """The cards of a file, each as the line of a table with ``HEADER``."""

    source: Source
    header: tuple[str, ...] = HEADER
    separator: str = ""

    @property
    def told(self) -> str:
        """Encoding and kind, for people."""
        return f"{self.source.encoding_title}, vCards"

    def lines(self) -> Iterator[Line]:
        """Every card that is a person's or a company's. Raises NeedsAttention where a card has no end."""
        card: dict[str, str] = {}
        begun = depth = 0
        for number, text in _unfolded(self.source):
            name, params, value = _property(text, self.source.encoding)
            if name == "BEGIN" and value.strip().upper() == "VCARD":
                depth += 1  # the card of an agent may stand inside another's (vCard 2.1)
                if depth == 1:
                    card, begun = {}, number
            elif name == "END" and depth:
                depth -= 1
                if not depth and _is_somebody(card):
                    yield Line(begun, [card.get(column, "").strip() for column in HEADER])
            elif depth == 1:
                _take(card, name, params, value)
        if depth:
            raise NeedsAttention(
                f"{self.source.title} was cut off: the card that begins on line {begun} has no end.",
                "Export it again.",
                code="file-cut",
            )


def _is_somebody(card: dict[str, str]) -> bool:
    """Is the card a person's or a company's? Groups, places and devices have cards, too."""
    if card.pop("shown as", "").upper() == "COMPANY" and not (card.get("First name") or card.get("Last name")):
        card["Entry type"] = "org"
    kind = card.get("Entry type", "individual").lower()
    if kind == "org":
        card["Company"] = card.get("Company") or card.get("Full name", "")
    return kind in ("individual", "org") and any(card.values())


def is_vcard(source: Source) -> bool:
    """Does this text hold vCards?"""
    with source.text() as text:
        return text.read(200).lstrip().upper().startswith("BEGIN:VCARD")


def _unfolded(source: Source) -> Iterator[tuple[int, str]]:
    """Content lines with the numbers of their first physical lines; long ones are put together again."""
    whole, begun = "", 0
    with source.text() as text:
        for number, physical in enumerate(text, 1):
            line = UNSEEN.sub("", physical.rstrip("\r\n"))
            if line[:1] in (" ", "\t") and whole:
                whole += line[1:]
            elif whole.endswith("=") and "QUOTED-PRINTABLE" in whole.upper():
                whole = whole[:-1] + line
            else:
                if whole.strip():
                    yield begun, whole
                whole, begun = line, number
    if whole.strip():
        yield begun, whole


def _property(text: str, encoding: str) -> tuple[str, str, str]:
    found = _PROPERTY.fullmatch(text)
    if found is None:
        return "", "", ""
    params, value = found["params"].upper(), found["value"]
    if "QUOTED-PRINTABLE" in params:
        charset = re.search(r"CHARSET=([\w-]+)", params)
        value = _unquoted(value, charset[1] if charset else "utf-8", encoding)
    return found["name"].upper(), params, value


def _unquoted(value: str, charset: str, encoding: str) -> str:
    """A quoted-printable value; where it is not what it says to be, in the encoding of its file, or Windows-1252."""
    bare = quopri.decodestring(value.encode("latin-1", "replace"))
    for one in (charset, encoding if not encoding.startswith("utf") else "cp1252"):
        try:
            return bare.decode(one).replace("\r\n", "\n")
        except (LookupError, UnicodeDecodeError):
            continue
    return bare.decode("utf-8", "replace").replace("\r\n", "\n")


_SINGLE = {
    "FN": "Full name", "UID": "UID", "TITLE": "Job title", "URL": "Website", "LANG": "Language", "KIND": "Entry type",
    "VERSION": "vCard version", "NICKNAME": "Nickname", "NOTE": "Note",
    "X-ABSHOWAS": "shown as",  # Apple's mark of a company
}  # fmt: skip
_STRUCTURED = {"N": ("Last name", "First name", "Middle name"), "ORG": ("Company", "Department")}


def _take(card: dict[str, str], name: str, params: str, value: str) -> None:
    """Put one property into the card; the first of several stays, a preferred one goes before."""
    preferred = _PREFERRED.search(params) is not None
    if name in _SINGLE:
        card.setdefault(_SINGLE[name], _plain(value).removeprefix("urn:uuid:"))
    elif name in _STRUCTURED:
        for column, part in zip(_STRUCTURED[name], _parts(value), strict=False):
            card.setdefault(column, part)
    elif name == "EMAIL":
        _put(card, ("E-mail", "E-mail 2", "E-mail 3"), _plain(value).removeprefix("mailto:"), first=preferred)
    elif name == "TEL" and not _NO_CALLS.search(params):
        mobile = "CELL" in params
        _put(card, ("Mobile" if mobile else "Phone",), _plain(value).removeprefix("tel:"), first=preferred)
    elif name == "ADR":
        parts = [*_parts(value), *[""] * 7]
        columns = ("Street", "City", "Region", "Postal code", "Country")
        if preferred or not any(card.get(column) for column in columns):
            # Google once put the whole address where the number of a flat belongs.
            card |= dict(zip(columns, [parts[2] or parts[1], *parts[3:7]], strict=True))
    elif name == "BDAY":
        _birthday(card, value, no_year="X-APPLE-OMIT-YEAR" in params)
    elif name == "CATEGORIES":
        labels = [_plain(part) for part in re.split(r"(?<!\\),", value) if part.strip()]
        card["Categories"] = ";".join(filter(None, [card.get("Categories", ""), *labels]))


def _put(card: dict[str, str], columns: tuple[str, ...], value: str, *, first: bool) -> None:
    there = [card[column] for column in columns if card.get(column)]
    if value and value not in there:
        values = [value, *there] if first else [*there, value]
        card |= dict(zip(columns, values, strict=False))


def _birthday(card: dict[str, str], value: str, *, no_year: bool) -> None:
    found = _BIRTH.fullmatch(value.strip())
    if found is None:
        card.setdefault("Birthday", _plain(value))  # in words, or wrong: whoever reads the column tells
    elif found["year"] == "--" or no_year:
        card.setdefault("Birthday (no year)", f"--{found['month']}-{found['day']}")
    else:
        card.setdefault("Birthday", f"{found['year']}-{found['month']}-{found['day']}")


def _parts(value: str) -> list[str]:
    """The components of a structured value."""
    return [_plain(part) for part in re.split(r"(?<!\\);", value)]


def _plain(value: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()
