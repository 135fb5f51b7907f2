"""One job: the runs of a connection, until nobody has asked for one more. The same whatever queue it came from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import stamina
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError, OperationalError

from listloop.core.errors import NeedsAttention, TryLater
from listloop.core.jobs import Run
from listloop.store import leases, schedule
from listloop.store.trouble import is_damaged

#: Seconds until the next try where the side that asked for one did not say.
RETRY_AFTER = 60.0

#: Seconds until the next try after our own database came back, and until the next look whether another run of the
#: connection, one on the command line perhaps, has ended.
SOON = 5.0

#: Seconds for which a job waits for our own database to come back.
DATABASE_BACK = 3600.0

#: Nothing that is tried again would mend it, and every further write may make it worse.
DAMAGED = "the database file is damaged: stop the service, keep a copy of the file, restore the newest backup"

_log = structlog.get_logger("listloop.jobs")


def utc_now() -> datetime:
    """The clock of all jobs, unless a test brings its own."""
    return datetime.now(UTC)


def perform(
    engine: Engine,
    run: Run,
    connection_id: int,
    trigger: str,
    *,
    resumed: bool,
    now: Callable[[], datetime],
    stopping: Callable[[], bool],
) -> None:
    """Run a connection, and again for whoever asked during the run.

    ``resumed``: the job was begun before and its process died. Other jobs whose wish is gone are stale, answered by
    a run that ended just before they were queued, or cancelled: they run nothing.

    Whoever asks after the last look is not lost: the wish stands in the connection's row, and the next tick sees it.
    A process that is stopping begins nothing; it leaves the wish to the next one. Where our own database is away, full
    or locked, the run is put off as soon as it can be noted. What the run raises beyond that is a bug, and goes on to
    the queue.
    """
    try:
        _perform(engine, run, connection_id, trigger, resumed=resumed, now=now, stopping=stopping)
    except DatabaseError as error:
        if is_damaged(error):
            _log.error(DAMAGED, connection=connection_id, error=str(error.orig))
            return
        if not isinstance(error, OperationalError):
            raise
        _log.error("database failed during a run", connection=connection_id, error=str(error.orig))
        if trigger in schedule.ASIDE:  # perhaps a run of people had joined it: one too many is better than none
            trigger = schedule.SCHEDULE
        for attempt in stamina.retry_context(OperationalError, attempts=None, timeout=DATABASE_BACK, wait_max=15.0):
            with attempt:
                schedule.put_off(engine, connection_id, trigger, now() + timedelta(seconds=SOON))


def _perform(
    engine: Engine,
    run: Run,
    connection_id: int,
    trigger: str,
    *,
    resumed: bool,
    now: Callable[[], datetime],
    stopping: Callable[[], bool],
) -> None:
    log = _log.bind(connection=connection_id)
    while trigger:
        if stopping():
            schedule.ask(engine, connection_id, trigger, now())
            return
        trigger = schedule.begin(engine, connection_id, trigger, resumed=resumed)
        if not trigger:
            return
        resumed = False
        try:
            run(connection_id, trigger)
        except TryLater as error:
            beside, told = isinstance(error, leases.LeaseHeld), error.retry_after is not None
            seconds = SOON if beside else RETRY_AFTER if error.retry_after is None else error.retry_after
            until = now() + timedelta(seconds=seconds)
            schedule.put_off(engine, connection_id, trigger, until, told=told and not beside)
            log.info("run put off", seconds=seconds, problem=error.problem)
            return
        except leases.LeaseLost:
            # Who took it may have died since, or may only be about to begin: one run too many is better than none.
            if not leases.was_cancelled(engine, connection_id):
                schedule.ask(engine, connection_id, trigger, now())
            return
        except NeedsAttention as error:
            log.warning("run needs attention", problem=error.problem, code=error.code)
            return
        trigger = schedule.asked_meanwhile(engine, connection_id, trigger)
