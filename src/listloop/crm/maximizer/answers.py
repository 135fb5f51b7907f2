"""What comes back: plain JSON whose names may be in any case, and errors that come with HTTP 200."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from listloop.core.errors import NeedsAttention

Json = dict[str, Any]
Ident = tuple[str, int]
"""Who a record is for good: ``Key.ID`` and ``Key.Number``. The key's text is good for a session only."""


class Why(StrEnum):
    """What an error says, whichever of its shapes it has."""

    TOKEN = "token"  # noqa: S105 - a word, no secret
    BUSY = "busy"
    DENIED = "denied"
    UNKNOWN = "unknown property"
    TYPE = "wrong type"
    MANDATORY = "mandatory"
    KIND = "kind refused"
    OTHER = "other"


class Refused(NeedsAttention):
    """Maximizer answered with an error. ``why`` says of which kind, ``text`` is its own words."""

    def __init__(self, why: Why, text: str) -> None:
        super().__init__(*_WORDS[why], code=_CODES[why], detail=text)
        self.why = why
        self.text = text


_WORDS = {
    Why.DENIED: (
        "Maximizer denies this to the user that Listloop signs in as.",
        "In Administrator, give this user the rights that the Maximizer page of the documentation lists.",
    ),
    Why.UNKNOWN: (
        "A field that Listloop uses is no longer in Maximizer.",
        "Look into the mapping, and take the field out or make it again in Maximizer.",
    ),
}
_WORDS = {why: _WORDS.get(why, ("Maximizer refused what Listloop asked.", "See its own words below.")) for why in Why}
_CODES = dict.fromkeys(Why, "crm-refused") | {Why.DENIED: "rights", Why.UNKNOWN: "field-missing"}

_NUMBERS = {
    -2: Why.TOKEN, -30002: Why.DENIED, -1023: Why.UNKNOWN, -1024: Why.TYPE, -10003: Why.MANDATORY,
    -10010: Why.MANDATORY, -10002: Why.KIND,
}  # fmt: skip
_TEXTS = (
    ("too many", Why.BUSY), ("support property", Why.UNKNOWN), ("access denied", Why.DENIED), ("token", Why.TOKEN),
    ("mandatory", Why.MANDATORY), ("wrong type", Why.TYPE), ("type of interaction", Why.KIND),
)  # fmt: skip


def pick(value: Any, *names: str) -> Any:
    """What is at these names, one inside the other, in any case of letters; None where there is nothing."""
    for name in names:
        if not isinstance(value, Mapping):
            return None
        if name in value:
            value = value[name]
        else:
            value = next((one for key, one in value.items() if key.lower() == name.lower()), None)
    return value


def rows_of(answer: Json, block: str = "AbEntry") -> list[Json]:
    """The rows of a Read: a list, also where there is one row alone, or null."""
    data = pick(answer, block, "Data")
    if isinstance(data, Mapping):
        return [dict(data)]
    return [dict(one) for one in data if isinstance(one, Mapping)] if isinstance(data, list) else []


def must_be_good(answer: Json) -> Json:
    """The answer itself. Raises ``Refused`` for one with an error, whether the number is its Code or in Msg."""
    code = pick(answer, "Code")
    if code == 0:
        return answer
    texts, numbers = [], [code]
    messages = pick(answer, "Msg") or ()
    for one in messages if isinstance(messages, list) else [messages]:
        texts.append(str(pick(one, "Message") or "") if isinstance(one, Mapping) else str(one))
        numbers.append(pick(one, "ErrorCode"))
    told = "; ".join(filter(None, texts)) or f"Code {code}"
    raise Refused(_meaning(numbers, told.lower()), told)


def _meaning(numbers: Iterable[Any], text: str) -> Why:
    for number in numbers:
        if number in _NUMBERS:
            return _NUMBERS[number]
    return next((why for words, why in _TEXTS if words in text), Why.OTHER)


def ident_of(key: Any) -> Ident | None:
    """Who is meant by a key: by its ID and Number where it was asked for with them, else by its text."""
    id_, number = pick(key, "ID"), pick(key, "Number")
    if isinstance(id_, str) and isinstance(number, int):
        return id_, number
    text = pick(key, "Value") if isinstance(key, Mapping) else key
    try:
        parts = base64.b64decode(str(text or ""), validate=True).decode().split("\t")
        return (parts[1], int(parts[2]) if len(parts) > 2 else 0) if len(parts) > 1 else None
    except (binascii.Error, ValueError):
        return None


def built_key(ident: Ident) -> str:
    """The text of a key as Maximizer's documentation makes it; for reading only, and only where nothing else works."""
    return base64.b64encode(f"AbEntry\t{ident[0]}\t{ident[1]}".encode()).decode()


def written(ident: Ident) -> str:
    """A record's key in Listloop."""
    return f"{ident[0]}.{ident[1]}"


def read_key(key: str) -> Ident | None:
    """The record behind a key of Listloop; None for what was never one."""
    id_, _, number = key.rpartition(".")
    return (id_, int(number)) if id_ and number.isascii() and number.isdigit() and str(int(number)) == number else None
