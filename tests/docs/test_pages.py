from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, blocks, links, target

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@each_page
def test_links_lead_to_a_file_and_heading_that_exist(page: Path) -> None:
    for link in links(page.read_text()):
        there = target(page, link)
        assert there.exists(), link
        anchor = link.partition("#")[2]
        assert not anchor or anchor in anchors(there.read_text()), link


def test_every_page_of_the_docs_can_be_reached_from_the_first() -> None:
    reached, waiting = set[Path](), [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            waiting.extend(target(page, link) for link in links(page.read_text()))
    assert [page for page in PAGES if page.is_relative_to(ROOT / "docs") and page not in reached] == []


def test_a_page_is_taken_apart_as_a_reader_sees_it() -> None:
    text = "# What's `./run`?\n[a](b.md#c) [d](https://e.example)\n```sh\n# no heading [f](g)\n./run\n```\n"
    assert links(text) == ["b.md#c"]
    assert anchors(text) == {"whats-run"}
    assert blocks(text, "sh") == ["# no heading [f](g)\n./run\n"]
