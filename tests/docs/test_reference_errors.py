"""Whoever sees an error finds it in the reference, with what it means and what to do."""

import re

from tests.docs.error_codes import codes
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "reference" / "errors.md").read_text()
SECTIONS = dict(re.findall(r"^## ([a-z-]+)\n\n(.+?)(?=\n## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_every_code_has_its_heading_and_no_heading_is_of_a_code_that_is_gone() -> None:
    assert sorted(codes() - SECTIONS.keys()) == []
    assert sorted(SECTIONS.keys() - codes()) == []


def test_the_headings_are_sorted() -> None:
    assert list(SECTIONS) == sorted(SECTIONS)


def test_each_says_what_it_means_and_what_to_do() -> None:
    assert [code for code, text in SECTIONS.items() if "**What to do:** " not in text] == []


def test_the_codes_of_all_kinds_are_found() -> None:
    assert {"lease-lost", "key-invalid", "no-connection", "too-long", "needs-attention"} <= codes()
