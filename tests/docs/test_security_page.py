"""The table of hardening: each line has its test, which is there, or its reason."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "explanation" / "security.md").read_text()
TABLE = PAGE.partition("## Hardening")[2]
LINES = [
    [cell.strip() for cell in line.strip("| ").split(" | ")] for line in TABLE.splitlines() if line.startswith("| V")
]

#: The chapters of ASVS 4.0.3.
CHAPTERS = {f"V{number}" for number in range(1, 15)}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_each_line_has_a_test_that_is_there_or_a_reason(line: list[str]) -> None:
    assert len(line) == 3, line
    named = re.findall(r"`((?:tests|docs)/[^`]+)`", line[2])
    assert named or line[2].startswith("reason: "), line
    for one in named:
        assert (ROOT / one).exists(), f"{one} is not there"


def test_every_chapter_is_spoken_of() -> None:
    assert {line[0].split()[0].split(".")[0].rstrip(",") for line in LINES} == CHAPTERS
