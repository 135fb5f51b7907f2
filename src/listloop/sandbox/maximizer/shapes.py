"""How a stored value is shown, and how a value in a request is taken: each type has its own shapes."""

import re
from datetime import UTC, datetime
from typing import Any

from listloop.sandbox.clock import seconds_of
from listloop.sandbox.maximizer.book import Account, Row
from listloop.sandbox.maximizer.keys import Ident, ident_of, key_text
from listloop.sandbox.maximizer.problems import Failure, wrong_type
from listloop.sandbox.maximizer.things import (
    KEY,
    MAIL,
    MOMENT,
    MONEY,
    NUMBER,
    PHONE,
    REF,
    TABLE,
    TEXT,
    USER,
    YES,
    Property,
    options_of,
)

ENTITIES = {"AbEntry": 1, "Opportunity": 2, "Campaign": 3, "Case": 5, "Lead": 19, "Custom": 100}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def stamp(seconds: int) -> str:
    """A system time: UTC, whole seconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Shapes:
    """Shows and takes values for one session, whose keys may be texts of their own."""

    def __init__(self, account: Account, salt: str = "") -> None:
        self.account = account
        self.salt = salt

    def key(self, thing: str, ident: Ident, asked: Any = 1) -> Any:
        """A key: its text, or its parts."""
        row = self.account.of("AbEntry").get(ident) if thing == "AbEntry" else None
        text = key_text(row.values["Type"] if row else thing, ident, self.salt)
        if not isinstance(asked, dict):
            return text
        parts = {"value": text, "id": ident[0], "number": ident[1], "entitytype": ENTITIES.get(thing, 0)}
        return {name: parts.get(name.lower()) for name in asked}

    def show(self, row: Row, found: Property, value: Any, asked: Any) -> Any:
        """A value as the scope asks for it."""
        if found.name == "Key":
            return self.key(row.thing, row.ident, asked)
        if found.type == KEY:
            target = "Campaign" if row.thing == "CampaignSubscriber" else "AbEntry"
            return self.key(target, value, asked) if value else None
        if found.type == "Keys":
            return [self.key("AbEntry", one) for one in value or ()]
        if found.type == TABLE:
            return self._items(found, value or [], asked)
        plain = _plain(found, value)
        return self._parts(found, row, plain, asked) if isinstance(asked, dict) else plain

    def _items(self, found: Property, value: list[str], asked: Any) -> list[Any]:
        if not isinstance(asked, list) or not asked or not isinstance(asked[0], dict):
            return list(value)
        names = options_of(self.account, found)
        known = [{"key": one, "value": names.get(one), "displayvalue": names.get(one)} for one in value]
        return [{name: one.get(name.lower()) for name in asked[0]} for one in known]

    def _parts(self, found: Property, row: Row, plain: Any, asked: dict[str, Any]) -> dict[str, Any]:
        options = options_of(self.account, found)
        parts = {
            "value": plain, "displayvalue": options.get(str(plain), plain), "address": plain, "number": plain,
            "description": row.values.get(f"{found.name}Description", ""), "extension": "",
            "default": found.name == f"{found.name[:5]}{row.values.get(f'{found.name[:5]}Default', 1)}",
            "key": plain, "displayname": plain, "currencycode": row.values.get("CurrencyCode", "EUR"),
        }  # fmt: skip
        return {name: parts.get(name.lower()) for name in asked}

    def take(self, found: Property, value: Any) -> Any:
        """A value from a request in the form in which it is stored. Raises Failure for one of another type."""
        if found.type in {MAIL, PHONE} and isinstance(value, dict):
            inner = "address" if found.type == MAIL else "number"
            value = next((one for name, one in value.items() if name.lower() == inner), None)
        if found.type in {MOMENT, TEXT, REF, NUMBER, MONEY} and isinstance(value, dict):
            value = next((one for name, one in value.items() if name.lower() == "value"), None)
        if value is None:
            return [] if found.type in {TABLE, "Keys"} else None
        if found.type == KEY:
            return ident_of(value, self.salt)
        if found.type == "Keys":
            return [ident_of(one, self.salt) for one in value]
        if found.type == TABLE:
            return self._chosen(found, value)
        return _taken(found, value)

    def _chosen(self, found: Property, value: Any) -> list[str]:
        given = [value] if isinstance(value, str) else value
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            raise wrong_type(found.name)
        if any(one not in options_of(self.account, found) for one in given):
            raise Failure(-1, f"'{found.name}' has no such item")
        if len(given) > 1 and not found.multi:
            raise wrong_type(found.name)
        return list(dict.fromkeys(given))


def _plain(found: Property, value: Any) -> Any:
    if found.type == MOMENT and isinstance(value, int):
        return stamp(value)
    if value is None and found.type in {TEXT, MAIL, PHONE}:
        return ""
    return value


def _taken(found: Property, value: Any) -> Any:
    kinds: dict[str, type | tuple[type, ...]] = {
        TEXT: str, MAIL: str, PHONE: str, REF: str, NUMBER: (int, float), MONEY: (int, float), YES: bool, MOMENT: str,
        USER: (str, dict),
    }  # fmt: skip
    kind = kinds.get(found.type)
    if kind is None:
        return value
    if not isinstance(value, kind) or (isinstance(value, bool) and found.type in {NUMBER, MONEY}):
        if found.type == REF and isinstance(value, int) and not isinstance(value, bool) and not found.options:
            return str(value)
        raise wrong_type(found.name)
    if found.type == MOMENT:
        if not value:
            return None
        try:
            return value if _DAY.fullmatch(str(value)) else seconds_of(str(value))
        except ValueError:
            raise wrong_type(found.name) from None
    return value
