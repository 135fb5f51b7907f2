"""The merge language: tags, and blocks that depend on them, filled for one person (Mailchimp help, merge tags)."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

TAG = re.compile(r"\*\|([^|*]+)\|\*")
_TEST = re.compile(r"([^=!<>]+)(!=|<=|>=|=|<|>)(.*)")
_CHANGES: dict[str, Callable[[str], str]] = {
    "UPPER": str.upper, "LOWER": str.lower, "TITLE": str.title, "URL": lambda text: quote(text, safe=""),
    "HTML": lambda text: text,
}  # fmt: skip
_DATES: dict[str, Callable[[datetime], str]] = {
    "d": lambda at: f"{at:%d}", "j": lambda at: str(at.day), "m": lambda at: f"{at:%m}", "n": lambda at: str(at.month),
    "Y": lambda at: f"{at:%Y}", "y": lambda at: f"{at:%y}", "F": lambda at: f"{at:%B}", "M": lambda at: f"{at:%b}",
    "l": lambda at: f"{at:%A}", "D": lambda at: f"{at:%a}",
}  # fmt: skip


def fill(text: str, values: Mapping[str, str], now: int, *, html: bool, groups: Mapping[str, frozenset[str]]) -> str:
    """The text for one person. ``values``: upper-case tag -> value; ``groups``: category -> the groups chosen.

    Values are escaped in HTML. A tag that nobody knows stays as it is, as in a real mail.
    """
    out: list[str] = []
    shown = [True]  # of each open block whether its current branch is shown
    taken = [True]  # and whether one of its branches has been
    last = 0
    for found in TAG.finditer(text):
        if all(shown):
            out.append(text[last : found.start()])
        last = found.end()
        word = found[1].strip()
        head, _, rest = word.partition(":")
        match head.upper():
            case "IF" | "IFNOT" | "INTERESTED":
                yes = _holds(head.upper(), rest, values, groups)
                shown.append(yes)
                taken.append(yes)
            case "ELSEIF" if len(shown) > 1:
                shown[-1] = not taken[-1] and _holds("IF", rest, values, groups)
                taken[-1] |= shown[-1]
            case "ELSE" if len(shown) > 1:
                shown[-1] = not taken[-1]
                taken[-1] = True
            case "END" if len(shown) > 1:
                shown.pop()
                taken.pop()
            case _ if all(shown):
                out.append(_value(word, values, now, html=html))
            case _:
                pass
    out.append(text[last:] if all(shown) else "")
    return "".join(out)


def _holds(kind: str, test: str, values: Mapping[str, str], groups: Mapping[str, frozenset[str]]) -> bool:
    if kind == "INTERESTED":
        category, _, names = test.partition(":")
        chosen = groups.get(category.strip().lower(), frozenset())
        return any(name.strip().lower() in chosen for name in names.split(",")) if names else bool(chosen)
    compared = _TEST.fullmatch(test)
    if compared is None:
        return bool(values.get(test.strip().upper(), "")) is (kind == "IF")
    value, wanted = values.get(compared[1].strip().upper(), ""), compared[3].strip().strip("\"'")
    try:
        left, right = float(value), float(wanted)
        order = (left > right) - (left < right)
    except ValueError:
        order = (value.lower() > wanted.lower()) - (value.lower() < wanted.lower())
    yes = order in {"=": {0}, "!=": {-1, 1}, "<": {-1}, ">": {1}, "<=": {-1, 0}, ">=": {0, 1}}[compared[2]]
    return yes is (kind == "IF")


def _value(word: str, values: Mapping[str, str], now: int, *, html: bool) -> str:
    tag = word.upper()
    if tag in values:
        return escape(values[tag]) if html else values[tag]
    if tag == "CURRENT_YEAR":
        return str(datetime.fromtimestamp(now, UTC).year)
    head, _, rest = word.partition(":")
    if head.upper() == "DATE":
        moment = datetime.fromtimestamp(now, UTC)
        return "".join(_DATES[one](moment) if one in _DATES else one for one in rest or "m/d/Y")
    change, inner = _CHANGES.get(head.upper()), values.get(rest.strip().upper())
    if change is None or inner is None:
        return f"*|{word}|*"
    return escape(change(inner)) if html else change(inner)
