"""Cells that a spreadsheet would run as formulas are written with an apostrophe before them, and read without it."""

from __future__ import annotations

import re

#: What makes a spreadsheet take a cell for a formula (OWASP, CSV injection).
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r]")


def defuse(cell: str) -> str:
    """The cell as it is written. ``recover`` gives back just what went in, apostrophes of its own included."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def recover(cell: str) -> str:
    """The cell as it was before ``defuse``; an apostrophe typed for a spreadsheet goes, too."""
    return cell[1:] if _DEFUSED.match(cell) else cell
