"""Checks answers against Mailchimp's own API description, when somebody has given a copy of it (OpenAPI 3.0, JSON).

The description is stricter than the service: recorded answers have "" for a date or an address that is not set, keys
that it does not know, and leave optional ones out. So much is allowed here.
"""

import json
import re
from collections import deque
from pathlib import Path
from typing import Any

from listloop.sandbox.mailchimp.coverage import shape
from listloop.sandbox.wire import Json

KEPT = 1000
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "array": (list,),
    "object": (dict,),
}  # fmt: skip
_FORMATS = {
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"),
    "uri": re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:\S*"),
    "email": re.compile(r"[^@\s]+@[^@\s]+"),
}


class Spec:
    """Raises ValueError for a file that is no API description, OSError for one that cannot be read."""

    def __init__(self, path: Path) -> None:
        try:
            self.document: Json = json.loads(path.read_bytes())
            paths = self.document["paths"]
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{path} is no API description in JSON.") from None
        self.operations: dict[tuple[str, str], Json] = {
            (method.upper(), shape(template)): operation
            for template, operations in paths.items()
            for method, operation in operations.items()
            if isinstance(operation, dict)
        }
        self.found: deque[Json] = deque(maxlen=KEPT)
        """What did not fit, the last of them."""

    def check(self, method: str, template: str, status: int, value: Any, *, whole: bool) -> list[str]:
        """What does not fit, nothing for an operation that is not described. ``whole``: not only chosen fields."""
        operation = self.operations.get((method, shape(template)))
        if operation is None:
            return []
        answer = self._resolved(operation["responses"].get(str(status)))
        if answer is None:
            wrong = [f"status {status} is not described"]
        elif value is None:
            wrong = ["an answer without a body is not described"] if answer.get("content") and status != 204 else []
        else:
            schema = next((one.get("schema") for one in (answer.get("content") or {}).values()), None)
            wrong = self._wrong(schema, value, "", whole=whole) if schema else []
        self.found.extend({"operation": f"{method} {template}", "problem": one} for one in wrong)
        return wrong

    def _resolved(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            found: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def _wrong(self, schema: Any, value: Any, where: str, *, whole: bool) -> list[str]:
        schema = self._resolved(schema)
        for key in ("oneOf", "anyOf"):
            if key in schema:
                tries = [self._wrong(one, value, where, whole=whole) for one in schema[key]]
                return [] if [] in tries else [f"{where or 'body'} fits none of {len(tries)} schemas"]
        wrong = [text for one in schema.get("allOf", ()) for text in self._wrong(one, value, where, whole=whole)]
        if value is None:
            return wrong if schema.get("nullable") or "type" not in schema else [*wrong, f"{where} is null"]
        wanted = _TYPES.get(schema.get("type", ""))
        if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted)):
            return [*wrong, f"{where or 'body'} is {type(value).__name__}, not {schema['type']}"]
        if isinstance(value, dict):
            return wrong + self._wrong_object(schema, value, where, whole=whole)
        if isinstance(value, list) and "items" in schema:
            rows = enumerate(value)
            return wrong + [
                text for n, one in rows for text in self._wrong(schema["items"], one, f"{where}[{n}]", whole=whole)
            ]
        return wrong + _wrong_plain(schema, value, where)

    def _wrong_object(self, schema: Json, value: Json, where: str, *, whole: bool) -> list[str]:
        wrong = [f"{where}.{name} is missing" for name in schema.get("required", ()) if whole and name not in value]
        known = schema.get("properties") or {}
        for name, part in value.items():
            if name in known:
                wrong += self._wrong(known[name], part, f"{where}.{name}", whole=whole)
        return wrong


def _wrong_plain(schema: Json, value: Any, where: str) -> list[str]:
    if value == "":
        return []
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where} is {value!r}, none of {schema['enum']}"]
    form = _FORMATS.get(schema.get("format", ""))
    if form and isinstance(value, str) and not form.fullmatch(value):
        return [f"{where} is {value!r}, no {schema['format']}"]
    return []
