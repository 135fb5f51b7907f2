"""``listloop groups``: recipients as data, response groups, and CRM groups as segments."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from listloop.cli.console import OK, err, me, out, people_word, print_json, table
from listloop.cli.options import COMMON, Common
from listloop.cli.turn import at_work
from listloop.core.crowd import read_chosen, shown
from listloop.store.crowds import CrowdRow, Part, all_crowds, crowd, no_group, reach_of, seats
from listloop.store.database import reading
from listloop.sync import sources
from listloop.sync.context import Sync
from listloop.sync.crowds import dated, keep_crm_group, keep_responses, write_crowd
from listloop.sync.sources import Kind, Reach

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
def listed(*, common: Common = COMMON) -> int:
    """List the groups that were made: response groups, and CRM groups that were pushed."""
    with common.row() as (listloop, row), reading(listloop.engine).begin() as db:
        rows = all_crowds(db, row.id)
    if common.json:
        print_json([entry(one) for one in rows])
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


def entry(one: CrowdRow) -> dict[str, object]:
    """A group for scripts."""
    chosen = one.by_responses
    return {**asdict(one), "chosen": shown(chosen) if chosen else one.chosen}


@groups.command(name="show")
def show_people(
    group: Annotated[int, Parameter(help="Its number.", validator=Number(gte=1, lte=2**53))],
    *,
    part: Annotated[
        Part, Parameter(help="Only who is in the segment or the CRM's group, or gets no mail for a reason.")
    ] = Part.ALL,
    limit: Annotated[int, Parameter(validator=Number(gte=1), help="How many people at most.")] = 100,
    common: Common = COMMON,
) -> int:
    """Show who is in a group that was made, where, and whom Mailchimp may not mail, and why."""
    with common.row() as (listloop, row), reading(listloop.engine).begin() as db:
        one = crowd(db, group)
        if one.connection_id != row.id:
            raise no_group(group)
        found = seats(db, one, part, limit=limit)
    if common.json:
        print_json([asdict(some) for some in found])
        return OK
    made = table("person", "e-mail", "company", "in the segment", "in the CRM", "gets no mail")
    for some in found:
        marks = ("yes" if there else "" for there in (some.in_segment, some.in_crm))
        made.add_row(some.name or "–", some.email or "(gone)", some.company, *marks, WHY.get(some.why, some.why))
    out.print(made)
    return OK


@groups.command(name="sources")
def list_sources(*, common: Common = COMMON) -> int:
    """List everything that a campaign can be sent to."""
    with common.row() as (listloop, row), listloop.look(row.id) as sync:
        known = sources.sources(sync)
    if common.json:
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
    common: Common = COMMON,
) -> int:
    """Count who would get a campaign, and who would not, and why."""
    with common.row() as (listloop, row), listloop.look(row.id) as sync:
        said = sources.reach_of(sync, sources.source(sync, kind, name))
    if common.json:
        print_json({"will": said.will, "will_not": said.not_})
    else:
        _tell(said)
    return OK


def _tell(said: Reach) -> None:
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
    common: Common = COMMON,
) -> int:
    """Make a response group of people by what they did, as a CRM group and as a Mailchimp segment."""
    chosen = read_chosen(who)
    with common.row() as (listloop, row), at_work(listloop, row.id) as sync:
        with listloop.engine.begin() as db:
            made = keep_responses(
                db, row.id, name, chosen, me(), sync.now(),
                segment=where != "crm", crm=where != "mailchimp", living=living,
            )  # fmt: skip
        return _written(sync, made, json=common.json)


@groups.command
def push(group: Annotated[str, Parameter(help="The CRM's group, by its title.")], *, common: Common = COMMON) -> int:
    """Push a CRM group as a static segment, named with this moment; what the group is later changes nothing in it."""
    with common.row() as (listloop, row), at_work(listloop, row.id) as sync:
        made = keep_crm_group(sync, sources.source(sync, Kind.CRM, group), me())
        return _written(sync, made, json=common.json)


@groups.command
def segment(
    group: Annotated[str, Parameter(help="The Mailchimp group, as “Category: Group”.")], *, common: Common = COMMON
) -> int:
    """Make the saved segment of a Mailchimp group, so that a campaign can be sent to it."""
    with common.row() as (listloop, row), listloop.look(row.id) as sync:
        one = sources.source(sync, Kind.GROUP, group)
        made = sources.group_segment(sync, one)
        said = sources.reach_of(sync, one)
    if common.json:
        print_json({"segment": made.key, "title": made.title, "will": said.will, "will_not": said.not_})
        return OK
    out.print(f"The saved segment “{made.title}” holds everybody in “{one.title}”, now and later.")
    _tell(said)
    return OK


def _written(sync: Sync, made: int, *, json: bool) -> int:
    """Write a group that was kept, and say where it is and whom it lacks."""
    with reading(sync.engine).begin() as db:
        one = crowd(db, made)
    write_crowd(sync, one)
    with reading(sync.engine).begin() as db:
        one, reached = crowd(db, made), reach_of(db, made)
    if json:
        print_json({**entry(one), "will_not": {why: number for why, number in reached.items() if why}})
        return OK
    title = dated(one.name, one.made_at, one.id)
    if one.segment:
        out.print(f"Mailchimp: {people_word(one.in_segment)} in the segment “{title}”.")
    if one.crm_group:
        out.print(f"The CRM: {people_word(one.in_crm)} in the group “{title}”.")
    for why, number in reached.items():
        if why:
            err.print(f"  {people_word(number)} Mailchimp may not mail: {WHY.get(why, why)}.")
    return OK
