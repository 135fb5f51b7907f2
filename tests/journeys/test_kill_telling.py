"""Killed at the worst instants of writing communications, each of them is in the CRM exactly once."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from listloop.testing.crash.rig import PATIENCE, sandbox_process
from tests.journeys.mailed import mailed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

#: ``listloop results read`` that kills itself: as the so-manieth chunk is about to be written to the CRM, is there but
#: not noted here yet, or is noted in a transaction that is not ended.
DIES = """
import os, signal, sys
from listloop.cli.main import main
from listloop.crm.local import LocalCrm
from listloop.sync import telling

where, number, calls = sys.argv[1], int(sys.argv[2]), 0
owner, name = (LocalCrm, "append") if where == "before" else (telling, "save_told")
real = getattr(owner, name)

def dying(*arguments):
    global calls
    calls += 1
    if calls < number:
        return real(*arguments)
    if where == "noting":
        real(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, name, dying)
sys.argv = ["listloop", "results", "read"]
main()
"""


def test_killed_between_the_crm_and_our_ledger(tmp_path: Path) -> None:
    """1,200 mails, written 500 at a time; killed before, between and after, none is twice or missing."""
    with sandbox_process() as sandbox:
        made = mailed(sandbox, tmp_path, people=240, campaigns=5)
        written = []
        for where, number in (("there", 1), ("noting", 1), ("before", 2), ("there", 2)):
            with made.python("-c", DIES, where, str(number)) as process:
                said, _ = process.communicate(timeout=PATIENCE)
            assert process.returncode == -signal.SIGKILL, said
            written.append(made.in_the_crm())
        assert written == [500, 500, 500, 1200]
        made.run("results", "read")
        in_the_crm, known = made.counted()
    assert (len(in_the_crm), set(in_the_crm.values()), known) == (made.mails, {1}, made.mails)
