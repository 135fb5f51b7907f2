"""The built-in CRM: its people, found, made, edited and deleted by hand, as a small CRM does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from listloop.core.errors import ListloopError
from listloop.core.people import Consent, Record
from listloop.crm.local import lists
from listloop.crm.local.book import Book
from listloop.crm.local.facts import communications_of
from listloop.crm.local.records import fetch
from listloop.store import audit
from listloop.store.database import reading
from listloop.store.dossier import crm_keys, of_crm_record
from listloop.store.search import Question, find
from listloop.web.access import MARKETER, VIEWER, Refused, form_of, services_of, user_of
from listloop.web.book_forms import Given, person_form, read_person, shown
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()

SIZE = 50

#: From so many people on, a search asks Listloop's index instead of reading through the book.
LARGE = 20_000

#: What may be said of a person's consent by hand -> may it be said that the person did.
SAID = {"agreed": Consent.SUBSCRIBED, "out": Consent.UNSUBSCRIBED}

Offset = Annotated[int, Query(ge=0, le=10_000_000)]


@contextmanager
def opened(request: Request, connection_id: int) -> Iterator[Book]:
    """The book of this connection, in the hand of the signed-in user."""
    services = services_of(request)
    if services.book is None:
        raise Refused(404, "missing")
    with services.book(connection_id, user_of(request).email) as book:
        yield book


def noted(request: Request, connection_id: int, what: str) -> None:
    """Note in the audit log what was done in the book."""
    services = services_of(request)
    with services.engine.begin() as database:
        audit.note(database, services.now(), user_of(request).email, what, connection_id=connection_id)


def saved(request: Request, connection_id: int, what: str, message: str, path: str) -> Response:
    """Note what was done, say so, and lead on to a page of the book."""
    noted(request, connection_id, what)
    tell(request, message)
    return RedirectResponse(f"/book/{connection_id}/{path}", 303)


@router.get("/book/{connection_id}/people", dependencies=[VIEWER])
def people(request: Request, connection_id: int, q: str = "", offset: Offset = 0) -> Response:
    """Everybody of the book by last name, or who was searched for."""
    words = q[:200].strip()
    with opened(request, connection_id) as book:
        large = bool(words) and book.count() > LARGE
        found = _indexed(request, connection_id, book, words) if large else book.people(words, SIZE + 1, offset)
        return page(
            request,
            "book_people",
            tab="people",
            connection_id=connection_id,
            people=found[:SIZE],
            sought=words,
            offset=offset,
            more=offset + SIZE if len(found) > SIZE else 0,
            all=book.count(),
        )


def _indexed(request: Request, connection_id: int, book: Book, words: str) -> list[Record]:
    with reading(services_of(request).engine).begin() as database:
        lines = find(database, Question(words, connection_id=connection_id), limit=SIZE).lines
        keys = crm_keys(database, [line.id for line in lines])
    return list(fetch(book.place, keys))


@router.get("/book/{connection_id}/people/new", dependencies=[MARKETER])
def new(request: Request, connection_id: int, company: Annotated[str, Query(max_length=400)] = "") -> Response:
    """An empty form."""
    return _form(request, connection_id, None, {"field:company": company})


@router.post("/book/{connection_id}/people/new", dependencies=[MARKETER])
def make(request: Request, connection_id: int) -> Response:
    """Make the person; what is refused comes back with the form as it was filled in."""
    posted = {name: str(value) for name, value in form_of(request).items()}
    with opened(request, connection_id) as book:
        given = read_person(book.fields(), posted, None)
        try:
            key = book.add_person(given.fields, given.email or "", given.takes_part)
        except ListloopError as error:
            return _form(request, connection_id, None, posted, error)
    return saved(
        request,
        connection_id,
        f"made {_name(given)} in the built-in CRM",
        N_("Saved in the CRM. The next run takes it to Mailchimp."),
        f"people/{key}",
    )


@router.get("/book/{connection_id}/people/{key}", dependencies=[VIEWER])
def person(request: Request, connection_id: int, key: str) -> Response:
    """One person with all fields, groups, opportunities and what was written."""
    return _form(request, connection_id, key, None)


@router.post("/book/{connection_id}/people/{key}", dependencies=[MARKETER])
def change(request: Request, connection_id: int, key: str) -> Response:
    """Save what is different; groups that are ticked are the groups afterwards."""
    form = form_of(request)
    posted = {name: str(value) for name, value in form.items()}
    with opened(request, connection_id) as book:
        record = _record(book, key)
        given = read_person(book.fields(), posted, record)
        try:
            if given.fields or given.email is not None:
                record = book.edit_person(key, given.fields, given.email)
        except ListloopError as error:
            return _form(request, connection_id, key, posted, error)
        if given.takes_part is not record.takes_part:
            book.flag(given.takes_part, keys=[key])
        wanted = {str(one) for one in form.getlist("group")}
        for group in book.groups():
            inside = f"group:{group.key}" in record.person.labels
            if (group.key in wanted) is not inside:
                (book.remove_from_group if inside else book.add_to_group)(group.key, [key])
    return saved(
        request,
        connection_id,
        f"edited {record.name or record.email} in the built-in CRM",
        N_("Saved in the CRM. The next run takes it to Mailchimp."),
        f"people/{key}",
    )


@router.post("/book/{connection_id}/people/{key}/consent", dependencies=[MARKETER])
def consent(request: Request, connection_id: int, key: str) -> Response:
    """Note what the person said about mail: an opt-out, or an agreement given to somebody of the company."""
    said = str(form_of(request).get("said", ""))
    if said not in SAID:
        raise Refused(422, "unreadable")
    with opened(request, connection_id) as book:
        record = _record(book, key)
        book.consent(key, SAID[said], by_the_person=True)
    who = record.name or record.email
    agreed, out = f"noted that {who} agreed to mail", f"noted that {who} opted out"
    noted(request, connection_id, agreed if said == "agreed" else out)
    tell(request, N_("Noted, with your name. The next run follows it; a no goes before everything else."))
    return RedirectResponse(f"/book/{connection_id}/people/{key}", 303)


@router.post("/book/{connection_id}/people/{key}/delete", dependencies=[MARKETER])
def delete(request: Request, connection_id: int, key: str) -> Response:
    """Delete the record; the next run archives the member, or leaves it, as the settings say."""
    with opened(request, connection_id) as book:
        record = _record(book, key)
        book.delete_people([key])
    return saved(
        request,
        connection_id,
        f"deleted {record.name or record.email} in the built-in CRM",
        N_("Deleted in the CRM. A no that was said stays remembered."),
        "people",
    )


def _form(
    request: Request,
    connection_id: int,
    key: str | None,
    posted: dict[str, str] | None,
    error: ListloopError | None = None,
) -> Response:
    with opened(request, connection_id) as book:
        record = None if key is None else _record(book, key)
        with reading(services_of(request).engine).begin() as database:
            known = None if key is None else of_crm_record(database, connection_id, key)
        return page(
            request,
            "book_person",
            422 if error else 200,
            tab="people",
            connection_id=connection_id,
            record=record,
            form=person_form(book.fields(), shown(record) | (posted or {})),
            groups=book.groups(),
            known=known,
            deals=[] if key is None else lists.opportunities(book.place, SIZE, person=key),
            communications=[] if key is None else communications_of(book.place, key)[:SIZE],
            error=error,
        )


def _record(book: Book, key: str) -> Record:
    found = book.person(key)
    if found is None:
        raise Refused(404, "missing")
    return found


def _name(given: Given) -> str:
    parts = (given.fields.get("first_name", ""), given.fields.get("last_name", ""))
    return " ".join(part for part in parts if part) or given.email or "somebody"
