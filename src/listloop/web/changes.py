"""Before and after, side by side: what a plan would change, and what a run changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from listloop.core.people import Patch, Record, SideName
from listloop.core.rules import Rules
from listloop.store.dossier import Change
from listloop.store.plans import DecisionLine
from listloop.web.words import CHANGES, N_


@dataclass(frozen=True, slots=True)
class Shown:
    """One value on one side. ``before`` None: there was no record yet."""

    side: SideName
    title: str
    before: str | None
    after: str


class Titles:
    """The names of fields and labels as people know them."""

    def __init__(self, rules: Rules) -> None:
        self._titles: dict[tuple[SideName, str], str] = {}
        for row in rules.rows:
            self._titles[SideName.CRM, row.crm.name] = row.crm.title
            self._titles[SideName.MAILCHIMP, row.mailchimp.name] = row.mailchimp.title
        for label in rules.labels:
            self._titles[SideName.CRM, label.crm.name] = label.crm.title
            self._titles[SideName.MAILCHIMP, label.mailchimp.name] = label.mailchimp.title

    def of(self, side: SideName, name: str) -> str:
        """The title, or the name where the mapping no longer has it."""
        return self._titles.get((side, name), name)


def planned(line: DecisionLine, titles: Titles) -> list[Shown]:
    """What a decision would change, Mailchimp first as in the plan's table."""
    both = ((SideName.MAILCHIMP, line.mailchimp, line.mailchimp_patch), (SideName.CRM, line.crm, line.crm_patch))
    return [shown for side, record, patch in both for shown in _patch(side, record, patch, titles)]


def written(changes: Sequence[Change], titles: Titles) -> list[Shown]:
    """What a run wrote for one person, from the history."""
    return [
        Shown(side := SideName(one.side), change_title(one, titles, side), one.old, one.new)
        for one in changes
        if one.side in set(SideName)
    ]


def change_title(change: Change, titles: Titles, side: SideName) -> str:
    """What a line of the history is about: a field by its title, else the word for its kind."""
    return titles.of(side, change.field) if change.field else CHANGES.get(change.what, change.what)


def _patch(side: SideName, record: Record | None, patch: Patch, titles: Titles) -> Iterator[Shown]:
    person = record.person if record else None
    if patch.email is not None:
        yield Shown(side, N_("E-mail"), person.email if person else None, patch.email)
    for name, value in sorted(patch.fields.items()):
        yield Shown(side, titles.of(side, name), person.fields.get(name, "") if person else None, value)
    for name in sorted(patch.add):
        yield Shown(side, titles.of(side, name), N_("no"), N_("yes"))
    for name in sorted(patch.remove):
        yield Shown(side, titles.of(side, name), N_("yes"), N_("no"))
    if patch.consent is not None:
        yield Shown(side, N_("May we mail"), person.consent.value if person else None, patch.consent.value)
    if patch.takes_part is not None:
        before = None if record is None else _part(record.takes_part)
        yield Shown(side, N_("Takes part"), before, _part(patch.takes_part))


def _part(value: bool | None) -> str:
    return {True: N_("Yes"), False: N_("No"), None: ""}[value]
