"""Opening what a person named: a text file, or the texts inside a zip. Inputs are only ever read.

What can't be people is refused here, in a sentence: folders, empty files, pages of HTML, workbooks and other binaries,
and archives that would unpack into far more than they look.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from listloop.core.errors import NeedsAttention

#: Limits of an archive: files in it, bytes that it unpacks to, and how many times its size that may be.
MOST_FILES, MOST_BYTES, MOST_TIMES = 200, 4 * 1024**3, 200

#: Below this many bytes nobody minds how well they were packed.
_HARMLESS = 50 * 1024**2
_PIECE = 1024 * 1024
_ENCRYPTED = 0x1

_MAGIC = {
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook or another Office file",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "a database",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HTML = re.compile(rb"\s*<(!doctype html|html|head|body|\?xml|table)", re.IGNORECASE)

#: What an encoding is called where people see it.
ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 with BOM", "utf-16": "UTF-16", "cp1252": "Windows-1252"}


@dataclass(frozen=True, slots=True)
class Source:
    """A text that can be read again and again: a file, or the ``member`` of a zip."""

    path: Path
    encoding: str
    member: str = ""

    @property
    def name(self) -> str:
        """Its own file name."""
        return Path(self.member or self.path.name).name

    @property
    def title(self) -> str:
        """The name that messages use."""
        return f"{self.path.name}/{self.member}" if self.member else self.path.name

    @property
    def encoding_title(self) -> str:
        """The encoding as people call it."""
        return ENCODINGS.get(self.encoding, self.encoding)

    @contextmanager
    def text(self) -> Iterator[TextIO]:
        """The text from its beginning, with its line ends as they are."""
        with _binary(self.path, self.member) as raw, io.TextIOWrapper(raw, self.encoding, newline="") as text:
            yield text


def sources(path: Path, encoding: str | None = None) -> tuple[Source, ...]:
    """The texts in a file: itself, or those with the endings .csv, .txt and .vcf in a zip.

    ``encoding`` overrides what the bytes look like. Raises NeedsAttention for what can't be read.
    """
    if encoding is not None:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise NeedsAttention(
                f"There is no encoding named “{encoding}”.", "Examples: utf-8, cp1252, cp1250, utf-16.", code="encoding"
            ) from None
    head = _head(path)
    if not head.startswith(b"PK"):
        _refuse_foreign(path.name, head)
        return (Source(path, encoding or _encoding(path, "", path.name)),)
    return tuple(
        Source(path, encoding or _encoding(path, member, f"{path.name}/{member}"), member) for member in _members(path)
    )


def _head(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise NeedsAttention(f"{path} is a folder.", "Name the exported file inside it.", code="file-unreadable")
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        raise NeedsAttention(
            f"There is no file {path}.", "Check the name and the folder.", code="file-unreadable"
        ) from None
    except OSError as error:
        raise NeedsAttention(
            f"{path} can't be read: {error.strerror}.", "Check who may read it.", code="file-unreadable"
        ) from None
    if not head:
        raise NeedsAttention(f"{path.name} is empty.", "Export it once more.", code="file-empty")
    return head


def _refuse_foreign(name: str, head: bytes) -> None:
    found = next((what for magic, what in _MAGIC.items() if head.startswith(magic)), None)
    if found is not None:
        raise NeedsAttention(f"{name} is {found}, not a text.", "Export or save it as CSV.", code="file-binary")
    if _HTML.match(head.removeprefix(codecs.BOM_UTF8)):
        raise NeedsAttention(
            f"{name} is a web page, not an export. Often a download that needed a sign-in ends so.",
            "Sign in, and download the export again.",
            code="file-html",
        )


def _members(path: Path) -> list[str]:
    """The texts of a zip, after its limits were checked. Nothing is ever unpacked to disk."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [one for one in archive.infolist() if not one.is_dir()]
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError):
        raise NeedsAttention(
            f"{path.name} is a damaged zip, or only a part of one.", "Download the export again.", code="zip-damaged"
        ) from None
    if any(one.filename.startswith(("xl/", "word/")) for one in infos):
        raise NeedsAttention(
            f"{path.name} is an Excel workbook or another Office file.", "Save it as CSV (UTF-8).", code="file-binary"
        )
    whole = sum(one.file_size for one in infos)
    packed = max(path.stat().st_size, 1)
    if len(infos) > MOST_FILES or whole > MOST_BYTES or (whole > _HARMLESS and whole > packed * MOST_TIMES):
        raise NeedsAttention(
            f"{path.name} would unpack {packed:,} bytes into {len(infos):,} files of {whole:,} bytes. "
            "An export is never packed that small, so it is not opened.",
            "Export it again; if it is really meant, unpack it yourself and name the CSV file.",
            code="zip-bomb",
        )
    texts = [one for one in infos if one.filename.lower().endswith((".csv", ".txt", ".vcf")) and _visible(one.filename)]
    if not texts:
        raise NeedsAttention(
            f"{path.name} holds no CSV file.", "Name the zip as Mailchimp wrote it, or a CSV file.", code="zip-empty"
        )
    if any(one.flag_bits & _ENCRYPTED for one in texts):
        raise NeedsAttention(
            f"{path.name} is locked with a password.", "Unpack it, and name the CSV file.", code="zip-locked"
        )
    # Mailchimp leaves the file of a status out, or empty, where nobody has that status.
    return [one.filename for one in texts if one.file_size]


def _visible(name: str) -> bool:
    return not name.startswith("__MACOSX") and not Path(name).name.startswith(".")


@contextmanager
def _binary(path: Path, member: str) -> Iterator[BinaryIO]:
    if not member:
        with path.open("rb") as file:
            yield file
        return
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as packed:
            yield packed  # type: ignore[misc]  # IO[bytes] is what a TextIOWrapper needs
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise NeedsAttention(
            f"{path.name} is damaged inside {member}: {error}.", "Download the export again.", code="zip-damaged"
        ) from None


def _encoding(path: Path, member: str, title: str) -> str:
    """The encoding: told by a mark at the start, UTF-8 if all of it is, else Windows-1252. Reads all of it once."""
    with _binary(path, member) as raw:
        head = raw.read(4096)
    if member:
        _refuse_foreign(title, head)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        if max(even, odd) > len(head) // 5 and min(even, odd) < len(head) // 50 + 1:
            return "utf-16-le" if odd > even else "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _binary(path, member) as raw:
        try:
            while piece := raw.read(_PIECE):
                if b"\0" in piece:
                    raise NeedsAttention(f"{title} is no text.", "Export or save it as CSV.", code="file-binary")
                decoder.decode(piece)
        except UnicodeDecodeError:
            return _windows(path, member, title)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _cut_or_windows(path, member, title)
    return "utf-8"


def _cut_or_windows(path: Path, member: str, title: str) -> str:
    """Only the very end is no UTF-8: cut inside a letter where others were whole, else Windows-1252."""
    with _binary(path, member) as raw:
        others = any(byte > 0xC1 for byte in raw.read()[:-4])
    if others:
        raise NeedsAttention(
            f"{title} ends in the middle of a letter: it was cut off.", "Export it again.", code="file-cut"
        )
    return _windows(path, member, title)


def _windows(path: Path, member: str, title: str) -> str:
    with _binary(path, member) as raw:
        while piece := raw.read(_PIECE):
            try:
                piece.decode("cp1252")
            except UnicodeDecodeError:
                raise NeedsAttention(
                    f"{title} is neither UTF-8 nor Windows-1252 (Western European).",
                    "Say what it is with --encoding, for example cp1250 (Central European) or shift_jis.",
                    code="encoding",
                ) from None
    return "cp1252"
