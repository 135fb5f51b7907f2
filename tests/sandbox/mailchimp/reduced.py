"""Makes ``description.json`` of the sandbox from a copy of Mailchimp's API description: names, types and limits alone.

To renew it: ``python -m tests.sandbox.mailchimp.reduced COPY > src/listloop/sandbox/mailchimp/description.json``.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from listloop.sandbox.wire import Json

PLAIN = ("type", "enum", "format", "required", "nullable", "minimum", "maximum", "maxLength", "minLength", "maxItems")
LISTS = ("oneOf", "anyOf", "allOf")
WORTH = 60  # characters from which a part that occurs twice is named instead of repeated


def reduced(document: Json) -> Json:
    """The same operations without a word of prose. Schemas that occur more than once stand in ``s``."""
    paths = {
        path: {
            method: _operation(document, one) for method, one in operations.items() if "responses" in (one or {})
        }
        for path, operations in document["paths"].items()
    }  # fmt: skip
    return _shared(paths)


def _operation(document: Json, operation: Json) -> Json:
    parameters = [_resolved(document, one) for one in operation.get("parameters", [])]
    made: Json = {
        "operationId": operation["operationId"],
        "parameters": [
            {"name": one["name"], "in": one["in"], "schema": _schema(document, one["schema"])} for one in parameters
        ],
        "responses": {
            status: _body(document, _resolved(document, answer))
            for status, answer in operation["responses"].items()
            if status != "default"
        },
    }  # fmt: skip
    if "requestBody" in operation:
        made["requestBody"] = _body(document, _resolved(document, operation["requestBody"]))
    return made


def _body(document: Json, node: Json) -> Json:
    schema = next((one.get("schema") for one in (node.get("content") or {}).values()), None)
    return {"content": {"json": {"schema": _schema(document, schema)}}} if schema else {}


def _schema(document: Json, node: Json) -> Json:
    node = _resolved(document, node)
    made = {key: node[key] for key in PLAIN if key in node}
    if node.get("properties"):
        made["properties"] = {name: _schema(document, part) for name, part in node["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            made[key] = _schema(document, node[key])
    return made | {key: [_schema(document, one) for one in node[key]] for key in LISTS if key in node}


def _resolved(document: Json, node: Any) -> Any:
    while "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def _shared(paths: Json) -> Json:
    """The paths with a reference for each schema that occurs more than once and is worth it."""
    seen: Counter[str] = Counter()
    names: dict[str, str] = {}
    schemas: Json = {}

    def count(node: Json) -> None:
        seen[_text(node)] += 1
        _parts(node, count)

    def name(node: Json) -> Json:
        text = _text(node)
        if seen[text] < 2 or len(text) < WORTH:
            return _parts(node, name)
        if text not in names:
            names[text] = str(len(names))
            schemas[names[text]] = _parts(node, name)
        return {"$ref": f"#/s/{names[text]}"}

    _each(paths, count)
    return {"paths": _each(paths, name), "s": schemas}


def _parts(node: Json, do: Callable[[Json], Any]) -> Json:
    """A schema with each schema in it treated."""
    made = dict(node)
    if "properties" in node:
        made["properties"] = {key: do(one) for key, one in node["properties"].items()}
    made |= {key: do(node[key]) for key in ("items", "additionalProperties") if key in node}
    return made | {key: [do(one) for one in node[key]] for key in LISTS if key in node}


def _each(node: Any, do: Callable[[Json], Any]) -> Any:
    """Anything with each outermost schema in it treated."""
    if isinstance(node, list):
        return [_each(one, do) for one in node]
    if not isinstance(node, dict):
        return node
    return {key: do(one) if key == "schema" else _each(one, do) for key, one in node.items()}


def _text(node: Json) -> str:
    return json.dumps(node, sort_keys=True, separators=(",", ":"))


def lines(document: Json) -> str:
    """As JSON, an operation or a schema to a line, so that a change can be read."""
    parts = [
        f"{json.dumps(kind)}: {{\n"
        + ",\n".join(f"{json.dumps(key)}: {json.dumps(one, separators=(',', ':'))}" for key, one in part.items())
        + "\n}"
        for kind, part in document.items()
    ]
    return "{" + ",\n".join(parts) + "}\n"


if __name__ == "__main__":
    sys.stdout.write(lines(reduced(json.loads(Path(sys.argv[1]).read_bytes()))))
