"""Failures on demand: which requests go wrong, how, and how often."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from fnmatch import fnmatchcase
from random import Random

import msgspec

STATUSES = ("429", "500", "502", "503", "504")
KINDS = (*STATUSES, "403", "html", "timeout", "cut", "slow", "truncated", "malformed", "short-page")


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule. It matches a method and a path pattern (``*``, ``?``), for the next ``times`` matches or for ever (0).

    ``kind``: an HTTP status with the service's own error body; ``403`` bare, without JSON; ``html`` a 502 page;
    ``timeout`` no answer for ``ms`` or until the client leaves; ``cut`` the connection drops; ``slow`` waits ``ms``
    first; ``truncated`` the body stops half way and the connection drops; ``malformed`` the body stops half way, well
    framed; ``short-page`` a collection loses its second half, silently. ``commit`` says whether the work is done before
    the failure; the kinds from ``slow`` on always do it.
    """

    kind: str
    method: str = "*"
    path: str = "*"
    times: int = 1
    probability: float = 1.0
    ms: int = 120_000
    commit: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no fault {self.kind!r}. Known: {', '.join(KINDS)}.")
        if not 0 <= self.probability <= 1:
            raise ValueError("probability is a number from 0 to 1.")
        if self.times < 0 or self.ms < 0:
            raise ValueError("times and ms are not negative.")


class Faults:
    """The rules in force, the first that matches wins. Chance comes from the seed."""

    def __init__(self, seed: int = 0) -> None:
        self.rules: list[Fault] = []
        self.chance = Random(seed)

    def add(self, fault: Fault) -> None:
        self.rules.append(fault)

    def clear(self) -> None:
        self.rules = []

    def pick(self, method: str, path: str) -> Fault | None:
        for place, rule in enumerate(self.rules):
            if not (fnmatchcase(method, rule.method) and fnmatchcase(path, rule.path)):
                continue
            if rule.probability < 1 and self.chance.random() >= rule.probability:
                continue
            self._use(place, rule)
            return rule
        return None

    def _use(self, place: int, rule: Fault) -> None:
        if rule.times == 1:
            del self.rules[place]
        elif rule.times > 1:
            self.rules[place] = replace(rule, times=rule.times - 1)

    def rows(self) -> list[dict[str, object]]:
        return [asdict(rule) for rule in self.rules]

    def load(self, rows: Iterable[dict[str, object]]) -> None:
        """All of them, or ValueError for a row that is no rule."""
        self.rules.extend([_rule(row) for row in rows])


def _rule(row: dict[str, object]) -> Fault:
    unknown = row.keys() - {known.name for known in fields(Fault)}
    if unknown:
        raise ValueError(f"A fault has no {', '.join(sorted(unknown))}.")
    return msgspec.convert(row, Fault)
