"""A table in a text: its separator, its header, and its lines with their numbers, one at a time."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple, NoReturn, Protocol, TextIO

from listloop.core.errors import NeedsAttention
from listloop.files.defusing import recover
from listloop.files.forms import TESTS
from listloop.files.opening import Source

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

#: More columns than this are no export of people.
MOST_COLUMNS = 2000

_REPEATED = "repeats the header: were two files put together here?"

#: So many lines are looked at for the separator.
_LOOKED_AT = 20

#: Cells that begin so may have a sign before their text, see ``_unmarked``.
_MARKS = ("=", "'")

#: Control characters, and marks of byte order where files were put together.
UNSEEN = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")

#: Excel's way of keeping a number's leading zeros.
_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)


class Line(NamedTuple):
    """A line of a table: the number of its first line in the file, its cells, and what is wrong with it."""

    number: int
    cells: list[str]
    problem: str = ""


class Rows(Protocol):
    """What the readers of people need of a table: vCards look so, too."""

    @property
    def source(self) -> Source:
        """Where the text is."""

    @property
    def header(self) -> Sequence[str]:
        """The names of the columns, each once."""

    @property
    def told(self) -> str:
        """How it was read, for people."""

    @property
    def separator(self) -> str:
        """What stands between its cells, "" where they are told apart otherwise."""

    def lines(self) -> Iterator[Line]:
        """Every line that is not blank, with as many cells as the header; may be called again."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of separated values."""

    source: Source
    separator: str
    header: tuple[str, ...]
    skip: int = 0

    @property
    def told(self) -> str:
        """Encoding and separator, for people."""
        return f"{self.source.encoding_title}, separated by {SEPARATORS[self.separator]}"

    def lines(self) -> Iterator[Line]:
        """Every line that is not blank. Raises NeedsAttention where the text was cut off or its quotes are broken."""
        header, title = list(self.header), self.source.title
        width = len(header)
        with self.source.text() as text:
            watch = _Watch()
            physical = watch.lines(text)
            for _ in range(self.skip):
                next(physical)
            reader = csv.reader(physical, delimiter=self.separator, strict=True)
            skip = begun = self.skip
            try:
                if next(reader, None) is not None:  # the header
                    begun += reader.line_num
                for cells in reader:
                    number, begun = begun + 1, skip + reader.line_num
                    cleaned = [*map(str.strip, cells)]
                    if watch.marked:
                        cleaned = [_unmarked(cell) if cell[:1] in _MARKS else cell for cell in cleaned]
                        watch.marked = False
                    if not any(cleaned):
                        continue
                    if len(cleaned) == width and cleaned != header:
                        yield Line(number, cleaned)
                    else:
                        yield _fitted(number, cleaned, header, watch, title)
            except csv.Error as error:
                _broken(title, begun + 1, error)


def open_table(source: Source) -> Table:
    """The table in a text. Raises NeedsAttention where there is none."""
    with source.text() as text:
        physical = _Watch().lines(text)
        first = next(physical, "")
        told = first.strip()[4:5] if first.lower().startswith("sep=") else ""
        skip = 1 if first.lower().startswith("sep=") else 0
        first = next(physical, "") if skip else first
        looked_at = [first, *islice(physical, _LOOKED_AT)]
        separator = told if told in SEPARATORS else _separator(looked_at)
        try:
            names = next(csv.reader(chain(looked_at, physical), delimiter=separator, strict=True), [])
        except csv.Error as error:
            _broken(source.title, 1, error)
    header = [_clean(name) or f"column {place}" for place, name in enumerate(names, 1)]
    if not any(name.strip() for name in names):
        raise NeedsAttention(
            f"{source.title} has no header in its first line.",
            "The first line must name the columns; remove empty lines above it.",
            code="file-header",
        )
    if any(map(TESTS["e-mail"], header)):
        raise NeedsAttention(
            f"{source.title} begins with a person, not with the names of its columns.",
            "Put a line above that names them, like: First Name,Last Name,E-mail",
            code="file-header",
        )
    if len(header) > MOST_COLUMNS:
        raise NeedsAttention(
            f"{source.title} has {len(header):,} columns; at most {MOST_COLUMNS:,} are read.",
            "Export only the columns that you need.",
            code="file-header",
        )
    return Table(source, separator, tuple(_unique(header)), skip)


class _Watch:
    """What is known of the physical lines that were read last.

    A line without an end is the last of its file. ``marked`` tells that a cell may begin with a sign that is none of
    its text: it is set by any line that has one, and whoever looked at the cells takes it back.
    """

    def __init__(self) -> None:
        self.last, self.marked = "", False

    def lines(self, text: TextIO) -> Iterator[str]:
        """The physical lines of a text, without what nobody can see and a terminal would obey."""
        for line in text:
            self.last = line if line[:-2].isprintable() else UNSEEN.sub("", line)
            if "'" in line or "=" in line:
                self.marked = True
            yield self.last

    @property
    def ended(self) -> bool:
        """Did the line that was read last lack its end?"""
        return not self.last.endswith(("\n", "\r"))


def _separator(lines: Sequence[str]) -> str:
    """The sign that cuts most of the first lines into as many cells as the header; a comma where none cuts it."""
    fits: dict[str, tuple[int, int]] = {}
    for sign in SEPARATORS:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=sign) if cells]
        except csv.Error:
            continue
        if widths and widths[0] > 1:
            fits[sign] = widths.count(widths[0]), widths[0]
    return max(fits, key=lambda sign: fits[sign]) if fits else ","


def _fitted(number: int, cells: list[str], header: list[str], watch: _Watch, title: str) -> Line:
    """The line with as many cells as the header has; spreadsheets leave out empty ones at the end."""
    width = len(header)
    if len(cells) == width:
        return Line(number, cells, _REPEATED)
    if len(cells) < width:
        if watch.ended:
            raise NeedsAttention(
                f"{title} was cut off: its last line, {number}, has {len(cells)} of {width} cells and no end.",
                "Export it again.",
                code="file-cut",
            )
        return Line(number, cells + [""] * (width - len(cells)))
    if not any(cells[width:]):
        return Line(number, cells[:width])
    problem = f"has {len(cells)} cells where the header has {width}: is a quote or a separator missing?"
    return Line(number, cells, problem)


def _clean(cell: str) -> str:
    return _unmarked(cell.strip())


def _unmarked(cell: str) -> str:
    found = _AS_TEXT.fullmatch(cell)
    return found[1].replace('""', '"') if found else recover(cell)


def _unique(names: Sequence[str]) -> Iterator[str]:
    """The names, with a number where one was there before."""
    seen: set[str] = set()
    for name in names:
        made, number = name, 1
        while made in seen:
            number += 1
            made = f"{name} ({number})"
        seen.add(made)
        yield made


def _broken(title: str, number: int, error: csv.Error) -> NoReturn:
    if "unexpected end" in str(error):
        raise NeedsAttention(
            f"{title} was cut off: it ends inside the quoted text that begins on line {number}.",
            "Export it again, or close that quote.",
            code="file-cut",
        ) from None
    if "field larger" in str(error):
        raise NeedsAttention(
            f"A cell of line {number} of {title} is longer than {csv.field_size_limit():,} characters.",
            "Most likely a quote is missing there.",
            code="file-quotes",
        ) from None
    raise NeedsAttention(
        f"Line {number} of {title} has a quote where none can be ({error}).",
        "Double the quotes that belong to the text, or export the file again.",
        code="file-quotes",
    ) from None
