"""``listloop worker``: runs and no pages; any number of them on one PostgreSQL database."""

from __future__ import annotations

import os
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from listloop.cli.console import OK, out
from listloop.cli.options import Database, opened
from listloop.core.errors import NeedsAttention
from listloop.service.jobs import DbosJobs
from listloop.service.serve import work


def worker(
    *,
    threads: Annotated[
        int | None, Parameter(validator=Number(gte=1, lte=64), help="Connections at the same time; else the setting.")
    ] = None,
    database: Database = None,
) -> int:
    """Do the runs of a PostgreSQL installation, beside “listloop serve” and other workers, until Ctrl-C."""
    with opened(database) as listloop:
        if listloop.engine.dialect.name != "postgresql":
            raise NeedsAttention(
                "A worker needs a PostgreSQL database; on a SQLite file one “listloop serve” does everything.",
                "Give --database postgresql://…, or use “listloop serve”.",
                code="worker-sqlite",
            )
        settings = listloop.settings
        jobs = DbosJobs(listloop.engine, listloop.run, threads=threads or settings.threads, every=settings.tick)
        listloop.owner = jobs.owner
        finished = work(jobs, lambda: out.print("Working. Ctrl-C stops within half a minute; others go on."))
    if not finished:
        os._exit(OK)  # a run was handed over; its thread may wait for an answer from outside for minutes
    return OK
