"""The JSON types in the body of a request, judged by the API description. Values are judged by who takes them."""

from typing import Any

from listloop.sandbox.mailchimp.ask import kind
from listloop.sandbox.mailchimp.spec import Spec, shape
from listloop.sandbox.wire import Json

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "array": (list,),
    "object": (dict,),
}  # fmt: skip
JUDGED_THERE = frozenset({"members", "operations", "conditions", "merge_fields"})
"""Keys whose insides have an outcome of their own: members of a bulk call, segment conditions, merge values."""
MEMBER = ("POST", "/lists/{list_id}/members")


def mistakes(spec: Spec, method: str, template: str, body: Json) -> list[tuple[str, str]]:
    """(field with dots, message) of each value with a wrong type. Keys that nobody knows are let through."""
    operation = spec.operations.get((method, shape(template)), {})
    content = (operation.get("requestBody") or {}).get("content") or {}
    schema = next((one.get("schema") for one in content.values()), None)
    return _wrong(spec, schema, body, "") if schema else []


def _wrong(spec: Spec, node: Json, value: Any, where: str, *, deep: bool = True) -> list[tuple[str, str]]:
    schema = spec.schema(node)
    if "anyOf" in schema or "oneOf" in schema:
        return []
    wanted = _TYPES.get(schema.get("type", ""), (object,))
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted not in {(bool,), (object,)}):
        return [(where, f"Schema describes {schema['type']}, {kind(value)} found instead")]
    found: list[tuple[str, str]] = []
    if deep and isinstance(value, dict):
        known, other = schema.get("properties") or {}, schema.get("additionalProperties")
        for name, part in value.items():
            below = known.get(name, other)
            if isinstance(below, dict):
                place = f"{where}.{name}".lstrip(".")
                found += _wrong(spec, below, part, place, deep=name not in JUDGED_THERE)
    elif deep and isinstance(value, list) and "items" in schema:
        for at, part in enumerate(value):
            found += _wrong(spec, schema["items"], part, f"{where}.item:{at}")
    return found
