"""The real commands, as the command line itself has them."""

from collections.abc import Iterator
from inspect import Parameter, isclass

from cyclopts import App
from cyclopts.argument import Argument

from listloop.cli.main import app


def commands(root: App = app, names: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], App]]:
    """Every command with its words, such as ``("mapping", "set")``; a group of commands where it does something."""
    if names and root.default_command is not None:
        yield names, root
    for name in root:
        if not name.startswith("-"):
            yield from commands(root[name], (*names, name))


def arguments(command: App) -> list[Argument]:
    """What it takes, in its order, without what is hidden; of options that stand together, each by itself."""
    return [
        one
        for one in command.assemble_argument_collection(parse_docstring=False)
        if one.parameter.show is not False and one.names != ("*",)
    ]


def is_option(argument: Argument) -> bool:
    """Is it given by its name?"""
    return argument.field_info.kind is Parameter.KEYWORD_ONLY


def default(argument: Argument) -> str:
    """What holds when it is not given."""
    value = argument.field_info.default
    return "" if value in (None, "", False) or isclass(value) else str(value)
