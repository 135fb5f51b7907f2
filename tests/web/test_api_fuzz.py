"""Whatever is sent to the API: it answers as its description says, and never with a broken page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from limits import RateLimitItem
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from listloop.store.database import create_all, open_database
from listloop.store.search import prepare_search
from listloop.web.api.description import description
from listloop.web.app import make_app
from listloop.web.rates import Rates
from tests.web.pressed import Pressed
from tests.web.set_up import SetUpAlone
from tests.web.tokens import token_of
from tests.web.world import fill, services

#: Calls made up for each operation; ``EXAMPLES=1000`` is for a longer look.
EXAMPLES = int(os.environ.get("EXAMPLES", "15"))

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

CALLS = [(method, path) for path, calls in description()["paths"].items() for method in calls]


class Unlimited(Rates):
    """Lets everybody call as often as they like."""

    def wait(self, rate: RateLimitItem, kind: str, who: str) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Described:
    """The API over a filled world, and a token that is good for everything."""

    schema: Any
    token: str


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    engine = open_database(folder / "listloop.sqlite")
    create_all(engine)
    prepare_search(engine)
    fill(engine)
    pressed = Pressed()
    app = make_app(services(engine, pressed, setup=SetUpAlone(engine, pressed)))
    app.state.rates = Unlimited()
    yield Described(schemathesis.openapi.from_asgi("/api/v1/openapi.json", app), token_of(engine))
    engine.dispose()


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_call_answers_as_described(described: Described, method: str, path: str) -> None:
    """With values as described, and with values that are not."""
    operation = described.schema[path][method]
    headers = {"Authorization": f"Bearer {described.token}"}
    for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def answers(case: Any) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS)

        answers()
