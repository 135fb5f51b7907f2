"""Where the columns of a file go in the built-in CRM: to its fields, or to new custom ones of their type."""

from __future__ import annotations

from dataclasses import dataclass, replace

from listloop.core.errors import NeedsAttention
from listloop.core.proposals import plain, propose
from listloop.core.side import Field, FieldType, Schema
from listloop.crm.local.values import CUSTOM_TYPES, LISTED, PREFIX
from listloop.files.columns import likeliest
from listloop.files.contacts import Contacts
from listloop.files.forms import Form, reader
from listloop.files.mapping import Given, parse_form
from listloop.files.names import WHOLE
from listloop.files.words import technical

#: The column that a file of refused lines has more than its original.
WHY = "Refused because"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a column goes: a field of the book, ``new`` where it must be made first; ``more`` are choices it lacks."""

    column: str
    field: Field
    new: bool = False
    more: tuple[str, ...] = ()


def targets(contacts: Contacts, book: Schema, given: Given, order: str = "") -> tuple[Contacts, tuple[Target, ...]]:
    """Where each column goes: fields of the book with the same meaning, else new custom fields. Empty columns stay."""
    known = {one.name: one for one in book.fields}
    for column in given.types:
        _check_column(column, contacts)
    told = {column: parse_form(text) for column, text in given.types.items()}
    contacts = replace(contacts, forms={**contacts.forms, **told})
    made: list[Target] = []
    if given.fields is not None:
        for column, name in given.fields.items():
            _check_column(column, contacts)
            there = known.get(name) or known.get(PREFIX + name.removeprefix(PREFIX))
            made.append(Target(column, there or _custom(name, contacts.forms[column]), there is None))
    else:
        made = _proposed(contacts, book)
    forms = dict(contacts.forms)
    for one in made:
        form = told.get(one.column) or likeliest(contacts.survey.texts[one.column], one.field.type, order)
        forms[one.column] = form or (Form() if one.field.type is not forms[one.column].type else forms[one.column])
    made = [one if one.new else _grown(one, contacts.forms[one.column]) for one in made]
    return replace(contacts, forms=forms), tuple(made)


def _grown(target: Target, form: Form) -> Target:
    """A field of choices gets those that a column of choices has more; a column of anything else is checked by them."""
    field = target.field
    more = tuple(one for one in form.choices if one not in field.choices)
    if field.type not in LISTED or not more:
        return target
    return Target(target.column, replace(field, choices=(*field.choices, *more)), more=more)


def _check_column(column: str, contacts: Contacts) -> None:
    if column not in contacts.forms:
        raise NeedsAttention(
            f"The file has no column “{column}” that could be a field.",
            f"It has: {', '.join(contacts.forms)}.",
            code="column-unknown",
        )


def worthwhile(contacts: Contacts, name: str) -> bool:
    """Is this column brought in unasked? Empty ones are not, nor whole names and what programs tell of themselves."""
    short = plain(name)
    return bool(contacts.survey.filled.get(name)) and short != plain(WHY) and short not in WHOLE and not technical(name)


def _proposed(contacts: Contacts, book: Schema) -> list[Target]:
    columns = [name for name in contacts.forms if worthwhile(contacts, name)]
    texts = Schema(tuple(Field(name, name) for name in columns))
    wanted = Schema(tuple(Field(one.name.removeprefix(PREFIX), one.title) for one in book.fields))
    by_name = {one.name.removeprefix(PREFIX): one for one in book.fields}
    pairs = {row.crm.name: by_name[row.mailchimp.name] for row in propose(texts, wanted)[0]}
    made = []
    for name in columns:
        form = _lossless(contacts, name)
        there = pairs.get(name)
        if there is None or (there.type is FieldType.DATE and contacts.forms[name].type is FieldType.BIRTHDAY):
            made.append(Target(name, _custom(name, form), new=True))
        else:
            made.append(Target(name, there))
    return made


def _lossless(contacts: Contacts, name: str) -> Form:
    """The form of a column where reading loses nothing: a few texts may look like less than they are.

    Listloop's own export has canonical texts, so what reading would change there is of no type; years are not dropped.
    """
    form, texts = contacts.forms[name], contacts.survey.texts[name]
    read = reader(form)
    own = contacts.program is not None and contacts.program.title == "Listloop"
    if own and any(read(text) != text for text in texts):
        return Form()
    return Form() if form.type is FieldType.BIRTHDAY and any(text[:4].isdigit() for text in texts) else form


def _custom(name: str, form: Form) -> Field:
    """A new custom field. A later file may have more choices: they are added then, and shown before."""
    of = form.type if form.type in CUSTOM_TYPES else FieldType.TEXT
    short = name.removeprefix(PREFIX)
    return Field(PREFIX + short[:100], short, of, form.choices if of in LISTED else ())
