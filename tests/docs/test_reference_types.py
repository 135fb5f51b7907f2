"""The page on types shows which pairs can be mapped."""

from __future__ import annotations

from listloop.core.mapping import instead, ways
from listloop.core.rules import Direction
from listloop.core.side import FieldType
from listloop.mailchimp.values import TYPES
from tests.docs.printed import compare, row

ARROWS = {Direction.BOTH: "⇄", Direction.TO_MAILCHIMP: "→", Direction.TO_CRM: "←"}


def test_the_page_shows_every_pair_as_it_is() -> None:
    there = list(dict.fromkeys(TYPES.values()))
    lines = [row("", *there), row("---", *("---" for _ in there))]
    lines += [row(f"**{here}**", *(_way(here, one) for one in there)) for here in FieldType]
    advice = [row("a field of the CRM", "goes with"), row("---", "---")]
    advice += [row(here, instead(here)) for here in FieldType]
    compare("types.md", "listloop.core.conversions", "\n".join([*lines, "", "## What to map it to", "", *advice]))


def _way(crm: FieldType, mailchimp: FieldType) -> str:
    possible = ways(crm, mailchimp)
    return ARROWS[possible[0]] if possible else ""
