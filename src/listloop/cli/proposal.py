"""How two files were understood, for people to look at before they believe a rehearsal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rich.console import Console

from listloop.cli.asking import conversion_doubt, encoding_doubt, misfit_doubt
from listloop.cli.console import table
from listloop.files.contacts import Contacts
from listloop.files.forms import Form
from listloop.files.mapping import Agreed
from listloop.files.members import STATUSES, Members

#: So many texts that don't fit are listed one by one.
_LISTED = 20


def print_proposal(agreed: Agreed, *, to: Console) -> None:
    """Both files, the mapping, what is not mapped, and what can be read in two ways."""
    _print_crm(agreed.contacts, to)
    _print_audience(agreed.members, to)
    shown = table("CRM", "", "Mailchimp", "type", "for example")
    for here, there, told in pairs_told(agreed):
        example = " · ".join(agreed.contacts.survey.texts.get(here, [])[:2]) if told != "e-mail" else ""
        shown.add_row(here, "⇄", there, told, example[:40])
    to.print(shown)
    for line in (*_left_out(agreed), *doubts(agreed)):
        to.print(line, markup=False)


def pairs_told(agreed: Agreed) -> list[tuple[str, str, str]]:
    """What goes together in the CRM's file and in the audience's, and its type."""
    pairs = [(agreed.contacts.roles.email, agreed.members.parts[0].email, "e-mail")]
    pairs += [(row.crm.name, row.mailchimp.name, agreed.contacts.forms[row.crm.name].told) for row in agreed.rows]
    return pairs + [(f"group {one.crm.title}", f"tag {one.mailchimp.title}", "label") for one in agreed.labels]


def _left_out(agreed: Agreed) -> Iterator[str]:
    for title, names, taken in _sides(agreed):
        left = [name for name in names if name not in taken]
        if left:
            yield f"Not mapped, so left alone in {title}: {', '.join(left)}."


def _sides(agreed: Agreed) -> tuple[tuple[str, Mapping[str, Form], set[str]], ...]:
    """Each file's title, the forms of its columns, and those that are mapped."""
    return (
        ("the CRM", agreed.contacts.forms, {row.crm.name for row in agreed.rows}),
        ("Mailchimp", agreed.members.forms, {row.mailchimp.name for row in agreed.rows}),
    )


def doubts(agreed: Agreed) -> Iterator[str]:
    """What could be meant otherwise, was broken before, or does not fit."""
    contacts, members = agreed.contacts, agreed.members
    found = [encoding_doubt(contacts.rows.source, "--encoding")]
    found += [encoding_doubt(part.table.source, "--audience-encoding") for part in members.parts]
    found.append(conversion_doubt(contacts.rows.source.title, contacts.survey.texts))
    found.append(conversion_doubt(members.parts[0].table.source.path.name, members.survey.texts))
    for title, forms, taken in _sides(agreed):
        for name, form in forms.items():
            if not form.sure:
                found.append(_doubt(name, form, f"{title}'s"))
            if name in taken:
                found.append(misfit_doubt(name, form, "They are left out of this rehearsal."))
    return filter(None, found)


def _doubt(name: str, form: Form, where: str) -> str:
    fix = "--dates dmy or --dates mdy" if form.order else "[types] in a --mapping file"
    return f"! {where} “{name}” can be read in two ways; proposed: {form.told}. Say which with {fix}."


@dataclass(slots=True)
class Misread:
    """The texts that were left out of a rehearsal, since they are not of their columns' types: how many, and some."""

    count: int = 0
    some: list[str] = field(default_factory=list)

    def __call__(self, line: str, column: str, problem: str) -> None:
        """One more."""
        self.count += 1
        if len(self.some) < _LISTED:
            self.some.append(f"{line}, “{column}”: {problem}")

    def show(self, to: Console) -> None:
        """Say which they were."""
        if self.count:
            told = "1 text is" if self.count == 1 else f"{self.count:,} texts are"
            to.print(f"! {told} not of the column's type, and left out:", markup=False)
            for one in self.some:
                to.print(f"  {one}", markup=False)


def crm_told(contacts: Contacts) -> str:
    """Whose file it is, how long, and how it was read."""
    source = contacts.rows.source.path.name
    return f"{source}: {contacts.title}, {contacts.survey.lines:,} lines, {contacts.rows.told}."


def audience_told(members: Members) -> str:
    """Which file it is, and how many members it has."""
    return f"{members.parts[0].table.source.path.name}: {members.survey.lines:,} members."


def _print_crm(contacts: Contacts, to: Console) -> None:
    to.print(crm_told(contacts), markup=False)
    has = contacts.roles
    if contacts.keyed:
        to.print(f"  key: “{has.key}”", markup=False)
    for name, say in has.consents.items():
        to.print(f"  consent: “{name}”, {say}", markup=False)
    if has.flag:
        to.print(f"  Sync with Mailchimp: “{has.flag}”", markup=False)
    if has.groups:
        to.print(f"  groups: {', '.join(f'“{name}”' for name in has.groups)}", markup=False)


def _print_audience(members: Members, to: Console) -> None:
    to.print(audience_told(members), markup=False)
    for part in members.parts:
        source = part.table.source
        status = f"status by “{part.status}”" if part.status else STATUSES[part.consent]
        to.print(f"  {source.name}: {status}, {part.table.told}", markup=False)
        if not part.sure:
            to.print("  ! Nothing in this file tells their status; they are taken for subscribed.", markup=False)
