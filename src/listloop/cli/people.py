"""``listloop people``: look at a person, and say who of the built-in CRM takes part."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter

from listloop.cli.console import OK, me, out, people_word, print_json, table
from listloop.cli.options import Database, Json, Named, opened
from listloop.core.addresses import in_a_line
from listloop.core.errors import NeedsAttention
from listloop.core.mapping import agree
from listloop.core.people import address_key
from listloop.core.rules import Rules
from listloop.crm.local import LocalCrm
from listloop.crm.local.book import Book
from listloop.store.connections import ConnectionRow
from listloop.store.database import reading
from listloop.store.people import PersonRow, by_address
from listloop.wiring import Listloop

people = App(name="people", help="Look at people, and say who takes part.", result_action="return_value")


@people.command
def show(
    email: Annotated[str, Parameter(help="Whose address.")],
    *,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
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
            in_a_line(person.crm.person.fields.get(row.crm.name, "")) if person.crm else "",
            in_a_line(person.mailchimp.person.fields.get(row.mailchimp.name, "")) if person.mailchimp else "",
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
        with closing(_built_in(listloop, row)) as crm:
            book = Book(crm.place)
            conditions = _values(book, where)
            keys = [one.key for one in crm.find([email])] if email else None
            chosen = _group(book, group) if group else None
            changed = book.flag(value == "yes", keys=keys, group=chosen, where=conditions, everybody=all)
    if json:
        print_json({"changed": changed})
    else:
        out.print(
            f"Sync with Mailchimp set to {value.capitalize()} for {people_word(changed)}; the next run does the rest."
        )
    return OK


@people.command
def add(
    email: Annotated[str, Parameter(help="The person's address.")],
    *,
    set: Annotated[  # noqa: A002 - the option's name
        list[str] | None, Parameter(help="A field, as FIELD=VALUE; “listloop mapping fields” lists them.", negative=())
    ] = None,
    group: Annotated[list[str] | None, Parameter(help="A group to put the person into.", negative=())] = None,
    connection: Named = None,
    database: Database = None,
) -> int:
    """Add a person to the built-in CRM, who takes part from the next run on."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with closing(_built_in(listloop, row)) as crm:
            book = Book(crm.place, me())
            fields = _values(book, set)
            groups = [_group(book, one) for one in group or []]
            if any(crm.find([email])):
                raise NeedsAttention(
                    f"{email} is in the built-in CRM already.",
                    "Edit the person on the pages instead.",
                    code="address-taken",
                )
            book.add_person(fields, email, takes_part=True, groups=groups)
    out.print(f"{email} is in the built-in CRM; the next run does the rest.")
    return OK


def _built_in(listloop: Listloop, row: ConnectionRow) -> LocalCrm:
    crm = listloop.crm_of(row)
    if not isinstance(crm, LocalCrm):
        raise NeedsAttention(
            "Only people of the built-in CRM can be changed here.", "Do it in your CRM.", code="not-local"
        )
    return crm


def _group(book: Book, named: str) -> str:
    """The key of the group with that title or key. Raises NeedsAttention."""
    there = book.groups()
    found = next((one.key for one in there if named in (one.title, one.key)), None)
    if found is None:
        names = ", ".join(f"“{one.title}”" for one in there) or "none"
        raise NeedsAttention(f"There is no group “{named}”.", f"There are: {names}.", code="no-group")
    return found


def _values(book: Book, given: list[str] | None) -> dict[str, str]:
    """FIELD=VALUE, each. Raises NeedsAttention for another form, or a field that the book hasn't got."""
    values: dict[str, str] = {}
    for text in given or []:
        name, equals, value = text.partition("=")
        if not equals:
            raise NeedsAttention(
                f"“{text}” is not of the form FIELD=VALUE.", "Write it so, for example: city=Berlin.", code="condition"
            )
        values[name.strip()] = value.strip()
    known = [one.name for one in book.fields()]
    for name in values:
        if name not in known:
            raise NeedsAttention(
                f"The built-in CRM has no field “{name}”.", f"It has: {', '.join(known)}.", code="field-unknown"
            )
    return values
