"""How two files were understood, for people to look at before they believe a rehearsal."""

from __future__ import annotations

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
    shown.add_row(agreed.contacts.roles.email, "⇄", agreed.members.parts[0].email, "e-mail", "")
    for row in agreed.rows:
        form = agreed.contacts.forms[row.crm.name]
        example = " · ".join(agreed.contacts.survey.texts.get(row.crm.name, [])[:2])
        shown.add_row(row.crm.name, "⇄", row.mailchimp.name, form.told, example[:40])
    for label in agreed.labels:
        shown.add_row(f"group {label.crm.title}", "⇄", f"tag {label.mailchimp.title}", "label", "")
    to.print(shown)
    mapped = {row.crm.name for row in agreed.rows}, {row.mailchimp.name for row in agreed.rows}
    for title, names, taken in (
        ("the CRM", agreed.contacts.forms, mapped[0]),
        ("Mailchimp", agreed.members.forms, mapped[1]),
    ):
        left = [name for name in names if name not in taken]
        if left:
            to.print(f"Not mapped, so left alone in {title}: {', '.join(left)}.", markup=False)
    doubts = [encoding_doubt(agreed.contacts.rows.source, "--encoding")]
    doubts += [encoding_doubt(part.table.source, "--audience-encoding") for part in agreed.members.parts]
    doubts.append(conversion_doubt(agreed.contacts.rows.source.title, agreed.contacts.survey.texts))
    doubts.append(conversion_doubt(agreed.members.parts[0].table.source.path.name, agreed.members.survey.texts))
    for doubt in filter(None, doubts):
        to.print(doubt)
    for where, forms, taken in (
        ("the CRM's", agreed.contacts.forms, mapped[0]),
        ("Mailchimp's", agreed.members.forms, mapped[1]),
    ):
        for name, form in forms.items():
            if not form.sure:
                to.print(f"{_doubt(name, form, where)}", markup=False)
            if name in taken and (doubt := misfit_doubt(name, form, "They are left out of this rehearsal.")):
                to.print(doubt, markup=False)


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
            to.print(f"! {self.count:,} texts are not of their columns' types, and were left out:", markup=False)
            for one in self.some:
                to.print(f"  {one}", markup=False)


def _print_crm(contacts: Contacts, to: Console) -> None:
    source = contacts.rows.source.path.name
    to.print(f"{source}: {contacts.title}, {contacts.survey.lines:,} lines, {contacts.rows.told}.", markup=False)
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
    to.print(f"{members.parts[0].table.source.path.name}: {members.survey.lines:,} members.", markup=False)
    for part in members.parts:
        source = part.table.source
        status = f"status by “{part.status}”" if part.status else STATUSES[part.consent]
        to.print(f"  {source.name}: {status}, {part.table.told}", markup=False)
        if not part.sure:
            to.print("  ! Nothing in this file tells their status; they are taken for subscribed.", markup=False)
