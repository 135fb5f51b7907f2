"""The answers that a connection holds: who takes part, what is true of consent, whom other tools keep, the guard."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import BaseModel, Field

from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent
from listloop.core.plan import Rule
from listloop.core.rules import Duplicate, Gone, Rules
from listloop.core.side import LabelKind, Schema
from listloop.web.api.access import AUDIT, READ, SETTINGS, area, caller_of
from listloop.web.api.connections import connection_at
from listloop.web.api.new_connections import setup_of
from listloop.web.api.paging import Number
from listloop.web.set_up_questions import MEMBERS, members_taken

router = area("who takes part")

Word = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^\x00-\x1f]*$")]
Words = Annotated[list[Word], Field(max_length=200)]

Unknown = Literal["unknown", "pending", "subscribed"]


class RulesShown(BaseModel):
    """Who takes part in a connection, and what is true of consent."""

    blank_flag: bool = Field(description="Do people of the CRM take part whose *Sync with Mailchimp* is not set?")
    creates_in_mailchimp: bool = Field(description="Do people who are only in the CRM become members?")
    creates_in_crm: Literal["none", "subscribed", "known"] = Field(
        description="Which members become people of the CRM; “known”: also those who get no marketing."
    )
    gone: Gone = Field(description="What becomes of the member of a person who no longer takes part.")
    duplicate: Duplicate = Field(description="Who keeps an address that several people of the CRM have.")
    duplicate_flag_no: bool = Field(description="Is *Sync with Mailchimp* of the others set to No?")
    unknown_consent: Unknown = Field(
        description="What is true of people of the CRM whose consent is not known: keep them unmailed (unknown), "
        "ask them (pending), they agreed (subscribed)."
    )
    everywhere: bool = Field(description="Do opt-outs of the account's other connected audiences count here, too?")
    only_values: dict[Word, Words] = Field(
        description="Only people of the CRM take part who have one of these values in each of these fields."
    )
    only_groups: Words = Field(description="Only people of the CRM who are in one of these groups take part, by name.")
    only_tags: Words = Field(description="Members without one of these tags belong to other tools, and are left alone.")
    not_tags: Words = Field(description="Members with one of these tags belong to other tools, and are left alone.")
    not_sources: Words = Field(description="Members who came from one of these sources are left alone.")
    older_id: str = Field(description="The CRM's field with the IDs of an earlier connector; empty: none is looked at.")
    guard_share: float = Field(description="So much of the links may be changed destructively in a day without a yes.")
    guard_least: int
    guard_most: int


class NewRules(BaseModel):
    """What of it changes; what is left out stays."""

    blank_flag: bool | None = None
    creates_in_mailchimp: bool | None = None
    creates_in_crm: Literal["none", "subscribed", "known"] | None = None
    gone: Gone | None = None
    duplicate: Duplicate | None = None
    duplicate_flag_no: bool | None = None
    unknown_consent: Unknown | None = None
    everywhere: bool | None = None
    only_values: dict[Word, Words] | None = Field(None, max_length=20)
    only_groups: Words | None = None
    only_tags: Words | None = None
    not_tags: Words | None = None
    not_sources: Words | None = None
    older_id: Annotated[str, Field(max_length=400, pattern=r"^[^\x00-\x1f]*$")] | None = None


class HeadcountShown(BaseModel):
    """How many people of the CRM would take part."""

    read: int = Field(description="How many were looked at.")
    whole: bool = Field(description="Was that everybody?")
    takes_part: int
    left_out: dict[Rule, int] = Field(description="The others, by the rule that leaves them out.")


@router.get("/connections/{connection_id}/rules", dependencies=[READ])
def get_rules(request: Request, connection_id: Number) -> RulesShown:
    """Get who takes part, and what is true of consent."""
    return _shown(connection_at(request, connection_id).rules)


@router.patch("/connections/{connection_id}/rules", dependencies=[SETTINGS])
def change_rules(request: Request, connection_id: Number, wanted: NewRules) -> RulesShown:
    """Change who takes part, or what is true of consent; the next plan waits for a yes."""
    line, setup = connection_at(request, connection_id), setup_of(request)
    rules = _changed(line.rules, wanted)
    _check(line.rules, rules, *setup.schemas(line.id))
    if rules != line.rules:
        setup.save(line.id, rules, "changed who takes part", caller_of(request).who)
    return _shown(rules)


@router.post("/connections/{connection_id}/rules/count", dependencies=[AUDIT])
def count_people(request: Request, connection_id: Number, wanted: NewRules) -> HeadcountShown:
    """Count who would take part with these changes; nothing is kept. Of a large CRM the first thousands are read."""
    line = connection_at(request, connection_id)
    found = setup_of(request).count(line.id, _changed(line.rules, wanted))
    return HeadcountShown(
        read=found.read, whole=found.whole, takes_part=found.takes_part, left_out=dict(found.left_out)
    )


def _changed(rules: Rules, wanted: NewRules) -> Rules:
    given: dict[str, Any] = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    given = {name: value for name, value in given.items() if value is not None}
    members = given.pop("creates_in_crm", None)
    if members is not None:
        given["creates_in_crm"] = members != "none"
        given["new_in_crm"] = MEMBERS[members] or rules.new_in_crm
    if "unknown_consent" in given:
        given["unknown_consent"] = Consent(given["unknown_consent"])
    if "only_values" in given:
        pairs = {name: frozenset(one.casefold() for one in some) for name, some in given["only_values"].items()}
        given["only_values"] = tuple(sorted((name, some) for name, some in pairs.items() if some))
    for name in ("only_groups", "only_tags", "not_tags", "not_sources"):
        if name in given:
            given[name] = frozenset(given[name])
    return replace(rules, **given)


def _check(before: Rules, rules: Rules, crm: Schema, audience: Schema) -> None:
    """Raise NeedsAttention for something new that is not there, which would leave everybody out, or nobody."""
    _known({rules.older_id} - {before.older_id, ""}, {one.name for one in crm.fields}, "The CRM has no field")
    if rules.older_id in {row.crm.name for row in rules.rows}:
        raise NeedsAttention(
            f"“{rules.older_id}” is mapped, and would be written.", "Take it out of the mapping first.",
            code="field-unmappable",
        )  # fmt: skip
    tags = {one.name for one in audience.labels if one.kind is LabelKind.TAG}
    _known({name for name, _ in rules.only_values} - {name for name, _ in before.only_values},
           {one.name for one in crm.fields}, "The CRM has no field")  # fmt: skip
    _known(rules.only_groups - before.only_groups, {one.name for one in crm.labels}, "The CRM has no group")
    _known((rules.only_tags | rules.not_tags) - before.only_tags - before.not_tags, tags, "The audience has no tag")


def _known(wanted: frozenset[str] | set[str], there: set[str], said: str) -> None:
    unknown = sorted(wanted - there)
    if unknown:
        raise NeedsAttention(
            f"{said} named “{unknown[0]}”.", "GET the connection's fields: they name what there is.",
            code="label-missing",
        )  # fmt: skip


def _shown(rules: Rules) -> RulesShown:
    same = ("blank_flag", "creates_in_mailchimp", "gone", "duplicate", "duplicate_flag_no", "everywhere", "older_id")
    listed = ("only_groups", "only_tags", "not_tags", "not_sources")
    guard = ("guard_share", "guard_least", "guard_most")
    values: dict[str, Any] = {name: getattr(rules, name) for name in (*same, *guard)}
    values |= {name: sorted(getattr(rules, name)) for name in listed}
    values["only_values"] = {name: sorted(some) for name, some in rules.only_values}
    values |= {"creates_in_crm": members_taken(rules), "unknown_consent": str(rules.unknown_consent)}
    return RulesShown(**values)
