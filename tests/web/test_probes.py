"""Supervisors learn whether the process lives and works; Prometheus learns how everything stands, if it has a token."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, create_engine
from starlette.testclient import TestClient

from listloop.store.tokens import Scope
from listloop.store.users import Role
from listloop.web.app import make_app
from listloop.web.probes import STUCK
from tests.web.conftest import Visitor
from tests.web.pressed import Pressed
from tests.web.tokens import token_of
from tests.web.world import BASE, World, services


def asked(engine: Engine, path: str, silent: float = 0.0) -> tuple[int, str]:
    with TestClient(make_app(services(engine, Pressed(), silent=lambda: silent)), base_url=BASE) as client:
        answer = client.get(path)
    return answer.status_code, answer.text


def test_a_process_that_answers_is_alive_and_ready(engine: Engine) -> None:
    assert asked(engine, "/healthz") == (200, "alive\n")
    assert asked(engine, "/readyz") == (200, "ready\n")


def test_a_process_whose_database_is_away_is_alive_and_not_ready() -> None:
    away = create_engine("sqlite:////nowhere/at/all.sqlite")
    assert asked(away, "/healthz")[0] == 200
    assert asked(away, "/readyz") == (503, "the database does not answer\n")


def test_a_process_whose_schedule_hangs_is_not_ready(engine: Engine) -> None:
    assert asked(engine, "/readyz", silent=STUCK + 1) == (503, "the schedule is stuck\n")


def test_the_metrics_tell_how_every_connection_stands(engine: Engine, world: World, visitor: Visitor) -> None:
    headers = {"Authorization": f"Bearer {token_of(engine, Role.VIEWER, [Scope.READ])}"}
    answer = visitor().get("/metrics", headers=headers)
    told = {
        (sample.name, sample.labels.get("connection", ""), sample.labels.get("standing", "")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert told["listloop_people", "Customers", "failed"] == 1
    assert told["listloop_people", "Service news", "waiting"] == 4
    assert told["listloop_connection_paused", "Service news", ""] == 1
    assert told["listloop_last_run_failed", "Service news", ""] == 1
    assert told["listloop_plans_waiting", "Customers", ""] == 1
    assert ("listloop_delivery_seconds_count", "", "") in told


def test_nobody_reads_the_metrics_without_a_token(world: World, visitor: Visitor) -> None:
    assert visitor(Role.ADMINISTRATOR).get("/metrics").status_code == 401
