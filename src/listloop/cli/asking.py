"""Questions in a terminal about a file: how its letters are read, which column is what, where each column goes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from rich.prompt import Prompt

from listloop.cli.console import err, table
from listloop.core.addresses import in_a_line
from listloop.core.side import FieldType
from listloop.files.contacts import Contacts
from listloop.files.encodings import TITLES, converted_wrongly
from listloop.files.forms import Form
from listloop.files.opening import Source

#: So many texts that don't fit are named.
_SHOWN = 5

#: The answer that leaves a column out.
NOWHERE = "-"


def somebody_is_there() -> bool:
    """Can a question be answered?"""
    return sys.stdin.isatty()


def encoding_doubt(source: Source, flag: str) -> str:
    """What people should know about an encoding that could be another one; "" where there is no doubt."""
    if not source.rivals:
        return ""
    shown = " or ".join(f"“{word}” in {_title(encoding)}" for encoding, word in source.readings().items())
    also = f", as {shown}" if shown else ""
    return (
        f"! The letters of {source.title} can be read in several ways{also}. Say which with {flag}: {_names(source)}."
    )


_TAKEN_FOR = {
    FieldType.BIRTHDAY: "birthdays",
    FieldType.NUMBER: "numbers",
    FieldType.MONEY: "amounts of money",
}


def misfit_doubt(name: str, form: Form, becomes: str) -> str:
    """What people should know about a column of dates or numbers with other texts in it; "" where there are none."""
    if not form.misfits:
        return ""
    shown = ", ".join(f"“{in_a_line(text)[:40]}” in line {line}" for line, text in form.misfits[:_SHOWN])
    more = f" and {len(form.misfits) - _SHOWN:,} more" if len(form.misfits) > _SHOWN else ""
    return (
        f"! “{name}” is taken for {_TAKEN_FOR.get(form.type, 'dates')}, but not all of its "
        f"texts are: {shown}{more}. {becomes} Mend them, or keep the column as text with --text “{name}”."
    )


def conversion_doubt(title: str, texts: Mapping[str, Sequence[str]]) -> str:
    """What people should know about a file that was broken before it came here; "" where nothing shows that."""
    for some in texts.values():
        for text in some:
            if before := converted_wrongly(text):
                return (
                    f"! “{text[:40]}” in {title} seems to have been “{before[:40]}” before somebody converted it. "
                    "Listloop takes it as it is; better export the file again, as UTF-8."
                )
    return ""


def _names(source: Source) -> str:
    return ", ".join((source.encoding, *source.rivals))


def _title(encoding: str) -> str:
    return TITLES.get(encoding, encoding)


def ask_encoding(source: Source) -> str:
    """Which encoding a text has, shown by a word that each reads otherwise."""
    readings = source.readings()
    shown = table("", "encoding", f"a word of {source.title}")
    choices = (source.encoding, *source.rivals)
    for number, encoding in enumerate(choices, 1):
        shown.add_row(str(number), _title(encoding), readings.get(encoding, ""))
    err.print(shown)
    numbers = [str(number) for number in range(1, len(choices) + 1)]
    return choices[int(Prompt.ask("Which is right?", choices=numbers, default="1", console=err)) - 1]


def ask_address(contacts: Contacts, *, needed: bool = True) -> str:
    """Which column holds the e-mail address; "" for none of them, where it is not ``needed``."""
    names = list(contacts.rows.header)
    choices = names if needed else [*names, NOWHERE]
    none = "" if needed else f" ({NOWHERE} for none)"
    answer = Prompt.ask(f"Which column holds the e-mail address{none}?", choices=choices, console=err)
    return "" if answer == NOWHERE else answer


def ask_order(contacts: Contacts) -> str:
    """The order of dates that can be read in two ways (dmy or mdy), "" where there are none."""
    unsure = [name for name in contacts.survey.unsure if contacts.survey.forms[name].order]
    if not unsure:
        return ""
    shown = contacts.survey.texts[unsure[0]][0]
    first = Prompt.ask(
        f"“{unsure[0]}” has dates like {shown}. Which comes first?", choices=["day", "month"], console=err
    )
    return "dmy" if first == "day" else "mdy"


def ask_mapping(columns: Sequence[str], proposed: Mapping[str, str], targets: Sequence[str]) -> dict[str, str]:
    """Where each column goes: Enter takes what is proposed, a number changes that row, until nothing is changed."""
    chosen = dict(proposed)
    while True:
        shown = table("#", "column", "goes to")
        for number, column in enumerate(columns, 1):
            shown.add_row(str(number), column, chosen.get(column, NOWHERE))
        err.print(shown)
        numbers = [str(number) for number in range(1, len(columns) + 1)]
        answer = Prompt.ask(
            "Enter takes this, a number changes that row", choices=["", *numbers], default="", console=err,
            show_choices=False, show_default=False,
        )  # fmt: skip
        if not answer:
            return chosen
        column = columns[int(answer) - 1]
        free = [name for name in targets if name not in chosen.values() or chosen.get(column) == name]
        target = Prompt.ask(f"Where does “{column}” go ({NOWHERE} for nowhere)?", choices=[*free, NOWHERE], console=err)
        chosen.pop(column, None)
        if target != NOWHERE:
            chosen[column] = target
