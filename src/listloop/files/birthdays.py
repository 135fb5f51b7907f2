"""A date of birth out of the three columns in which Thunderbird writes it: year, month and day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from listloop.core.proposals import plain
from listloop.files.opening import Source
from listloop.files.tables import Line, Rows

#: What Thunderbird calls the three columns, in the form of ``plain``.
_WORDS = (
    ("birthyear", "birthmonth", "birthday"),
    ("geburtsjahr", "geburtsmonat", "geburtstag"),
    ("anneedenaissance", "moisdenaissance", "jourdenaissance"),
    ("anneedenaissance", "mois", "jour"),
    ("anodenacimiento", "mesdenacimiento", "diadenacimiento"),
    ("annodinascita", "mesedinascita", "giornodinascita"),
)

#: The two columns that take their place, as vCards have them.
MADE = ("Date of birth", "Birthday (no year)")


@dataclass(frozen=True, slots=True)
class Born:
    """A table with one column for the date of birth; ``places`` are those of year, month and day in ``rows``."""

    rows: Rows
    places: tuple[int, int, int]

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

    @property
    def header(self) -> Sequence[str]:
        """The other columns, then the two that are made."""
        return (*(name for place, name in enumerate(self.rows.header) if place not in self.places), *MADE)

    def lines(self) -> Iterator[Line]:
        """Every line; what is no date together stays as it is written, for whoever reads the column to tell."""
        for number, cells, problem in self.rows.lines():
            if problem:
                yield Line(number, cells, problem)
                continue
            year, month, day = (cells[place] for place in self.places)
            whole = "-".join(part.zfill(2) for part in (year, month, day) if part) if year else ""
            without = f"--{month.zfill(2)}-{day.zfill(2)}" if month and day and not year else ""
            yield Line(number, [*(cell for at, cell in enumerate(cells) if at not in self.places), whole, without])


def with_birthdays(rows: Rows) -> Rows:
    """The table with one date of birth, where it has three columns for it."""
    names = [plain(name) for name in rows.header]
    for year, month, day in _WORDS:
        if year in names and month in names and day in names:
            return Born(rows, (names.index(year), names.index(month), names.index(day)))
    return rows
