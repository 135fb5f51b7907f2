"""Checks answers against Mailchimp's own API description, OpenAPI 3.0 in JSON: a copy of it, or what we kept of it.

The description is stricter than the service: recorded answers have "" for a date or an address that is not set, and
leave optional keys out. So much is allowed here. A key that it does not know is not, unless a newer revision does.

``description.json`` has the plain facts of 3.0.55: paths, parameters, names and types of keys, limits.
"""

import json
import re
from collections import deque
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from listloop.sandbox.wire import Json

KEPT = 1000
_OURS = files("listloop.sandbox.mailchimp").joinpath("description.json")
NEWER = frozenset({
    "sms_phone_number", "sms_subscription_status", "sms_subscription_last_updated", "region",
    "proxy_excluded_opens", "proxy_excluded_unique_opens", "proxy_excluded_open_rate", "proxy_excluded_opens_count",
    "total_proxy_excluded_opens", "is_proxy_open", "signing_enabled", "signing_secret", "contact_id", "list_is_active",
})  # fmt: skip
"""Keys that the documentation of 2025 and 2026 has, or 3.0.55 in some of the places where the same thing is shown."""
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "array": (list,),
    "object": (dict,),
}  # fmt: skip
_FORMATS = {
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"),
    "uri": re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:\S*"),
    "email": re.compile(r"[^@\s]+@[^@\s]+"),
}


@cache
def shape(path: str) -> str:
    """A path without the names of its placeholders, and the root without its slash."""
    return re.sub(r"\{[^}]+\}", "{}", path.rstrip("/"))


class Spec:
    """Raises ValueError for a file that is no API description, OSError for one that cannot be read."""

    def __init__(self, path: Path | None = None) -> None:
        try:
            self.document: Json = json.loads(path.read_bytes()) if path else json.loads(_OURS.read_bytes())
            paths = self.document["paths"]
        except (ValueError, KeyError, TypeError):
            raise ValueError("it is no API description in JSON") from None
        self.operations: dict[tuple[str, str], Json] = {
            (method.upper(), shape(template)): operation
            for template, operations in paths.items()
            for method, operation in operations.items()
            if isinstance(operation, dict)
        }
        self._schemas: dict[int, tuple[Any, Json]] = {}  # by id; the node is kept, so that no other gets its id
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

    def schema(self, node: Any) -> Json:
        """A node of the document with references followed and ``allOf`` joined."""
        known = self._schemas.get(id(node))
        if known is None:
            known = self._schemas[id(node)] = (node, self._joined(self._resolved(node)))
        return known[1]

    def _resolved(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            found: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def _wrong(self, schema: Any, value: Any, where: str, *, whole: bool) -> list[str]:
        schema = self.schema(schema)
        for key in ("oneOf", "anyOf"):
            if key in schema:
                tries = [self._wrong(one, value, where, whole=whole) for one in schema[key]]
                return [] if [] in tries else [f"{where or 'body'} fits none of {len(tries)} schemas"]
        if value is None:
            return [] if schema.get("nullable") or "type" not in schema else [f"{where} is null"]
        wanted = _TYPES.get(schema.get("type", ""))
        if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted)):
            return [f"{where or 'body'} is {type(value).__name__}, not {schema['type']}"]
        if isinstance(value, dict):
            return self._wrong_object(schema, value, where, whole=whole)
        if isinstance(value, list) and "items" in schema:
            rows = enumerate(value)
            return [text for n, one in rows for text in self._wrong(schema["items"], one, f"{where}[{n}]", whole=whole)]
        return _wrong_plain(schema, value, where)

    def _joined(self, schema: Json) -> Json:
        """One schema for all that ``allOf`` names."""
        made = {key: part for key, part in schema.items() if key != "allOf"}
        for one in schema.get("allOf", ()):
            other = self.schema(one)
            properties = {**made.get("properties", {}), **other.get("properties", {})}
            made = {**other, **made, **({"properties": properties} if properties else {})}
        return made

    def _wrong_object(self, schema: Json, value: Json, where: str, *, whole: bool) -> list[str]:
        wrong = [f"{where}.{name} is missing" for name in schema.get("required", ()) if whole and name not in value]
        known = schema.get("properties") or {}
        for name, part in value.items():
            if name in known:
                wrong += self._wrong(known[name], part, f"{where}.{name}", whole=whole)
            elif known and name not in NEWER:
                wrong.append(f"{where}.{name} is not described")
        return wrong

    def unknown(self, method: str, template: str, wanted: Json) -> list[str]:
        """Of the names of ``fields`` (name -> those below it) the ones that the resource does not have."""
        operation = self.operations.get((method, shape(template)), {})
        answer = self._resolved((operation.get("responses") or {}).get("200")) or {}
        schema = next((one.get("schema") for one in (answer.get("content") or {}).values()), None)
        return self._unknown(schema, wanted, "") if schema else []

    def _unknown(self, schema: Any, wanted: Json, path: str) -> list[str]:
        schema = self.schema(schema)
        if "items" in schema:
            return self._unknown(schema["items"], wanted, path)
        known = schema.get("properties")
        if not known:  # an object of names that are the account's own, such as merge fields
            return []
        missing = [path + name for name in wanted if name not in known and name not in NEWER]
        below = [(name, part) for name, part in wanted.items() if part and name in known]
        return missing + [one for name, part in below for one in self._unknown(known[name], part, f"{path}{name}.")]


def _wrong_plain(schema: Json, value: Any, where: str) -> list[str]:
    if value == "":
        return []
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where} is {value!r}, none of {schema['enum']}"]
    form = _FORMATS.get(schema.get("format", ""))
    if form and isinstance(value, str) and not form.fullmatch(value):
        return [f"{where} is {value!r}, no {schema['format']}"]
    return []


@cache
def described() -> Spec:
    """What the sandbox has kept of the description, read once."""
    return Spec()
