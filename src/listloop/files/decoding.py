"""The encoding of a text: told by a mark at its start, UTF-8 if all of it is, else by its letters."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO

from listloop.core.errors import NeedsAttention
from listloop.files.encodings import Guess, guess, sample

Opener = Callable[[], AbstractContextManager[BinaryIO]]
"""Opens the same bytes from their beginning."""

_PIECE = 1024 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16 does, so it is looked for first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def find_encoding(binary: Opener, title: str) -> Guess:
    """The encoding of a text, reading it up to three times.

    Raises NeedsAttention for what is no text, or a part of one.
    """
    with binary() as raw:
        head = raw.read(4096)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Guess(name)
    if b"\0" in head:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        if max(even, odd) > len(head) // 5 and min(even, odd) < len(head) // 50 + 1:
            return Guess("utf-16-le" if odd > even else "utf-16-be")
    if b"\x1b$" in head:
        return Guess("iso2022_jp")
    with binary() as raw:
        if _is_utf8(raw):
            return Guess("utf-8")
    with binary() as raw:
        some = _beyond_utf8(raw, title)
    return _by_letters(binary, some, title) if some else Guess("utf-8")


def _is_utf8(raw: BinaryIO) -> bool:
    """Is all of this UTF-8 without a NUL in it, as most files are?"""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    try:
        while piece := raw.read(_PIECE):
            if b"\0" in piece:
                return False
            decode(piece)
        decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _beyond_utf8(raw: BinaryIO, title: str) -> bytes:
    """Lines with bytes beyond ASCII, where these are not UTF-8; b"" where everything is."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    letters = wrong = line = number = 0
    some = bytearray()
    while piece := raw.readline(_PIECE):
        number += 1
        if b"\0" in piece:
            raise NeedsAttention(f"{title} is no text.", "Export or save it as CSV.", code="file-binary")
        if piece.isascii() and not decoder.getstate()[0]:
            continue
        text = decoder.decode(piece)
        bad = text.count("\N{REPLACEMENT CHARACTER}") - piece.count("\N{REPLACEMENT CHARACTER}".encode())
        wrong, line = wrong + bad, line or (number if bad else 0)
        letters += len(text) - len(text.encode("ascii", "ignore")) - bad
        if len(some) < _PIECE:
            some += sample(piece) + b"\n"
    if decoder.decode(b"", final=True):
        wrong, line = wrong + 1, line or number
    if wrong and letters >= wrong:
        raise NeedsAttention(
            f"{title} is UTF-8, but line {line} has bytes that are not: it was cut off in the middle of a letter, or "
            "put together from two files.",
            "Mend that line, or export the file again.",
            code="file-cut",
        )
    return bytes(some) if wrong else b""


def _by_letters(binary: Opener, some: bytes, title: str) -> Guess:
    found = guess(some)
    likely = [one for one in (found.encoding, *found.rivals) if _reads(binary, one)] if found else []
    if not likely:
        raise NeedsAttention(
            f"{title} is neither UTF-8 nor in an encoding that its letters tell.",
            "Say what it is with --encoding (--audience-encoding for Mailchimp's file), or save it as CSV UTF-8.",
            code="encoding",
        )
    return Guess(likely[0], tuple(likely[1:]))


def _reads(binary: Opener, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with binary() as raw:
            while piece := raw.read(_PIECE):
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
