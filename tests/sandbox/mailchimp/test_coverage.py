from pathlib import Path

from listloop.sandbox.mailchimp import coverage, routes
from listloop.sandbox.mailchimp.spec import shape
from tests.sandbox.api import Api

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "sandbox-coverage.md"


def test_the_page_is_what_the_code_says() -> None:
    """To renew: write `coverage.table(routes.STATEFUL, routes.MINIMAL)` to the file."""
    assert PAGE.read_text() == coverage.table(routes.STATEFUL, routes.MINIMAL)


def test_every_known_operation_has_an_answer_and_no_two_have_the_same() -> None:
    answered = [(route.method, shape(route.template)) for route in routes.ALL]
    assert len(set(answered)) == len(answered)
    assert {(one.method, shape(one.path)) for one in coverage.known()} <= set(answered)


def test_an_unknown_operation_is_a_404_and_a_refused_one_says_so(api: Api) -> None:
    assert api.refused("GET", "/nosuch") == (404, "Resource Not Found")
    status, title = api.refused("POST", "/automations", {})
    assert (status, title) == (400, "Not In The Sandbox")
    assert "POST /automations" in api.call("POST", "/automations", {}).json()["detail"]
    assert api.call("DELETE", "/automations").headers["allow"] == "GET, POST"
