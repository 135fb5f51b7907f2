"""Decoding JSON from any thread.

msgspec looks at a class when it is first asked to decode one, and that is not safe: two threads that do so for the same
class at once end the process with a segmentation fault (seen with msgspec 0.22). So each type has one decoder, made
under a lock.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_made: dict[Any, msgspec.json.Decoder[Any]] = {}
_making = threading.Lock()


def decode(content: bytes | str | msgspec.Raw, kind: type[T]) -> T:
    """The value of that type. Raises ``msgspec.DecodeError``."""
    decoder = _made.get(kind)
    if decoder is None:
        with _making:
            decoder = _made.setdefault(kind, msgspec.json.Decoder(kind))
    value: T = decoder.decode(content)
    return value
