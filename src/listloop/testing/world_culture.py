"""What a culture is made of, and how its script becomes the ASCII of an address; data in ``world_<language>``."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is written for a man and for a woman, and in Latin letters where it has others."""

    male: str
    female: str
    latin: str = ""

    def of(self, woman: bool) -> str:
        """The form for one of the two."""
        return self.female if woman else self.male

    def ascii(self, woman: bool) -> str:
        """The form for an address."""
        return slug(self.latin or self.of(woman), ".")


@dataclass(frozen=True, slots=True)
class Place:
    """A town. ``#`` in the postal code and the phone number stands for any digit.

    Phone numbers are of the ranges that the country keeps for fiction; where it keeps none, of ranges that it has not
    given to anybody.
    """

    city: str
    postal_code: str
    country: str
    phone: str


@dataclass(frozen=True, slots=True)
class Trade:
    """A line of business, and how its firms are named; ``{}`` is the family's name."""

    pattern: str
    business: str
    latin: str = ""


@dataclass(frozen=True, slots=True)
class Culture:
    """Names, towns and trades that belong together."""

    language: str  # ISO 639-1
    title: str  # the language, in English
    women: tuple[Name, ...]
    men: tuple[Name, ...]
    families: tuple[Name, ...]
    places: tuple[Place, ...]
    streets: tuple[str, ...]  # ``#`` is the house's number
    trades: tuple[Trade, ...]
    jobs: tuple[Name, ...]
    providers: tuple[str, ...]  # of private mailboxes, under .example
    joint: str = "{} & {}"  # the names of two families in that of a firm


def names(text: str) -> tuple[Name, ...]:
    """Names out of a text: one per comma; ``man/woman`` where they differ, ``name=latin`` in another script."""
    return tuple(_name(part.strip()) for part in text.replace("\n", " ").split(",") if part.strip())


def _name(text: str) -> Name:
    written, _, latin = text.partition("=")
    male, _, female = written.partition("/")
    return Name(male, female or male, latin)


def places(text: str) -> tuple[Place, ...]:
    """Towns out of a text, one per line: city; postal code; country; phone."""
    return tuple(Place(*_parts(line)) for line in text.strip().splitlines())


def trades(text: str) -> tuple[Trade, ...]:
    """Trades out of a text, one per line: name of a firm; line of business; name in Latin letters, if another."""
    return tuple(Trade(*_parts(line)) for line in text.strip().splitlines())


def lines(text: str) -> tuple[str, ...]:
    """The lines of a text."""
    return tuple(line.strip() for line in text.strip().splitlines())


def _parts(line: str) -> list[str]:
    return [part.strip() for part in line.split(";")]


_GREEK = str.maketrans(dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstyfo", strict=True)))
_GREEK |= str.maketrans({"θ": "th", "χ": "ch", "ψ": "ps"})
_GREEK_PAIRS = {"ου": "ou", "αυ": "av", "ευ": "ev", "γγ": "ng", "μπ": "b", "γκ": "gk"}
_LATIN = {
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "å": "aa",
    "þ": "th", "ð": "d", "ı": "i",
}  # fmt: skip


@lru_cache(maxsize=20_000)
def slug(text: str, joint: str = "-") -> str:
    """A text in lower-case ASCII letters and digits, with ``joint`` between the words."""
    text = unicodedata.normalize("NFC", text).lower()
    text = "".join(_LATIN.get(letter, letter) for letter in text)
    text = unicodedata.normalize("NFD", text)
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    for pair, latin in _GREEK_PAIRS.items():
        text = text.replace(pair, latin)
    text = text.translate(_GREEK).replace("'", "").replace("\u2019", "")
    return re.sub(r"[^a-z0-9]+", joint, text).strip(joint)


def plain(text: str) -> str:
    """A text without its accents, as somebody types it who has no such keys: Müller, Muller."""
    letters = unicodedata.normalize("NFD", text.replace("ł", "l").replace("Ł", "L").replace("ø", "o"))
    return unicodedata.normalize("NFC", "".join(one for one in letters if not unicodedata.combining(one)))
