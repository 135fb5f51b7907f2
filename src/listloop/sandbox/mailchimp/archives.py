"""Content that comes as an uploaded archive: its HTML file, with its pictures put into the file manager."""

import base64
import binascii
import io
import re
import tarfile
import zipfile
from html import unescape
from posixpath import dirname, join, normpath

from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.library import IMAGES, keep
from listloop.sandbox.mailchimp.problems import fields_invalid
from listloop.sandbox.wire import Json

FORMATS = ("zip", "tar", "tar.gz", "tgz", "tar.bz2", "tbz")
LARGEST = 10 * 1024 * 1024  # bytes unpacked
_PICTURE = re.compile(r"""(\b(?:src|background)\s*=\s*)(["'])(.*?)\2""", re.IGNORECASE | re.DOTALL)
ENUM = "Data did not match any of the enum values."


def content(ask: Ask, archive: Json) -> str:
    """The HTML. Raises ProblemError (400) for what cannot be read, is too large, or has no HTML file."""
    kind = archive.get("archive_type", "zip")
    if kind not in FORMATS:
        raise fields_invalid(("archive.archive_type", ENUM))
    try:
        raw = base64.b64decode(str(archive.get("archive_content", "")), validate=True)
        files = _from_zip(raw) if kind == "zip" else _from_tar(raw)
    except (binascii.Error, ValueError, zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, NotImplementedError):
        raise fields_invalid(("archive", "The archive cannot be read, or is too large.")) from None
    page = next((name for name in sorted(files, key=_depth) if name.lower().endswith((".html", ".htm"))), None)
    if page is None:
        raise fields_invalid(("archive", "There is no HTML file in the archive."))
    return _with_pictures(ask, files[page].decode("utf-8", "replace"), dirname(page), files)


def _depth(name: str) -> tuple[int, str]:
    return name.count("/"), name


def _from_zip(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        wanted = [one for one in packed.infolist() if not one.is_dir()]
        if sum(one.file_size for one in wanted) > LARGEST:
            raise ValueError
        return {normpath(one.filename): packed.read(one) for one in wanted}


def _from_tar(raw: bytes) -> dict[str, bytes]:
    """Stops as soon as it is too much: what a compressed tar holds is only known by reading it."""
    files: dict[str, bytes] = {}
    left = LARGEST
    with tarfile.open(fileobj=io.BytesIO(raw)) as packed:
        for one in packed:
            left -= one.size
            if left < 0:
                raise ValueError
            part = packed.extractfile(one) if one.isfile() else None
            if part is not None:
                files[normpath(one.name)] = part.read()
    return files


def _with_pictures(ask: Ask, html: str, folder: str, files: dict[str, bytes]) -> str:
    kept: dict[str, str] = {}

    def through(found: re.Match[str]) -> str:
        name = normpath(join(folder, unescape(found[3])))
        if name not in files or not name.lower().endswith(IMAGES):
            return found[0]
        if name not in kept:
            kept[name] = keep(ask, name.rpartition("/")[2], files[name])
        return f'{found[1]}"{kept[name]}"'

    return _PICTURE.sub(through, html)
