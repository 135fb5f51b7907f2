"""The mapping of a connection: what goes with what, what both sides have, and what would be proposed."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from listloop.core.errors import NeedsAttention
from listloop.core.fields import choice_named
from listloop.core.mapping import refusal
from listloop.core.people import SideName
from listloop.core.proposals import propose
from listloop.core.rules import Direction, LabelRow, Owner, Row, Rules
from listloop.core.side import Field as SideField
from listloop.core.side import FieldType, Label, LabelKind, Schema
from listloop.store.connections import follow_rules
from listloop.sync.choices import move_choice, move_listed
from listloop.web.access import services_of
from listloop.web.api.access import AUDIT, READ, SETTINGS, area, caller_of, noted
from listloop.web.api.connections import connection_at, known_connection
from listloop.web.api.new_connections import setup_of
from listloop.web.api.paging import Line, Number

router = area("mapping")

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
"""The name of a field or a label, by which its side knows it."""


class FieldShown(BaseModel):
    """A field of one side."""

    name: str
    title: str
    type: FieldType
    choices: list[str]
    required: bool
    writable: bool


class LabelShown(BaseModel):
    """A group, tag or the like of one side."""

    name: str
    title: str
    kind: LabelKind


class SideShown(BaseModel):
    """What one side can hold."""

    fields: list[FieldShown]
    labels: list[LabelShown]


class Sides(BaseModel):
    """What both sides can hold, as they say now."""

    crm: SideShown
    mailchimp: SideShown


class MappedField(BaseModel):
    """A field of the CRM and a merge field that hold the same thing."""

    crm: Name
    mailchimp: Name
    direction: Direction = Direction.BOTH
    owner: Owner = Field(Owner.CRM, description="Who wins when both sides changed.")


class MappedLabel(BaseModel):
    """A group of the CRM and a tag or group of the audience that mean the same."""

    crm: Name
    mailchimp: Name


class Mapping(BaseModel):
    """What goes with what. The e-mail address always does."""

    fields: list[MappedField] = Field(max_length=300)
    labels: list[MappedLabel] = Field(max_length=2000)


class Named(BaseModel):
    """A field of the CRM."""

    field: Name


class Renaming(BaseModel):
    """A choice of a mapped list that is renamed, joined with another one, or removed."""

    field: Name = Field(description="The list: the CRM's field or the merge tag.")
    old: Name = Field(description="The choice as it is now.")
    new: Line = Field("", description="Its new name, or a choice that is there; empty: it goes, and nobody has it.")


class Moved(BaseModel):
    """How many people had the choice on each side, and who could not be written, with why."""

    crm: int
    mailchimp: int
    refused: dict[str, str]


@router.get("/connections/{connection_id}/fields", dependencies=[AUDIT])
def list_fields(request: Request, connection_id: Number) -> Sides:
    """List the fields and labels of both sides, to map from. Both sides are asked."""
    crm, audience = setup_of(request).schemas(known_connection(request, connection_id))
    return Sides(crm=_side(crm), mailchimp=_side(audience))


@router.get("/connections/{connection_id}/mapping", dependencies=[READ])
def get_mapping(request: Request, connection_id: Number) -> Mapping:
    """Get the mapping."""
    rules = connection_at(request, connection_id).rules
    return _shown(rules.rows, rules.labels)


@router.get("/connections/{connection_id}/mapping/proposal", dependencies=[AUDIT])
def propose_mapping(request: Request, connection_id: Number) -> Mapping:
    """Get what would be proposed for fields and labels as they are now; PUT it as the mapping to have it so."""
    return _shown(*propose(*setup_of(request).schemas(known_connection(request, connection_id))))


@router.put("/connections/{connection_id}/mapping", dependencies=[SETTINGS])
def set_mapping(request: Request, connection_id: Number, wanted: Mapping) -> Mapping:
    """Change the mapping as a whole; the next plan waits for a yes. 409 says which pair can't be kept in step, and why.

    What is left out stays as it is on both sides.
    """
    line, setup = connection_at(request, connection_id), setup_of(request)
    crm, audience = setup.schemas(line.id)
    rows = tuple(_row(one, crm, audience, line.rules) for one in wanted.fields)
    labels = tuple(_label_row(one, crm, audience, line.rules) for one in wanted.labels)
    for ends in ([row.crm.name for row in rows], [row.mailchimp.name for row in rows],
                 [one.crm.name for one in labels], [one.mailchimp.name for one in labels]):  # fmt: skip
        _once(ends)
    rules = replace(line.rules, rows=rows, labels=labels)
    if rules != line.rules:
        setup.save(line.id, rules, "changed the mapping", caller_of(request).who)
    return _shown(rows, labels)


@router.post("/connections/{connection_id}/mapping/fields", dependencies=[SETTINGS], status_code=201)
def make_merge_field(request: Request, connection_id: Number, field: Named) -> Mapping:
    """Make a merge field for a field of the CRM that has none, and map the two."""
    known = known_connection(request, connection_id)
    setup_of(request).make_field(known, field.field, caller_of(request).who)
    return get_mapping(request, known)


@router.post("/connections/{connection_id}/mapping/choices", dependencies=[SETTINGS])
def rename_choice(request: Request, connection_id: Number, wanted: Renaming) -> Moved:
    """Rename, join or remove a choice of a mapped list on both sides, in the list and for everybody who has it."""
    line, open_up = connection_at(request, connection_id), services_of(request).sending
    row = next((one for one in line.rules.rows if wanted.field in (one.crm.name, one.mailchimp.name)), None)
    listed = any(choice_named(one.crm.name)[0] == wanted.field for one in line.rules.labels)
    if (row is None and not listed) or open_up is None:
        raise NeedsAttention(f"“{wanted.field}” is not mapped.", "The mapping names what is.", code="field-unknown")
    with open_up(line.id) as sync:
        if row is not None:
            done = move_choice(sync, row, wanted.old, wanted.new)
        else:
            done, rules = move_listed(sync, line.rules, wanted.field, wanted.old, wanted.new)
            with services_of(request).engine.begin() as db:
                follow_rules(db, line.id, rules)
    noted(request, f"renamed the choice “{wanted.old}” of {wanted.field} to “{wanted.new}”", line.id)
    people = {one.side: one.people for one in done}
    return Moved(
        crm=people.get(SideName.CRM, 0),
        mailchimp=people.get(SideName.MAILCHIMP, 0),
        refused={email: str(error) for one in done for email, error in one.refused},
    )


def _row(wanted: MappedField, crm: Schema, audience: Schema, rules: Rules) -> Row:
    """The row that is wanted; what one side no longer shows may stay in a row that is there already."""
    here, there = crm.field(wanted.crm), audience.field(wanted.mailchimp)
    if here is None or there is None:
        kept = next(
            (one for one in rules.rows if (one.crm.name, one.mailchimp.name) == (wanted.crm, wanted.mailchimp)), None
        )
        if kept is None:
            raise _unknown(wanted.crm if here is None else wanted.mailchimp, "The CRM" if here is None else "Mailchimp")
        here, there = kept.crm, kept.mailchimp
    row = Row(here, there, wanted.direction, wanted.owner)
    if problem := refusal(row):
        raise NeedsAttention(problem, "Change this pair, or leave it out.", code="field-unmappable")
    return row


def _label_row(wanted: MappedLabel, crm: Schema, audience: Schema, rules: Rules) -> LabelRow:
    kept = {(one.crm.name, one.mailchimp.name): one for one in rules.labels}.get((wanted.crm, wanted.mailchimp))
    if kept is not None:
        return kept
    here, there = crm.label(wanted.crm), audience.label(wanted.mailchimp)
    if here is None or there is None:
        raise _unknown(wanted.crm if here is None else wanted.mailchimp, "The CRM" if here is None else "Mailchimp")
    return LabelRow(here, there)


def _unknown(name: str, side: str) -> NeedsAttention:
    return NeedsAttention(
        f"{side} has nothing named “{name}”.", "GET the connection's fields: they name what there is.",
        code="field-unknown",
    )  # fmt: skip


def _once(names: list[str]) -> None:
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice is not None:
        raise NeedsAttention(
            f"“{twice}” is mapped more than once.", "Each goes with one of the other side only.",
            code="field-unmappable",
        )  # fmt: skip


def _shown(rows: tuple[Row, ...], labels: tuple[LabelRow, ...]) -> Mapping:
    return Mapping(
        fields=[
            MappedField(crm=one.crm.name, mailchimp=one.mailchimp.name, direction=one.direction, owner=one.owner)
            for one in rows
        ],
        labels=[MappedLabel(crm=one.crm.name, mailchimp=one.mailchimp.name) for one in labels],
    )


def _side(schema: Schema) -> SideShown:
    return SideShown(fields=[_field(one) for one in schema.fields], labels=[_label(one) for one in schema.labels])


def _field(one: SideField) -> FieldShown:
    return FieldShown(
        name=one.name, title=one.title, type=one.type, choices=list(one.choices), required=one.required,
        writable=one.writable,
    )  # fmt: skip


def _label(one: Label) -> LabelShown:
    return LabelShown(name=one.name, title=one.title, kind=one.kind)
