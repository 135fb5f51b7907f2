"""What every stand-in has: a clock, a seed, switches, faults, a journal, and state that can be saved and put back."""

import io
import pickle
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO, Protocol

from listloop.sandbox.clock import Clock
from listloop.sandbox.faults import Faults
from listloop.sandbox.journal import Journal
from listloop.sandbox.switches import Switch, Switches
from listloop.sandbox.wire import Call, Reply, Route

LAYOUT = 5
"""Counts up when the classes of a state change; a snapshot is read by the layout that made it."""
ControlHandler = Callable[[Call, dict[str, str]], Reply]


class SupportsWrite(Protocol):
    def write(self, data: bytes, /) -> object: ...


class StandIn(ABC):
    """An imitated service. Answering is synchronous and depends on state, clock and call alone, so it can be replayed.

    A subclass sets ``name``, ``prefix`` (the path under which the imitated API lives) and ``limit`` (requests at once;
    0: no limit), and keeps everything that changes in ``self.state``.
    """

    name: str
    prefix: str
    limit = 0
    menu: tuple[tuple[str, str], ...] = ()
    """(address, name) of its own pages, for the head of each page."""

    def __init__(
        self, known: Iterable[Switch], *, seed: int = 0, clock: Clock | None = None, strict: bool = False
    ) -> None:
        self.seed = seed
        self.clock = clock or Clock()
        self.strict = strict
        self.switches = Switches(known)
        self.faults = Faults(seed)
        self.journal = Journal()
        self.state: Any = self.fresh()

    @abstractmethod
    def fresh(self) -> Any:
        """The state before the first request."""

    @abstractmethod
    def answer(self, call: Call) -> Reply:
        """One request to the imitated API."""

    @abstractmethod
    def problem(self, status: int) -> Reply:
        """The service's own body for an HTTP status that did not come from a request (a fault, too many at once)."""

    @abstractmethod
    def controls(self) -> Iterable[Route[ControlHandler]]:
        """Its own part of the control surface, below ``/_sandbox``."""

    def advance(self, most: int | None = None) -> bool:
        """Does what is due by now (a batch ends), at most so many steps. True when more is due.

        Called before each request and a few times a second. While more is due, the clock stands at its second.
        """
        self.clock.held = self.work(self.clock.due(), most)
        return self.clock.held is not None

    def work(self, now: int, most: int | None) -> int | None:  # noqa: ARG002 - a hook; most have nothing to do
        """What is due by ``now``, in its order, at most so many steps; the second of the next one if that is due.

        Counts its steps in ``steps``.
        """
        return None

    @property
    def steps(self) -> int:
        """How many steps have been done since the state was fresh. The same steps lead to the same state."""
        return 0

    async def prepare(self, call: Call) -> Call:
        """Finds out what an answer needs to know about the outside world. Must not change state."""
        return call

    def kept(self, call: Call) -> Call | None:
        """What a data file keeps of a call to be done again, without secrets; None for one that changes nothing."""
        return None if call.method == "GET" else call

    def redo(self, call: Call) -> None:
        """Does a recorded call again. It was let in when it came, and comes without its credentials."""
        self.answer(call)

    async def deliver(self, steer: Callable[[str, dict[str, Any]], None]) -> None:  # noqa: B027 - a hook; most have nothing to send
        """Sends what is waiting to go out. Called a few times a second, never twice at once.

        What an attempt leads to is a control request: ``steer(path below /_sandbox, body)``.
        """

    def reset(self, seed: int | None = None) -> None:
        """Empty again, as started; switches, faults, journal and clock too."""
        self.seed = self.seed if seed is None else seed
        self.clock.frozen, self.clock.offset, self.clock.held = None, 0, None
        self.switches.reset()
        self.faults = Faults(self.seed)
        self.journal.clear()
        self.state = self.fresh()

    @property
    def layout(self) -> str:
        return f"{self.name} {LAYOUT}"

    def snapshot(self) -> bytes:
        file = io.BytesIO()
        self.save(file)
        return file.getvalue()

    def save(self, file: SupportsWrite) -> None:
        """Writes a snapshot, piece by piece."""
        kept = (self.layout, self.seed, self.clock.frozen, self.clock.offset, self.switches.values, self.state)
        pickle.dump(kept, file, protocol=5)

    def restore(self, saved: bytes) -> None:
        """Raises ValueError for bytes that are no snapshot of this stand-in."""
        self.load(io.BytesIO(saved))

    def load(self, file: BinaryIO) -> None:
        """Reads a snapshot. Raises ValueError for what is none of this stand-in."""
        try:
            name, seed, frozen, offset, values, state = _Reader(file).load()
        except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, IndexError, KeyError) as wrong:
            raise ValueError("These bytes are no snapshot of a sandbox.") from wrong
        if name != self.layout:
            raise ValueError(f"This snapshot belongs to {name!r}, not to {self.layout!r}; start a new one.")
        self.seed, self.state = seed, state
        self.clock.frozen, self.clock.offset, self.clock.held = frozen, offset, None
        self.switches.values = self.switches.values | values


class _Reader(pickle.Unpickler):
    """Reads our own plain classes and nothing else, so that a snapshot from a stranger cannot run code."""

    def find_class(self, module: str, name: str) -> Any:
        ours = module.startswith("listloop.sandbox.") and "." not in name
        plain = (module, name) in {("random", "Random"), ("array", "array"), ("array", "_array_reconstructor")}
        plain = plain or (module == "collections" and name in {"deque", "Counter", "OrderedDict"})
        plain = plain or (module == "builtins" and name in {"set", "frozenset", "bytearray"})
        if not (ours or plain):
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a snapshot")
        found = super().find_class(module, name)
        if ours and not (isinstance(found, type) and found.__module__ == module):
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a snapshot")
        return found
