"""People as a file: whoever a search finds, as Listloop holds them, and one side of a connection, as it shows them."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

from sqlalchemy import Engine

from listloop.core.people import SideName
from listloop.files.sheets import cells, everybody, header
from listloop.store.database import reading
from listloop.store.plans import connection_lines
from listloop.store.search import Line, Question, find
from listloop.sync.context import Sync
from listloop.web.files import as_row

SIZE = 1000

#: Bytes of a side's file that are kept in memory; what is more goes to the disk.
MEMORY = 8 << 20


def found_people(engine: Engine, question: Question) -> Iterator[str]:
    """The lines of a file of everybody whom a search finds, page by page, so that a million take no memory."""
    with reading(engine).begin() as database:
        titles = {line.id: line.name for line in connection_lines(database)}
    yield as_row(["Name", "E-mail", "Company", "Connection", "Standing", "Rule", "Reason"])
    for line in _everyone(engine, question):
        title = titles.get(line.connection_id, "")
        yield as_row([line.name, line.email, line.company, title, line.standing, line.rule, line.reason])


def _everyone(engine: Engine, question: Question) -> Iterator[Line]:
    after = ""
    while True:
        with reading(engine).begin() as database:
            found = find(database, question, after, SIZE)
        yield from found.lines
        after = found.after
        if not after:
            return


def records_of_side(sync: Sync, side: SideName) -> Iterator[str]:
    """The lines of a file of everybody on one side, read now. It is whole before the first line goes out: whoever
    fetches it slowly keeps no run waiting.
    """
    end = sync.side(side)
    schema = end.schema()
    kept = SpooledTemporaryFile(MEMORY, "w+", encoding="utf-8", newline="")  # noqa: SIM115 - closed by the reader below
    kept.write(as_row(header(schema)))
    for record in everybody(end):
        kept.write(as_row(cells(record, schema)))
    kept.seek(0)
    return _lines(kept)


def _lines(kept: SpooledTemporaryFile[str]) -> Iterator[str]:
    with kept:
        while part := kept.read(1 << 16):
            yield part
