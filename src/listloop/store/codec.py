"""Plain values to JSON texts and back, for the columns that hold them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import MISSING, fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from listloop.core.people import NOTHING, Patch, Record
from listloop.core.rules import Rules

T = TypeVar("T")

_encoder = msgspec.json.Encoder(order="sorted")


#: One for each type, made under a lock: msgspec looks at a class when it first sees it, and two threads that do so at
#: once end the process with a segmentation fault (seen with msgspec 0.22).
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
_making = threading.Lock()


def encode(value: Any) -> str:
    """Any plain value or dataclass as JSON; sets are sorted, so that equal values give equal texts."""
    return _encoder.encode(value).decode()


def lean(kind: type[Any], without: Collection[str]) -> Callable[[Any], str]:
    """An encoder of a dataclass that leaves out these fields, and whatever has its default; ``decode`` puts it back."""
    told = [one for one in fields(kind) if one.name not in without]
    empty = [
        one.default if one.default_factory is MISSING else msgspec.field(default_factory=one.default_factory)
        for one in told
    ]
    shape = msgspec.defstruct(
        kind.__name__, [(one.name, Any, default) for one, default in zip(told, empty, strict=True)], omit_defaults=True
    )
    pick = attrgetter(*(one.name for one in told))
    return lambda value: encode(shape(*pick(value)))


def decode(kind: type[T], text: str) -> T:
    """The value that ``encode`` wrote. Raises msgspec.ValidationError where it isn't one."""
    decoder = _decoders.get(kind)
    if decoder is None:
        with _making:
            decoder = _decoders.setdefault(kind, msgspec.json.Decoder(kind))
    value: T = decoder.decode(text)
    return value


@lru_cache(maxsize=4096)
def decode_record(text: str) -> Record:
    """A record from its column. The same text is the same object: a run looks at each of its people several times."""
    return decode(Record, text)


def decode_patch(text: str) -> Patch:
    """A patch from its column; "" is the empty patch."""
    return decode(Patch, text) if text else NOTHING


@lru_cache(maxsize=16)
def decode_rules(text: str) -> Rules:
    """A connection's rules from their column. The same text is the same object: a run looks at them several times."""
    return decode(Rules, text)
