"""``listloop serve``: pages, schedule and jobs in one process."""

from __future__ import annotations

import os
import socket
from typing import Annotated

from cyclopts import Parameter

from listloop.cli.buttons import services
from listloop.cli.console import OK, out
from listloop.cli.options import Database, opened
from listloop.core.jobs import Jobs
from listloop.service.jobs import DbosJobs
from listloop.service.receiver import Receiver
from listloop.service.serve import listen
from listloop.service.serve import serve as serve_forever
from listloop.service.upkeep import Upkeep
from listloop.store import schedule
from listloop.store.rhythm import parse
from listloop.store.users import Role, add_user, make_sign_in_link
from listloop.web.app import make_app
from listloop.wiring import Listloop


def serve(
    *,
    every: Annotated[
        str | None, Parameter(help="Run every connection so often: 15m, 4h, off, as “schedule set”.")
    ] = None,
    host: Annotated[str | None, Parameter(help="The address to listen on; else the setting.")] = None,
    port: Annotated[int | None, Parameter(help="The port; 0 takes any that is free. Else the setting.")] = None,
    database: Database = None,
) -> int:
    """Serve the pages and keep every connection in step, until Ctrl-C."""
    with opened(database) as listloop:
        if every is not None:
            for row in listloop.connections():
                schedule.set_rhythm(listloop.engine, row.id, parse(every), listloop.now())
        listening = listen(host or listloop.settings.host, listloop.settings.port if port is None else port)
        base = listloop.settings.base_url or f"http://{host or listloop.settings.host}:{listening.getsockname()[1]}"
        out.print(f"Listloop is at {base} – sign in once with\n  {sign_in_link(listloop, base)}")
        jobs = DbosJobs(listloop.engine, listloop.run, threads=listloop.settings.threads, every=listloop.settings.tick)
        listloop.owner = jobs.owner
        finished = work_and_serve(listloop, jobs, base, listening)
    if not finished:
        os._exit(OK)  # a run was handed over; its thread may wait for an answer from outside for minutes
    return OK


def work_and_serve(listloop: Listloop, jobs: Jobs, base: str, listening: socket.socket) -> bool:
    """Pages, webhooks, upkeep and jobs, until somebody stops it; False where a run was handed over."""
    receiver = Receiver(listloop.engine, listloop.secrets, jobs, listloop.now)
    upkeep = Upkeep(listloop)

    def ready() -> None:
        receiver.start()
        upkeep.start()

    try:
        return serve_forever(make_app(services(listloop, jobs, base, receiver)), jobs, listening, ready)
    finally:
        receiver.stop()
        upkeep.stop()


def sign_in_link(listloop: Listloop, base: str) -> str:
    """A one-time link for the administrator, who is made on first use."""
    user = add_user(
        listloop.engine, "administrator@listloop.example", "Administrator", Role.ADMINISTRATOR, listloop.now()
    )
    return make_sign_in_link(listloop.engine, user, listloop.now(), base)
