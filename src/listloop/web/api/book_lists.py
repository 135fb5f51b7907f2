"""The built-in CRM beside its people: companies, groups, fields, opportunities."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from listloop.core.amounts import MOST
from listloop.core.side import Deal, FieldType
from listloop.core.side import Field as SideField
from listloop.core.side import Group as BookGroup
from listloop.crm.local import lists
from listloop.crm.local.companies import FIELDS
from listloop.crm.local.values import CUSTOM_TYPES, LISTED
from listloop.web.api.access import EDIT, EDIT_FIELDS, READ, area, noted
from listloop.web.api.book import Key, Name, opened
from listloop.web.api.mapping import FieldShown
from listloop.web.api.paging import Cursor, Id, Limit, Line, Number, Page, number, page_of
from listloop.web.api.problems import missing

router = area("built-in CRM")


class NewCompany(BaseModel):
    """A company."""

    name: Name
    business: Line = ""
    phone: Line = ""
    street: Line = ""
    city: Line = ""
    postal_code: Line = ""
    country: Line = ""


class CompanyShown(BaseModel):
    """A company of the book."""

    key: str
    name: str
    business: str
    phone: str
    street: str
    city: str
    postal_code: str
    country: str


class GroupShown(BaseModel):
    """A group of the book."""

    key: str
    title: str
    people: int | None


class Groups(BaseModel):
    """All groups, the oldest first."""

    items: list[GroupShown]


class Title(BaseModel):
    """What a group is called."""

    title: Name


class Members(BaseModel):
    """Who comes into a group, and who goes."""

    add: list[Id] = Field([], max_length=1000)
    remove: list[Id] = Field([], max_length=1000)


class Fields(BaseModel):
    """What a person of the book can hold."""

    items: list[FieldShown]


class NewField(BaseModel):
    """A custom field."""

    title: Annotated[Name, Field(max_length=100)]
    type: FieldType = FieldType.TEXT
    choices: list[Name] = Field([], max_length=500)


class Choices(BaseModel):
    """The choices of a custom list."""

    choices: list[Name] = Field(min_length=1, max_length=500)


class NewDeal(BaseModel):
    """An opportunity."""

    title: Name
    stage: Line = "open"
    value: Decimal = Field(Decimal(0), ge=-MOST, le=MOST, decimal_places=2)
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    won: Annotated[str, Field(pattern=r"^$|^\d{4}-\d{2}-\d{2}$")] = Field("", description="The day; empty: not won.")
    company: Line = ""
    people: list[Id] = Field([], max_length=100)


class DealShown(BaseModel):
    """An opportunity of the book."""

    key: str
    title: str
    stage: str
    value: Decimal
    currency: str
    won: str
    company: str
    people: list[str]


@router.get("/book/{connection_id}/companies", dependencies=[READ])
def list_companies(
    request: Request,
    connection_id: Number,
    q: Annotated[Line, Query(description="Part of the name.")] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Page[CompanyShown]:
    """List companies of the built-in CRM by name."""
    done = number(cursor)
    with opened(request, connection_id) as book:
        found = book.companies(q, limit + 1, done)
    return page_of([CompanyShown(**one) for one in found], limit, str(done + limit))


@router.post("/book/{connection_id}/companies", dependencies=[EDIT], status_code=201)
def add_company(request: Request, connection_id: Number, new: NewCompany) -> CompanyShown:
    """Make a company."""
    given = new.model_dump()
    with opened(request, connection_id) as book:
        key = book.add_company(given.pop("name"), given)
        made = lists.company(book.place, key) or {}
    noted(request, f"saved the company {new.name} in the built-in CRM", connection_id)
    return _company(key, made)


@router.put("/book/{connection_id}/companies/{key}", dependencies=[EDIT])
def change_company(request: Request, connection_id: Number, key: Key, new: NewCompany) -> CompanyShown:
    """Change a company; another name is another company value of all its people."""
    with opened(request, connection_id) as book:
        if lists.company(book.place, str(key)) is None:
            raise missing("company")
        book.edit_company(str(key), new.model_dump())
        made = lists.company(book.place, str(key)) or {}
    noted(request, f"saved the company {new.name} in the built-in CRM", connection_id)
    return _company(str(key), made)


@router.delete("/book/{connection_id}/companies/{key}", dependencies=[EDIT], status_code=204)
def delete_company(request: Request, connection_id: Number, key: Key) -> Response:
    """Delete a company; its people stay, as Individuals."""
    with opened(request, connection_id) as book:
        gone = lists.company(book.place, str(key))
        if gone is None:
            raise missing("company")
        book.delete_company(str(key))
    noted(request, f"deleted the company {gone['name']} in the built-in CRM", connection_id)
    return Response(status_code=204)


@router.get("/book/{connection_id}/groups", dependencies=[READ])
def list_book_groups(request: Request, connection_id: Number) -> Groups:
    """List the groups of the built-in CRM, the oldest first."""
    with opened(request, connection_id) as book:
        return Groups(items=[_group(one) for one in book.groups()])


@router.post("/book/{connection_id}/groups", dependencies=[EDIT], status_code=201)
def add_book_group(request: Request, connection_id: Number, new: Title) -> GroupShown:
    """Make a group."""
    with opened(request, connection_id) as book:
        made = book.make_group(new.title)
    noted(request, f"made the group {made.title} in the built-in CRM", connection_id)
    return _group(made)


@router.put("/book/{connection_id}/groups/{key}", dependencies=[EDIT])
def rename_book_group(request: Request, connection_id: Number, key: Key, new: Title) -> GroupShown:
    """Give a group another name; its key, and so its mapping, stays."""
    with opened(request, connection_id) as book:
        _known(book.groups(), key)
        book.rename_group(str(key), new.title)
        shown = _known(book.groups(), key)
    noted(request, f"renamed a group of the built-in CRM to {new.title}", connection_id)
    return shown


@router.post("/book/{connection_id}/groups/{key}/members", dependencies=[EDIT])
def change_members(request: Request, connection_id: Number, key: Key, members: Members) -> GroupShown:
    """Put people into a group, and take people out."""
    with opened(request, connection_id) as book:
        title = _known(book.groups(), key).title
        if members.add:
            book.add_to_group(str(key), [str(one) for one in members.add])
        if members.remove:
            book.remove_from_group(str(key), [str(one) for one in members.remove])
        shown = _known(book.groups(), key)
    noted(request, f"changed who is in the group {title} of the built-in CRM", connection_id)
    return shown


@router.delete("/book/{connection_id}/groups/{key}", dependencies=[EDIT], status_code=204)
def delete_book_group(request: Request, connection_id: Number, key: Key) -> Response:
    """Delete a group; its people stay."""
    with opened(request, connection_id) as book:
        title = _known(book.groups(), key).title
        book.delete_group(str(key))
    noted(request, f"deleted the group {title} of the built-in CRM", connection_id)
    return Response(status_code=204)


@router.get("/book/{connection_id}/fields", dependencies=[READ])
def list_book_fields(request: Request, connection_id: Number) -> Fields:
    """List what a person of the built-in CRM can hold."""
    with opened(request, connection_id) as book:
        return Fields(items=[_field(one) for one in book.fields()])


@router.post("/book/{connection_id}/fields", dependencies=[EDIT_FIELDS], status_code=201)
def add_book_field(request: Request, connection_id: Number, new: NewField) -> Fields:
    """Make a custom field."""
    if new.type not in CUSTOM_TYPES:
        raise missing(f"custom field of the type {new.type}")
    name = "".join(sign if sign.isalnum() else "_" for sign in new.title.lower())[:100]
    choices = tuple(dict.fromkeys(new.choices)) if new.type in LISTED else ()
    with opened(request, connection_id) as book:
        book.add_field(SideField(f"custom:{name}", new.title, new.type, choices))
        shown = Fields(items=[_field(one) for one in book.fields()])
    noted(request, f"made the field {new.title} in the built-in CRM", connection_id)
    return shown


@router.put("/book/{connection_id}/fields/{name}/choices", dependencies=[EDIT_FIELDS])
def set_book_choices(request: Request, connection_id: Number, name: Name, wanted: Choices) -> Fields:
    """Give a custom list other choices; who has one that is no longer there keeps it until somebody changes it."""
    with opened(request, connection_id) as book:
        if name not in {one.name for one in book.fields()}:
            raise missing("field")
        book.set_choices(name, wanted.choices)
        shown = Fields(items=[_field(one) for one in book.fields()])
    noted(request, f"changed the choices of {name} in the built-in CRM", connection_id)
    return shown


@router.get("/book/{connection_id}/opportunities", dependencies=[READ])
def list_opportunities(
    request: Request, connection_id: Number, cursor: Cursor = "", limit: Limit = 50
) -> Page[DealShown]:
    """List opportunities of the built-in CRM, the last changed first."""
    done = number(cursor)
    with opened(request, connection_id) as book:
        found = lists.opportunities(book.place, limit + 1, done)
    return page_of([_deal(one) for one in found], limit, str(done + limit))


@router.post("/book/{connection_id}/opportunities", dependencies=[EDIT], status_code=201)
def add_opportunity(request: Request, connection_id: Number, new: NewDeal) -> DealShown:
    """Make an opportunity."""
    return _save(request, connection_id, "", new)


@router.put("/book/{connection_id}/opportunities/{key}", dependencies=[EDIT])
def change_opportunity(request: Request, connection_id: Number, key: Key, new: NewDeal) -> DealShown:
    """Change an opportunity as a whole."""
    return _save(request, connection_id, str(key), new)


def _save(request: Request, connection_id: int, key: str, new: NewDeal) -> DealShown:
    people = tuple(str(one) for one in new.people)
    deal = Deal(
        key, new.title, new.stage, int(new.value * 100), new.currency, f"{new.won}T00:00:00+00:00" if new.won else "",
        people, new.company,
    )  # fmt: skip
    with opened(request, connection_id) as book:
        if key and lists.opportunity(book.place, key) is None:
            raise missing("opportunity")
        found = lists.opportunity(book.place, book.save_deal(deal))
    if found is None:
        raise missing("opportunity")
    noted(request, f"saved the opportunity {new.title} in the built-in CRM", connection_id)
    return _deal(found)


def _known(there: list[BookGroup], key: int) -> GroupShown:
    found = next((one for one in there if one.key == str(key)), None)
    if found is None:
        raise missing("group")
    return _group(found)


def _group(one: BookGroup) -> GroupShown:
    return GroupShown(key=one.key, title=one.title, people=one.members)


def _company(key: str, held: dict[str, Any]) -> CompanyShown:
    return CompanyShown(key=key, **{name: str(held.get(name, "")) for name in FIELDS})


def _field(one: SideField) -> FieldShown:
    return FieldShown(
        name=one.name, title=one.title, type=one.type, choices=list(one.choices), required=one.required,
        writable=one.writable,
    )  # fmt: skip


def _deal(one: Deal) -> DealShown:
    return DealShown(
        key=one.key, title=one.title, stage=one.stage, value=Decimal(one.value) / 100, currency=one.currency,
        won=one.won, company=one.company, people=list(one.people),
    )  # fmt: skip
