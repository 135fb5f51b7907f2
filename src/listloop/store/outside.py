"""What is also kept outside the database: nos, erasures, and how far the runs had come.

One file of JSON lines beside the SQLite database (or where a setting says). Where the database is put back
from a backup, the file knows of later runs: that is how it is noticed, and what it holds is replayed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from listloop.store.erasures import Erasure


class KeptNo(msgspec.Struct, frozen=True, tag="no"):
    """A no as it stands, or stood until it was lifted; ``mark`` names the connection."""

    mark: str
    address: str
    side: str
    origin: str
    said_at: str
    stands_at: str
    noted_at: datetime
    lifted_at: datetime | None = None
    lifted_by: str = ""


class KeptErasure(msgspec.Struct, frozen=True, tag="erasure"):
    """A forgotten address, as a salted hash."""

    salt: str
    digest: str
    at: datetime
    lifted_at: datetime | None = None


class KeptRun(msgspec.Struct, frozen=True, tag="run"):
    """A run that began."""

    mark: str
    number: int


Line = KeptNo | KeptErasure | KeptRun


@dataclass(frozen=True, slots=True)
class Outside:
    """The file; made on first use, readable by its owner only."""

    path: Path

    def lines(self) -> Iterator[Line]:
        """Everything that is kept, oldest first; a line that a crash cut short is left out."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for text in file:
                try:
                    yield msgspec.json.decode(text, type=Line)
                except msgspec.DecodeError:
                    continue

    def add(self, lines: Collection[Line]) -> None:
        """Keep more; on the disk when this returns."""
        if not lines:
            return
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # An empty line first: what a crash cut short is then a line of its own.
            os.write(handle, b"".join(b"\n" + msgspec.json.encode(one) for one in lines) + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)

    def last_run(self, mark: str) -> int:
        """The number of the last run of a connection that began; 0: none."""
        return max((one.number for one in self.lines() if isinstance(one, KeptRun) and one.mark == mark), default=0)

    def erased(self, made: Collection[Erasure]) -> None:
        """Keep erasures."""
        self.add([KeptErasure(one.salt, one.digest, one.at, one.lifted_at) for one in made])

    def scrub(self, addresses: Collection[str]) -> None:
        """Take these addresses out, and what newer lines have replaced."""
        runs: dict[str, KeptRun] = {}
        kept: list[Line] = []
        for one in self.lines():
            if isinstance(one, KeptRun):
                runs[one.mark] = one
            elif not (isinstance(one, KeptNo) and one.address in addresses):
                kept.append(one)
        handle, aside = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)  # mkstemp's files are 0600
        with os.fdopen(handle, "wb") as file:
            file.write(b"".join(msgspec.json.encode(one) + b"\n" for one in (*kept, *runs.values())))
            file.flush()
            os.fsync(file.fileno())
        Path(aside).replace(self.path)
