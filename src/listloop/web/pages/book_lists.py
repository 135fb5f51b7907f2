"""The built-in CRM beside its people: companies, groups, custom fields, opportunities, communications."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.core.amounts import plain_amount
from listloop.core.errors import ListloopError
from listloop.core.side import Deal, Field, FieldType, Group
from listloop.crm.local import lists
from listloop.crm.local.companies import FIELDS
from listloop.crm.local.records import fetch
from listloop.crm.local.values import CUSTOM_TYPES, LISTED
from listloop.web.access import ADMINISTRATOR, MARKETER, VIEWER, Refused, form_of, services_of
from listloop.web.book_forms import read_deal
from listloop.web.pages.book import SIZE, Offset, noted, opened, saved
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()


@router.get("/book/{connection_id}/companies", dependencies=[VIEWER])
def companies(request: Request, connection_id: int, q: str = "", offset: Offset = 0) -> Response:
    """Companies by name."""
    with opened(request, connection_id) as book:
        found = book.companies(q[:200], SIZE + 1, offset)
    more = offset + SIZE if len(found) > SIZE else 0
    shown: dict[str, Any] = {"companies": found[:SIZE], "sought": q[:200].strip(), "offset": offset, "more": more}
    return page(request, "book_companies", tab="companies", connection_id=connection_id, **shown)


@router.get("/book/{connection_id}/companies/{key}", dependencies=[VIEWER])
def company(request: Request, connection_id: int, key: str) -> Response:
    """One company with its people; ``new`` is an empty form."""
    return _company(request, connection_id, key)


@router.post("/book/{connection_id}/companies/{key}", dependencies=[MARKETER])
def save_company(request: Request, connection_id: int, key: str) -> Response:
    """Make or change a company; another name is another company value of all its people."""
    form = form_of(request)
    given = {name: str(form.get(name, "")).strip() for name in FIELDS}
    with opened(request, connection_id) as book:
        try:
            if key == "new":
                key = book.add_company(given.pop("name"), given)
            else:
                book.edit_company(key, given)
        except ListloopError as error:
            return _company(request, connection_id, key, {name: str(form.get(name, "")) for name in FIELDS}, error)
    return saved(
        request,
        connection_id,
        f"saved the company {form.get('name', '')} in the built-in CRM",
        N_("Saved in the CRM."),
        f"companies/{key}",
    )


@router.post("/book/{connection_id}/companies/{key}/delete", dependencies=[MARKETER])
def delete_company(request: Request, connection_id: int, key: str) -> Response:
    """Delete a company; its people stay, as Individuals."""
    with opened(request, connection_id) as book:
        book.delete_company(key)
    return saved(
        request,
        connection_id,
        "deleted a company in the built-in CRM",
        N_("Deleted. Its people stay, without a company."),
        "companies",
    )


@router.get("/book/{connection_id}/groups", dependencies=[VIEWER])
def groups(request: Request, connection_id: int) -> Response:
    """The groups with their sizes, and a form for another one."""
    with opened(request, connection_id) as book:
        return page(request, "book_groups", tab="groups", connection_id=connection_id, groups=book.groups())


@router.post("/book/{connection_id}/groups", dependencies=[MARKETER])
def make_group(request: Request, connection_id: int) -> Response:
    """Make a group."""
    with opened(request, connection_id) as book:
        made = book.make_group(str(form_of(request).get("title", "")).strip())
    noted(request, connection_id, f"made the group {made.title} in the built-in CRM")
    return RedirectResponse(f"/book/{connection_id}/groups/{made.key}", 303)


@router.get("/book/{connection_id}/groups/{key}", dependencies=[VIEWER])
def group(request: Request, connection_id: int, key: str, q: str = "", offset: Offset = 0) -> Response:
    """The people of a group, and people to put into it."""
    words = q[:200].strip()
    with opened(request, connection_id) as book:
        found = lists.in_group(book.place, key, SIZE + 1, offset)
        known = book.people(words, SIZE) if words else []
        return page(
            request,
            "book_group",
            tab="groups",
            connection_id=connection_id,
            group=_group(book.groups(), key),
            people=found[:SIZE],
            offset=offset,
            more=offset + SIZE if len(found) > SIZE else 0,
            sought=words,
            others=[one for one in known if f"group:{key}" not in one.person.labels],
        )


@router.post("/book/{connection_id}/groups/{key}", dependencies=[MARKETER])
def change_group(request: Request, connection_id: int, key: str) -> Response:
    """Rename a group, put people in, or take them out."""
    form = form_of(request)
    people = [str(one) for one in form.getlist("person")][:SIZE]
    with opened(request, connection_id) as book:
        title = str(form.get("title", "")).strip()
        if title:
            book.rename_group(key, title)
        if people:
            (book.remove_from_group if form.get("do") == "out" else book.add_to_group)(key, people)
    return saved(
        request, connection_id, "changed a group in the built-in CRM", N_("Saved in the CRM."), f"groups/{key}"
    )


@router.post("/book/{connection_id}/groups/{key}/delete", dependencies=[MARKETER])
def delete_group(request: Request, connection_id: int, key: str) -> Response:
    """Delete a group; its people stay."""
    with opened(request, connection_id) as book:
        book.delete_group(key)
    return saved(
        request, connection_id, "deleted a group in the built-in CRM", N_("Deleted. Its people stay."), "groups"
    )


@router.get("/book/{connection_id}/fields", dependencies=[VIEWER])
def fields(request: Request, connection_id: int) -> Response:
    """What a person of the book can hold."""
    with opened(request, connection_id) as book:
        types = sorted(CUSTOM_TYPES)
        return page(
            request,
            "book_fields",
            tab="fields",
            connection_id=connection_id,
            fields=book.fields(),
            types=types,
            listed=LISTED,
        )


@router.post("/book/{connection_id}/fields", dependencies=[ADMINISTRATOR])
def make_field(request: Request, connection_id: int) -> Response:
    """Make a custom field."""
    form = form_of(request)
    title, kind = str(form.get("title", "")).strip()[:400], str(form.get("type", ""))
    if not title or kind not in CUSTOM_TYPES:
        raise Refused(422, "unreadable")
    lines = str(form.get("choices", "")).splitlines()
    choices = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
    name = "".join(sign if sign.isalnum() else "_" for sign in title.lower())[:100]
    with opened(request, connection_id) as book:
        made = Field(f"custom:{name}", title, FieldType(kind), choices if FieldType(kind) in LISTED else ())
        book.add_field(made)
    return saved(
        request,
        connection_id,
        f"made the field {title} in the built-in CRM",
        N_("The field is there. Map it under the connection's settings to have it in Mailchimp, too."),
        "fields",
    )


@router.post("/book/{connection_id}/fields/choices", dependencies=[ADMINISTRATOR])
def set_choices(request: Request, connection_id: int) -> Response:
    """Give a list of choices other ones."""
    form = form_of(request)
    name, lines = str(form.get("field", "")), str(form.get("choices", ""))[:100_000].splitlines()
    with opened(request, connection_id) as book:
        book.set_choices(name, lines)
        title = next(one.title for one in book.fields() if one.name == name)
    said = N_("Kept. Whoever has a choice that is no longer there keeps it until somebody changes it.")
    return saved(request, connection_id, f"changed the choices of {title} in the built-in CRM", said, "fields")


@router.get("/book/{connection_id}/opportunities", dependencies=[VIEWER])
def opportunities(request: Request, connection_id: int, offset: Offset = 0) -> Response:
    """Opportunities, the last changed first."""
    with opened(request, connection_id) as book:
        found = lists.opportunities(book.place, SIZE + 1, offset)
        keys = {key for one in found for key in one.people}
        names = {one.key: one.name or one.email for one in fetch(book.place, keys)}
    more = offset + SIZE if len(found) > SIZE else 0
    shown: dict[str, Any] = {"deals": found[:SIZE], "names": names, "offset": offset, "more": more}
    shown["amount"] = plain_amount
    return page(request, "book_deals", tab="opportunities", connection_id=connection_id, **shown)


@router.get("/book/{connection_id}/opportunities/{key}", dependencies=[VIEWER])
def opportunity(request: Request, connection_id: int, key: str, person: str = "") -> Response:
    """One opportunity; ``new`` is an empty form, for this person where it is named."""
    if key == "new":
        return _deal(request, connection_id, Deal("", "", "open", 0, "EUR", people=(person,) if person else ()))
    with opened(request, connection_id) as book:
        found = lists.opportunity(book.place, key)
    if found is None:
        raise Refused(404, "missing")
    return _deal(request, connection_id, found)


@router.post("/book/{connection_id}/opportunities/{key}", dependencies=[MARKETER])
def save_opportunity(request: Request, connection_id: int, key: str) -> Response:
    """Make or change an opportunity; “won today” writes the day."""
    services = services_of(request)
    posted = {name: str(value)[:400] for name, value in form_of(request).items()}
    if "won_now" in posted:
        posted |= {"won": services.now().astimezone(UTC).isoformat(timespec="seconds"), "stage": "won"}
    given = read_deal(posted, "" if key == "new" else key)
    if given is None or not given.title:
        tell(request, N_("An opportunity needs a title and an amount. Nothing was saved."), "warn")
        return RedirectResponse(f"/book/{connection_id}/opportunities/{key}", 303)
    with opened(request, connection_id) as book:
        kept = book.save_deal(given)
    return saved(
        request,
        connection_id,
        f"saved the opportunity {given.title} in the built-in CRM",
        N_("Saved in the CRM."),
        f"opportunities/{kept}",
    )


@router.get("/book/{connection_id}/communications", dependencies=[VIEWER])
def communications(request: Request, connection_id: int, offset: Offset = 0) -> Response:
    """What was written to anybody, the last first."""
    with opened(request, connection_id) as book:
        found = lists.latest(book.place, SIZE + 1, offset)
    more = offset + SIZE if len(found) > SIZE else 0
    shown: dict[str, Any] = {"written": found[:SIZE], "offset": offset, "more": more}
    return page(request, "book_communications", tab="communications", connection_id=connection_id, **shown)


def _company(
    request: Request,
    connection_id: int,
    key: str,
    posted: dict[str, str] | None = None,
    error: ListloopError | None = None,
) -> Response:
    with opened(request, connection_id) as book:
        found = None if key == "new" else lists.company(book.place, key)
        if found is None and key != "new":
            raise Refused(404, "missing")
        return page(
            request,
            "book_company",
            422 if error else 200,
            tab="companies",
            connection_id=connection_id,
            key=key,
            given=posted or found or dict.fromkeys(FIELDS, ""),
            names=FIELDS,
            people=[] if key == "new" else lists.in_company(book.place, key, SIZE),
            error=error,
        )


def _deal(request: Request, connection_id: int, deal: Deal) -> Response:
    with opened(request, connection_id) as book:
        people = list(fetch(book.place, deal.people))
        campaign = lists.campaign_of(book.place, deal.key)
    return page(
        request,
        "book_deal",
        campaign=campaign,
        tab="opportunities",
        connection_id=connection_id,
        deal=deal,
        people=people,
        amount=plain_amount,
    )


def _group(there: list[Group], key: str) -> Group:
    found = next((one for one in there if one.key == key), None)
    if found is None:
        raise Refused(404, "missing")
    return found
