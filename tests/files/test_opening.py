"""What is no people is refused in a sentence, and nothing is ever unpacked or written."""

from __future__ import annotations

import os
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from listloop.core.errors import NeedsAttention
from listloop.files import opening
from listloop.files.contacts import open_contacts
from listloop.files.members import open_members
from listloop.files.opening import sources
from tests.files.exports import AUDIENCE, DATA, write

BAD = {
    "empty.csv": ("file-empty", "is empty"),
    "page.csv": ("file-html", "web page"),
    "picture.csv": ("file-binary", "picture"),
    "binary.csv": ("file-binary", "no text"),
    "workbook.xlsx": ("file-binary", "Excel workbook"),
    "damaged.zip": ("zip-damaged", "damaged"),
    "cut_line.csv": ("file-cut", "line, 3"),
    "cut_quote.csv": ("file-cut", "begins on line 3"),
    "header_only.csv": ("file-empty", "nobody in it"),
    "too_many.csv": ("file-line", "Line 3"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_a_sentence_with_a_next_step(name: str) -> None:
    code, words = BAD[name]
    with pytest.raises(NeedsAttention, match=words) as caught:
        open_contacts(DATA / name)
    assert caught.value.code == code
    assert caught.value.fix


@pytest.mark.parametrize("name", [name for name in BAD if name != "header_only.csv"])
def test_an_audience_is_as_careful(name: str) -> None:
    with pytest.raises(NeedsAttention):
        open_members(DATA / name)


def test_what_is_no_file_on_a_disk_is_named_and_never_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/null")):
        with pytest.raises(NeedsAttention, match="no file on a disk"):
            sources(path)
    with pytest.raises(NeedsAttention, match="can't be read"):
        sources(Path("a\0b"))


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "Email,Last Name\na@x.example,Able\n")
    found = open_contacts(path)
    path.write_text(path.read_text() + "b@x.example,Baker\n")
    with pytest.raises(NeedsAttention, match="changed while"):
        list(found.records())


def test_texts_with_a_few_broken_bytes_are_not_read_as_something_else(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_bytes(
        "Email,Last Name\na@x.example,Müller\nb@x.example,Groß\n".encode() + "c@x.example,Süß".encode("cp1252")
    )
    with pytest.raises(NeedsAttention, match="line 4 has bytes"):
        sources(path)


def test_a_page_in_utf_16_is_a_page_too(tmp_path: Path) -> None:
    with pytest.raises(NeedsAttention, match="web page"):
        sources(write(tmp_path, "<html><body>Sign in</body></html>", encoding="utf-16"))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<?xml version='1.0'?>\n<contacts><contact>Ann</contact></contacts>", "is XML, not CSV"),
        ("<contacts version='2'>\n  <contact>Ann</contact></contacts>", "is XML, not CSV"),
        ("<?xml version='1.0'?>\n<?mso-application progid='Excel.Sheet'?>\n<Workbook/>", "is XML, not CSV"),
        ("<?xml version='1.0'?>\n<!DOCTYPE html><html><body>Sign in</body></html>", "is a web page"),
        ("<!-- made by a server -->\n<html><body>Sign in</body></html>", "is a web page"),
    ],
)
def test_xml_is_not_called_a_web_page_and_a_page_is_not_called_xml(tmp_path: Path, text: str, what: str) -> None:
    for encoding in ("utf-8-sig", "utf-16"):
        with pytest.raises(NeedsAttention, match=what):
            sources(write(tmp_path, text, encoding=encoding))


def test_a_header_in_angle_brackets_is_a_header(tmp_path: Path) -> None:
    assert sources(write(tmp_path, "<email>,<Last Name>\na@x.example,Able\n"))


def test_who_may_not_read_a_file_is_told_so_and_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "Email\na@x.example\n")

    def refuse(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)  # root may read everything, so the right itself can't be taken away
    with pytest.raises(NeedsAttention, match=r"You may not read .*permission denied") as caught:
        sources(path)
    assert "right to read it" in caught.value.fix


def zipped(folder: Path, *names: str, content: bytes = b"Email,Last Name\na@x.example,Able\n") -> Path:
    path = folder / "made.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return path


def test_names_in_a_zip_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = zipped(tmp_path / "in", "../../escaped.csv")
    (one,) = open_contacts(path).records()
    assert one.name == "Able"
    assert [found.name for found in tmp_path.rglob("*")] == ["in", "made.zip"]


def test_a_zip_in_a_zip_is_named(tmp_path: Path) -> None:
    with pytest.raises(NeedsAttention, match="only another zip, inner"):
        sources(zipped(tmp_path, "inner.zip"))


def test_a_locked_zip_is_named(tmp_path: Path) -> None:
    path = zipped(tmp_path, "people.csv")
    locked = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + place] |= 1
    path.write_bytes(locked)
    with pytest.raises(NeedsAttention, match="locked with a password"):
        sources(path)


def test_a_zip_that_is_damaged_inside_is_named(tmp_path: Path) -> None:
    path = tmp_path / "made.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("people.csv", "Email,Last Name\n" + "a@x.example,Able\n" * 1000)
    torn = bytearray(path.read_bytes())
    torn[60:90] = b"\xff" * 30
    path.write_bytes(torn)
    with pytest.raises(NeedsAttention, match="damaged inside people"):
        sources(path)


def test_folders_and_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(NeedsAttention, match="is a folder"):
        sources(tmp_path)
    with pytest.raises(NeedsAttention, match="There is no file"):
        sources(tmp_path / "nothing.csv")


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("people.csv", "w") as member:
        for _ in range(60):
            member.write(bytes(1024 * 1024))
    with pytest.raises(NeedsAttention, match="would unpack") as caught:
        sources(bomb)
    assert caught.value.code == "zip-bomb"


def test_a_zip_of_too_many_files_is_not_opened(tmp_path: Path) -> None:
    crowd = tmp_path / "crowd.zip"
    with zipfile.ZipFile(crowd, "w") as archive:
        for number in range(opening.MOST_FILES + 1):
            archive.writestr(f"{number}.csv", "Email\na@x.example\n")
    with pytest.raises(NeedsAttention, match="would unpack"):
        sources(crowd)


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with BOM"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16 without BOM"),
        ("utf-16-be", "UTF-16 without BOM"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252 (Western European)"),
    ],
)
def test_the_usual_encodings_are_found_out(tmp_path: Path, encoding: str, told: str) -> None:
    path = write(tmp_path, "Email,Last Name\njörg@x.example,Müßig\n", encoding=encoding)
    (source,) = sources(path)
    assert source.encoding_title == told
    (one,) = open_contacts(path).records()
    assert one.name == "Müßig"


def test_encodings_that_letters_do_not_tell_are_asked_for_and_taken(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(b"Email,Last Name\na@x.example," + bytes(range(128, 256)) + b"\n")
    with pytest.raises(NeedsAttention, match="neither UTF-8"):
        sources(path)
    (one,) = open_contacts(path, encoding="cp1256").records()
    assert "ظ" in one.name
    for name in ("klingon", "hex"):
        with pytest.raises(NeedsAttention, match="no encoding named"):
            sources(path, name)


def test_a_text_that_ends_inside_a_letter_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes("Email,Last Name\na@x.example,Müller\nb@x.example,Mü".encode()[:-1])
    with pytest.raises(NeedsAttention, match="middle of a letter"):
        sources(path)


def test_inputs_are_the_same_bytes_afterwards() -> None:
    before = {path.name: sha256(path.read_bytes()).hexdigest() for path in DATA.iterdir()}
    for name in ("maximizer.csv", "cards3.vcf"):
        list(open_contacts(DATA / name).records())
    list(open_members(AUDIENCE).records())
    assert {path.name: sha256(path.read_bytes()).hexdigest() for path in DATA.iterdir()} == before
