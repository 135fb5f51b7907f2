"""Opening what a person named: a text file, or the texts inside a zip. Inputs are only ever read.

What can't be people is refused here, in a sentence: folders, empty files, pages of HTML, workbooks and other binaries,
and archives that would unpack into far more than they look.
"""

from __future__ import annotations

import codecs
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO, NoReturn, TextIO

from listloop.core.errors import NeedsAttention
from listloop.files.decoding import find_encoding
from listloop.files.encodings import TITLES, Guess

#: Limits of an archive: files in it, bytes that it unpacks to, and how many times its size that may be.
MOST_FILES, MOST_BYTES, MOST_TIMES = 200, 4 * 1024**3, 200

#: Below this many bytes nobody minds how well they were packed.
_HARMLESS = 50 * 1024**2
_ENCRYPTED = 0x1

#: So many characters are looked at for a word that shows an encoding.
_LOOKED_AT = 200_000

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
_HTML = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html|head|body|table)", re.IGNORECASE | re.DOTALL
)
_XML = re.compile(r"\s*<(\?xml|!doctype|[a-z][\w:.-]*(\s[^<>]*)?>\s*<)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """A text that can be read again and again: a file, or the ``member`` of a zip.

    ``rivals`` are encodings that would read its letters otherwise and could be meant as well. ``stamp`` is the size and
    the time of the file when it was opened: who writes it meanwhile would let two readings of it disagree.
    """

    path: Path
    encoding: str
    member: str = ""
    rivals: tuple[str, ...] = ()
    stamp: tuple[int, int] = (0, 0)

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
        """The encoding as people call it, and that it is a guess where it is one."""
        return TITLES.get(self.encoding, self.encoding) + (" (a guess)" if self.rivals else "")

    def readings(self) -> dict[str, str]:
        """For each encoding that could be meant, how it reads a word of the text: the first that they disagree on."""
        words = {}
        for encoding in (self.encoding, *self.rivals):
            with replace(self, encoding=encoding).text() as text:
                some = text.read(_LOOKED_AT)
            words[encoding] = [word for word in re.split(r"[\s,;|\"]+", some) if not word.isascii()]
        told = next((those for those in zip(*words.values(), strict=False) if len(set(those)) == len(those)), None)
        told = told or next((those for those in zip(*words.values(), strict=False) if len(set(those)) > 1), ())
        return dict(zip(words, told, strict=False))

    @contextmanager
    def text(self) -> Iterator[TextIO]:
        """The text from its beginning, with its line ends as they are.

        Raises NeedsAttention if it was changed, or is not of its encoding.
        """
        if self.stamp != _stamp(self.path):
            self._refuse_changed()
        with _binary(self.path, self.member) as raw, io.TextIOWrapper(raw, self.encoding, newline="") as text:
            try:
                yield text
            except UnicodeDecodeError:
                raise NeedsAttention(
                    f"{self.title} holds bytes that are not of its encoding, or was cut off.",
                    "Export it again, or say what it is with --encoding.",
                    code="encoding",
                ) from None
        if self.stamp != _stamp(self.path):
            self._refuse_changed()

    def _refuse_changed(self) -> NoReturn:
        raise NeedsAttention(
            f"{self.path.name} was changed while it was read.",
            "Wait until the export is complete, and start again.",
            code="file-changed",
        )


def sources(path: Path, encoding: str | None = None) -> tuple[Source, ...]:
    """The texts in a file: itself, or those with the endings .csv, .txt and .vcf in a zip.

    ``encoding`` overrides what the bytes look like. Raises NeedsAttention for what can't be read.
    """
    if encoding is not None and not _is_text_encoding(encoding):
        raise NeedsAttention(
            f"There is no encoding named “{encoding}”.", "Examples: utf-8, cp1252, cp1250, utf-16.", code="encoding"
        )
    head, stamp = _head(path), _stamp(path)
    if not head.startswith(b"PK\x03\x04") and not head.startswith(b"PK\x05\x06"):
        return (_source(path, "", stamp, encoding),)
    return tuple(_source(path, member, stamp, encoding) for member in _members(path))


def _is_text_encoding(name: str) -> bool:
    try:
        return "".encode(name) is not None
    except (LookupError, ValueError):  # codecs such as hex, which make no text, are refused so
        return False


def _source(path: Path, member: str, stamp: tuple[int, int], encoding: str | None) -> Source:
    title = f"{path.name}/{member}" if member else path.name
    with _binary(path, member) as raw:
        _refuse_foreign(title, raw.read(4096))
    found = Guess(encoding) if encoding else find_encoding(lambda: _binary(path, member), title)
    return Source(path, found.encoding, member, found.rivals, stamp)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        now = path.stat()
    except OSError:
        return -1, -1
    return now.st_size, now.st_mtime_ns


def _head(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if S_ISDIR(mode):
            raise NeedsAttention(f"{path} is a folder.", "Name the exported file inside it.", code="file-unreadable")
        if not S_ISREG(mode):
            raise NeedsAttention(
                f"{path} is no file on a disk, and has to be read more than once.",
                "Save it to a file, and name that.",
                code="file-unreadable",
            )
        with path.open("rb") as file:
            head = file.read(4)
    except FileNotFoundError:
        raise NeedsAttention(
            f"There is no file {path}.", "Check the name and the folder.", code="file-unreadable"
        ) from None
    except PermissionError:
        raise NeedsAttention(
            f"You may not read {path}: permission denied.",
            "Give yourself the right to read it, or copy it to a folder of your own.",
            code="file-unreadable",
        ) from None
    except (OSError, ValueError) as error:
        raise NeedsAttention(
            f"{path} can't be read: {getattr(error, 'strerror', None) or error}.",
            "Check its name and who may read it.",
            code="file-unreadable",
        ) from None
    if not head:
        raise NeedsAttention(f"{path.name} is empty.", "Export it once more.", code="file-empty")
    return head


def _refuse_foreign(name: str, head: bytes) -> None:
    found = next((what for magic, what in _MAGIC.items() if head.startswith(magic)), None)
    if found is not None:
        raise NeedsAttention(f"{name} is {found}, not a text.", "Export or save it as CSV.", code="file-binary")
    if head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"["):
        raise NeedsAttention(f"{name} is JSON, not CSV.", "Export it as CSV.", code="file-binary")
    text = head.replace(b"\0", b"").decode("ascii", "ignore")  # in UTF-16 every second byte is a zero
    if _HTML.match(text):
        raise NeedsAttention(
            f"{name} is a web page, not an export. Often a download that needed a sign-in ends so.",
            "Sign in, and download the export again.",
            code="file-html",
        )
    if _XML.match(text):
        raise NeedsAttention(
            f"{name} is XML, not CSV.",
            "Export it as CSV; if Excel opens it, save it there as CSV (UTF-8).",
            code="file-binary",
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
    if any(one.filename.startswith(("xl/", "word/", "ppt/", "content.xml")) for one in infos):
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
        inner = next((one.filename for one in infos if one.filename.lower().endswith(".zip")), "")
        raise NeedsAttention(
            f"{path.name} holds no CSV file{f', only another zip, {inner}' if inner else ''}.",
            "Unpack it, and name the zip inside." if inner else "Name the zip as Mailchimp wrote it, or a CSV file.",
            code="zip-empty",
        )
    if any(one.flag_bits & _ENCRYPTED for one in texts):
        raise NeedsAttention(
            f"{path.name} is locked with a password.", "Unpack it, and name the CSV file.", code="zip-locked"
        )
    # Mailchimp leaves the file of a status out, or empty, where nobody has that status.
    full = [one.filename for one in texts if one.file_size]
    if not full:
        raise NeedsAttention(f"All files in {path.name} are empty.", "Export it once more.", code="file-empty")
    return full


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
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError) as error:
        raise NeedsAttention(
            f"{path.name} is damaged inside {member}: {error}.", "Download the export again.", code="zip-damaged"
        ) from None
