"""Tables as files for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence


def as_row(cells: Sequence[str]) -> str:
    """One line of a CSV file. A cell that a spreadsheet would run as a formula is made text by an apostrophe."""
    out = io.StringIO()
    csv.writer(out).writerow(
        [f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell for cell in cells]
    )
    return out.getvalue()
