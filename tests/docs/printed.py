"""Pages of which a part is printed from the code: compared by tests, written anew with ``LISTLOOP_WRITE_DOCS=1``."""

import os
from pathlib import Path

from tests.docs.pages import ROOT

MARK = "<!-- What follows is printed from {}; LISTLOOP_WRITE_DOCS=1 writes it anew. -->\n"


def compare(page: str, source: str, printed: str) -> None:
    """Check, or write, what follows the mark on a page of the reference."""
    path = Path(ROOT / "docs" / "reference" / page)
    head, mark, shown = path.read_text().partition(MARK.format(source))
    assert mark, f"{page} lost the line {MARK.format(source)!r}"
    if os.environ.get("LISTLOOP_WRITE_DOCS") == "1":
        path.write_text(f"{head}{mark}\n{printed.strip()}\n")
        return
    assert shown.strip() == printed.strip(), "run this test with LISTLOOP_WRITE_DOCS=1 to write the page anew"


def row(*cells: str) -> str:
    """A line of a table, without empty pairs of blanks."""
    text = "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    return text.replace("|  |", "| |").replace("|  |", "| |")
