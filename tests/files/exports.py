"""The files beside this one: exports as people have them, in the encodings and with the quirks of their programs."""

from __future__ import annotations

from pathlib import Path

from listloop.files.contacts import Contacts, open_contacts
from listloop.files.members import Members, open_members

DATA = Path(__file__).parent / "data"
AUDIENCE = DATA / "audience_export_5f0c9a1b2d.zip"


def contacts(name: str, order: str = "") -> Contacts:
    return open_contacts(DATA / name, order=order)


def members() -> Members:
    return open_members(AUDIENCE)


def write(folder: Path, text: str, name: str = "people.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path
