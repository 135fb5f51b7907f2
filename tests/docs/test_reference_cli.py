"""The reference of the command line is what the command line says of itself."""

from cyclopts import App

from tests.docs.commands import arguments, commands, default, is_option
from tests.docs.printed import compare, row


def test_the_page_lists_every_command_with_what_it_takes() -> None:
    compare("cli.md", "the commands", "\n".join(_section(names, command) for names, command in commands()))


def test_every_option_says_what_it_is() -> None:
    silent = [
        f"{' '.join(names)} {one.names[0]}"
        for names, command in commands()
        for one in arguments(command)
        if not one.parameter.help
    ]
    assert silent == []


def _section(names: tuple[str, ...], command: App) -> str:
    words = " ".join(names)
    taken = arguments(command)
    positional = " ".join(one.names[0].upper() for one in taken if not is_option(one))
    sentence = (command.default_command.__doc__ or "").strip().partition("\n\n")[0] if command.default_command else ""
    lines = [f"## listloop {words}\n", f"`listloop {' '.join(filter(None, (words, positional)))}`\n", f"{sentence}\n"]
    if taken:
        lines += [row("option", "default", "what it is"), row("---", "---", "---")]
    for one in taken:
        choices = one.get_choices()
        help_text = (one.parameter.help or "") + (f" One of: {', '.join(choices)}." if choices else "")
        name = f"`{', '.join(one.names)}`" if is_option(one) else f"`{one.names[0].upper()}`"
        lines.append(row(name, f"`{default(one)}`" if default(one) else "", help_text))
    return "\n".join([*lines, ""])
