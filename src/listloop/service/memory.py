"""Jobs without a job engine: threads of this process, for one command and for tests.

Who asked is in the database as with the engine, so a wish survives a crash; a run in the middle of its work does not
resume by itself, it begins again when its connection is next due.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime

from sqlalchemy import Engine

from listloop.core.jobs import Run, State, Ticket
from listloop.service.beat import Beat
from listloop.service.work import perform, utc_now
from listloop.store import leases, schedule


class MemoryJobs:
    """``Jobs`` on a thread pool. ``every`` is the tick in seconds; None: only when ``tick`` is called."""

    def __init__(
        self,
        engine: Engine,
        run: Run,
        *,
        owner: str = "memory",
        threads: int = 4,
        every: float | None = 15.0,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.owner = owner
        self._engine, self._run, self._threads, self._now = engine, run, threads, now
        self._beat = None if every is None else Beat({self.tick: every})
        self._pool: ThreadPoolExecutor | None = None
        self._jobs: dict[int, Future[None]] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def start(self) -> None:
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="listloop-run")
        if self._beat is not None:
            self._beat.start()

    def stop(self, timeout: float) -> bool:
        self._stopping.set()
        if self._beat is not None:
            self._beat.stop()
        finished = not wait(list(self._jobs.values()), timeout).not_done
        if not finished:
            leases.revoke_owner(self._engine, self.owner, self._now())
        if self._pool is not None:
            self._pool.shutdown(wait=finished)
        return finished

    def put(self, connection_id: int, trigger: str) -> Ticket:
        state = schedule.ask(self._engine, connection_id, trigger, self._now())
        if state == "queued":
            self._enqueue(connection_id, trigger)
        return Ticket(connection_id, state)

    def tick(self) -> None:
        schedule.claim_due(self._engine, self._now())
        for connection_id, trigger in schedule.wanted(self._engine, self._now()):
            self._enqueue(connection_id, trigger)

    def cancel(self, connection_id: int) -> None:
        schedule.forget(self._engine, connection_id)
        leases.revoke(self._engine, connection_id, self._now())
        with self._lock:
            job = self._jobs.get(connection_id)
        if job is not None:
            job.cancel()

    def state(self, connection_id: int) -> State:
        with self._lock:
            job = self._jobs.get(connection_id)
        if job is not None and not job.done():
            return "running" if job.running() else "queued"
        return schedule.state(self._engine, connection_id, self._now())

    def silent(self) -> float:
        return self._beat.silent() if self._beat else 0.0

    def _enqueue(self, connection_id: int, trigger: str) -> None:
        with self._lock:
            job = self._jobs.get(connection_id)
            if self._pool is None or self._stopping.is_set() or (job is not None and not job.done()):
                return
            self._jobs[connection_id] = self._pool.submit(
                perform,
                self._engine,
                self._run,
                connection_id,
                trigger,
                resumed=False,
                now=self._now,
                stopping=self._stopping.is_set,
            )
