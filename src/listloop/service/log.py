"""Other people's loggers, led into ours: one log, in one form, wherever the command line sends it.

While a database is away, everything that asks it complains several times a second. Of lines that are alike one a minute
is written; the next one tells how many were left out.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Callable, MutableMapping
from time import monotonic
from typing import Any

import structlog

#: Seconds between two lines that are alike.
PAUSE = 60.0

#: Names of errors by which a database says that it is away, or locked: one trouble, whoever meets it.
_AWAY = re.compile(r"OperationalError|InterfaceError|PendingRollbackError|PoolTimeout|QueuePool limit")

#: What differs from line to line although the trouble is the same.
_DETAILS = frozenset({"error", "exc_info", "event", "level", "timestamp", "logger"})

#: The last line of a stack trace, which names the error.
_NAMED = re.compile(r"^[\w.]+(Error|Exception|Timeout)\b.*", re.MULTILINE)


class Seldom:
    """A step in the log's chain that drops warnings and errors which are like one of the last minute."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._written: dict[tuple[str, ...], tuple[float, int]] = {}

    def __call__(self, _logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """The line, with ``more`` where others like it were left out. Raises DropEvent."""
        if method not in ("warning", "error"):
            return event
        now, kind = self._clock(), _kind(event)
        with self._lock:
            at, left_out = self._written.get(kind, (now - PAUSE, 0))
            if now - at < PAUSE:
                self._written[kind] = (at, left_out + 1)
                raise structlog.DropEvent
            self._written = {one: seen for one, seen in self._written.items() if now - seen[0] < 2 * PAUSE}
            self._written[kind] = (now, 0)
        return {**event, "more": left_out} if left_out else event


def _kind(event: MutableMapping[str, Any]) -> tuple[str, ...]:
    text = str(event.get("event", ""))
    if _AWAY.search(f"{text} {event.get('error', '')}"):
        return ("away",)
    return (text, *(f"{name}={event[name]}" for name in sorted(event.keys() - _DETAILS)))


class _ToStructlog(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        # By name, since the chain tells warnings by their method.
        method = "error" if record.levelno >= logging.ERROR else "warning"
        getattr(structlog.get_logger("listloop.service"), method)(_one_line(record.getMessage()), logger=record.name)


def _one_line(message: str) -> str:
    """The first line; of a message that holds a stack trace, what it says before it and the error at its end."""
    said, trace, rest = message.partition("Traceback (most recent call last):")
    first = said.strip().partition("\n")[0]
    named = [one.group() for one in _NAMED.finditer(rest)]
    return f"{first} {named[-1]}".strip() if trace and named else first


def adopt(name: str) -> None:
    """Lead a library's warnings into our log, and nowhere else; done once however often it is asked."""
    logger = logging.getLogger(name)
    if not any(isinstance(handler, _ToStructlog) for handler in logger.handlers):
        logger.addHandler(_ToStructlog())
    logger.setLevel(logging.WARNING)
    logger.propagate = False


def log_to_stderr(*, json: bool = False) -> None:
    """Write the log in lines for people, or one JSON object a line. Standard output is for results."""
    form: list[Any] = [structlog.dev.ConsoleRenderer(colors=False)]
    if json:
        form = [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[
            Seldom(),
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *form,
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
