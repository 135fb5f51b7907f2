"""20,000 communications, killed 20 times, are exactly 20,000 records in the CRM."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from sqlalchemy import create_engine, func, select

from listloop.store.tables import responses
from listloop.testing.crash.rig import Sandbox, kill
from tests.endure.town import wait_until
from tests.journeys.mailed import Mailed, mailed

#: So many communications of five campaigns, and so many kills: a quarter while results are read, the others while they
#: are written.
COMMUNICATIONS = int(os.environ.get("COMMUNICATIONS", "20000"))
KILLS = int(os.environ.get("KILLS", "20"))
CAMPAIGNS = 5


def read(made: Mailed) -> int:
    """How many recipients are read so far."""
    engine = create_engine(f"sqlite:///{made.database}")
    try:
        with engine.connect() as db:
            return int(db.scalar(select(func.count()).select_from(responses)) or 0)
    finally:
        engine.dispose()


def test_communications_are_written_once_however_often_the_process_is_killed(sandbox: Sandbox, tmp_path: Path) -> None:
    made = mailed(sandbox, tmp_path, COMMUNICATIONS // CAMPAIGNS, CAMPAIGNS)
    chance, killed, ended = random.Random(20), 0, False
    while killed < KILLS:
        reading = killed < KILLS // 4
        seen = read if reading else Mailed.in_the_crm
        part = (killed + chance.random()) / (KILLS // 4) if reading else (killed - KILLS // 4) / (KILLS - KILLS // 4)
        with made.start("results", "read") as process:
            wait_until(lambda seen=seen, part=part: process.poll() is not None or seen(made) >= part * made.mails)  # type: ignore[misc]  # values of this turn
            time.sleep(chance.random() / 10)  # anywhere in a chunk
            ended = process.poll() is not None
            kill(process)
        killed += not ended
        assert not ended, f"it ended before it could be killed a {killed + 1}th time"
    made.run("results", "read")
    in_the_crm, known = made.counted()
    print(f"{killed} kills, {len(in_the_crm):,} communications in the CRM, {known:,} in the ledger")  # noqa: T201
    assert (len(in_the_crm), set(in_the_crm.values()), known) == (made.mails, {1}, made.mails)
    assert "Nothing has moved" in made.run("results", "read")
    assert len(made.counted()[0]) == made.mails
