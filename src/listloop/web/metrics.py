"""How everything stands, in numbers for Prometheus.

Read from the database when somebody asks, so that of any number of processes each tells the same of connections.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from prometheus_client import Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine, Select, func, select

from listloop.store.database import reading
from listloop.store.installation import webhooks
from listloop.store.plans import ConnectionLine, connection_lines
from listloop.store.questions import sums
from listloop.store.tables import runs
from listloop.web.standings import KeptCounts, by_standing

#: Seconds that this process had a delivery of Mailchimp, until its answer.
DELIVERY = Histogram(
    "listloop_delivery_seconds",
    "Time that this process needed to answer a webhook delivery.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)

OF = ("connection",)


class Standing(Collector):
    """The numbers of all connections, by their names, at one moment."""

    def __init__(self, engine: Engine, now: datetime, counts: KeptCounts) -> None:
        self._engine, self._now, self._counts = engine, now, counts

    def collect(self) -> Iterable[Metric]:
        """Every number, with one line for each connection."""
        with reading(self._engine).begin() as db:
            lines = connection_lines(db)
            yield self._people(db, lines)
            yield from self._schedule(lines)
            yield from _runs(db, lines)
            yield _questions(db, lines)
            yield _webhooks(db, lines)

    def _people(self, db: Connection, lines: Iterable[ConnectionLine]) -> Metric:
        told = GaugeMetricFamily("listloop_people", "People by where they stand.", labels=(*OF, "standing"))
        for line in lines:
            for standing, number in by_standing(self._counts.counts(db, self._now, line.id).counts).items():
                told.add_metric((line.name, standing), number)
        return told

    def _schedule(self, lines: Iterable[ConnectionLine]) -> Iterable[Metric]:
        paused = GaugeMetricFamily("listloop_connection_paused", "1 where a connection stands still.", labels=OF)
        late = GaugeMetricFamily("listloop_run_late_seconds", "How long a run is overdue; 0: it is not.", labels=OF)
        for line in lines:
            paused.add_metric((line.name,), bool(line.paused))
            due = (self._now - line.next_run).total_seconds() if line.next_run and not line.paused else 0
            late.add_metric((line.name,), max(due, 0))
        yield paused
        yield late


def _runs(db: Connection, lines: Iterable[ConnectionLine]) -> Iterable[Metric]:
    ended = GaugeMetricFamily("listloop_last_run_timestamp_seconds", "When a run last ended well.", labels=OF)
    failed = GaugeMetricFamily("listloop_last_run_failed", "1 where the last run failed.", labels=OF)
    waits = GaugeMetricFamily("listloop_plans_waiting", "Plans that wait for a yes.", labels=OF)
    last = select(runs.c.connection_id, func.max(runs.c.id).label("id")).group_by(runs.c.connection_id).subquery()
    states = _by_connection(db, select(runs.c.connection_id, runs.c.state).join(last, last.c.id == runs.c.id))
    good = select(runs.c.connection_id, func.max(runs.c.finished_at)).where(runs.c.state.in_(("done", "waiting")))
    when = _by_connection(db, good.group_by(runs.c.connection_id))
    held = select(runs.c.connection_id, func.count()).where(runs.c.state == "waiting", runs.c.approved_at.is_(None))
    waiting = _by_connection(db, held.group_by(runs.c.connection_id))
    for line in lines:
        if when.get(line.id):
            ended.add_metric((line.name,), when[line.id].timestamp())
        failed.add_metric((line.name,), states.get(line.id) == "failed")
        waits.add_metric((line.name,), waiting.get(line.id, 0))
    yield from (ended, failed, waits)


def _by_connection(db: Connection, query: Select[Any]) -> dict[int, Any]:
    return {row[0]: row[1] for row in db.execute(query)}


def _questions(db: Connection, lines: Iterable[ConnectionLine]) -> Metric:
    told = GaugeMetricFamily("listloop_questions_open", "Questions that only a person can answer.", labels=OF)
    for line in lines:
        told.add_metric((line.name,), sum(one.number for one in sums(db, line.id)))
    return told


def _webhooks(db: Connection, lines: Iterable[ConnectionLine]) -> Metric:
    told = GaugeMetricFamily("listloop_webhook_problem", "1 where something is wrong with a webhook.", labels=OF)
    live = webhooks.c.retired_at.is_(None) & (webhooks.c.problem != "")
    wrong = set(db.scalars(select(webhooks.c.connection_id).where(live)))
    for line in lines:
        told.add_metric((line.name,), line.id in wrong)
    return told
