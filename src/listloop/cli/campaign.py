"""``listloop campaign``: write, test, schedule, send, cancel and follow up a campaign."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from cyclopts import App, Parameter
from sqlalchemy import Connection

from listloop.campaigns import recipients, sending
from listloop.campaigns.templates import BUILT_IN
from listloop.campaigns.writing import Way, begin, from_kept, new_body
from listloop.cli.console import FAILED, OK, err, me, out, people_word, print_json, table
from listloop.cli.groups import WHY
from listloop.cli.options import Database, Json, Named, opened
from listloop.cli.results import results
from listloop.cli.turn import at_work
from listloop.core.errors import NeedsAttention
from listloop.core.sending import Finding, State
from listloop.store import audit, mailings
from listloop.store.database import reading
from listloop.store.mail_templates import keep_template, kept_templates
from listloop.store.mailings import Body, Mailing
from listloop.sync import sources
from listloop.sync.context import Sync
from listloop.sync.sources import Kind
from listloop.wiring import Listloop

campaign = App(
    name="campaign", help="Write, test, schedule, send, cancel and follow up a campaign.", result_action="return_value"
)

Number = Annotated[int, Parameter(help="Its number: “listloop campaign list” shows it.")]

MARKS = {"good": "✓", "hint": "!", "stop": "✗"}


@campaign.command(name="list")
def listed(*, connection: Named = None, json: Json = False, database: Database = None) -> int:
    """List the campaigns that were written here, newest first."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with reading(listloop.engine).begin() as db:
            found = mailings.all_mailings(db, row.id)
    if json:
        print_json([entry(one) for one in found])
        return OK
    if not found:
        out.print("No campaign was written here yet.\n→ Begin one with “listloop campaign create NAME”.")
        return OK
    shown = table("#", "campaign", "to", "state", "when (UTC)", "")
    for one in found:
        when = f"{one.at:%Y-%m-%d %H:%M}" if one.at else ""
        shown.add_row(str(one.id), one.name, one.source_title or "the whole audience", one.state, when, _remark(one))
    out.print(shown)
    return OK


def entry(one: Mailing) -> dict[str, object]:
    """A campaign for scripts, without its content."""
    return {name: value for name, value in asdict(one).items() if name not in ("design", "html", "plain", "put", "act")}


def _remark(one: Mailing) -> str:
    if one.act:
        return "Mailchimp has not answered yet; “listloop campaign report” asks again"
    return f"changed in Mailchimp: {one.changed}" if one.changed else one.note


@campaign.command
def create(
    name: Annotated[str, Parameter(help="What you call it.")],
    *,
    subject: Annotated[str, Parameter(help="Its subject; merge tags such as *|FNAME|* may be in it.")] = "",
    preview: Annotated[str, Parameter(help="The line that mail programs show beside the subject.")] = "",
    to: Annotated[Kind, Parameter(help="What its recipients are.")] = Kind.AUDIENCE,
    of: Annotated[str, Parameter(help="The name of the group, tag or segment; of responses: what they did.")] = "",
    template: Annotated[
        str, Parameter(help=f"Begin with one of ours ({', '.join(BUILT_IN)}) or of your own.")
    ] = "letter",
    html: Annotated[Path | None, Parameter(help="A file with its HTML, in place of a template.")] = None,
    design: Annotated[Path | None, Parameter(help="A file with its design in MJML, in place of a template.")] = None,
    text: Annotated[Path | None, Parameter(help="A file with its plain-text part; else it is made.")] = None,
    from_name: Annotated[str, Parameter(help="The sender; else the audience's.")] = "",
    reply_to: Annotated[str, Parameter(help="Where answers go; else to the audience's address.")] = "",
    silent: Annotated[bool, Parameter(negative=(), help="Write nothing of it into the CRM.")] = False,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Write a campaign, bring it to Mailchimp as a draft, and show who will get it and the checklist."""
    plain = text.read_text("utf-8") if text else ""
    if html is not None:
        body = new_body(Way.HTML, html.read_text("utf-8"), plain)
    elif design is not None:
        body = new_body(Way.DESIGN, design.read_text("utf-8"), plain)
    else:
        body = None
    said = {"subject": subject, "preview": preview, "from_name": from_name, "reply_to": reply_to}
    with opened(database) as listloop, _at(listloop, connection) as sync:
        if body is None:
            body = _template(listloop, template, plain)
        made = begin(sync, name, sources.source(sync, to, of), body, said, me(), tells=not silent)
        with listloop.engine.begin() as db:
            _note(db, listloop, sync, f"wrote the campaign {name}")
        return _show_ready(sync, made, json=json)


def _template(listloop: Listloop, named: str, plain: str) -> Body:
    with reading(listloop.engine).begin() as db:
        if named in {one.name for one in kept_templates(db)}:
            return from_kept(db, named, plain)
    return new_body(Way.TEMPLATE, named, plain)


@campaign.command
def keep(
    number: Number,
    name: Annotated[str, Parameter(help="What the template is called; it takes the place of one of that name.")],
    *,
    database: Database = None,
) -> int:
    """Keep the content of a campaign as a template for others."""
    with opened(database) as listloop, listloop.engine.begin() as db:
        keep_template(db, name, mailings.mailing(db, number).body, me(), listloop.now())
    out.print(f"Kept. “listloop campaign create NAME --template '{name}'” begins with it.", markup=False)
    return OK


@campaign.command
def check(
    number: Number,
    *,
    overwrite: Annotated[
        bool, Parameter(negative=(), help="Overwrite what somebody changed in Mailchimp with what is written here.")
    ] = False,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Show who will get a campaign, who will not and why, and the checklist."""
    with opened(database) as listloop, _at(listloop, connection, number) as sync:
        return _show_ready(sync, number, overwrite=overwrite, json=json)


def _show_ready(sync: Sync, number: int, *, overwrite: bool = False, json: bool) -> int:
    ready = sending.prepare(sync, number, overwrite=overwrite)
    said = recipients.reach(sync, ready.mailing)
    if json:
        found = [asdict(one) for one in ready.findings]
        print_json({**entry(ready.mailing), "will": said.will, "will_not": said.not_, "checklist": found})
        return OK if ready.good else FAILED
    out.print(f"{ready.mailing.id}: {ready.mailing.name}", style="bold", markup=False)
    out.print(f"{people_word(said.will)} will get it.")
    for why, people in said.not_.items():
        out.print(f"  {people_word(people)} will not: {WHY.get(why, why)}.")
    for one in ready.findings:
        out.print(_line(one), markup=False)
    if ready.good:
        out.print(f"→ Try it with “listloop campaign test {number} ADDRESS”, then “listloop campaign send {number}”.")
    return OK if ready.good else FAILED


def _line(one: Finding) -> str:
    return f"{MARKS[one.level]} {one.what}: {one.text}"


@campaign.command(name="test")
def try_out(
    number: Number,
    addresses: Annotated[list[str], Parameter(help="Up to ten addresses.")],
    *,
    plain: Annotated[bool, Parameter(negative=(), help="Send the plain-text part.")] = False,
    connection: Named = None,
    database: Database = None,
) -> int:
    """Send a campaign to some addresses as a test."""
    with opened(database) as listloop, _at(listloop, connection, number) as sync:
        sending.send_test(sync, number, addresses, plain=plain)
    out.print(f"The test is on its way to {', '.join(addresses)}.")
    return OK


@campaign.command
def send(number: Number, *, connection: Named = None, json: Json = False, database: Database = None) -> int:
    """Send a campaign now. Said twice, it is sent once."""
    with opened(database) as listloop, _at(listloop, connection, number) as sync:
        with listloop.engine.begin() as db:
            _note(db, listloop, sync, f"sent campaign {number}")
        return _told(sending.send(sync, number), json=json)


@campaign.command
def schedule(
    number: Number,
    at: Annotated[str, Parameter(help="When, at a quarter hour: “2027-03-01 09:15”.")],
    *,
    zone: Annotated[str, Parameter(help="The time zone of that time, such as Europe/Berlin.")] = "UTC",
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Have a campaign sent at a quarter hour."""
    moment = read_time(at, zone)
    with opened(database) as listloop, _at(listloop, connection, number) as sync:
        with listloop.engine.begin() as db:
            _note(db, listloop, sync, f"scheduled campaign {number} for {moment:%Y-%m-%d %H:%M} UTC")
        return _told(sending.set_time(sync, number, moment), json=json)


def read_time(at: str, zone: str) -> datetime:
    """A moment in UTC. Raises NeedsAttention for what is none."""
    try:
        said = datetime.fromisoformat(at)
        return (said if said.tzinfo else said.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, KeyError, OSError):
        raise NeedsAttention(
            f"“{at}” in the time zone “{zone}” is no moment.",
            "Write it like “2027-03-01 09:15” with --zone Europe/Berlin.",
            code="no-quarter",
        ) from None


@campaign.command
def cancel(number: Number, *, connection: Named = None, json: Json = False, database: Database = None) -> int:
    """Take back a schedule, or stop a sending; who has got the mail has got it."""
    with opened(database) as listloop, _at(listloop, connection, number) as sync:
        with listloop.engine.begin() as db:
            _note(db, listloop, sync, f"cancelled campaign {number}")
        return _told(sending.cancel(sync, number), json=json)


@campaign.command
def report(number: Number, *, connection: Named = None, json: Json = False, database: Database = None) -> int:
    """Ask Mailchimp how a campaign stands, and show what came of it as far as it was read."""
    with opened(database) as listloop, _at(listloop, connection, number) as sync:
        one = sending.look(sync, number)
    code = _told(one, json=json)
    if one.state is not State.SENT or json:
        return code
    try:
        results([one.key, *(["--connection", connection] if connection else []), *_same(database)])
    except NeedsAttention:
        out.print("→ What came of it is read with “listloop results read”.")
    return code


def _same(database: str | None) -> list[str]:
    return ["--database", database] if database else []


@campaign.command
def copy(
    number: Number,
    *,
    missed: Annotated[bool, Parameter(negative=(), help="To those who got it and did not open it.")] = False,
    name: Annotated[str, Parameter(help="What the copy is called.")] = "",
    connection: Named = None,
    database: Database = None,
) -> int:
    """Make a new draft of a campaign: with the same recipients, or to those who did not open it."""
    with opened(database) as listloop, _at(listloop, connection, number) as sync:
        one = sending.look(sync, number)
        with listloop.engine.begin() as db:
            if missed:
                made = recipients.follow_up(db, one, me(), listloop.now())
            else:
                made = recipients.copy(db, one, name or f"{one.name[:70]} – copy", me(), listloop.now())
    out.print(f"Draft {made} is there.\n→ Look at it with “listloop campaign check {made}”.")
    return OK


@campaign.command
def adopt(number: Number, *, connection: Named = None, database: Database = None) -> int:
    """Take over what somebody changed in Mailchimp; what was written here stays as an earlier version."""
    with opened(database) as listloop, _at(listloop, connection, number) as sync:
        sending.adopt(sync, number)
    out.print("What stands in Mailchimp was taken over.")
    return OK


def _told(one: Mailing, *, json: bool) -> int:
    if json:
        print_json(entry(one))
        return OK
    when = f" {one.at:%Y-%m-%d %H:%M} UTC" if one.at and one.state is not State.DRAFT else ""
    out.print(f"{one.name}: {one.state}{when}.", markup=False)
    if _remark(one):
        err.print(_remark(one), markup=False)
    return OK


def _note(db: Connection, listloop: Listloop, sync: Sync, what: str) -> None:
    audit.note(db, listloop.now(), me(), what, connection_id=sync.connection_id)


@contextmanager
def _at(listloop: Listloop, connection: str | None, number: int | None = None) -> Iterator[Sync]:
    """The connection of a campaign, or the one that is named."""
    if number is not None and connection is None:
        with reading(listloop.engine).begin() as db:
            connection_id = mailings.mailing(db, number).connection_id
    else:
        connection_id = listloop.connection(connection).id
    with at_work(listloop, connection_id) as sync:
        yield sync
