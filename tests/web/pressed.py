"""What the buttons of the pages asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Pressed:
    """What the buttons asked for, in order."""

    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def named(self, name: str) -> Any:
        """An action that only notes its call."""
        return lambda *arguments: self.calls.append((name, *arguments))
