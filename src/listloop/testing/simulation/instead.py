"""Put something else in the place of a name, for a while: how rules are counted, and broken on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


@contextmanager
def put(module: ModuleType, name: str, value: Any) -> Iterator[None]:
    """Let a name of a module mean something else meanwhile. Raises KeyError where there is no such name."""
    before = vars(module)[name]
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)
