"""One request as the handlers see it: decoded, with the account, the switches and the second it came in."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from listloop.sandbox.clock import seconds_of
from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.audience import Audience
from listloop.sandbox.mailchimp.member import Member
from listloop.sandbox.mailchimp.problems import GLOSSARY, fields_invalid, not_found
from listloop.sandbox.switches import Switches
from listloop.sandbox.wire import Json, decoded

LARGEST = 1000
Tree = dict[str, Any]
"""Requested fields: name -> the tree below it, empty for the whole."""


@dataclass(slots=True)
class Ask:
    account: Account
    switches: Switches
    now: int
    args: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    base: str = "http://127.0.0.1/3.0"
    source: str = "api"
    """Who acts: api, user or admin; webhooks ask."""
    auto_doi: bool = False
    strict: bool = False
    facts: dict[str, str] = field(default_factory=dict)
    campaign: str = ""
    """Id of the campaign whose mail led to this act."""

    def audience(self) -> Audience:
        return self.account.audience(self.args["list_id"])

    def member(self) -> Member:
        """Raises ProblemError (404) when there is none."""
        member = self.audience().find(self.args["key"])
        if member is None:
            raise not_found()
        return member

    def flag(self, name: str) -> bool:
        return self.params.get(name, "").lower() in {"true", "1"}

    def time(self, name: str) -> int | None:
        """A time from the query, None when it is not there. Raises ProblemError (400)."""
        if name not in self.params:
            return None
        try:
            return seconds_of(self.params[name])
        except ValueError:
            raise fields_invalid((name, "This value is not a valid datetime.")) from None

    def slice(self) -> tuple[int, int]:
        """(offset, count), 0 and 10 unless told. Raises ProblemError (400)."""
        count, offset = self._whole("count", 10), self._whole("offset", 0)
        if count > LARGEST and self.switches["refuse_big_count"]:
            raise fields_invalid(("count", f"This value should be {LARGEST} or less."))
        return offset, min(count, LARGEST)

    def _whole(self, name: str, default: int) -> int:
        text = self.params.get(name, "")
        if not text:
            return default
        if not text.isascii() or not text.isdigit():
            raise fields_invalid((name, "This value should be of type integer."))
        return int(text)

    def wanted(self) -> Tree:
        """The tree of ``fields``, empty when everything is wanted."""
        return tree(self.params.get("fields", ""))

    def refuse(self, glossary_name: str) -> None:
        raise GLOSSARY[glossary_name]


def tree(text: str) -> Tree:
    root: Tree = {}
    for path in filter(None, (part.strip() for part in text.split(","))):
        node = root
        for part in path.split("."):
            node = node.setdefault(part, {})
    return root


def only(value: Any, wanted: Tree) -> Any:
    """The parts that were asked for; an empty tree is everything."""
    if not wanted:
        return value
    if isinstance(value, msgspec.Raw):
        value = msgspec.json.decode(value)
    if isinstance(value, list):
        return [only(item, wanted) for item in value]
    if isinstance(value, dict):
        return {key: only(part, wanted[key]) for key, part in value.items() if key in wanted}
    return value


def without(value: Any, unwanted: Tree) -> Any:
    if isinstance(value, msgspec.Raw):
        value = msgspec.json.decode(value)
    if isinstance(value, list):
        return [without(item, unwanted) for item in value]
    if isinstance(value, dict):
        return {
            key: without(part, unwanted[key]) if unwanted.get(key) else part
            for key, part in value.items()
            if key not in unwanted or unwanted[key]
        }
    return value


def decode(raw: bytes) -> Json:
    """The JSON object in a request body. Raises ProblemError (400)."""
    if not raw.strip():
        return {}
    try:
        body = decoded(raw)
    except ValueError:
        raise GLOSSARY["JSONParseError"] from None
    if body is None:  # what the official Python client sends when there is nothing to say
        return {}
    if not isinstance(body, dict):
        raise fields_invalid(("", f"Schema describes object, {kind(body)} found instead"))
    return body


def kind(value: object) -> str:
    """The name that schema errors use for a JSON type."""
    if value is None:
        return "NULL"
    names = {bool: "boolean", int: "integer", float: "double", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "object")
