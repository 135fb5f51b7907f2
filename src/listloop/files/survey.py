"""One pass over tables before anything is read from them: forms, labels, and whether keys are unique."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from listloop.core.errors import NeedsAttention
from listloop.files.columns import Profile, forms
from listloop.files.forms import Form
from listloop.files.tables import Line, Rows

#: So many lines are looked at together, column by column.
_AT_ONCE = 1000

#: More different labels than this are no labels.
MOST_LABELS = 5000

#: The group that Google puts every contact into, now and before 2024.
_EVERYBODY = frozenset({"* mycontacts", "* my contacts"})

Split = Callable[[str], list[str]]
"""How the labels in a cell are told apart."""


@dataclass(slots=True)
class Survey:
    """What a pass over all lines found: forms, labels with their counts, and the first different texts of columns.

    ``unique`` are the columns whose texts could be keys.
    """

    lines: int = 0
    filled: dict[str, int] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    unique: frozenset[str] = frozenset()

    @property
    def unsure(self) -> list[str]:
        """Columns that can be read in two ways, when nothing tells which."""
        return [name for name, form in self.forms.items() if not form.sure]


def survey(
    tables: Sequence[Rows],
    *,
    keys: Sequence[str] = (),
    labels: Mapping[str, Split] | None = None,
    plain: Collection[str] = (),
    order: str = "",
    lenient: bool = False,
) -> Survey:
    """Read everything once. ``keys`` are columns that may be keys, ``labels`` those that hold labels.

    Of ``plain`` columns nothing is asked: they have no form then.

    Raises NeedsAttention for the first line that is no line of its table, unless ``lenient``.
    """
    found = Survey()
    profiles: dict[str, Profile] = {}
    ids: dict[str, set[int]] = {name: set() for name in keys}
    for table in tables:
        look = _looker(found, table.header, profiles, ids, labels or {}, plain)
        good: list[Line] = []
        for line in table.lines():
            if not line.problem:
                good.append(line)
                if len(good) == _AT_ONCE:
                    look(good)
                    good = []
            elif not lenient:
                raise NeedsAttention(
                    f"Line {line.number} of {table.source.title} {line.problem}",
                    "Mend the line, or export the file again.",
                    code="file-line",
                )
        look(good)
    if len(found.labels) > MOST_LABELS:
        found.labels.clear()
    separator = next((one.separator for one in tables), "")
    found.filled = {name: one.filled for name, one in profiles.items()}
    found.forms = dict(zip(profiles, forms(profiles.values(), separator, order), strict=True))
    found.texts = {name: list(one.seen) for name, one in profiles.items()}
    found.unique = frozenset(name for name, seen in ids.items() if len(seen - {0}) == found.lines > 0)
    return found


def _looker(
    found: Survey,
    header: Sequence[str],
    profiles: dict[str, Profile],
    ids: Mapping[str, set[int]],
    labels: Mapping[str, Split],
    plain: Collection[str],
) -> Callable[[Sequence[Line]], None]:
    """What looks at the cells of some lines."""
    here = [(place, profiles.setdefault(name, Profile())) for place, name in enumerate(header) if name not in plain]
    own = [(header.index(name), seen) for name, seen in ids.items() if name in header]
    split = [(header.index(name), parts) for name, parts in labels.items() if name in header]

    def look(lines: Sequence[Line]) -> None:
        found.lines += len(lines)
        numbers = [line.number for line in lines]
        columns = list(zip(*(line.cells for line in lines), strict=True)) or [()] * len(header)
        for place, profile in here:
            profile.add(columns[place], numbers)
        for place, seen in own:
            seen.update(map(hash, columns[place]))  # of an empty text it is 0
        for place, parts in split:
            for cell, count in Counter(columns[place]).items():
                if cell and len(found.labels) <= MOST_LABELS:
                    for label in parts(cell):
                        found.labels[label] = found.labels.get(label, 0) + count

    return look


def split_quoted(cell: str) -> list[str]:
    """Labels as Mailchimp writes them: quoted, with commas between."""
    if not cell:
        return []
    try:
        parts = next(csv.reader([cell], skipinitialspace=True), [])
    except csv.Error:
        parts = [cell]
    return [part.strip() for part in parts if part.strip()]


def split_list(cell: str) -> list[str]:
    """Labels as address books write them: Google's three colons, else semicolons, else commas.

    Google has a star before its own groups; the one that everybody is in tells nothing.
    """
    sign = next((one for one in (":::", ";", ",") if one in cell), None)
    parts = [part.strip() for part in (cell.split(sign) if sign else [cell])]
    return [part.removeprefix("* ") for part in parts if part and part.lower() not in _EVERYBODY]
