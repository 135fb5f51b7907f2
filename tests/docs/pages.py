"""The pages for readers, taken apart: links, headings, blocks of code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/*.md")])

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def blocks(text: str, language: str) -> list[str]:
    return [body for name, body in BLOCK.findall(text) if name == language]


def links(text: str) -> list[str]:
    """Return the links to pages and files of ours."""
    return [link for link in LINK.findall(BLOCK.sub("", text)) if "://" not in link and not link.startswith("mailto:")]


def anchors(text: str) -> set[str]:
    """Return what `#...` may name on the page, made of its headings as GitHub does."""
    words = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in HEADING.findall(BLOCK.sub("", text)))
    return {word.strip().replace(" ", "-") for word in words}


def target(page: Path, link: str) -> Path:
    """Return the file that a link on the page leads to."""
    return (page.parent / link.partition("#")[0]).resolve() if link[0] != "#" else page
