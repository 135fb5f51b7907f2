"""``listloop mapping``: which field of the CRM goes with which merge field."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from cyclopts import App, Parameter

from listloop.cli.console import FAILED, OK, WAITS, me, out, people_word, print_json, table
from listloop.cli.making import make, missing_choices
from listloop.cli.options import Database, Json, Named, opened
from listloop.cli.pairing import Both, both, found, is_list, list_labels, named, to_make, whole_of, with_row
from listloop.cli.turn import at_work
from listloop.core.errors import NeedsAttention
from listloop.core.fields import choice_named
from listloop.core.people import SideName
from listloop.core.rules import Direction, LabelRow, Owner, Row, Rules
from listloop.core.side import Label, LabelKind, Schema
from listloop.crm.view import WHOLE
from listloop.store.audit import note
from listloop.store.connections import ConnectionRow, follow_rules, save_rules
from listloop.sync.choices import move_choice, move_listed
from listloop.sync.context import Sync

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
            one.crm.title if one.crm.name.startswith(WHOLE) else f"{one.crm.title} ({one.crm.name})",
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
    crm: Annotated[str, Parameter(help="The CRM's field, list or group; or the parts of an address, with commas.")],
    mailchimp: Annotated[str, Parameter(help="The merge tag, group or tag; for a list its groups, or “tags”.")],
    *,
    direction: Annotated[Literal["both", "to-crm", "to-mailchimp"], Parameter(help="Which way changes go.")] = "both",
    owner: Annotated[Literal["crm", "mailchimp", "ask"], Parameter(help="Who wins when both sides changed.")] = "crm",
    new: Annotated[bool, Parameter(negative=(), help="Make what one side lacks; shown without --yes.")] = False,
    yes: Annotated[bool, Parameter(negative=(), help="With --new: make it.")] = False,
    connection: Named = None,
    database: Database = None,
) -> int:
    """Let a field of the CRM go with a merge field, a group with a tag, or a list with groups."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with at_work(listloop, row.id) as sync:
            there = both(sync, crm)
            made, there = _made(sync, there, crm, mailchimp, yes=yes) if new else (True, there)
            if not made:
                return WAITS
            rules = _mapped(row.rules, there, crm, mailchimp, DIRECTIONS[direction], Owner(owner))
        with listloop.engine.begin() as db:
            save_rules(db, row.id, rules)
            note(db, listloop.now(), me(), f"mapped {crm} with {mailchimp}", connection_id=row.id)
        print_mapping(listloop.connection(str(row.id)))
    out.print("The next plan waits for your yes, since the mapping changed.")
    return OK


def _mapped(rules: Rules, there: Both, crm: str, mailchimp: str, direction: Direction, owner: Owner) -> Rules:
    listed = is_list(there, crm)
    if listed is not None and there.audience.field(mailchimp) is None:
        pairs = list_labels(there, listed, mailchimp)
        missing = [label.title for _, label in pairs if not label.name]
        if missing:
            raise NeedsAttention(
                f"Mailchimp has no {', '.join(missing)}.", "With --new they are made.", code="field-unknown"
            )
        for choice, label in pairs:
            rules = with_row(rules, choice, label, direction, owner)
        return rules
    wanted = whole_of(there.crm, crm) or crm
    first, second = named(there.crm, wanted, "The CRM"), named(there.audience, mailchimp, "The audience")
    return with_row(rules, first, second, direction, owner)


def _made(sync: Sync, there: Both, crm: str, mailchimp: str, *, yes: bool) -> tuple[bool, Both]:
    """Make what is missing, or show what would be made."""
    listed = is_list(there, crm)
    if listed is not None and _is_group(there, mailchimp):
        labels = [label for _, label in list_labels(there, listed, mailchimp) if not label.name]
        ours, theirs = Schema(), Schema(labels=tuple(labels))
    else:
        ours, theirs = to_make(there, whole_of(there.crm, crm) or crm, mailchimp)
    if (ours, theirs) == (Schema(), Schema()):
        return True, there
    if not make(sync, there, ours, theirs, yes=yes):
        return False, there
    return True, both(sync, crm)


def _is_group(there: Both, name: str) -> bool:
    """Is this the name of a category of groups, or “tags”, rather than of a merge field?"""
    groups = {one.title.rpartition(": ")[0] for one in there.audience.labels if one.kind is LabelKind.INTEREST}
    return name.lower() == "tags" or name in groups or there.audience.field(name) is None


@mapping.command
def prepare(
    *,
    yes: Annotated[bool, Parameter(negative=(), help="Make them; without it they are only shown.")] = False,
    connection: Named = None,
    database: Database = None,
) -> int:
    """Make the choices that one side of a mapped list has and the other lacks."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with at_work(listloop, row.id) as sync:
            there = both(sync)
            ours, theirs = missing_choices(row.rules, there)
            if (ours, theirs) == (Schema(), Schema()):
                out.print("Both sides have the same choices; nothing is to be made.")
                return OK
            return OK if make(sync, there, ours, theirs, yes=yes) else WAITS


@mapping.command(name="rename-choice")
def rename_choice(
    field: Annotated[str, Parameter(help="The list: the CRM's field or the merge tag.")],
    old: Annotated[str, Parameter(help="The choice as it is now.")],
    new: Annotated[str, Parameter(help="What it is called from now on; or another choice, to join the two.")],
    *,
    connection: Named = None,
    database: Database = None,
) -> int:
    """Rename a choice of a mapped list on both sides, in the lists and for everybody who has it."""
    return _move(field, old, new, connection, database)


@mapping.command(name="remove-choice")
def remove_choice(
    field: Annotated[str, Parameter(help="The list: the CRM's field or the merge tag.")],
    choice: Annotated[str, Parameter(help="The choice that goes.")],
    *,
    to: Annotated[str, Parameter(help="The choice that its people get instead; without it they get none.")] = "",
    connection: Named = None,
    database: Database = None,
) -> int:
    """Remove a choice of a mapped list on both sides, from the lists and from everybody who has it."""
    return _move(field, choice, to, connection, database)


def _move(field: str, old: str, new: str, connection: str | None, database: str | None) -> int:
    with opened(database) as listloop:
        row = listloop.connection(connection)
        rows = [one for one in row.rules.rows if _names(one, field)]
        with at_work(listloop, row.id) as sync:
            listed = is_list(both(sync), field) if not rows else None
            if len(rows) != 1 and listed is None:
                raise NeedsAttention(
                    f"“{field}” is not mapped.", "“listloop mapping” shows what is.", code="field-unknown"
                )
            if listed is None:
                done = move_choice(sync, rows[0], old, new)
            else:
                done, rules = move_listed(sync, row.rules, listed.name, old, new)
                with listloop.engine.begin() as db:
                    follow_rules(db, row.id, rules)
    for one in done:
        where = "the CRM" if one.side is SideName.CRM else "Mailchimp"
        out.print(f"{people_word(one.people)} moved in {where}." if one.people else f"Nobody had it in {where}.")
        for email, error in one.refused[:10]:
            out.print(f"  {email}: {error}")
    if any(one.refused for one in done):
        out.print("→ The choice stays in its list until nobody has it; say it again once the reasons are mended.")
        return FAILED
    return OK


@mapping.command(name="older-id")
def older_id(
    field: Annotated[str, Parameter(help="The CRM's field with the IDs of an earlier connector, or “none”.")],
    *,
    connection: Named = None,
    database: Database = None,
) -> int:
    """Recognise people by the Mailchimp IDs that an earlier connector kept; its field is read and never written."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with at_work(listloop, row.id) as sync:
            name = "" if field == "none" else found(both(sync).crm.fields, field, "The CRM").name
        if any(one.crm.name == name for one in row.rules.rows):
            raise NeedsAttention(
                f"“{field}” is mapped, and would be written.",
                f"Take it out first: listloop mapping remove {name}",
                code="field-unmappable",
            )
        with listloop.engine.begin() as db:
            save_rules(db, row.id, replace(row.rules, older_id=name))
            note(db, listloop.now(), me(), f"chose the field of older IDs: {name or 'none'}", connection_id=row.id)
    said = f"People are recognised by “{field}”, too, which stays as it is." if name else "No older IDs are looked at."
    out.print(f"{said} The next plan waits for your yes.")
    return OK


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
            note(db, listloop.now(), me(), f"took {field} out of the mapping", connection_id=row.id)
        print_mapping(listloop.connection(str(row.id)))
    return OK


def _names(one: Row | LabelRow, wanted: str) -> bool:
    """Is this row meant, by a name or a title of either side, or by the list that a choice is of?"""
    ends = (one.crm, one.mailchimp)
    of_list = [name for end in ends if isinstance(end, Label) for name in (choice_named(end.name)[0], _list(end.title))]
    return wanted in {*(end.name for end in ends), *(end.title for end in ends), *of_list} - {""}


def _list(title: str) -> str:
    """The list or category in the title of a choice or a group name: “Topics: Wine” is of Topics."""
    return title.rpartition(": ")[0]


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
