"""A plan, person by person, for the terminal and as one streamed JSON object."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine

from listloop.cli.console import ACTIONS, out
from listloop.core.addresses import in_a_line
from listloop.core.people import SideName
from listloop.core.plan import Rule
from listloop.core.rules import LabelRow, Row, Rules
from listloop.core.side import FieldType
from listloop.store.connections import connection
from listloop.store.database import reading
from listloop.store.listing import Listed, Shown, ShownPatch, ShownPerson, listed, outlooks, samples
from listloop.store.people import standings

#: The actions that make or link somebody.
_MADE = ("pair", "new_crm", "new_mailchimp")

#: How a person reads what is no field.
WORDS = {
    "email": "E-mail",
    "takes_part": "Sync with Mailchimp",
    "mailchimp_id": "Mailchimp ID",
    "consent": "May we mail?",
}


class Entry(msgspec.Struct):
    """Somebody of the population as the JSON tells them; {} where nothing is written to a side."""

    email: str
    crm_key: str | None
    audience_key: str | None
    standing: str
    action: str
    crm_type: str | None
    rule: str | None
    reasons: list[str]
    to_crm: dict[str, dict[str, Any]]
    to_mailchimp: dict[str, dict[str, Any]]


_encoder = msgspec.json.Encoder()


def plan_people(engine: Engine, connection_id: int, run_id: int, *, rehearsal: bool = False) -> None:
    """Print the whole plan as one JSON object: population, standings, and everybody with both patches.

    In a ``rehearsal`` nobody waits for a yes: everyone stands where they will once the plan is written.
    """
    write = sys.stdout.write
    with reading(engine).begin() as db:
        counts = rehearsed(db, connection_id, run_id) if rehearsal else standings(db, connection_id)
        write(f'{{"population":{sum(counts.values())},"standings":{_encoder.encode(counts).decode()},"people":[')
        comma = ""
        for page in pages(db, connection_id, run_id, rehearsal=rehearsal):
            write(comma + _encoder.encode(page)[1:-1].decode())
            comma = ","
    write("]}\n")


def rehearsed(db: Connection, connection_id: int, run_id: int) -> dict[str, int]:
    """How many people would stand where once the plan of this run is written; the sum is the population."""
    counts = standings(db, connection_id)
    for now, then in outlooks(db, run_id):
        counts[now] -= 1
        counts[then.standing] += 1
    return counts


def entries(db: Connection, connection_id: int, run_id: int, *, rehearsal: bool = False) -> Iterator[Entry]:
    """Everybody of the population, by their ids."""
    return chain.from_iterable(pages(db, connection_id, run_id, rehearsal=rehearsal))


def pages(db: Connection, connection_id: int, run_id: int, *, rehearsal: bool = False) -> Iterator[list[Entry]]:
    """The same, some hundred at a time."""
    companies = _companies(connection(db, connection_id).rules)
    for page in listed(db, connection_id, run_id):
        yield [_entry(one, companies, rehearsal=rehearsal) for one in page]


def _companies(rules: Rules) -> list[str]:
    """The CRM's fields that make a Contact of a new person: those of the company."""
    return [row.crm.name for row in rules.rows if row.crm.type is FieldType.COMPANY]


def _entry(one: Listed, companies: list[str], *, rehearsal: bool = False) -> Entry:
    action = next((done for done in one.actions if done in _MADE), "none")
    record = one.crm or one.mailchimp
    standing, rule = one.standing, one.rule
    if rehearsal and one.outlook:
        standing, rule = one.outlook.standing, one.outlook.rule
    elif rehearsal and one.crm and one.mailchimp and rule != Rule.AMBIGUOUS:
        action = "pair"  # nothing is to be written, so it has no row in the plan, but it is linked all the same
    return Entry(
        record.person.email if record else "",
        one.crm.key if one.crm else None,
        one.mailchimp.key if one.mailchimp else None,
        standing,
        action,
        _crm_type(one, companies, creates=action == "new_crm"),
        rule or None,
        list(one.reasons) or [one.reason or "both sides agree"],
        _changes(one.to_crm, one.crm) if one.to_crm else {},
        _changes(one.to_mailchimp, one.mailchimp) if one.to_mailchimp else {},
    )


def _crm_type(one: Listed, companies: list[str], *, creates: bool) -> str | None:
    if one.crm is not None:
        return one.crm.kind or None
    if not creates or one.to_crm is None:
        return None
    return "Contact" if any(one.to_crm.fields.get(name) for name in companies) else "Individual"


def _changes(patch: ShownPatch, record: Shown | None) -> dict[str, dict[str, Any]]:
    """A patch as {what: {old, new}}."""
    person = record.person if record else ShownPerson()
    before = person.fields.get
    changes: dict[str, dict[str, Any]] = {
        name: {"old": before(name, ""), "new": value} for name, value in sorted(patch.fields.items())
    }
    if patch.email is not None:
        changes["email"] = {"old": person.email, "new": patch.email}
    if patch.takes_part is not None:
        changes["takes_part"] = {"old": record.takes_part if record else None, "new": patch.takes_part}
    if patch.mailchimp_id:
        changes["mailchimp_id"] = {"old": record.mailchimp_id if record else "", "new": patch.mailchimp_id}
    if patch.consent is not None:
        changes["consent"] = {"old": person.consent if record else None, "new": patch.consent}
    if patch.add or patch.remove:
        changes["labels"] = {"add": sorted(set(patch.add)), "remove": sorted(set(patch.remove))}
    return changes


def print_plan_people(engine: Engine, connection_id: int, run_id: int, limit: int) -> None:
    """The first people of a plan with what changes and why; one of each kind comes first."""
    if limit <= 0:
        return
    with reading(engine).begin() as db:
        rules = connection(db, connection_id).rules
        found = samples(db, run_id, limit)
    for one in found:
        entry = _entry(one, _companies(rules))
        record = one.crm or one.mailchimp
        name = (record.name or record.person.email) if record else ""
        out.print(f"\n{in_a_line(name)} — {ACTIONS.get(one.actions[-1], one.actions[-1])}")
        for side, title, changes in (
            (SideName.MAILCHIMP, "Mailchimp", entry.to_mailchimp),
            (SideName.CRM, "CRM", entry.to_crm),
        ):
            for what, change in changes.items():
                out.print(f"  {title:9} {_line(what, change, _titles(rules, side))}")
        out.print(f"  why: {'; '.join(entry.reasons)}")


def _titles(rules: Rules, side: SideName) -> dict[str, str]:
    """How people call what a patch names."""
    rows: tuple[Row | LabelRow, ...] = (*rules.rows, *rules.labels)
    named = [row.crm if side is SideName.CRM else row.mailchimp for row in rows]
    return WORDS | {one.name: one.title for one in named}


def _line(what: str, change: dict[str, Any], titles: dict[str, str]) -> str:
    if what == "labels":
        signed = [("+", one) for one in change["add"]] + [("-", one) for one in change["remove"]]
        return "labels: " + ", ".join(sign + titles.get(one, one) for sign, one in signed)
    return f"{titles.get(what, what)}: {shown(change['old'])} → {shown(change['new'])}"


def shown(value: Any) -> str:
    """A value as people read it."""
    return {None: "not set", True: "Yes", False: "No", "": "empty"}.get(value, in_a_line(str(value)))
