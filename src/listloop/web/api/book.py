"""The built-in CRM: its people, found, made, edited, deleted, and what they said of mail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from listloop.core.errors import ListloopError, NeedsAttention
from listloop.core.people import Consent, Patch, Record
from listloop.crm.local import lists
from listloop.crm.local.book import Book
from listloop.crm.local.facts import communications_of
from listloop.store.database import reading
from listloop.web.access import services_of
from listloop.web.api.access import EDIT, READ, area, caller_of, noted
from listloop.web.api.connections import Asked, known_connection
from listloop.web.api.paging import Cursor, Id, Limit, Line, Number, Page, number, page_of
from listloop.web.api.people import found_person
from listloop.web.api.problems import missing
from listloop.web.edit import editable

router = area("built-in CRM")

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Text = Annotated[str, Field(max_length=10_000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$")]
Key = Number
"""The key of a thing in the book, which is a number."""

#: What a person may have said about mail.
SAID = {"agreed": Consent.SUBSCRIBED, "out": Consent.UNSUBSCRIBED}


class BookPerson(BaseModel):
    """A person as the book has it."""

    key: str
    kind: str = Field(description="Contact (of a company) or Individual.")
    email: str
    name: str
    fields: dict[str, str]
    groups: list[str] = Field(description="The keys of the groups that the person is in.")
    consent: Consent
    takes_part: bool | None = Field(description="*Sync with Mailchimp*; null: not set.")


class NewPerson(BaseModel):
    """Somebody new."""

    email: Annotated[str, Field(max_length=400, pattern=r"^[^\x00-\x1f]*$")] = ""
    fields: dict[Name, Text] = Field({}, max_length=300, description="By the names that GET …/fields tells.")
    groups: list[Id] = Field([], max_length=200, description="The keys of groups.")
    takes_part: bool | None = Field(True, description="*Sync with Mailchimp*; null: not set.")


class NewPeople(BaseModel):
    """Several people at once. Each is made or refused on its own."""

    people: list[NewPerson] = Field(min_length=1, max_length=500)


class Made(BaseModel):
    """What came of one of several people."""

    key: str = Field(description="Empty: refused.")
    problem: str


class Outcomes(BaseModel):
    """What came of several people, in their order."""

    items: list[Made]


class FieldEdit(BaseModel):
    """What of a person changes; what is left out stays."""

    email: Annotated[str, Field(max_length=400, pattern=r"^[^\x00-\x1f]*$")] | None = None
    fields: dict[Name, Text] = Field({}, max_length=300, description="Empty clears a field.")
    takes_part: bool | None = Field(None, description="*Sync with Mailchimp*; null leaves it as it is.")


class PersonEdit(FieldEdit):
    """What of a person of the book changes; what is left out stays."""

    groups: list[Id] | None = Field(None, max_length=200, description="The keys of all groups from now on.")


class Word(BaseModel):
    """What a person said to somebody of the company; it stands under the name of the token's owner."""

    said: Literal["agreed", "out"]


class Written(BaseModel):
    """A communication that was written to a person."""

    kind: str
    title: str
    at: str
    text: str


class Writings(BaseModel):
    """What was written to a person, the last first."""

    items: list[Written]


@router.get("/book/{connection_id}/people", dependencies=[READ])
def list_book_people(
    request: Request,
    connection_id: Number,
    q: Annotated[Line, Query(description="Part of a name, an address or a company.")] = "",
    group: Annotated[int, Query(ge=0, le=2**53 - 1, description="Only of the group with this key; 0: of all.")] = 0,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Page[BookPerson]:
    """List people of the built-in CRM by last name, or those who are searched for."""
    done = number(cursor)
    with opened(request, connection_id) as book:
        mine = str(group) if group else ""
        found = lists.in_group(book.place, mine, limit + 1, done) if mine else book.people(q, limit + 1, done)
    return page_of([_shown(one) for one in found], limit, str(done + limit))


@router.get("/book/{connection_id}/people/{key}", dependencies=[READ])
def get_book_person(request: Request, connection_id: Number, key: Key) -> BookPerson:
    """Get one person of the built-in CRM."""
    with opened(request, connection_id) as book:
        return _shown(_record(book, key))


@router.post("/book/{connection_id}/people", dependencies=[EDIT], status_code=201)
def add_book_person(request: Request, connection_id: Number, new: NewPerson) -> BookPerson:
    """Make a person in the built-in CRM; the next run takes it to Mailchimp. With a company it is a Contact."""
    with opened(request, connection_id) as book:
        made = _record(book, int(_add(book, new)))
    noted(request, f"made {made.name or made.email} in the built-in CRM", connection_id)
    return _shown(made)


@router.post("/book/{connection_id}/people/import", dependencies=[EDIT])
def import_book_people(request: Request, connection_id: Number, new: NewPeople) -> Outcomes:
    """Make up to 500 people at once; each is made, or refused with its reason."""
    done: list[Made] = []
    with opened(request, connection_id) as book:
        for one in new.people:
            try:
                done.append(Made(key=_add(book, one), problem=""))
            except ListloopError as error:
                done.append(Made(key="", problem=str(error)))
    made = sum(bool(one.key) for one in done)
    noted(request, f"brought {made:,} people into the built-in CRM", connection_id)
    return Outcomes(items=done)


@router.patch("/book/{connection_id}/people/{key}", dependencies=[EDIT])
def edit_book_person(request: Request, connection_id: Number, key: Key, edit: PersonEdit) -> BookPerson:
    """Edit a person of the built-in CRM; the next run takes it to Mailchimp."""
    with opened(request, connection_id) as book:
        record = _record(book, key)
        if edit.fields or edit.email is not None:
            record = book.edit_person(str(key), edit.fields, edit.email)
        if edit.takes_part is not None and edit.takes_part is not record.takes_part:
            book.flag(edit.takes_part, keys=[str(key)])
        if edit.groups is not None:
            _regroup(book, record, {str(one) for one in edit.groups})
        record = _record(book, key)
    noted(request, f"edited {record.name or record.email} in the built-in CRM", connection_id)
    return _shown(record)


@router.patch("/people/{person_id}", dependencies=[EDIT], status_code=202)
def edit_person(request: Request, person_id: Number, edit: FieldEdit) -> Asked:
    """Edit the mapped fields of a person whose CRM is the built-in one; the next run takes it to Mailchimp."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        found = found_person(db, person_id)
    if services.edit_local is None or found.crm is None or not editable(found):
        raise missing("person in the built-in CRM")
    fields = {row.crm.name for row in found.rules.rows if row.crm.writable}
    if unknown := sorted(edit.fields.keys() - fields):
        raise NeedsAttention(
            f"“{unknown[0]}” can't be edited here.", f"It can be: {', '.join(sorted(fields))}.", code="field-unknown"
        )
    patch = Patch(email=edit.email, fields=edit.fields, takes_part=edit.takes_part)
    services.edit_local(found.line.connection_id, found.crm.record.key, patch)
    what = f"edited {found.line.name or found.line.email} in the CRM of {found.connection}"
    noted(request, what, found.line.connection_id)
    return Asked()


@router.post("/book/{connection_id}/people/{key}/consent", dependencies=[EDIT])
def note_consent(request: Request, connection_id: Number, key: Key, word: Word) -> BookPerson:
    """Note what a person said about mail to somebody of the company: that it agreed, or wants no more."""
    with opened(request, connection_id) as book:
        record = _record(book, key)
        book.consent(str(key), SAID[word.said], by_the_person=True)
        after = _record(book, key)
    did = "agreed to mail" if word.said == "agreed" else "opted out"
    noted(request, f"noted that {record.name or record.email} {did}", connection_id)
    return _shown(after)


@router.delete("/book/{connection_id}/people/{key}", dependencies=[EDIT], status_code=204)
def delete_book_person(request: Request, connection_id: Number, key: Key) -> Response:
    """Delete a person of the built-in CRM; the next run archives the member, or leaves it, as the rules say."""
    with opened(request, connection_id) as book:
        record = _record(book, key)
        book.delete_people([str(key)])
    noted(request, f"deleted {record.name or record.email} in the built-in CRM", connection_id)
    return Response(status_code=204)


@router.get("/book/{connection_id}/people/{key}/communications", dependencies=[READ])
def list_communications(request: Request, connection_id: Number, key: Key) -> Writings:
    """List what was written to a person of the built-in CRM, the last first; at most 200."""
    with opened(request, connection_id) as book:
        _record(book, key)
        found = communications_of(book.place, str(key))[:200]
    return Writings(items=[Written(kind=one.kind, title=one.title, at=str(one.at), text=one.text) for one in found])


@contextmanager
def opened(request: Request, connection_id: int) -> Iterator[Book]:
    """The book of this connection, in the hand of the caller. Raises ListloopError where it has none."""
    services = services_of(request)
    if services.book is None:
        raise missing("built-in CRM here")
    with services.book(known_connection(request, connection_id), caller_of(request).who) as book:
        yield book


def _add(book: Book, new: NewPerson) -> str:
    _groups(book, {str(one) for one in new.groups})
    return book.add_person(new.fields, new.email, new.takes_part, [str(one) for one in new.groups])


def _regroup(book: Book, record: Record, wanted: set[str]) -> None:
    for key in _groups(book, wanted):
        inside = f"group:{key}" in record.person.labels
        if (key in wanted) is not inside:
            (book.remove_from_group if inside else book.add_to_group)(key, [record.key])


def _groups(book: Book, wanted: set[str]) -> list[str]:
    """The keys of all groups. Raises ListloopError where one that is wanted is not there."""
    there = [one.key for one in book.groups()]
    if wanted - set(there):
        raise missing("group")
    return there


def _record(book: Book, key: int) -> Record:
    found = book.person(str(key))
    if found is None:
        raise missing("person in the built-in CRM")
    return found


def _shown(one: Record) -> BookPerson:
    return BookPerson(
        key=one.key,
        kind=one.kind,
        email=one.email,
        name=one.name,
        fields=dict(one.person.fields),
        groups=sorted(name.removeprefix("group:") for name in one.person.labels if name.startswith("group:")),
        consent=one.person.consent,
        takes_part=one.takes_part,
    )
