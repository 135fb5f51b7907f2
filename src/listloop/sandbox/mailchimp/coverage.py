"""What is imitated how: each operation of the API description is stateful, minimal or refused.

The operations are those of Mailchimp's API description 3.0.55, as `spec` keeps it.
"""

from collections import Counter
from typing import NamedTuple

from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.members import Handler
from listloop.sandbox.mailchimp.problems import ProblemError
from listloop.sandbox.mailchimp.spec import described, shape
from listloop.sandbox.wire import Json, Route

STATEFUL, MINIMAL, REFUSED = "stateful", "minimal", "refused"
MEANING = {
    STATEFUL: "keeps state and follows the rules of the service",
    MINIMAL: "valid answers with little or nothing behind them",
    REFUSED: "known, and answered with a 400 that says so",
}


class Operation(NamedTuple):
    method: str
    path: str
    name: str


def known() -> list[Operation]:
    """By path, then by method."""
    paths = described().document["paths"]
    rows = [
        (path, method.upper(), one["operationId"]) for path, all_of in paths.items() for method, one in all_of.items()
    ]
    return [Operation(method, path, name) for path, method, name in sorted(rows)]


def refusals(routes: list[Route[Handler]]) -> list[Route[Handler]]:
    """Routes for the known operations that nobody answers. Unknown ones stay a 404."""
    answered = {(route.method, shape(route.template)) for route in routes}
    return [
        Route(one.method, one.path, _refuse(one))
        for one in known()
        if (one.method, shape(one.path)) not in answered
    ]  # fmt: skip


def _refuse(one: Operation) -> Handler:
    def handler(_: Ask) -> Json:
        raise ProblemError(
            400,
            "Not In The Sandbox",
            f"{one.method} {one.path} ({one.name}) exists with Mailchimp, not in this sandbox.",
        )

    return handler


def table(stateful: list[Route[Handler]], minimal: list[Route[Handler]]) -> str:
    """The page ``docs/reference/sandbox-coverage.md``."""
    kinds = {(route.method, shape(route.template)): MINIMAL for route in minimal}
    kinds |= {(route.method, shape(route.template)): STATEFUL for route in stateful}
    rows = [(one, kinds.get((one.method, shape(one.path)), REFUSED)) for one in known()]
    sums = Counter(kind for _, kind in rows)
    head = [
        "# What the Mailchimp sandbox covers", "",
        f"Of {len(rows)} operations of the API description 3.0.55: "
        + ", ".join(f"{sums[kind]} {kind}" for kind in MEANING) + ".", "",
        *[f"- **{kind}**: {text}" for kind, text in MEANING.items()], "",
        "An operation that is not in this table is a 404. This page is made by `listloop.sandbox.mailchimp.coverage`;",
        "a test compares it with the code.", "", "| Operation | Name | Here |", "| --- | --- | --- |",
    ]  # fmt: skip
    lines = [f"| `{one.method} {one.path}` | {one.name} | {kind} |" for one, kind in rows]
    return "\n".join([*head, *lines]) + "\n"
