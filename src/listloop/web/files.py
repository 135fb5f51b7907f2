"""Tables as files for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from starlette.responses import Response, StreamingResponse


def as_row(cells: Sequence[str]) -> str:
    """One line of a CSV file. A cell that a spreadsheet would run as a formula is made text by an apostrophe."""
    out = io.StringIO()
    csv.writer(out).writerow(
        [f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell for cell in cells]
    )
    return out.getvalue()


def csv_response(name: str, rows: Iterable[str]) -> Response:
    """Rows as a file to keep, sent as they come, so that a million of them take no memory."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(_marked(rows), media_type="text/csv; charset=utf-8", headers=headers)


def _marked(rows: Iterable[str]) -> Iterator[str]:
    yield "\ufeff"  # tells Excel that it is UTF-8
    yield from rows
