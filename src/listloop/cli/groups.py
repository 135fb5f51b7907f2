"""``listloop groups``: recipients as data, response groups, and CRM groups as segments."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from typing import Annotated, Literal

from cyclopts import App, Parameter

from listloop.cli.console import FAILED, OK, err, out, people_word, print_json, table
from listloop.cli.options import Database, Json, Named, opened
from listloop.core.crowd import Chosen, read_chosen, shown
from listloop.core.errors import NeedsAttention
from listloop.store.audit import note
from listloop.store.crowds import CrowdRow, Person, add_crowd, all_crowds, crowd, found, of_crm, reach_of
from listloop.store.database import reading
from listloop.sync import sources
from listloop.sync.context import Sync
from listloop.sync.crowds import dated, write_crowd
from listloop.sync.sources import Kind, Reach
from listloop.wiring import Listloop

groups = App(
    name="groups",
    help="Say who is meant: by what they did, or by groups, tags and segments; and write it as a group or a segment.",
    result_action="return_value",
)

#: Why somebody gets no mail, for people.
WHY = {
    "unsubscribed": "opted out",
    "cleaned": "the address bounced for good",
    "pending": "did not confirm yet",
    "unknown": "never agreed to be mailed",
    "archived": "archived in Mailchimp",
    "absent": "not in the audience",
}

Who = Annotated[
    str,
    Parameter(
        help="What they did and the campaign's number: “opened 12 and not-clicked 12 or clicked 13 https://…”; "
        "“and” binds closer than “or”."
    ),
]


@groups.default
def listed(*, connection: Named = None, json: Json = False, database: Database = None) -> int:
    """List the groups that were made: response groups, and CRM groups that were pushed."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with reading(listloop.engine).begin() as db:
            rows = all_crowds(db, row.id)
    if json:
        print_json([_entry(one) for one in rows])
        return OK
    if not rows:
        out.print("No group was made yet.\n→ “listloop groups make NAME “opened 12””, or “listloop groups push GROUP”.")
        return OK
    made = table("#", "group", "of", "#people", "#in the segment", "#in the CRM", "made (UTC)", "")
    for one in rows:
        chosen = one.by_responses
        words = shown(chosen) if chosen else "a CRM group"
        state = one.problem or ("living" if one.living else "frozen" if one.fresh_at else "to be written")
        numbers = (f"{number:,}" for number in (one.people, one.in_segment, one.in_crm))
        made.add_row(str(one.id), one.name, words, *numbers, f"{one.made_at:%Y-%m-%d %H:%M}", state)
    out.print(made)
    return OK


def _entry(one: CrowdRow) -> dict[str, object]:
    chosen = one.by_responses
    return {**asdict(one), "chosen": shown(chosen) if chosen else one.chosen}


@groups.command(name="sources")
def list_sources(*, connection: Named = None, json: Json = False, database: Database = None) -> int:
    """List everything that a campaign can be sent to."""
    with opened(database) as listloop, listloop.sync(listloop.connection(connection).id) as sync:
        known = sources.sources(sync)
    if json:
        print_json([asdict(one) for one in known])
        return OK
    made = table("kind", "name", "#people")
    for one in known:
        made.add_row(one.kind, one.title, "" if one.members is None else f"{one.members:,}")
    out.print(made)
    return OK


@groups.command
def count(
    kind: Annotated[Kind, Parameter(help="What they are.")],
    name: Annotated[str, Parameter(help="Its name; of responses: what they did.")] = "",
    *,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Count who would get a campaign, and who would not, and why."""
    with opened(database) as listloop, listloop.sync(listloop.connection(connection).id) as sync:
        said = sources.reach_of(sync, _source(sync, kind, name))
    _tell(said, json=json)
    return OK


def _source(sync: Sync, kind: Kind, name: str) -> sources.Source:
    if kind in (Kind.AUDIENCE, Kind.RESPONSES):
        read_chosen(name) if kind is Kind.RESPONSES else None
        return sources.Source(kind, name, name)
    return sources.named(sources.sources(sync), kind, name)


def _tell(said: Reach, *, json: bool) -> None:
    if json:
        print_json({"will": said.will, "will_not": said.not_})
        return
    out.print(f"{people_word(said.will)} will get it.")
    for why, number in said.not_.items():
        out.print(f"  {people_word(number)} will not: {WHY.get(why, why)}.")


@groups.command
def make(
    name: Annotated[str, Parameter(help="What it is called; the moment is added.")],
    who: Who,
    *,
    where: Annotated[
        Literal["both", "mailchimp", "crm"], Parameter(help="As a Mailchimp segment, as a CRM group, or as both.")
    ] = "both",
    living: Annotated[bool, Parameter(negative=(), help="Keep it up to date whenever results are read.")] = False,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Make a response group of people by what they did, as a CRM group and as a Mailchimp segment."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        chosen = read_chosen(who)
        with reading(listloop.engine).begin() as db:
            some = found(db, row.id, chosen)
        return _write(
            listloop, row.id, name, chosen, some,
            segment=where != "crm", crm=where != "mailchimp", living=living, json=json,
        )  # fmt: skip


@groups.command
def push(
    group: Annotated[str, Parameter(help="The CRM's group, by its title.")],
    *,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Push a CRM group as a static segment, named with this moment; what the group is later changes nothing in it."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with listloop.sync(row.id) as sync:
            one = sources.named(sources.sources(sync), Kind.CRM, group)
            keys = list(sync.crm.group(one.key))
        with reading(listloop.engine).begin() as db:
            some = of_crm(db, row.id, keys)
        return _write(listloop, row.id, one.title, one.key, some, segment=True, crm=False, living=False, json=json)


@groups.command
def segment(
    group: Annotated[str, Parameter(help="The Mailchimp group, as “Category: Group”.")],
    *,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Make the saved segment of a Mailchimp group, so that a campaign can be sent to it."""
    with opened(database) as listloop, listloop.sync(listloop.connection(connection).id) as sync:
        one = sources.named(sources.sources(sync), Kind.GROUP, group)
        made = sources.group_segment(sync, one)
        said = sources.reach_of(sync, one)
    if json:
        print_json({"segment": made.key, "title": made.title, "will": said.will, "will_not": said.not_})
        return OK
    out.print(f"The saved segment “{made.title}” holds everybody in “{one.title}”, now and later.")
    _tell(said, json=False)
    return OK


def _write(
    listloop: Listloop,
    connection_id: int,
    name: str,
    chosen: Chosen | str,
    some: list[Person],
    *,
    segment: bool,
    crm: bool,
    living: bool,
    json: bool,
) -> int:
    if not some:
        raise NeedsAttention("Nobody is meant.", "Look at the numbers with “listloop results CAMPAIGN”.", code="nobody")
    with listloop.engine.begin() as db:
        who = getpass.getuser()
        made = add_crowd(
            db, connection_id, name, chosen, some,
            segment=segment, crm=crm, living=living, who=who, now=listloop.now(),
        )  # fmt: skip
        note(db, listloop.now(), who, f"made the group {name} of {len(some)} people", connection_id=connection_id)
        one = crowd(db, made)
    if one is None:  # nobody else can have removed it
        return FAILED
    with listloop.sync(connection_id) as sync:
        write_crowd(sync, one)
    with reading(listloop.engine).begin() as db:
        one, reached = crowd(db, made) or one, reach_of(db, made)
    if json:
        print_json({**_entry(one), "will_not": {why: number for why, number in reached.items() if why}})
        return OK
    title = dated(one.name, one.made_at, one.id)
    if segment:
        out.print(f"Mailchimp: {people_word(one.in_segment)} in the segment “{title}”.")
    if crm:
        out.print(f"The CRM: {people_word(one.in_crm)} in the group “{title}”.")
    for why, number in reached.items():
        if why:
            err.print(f"  {people_word(number)} Mailchimp may not mail: {WHY.get(why, why)}.")
    return OK
