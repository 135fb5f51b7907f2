"""What commands print: tables, progress, errors with their next step. Colours only where somebody looks."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console, ConsoleOptions
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from listloop.core.errors import ListloopError

if TYPE_CHECKING:  # the database takes a second to import, and not every command needs it
    from listloop.store.runs import RunRow

#: What a terminal would obey, or what turns the reading direction, in a name or a value of somebody.
CONTROLS = dict.fromkeys(
    [*range(9), *range(11, 32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], "�"
)

#: Characters in a line that no terminal folds.
WIDE = 10_000


class Terminal(Console):
    """Prints text as it is: what stands in a name is never taken for a command, by us or by the terminal."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=True)

    @property
    def options(self) -> ConsoleOptions:
        """As usual in a terminal; into a file or a pipe goes a line as long as it is, for grep."""
        usual = super().options
        return usual if self.is_terminal else usual.update(width=WIDE)

    def render_str(self, text: str, **options: Any) -> Text:
        """Rich's own, called for every string and every cell of a table."""
        return super().render_str(text.translate(CONTROLS), **options)


out = Terminal()
err = Terminal(stderr=True)

#: Exit codes: done; failed, with the next step printed; wrong usage; waits for a person's yes.
OK, FAILED, USAGE, WAITS = 0, 1, 2, 3

STAGES = {
    "read": "Reading",
    "match": "Matching people",
    "decide": "Deciding",
    "write": "Writing",
    "results": "Results of",
}

#: How a plan's actions are told, in the order of the pages.
ACTIONS = {
    "pair": "the same person on both sides, linked",
    "alike": "the same person on both sides, and alike",
    "new_mailchimp": "new in the CRM, become members",
    "new_crm": "new in Mailchimp, become CRM people",
    "update": "changed",
    "part": "no longer take part",
    "resume": "take part again",
    "move": "linked with another member, whose address they have now",
    "undo": "put back to what was there",
    "keep": "stay as they are",
}


def print_json(value: Any) -> None:
    """One JSON value on standard output."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def complain(error: ListloopError) -> None:
    """An error for people: what happened, and what to do next."""
    err.print(error.problem, style="bold red")
    if error.fix:
        err.print(f"→ {error.fix}")


def people_word(number: int) -> str:
    """A number of people in words."""
    return "1 person" if number == 1 else f"{number:,} people"


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int | None, str], None]]:
    """A progress bar on standard error, with a line for each stage and side."""
    bar = Progress(
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
    )
    tasks: dict[tuple[str, str], Any] = {}

    def show(stage: str, done: int, of: int | None, note: str) -> None:
        if stage == "match":
            return  # counted in people's row numbers, which say nothing to anybody
        name = (stage, note)
        if name not in tasks:
            tasks[name] = bar.add_task(f"{STAGES.get(stage, stage)} {note}".strip(), total=of)
        bar.update(tasks[name], completed=done, total=of if of and of >= done else None)

    with bar:
        yield show
        for task in tasks.values():
            done = bar.tasks[task].completed
            bar.update(task, total=done or 1, completed=done or 1)


def table(*columns: str, title: str = "") -> Table:
    """A plain table; a column whose name starts with # holds numbers, and is shown without the sign."""
    made = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in columns:
        made.add_column(name.removeprefix("#"), justify="right" if name.startswith("#") else "left", overflow="fold")
    return made


def print_plan(counts: dict[str, int], title: str) -> None:
    """How many people a plan concerns, by what happens to them."""
    shown = table("#", "people", title=title)
    for action, words in ACTIONS.items():
        if counts.get(action):
            shown.add_row(f"{counts[action]:,}", words)
    if not any(counts.get(action) for action in ACTIONS):
        shown.add_row("0", "nothing is to be written")
    out.print(shown)


def print_run(run: RunRow) -> None:
    """What a run did, in a few lines."""
    written = {side: run.counts.get(f"{side}_done", 0) for side in ("crm", "mailchimp")}
    refused = run.counts.get("crm_refused", 0) + run.counts.get("mailchimp_refused", 0)
    line = f"Run {run.number}: {written['crm']:,} written to the CRM, {written['mailchimp']:,} to Mailchimp"
    out.print(line + (f", {refused:,} refused" if refused else "") + ".")
    if run.problem:
        out.print(f"Note: {run.problem}")
    if run.state == "waiting":
        out.print(f"Waits for your yes: {run.wait}", style="yellow")
        out.print("→ Look at it with “listloop preview”, and say yes with “listloop sync --yes”.")


def standings_line(standings: dict[str, int]) -> str:
    """The four counts and their sum in one line."""
    words = {"in_sync": "in sync", "waiting": "waiting", "excluded": "excluded", "failed": "failed"}
    total = sum(standings.values())
    return ", ".join(f"{words[name]} {standings[name]}" for name in words) + f", sum {total}"


def me() -> str:
    """Who sits at the command line, for the audit log: the name on this machine; a container may have none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"
