"""``listloop people``: look at a person, and say who of the built-in CRM takes part."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter

from listloop.cli.console import OK, out, people_word, print_json, table
from listloop.cli.options import Database, Json, Named, opened
from listloop.core.errors import NeedsAttention
from listloop.core.mapping import agree
from listloop.core.people import address_key
from listloop.core.rules import Rules
from listloop.crm.local import LocalCrm
from listloop.crm.local.book import Book
from listloop.store.database import reading
from listloop.store.people import PersonRow, by_address

people = App(name="people", help="Look at people, and say who takes part.", result_action="return_value")


@people.command
def show(email: str, *, connection: Named = None, json: Json = False, database: Database = None) -> int:
    """Show a person: both sides next to each other, the standing, and why."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with reading(listloop.engine).begin() as db:
            found = by_address(db, row.id, address_key(email))
    if not found:
        raise NeedsAttention(
            f"Nobody has the address {email}.", "Check the spelling, or run “listloop sync” first.", code="nobody"
        )
    if json:
        print_json([_entry(one, row.rules) for one in found])
        return OK
    for one in found:
        _print(one, row.rules)
    return OK


def _entry(person: PersonRow, rules: Rules) -> dict[str, object]:
    return {
        "standing": person.standing,
        "rule": person.rule or None,
        "reason": person.reason or None,
        "crm": person.crm,
        "mailchimp": person.mailchimp,
        "linked_by": person.linked_by or None,
        "fields": [
            {"crm": row.crm.name, "mailchimp": row.mailchimp.name, "agrees": _agrees(person, row.crm.name, rules)}
            for row in rules.rows
        ],
    }


def _agrees(person: PersonRow, name: str, rules: Rules) -> bool | None:
    row = next(one for one in rules.rows if one.crm.name == name)
    if person.crm is None or person.mailchimp is None:
        return None
    here, there = person.crm.person.fields.get(row.crm.name), person.mailchimp.person.fields.get(row.mailchimp.name)
    return None if here is None or there is None else agree(row, here, there)


def _print(person: PersonRow, rules: Rules) -> None:
    record = person.crm or person.mailchimp
    if record is None:
        return
    out.print(f"{record.name or record.email} — {person.standing.replace('_', ' ')}", style="bold")
    if person.reason:
        out.print(f"  {person.reason}")
    shown = table("field", "CRM", "Mailchimp", "")
    sides = (person.crm, person.mailchimp)
    shown.add_row("E-mail", *(one.email if one else "" for one in sides), "")
    shown.add_row("May we mail?", *(str(one.person.consent) if one else "" for one in sides), "")
    flags = {True: "Yes", False: "No", None: "not set"}
    active = "active" if person.mailchimp and person.mailchimp.takes_part is not False else "archived"
    shown.add_row(
        "Takes part", flags[person.crm.takes_part] if person.crm else "", active if person.mailchimp else "", ""
    )
    for row in rules.rows:
        state = {True: "agrees", False: "differs", None: ""}[_agrees(person, row.crm.name, rules)]
        shown.add_row(
            row.crm.title,
            person.crm.person.fields.get(row.crm.name, "") if person.crm else "",
            person.mailchimp.person.fields.get(row.mailchimp.name, "") if person.mailchimp else "",
            state,
        )
    out.print(shown)


@people.command
def flag(
    value: Annotated[Literal["yes", "no"], Parameter(help="Sync with Mailchimp: yes or no.")],
    *,
    group: Annotated[str | None, Parameter(help="Everybody in this group.")] = None,
    where: Annotated[
        list[str] | None, Parameter(help="Everybody whose FIELD=VALUE; several must all hold.", negative=())
    ] = None,
    all: Annotated[bool, Parameter(negative=(), help="Everybody.")] = False,  # noqa: A002 - the option's name
    email: Annotated[str | None, Parameter(help="The people with this address.")] = None,
    json: Json = False,
    connection: Named = None,
    database: Database = None,
) -> int:
    """Set *Sync with Mailchimp* for a group, for people whose field has a value, for one address, or for all."""
    if not (group or where or all or email):
        raise CycloptsError(msg="Say whose: give --group, --where, --email or --all.")
    with opened(database) as listloop:
        row = listloop.connection(connection)
        crm = listloop.crm(row.crm, row.crm_settings)
        if not isinstance(crm, LocalCrm):
            raise NeedsAttention(
                "Only people of the built-in CRM can be flagged here.", "Set the field in your CRM.", code="not-local"
            )
        book = Book(crm.place)
        conditions = dict(_condition(one) for one in where or [])
        keys = [one.key for one in crm.find([email])] if email else None
        chosen = next((one.key for one in crm.groups() if group in (one.title, one.key)), None) if group else None
        if group and chosen is None:
            names = ", ".join(f"“{one.title}”" for one in crm.groups()) or "none"
            raise NeedsAttention(f"There is no group “{group}”.", f"There are: {names}.", code="no-group")
        changed = book.flag(value == "yes", keys=keys, group=chosen, where=conditions, everybody=all)
    if json:
        print_json({"changed": changed})
    else:
        out.print(
            f"Sync with Mailchimp set to {value.capitalize()} for {people_word(changed)}; the next run does the rest."
        )
    return OK


def _condition(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise NeedsAttention(
            f"“{text}” is no condition.", "Write FIELD=VALUE, for example city=Berlin.", code="condition"
        )
    return name.strip(), value.strip()
