"""Who the two ends are, and whether everything that is mapped is still there."""

from __future__ import annotations

from listloop.core.errors import NeedsAttention
from listloop.core.frozen import replace
from listloop.core.people import SideName
from listloop.core.rules import LabelRow, Row, Rules
from listloop.core.side import Health, Label, Schema
from listloop.store.codec import encode
from listloop.store.connections import ConnectionRow, change_connection
from listloop.store.cursors import read_again
from listloop.store.labels import keep_labels
from listloop.store.people import forget_rows
from listloop.sync.context import Sync
from listloop.sync.marks import check_mark


def check_ends(sync: Sync, connection: ConnectionRow) -> tuple[str, ...]:
    """Check both ends and set the rules that hold for this run; returns what rests, in sentences.

    Raises NeedsAttention where an end can't be read, or is not the one that this connection was made for.
    """
    healths = (sync.crm.check(), sync.audience.check())
    for health, before, title in zip(healths, connection.identities, connection.titles, strict=True):
        _check(health, before, title)
    identities, titles = tuple(one.identity for one in healths), tuple(one.title for one in healths)
    if (identities, titles) != (connection.identities, connection.titles):
        with sync.engine.begin() as db:
            change_connection(
                db,
                connection.id,
                crm_identity=identities[0],
                crm_title=titles[0],
                mailchimp_identity=identities[1],
                mailchimp_title=titles[1],
            )
    here, there = sync.crm.schema(), sync.audience.schema()
    sync.rules, resting = rules_now(connection.rules, here, there)
    with sync.engine.begin() as db:
        keep_labels(db, connection.id, SideName.CRM, here.labels)
        keep_labels(db, connection.id, SideName.MAILCHIMP, there.labels)
    check_mark(sync, connection)
    back = set(connection.resting) - resting.keys()
    if back or set(connection.resting) != resting.keys():
        with sync.engine.begin() as db:
            if back:
                # Whoever deleted a tag and made it anew did not take it from anybody: it starts as a first meeting,
                # and what was read of it before says nothing about now.
                forget_rows(db, connection.id, back)
                read_again(db, connection.id)
            change_connection(db, connection.id, resting=encode(sorted(resting)))
    _remember_fields(sync, connection)
    return tuple(resting.values())


def _remember_fields(sync: Sync, connection: ConnectionRow) -> None:
    """Keep what the mapped fields are now, and read in full where a choice was renamed or removed.

    A side changes the values of its records with a choice, but seldom their time of change.
    """
    now = {row.name: row for row in sync.rules.rows}
    rows = tuple(now.get(row.name, row) for row in connection.rules.rows)
    if rows == connection.rules.rows:
        return
    lost = [
        choice
        for before, row in zip(connection.rules.rows, rows, strict=True)
        for old, new in ((before.crm, row.crm), (before.mailchimp, row.mailchimp))
        for choice in set(old.choices) - set(new.choices)
    ]
    with sync.engine.begin() as db:
        change_connection(db, connection.id, rules=encode(replace(connection.rules, rows=rows)))
        if lost:
            read_again(db, connection.id)


def _check(health: Health, before: str, title: str) -> None:
    if before and health.identity != before:
        raise NeedsAttention(
            f"This connection was made for {title or before}, but {health.title or health.identity} answers now.",
            "A connection keeps its two ends for life: put the old address or key back, or make a new connection.",
            code="another-end",
        )
    if not health.readable or not health.writable:
        first = health.problems[0] if health.problems else None
        raise NeedsAttention(
            first.text if first else f"{health.title} can't be read or written.",
            first.fix if first else "Check the rights of the user that Listloop signs in as.",
            code="rights",
        )


def rules_now(rules: Rules, crm: Schema, audience: Schema) -> tuple[Rules, dict[str, str]]:
    """The rules with the fields' limits and choices as they are now, and what rests: names of rows, with a sentence.

    A row whose field vanished or changed its type rests: a missing field is not an empty one. The others go on.
    """
    rows: list[Row] = []
    resting: dict[str, str] = {}
    for row in rules.rows:
        here, there = crm.field(row.crm.name), audience.field(row.mailchimp.name)
        if here is None or there is None:
            where, field = ("the CRM", row.crm) if here is None else ("Mailchimp", row.mailchimp)
            resting[row.name] = f"{field.title} is no longer in {where}: the field rests"
        elif (here.type, there.type) != (row.crm.type, row.mailchimp.type):
            where, field = ("the CRM", here) if here.type != row.crm.type else ("Mailchimp", there)
            resting[row.name] = f"{field.title} is now of type {field.type} in {where}: the field rests"
        else:
            rows.append(replace(row, crm=here, mailchimp=there))
    labels: list[LabelRow] = []
    for label in rules.labels:
        ours, theirs = _label_now(crm, label.crm), _label_now(audience, label.mailchimp)
        if ours is None or theirs is None:
            gone, where = (label.crm, "the CRM") if ours is None else (label.mailchimp, "Mailchimp")
            resting[label.name] = (
                f"The {gone.kind} {gone.title} is no longer in {where}: it rests, and nobody loses it elsewhere. "
                f"Make it again, or map another one"
            )
        else:
            labels.append(LabelRow(ours, theirs))
    return replace(rules, rows=tuple(rows), labels=tuple(labels)), resting


def _label_now(schema: Schema, wanted: Label) -> Label | None:
    """A label as it is now: renamed or not, it has its name; one that was made anew is known by its title alone."""
    anew = [one for one in schema.labels if (one.kind, one.title) == (wanted.kind, wanted.title)]
    return schema.label(wanted.name) or (anew[0] if len(anew) == 1 else None)
