from pathlib import Path

import pytest

from listloop.sandbox.faults import KINDS
from listloop.sandbox.mailchimp import people, tables

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "sandbox.md").read_text()


@pytest.mark.parametrize("table", [tables.statuses(), tables.switches(), tables.operations()])
def test_the_page_shows_the_tables_of_the_code(table: str) -> None:
    """To renew: print the table and put it in the place of the old one."""
    assert table in PAGE


def test_the_page_names_every_act_and_every_fault() -> None:
    missing = [name for name in (*people.ACTS, "sign-up", *KINDS) if f"`{name}`" not in PAGE]
    assert missing == []
