import json
from pathlib import Path

import pytest

from listloop.sandbox.mailchimp.routes import ROUTES
from listloop.sandbox.mailchimp.spec import Spec
from tests.sandbox.mailchimp.reduced import lines, reduced
from tests.sandbox.mailchimp.test_fuzz import COPY, ask, build, description, misfits, path_of

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
        ({"id": "1", "at": "", "is_proxy_open": True}, 0), ({"id": "1", "new": 1}, 1),
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
def test_what_is_kept_of_the_description_is_what_the_description_says() -> None:
    assert json.loads(lines(reduced(json.loads(Path(COPY).read_bytes())))) == Spec().document


def test_every_answer_fits_the_description_of_mailchimp() -> None:
    """Each POST that makes a world with one of everything, and each GET in it."""
    standin, _ = build(description())
    description().found.clear()
    for route in ROUTES:
        if route.method == "GET":
            reply = ask(standin, "GET", path_of(route.template), "query=S" if "query" in route.query else "")
            assert reply.status in {200, 404}, (route.template, reply.body)
    assert misfits(standin) == []
