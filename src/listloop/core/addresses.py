"""Postal addresses as one value: the parts that are filled, as JSON sorted by name.

The parts are Mailchimp's (API reference, merge field types): street, second line, city, state, zip and country.
"""

from __future__ import annotations

import json

from listloop.core.countries import country_code, country_name
from listloop.core.people import Value
from listloop.core.side import Field

#: The parts, and what people call them, in the order in which they are written.
PARTS = {
    "addr1": "street",
    "addr2": "second line",
    "city": "city",
    "state": "state",
    "zip": "zip",
    "country": "country",
}


def address(parts: dict[str, str]) -> Value:
    """The canonical text of an address; "" where every part is empty. Raises ValueError for an unknown part."""
    if unknown := parts.keys() - PARTS.keys():
        raise ValueError(f"an address has no part “{min(unknown)}”")
    filled = {name: text.strip() for name, text in parts.items() if text.strip()}
    return json.dumps(filled, sort_keys=True, ensure_ascii=False, separators=(",", ":")) if filled else ""


def parts_of(value: Value) -> dict[str, str]:
    """The parts that are filled. Raises ValueError for a text that is no address."""
    if not value:
        return {}
    try:
        parts = json.loads(value)
    except ValueError:
        parts = None
    if not isinstance(parts, dict) or not all(isinstance(text, str) for text in parts.values()):
        raise ValueError(f"“{value[:40]}” is no address") from None
    return {name: text for name, text in parts.items() if name in PARTS and text.strip()}


def in_a_line(value: Value) -> str:
    """An address as people read it; any other text as it is."""
    if not value.startswith("{"):
        return value
    try:
        parts = parts_of(value)
    except ValueError:
        return value
    return ", ".join(parts[name] for name in PARTS if name in parts) or value


def moved(source: Field, target: Field, value: Value, held: Value) -> Value:
    """An address as another field takes it. Raises ValueError, in words for people, where that can't be.

    What the source can't hold stays as it was at the target: a CRM without a country changes nobody's. A country is
    spelled as the target spells it: by two letters where it insists on parts, else as it was there before.
    """
    parts, there = parts_of(value), parts_of(held)
    if not parts:
        return ""
    if source.parts:
        parts |= {name: text for name, text in there.items() if name not in source.parts}
    if target.parts:
        homeless = [PARTS[name] for name in PARTS if name in parts.keys() - {"country"} - set(target.parts)]
        if homeless:
            raise ValueError(f"{target.title} has no place for the {homeless[0]} of the address")
        parts = {name: text for name, text in parts.items() if name in target.parts}
    missing = [PARTS[name] for name in target.needs if name not in parts]
    if missing:
        raise ValueError(f"the address lacks {' and '.join(missing)}, which {target.title} requires")
    if "country" in parts:
        parts["country"] = _country(parts["country"], there.get("country", ""), strict=bool(target.needs))
    return address(parts)


def _country(text: str, held: str, *, strict: bool) -> str:
    code = country_code(text)
    if strict:
        if not code:
            raise ValueError(f"“{text}” is no country")
        return code
    if not code:
        return text
    if code == country_code(held):
        return held
    return country_name(code) if len(held) > 2 else text
