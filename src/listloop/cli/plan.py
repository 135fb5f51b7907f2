"""A plan, person by person, for the terminal and as one streamed JSON object."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine

from listloop.cli.console import ACTIONS, out
from listloop.core.addresses import in_a_line
from listloop.core.people import NOTHING, Patch, Record, SideName
from listloop.core.plan import Rule, Standing
from listloop.core.rules import LabelRow, Row, Rules
from listloop.core.side import FieldType
from listloop.store.codec import decode, decode_patch
from listloop.store.connections import connection
from listloop.store.database import reading
from listloop.store.decisions import of_people, of_run, planned_bodies
from listloop.store.people import PersonRow, everybody, load, standings

#: How a person reads what is no field.
WORDS = {
    "email": "E-mail",
    "takes_part": "Sync with Mailchimp",
    "mailchimp_id": "Mailchimp ID",
    "consent": "May we mail?",
}


def plan_people(engine: Engine, connection_id: int, run_id: int, *, rehearsal: bool = False) -> None:
    """Print the whole plan as one JSON object: population, standings, and everybody with both patches.

    In a ``rehearsal`` nobody waits for a yes: everyone stands where they will once the plan is written.
    """
    write = sys.stdout.write
    with reading(engine).begin() as db:
        counts = rehearsed(db, connection_id, run_id) if rehearsal else standings(db, connection_id)
        write(f'{{"population":{sum(counts.values())},"standings":{_json(counts)},"people":[')
        first = True
        for entry in entries(db, connection_id, run_id, rehearsal=rehearsal):
            write(("" if first else ",") + _json(entry))
            first = False
    write("]}\n")


def rehearsed(db: Connection, connection_id: int, run_id: int) -> dict[str, int]:
    """How many people would stand where once the plan of this run is written; the sum is the population."""
    counts = standings(db, connection_id)
    for planned, body in planned_bodies(db, run_id):
        counts[planned] -= 1
        counts[decode(_Outlook, body).standing] += 1
    return counts


class _Outlook(msgspec.Struct):
    """Of a decision, where its person stands once it is written."""

    standing: str = Standing.IN_SYNC
    rule: str = ""
    reason: str = ""


def entries(db: Connection, connection_id: int, run_id: int, *, rehearsal: bool = False) -> Iterator[dict[str, Any]]:
    """Everybody of the population as the JSON tells them, by their ids."""
    rules = connection(db, connection_id).rules
    for batch in _batches(everybody(db, connection_id)):
        planned = of_people(db, run_id, [one.id for one in batch])
        for person in batch:
            yield _entry(person, planned.get(person.id, []), rules, rehearsal=rehearsal)


def _batches(people: Iterator[PersonRow]) -> Iterator[list[PersonRow]]:
    while batch := list(islice(people, 500)):
        yield batch


def _entry(person: PersonRow, rows: list[dict[str, Any]], rules: Rules, *, rehearsal: bool = False) -> dict[str, Any]:
    actions = [row["action"] for row in rows]
    action = next((one for one in actions if one in ("pair", "new_crm", "new_mailchimp")), "none")
    crm, mailchimp = _patch(rows, SideName.CRM), _patch(rows, SideName.MAILCHIMP)
    record = person.crm or person.mailchimp
    reasons = list(dict.fromkeys(reason for row in rows for reason in decode(list[str], row["reasons"])))
    standing, rule = person.standing, person.rule
    if rehearsal and rows:
        outlook = decode(_Outlook, rows[-1]["body"])
        standing, rule = outlook.standing, outlook.rule
    elif rehearsal and person.crm and person.mailchimp and person.rule != Rule.AMBIGUOUS:
        action = "pair"  # nothing is to be written, so it has no row in the plan, but it is linked all the same
    return {
        "email": record.email if record else "",
        "crm_key": person.crm.key if person.crm else None,
        "audience_key": person.mailchimp.key if person.mailchimp else None,
        "standing": standing,
        "action": action,
        "crm_type": _crm_type(person.crm, crm, rules, creates=action == "new_crm"),
        "rule": rule or None,
        "reasons": reasons or [person.reason or "both sides agree"],
        "to_crm": _changes(crm, person.crm),
        "to_mailchimp": _changes(mailchimp, person.mailchimp),
    }


def _patch(rows: list[dict[str, Any]], side: SideName) -> Patch:
    """A person's rows of one side as one patch again."""
    whole = NOTHING
    for one in [decode_patch(row[f"{side}_patch"]) for row in rows]:
        if not (one and whole):
            whole = one or whole
            continue
        whole = Patch(
            one.email if one.email is not None else whole.email,
            {**whole.fields, **one.fields},
            whole.add | one.add,
            whole.remove | one.remove,
            one.consent or whole.consent,
            one.takes_part if one.takes_part is not None else whole.takes_part,
            one.mailchimp_id if one.mailchimp_id is not None else whole.mailchimp_id,
        )
    return whole


def _crm_type(record: Record | None, patch: Patch, rules: Rules, *, creates: bool) -> str | None:
    if record is not None:
        return record.kind or None
    if not creates:
        return None
    company = [row.crm.name for row in rules.rows if row.crm.type is FieldType.COMPANY]
    return "Contact" if any(patch.fields.get(name) for name in company) else "Individual"


def _changes(patch: Patch, record: Record | None) -> dict[str, Any]:
    """A patch as {what: {old, new}}; {} where nothing is written."""
    fields = record.person.fields if record else {}
    changes: dict[str, Any] = {
        name: {"old": fields.get(name, ""), "new": value} for name, value in sorted(patch.fields.items())
    }
    if patch.email is not None:
        changes["email"] = {"old": record.email if record else "", "new": patch.email}
    if patch.takes_part is not None:
        changes["takes_part"] = {"old": record.takes_part if record else None, "new": patch.takes_part}
    if patch.mailchimp_id:
        changes["mailchimp_id"] = {"old": record.mailchimp_id if record else "", "new": patch.mailchimp_id}
    if patch.consent is not None:
        changes["consent"] = {"old": record.person.consent if record else None, "new": patch.consent}
    if patch.add or patch.remove:
        changes["labels"] = {"add": sorted(patch.add), "remove": sorted(patch.remove)}
    return changes


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def print_plan_people(engine: Engine, connection_id: int, run_id: int, limit: int) -> None:
    """The first people of a plan with what changes and why; one of each kind comes first."""
    if limit <= 0:
        return
    with reading(engine).begin() as db:
        rules = connection(db, connection_id).rules
        samples = list(_samples(db, run_id, limit))
        people = {one.id: one for one in load(db, [row["person_id"] for row in samples])}
    for row in samples:
        person = people.get(row["person_id"])
        if person is None:
            continue
        entry = _entry(person, [row], rules)
        record = person.crm or person.mailchimp
        name = (record.name or record.email) if record else ""
        out.print(f"\n{name} — {ACTIONS.get(row['action'], row['action'])}")
        for side, title in ((SideName.MAILCHIMP, "Mailchimp"), (SideName.CRM, "CRM")):
            for what, change in entry[f"to_{side}"].items():
                out.print(f"  {title:9} {_line(what, change, _titles(rules, side))}")
        out.print(f"  why: {'; '.join(entry['reasons'])}")


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


def _samples(db: Connection, run_id: int, limit: int) -> Iterator[dict[str, Any]]:
    rows = of_run(db, run_id, limit=2000)
    seen: set[str] = set()
    first = [row for row in rows if not (row["action"] in seen or seen.add(row["action"]))]  # type: ignore[func-returns-value]
    rest = [row for row in rows if row not in first]
    yield from (first + rest)[:limit]
