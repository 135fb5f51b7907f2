"""What is also kept outside the database: nos, erasures, and how far the runs had come.

A file of JSON lines beside the SQLite database (or where a setting says). Where the database is put back
from a backup, a small file next to it knows of later runs: so it is noticed, and what is kept here is replayed.
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


Line = KeptNo | KeptErasure


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
        return self._runs().get(mark, 0)

    def began(self, mark: str, number: int) -> None:
        """Note that a run began."""
        self._replace(self._beside, msgspec.json.encode(self._runs() | {mark: number}))

    @property
    def _beside(self) -> Path:
        return self.path.with_name(f"{self.path.name}.runs")

    def _runs(self) -> dict[str, int]:
        try:
            return msgspec.json.decode(self._beside.read_bytes(), type=dict[str, int])
        except (OSError, msgspec.DecodeError):
            return {}

    def _replace(self, path: Path, content: bytes) -> None:
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mkstemp's files are 0600
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).replace(path)

    def erased(self, made: Collection[Erasure]) -> None:
        """Keep erasures."""
        self.add([KeptErasure(one.salt, one.digest, one.at, one.lifted_at) for one in made])

    def scrub(self, addresses: Collection[str]) -> None:
        """Take these addresses out."""
        kept = [one for one in self.lines() if not (isinstance(one, KeptNo) and one.address in addresses)]
        self._replace(self.path, b"".join(msgspec.json.encode(one) + b"\n" for one in kept))
