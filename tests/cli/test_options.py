"""What a side makes us try again is told to people as a line, and to programs as an object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
import structlog
from stamina.instrumentation import set_on_retry_hooks
from structlog.contextvars import bound_contextvars

from listloop.cli.options import opened
from listloop.core.errors import TryLater


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)
    set_on_retry_hooks(None)


def tried_again(folder: Path) -> None:
    """A call that fails once, within a run."""
    patience = stamina.set_testing(True, attempts=2)
    with patience, opened(str(folder / "listloop.sqlite")), bound_contextvars(connection=1, run=7):
        for attempt in stamina.retry_context(on=TryLater, attempts=2, wait_initial=0.0, wait_max=0.0, wait_jitter=0.0):
            with attempt:
                if attempt.num == 1:
                    raise TryLater("Mailchimp does not answer.", "")


def test_people_read_it_as_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tried_again(tmp_path)
    assert "Mailchimp does not answer. Trying again in 1 s." in capsys.readouterr().err


def test_in_a_log_of_objects_it_is_one_with_connection_and_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LISTLOOP_LOG", "json")
    tried_again(tmp_path)
    (line,) = [json.loads(one) for one in capsys.readouterr().err.splitlines()]
    assert (line["event"], line["connection"], line["run"]) == ("trying again", 1, 7)
    assert line["problem"] == "Mailchimp does not answer."
