"""``listloop export``: both sides of a connection, or a book of the built-in CRM alone, as files."""

from __future__ import annotations

import csv
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from listloop.cli.console import OK, err
from listloop.cli.options import Database, Json, Named, opened
from listloop.core.errors import NeedsAttention
from listloop.core.people import Record
from listloop.core.side import Side
from listloop.files.sheets import cells, everybody, header


def export(
    *,
    folder: Annotated[Path, Parameter(help="Where the files are written: crm.csv and audience.csv.")] = Path(),
    crm_only: Annotated[bool, Parameter(negative=(), help="Only the built-in CRM; needs no connection.")] = False,
    book: Annotated[str, Parameter(help="With --crm-only: which book; empty for the main one.")] = "",
    force: Annotated[bool, Parameter(negative=(), help="Write over files that are there.")] = False,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Write both sides as CSV files that spreadsheets open safely, or with --json as one object on standard output."""
    with opened(database) as listloop, ExitStack() as stack:
        if crm_only:
            crm = stack.enter_context(closing(listloop.crm("local", {"book": book})))
            sides: dict[str, Side] = {"crm": crm}
        else:
            sync = stack.enter_context(listloop.sync(listloop.connection(connection).id))
            sides = {"crm": sync.crm, "audience": sync.audience}
        if json:
            _print_json(sides)
            return OK
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NeedsAttention(
                f"The folder {folder} can't be made: {error.strerror}.",
                "Name another --folder.",
                code="file-unwritable",
            ) from None
        for name, side in sides.items():
            path = folder / f"{name}.csv"
            count = _write(path, side, force=force)
            err.print(f"{count:,} people are in {path}.", markup=False)
    return OK


def _write(path: Path, side: Side, *, force: bool) -> int:
    schema = side.schema()
    count = 0
    try:
        with path.open("w" if force else "x", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header(schema))
            for count, record in enumerate(everybody(side), 1):  # noqa: B007 - the last number is the count
                writer.writerow(cells(record, schema))
    except FileExistsError:
        raise NeedsAttention(
            f"{path} is there already.", "Name another --folder, or write over it with --force.", code="file-exists"
        ) from None
    except OSError as error:
        raise NeedsAttention(
            f"{path} can't be written: {error.strerror}.", "Name another --folder.", code="file-unwritable"
        ) from None
    return count


def _print_json(sides: dict[str, Side]) -> None:
    write = sys.stdout.write
    write("{")
    for place, (name, side) in enumerate(sides.items()):
        write(("," if place else "") + f'"{name}":[')
        for number, record in enumerate(everybody(side)):
            write(("," if number else "") + msgspec.json.encode(_plain(record)).decode())
        write("]")
    write("}\n")


def _plain(record: Record) -> dict[str, Any]:
    person = record.person
    return {
        "key": record.key,
        "email": person.email,
        "fields": dict(person.fields),
        "labels": sorted(person.labels),
        "consent": person.consent,
        "takes_part": record.takes_part,
        "mailchimp_id": record.mailchimp_id,
        "kind": record.kind,
        "created": record.created,
        "changed": record.changed,
    }
