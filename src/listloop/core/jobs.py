"""What the program asks of background work: one run per connection at a time, whoever asks for it.

``service/jobs.py`` fulfils it with the job engine, ``service/memory.py`` without one; both pass the same tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

#: What a connection's next or present run is doing.
#:
#: ``idle``     nobody asked for one
#: ``queued``   asked for, begins as soon as there is room
#: ``running``  under way
#: ``delayed``  asked for, but a side said when to come again
#: ``paused``   begins only after a person resumed the connection
State = Literal["idle", "queued", "running", "delayed", "paused"]

#: The work: one run of a connection, for a trigger (schedule, button, command, webhook, first). Safe to repeat.
#:
#: It raises TryLater to be repeated after ``retry_after``. It has paused the connection itself where it raises
#: NeedsAttention; that ends the run like any other error.
Run = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Ticket:
    """The answer to who asks for a run: how the connection's one job stands now."""

    connection_id: int
    state: State


class Jobs(Protocol):
    """The queue of runs. All calls block for a database round trip: from async code, call them in a thread."""

    def start(self) -> None:
        """Begin to work and to tick. Raises NeedsAttention where another process already works on this SQLite file."""

    def stop(self, timeout: float) -> bool:
        """Finish what is under way, at most ``timeout`` seconds long, then hand it over; True: all had finished."""

    def put(self, connection_id: int, trigger: str) -> Ticket:
        """Ask for a run: after this call one begins. Who asks twice before it begins gets one; who asks during a run
        gets one more after it, so that nothing said in between is lost.
        """

    def tick(self) -> None:
        """Ask for the runs that are due, and queue what was asked for while nobody could."""

    def cancel(self, connection_id: int) -> None:
        """Take back what was asked for; a run under way stops before its next write."""

    def state(self, connection_id: int) -> State:
        """What the connection's run is doing."""

    def silent(self) -> float:
        """Seconds since it last looked for what is due; it does so at least once a minute."""
