"""Guesses with names: what the imitated service does is not known, so both answers can be had."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

Value = bool | int | str


@dataclass(frozen=True, slots=True)
class Switch:
    """One guess. ``source`` says where the question or the evidence comes from; without ``choices`` any value goes."""

    name: str
    default: Value
    text: str
    source: str
    choices: tuple[Value, ...] = (True, False)
    form: str = ""
    """A pattern that a text has to fit, where any text would not do."""


class Switches:
    """The positions of all switches of one stand-in."""

    def __init__(self, known: Iterable[Switch]) -> None:
        self.known = {switch.name: switch for switch in known}
        self.values: dict[str, Value] = {name: switch.default for name, switch in self.known.items()}

    def __getitem__(self, name: str) -> Value:
        return self.values[name]

    def set(self, name: str, value: Value) -> None:
        """Raises ValueError for an unknown switch or a value that is no choice of it."""
        if name not in self.known:
            raise ValueError(f"There is no switch {name!r}. Known: {', '.join(sorted(self.known))}.")
        switch = self.known[name]
        fits = [choice for choice in switch.choices if choice == value and type(choice) is type(value)]
        if (switch.choices and not fits) or type(value) is not type(switch.default):
            raise ValueError(f"{name} takes one of {list(switch.choices) or type(switch.default).__name__}.")
        if switch.form and not re.fullmatch(switch.form, str(value)):
            raise ValueError(f"{name} looks like {switch.default!r}.")
        self.values[name] = value

    def reset(self) -> None:
        self.values = {name: switch.default for name, switch in self.known.items()}

    def rows(self) -> list[dict[str, object]]:
        return [
            {
                "name": switch.name,
                "value": self.values[switch.name],
                "default": switch.default,
                "choices": list(switch.choices),
                "text": switch.text,
                "source": switch.source,
            }
            for switch in self.known.values()
        ]
