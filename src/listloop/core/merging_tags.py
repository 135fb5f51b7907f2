"""A mail as one person would see it: merge tags filled, conditional blocks decided (Mailchimp help, merge tags).

For previews only; Mailchimp fills the mail itself when it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

_TAG = re.compile(r"\*\|([^|*]+)\|\*")
_TEST = re.compile(r"([^=!<>]+)(!=|<=|>=|=|<|>)(.*)")


def fill(text: str, values: Mapping[str, str], *, html: bool = True) -> str:
    """The text for one person; ``values`` by tag in capitals. A tag that nobody knows stays as it is."""
    out: list[str] = []
    shown, taken = [True], [True]  # of each open block: whether its branch is shown, whether one of them was
    last = 0
    for found in _TAG.finditer(text):
        if all(shown):
            out.append(text[last : found.start()])
        last = found.end()
        head, _, rest = found[1].strip().partition(":")
        word = head.upper()
        if word in ("IF", "IFNOT"):
            yes = _holds(rest, values) is (word == "IF")
            shown.append(yes)
            taken.append(yes)
        elif word in ("ELSEIF", "ELSE") and len(shown) > 1:
            shown[-1] = not taken[-1] and (word == "ELSE" or _holds(rest, values))
            taken[-1] = taken[-1] or shown[-1]
        elif word == "END" and len(shown) > 1:
            shown.pop()
            taken.pop()
        elif all(shown):
            value = values.get(found[1].strip().upper())
            out.append(found[0] if value is None else escape(value) if html else value)
    out.append(text[last:] if all(shown) else "")
    return "".join(out)


def _holds(test: str, values: Mapping[str, str]) -> bool:
    compared = _TEST.fullmatch(test)
    if compared is None:
        return bool(values.get(test.strip().upper()))
    value, wanted = values.get(compared[1].strip().upper(), ""), compared[3].strip().strip("\"'")
    try:
        order = (float(value) > float(wanted)) - (float(value) < float(wanted))
    except ValueError:
        order = (value.lower() > wanted.lower()) - (value.lower() < wanted.lower())
    return order in {"=": {0}, "!=": {-1, 1}, "<": {-1}, ">": {1}, "<=": {-1, 0}, ">=": {0, 1}}[compared[2]]
