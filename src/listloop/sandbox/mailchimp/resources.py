"""Resources without deep rules of their own, as data: where they live, what they need, what they show.

Each kind gets list, create, read, change and delete with the wire details of the others: required and mistyped keys
are a 400, an unknown parent or id a 404, ids of the client's choice are unique.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from listloop.sandbox.clock import iso, seconds_of
from listloop.sandbox.mailchimp.ask import Ask, kind
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid, not_found
from listloop.sandbox.mailchimp.queries import bounds
from listloop.sandbox.mailchimp.render import collection, resource_links
from listloop.sandbox.wire import Json, Route

BLANK = "This value should not be blank."
PARENTS = ("store_id", "product_id", "order_id", "cart_id")
"""The ids of parents that a collection shows."""
Hook = Callable[[Ask, Json], Json]


def _nothing(_: Ask, __: Json) -> Json:
    return {}


@dataclass(frozen=True, slots=True)
class Kind:
    """``path`` is the collection, its placeholders name the parents; ``key`` names the id in the address.

    ``takes``: the writable keys with what they are when nobody says. ``own``: the key of the body that is the id;
    without it the id is a number, or a token of so many digits (``token``).
    """

    path: str
    plural: str
    key: str
    takes: Json
    required: tuple[str, ...] = ()
    own: str = ""
    shows: Json = field(default_factory=dict)
    token: int = 0
    filters: tuple[str, ...] = ()
    """Query parameters that keep the resources with that value under the same name."""
    stamps: tuple[str, ...] = ()
    """Keys for the time it was made, and the time it was changed."""
    name: str = "resource"
    check: Hook = _nothing
    """Called before a resource is made or changed, with what it will be. Raises; gives keys to add."""
    derive: Hook = _nothing
    """Keys that are worked out when it is shown."""
    gone: Callable[[Ask, Json], None] | None = None
    """Called when a resource is deleted, for those who name it."""
    parts: tuple[str, ...] = ()
    """Keys that are collections below this resource: written with it, and shown in it."""
    verbs: tuple[str, ...] = ("GET", "POST", "PATCH", "DELETE")
    hides: tuple[str, ...] = ()
    """Keys that are taken and never shown."""
    linked: bool = True
    """Whether it shows ``_links``."""

    @property
    def one(self) -> str:
        return f"{self.path}/{{{self.key}}}"


def place(ask: Ask, path: str) -> str:
    """The path of a collection with its parents named. Raises ProblemError (404) for a parent that is not there."""
    parts = path.strip("/").split("/")
    for at, part in enumerate(parts):
        if part.startswith("{") and part != "{list_id}":
            parent = "/" + "/".join(_named(ask, one) for one in parts[:at])
            if ask.args[part[1:-1]] not in ask.account.documents.get(parent, {}):
                raise not_found()
    return "/" + "/".join(_named(ask, part) for part in parts)


def _named(ask: Ask, part: str) -> str:
    return ask.args[part[1:-1]] if part.startswith("{") else part


def find(ask: Ask, known: Kind) -> Json:
    """Raises ProblemError (404)."""
    found = ask.account.documents.get(place(ask, known.path), {}).get(ask.args[known.key])
    if found is None:
        raise not_found()
    return found


def show(ask: Ask, known: Kind, one: Json) -> Json:
    path, key = place(ask, known.path), one[known.own or "id"]
    parts = {name: list(ask.account.documents.get(f"{path}/{key}/{name}", {}).values()) for name in known.parts}
    links = {"_links": resource_links(f"{ask.base}{path}", key)} if known.linked else {}
    seen = {name: value for name, value in one.items() if name not in known.hides}
    return seen | parts | known.derive(ask, one) | links


def routes(known: Kind) -> list[Route[Handler]]:
    body = frozenset(known.takes) | ({known.own} if known.own else set())
    by_verb: dict[str, list[Route[Handler]]] = {
        "GET": [
            Route("GET", known.path, _lister(known), PAGED | frozenset(known.filters)),
            Route("GET", known.one, lambda ask: show(ask, known, find(ask, known)), FIELDS),
        ],
        "POST": [Route("POST", known.path, lambda ask: create(ask, known), body=body)],
        "PATCH": [Route("PATCH", known.one, lambda ask: change(ask, known), body=body)],
        "PUT": [Route("PUT", known.one, lambda ask: _upsert(ask, known), body=body)],
        "DELETE": [Route("DELETE", known.one, lambda ask: _delete(ask, known))],
    }
    return [route for verb in known.verbs for route in by_verb[verb]]


def _lister(known: Kind) -> Handler:
    def handler(ask: Ask) -> Json:
        path = place(ask, known.path)
        offset, count = ask.slice()
        found = list(ask.account.documents.get(path, {}).values())
        found = [one for one in found if _in_time(ask, known, one)]
        for name in known.filters:
            if name in ask.params and name in known.takes | known.shows:
                found = [one for one in found if str(one.get(name, "")) == ask.params[name]]
        shown = [show(ask, known, one) for one in found[offset : offset + count]]
        parents = {name: ask.args[name] for name in PARENTS if "{" + name + "}" in known.path}
        listed = collection(known.plural, shown, len(found), ask.base + path, **parents)
        return listed if known.linked else {key: part for key, part in listed.items() if key != "_links"}

    return handler


def _in_time(ask: Ask, known: Kind, one: Json) -> bool:
    if "since_created_at" not in known.filters:
        return True
    low, high = bounds(ask, "created_at")
    return (low is None or one["created_at"] >= iso(low)) and (high is None or one["created_at"] <= iso(high))


def create(ask: Ask, known: Kind) -> Json:
    path = place(ask, known.path)
    missing = [name for name in known.required if ask.body.get(name) is None or ask.body[name] == ""]
    if missing:
        raise fields_invalid(*((name, BLANK) for name in missing))
    made = known.takes | known.shows | checked(known, ask.body)
    documents = ask.account.documents.get(path, {})
    if known.own and made[known.own] in documents:
        raise fields_invalid((known.own, f"A {known.name} with the provided ID already exists in the account."))
    made |= known.check(ask, made)
    if not known.own:
        made["id"] = ask.account.token(known.token) if known.token else ask.account.number()
    made |= dict.fromkeys(known.stamps, iso(ask.now))
    ask.account.documents_at(path)[str(made[known.own or "id"])] = made
    _put_parts(ask, known, made)
    return show(ask, known, made)


def _put_parts(ask: Ask, known: Kind, one: Json) -> None:
    """Takes what was given for the collections below out of the resource, and puts it there."""
    root = f"{place(ask, known.path)}/{one[known.own or 'id']}"
    for name in known.parts:
        if name in one:
            rows = [row for row in one.pop(name) if isinstance(row, dict) and row.get("id")]
            ask.account.documents[f"{root}/{name}"] = {str(row["id"]): row for row in rows}


def checked(known: Kind, given: Json) -> Json:
    """The keys that it takes, each of the right type. Raises ProblemError (400)."""
    taken = {name: value for name, value in given.items() if name in known.takes or name == known.own}
    errors = [
        (name, f"Schema describes {_wanted(known.takes.get(name, ''))}, {kind(value)} found instead")
        for name, value in taken.items()
        if not _fits(known.takes.get(name, ""), value)
    ]
    if errors:
        raise fields_invalid(*errors)
    return taken | {name: _moment(name, taken[name]) for name in taken if name.endswith(("_foreign", "_at"))}


def _moment(name: str, text: str) -> str:
    try:
        return iso(seconds_of(text))
    except ValueError:
        raise fields_invalid((name, "This value is not a valid datetime.")) from None


_NAMES = {str: "string", dict: "object", list: "array", bool: "boolean", int: "integer", float: "number"}


def _wanted(default: Any) -> str:
    return _NAMES[type(default)]


def _fits(default: Any, value: Any) -> bool:
    return type(value) is type(default) or (type(default) is float and type(value) is int)


def change(ask: Ask, known: Kind) -> Json:
    one = find(ask, known)
    blank = [name for name in known.required if ask.body.get(name) == ""]
    if blank:
        raise fields_invalid(*((name, BLANK) for name in blank))
    changes = {name: value for name, value in checked(known, ask.body).items() if name != known.own}
    changes |= known.check(ask, one | changes)
    one |= changes | ({known.stamps[-1]: iso(ask.now)} if known.stamps else {})
    _put_parts(ask, known, one)
    return show(ask, known, one)


def _upsert(ask: Ask, known: Kind) -> Json:
    key = ask.args[known.key]
    if key in ask.account.documents.get(place(ask, known.path), {}):
        return change(ask, known)
    ask.body = ask.body | {known.own: key}
    return create(ask, known)


def _delete(ask: Ask, known: Kind) -> None:
    """What lies below it goes with it."""
    one = find(ask, known)
    if known.gone:
        known.gone(ask, one)
    path = place(ask, known.path)
    del ask.account.documents[path][ask.args[known.key]]
    below = f"{path}/{ask.args[known.key]}/"
    for other in [one for one in ask.account.documents if one.startswith(below)]:
        del ask.account.documents[other]
