"""Whatever is no file of people is refused in a sentence with a next step, and nothing is written."""

from __future__ import annotations

import os
import random
import zipfile
from pathlib import Path

import pytest

from tests.cli.stage import Cli, opened_book

DATA = Path(__file__).parents[1] / "files" / "data"
HEADER = "Email,First Name,Last Name\n"
PERSON = "a@x.example,Ada,Able\n"

BAD: dict[str, bytes] = {
    "empty.csv": b"",
    "blank.csv": b"   \n\n",
    "mark-only.csv": b"\xef\xbb\xbf",
    "page.csv": b"<!DOCTYPE html><html><body>Sign in</body></html>",
    "page-utf16.csv": "<html><body>Sign in</body></html>".encode("utf-16"),
    "data.json": b'[{"email": "a@x.example"}]',
    "noise.csv": random.Random(1).randbytes(5000),
    "zeros.csv": (HEADER + "a@x.example,A\0da,Able\n").encode(),
    "zeros-1252.csv": (HEADER + "a@x.example,J\xf6rg\0,Able\n").encode("cp1252"),
    "cell.csv": (HEADER + f"a@x.example,Ada,{'x' * 1_000_000}\n").encode(),
    "line.csv": b"x" * 3_000_000,
    "columns.csv": ",".join(f"c{number}" for number in range(10_000)).encode() + b"\n",
    "cut-line.csv": (HEADER + PERSON + "b@x.ex").encode(),
    "cut-quote.csv": (HEADER + 'a@x.example,Ada,"Able\n').encode(),
    "cut-letter.csv": (HEADER + "a@x.example,J\xf6rg,Able\nb@x.example,Bo,M").encode() + b"\xc3",
    "two-encodings.csv": (HEADER + "a@x.example,J\xf6rg,Able\n").encode()
    + "b@x.example,J\xf6rg,Bay\n".encode("cp1252"),
    "header.csv": (HEADER).encode(),
    "headless.csv": b"Ada,Able,a@x.example\nBo,Bay,b@x.example\n",
    "cut-utf16.csv": (HEADER + PERSON).encode("utf-16")[:-1],
    "cut-utf16.vcf": "BEGIN:VCARD\r\nFN:Ada\r\nEND:VCARD\r\n".encode("utf-16")[:-1],
    "gzip.csv.gz": b"\x1f\x8b\x08rest",
    "wrong.csv": b"Article,Price\nSpade,12.50\nRake,9.99\n",
    "paper.csv": b"%PDF-1.4",
    "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "card.vcf": b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\n",
}
ZIPS: dict[str, dict[str, bytes]] = {
    "workbook.xlsx": {"xl/workbook.xml": b"<x/>"},
    "sheet.ods": {"content.xml": b"<x/>"},
    "nothing.zip": {},
    "nobody.zip": {"subscribed_members_export_1.csv": b""},
    "nested.zip": {"inner.zip": b"PK\x05\x06" + bytes(18)},
    "bomb.zip": {"people.csv": bytes(60_000_000)},
    "page.zip": {"people.csv": b"<html></html>"},
    "noise.zip": {"people.csv": random.Random(2).randbytes(3000)},
}


def made(folder: Path, name: str) -> Path:
    path = folder / name
    if name in ZIPS:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in ZIPS[name].items():
                archive.writestr(member, content)
    elif name == "folder":
        path.mkdir()
    elif name == "pipe":
        os.mkfifo(path)
    elif name in BAD:
        path.write_bytes(BAD[name])
    return path


@pytest.mark.parametrize("name", [*BAD, *ZIPS, "folder", "pipe", "nowhere"])
def test_no_command_takes_it(cli: Cli, tmp_path: Path, name: str) -> None:
    bad = str(made(tmp_path, name))
    good, audience = str(DATA / "hubspot.csv"), str(DATA / "audience_export_5f0c9a1b2d.zip")
    for words in (
        ("import", bad, "--yes"),
        ("rehearse", "--crm", bad, "--audience", audience),
        ("rehearse", "--crm", good, "--audience", bad),
    ):
        if words[-1] == bad and name == "header.csv":
            continue  # a new audience has nobody in it
        done = cli(*words)
        assert done.code == 1, words
        assert "→" in done.err
        assert "Traceback" not in done.err + done.out
    with opened_book(cli.database) as book:
        assert book.count() == 4


def test_a_file_of_too_many_columns_makes_no_fields(cli: Cli, tmp_path: Path) -> None:
    columns = ",".join(f"c{number}" for number in range(300))
    (tmp_path / "wide.csv").write_text(f"Email,Last Name,{columns}\na@x.example,Able{',1' * 300}\n")
    done = cli("import", "wide.csv", "--yes")
    assert (done.code, "300 new fields" in done.err) == (1, True)


def test_addresses_are_taken_out_of_their_names_and_no_others_are_imported(cli: Cli, tmp_path: Path) -> None:
    text = "Email,Last Name\nAda <ada@x.example>,Able\nmailto:bo@x.example,Bay\nnot an address,Cole\n"
    (tmp_path / "mails.csv").write_text(text)
    done = cli("import", "mails.csv", "--yes", "--json").json
    assert (done["new"], [one["line"] for one in done["refused"]]) == (2, [4])
    with opened_book(cli.database) as book:
        assert [one.email for one in (*book.people("Able"), *book.people("Bay"))] == ["ada@x.example", "bo@x.example"]


def test_a_text_that_was_broken_before_is_pointed_out(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "broken.csv").write_text("Email,Last Name\na@x.example,MÃ¼ller\n", "utf-8")
    assert "“MÃ¼ller” in broken.csv seems to have been “Müller”" in cli("import", "broken.csv").out
