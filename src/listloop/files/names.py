"""First and last names out of a column with whole names, where a line has them nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nameparser import HumanName

from listloop.core.proposals import plain
from listloop.files.opening import Source
from listloop.files.tables import Line, Rows
from listloop.files.words import Meaning, meaning_of

#: What columns with whole names are called, in the form of ``plain``.
WHOLE = (
    "name", "fullname", "displayname", "contactname", "personname", "vollstandigername", "anzeigename", "kontakt",
    "nomcomplet", "nombrecompleto", "nomecompleto", "氏名", "名前",
)  # fmt: skip

#: Scripts whose people write the family's name first.
_FAMILY_FIRST = (range(0x3040, 0x3100), range(0x3400, 0xA000), range(0xAC00, 0xD7B0))


@dataclass(frozen=True, slots=True)
class Named:
    """A table with columns for first and last names: its own, or more of them after the last one.

    ``whole``, ``first`` and ``last`` are places in ``header``; ``company`` is one whose text is nobody's, or -1.
    """

    rows: Rows
    header: Sequence[str]
    whole: int
    first: int
    last: int
    company: int

    @property
    def source(self) -> Source:
        """Where the text is."""
        return self.rows.source

    @property
    def told(self) -> str:
        """How it was read, for people."""
        return self.rows.told

    @property
    def separator(self) -> str:
        """What stands between its cells."""
        return self.rows.separator

    def lines(self) -> Iterator[Line]:
        """Every line; who has neither a first nor a last name gets them from the whole one."""
        more = [""] * (len(self.header) - len(self.rows.header))
        for number, cells, problem in self.rows.lines():
            if problem:
                yield Line(number, cells, problem)
                continue
            filled = [*cells, *more]
            whole, first, last = filled[self.whole], filled[self.first], filled[self.last]
            if whole and not last and (self.company < 0 or whole != filled[self.company]):
                if first:
                    filled[self.last] = _after(first, whole)
                else:
                    filled[self.first], filled[self.last] = split_name(whole)
            yield Line(number, filled)


def with_names(rows: Rows) -> Rows:
    """The table with first and last names, where a column of whole names can give them."""
    header = list(rows.header)
    whole = next((place for word in WHOLE for place, name in enumerate(header) if plain(name) == word), -1)
    if whole < 0:
        return rows
    places = {meaning: place for place, name in reversed(list(enumerate(header))) if (meaning := meaning_of(name))}
    for meaning, title in ((Meaning.FIRST, "first name"), (Meaning.LAST, "last name")):
        if meaning not in places:
            places[meaning] = len(header)
            header.append(f"{header[whole]}: {title}")
    company = places.get(Meaning.COMPANY, -1)
    return Named(rows, tuple(header), whole, places[Meaning.FIRST], places[Meaning.LAST], company)


def split_name(whole: str) -> tuple[str, str]:
    """First and last name; a single name is the last one, which more CRMs ask for. Titles and suffixes are left out."""
    words = whole.split()
    if all(any(ord(letter) in some for some in _FAMILY_FIRST) for word in words for letter in word):
        return " ".join(words[1:]), words[0]
    name = HumanName(whole)
    first = " ".join(filter(None, [name.first, name.middle]))
    return (first, name.last) if name.last else ("", first or whole)


def _after(first: str, whole: str) -> str:
    """The last name beside a first one: beside “Vorname”, German lists call the last name “Name”."""
    rest = whole.removeprefix(first)
    return rest.strip() if rest[:1].isspace() else whole
