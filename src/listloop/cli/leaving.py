"""``listloop leave-alone``: members of the audience that belong to other tools, by tag and source."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from cyclopts import Parameter

from listloop.cli.console import OK, me, out, print_json
from listloop.cli.options import Database, Json, Named, opened
from listloop.cli.turn import at_work
from listloop.core.errors import NeedsAttention
from listloop.core.side import LabelKind, Schema
from listloop.store.audit import note
from listloop.store.connections import save_rules


def leave_alone(
    *,
    but: Annotated[list[str] | None, Parameter(negative=(), help="Leave alone whoever has none of these tags.")] = None,
    tag: Annotated[list[str] | None, Parameter(negative=(), help="Leave alone whoever has this tag.")] = None,
    source: Annotated[
        list[str] | None,
        Parameter(negative=(), help="Leave alone whoever came from this source."),
    ] = None,
    nobody: Annotated[bool, Parameter(negative=(), help="Leave nobody alone any more.")] = False,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Say which members belong to other tools: nothing of them is written but a no. Without options: show it."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with at_work(listloop, row.id) as sync:
            schema = sync.audience.schema()
        rules = row.rules
        if but or tag or source or nobody:
            rules = replace(
                rules,
                only_tags=frozenset(_tag(schema, one) for one in but or ()),
                not_tags=frozenset(_tag(schema, one) for one in tag or ()),
                not_sources=frozenset(source or ()),
            )
            with listloop.engine.begin() as db:
                save_rules(db, row.id, rules)
                note(db, listloop.now(), me(), "changed which members belong to other tools", connection_id=row.id)
    titles = {one.name: one.title for one in schema.labels}
    shown = {
        "but": sorted(titles.get(one, one) for one in rules.only_tags),
        "tag": sorted(titles.get(one, one) for one in rules.not_tags),
        "source": sorted(rules.not_sources),
    }
    if json:
        print_json(shown)
        return OK
    words = {"but": "everybody without one of the tags", "tag": "whoever has the tag", "source": "whoever came from"}
    for name, some in shown.items():
        if some:
            out.print(f"Left alone: {words[name]} {', '.join(some)}.")
    if not any(shown.values()):
        out.print("Nobody is left alone.")
    if rules != row.rules:
        out.print("The next plan waits for your yes, since the rules changed.")
    return OK


def _tag(schema: Schema, title: str) -> str:
    """The name of the tag with this title. Raises NeedsAttention where there is none."""
    tags = [one for one in schema.labels if one.kind is LabelKind.TAG]
    found = next((one.name for one in tags if one.title.lower() == title.lower()), None)
    if found is None:
        there = ", ".join(f"“{one.title}”" for one in tags) or "none"
        raise NeedsAttention(f"The audience has no tag “{title}”.", f"There are: {there}.", code="label-missing")
    return found
