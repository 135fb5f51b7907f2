"""``listloop mapping``: which field of the CRM goes with which merge field."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from cyclopts import App, Parameter

from listloop.cli.console import OK, out, print_json, table
from listloop.cli.options import Database, Json, Named, opened
from listloop.cli.turn import at_work
from listloop.core.errors import NeedsAttention
from listloop.core.mapping import refusal
from listloop.core.rules import Direction, LabelRow, Owner, Row, Rules
from listloop.core.side import Field, Label, Schema
from listloop.store.connections import ConnectionRow, save_rules

mapping = App(name="mapping", help="Show and change which fields go together.", result_action="return_value")

DIRECTIONS = {"both": Direction.BOTH, "to-crm": Direction.TO_CRM, "to-mailchimp": Direction.TO_MAILCHIMP}


def print_mapping(row: ConnectionRow) -> None:
    """The mapping as a table."""
    shown = table("CRM", "", "Mailchimp", "type", "when both changed")
    arrows = {Direction.BOTH: "⇄", Direction.TO_CRM: "←", Direction.TO_MAILCHIMP: "→"}
    winners = {Owner.CRM: "the CRM wins", Owner.MAILCHIMP: "Mailchimp wins", Owner.ASK: "you are asked"}
    shown.add_row("E-mail", "⇄", "Email Address", "e-mail", "the CRM wins")
    for one in row.rules.rows:
        shown.add_row(
            f"{one.crm.title} ({one.crm.name})",
            arrows[one.direction],
            f"{one.mailchimp.title} ({one.mailchimp.name})",
            str(one.crm.type),
            winners[one.owner],
        )
    for label in row.rules.labels:
        shown.add_row(
            f"{label.crm.kind} {label.crm.title}",
            "⇄",
            f"{label.mailchimp.kind} {label.mailchimp.title}",
            "label",
            "both stay",
        )
    out.print(shown)


@mapping.default
@mapping.command
def show(*, connection: Named = None, json: Json = False, database: Database = None) -> int:
    """Show the mapping of a connection."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
    if json:
        print_json(
            [
                {
                    "crm": one.crm.name,
                    "mailchimp": one.mailchimp.name,
                    "type": one.crm.type,
                    "direction": one.direction,
                    "owner": one.owner,
                }
                for one in row.rules.rows
            ]
        )
    else:
        print_mapping(row)
    return OK


@mapping.command(name="set")
def set_row(
    crm: Annotated[str, Parameter(help="The CRM's field, or a group of it.")],
    mailchimp: Annotated[str, Parameter(help="The merge tag, or a tag of the audience.")],
    *,
    direction: Annotated[Literal["both", "to-crm", "to-mailchimp"], Parameter(help="Which way changes go.")] = "both",
    owner: Annotated[Literal["crm", "mailchimp", "ask"], Parameter(help="Who wins when both sides changed.")] = "crm",
    connection: Named = None,
    database: Database = None,
) -> int:
    """Let a field of the CRM go with a merge field, or a group with a tag."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with at_work(listloop, row.id) as sync:
            here, there = sync.crm.schema(), sync.audience.schema()
        rules = _with_row(row.rules, here, there, crm, mailchimp, DIRECTIONS[direction], Owner(owner))
        with listloop.engine.begin() as db:
            save_rules(db, row.id, rules)
        print_mapping(listloop.connection(str(row.id)))
    out.print("The next plan waits for your yes, since the mapping changed.")
    return OK


def _with_row(
    rules: Rules, crm: Schema, audience: Schema, here: str, there: str, direction: Direction, owner: Owner
) -> Rules:
    """The rules with this row in place of any with the same fields. Raises NeedsAttention where it can't be mapped."""
    first, second = _named(crm, here, "The CRM"), _named(audience, there, "The audience")
    if isinstance(first, Label) and isinstance(second, Label):
        kept = tuple(one for one in rules.labels if one.crm.name != first.name and one.mailchimp.name != second.name)
        return replace(rules, labels=(*kept, LabelRow(first, second)))
    if isinstance(first, Label) or isinstance(second, Label):
        label, field = (here, there) if isinstance(first, Label) else (there, here)
        raise NeedsAttention(
            f"“{label}” is something a person has or has not, and “{field}” is a field.",
            "Map a group with a tag, or a field with a field; “listloop mapping fields” lists both.",
            code="field-unmappable",
        )
    row = Row(first, second, direction, owner)
    if refusal(row):
        raise NeedsAttention(
            refusal(row), "Choose another pair; “listloop mapping fields” lists the types.", code="field-unmappable"
        )
    rows = tuple(one for one in rules.rows if one.crm.name != first.name and one.mailchimp.name != second.name)
    return replace(rules, rows=(*rows, row))


def _named(schema: Schema, wanted: str, title: str) -> Field | Label:
    """The field or label of that name, or else of that title. Raises NeedsAttention."""
    there: tuple[Field | Label, ...] = (*schema.fields, *schema.labels)
    found = [one for one in there if one.name == wanted] or [one for one in there if one.title == wanted]
    if len(found) != 1:
        problem = f"{title} has several of the title “{wanted}”." if found else f"{title} has no field “{wanted}”."
        raise NeedsAttention(problem, f"It has: {', '.join(one.name for one in there)}.", code="field-unknown")
    return found[0]


@mapping.command(name="remove")
def remove_row(
    field: Annotated[str, Parameter(help="The CRM's field or the merge tag.")],
    *,
    connection: Named = None,
    database: Database = None,
) -> int:
    """Take a field or label out of the mapping; its values stay where they are on both sides."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        rules = replace(
            row.rules,
            rows=tuple(one for one in row.rules.rows if not _names(one, field)),
            labels=tuple(one for one in row.rules.labels if not _names(one, field)),
        )
        if rules == row.rules:
            raise NeedsAttention(f"“{field}” is not mapped.", "“listloop mapping” shows what is.", code="field-unknown")
        with listloop.engine.begin() as db:
            save_rules(db, row.id, rules)
        print_mapping(listloop.connection(str(row.id)))
    return OK


def _names(one: Row | LabelRow, wanted: str) -> bool:
    """Is this row meant, by a name or a title of either side?"""
    return wanted in (one.crm.name, one.mailchimp.name, one.crm.title, one.mailchimp.title)


@mapping.command
def fields(*, connection: Named = None, json: Json = False, database: Database = None) -> int:
    """List the fields of both sides, to map from."""
    with opened(database) as listloop, at_work(listloop, listloop.connection(connection).id) as sync:
        sides = {"crm": sync.crm.schema(), "mailchimp": sync.audience.schema()}
    if json:
        print_json(
            {
                side: [{"name": one.name, "title": one.title, "type": one.type} for one in schema.fields]
                for side, schema in sides.items()
            }
        )
        return OK
    for side, schema in sides.items():
        shown = table("name", "title", "type", title="CRM" if side == "crm" else "Mailchimp")
        for one in schema.fields:
            shown.add_row(one.name, one.title, str(one.type))
        for label in schema.labels:
            shown.add_row(label.name, label.title, str(label.kind))
        out.print(shown)
    return OK
