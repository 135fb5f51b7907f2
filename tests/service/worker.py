"""A worker process of its own, for tests that kill it: ``python -m tests.service.worker URL FOLDER``.

Its run notes in the audit log that it began, waits while the file ``hold`` is there, and notes that it wrote.
"""

import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, insert

from listloop.service import jobs
from listloop.store import leases
from listloop.store.database import open_database
from listloop.store.installation import audit


class Worker:
    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder = engine, folder
        self.jobs = jobs.DbosJobs(engine, self.run, every=0.2)

    def run(self, connection_id: int, trigger: str) -> None:
        lease = leases.take(self.engine, connection_id, self.jobs.owner, datetime.now(UTC))
        self.note(lease, f"began for {trigger}")
        while (self.folder / "hold").exists():
            time.sleep(0.02)
        self.note(lease, f"wrote for {trigger}")
        leases.release(self.engine, lease, datetime.now(UTC))

    def note(self, lease: leases.Lease, what: str) -> None:
        now = datetime.now(UTC)
        with self.engine.begin() as transaction:
            leases.renew(transaction, lease, now)
            transaction.execute(
                insert(audit).values(connection_id=lease.connection_id, at=now, who=lease.owner, what=what)
            )


def main(url: str, folder: str) -> None:
    engine = open_database(url)
    worker = Worker(engine, Path(folder))
    asked_to_stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked_to_stop.set())
    worker.jobs.start()
    (Path(folder) / str(os.getpid())).touch()
    asked_to_stop.wait()
    jobs.GRACE = 0.1
    if not worker.jobs.stop(0.1):
        os._exit(0)  # as a service does: the run is handed over, whatever its thread still waits for


if __name__ == "__main__":
    main(*sys.argv[1:])
