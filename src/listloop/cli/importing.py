"""``listloop import``: people, companies, groups and custom fields from a file into the built-in CRM."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter

from listloop.cli.asking import (
    ask_address,
    ask_encoding,
    ask_mapping,
    ask_order,
    conversion_doubt,
    encoding_doubt,
    misfit_doubt,
    somebody_is_there,
)
from listloop.cli.console import FAILED, OK, err, me, out, people_word, print_json, table
from listloop.cli.intake import Intake, Tally, hand
from listloop.cli.options import Database, Json, Text, opened
from listloop.cli.targets import WHY, Target, targets
from listloop.core.errors import NeedsAttention
from listloop.core.side import Schema
from listloop.crm.local import LocalCrm
from listloop.files.contacts import Contacts, open_contacts
from listloop.files.defusing import defuse
from listloop.files.mapping import Given, read_mapping, with_texts
from listloop.wiring import utc_now

_BY_TYPES = "Say which under [types] in a --mapping file: number . or number ,"

_REFUSED = "Their lines are refused."

#: More new fields than this are made by mistake.
MOST_NEW = 200

#: How many refused lines are listed before the rest is left to the file.
_LISTED = 20


def import_people(
    file: Annotated[Path, Parameter(help="CSV or vCards, as Maximizer, Sage CRM, Outlook, Google or HubSpot export.")],
    *,
    yes: Annotated[bool, Parameter(negative=(), help="Write it; without it you see what would be written.")] = False,
    mapping: Annotated[Path | None, Parameter(help="A mapping file; without one the mapping is proposed.")] = None,
    dates: Annotated[
        Literal["dmy", "mdy"] | None, Parameter(help="The order of dates that can be read in two ways.")
    ] = None,
    encoding: Annotated[str | None, Parameter(help="The file's encoding, if it is not found out.")] = None,
    text: Text = None,
    flag: Annotated[
        Literal["yes", "no", "blank"], Parameter(help="“Sync with Mailchimp” of new people, where the file tells none.")
    ] = "blank",
    group: Annotated[str, Parameter(help="A group that everybody in the file is put into.")] = "",
    refused: Annotated[Path | None, Parameter(help="Where refused lines are written, to mend and import.")] = None,
    book: Annotated[str, Parameter(help="Which book of the built-in CRM; empty for the main one.")] = "",
    json: Json = False,
    database: Database = None,
) -> int:
    """Bring people from a file into the built-in CRM. Lines that are refused are told by their numbers, and kept."""
    given = with_texts(read_mapping(mapping) if mapping else Given(), text or [])
    asks = somebody_is_there() and not json
    contacts, given, order = _opened(file, given, dates or "", encoding, asks=asks)
    with opened(database) as listloop, closing(listloop.crm("local", {"book": book})) as crm:
        assert isinstance(crm, LocalCrm)  # noqa: S101 - the adapter of that name
        schema = crm.schema()
        whole = contacts
        contacts, chosen = targets(whole, schema, given, order)
        if asks and not yes and given.fields is None:
            given = _asked(whole, chosen, schema, given)
            contacts, chosen = targets(whole, schema, given, order)
        _refuse_others(contacts, chosen)
        doubtful = _doubtful(contacts, chosen)
        if yes:
            _refuse_doubts(contacts, doubtful)
        intake = Intake(contacts, chosen, crm, hand(me()), {"yes": True, "no": False}.get(flag), group.strip())
        tally = intake.run(utc_now(), write=yes)
    kept = _keep_refused(refused or Path(f"{file.stem}-refused.csv"), contacts, tally) if yes else None
    if json:
        print_json(_as_json(tally, contacts, chosen, kept, written=yes))
    else:
        _show(contacts, chosen, doubtful, tally, written=yes)
        if kept:
            err.print(f"→ The refused lines are in {kept}: mend them there, and import that file.", markup=False)
    return FAILED if yes and tally.refused else OK


def _opened(file: Path, given: Given, order: str, encoding: str | None, *, asks: bool) -> tuple[Contacts, Given, str]:
    """The file, with what somebody at the terminal says of it where it does not tell itself."""
    contacts = open_contacts(file, encoding=encoding, order=order, given=given.roles, lenient=True)
    if not asks:
        return contacts, given, order
    if contacts.rows.source.rivals:
        encoding = ask_encoding(contacts.rows.source)
        contacts = open_contacts(file, encoding=encoding, order=order, given=given.roles, lenient=True)
    if not contacts.roles.email and (column := ask_address(contacts, needed=False)):
        given = msgspec.structs.replace(given, crm=msgspec.structs.replace(given.crm, email=column))
    order = order or ask_order(contacts)
    return open_contacts(file, encoding=encoding, order=order, given=given.roles, lenient=True), given, order


def _asked(contacts: Contacts, chosen: Sequence[Target], book: Schema, given: Given) -> Given:
    """The mapping as somebody at the terminal wants it; a new field is called as its column."""
    names = {one.name: one.title for one in book.fields}
    proposed = {one.column: one.field.title for one in chosen}
    columns = [name for name in contacts.forms if contacts.survey.filled.get(name)]
    titles = list(dict.fromkeys([*names.values(), *proposed.values(), *columns]))
    agreed = ask_mapping(columns, proposed, titles)
    if agreed == proposed:
        return given
    by_title = {title: name for name, title in reversed(names.items())}
    fields = {column: by_title.get(title, title) for column, title in agreed.items()}
    return msgspec.structs.replace(given, fields=fields)


def _refuse_others(contacts: Contacts, chosen: Sequence[Target]) -> None:
    """A file that tells neither addresses nor names is none of people; endless new fields are meant by nobody."""
    title, columns = contacts.rows.source.title, contacts.rows.header
    if not contacts.roles.email and not {one.field.name for one in chosen} & {"last_name", "company"}:
        raise NeedsAttention(
            f"No column of {title} looks like e-mail addresses or names; its columns are: {', '.join(columns[:20])}.",
            "The first line must name the columns. Name those of address and name in a --mapping file if it does.",
            code="columns-wrong",
        )
    new = sum(one.new for one in chosen)
    if new > MOST_NEW:
        raise NeedsAttention(
            f"{title} would make {new:,} new fields in the built-in CRM.",
            f"Name those that you need, at most {MOST_NEW}, under [fields] in a --mapping file.",
            code="columns-wrong",
        )


def _refuse_doubts(contacts: Contacts, doubtful: Sequence[str]) -> None:
    """Nothing is written as long as a guess would decide what."""
    if doubt := encoding_doubt(contacts.rows.source, "--encoding"):
        raise NeedsAttention(doubt.removeprefix("! "), "Nothing was written.", code="encoding-unclear")
    if doubtful:
        raise NeedsAttention(
            f"Some columns can be read in two ways: {', '.join(f'“{name}”' for name in doubtful)}.",
            "Say which with --dates dmy or --dates mdy, or under [types] in a --mapping file. Nothing was written.",
            code="dates-unclear",
        )


def _doubtful(contacts: Contacts, chosen: tuple[Target, ...]) -> list[str]:
    return [one.column for one in chosen if not contacts.forms[one.column].sure]


def _show(contacts: Contacts, chosen: tuple[Target, ...], doubtful: list[str], tally: Tally, *, written: bool) -> None:
    has = contacts.roles
    name = contacts.rows.source.path.name
    out.print(f"{name}: {contacts.title}, {contacts.survey.lines:,} lines, {contacts.rows.told}.", markup=False)
    shown = table("column", "goes to", "type", "for example")
    for column, goes in (
        (has.email, "E-mail"),
        *((one, "further e-mail") for one in has.emails),
        (has.flag, "Sync with Mailchimp"),
        *((one, f"consent: {say}") for one, say in has.consents.items()),
        *((one, "groups") for one in has.groups),
    ):
        if column:
            shown.add_row(column, goes, "", " · ".join(contacts.survey.texts[column][:2])[:40])
    for one in chosen:
        goes = f"new field “{one.field.title}”" if one.new else one.field.title
        form = contacts.forms[one.column]
        shown.add_row(one.column, goes, form.told, " · ".join(contacts.survey.texts[one.column][:2])[:40])
    out.print(shown)
    _show_left_out(contacts, chosen)
    for doubt in _doubts(contacts, chosen, doubtful):
        out.print(doubt, markup=False)
    for line, why in tally.refused[:_LISTED]:
        out.print(f"Line {line.number}: {why}", markup=False)
    if len(tally.refused) > _LISTED:
        out.print(f"… and {len(tally.refused) - _LISTED:,} more lines.")
    done = "" if written else "would be "
    companies = f"{tally.companies:,} {'company' if tally.companies == 1 else 'companies'} without people"
    refused = f"{len(tally.refused):,} {'line' if len(tally.refused) == 1 else 'lines'} refused"
    out.print(
        f"{people_word(tally.new)} {done}new, {tally.changed:,} changed, {tally.same:,} as they were; "
        f"{companies}; {refused}."
    )
    if not written:
        out.print("→ Nothing was written. Do it with --yes.")


def _doubts(contacts: Contacts, chosen: Sequence[Target], doubtful: Sequence[str]) -> Iterator[str]:
    """What could be meant otherwise, or was broken before."""
    source, texts = contacts.rows.source, contacts.survey.texts
    yield from filter(None, (encoding_doubt(source, "--encoding"), conversion_doubt(source.title, texts)))
    for column in doubtful:
        form = contacts.forms[column]
        fix = "Say which with --dates dmy or --dates mdy." if form.order else _BY_TYPES
        yield f"! “{column}” can be read in two ways; proposed: {form.told}. {fix}"
    for one in chosen:
        seen = contacts.survey.forms[one.column]
        if seen.type is contacts.forms[one.column].type and (doubt := misfit_doubt(one.column, seen, _REFUSED)):
            yield doubt


def _show_left_out(contacts: Contacts, chosen: Sequence[Target]) -> None:
    """Columns with something in them that go nowhere, and choices that a field gets."""
    taken = {one.column for one in chosen}
    left = [name for name in contacts.forms if name not in taken and contacts.survey.filled.get(name)]
    if left:
        out.print(f"Left out: {', '.join(left)}. Name them under [fields] in a --mapping file to bring them in.")
    for one in chosen:
        if one.more:
            out.print(f"“{one.field.title}” gets more choices: {', '.join(one.more)}.")


def _keep_refused(path: Path, contacts: Contacts, tally: Tally) -> Path | None:
    """Write the refused lines under the header of their file, the reason first: cells too many stay at the end."""
    if not tally.refused:
        return None
    skip = contacts.rows.header.index(WHY) if WHY in contacts.rows.header else -1
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([WHY, *(name for name in contacts.rows.header if name != WHY)])
            for line, why in tally.refused:
                kept = [cell for place, cell in enumerate(line.cells) if place != skip]
                writer.writerow([defuse(cell) for cell in (f"line {line.number}: {why}", *kept)])
    except OSError as error:
        raise NeedsAttention(
            f"The refused lines can't be kept in {path}: {error.strerror}. The others were imported.",
            "Name a place with --refused and import the file again: who is there already is not doubled.",
            code="file-unwritable",
        ) from None
    return path


def _as_json(
    tally: Tally, contacts: Contacts, chosen: tuple[Target, ...], kept: Path | None, *, written: bool
) -> dict[str, object]:
    return {
        "written": written,
        "lines": contacts.survey.lines,
        "new": tally.new,
        "changed": tally.changed,
        "same": tally.same,
        "companies": tally.companies,
        "refused": [{"line": line.number, "why": why} for line, why in tally.refused],
        "refused_file": str(kept) if kept else None,
        "mapping": [
            {
                "column": one.column,
                "field": one.field.name,
                "new": one.new,
                "type": contacts.forms[one.column].type,
                "order": contacts.forms[one.column].order or None,
                "sure": contacts.forms[one.column].sure,
            }
            for one in chosen
        ],
    }
