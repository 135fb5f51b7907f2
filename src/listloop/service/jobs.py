"""Jobs on DBOS, in the same database as everything else: SQLite for one process, PostgreSQL for any number.

The only importer of the engine. What it does for us: a queue across processes with one job per connection, a budget
of parallel runs, and runs that are begun again when their process dies. What it does not, and is done here: finding
out that another worker died (``presence``), one process per SQLite file (``sole``), due times (``store/schedule``).

One engine per process: it keeps its state in module globals.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import structlog
from dbos import DBOS, DBOSConfig, WorkflowStatus
from sqlalchemy import Engine, create_engine, event

from listloop.core.jobs import Run, State, Ticket
from listloop.service.beat import Beat
from listloop.service.log import adopt
from listloop.service.presence import Presence
from listloop.service.sole import Sole
from listloop.service.work import perform, utc_now
from listloop.store import allotments, leases, schedule

QUEUE = "runs"
WORKFLOW = "run"

#: A worker resumes only jobs of its own version. Ours are a connection and a trigger, whatever the release.
VERSION = "1"

#: Seconds between two looks for workers that died, between two deletions of finished jobs, and for how long those stay.
LOOK, CLEAN, KEEP = 2.0, 3600.0, 24 * 3600.0

#: Seconds between two looks for jobs of our own that nothing works on.
PICK_UP = 5.0

#: Seconds between two looks for wishes without a job: said as the job before ended, put off until now, left by a crash.
FILL = 1.0

#: Seconds that a run gets to notice that its lease was taken from it.
GRACE = 5.0

ACTIVE = ["ENQUEUED", "DELAYED", "PENDING"]
FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


_log = structlog.get_logger("listloop.jobs")


class DbosJobs:
    """``Jobs`` on the engine. ``every`` is the tick in seconds; None: only when ``tick`` is called.

    ``owner`` names this worker: the run takes its leases under that name, so that they can be freed when it dies.
    """

    def __init__(
        self,
        engine: Engine,
        run: Run,
        *,
        threads: int = 4,
        every: float | None = 15.0,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._engine, self._run, self._threads, self._now = engine, run, threads, now
        self._shared = engine.dialect.name == "postgresql"
        # On SQLite there is one worker, and after a restart it is the same one again: so it resumes its own jobs.
        self.owner = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}" if self._shared else "sole"
        self._presence = Presence(engine, self.owner) if self._shared else None
        self._sole: Sole | None = None
        self._tables: Engine | None = None
        self._stopping = threading.Event()
        self._at_work: set[str] = set()
        self._stranded: set[str] = set()
        duties: dict[Callable[[], None], float] = {self._clean: CLEAN, self._pick_up: PICK_UP}
        if every is not None:
            duties |= {self._tick_alone: every, self._fill_alone: FILL}
        if self._shared:
            duties[self._take_over] = LOOK
        self._beat = Beat(duties)

    def start(self) -> None:
        if self._presence is None:
            self._sole = Sole(self._engine)
        else:
            self._presence.keep()
        allotments.give_back(self._engine, self.owner)  # on SQLite: of the process that was before
        adopt("dbos")  # before the engine is made: it writes to the console only where it finds no handler
        self._tables = _engine_tables(self._engine)
        DBOS(config=self._config(self._tables))
        DBOS.workflow(name=WORKFLOW)(self._work_function())
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=self._threads, polling_interval_sec=0.25, on_conflict="always_update"
        )
        self._beat.start()

    def stop(self, timeout: float) -> bool:
        self._stopping.set()
        if self._tables is None:
            return True
        self._beat.stop()
        finished = self._drained(timeout)
        # Also where all had finished: a run that ended while the database was away could not give its lease back.
        leases.revoke_owner(self._engine, self.owner, self._now())
        if not finished:
            self._drained(GRACE)
        DBOS.destroy(destroy_registry=True)
        self._tables.dispose()
        self._tables = None
        if self._presence is not None:
            self._presence.end()
        if self._sole is not None:
            self._sole.release()
        return finished

    def put(self, connection_id: int, trigger: str) -> Ticket:
        state = schedule.ask(self._engine, connection_id, trigger, self._now())
        if state == "queued":
            self._enqueue(connection_id, trigger)
        return Ticket(connection_id, state)

    def tick(self) -> None:
        schedule.claim_due(self._engine, self._now())
        self._fill()

    def cancel(self, connection_id: int) -> None:
        schedule.forget(self._engine, connection_id)
        for job in self._jobs_of(connection_id):
            if job.status != "PENDING":
                DBOS.cancel_workflow(job.workflow_id)
        leases.revoke(self._engine, connection_id, self._now())

    def state(self, connection_id: int) -> State:
        for job in self._jobs_of(connection_id):
            return "running" if job.status == "PENDING" else "queued"
        return schedule.state(self._engine, connection_id, self._now())

    def silent(self) -> float:
        return self._beat.silent()

    def _config(self, tables: Engine) -> DBOSConfig:
        return {
            "name": "listloop",
            "system_database_url": tables.url.render_as_string(hide_password=False),
            "system_database_engine": tables,
            "application_version": VERSION,
            "executor_id": self.owner,
            "use_listen_notify": False,  # only for messages between workflows, which we do not send
            "log_level": "WARNING",
            "enable_otlp": False,
        }

    def _work_function(self) -> Callable[[int, str], None]:
        def work(connection_id: int, trigger: str) -> None:
            job = DBOS.workflow_id or ""
            self._at_work.add(job)
            try:
                perform(
                    self._engine,
                    self._run,
                    connection_id,
                    trigger,
                    resumed=_resumed(),
                    now=self._now,
                    stopping=self._stopping.is_set,
                )
            except Exception as error:  # noqa: BLE001 - whatever it is, it is raised on in a form that may be stored
                _log.exception("run failed", connection=connection_id)
                # The engine stores what is raised; the original may hold people's data.
                raise RuntimeError(type(error).__name__) from None
            finally:
                self._at_work.discard(job)

        return work

    def _enqueue(self, connection_id: int, trigger: str) -> None:
        # A command that only asks has started no engine; the wish stands in the connection's row for who has.
        if self._tables is not None and not self._stopping.is_set():
            DBOS.enqueue_workflow_with_options(
                {
                    "workflow_name": WORKFLOW,
                    "queue_name": QUEUE,
                    "workflow_id": f"{connection_id}.{uuid4().hex}",
                    "app_version": VERSION,
                    "deduplication_id": str(connection_id),
                    "duplication_policy": "return-existing",
                },
                connection_id,
                trigger,
            )

    def _fill(self) -> None:
        wanted = schedule.wanted(self._engine, self._now())
        if wanted:
            under_way = {_connection_of(job) for job in _jobs(status=ACTIVE, queue_name=QUEUE)}
            for connection_id, trigger in wanted:
                if connection_id not in under_way:
                    self._enqueue(connection_id, trigger)

    def _jobs_of(self, connection_id: int) -> list[WorkflowStatus]:
        return [] if self._tables is None else _jobs(status=ACTIVE, workflow_id_prefix=f"{connection_id}.")

    def _drained(self, timeout: float) -> bool:
        until = monotonic() + timeout
        while _jobs(status="PENDING", executor_id=self.owner):
            if monotonic() >= until:
                return False
            sleep(0.05)
        return True

    def _tick_alone(self) -> None:
        self._alone(self.tick)

    def _fill_alone(self) -> None:
        self._alone(self._fill)

    def _alone(self, duty: Callable[[], None]) -> None:
        # Several at once would do no harm, but the server would log an error for every job that another had put.
        if self._presence is None:
            duty()
            return
        with self._presence.alone("tick") as alone:
            if alone:
                duty()

    def _take_over(self) -> None:
        if self._presence is None or not self._presence.keep():
            return
        for executor in sorted({job.executor_id or "" for job in _jobs(status="PENDING")} - {self.owner}):
            with self._presence.alone(executor) as dead:
                if dead:
                    _log.warning("taking over from a worker that died", worker=executor)
                    leases.revoke_owner(self._engine, executor, self._now())
                    allotments.give_back(self._engine, executor)
                    DBOS._recover_pending_workflows([executor])  # noqa: SLF001 - no public way; the version is pinned

    def _pick_up(self) -> None:
        """Let go of jobs that count as ours and that no thread has: claimed as the database went away, or ended so.

        One that is seen so twice is put back; a run too many is better than none.
        """
        mine = {job.workflow_id for job in _jobs(status="PENDING", executor_id=self.owner)} - self._at_work
        for job in mine & self._stranded:
            _log.warning("taking up a job that was claimed and not begun", job=job)
            connection_id = int(job.partition(".")[0])
            DBOS.cancel_workflow(job)
            schedule.ask(self._engine, connection_id, schedule.SCHEDULE, self._now())
        self._stranded = mine

    def _clean(self) -> None:
        before = (self._now() - timedelta(seconds=KEEP)).isoformat()
        while finished := _jobs(status=FINISHED, completed_before=before, limit=500):
            DBOS.delete_workflows([job.workflow_id for job in finished])


def _jobs(**filters: Any) -> list[WorkflowStatus]:
    return DBOS.list_workflows(load_input=False, load_output=False, **filters)


def _resumed() -> bool:
    """Whether the job that calls this was begun before, by a process that died: the engine then remembers its token."""
    token = uuid4().hex
    return DBOS.run_step({"name": "begin"}, lambda: token) != token


def _connection_of(job: WorkflowStatus) -> int:
    return int(job.workflow_id.partition(".")[0])


def _engine_tables(engine: Engine) -> Engine:
    """The same database for the job engine, which begins and ends its transactions in its own way."""
    if engine.dialect.name == "postgresql":
        return create_engine(engine.url, pool_size=4, max_overflow=8, pool_pre_ping=True)
    tables = create_engine(engine.url, connect_args={"timeout": 30})

    @event.listens_for(tables, "connect")
    def prepare(connection: Any, _entry: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    return tables
