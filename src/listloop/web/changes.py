"""Before and after, side by side: what a plan would change, and what a run changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from listloop.core.addresses import in_a_line
from listloop.core.people import Consent, Patch, Record, SideName
from listloop.core.rules import Rules
from listloop.store.dossier import Change
from listloop.store.plans import DecisionLine
from listloop.web.words import CHANGES, CONSENTS, N_


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


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of a plan or a receipt. A status is decided in a row of its own; people see one person, once."""

    lines: tuple[DecisionLine, ...]
    shown: list[Shown]

    @property
    def first(self) -> DecisionLine:
        """Who it is about, and in which way."""
        return self.lines[0]

    @property
    def opt_out(self) -> bool:
        """Is a no carried over?"""
        return any(line.opt_out for line in self.lines)

    @property
    def held(self) -> bool:
        """Does any of it wait for a yes?"""
        return any(line.held for line in self.lines)

    @property
    def reasons(self) -> list[str]:
        """Why, each reason once."""
        return list(dict.fromkeys(reason for line in self.lines for reason in line.reasons))

    @property
    def states(self) -> list[tuple[SideName, str]]:
        """How far each side was written."""
        both = [(SideName.MAILCHIMP, line.mailchimp_state) for line in self.lines]
        both += [(SideName.CRM, line.crm_state) for line in self.lines]
        return [one for one in dict.fromkeys(both) if one[1]]

    @property
    def problems(self) -> list[str]:
        """What a side refused, and why."""
        return list(dict.fromkeys(line.problem for line in self.lines if line.problem))


def entries(lines: Sequence[DecisionLine], history: Sequence[Change], titles: Titles) -> list[Entry]:
    """The people of a page of a plan, with what was written where the history knows it, else with what is planned."""
    found = []
    for person_id, some in groupby(lines, key=lambda line: line.person_id):
        group = tuple(some)
        done = written([one for one in history if one.person_id == person_id], titles)
        found.append(Entry(group, done or [shown for line in group for shown in planned(line, titles)]))
    return found


def written(changes: Sequence[Change], titles: Titles) -> list[Shown]:
    """What a run wrote for one person, from the history."""
    return [
        Shown(side := SideName(one.side), change_title(one, titles, side), *before_after(one))
        for one in changes
        if one.side in set(SideName)
    ]


def before_after(change: Change) -> tuple[str, str]:
    """A line of the history as before and after; a label is either there or not."""
    if change.what == "link":
        return _identity(change.old), N_("stored")
    if change.what == "consent":
        return _consent(change.old), _consent(change.new)
    if change.what != "label":
        return in_a_line(change.old), in_a_line(change.new)
    return (N_("yes"), N_("no")) if change.old else (N_("no"), N_("yes"))


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
        yield Shown(
            side, N_("May we mail"), CONSENTS[person.consent][0] if person else None, CONSENTS[patch.consent][0]
        )
    if patch.takes_part is not None:
        before = None if record is None else _part(record.takes_part)
        yield Shown(side, N_("Takes part"), before, _part(patch.takes_part))
    if patch.mailchimp_id is not None:
        yield Shown(side, N_("Mailchimp ID"), _identity(record.mailchimp_id) if record else None, N_("stored"))


def _identity(mailchimp_id: str) -> str:
    """That an ID is there is news for people; the ID itself says nothing to them."""
    return N_("another one") if mailchimp_id else ""


def _consent(code: str) -> str:
    return CONSENTS[Consent(code)][0] if code in set(Consent) else code


def _part(value: bool | None) -> str:
    return {True: N_("Yes"), False: N_("No"), None: ""}[value]
