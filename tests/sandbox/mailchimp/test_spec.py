import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listloop.sandbox.mailchimp.coverage import shape
from listloop.sandbox.mailchimp.routes import ROUTES, STATEFUL
from listloop.sandbox.mailchimp.spec import Spec
from tests.sandbox.mailchimp.test_fuzz import COPY, VALUES, ask, build, fresh, misfits, path_of

SMALL = {
    "paths": {"/lists/{list_id}": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {
        "type": "object", "required": ["id"], "properties": {
            "id": {"type": "string"}, "at": {"type": "string", "format": "date-time"},
            "kind": {"type": "string", "enum": ["a", "b"]}, "rows": {"type": "array", "items": {"$ref": "#/x"}},
        },
    }}}}}}}},
    "x": {"type": "integer"},
}  # fmt: skip


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    (tmp_path / "spec.json").write_text(json.dumps(SMALL))
    return Spec(tmp_path / "spec.json")


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ({"id": "1", "at": "2027-01-15T08:00:00+00:00", "kind": "a", "rows": [1]}, 0),
        ({"id": "1", "at": "", "new": 1}, 0),
        ({"id": 1}, 1), ({}, 1), ({"id": "1", "at": "2027-01-15T08:00:00Z"}, 1), ({"id": "1", "kind": "c"}, 1),
        ({"id": "1", "rows": ["x", True]}, 2), ({"id": "1", "rows": None}, 1), ([], 1),
    ],
)  # fmt: skip
def test_what_the_description_does_not_allow_is_found(spec: Spec, value: object, wrong: int) -> None:
    assert len(spec.check("GET", "/lists/{id}", 200, value, whole=True)) == wrong
    assert len(spec.found) == wrong


def test_chosen_fields_need_not_be_all(spec: Spec) -> None:
    assert spec.check("GET", "/lists/{id}", 200, {"kind": "a"}, whole=False) == []


def test_a_file_that_is_no_description_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(ValueError, match="no API description"):
        Spec(tmp_path / "x.json")


@pytest.mark.skipif(not COPY, reason="optional: needs a copy of Mailchimp's API description in LISTLOOP_MAILCHIMP_SPEC")
def test_every_answer_fits_the_description_of_mailchimp() -> None:
    """Each POST that makes a world with one of everything, and each GET in it."""
    standin, _ = build(Spec(Path(COPY)))
    assert standin.spec is not None
    for route in ROUTES:
        if route.method == "GET":
            reply = ask(standin, "GET", path_of(route.template), "query=S" if "query" in route.query else "")
            assert reply.status in {200, 404}, (route.template, reply.body)
    assert list(standin.spec.found) == []


def described_keys(spec: Spec, method: str, template: str) -> list[str]:
    """The keys that the description names for the body of a request."""
    operation = spec.operations.get((method, shape(template)), {})
    content = (operation.get("requestBody") or {}).get("content") or {}
    schema: Any = next((one.get("schema", {}) for one in content.values()), {})
    while "$ref" in schema:
        found: Any = spec.document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return sorted(schema.get("properties") or {})


@pytest.mark.skipif(not COPY, reason="optional: needs a copy of Mailchimp's API description in LISTLOOP_MAILCHIMP_SPEC")
@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_request_that_the_description_knows_brings_the_stand_in_down(data: st.DataObject) -> None:
    standin = fresh()
    assert standin.spec is not None
    route = data.draw(st.sampled_from(STATEFUL))
    keys = described_keys(standin.spec, route.method, route.template)
    body = data.draw(st.dictionaries(st.sampled_from(keys), VALUES)) if keys else None
    reply = ask(standin, route.method, path_of(route.template), "", body)
    assert reply.status in {200, 204, 400, 404, 405}
    assert misfits(standin) == []
