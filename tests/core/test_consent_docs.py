"""The reference page shows the consent table as it is; ``LISTLOOP_WRITE_DOCS=1`` writes it anew."""

import os
from itertools import product
from pathlib import Path

from listloop.core.consent import CELLS, Cell, Ledger, Remembered
from listloop.core.people import Consent

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "consent.md"
MARK = "<!-- What follows is printed from listloop.core.consent.CELLS by tests/core/test_consent_docs.py. -->\n"
TITLES = {
    Remembered.NONE: "No no is remembered",
    Remembered.NO: "A no stands",
    Remembered.RETURNED: "The person came back",
}


def rendered() -> str:
    """The tables, one for each thing that may be remembered."""
    return "\n".join(f"## {title}\n\n{_table(state)}" for state, title in TITLES.items())


def _table(state: Remembered) -> str:
    lines = ["| CRM | Mailchimp | CRM becomes | Mailchimp becomes | why |", "| --- | --- | --- | --- | --- |"]
    for crm, mailchimp in product(Consent, Consent):
        cell = CELLS[crm, mailchimp, state]
        lines.append(f"| {crm} | {mailchimp} | {cell.to_crm or ''} | {cell.to_mailchimp or ''} | {_why(cell)} |")
    return "\n".join(line.replace("|  |", "| |").replace("|  |", "| |") for line in lines) + "\n"


def _why(cell: Cell) -> str:
    return "; ".join(filter(None, (cell.reason, cell.ledger if cell.ledger is not Ledger.KEEP else "")))


def test_the_page_shows_the_table_as_it_is() -> None:
    head, mark, shown = PAGE.read_text().partition(MARK)
    assert mark, f"{PAGE.name} lost the line that says where the tables begin"
    if os.environ.get("LISTLOOP_WRITE_DOCS") == "1":
        PAGE.write_text(f"{head}{MARK}\n{rendered()}")
        return
    assert shown.strip() == rendered().strip(), "run this test with LISTLOOP_WRITE_DOCS=1 to write the page anew"
