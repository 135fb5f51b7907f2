"""The stand-in seen through the API description: whatever it describes is answered, and as it describes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from listloop.sandbox.mailchimp.routes import MINIMAL, STATEFUL
from listloop.sandbox.mailchimp.spec import shape
from listloop.sandbox.mailchimp.standin import PROBLEM, Mailchimp
from listloop.sandbox.wire import Json, Reply
from tests.sandbox.mailchimp import requests
from tests.sandbox.mailchimp.test_fuzz import COPY, ask, built, description, fresh, misfits, path_of

ROOT = Path(__file__).parents[3]
REFUSALS = {400, 403, 404, 405, 429}
OTHERS = ("", "0", "nosuch", "ffffffffff", "x@acme.example", "-1", "1e3", "a/b", "%")


def check(reply: Reply) -> None:
    """Raises AssertionError for an answer that is neither good nor a problem as Mailchimp tells one."""
    if reply.status in {200, 204}:
        assert bool(reply.body) is (reply.status == 200)
        return
    assert reply.status in REFUSALS, reply.body
    assert reply.headers["Content-Type"] == PROBLEM
    body: Json = json.loads(reply.body)
    assert {"title", "status", "detail", "instance"} <= body.keys() <= {
        "type", "title", "status", "detail", "instance", "errors",
    }  # fmt: skip
    assert body["status"] == reply.status
    assert body["instance"] == reply.headers["X-Request-Id"]
    assert all(one.keys() == {"field", "message"} for one in body.get("errors", []))


def path(data: st.DataObject, template: str) -> str:
    """Mostly something that is there; now and then one of its ids is none."""
    if data.draw(st.integers(0, 5)):
        return path_of(template)
    name = data.draw(st.sampled_from(template.split("/")))
    odd = template.replace(name, quote(data.draw(st.sampled_from(OTHERS)), safe=""), 1) if "{" in name else template
    return path_of(odd)


def call(data: st.DataObject, standin: Mailchimp) -> Reply:
    spec = description()
    routes = STATEFUL if data.draw(st.integers(0, 4)) else MINIMAL
    route = data.draw(st.sampled_from([one for one in routes if (one.method, shape(one.template)) in spec.operations]))
    operation = spec.operations[route.method, shape(route.template)]
    query = data.draw(requests.query(spec, operation.get("parameters", [])))
    content = (operation.get("requestBody") or {}).get("content") or {}
    schema = next((one["schema"] for one in content.values()), None)
    body = data.draw(requests.fitting(spec, schema)) if schema else None
    return ask(standin, route.method, path(data, route.template), urlencode(query), body)


@settings(max_examples=600 if COPY else 150, deadline=None, derandomize=True)
@given(st.data())
def test_every_described_request_gets_a_described_answer(data: st.DataObject) -> None:
    standin = fresh()
    for _ in range(data.draw(st.integers(1, 3))):
        check(call(data, standin))
    standin.clock.step(86400)
    standin.advance()
    assert ask(standin, "GET", "/3.0/ping").status == 200
    assert misfits(standin) == []


def everything() -> bytes:
    """The answers to all reads of one world, and of what became of it in a week."""
    standin, told = fresh(), []
    for wait in (0, 7 * 86400):
        standin.clock.step(wait)
        standin.advance()
        told += [
            ask(standin, route.method, path_of(route.template)).body for route in STATEFUL if route.method == "GET"
        ]
    return b"\n".join(told)


def test_the_same_seed_and_requests_give_the_same_bytes_in_another_process() -> None:
    """Nothing hangs on the order of a set or on the address of an object."""
    code = (
        "import sys; from tests.sandbox.mailchimp import test_described as t; sys.stdout.buffer.write(t.everything())"
    )
    done = [
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, cwd=ROOT, check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert done[0] == done[1]
    assert len(done[0]) > 10_000


def test_the_world_that_is_asked_has_one_of_everything() -> None:
    ids = built()[1]
    missing = {
        route.template
        for route in STATEFUL
        if route.method == "GET" and ask(fresh(), "GET", path_of(route.template), "query=S").status != 200
    }
    assert ids["draft"] != ids["sent"]
    assert missing == set()
