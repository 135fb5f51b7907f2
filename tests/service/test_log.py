"""One log, of which a trouble that goes on fills no disk."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from listloop.service.log import PAUSE, Seldom, adopt, log_to_stderr

AWAY = "OperationalError('connection refused')"


class Moments:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def written(seldom: Seldom, event: str, method: str = "warning", **values: Any) -> dict[str, Any] | None:
    try:
        return dict(seldom(None, method, {"event": event, **values}))
    except structlog.DropEvent:
        return None


def test_a_database_that_is_away_is_one_line_a_minute_whoever_complains() -> None:
    moments = Moments()
    seldom = Seldom(moments)
    assert written(seldom, "duty failed", duty="tick", error=AWAY)
    assert written(seldom, "the budget could not be settled", error=AWAY) is None
    assert written(seldom, f"Exception listing queues: {AWAY}") is None
    moments.at = PAUSE
    again = written(seldom, "duty failed", duty="fill", error=AWAY)
    assert again is not None
    assert again["more"] == 2


def test_what_differs_is_all_written() -> None:
    seldom = Seldom(Moments())
    assert all(written(seldom, "run needs attention", connection=n) for n in range(3))
    assert all(written(seldom, "waits for a yes", "info") for _ in range(3))


def test_another_librarys_stack_trace_is_one_line() -> None:
    """It names what happened and the error at its end."""
    adopt("elsewhere")
    trace = 'Traceback (most recent call last):\n  File "a.py", line 1\nConnectionRefusedError: nobody there\n'
    with capture_logs() as lines:
        logging.getLogger("elsewhere").warning("Exception polling: %s", trace)
    (line,) = lines
    assert line["event"] == "Exception polling: ConnectionRefusedError: nobody there"
    assert line["log_level"] == "warning"


def test_as_json_a_line_is_an_object_with_what_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    log_to_stderr(json=True)
    try:
        with structlog.contextvars.bound_contextvars(connection=1, run=7):
            structlog.get_logger("listloop.test").warning("waits for a yes", why="many archives")
    finally:
        structlog.configure(**before)
    line = json.loads(capsys.readouterr().err)
    assert {name: line[name] for name in ("event", "level", "connection", "run", "why")} == {
        "event": "waits for a yes", "level": "warning", "connection": 1, "run": 7, "why": "many archives",
    }  # fmt: skip
