"""Requests as an API description allows them, and now and then a little beside it."""

from typing import Any

from hypothesis import strategies as st

from listloop.sandbox.mailchimp.spec import Spec
from listloop.sandbox.wire import Json

TEXTS = (
    "ann@acme.example", "new@acme.example", "aaaaaaaaaa", "vip", "text", "Ann", "2027-01-15T08:15:00+00:00",
    "2027-01-15", "https://x.example/a", "any", "html", "<p>x</p>", "EUR", "EMAIL", "1", "",
)  # fmt: skip
FORMATS = {
    "date-time": ("2027-01-15T08:00:00+00:00", "2026-12-31T23:59:59Z", "soon"),
    "email": ("ann@acme.example", "new@acme.example", "no address"), "uri": ("https://x.example/", "x"),
}  # fmt: skip
JUNK = st.none() | st.booleans() | st.integers(-3, 2000) | st.sampled_from(["x", "", [], {}, [{}], [None], {"x": 1}])
DEEPEST = 4


def fitting(spec: Spec, schema: Json, depth: int = 0) -> st.SearchStrategy[Any]:
    """Mostly what the schema says; one time in about ten anything."""
    schema = spec.schema(schema)
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return st.sampled_from(schema[key]).flatmap(lambda one: fitting(spec, one, depth))
    return st.integers(0, 9).flatmap(lambda dice: JUNK if dice == 0 else _good(spec, schema, depth))


def _good(spec: Spec, schema: Json, depth: int) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object" if schema.get("properties") and depth < DEEPEST:
            parts = {name: fitting(spec, one, depth + 1) for name, one in schema["properties"].items()}
            needed = {name: parts.pop(name) for name in schema.get("required", ()) if name in parts}
            return st.fixed_dictionaries(needed, optional=parts)
        case "object":
            return st.dictionaries(st.sampled_from(["FNAME", "x"]), st.sampled_from(TEXTS) | st.booleans(), max_size=2)
        case "array":
            return st.lists(fitting(spec, schema.get("items", {}), depth + 1), max_size=2)
        case "integer":
            return st.integers(0, 30)
        case "number":
            return st.integers(0, 30) | st.floats(0, 100)
        case "boolean":
            return st.booleans()
        case _:
            return st.sampled_from(FORMATS.get(schema.get("format", ""), TEXTS))


def query(spec: Spec, parameters: list[Json]) -> st.SearchStrategy[dict[str, str]]:
    """Up to four of the query parameters; lists as the API takes them, separated by commas."""
    known = {one["name"]: one["schema"] for one in parameters if one["in"] == "query"}
    chosen = st.lists(st.sampled_from(sorted(known)), max_size=4, unique=True) if known else st.just([])
    return chosen.flatmap(lambda names: st.fixed_dictionaries({name: _text(spec, known[name]) for name in names}))


def _text(spec: Spec, schema: Json) -> st.SearchStrategy[str]:
    return fitting(spec, schema).map(
        lambda value: ",".join(map(str, value)) if isinstance(value, list) else str(value).removesuffix(".0")
    )
