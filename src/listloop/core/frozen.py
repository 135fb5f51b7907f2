"""Frozen dataclasses that are cheap to make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: type[T]) -> type[T]:
    """A dataclass with slots that nobody changes once it is made: the type checker holds that.

    At runtime it is not locked. Python's own frozen dataclasses take ten times as long to make, and a run makes some
    fifty for each person.
    """
    return dataclass(slots=True, unsafe_hash=True)(kind)


if TYPE_CHECKING:
    from dataclasses import replace as replace  # noqa: PLC0414 - the type checker knows this one
else:

    def replace(value: T, /, **changes: Any) -> T:
        """The same as ``dataclasses.replace``, in an eighth of its time."""
        pick, places = _shape(type(value))
        values = list(pick(value))
        for name, new in changes.items():
            values[places[name]] = new
        return type(value)(*values)


@cache
def _shape(kind: type[Any]) -> tuple[Callable[[Any], tuple[Any, ...]], dict[str, int]]:
    names = [one.name for one in fields(kind)]
    pick = attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)
    return pick, {name: place for place, name in enumerate(names)}
