"""The rules as tables for the documentation, so that the pages cannot tell another story than the code."""

from collections.abc import Iterable

from listloop.sandbox.mailchimp.guesses import GUESSES
from listloop.sandbox.mailchimp.routes import STATEFUL
from listloop.sandbox.mailchimp.transitions import TABLE, WISHES, By


def statuses() -> str:
    """What a status may become; a cell that a switch decides shows its default and the switch."""
    defaults = {switch.name: switch.default for switch in GUESSES}

    def cell(state: str, wish: str) -> str:
        found = TABLE[state, wish]
        if isinstance(found, By):
            return f"{found.on if defaults[found.switch] else found.off} (`{found.switch}`)"
        return found

    states = dict.fromkeys(state for state, _ in TABLE)
    return _markdown(["From \\ to", *WISHES], ([state, *(cell(state, wish) for wish in WISHES)] for state in states))


def switches() -> str:
    rows = ([f"`{one.name}`", f"`{one.default}`", one.text, one.source] for one in GUESSES)
    return _markdown(["Switch", "Default", "Meaning", "Source"], rows)


def operations() -> str:
    """The operations that keep state and follow rules, by path."""
    by_path: dict[str, list[str]] = {}
    for route in STATEFUL:
        by_path.setdefault(route.template or "/", []).append(route.method)
    return _markdown(
        ["Path", "Methods"], ([f"`{path}`", ", ".join(methods)] for path, methods in sorted(by_path.items()))
    )


def _markdown(heads: list[str], rows: Iterable[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
