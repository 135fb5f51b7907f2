"""What an audience went through, day by day: who came and left how, and how many of each status there were."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

DAY = 86400


@dataclass(slots=True)
class Ledger:
    """Written by the audience whenever a status begins or ends; days are counted from 1970."""

    acts: dict[int, Counter[str]] = field(default_factory=dict)
    """Of each day the ``subs``, ``unsubs``, ``other_adds`` and ``other_removes``."""
    moves: dict[int, Counter[str]] = field(default_factory=dict)
    """Of each day how many more (or fewer) there were of each status; ``deleted`` counts archived and forgotten."""

    def note(self, at: int, old: str, new: str, *, own: bool) -> None:
        """A status ended and another began, "" for none. ``own``: the person did it."""
        day = at // DAY
        moves = self.moves.setdefault(day, Counter())
        if old:
            moves["deleted" if old == "archived" else old] -= 1
        if new or old:
            moves["deleted" if new in {"", "archived"} else new] += 1
        act = _act(old, new, own=own)
        if act:
            self.acts.setdefault(day, Counter())[act] += 1

    def months(self, now: int) -> dict[str, tuple[Counter[str], Counter[str]]]:
        """Month -> (how many of each status at its end, what happened in it), from the first one on, oldest first."""
        found: dict[str, tuple[Counter[str], Counter[str]]] = {}
        total: Counter[str] = Counter()
        for day in range(min(self.moves, default=now // DAY), now // DAY + 1):
            total.update(self.moves.get(day, {}))
            _, acts = found.setdefault(month_of(day), (Counter(), Counter()))
            acts.update(self.acts.get(day, {}))
            found[month_of(day)] = (Counter(total), acts)
        return found


def _act(old: str, new: str, *, own: bool) -> str:
    if new == "subscribed":
        return "subs" if own else "other_adds"
    if new == "unsubscribed" and old:
        return "unsubs"
    return "other_removes" if old == "subscribed" and new in {"", "archived"} else ""


def date_of(day: int) -> str:
    return datetime.fromtimestamp(day * DAY, UTC).date().isoformat()


def month_of(day: int) -> str:
    return date_of(day)[:7]
