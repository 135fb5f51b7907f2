"""The codes of all errors, read from the source: who adds one adds its heading to the reference."""

import ast
from collections.abc import Iterator

from tests.docs.pages import ROOT

#: What an error may be raised as, or made by.
ERRORS = {"NeedsAttention", "TryLater", "RecordRejected", "LeaseLost", "Rule", "ListloopError"}

#: All of the product; the fakes and the stand-ins of the tests have errors of their own.
SOURCES = [
    path
    for path in sorted((ROOT / "src" / "listloop").rglob("*.py"))
    if path.relative_to(ROOT / "src" / "listloop").parts[0] not in {"testing", "sandbox"}
]


def codes() -> set[str]:
    """Every code, from ``code="..."`` in calls, from the catalogue of Mailchimp's refusals and from classes."""
    return {code for source in SOURCES for node in ast.walk(ast.parse(source.read_text())) for code in _of(node)}


def _of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ClassDef):
        for one in node.body:
            if isinstance(one, ast.Assign) and any(getattr(name, "id", "") == "code" for name in one.targets):
                yield from _texts(one.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id in ERRORS:
            yield from (code for word in node.keywords if word.arg == "code" for code in _texts(word.value))
        if node.func.id == "Rule" and len(node.args) > 3:
            yield from _texts(node.args[3])  # status, pattern, kind, code


def _texts(value: ast.AST) -> Iterator[str]:
    return (one.value for one in ast.walk(value) if isinstance(one, ast.Constant) and isinstance(one.value, str))
