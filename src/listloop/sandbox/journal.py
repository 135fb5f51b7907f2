"""What was asked of a stand-in, in order, with counters."""

import re
from collections import Counter, deque
from dataclasses import asdict, dataclass

KEPT = 10_000
BODY_KEPT = 2_000
KEYS = re.compile(r"(?<![^&])(apikey)=[^&]*", re.IGNORECASE)


@dataclass(slots=True)
class Entry:
    """One request. ``status`` is 0 while it is open, and stays 0 when no answer was sent (time-out, cut)."""

    number: int
    time: int
    method: str
    path: str
    query: str
    body: str
    concurrent: int
    status: int = 0
    fault: str = ""


class Journal:
    """The last 10,000 requests, and counters over all since the last clearing. Credentials are never in it."""

    def __init__(self) -> None:
        self.open = 0
        self.clear()

    def clear(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=KEPT)
        self.total = 0
        self.highest = self.open
        self.by_method: Counter[str] = Counter()
        self.by_status: Counter[int] = Counter()

    def begin(self, now: int, method: str, path: str, query: str) -> Entry:
        self.open += 1
        self.total += 1
        self.highest = max(self.highest, self.open)
        self.by_method[method] += 1
        entry = Entry(self.total, now, method, path, KEYS.sub(r"\1=...", query), "", self.open)
        self.entries.append(entry)
        return entry

    def end(self, entry: Entry, body: bytes) -> None:
        entry.body = body[:BODY_KEPT].decode("utf-8", "replace")
        self.open -= 1
        self.by_status[entry.status] += 1

    def state(self, last: int = KEPT) -> dict[str, object]:
        return {
            "total": self.total,
            "open": self.open,
            "highest": self.highest,
            "by_method": dict(self.by_method),
            "by_status": {str(status): count for status, count in self.by_status.items()},
            "entries": [asdict(entry) for entry in list(self.entries)[-last:]] if last else [],
        }
