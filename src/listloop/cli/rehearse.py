"""``listloop rehearse``: what a first sync would do, from an export of each side and without touching anything."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter
from sqlalchemy import Engine

from listloop.cli.asking import ask_address, ask_encoding, ask_mapping, ask_order, somebody_is_there
from listloop.cli.connect import ANSWERS
from listloop.cli.console import OK, err, out, print_plan, progress_bar, standings_line
from listloop.cli.options import Json, Text
from listloop.cli.plan import plan_people, print_plan_people, rehearsed
from listloop.cli.proposal import Misread, doubts, print_proposal
from listloop.cli.report import write_csv, write_html
from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent
from listloop.core.rules import Rules
from listloop.files.contacts import Contacts, open_contacts
from listloop.files.mapping import Agreed, Given, agree, mapping_text, read_mapping, with_texts
from listloop.files.members import Members, id_column, open_members
from listloop.files.sides import FileSide
from listloop.files.words import Meaning, Roles
from listloop.store.connections import add_connection
from listloop.store.database import reading
from listloop.store.listing import alike
from listloop.store.runs import RunRow
from listloop.store.throwaway import open_throwaway
from listloop.sync.context import Sync
from listloop.sync.run import run_once
from listloop.wiring import utc_now


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A plan over files, in a database that goes away with it."""

    engine: Engine
    connection_id: int
    run: RunRow


def rehearse(
    *,
    crm: Annotated[Path, Parameter(help="The CRM's export: CSV, or vCards.")],
    audience: Annotated[Path, Parameter(help="Mailchimp's audience export: the zip, or one CSV of it.")],
    mapping: Annotated[Path | None, Parameter(help="A mapping file; without one the mapping is proposed.")] = None,
    save_mapping: Annotated[Path | None, Parameter(help="Write the mapping to a file, to change it there.")] = None,
    consent: Annotated[
        Literal["agreed", "ask", "keep"],
        Parameter(help="What is true of CRM people whose consent the file does not tell."),
    ] = "keep",
    dates: Annotated[
        Literal["dmy", "mdy"] | None, Parameter(help="The order of dates that can be read in two ways.")
    ] = None,
    encoding: Annotated[str | None, Parameter(help="The encoding of the CRM's file, if it is not found out.")] = None,
    audience_encoding: Annotated[
        str | None, Parameter(help="The encoding of Mailchimp's file, if it is not found out.")
    ] = None,
    text: Text = None,
    people: Annotated[int, Parameter(help="How many people to list with their changes.")] = 10,
    csv: Annotated[Path | None, Parameter(help="Write everybody's changes as CSV.")] = None,
    html: Annotated[Path | None, Parameter(help="Write the whole rehearsal as a page.")] = None,
    json: Json = False,
) -> int:
    """Show what a first sync would do to both sides, from two exports. Nothing is touched, and no account is needed."""
    given = with_texts(read_mapping(mapping) if mapping else Given(), text or [])
    asks = somebody_is_there() and not json
    agreed = open_both(crm, audience, given, dates or "", (encoding, audience_encoding), asks=asks)
    print_proposal(agreed, to=err if json else out)
    if save_mapping:
        save_mapping.write_text(mapping_text(agreed), "utf-8")
        err.print(f"The mapping is in {save_mapping}.", markup=False)
    misread = Misread()
    with rehearsing(agreed, ANSWERS[consent], misread) as plan:
        misread.show(err if json else out)
        if csv:
            write_csv(csv, plan.engine, plan.connection_id, plan.run.id)
        if html:
            doubtful = [one.removeprefix("! ") for one in doubts(agreed)]
            write_html(html, plan.engine, plan.connection_id, plan.run, agreed, doubtful + misread.some)
        if json:
            plan_people(plan.engine, plan.connection_id, plan.run.id, rehearsal=True)
        else:
            print_plan(plan.run.counts, "What a first sync would do")
            print_plan_people(plan.engine, plan.connection_id, plan.run.id, people)
            with reading(plan.engine).begin() as db:
                out.print("\nAfter it: " + standings_line(rehearsed(db, plan.connection_id, plan.run.id)))
            out.print("Nothing was written anywhere; both files are as they were.")
    return OK


def open_both(
    crm: Path,
    audience: Path,
    given: Given,
    order: str,
    encodings: tuple[str | None, str | None] = (None, None),
    *,
    asks: bool = False,
) -> Agreed:
    """Both files with a mapping of the two. ``asks`` where somebody is there to answer."""
    contacts = _open_crm(crm, given, order, encodings[0], asks=asks)
    members = open_members(audience, encoding=encodings[1], order=order, email=given.audience.email)
    doubtful = next((part.table.source for part in members.parts if part.table.source.rivals), None)
    if asks and doubtful:
        members = open_members(audience, encoding=ask_encoding(doubtful), order=order, email=given.audience.email)
    contacts, members = _with_ids(contacts, members)
    agreed = agree(contacts, members, given)
    if not asks or given.fields is not None:
        return agreed
    pairs = {row.crm.name: row.mailchimp.name for row in agreed.rows}
    filled = [name for name in contacts.forms if contacts.survey.filled.get(name) or name in pairs]
    chosen = ask_mapping(filled, pairs, list(members.forms))
    return agreed if chosen == pairs else agree(contacts, members, msgspec.structs.replace(given, fields=chosen))


def _open_crm(crm: Path, given: Given, order: str, encoding: str | None, *, asks: bool) -> Contacts:
    contacts = open_contacts(crm, encoding=encoding, order=order, given=given.roles)
    if asks and contacts.rows.source.rivals:
        encoding = ask_encoding(contacts.rows.source)
        contacts = open_contacts(crm, encoding=encoding, order=order, given=given.roles)
    roles = given.roles
    if not contacts.roles.email:
        column = ask_address(contacts) if asks else ""
        if not column:
            raise NeedsAttention(
                f"No column of {crm.name} looks like an e-mail address; its columns are: "
                f"{', '.join(contacts.rows.header)}.",
                "Give the CRM's export, or name the column under [crm] in a --mapping file.",
                code="columns-wrong",
            )
        roles = replace(roles, email=column)
        contacts = open_contacts(crm, encoding=encoding, order=order, given=roles)
    told = ask_order(contacts) if asks and not order else ""
    return open_contacts(crm, encoding=encoding, order=told, given=roles) if told else contacts


def _with_ids(contacts: Contacts, members: Members) -> tuple[Contacts, Members]:
    """Let stored IDs match where the export tells IDs of that kind; else nobody has one."""
    if not contacts.roles.mailchimp_id:
        return contacts, members
    stored = id_column(contacts.survey.texts[contacts.roles.mailchimp_id])
    if stored and any(stored in part.table.header for part in members.parts):
        return contacts, replace(members, id_column=stored)
    return replace(contacts, roles=_without_ids(contacts.roles)), members


def _without_ids(roles: Roles) -> Roles:
    return replace(roles, mailchimp_id="")


@contextmanager
def rehearsing(agreed: Agreed, consent: Consent, misread: Misread) -> Iterator[Rehearsal]:
    """Plan a first sync over the files by the planner of every run, on a database that is thrown away at the end."""
    contacts, members = agreed.contacts, agreed.members
    fields = {row.crm.name for row in agreed.rows}, {row.mailchimp.name for row in agreed.rows}
    crm = FileSide(
        contacts.rows.source.path.name,
        contacts.can,
        contacts.schema(),
        partial(contacts.records, fields[0], misread),
        contacts.survey.lines,
    )
    side = FileSide(
        members.parts[0].table.source.path.name,
        members.can,
        members.schema(),
        partial(members.records, fields[1], misread),
        members.survey.lines,
    )
    needed = contacts.program is not None and contacts.program.needs_last
    rules = Rules(
        rows=agreed.rows,
        labels=agreed.labels,
        unknown_consent=consent,
        last_name=contacts.column(Meaning.LAST) if needed else "",
    )
    with tempfile.TemporaryDirectory(prefix="listloop-rehearsal-") as folder:
        engine = open_throwaway(Path(folder) / "rehearsal.sqlite")
        try:
            with engine.begin() as db:
                made = add_connection(
                    db, name="Rehearsal", crm="files", crm_settings={}, audience="", rules=rules, now=utc_now()
                )
            with progress_bar() as progress:
                sync = Sync(engine, made, crm, side, rules, now=utc_now, progress=progress, chunk=4000)
                planned = run_once(sync, "rehearsal", hold=True)
            with reading(engine).begin() as db:
                counts = {**planned.counts, "alike": alike(db, made, planned.id)}
            yield Rehearsal(engine, made, replace(planned, counts=counts))
        finally:
            engine.dispose()
