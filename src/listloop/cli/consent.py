"""``listloop consent``: the answers about consent, and the ledger of who said yes and no."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from listloop.cli.connect import ANSWERS
from listloop.cli.console import OK, err, me, out, print_json, table
from listloop.cli.options import Database, Json, Named, opened
from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent
from listloop.core.rules import Rules
from listloop.files.defusing import defuse
from listloop.store.audit import note
from listloop.store.connections import ConnectionRow, save_rules
from listloop.store.database import reading
from listloop.store.ledger import COLUMNS, Line, consent_ledger
from listloop.wiring import Listloop

consent = App(
    name="consent", help="Say what is true of consent, and write who said what.", result_action="return_value"
)

#: What each answer says, for people.
WORDS = {
    Consent.SUBSCRIBED: "they agreed: they become subscribed",
    Consent.PENDING: "ask them: each gets one confirmation mail",
    Consent.UNKNOWN: "keep without mailing: they become non-subscribed members",
}


@consent.default
def show(*, connection: Named = None, json: Json = False, database: Database = None) -> int:
    """Show the answers about consent that a connection goes by."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        others = listloop.same_account(row)
    if json:
        rules = row.rules
        names = [one.name for one in others]
        print_json({"unknown": rules.unknown_consent, "everywhere": rules.everywhere, "same_account": names})
        return OK
    out.print(f"People whose consent the CRM does not know: {WORDS[row.rules.unknown_consent]}.")
    said = "counts here too" if row.rules.everywhere else "does not count here"
    out.print(f"An opt-out in another connected audience of the account {said}.")
    if row.rules.everywhere:
        out.print(
            f"Other audiences of this account: {', '.join(one.name for one in others) or 'none is connected yet'}."
        )
    return OK


@consent.command
def answer(
    unknown: Annotated[
        Literal["agreed", "ask", "keep"],
        Parameter(help="What is true of CRM people whose consent is not known."),
    ],
    *,
    connection: Named = None,
    database: Database = None,
) -> int:
    """Say anew what is true of CRM people whose consent is not known; it holds for those who are not members yet."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        _save(listloop, row, replace(row.rules, unknown_consent=ANSWERS[unknown]), f"answered about consent: {unknown}")
    out.print(f"From now on: {WORDS[ANSWERS[unknown]]}. The next plan waits for your yes.")
    return OK


@consent.command
def everywhere(
    value: Annotated[Literal["yes", "no"], Parameter(help="Whether it counts here.")],
    *,
    connection: Named = None,
    database: Database = None,
) -> int:
    """Let an opt-out in the account's other connected audiences count in this one; each connection says so itself."""
    with opened(database) as listloop:
        for one in listloop.connections():
            listloop.know_account(one)
        row = listloop.connection(connection)
        _save(
            listloop, row, replace(row.rules, everywhere=value == "yes"), f"opt-outs of other audiences count: {value}"
        )
        others = listloop.same_account(row)
    if value == "no":
        out.print("Opt-outs of other audiences do not count here from now on; those that were taken over stay.")
        return OK
    names = ", ".join(f"“{one.name}”" for one in others)
    out.print(
        f"Opt-outs in {names} count here too." if names else "No other audience of this account is connected yet."
    )
    out.print("The next plan waits for your yes. Say the same for the other connections, if it shall hold both ways.")
    return OK


@consent.command
def export(
    file: Annotated[Path, Parameter(help="A CSV file that a spreadsheet opens safely.")] = Path("consent.csv"),
    *,
    all: Annotated[bool, Parameter(negative=(), help="Of all connections.")] = False,  # noqa: A002 - the option's name
    force: Annotated[bool, Parameter(negative=(), help="Write over a file that is there.")] = False,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Write every no, yes and lifting: who said it, when, where, and why it was taken for one."""
    with opened(database) as listloop:
        wanted = None if all else listloop.connection(connection).id
        with reading(listloop.engine).begin() as db:
            lines = consent_ledger(db, wanted)
    if json:
        print_json([asdict(one) for one in lines])
        return OK
    _write(file, lines, force=force)
    counted = table("#", "", title=f"{file}")
    for what in ("no", "lifted", "yes", "asked"):
        counted.add_row(f"{sum(one.what == what for one in lines):,}", what)
    err.print(counted)
    return OK


def _write(path: Path, lines: Sequence[Line], *, force: bool) -> None:
    try:
        with path.open("w" if force else "x", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for one in lines:
                writer.writerow([defuse(cell) for cell in one.cells])
    except FileExistsError:
        raise NeedsAttention(
            f"{path} is there already.", "Name another file, or say --force to write over it.", code="file-exists"
        ) from None
    except OSError as error:
        raise NeedsAttention(
            f"{path} can't be written: {error.strerror}.", "Name another file.", code="file-unwritable"
        ) from None


def _save(listloop: Listloop, row: ConnectionRow, rules: Rules, what: str) -> None:
    with listloop.engine.begin() as db:
        save_rules(db, row.id, rules)
        note(db, listloop.now(), me(), what, connection_id=row.id)
