"""Writing an Excel workbook (ECMA-376, Office Open XML): sheets of texts, numbers and moments, as small as it can be.

Texts are written as texts, so that no cell is ever taken for a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

Cell = str | int | float | datetime | None

ROWS = 1_048_575
"""Rows of a sheet below its head; more than that no sheet holds, and the rest is left out."""

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OPEN = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's moments have no zone
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its title (cut to 31 characters), its head, and its rows."""

    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """An .xlsx file with these sheets. Moments are written as they stand, without their zone, as Excel knows none."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", _types(len(sheets)))
        file.writestr("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        parts = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)]
        file.writestr("xl/_rels/workbook.xml.rels", _relations([*parts, ("styles", "styles.xml")]))
        file.writestr("xl/workbook.xml", _book(sheets))
        file.writestr("xl/styles.xml", _STYLES)
        for number, sheet in enumerate(sheets, 1):
            with file.open(f"xl/worksheets/sheet{number}.xml", "w") as part:
                for text in _sheet(sheet):
                    part.write(text.encode())
    return made.getvalue()


def _types(count: int) -> str:
    sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_OPEN}.worksheet+xml"/>'
        for n in range(1, count + 1)
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_OPEN}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_OPEN}.styles+xml"/>{sheets}</Types>'
    )


def _relations(parts: Iterable[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{n}" Type="{_LINKS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(parts, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _book(sheets: Sequence[Sheet]) -> str:
    names = "".join(
        f'<sheet name="{_text(_title(one.title, n))}" sheetId="{n}" r:id="rId{n}"/>' for n, one in enumerate(sheets, 1)
    )
    return f'{_HEAD}<workbook {_MAIN} xmlns:r="{_LINKS}"><sheets>{names}</sheets></workbook>'


def _title(text: str, number: int) -> str:
    return _FORBIDDEN.sub(" ", text).strip()[:31] or f"Sheet {number}"


#: Style 1 is a moment, style 2 the head.
_STYLES = (
    f"{_HEAD}<styleSheet {_MAIN}>"
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs></styleSheet>'
)


def _sheet(sheet: Sheet) -> Iterator[str]:
    frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    yield f'{_HEAD}<worksheet {_MAIN}><sheetViews><sheetView workbookViewId="0">{frozen}</sheetView></sheetViews>'
    yield f'<cols><col min="1" max="{max(len(sheet.head), 1)}" width="22" customWidth="1"/></cols><sheetData>'
    yield _row(1, (_string(name, 2) for name in sheet.head))
    for number, row in enumerate(sheet.rows, 2):
        if number > ROWS + 1:
            break
        yield _row(number, map(_cell, row))
    yield "</sheetData></worksheet>"


def _row(number: int, cells: Iterable[str]) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(value: Cell) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, datetime):
        return (
            f'<c s="1"><v>{(value.replace(tzinfo=None) - datetime(1899, 12, 30)).total_seconds() / 86400:.6f}</v></c>'  # noqa: DTZ001 - Excel's day 0 has no zone
        )
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return _string(value, 0)


def _string(text: str, style: int) -> str:
    kept = _text(text[:32_767])
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{kept}</t></is></c>'


def _text(text: str) -> str:
    return escape(_IMPOSSIBLE.sub("\ufffd", text), {'"': "&quot;"})
