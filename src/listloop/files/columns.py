"""What the columns of a table hold, told by all of their texts; what can be read in two ways is said to be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from listloop.core.side import FieldType
from listloop.files.forms import NOTHING, TESTS, Form, bare, has_time, is_short

#: Of more different texts than this a column is not remembered; tests go on.
_DISTINCT = 2000
_MOST_CHOICES = 12


@dataclass(slots=True)
class Profile:
    """What was seen of a column: how many texts, which of them at first, and what all of them may be."""

    filled: int = 0
    alive: list[str] = field(default_factory=lambda: list(TESTS))
    seen: dict[str, None] = field(default_factory=dict)
    timed: bool = False
    priced: bool = False

    def add(self, texts: Iterable[str]) -> None:
        """Some more texts; empty ones tell nothing, and neither do Outlook's zeros for no date."""
        filled = [text for text in texts if text and (text[0] != "0" or not NOTHING.fullmatch(text))]
        self.filled += len(filled)
        if self.alive or len(self.seen) < _DISTINCT:
            for text in dict.fromkeys(filled):
                if text not in self.seen:
                    self._look(text)

    def _look(self, text: str) -> None:
        if len(self.seen) < _DISTINCT:
            self.seen[text] = None
        if not self.alive:
            return
        self.alive = [one for one in self.alive if TESTS[one](text)]
        if not self.timed and ":" in text and self.alive:
            self.timed = has_time(text)
        if not self.priced and self.alive and not (text[-1:].isdigit() and text[:1].isdigit()):
            self.priced = bare(text) != text


def forms(profiles: Iterable[Profile], separator: str, order: str = "") -> list[Form]:
    """The forms of a table's columns.

    ``order`` (dmy or mdy) is a person's word for dates that can be read in two ways; without it another column of the
    same table decides, and where none does the form is proposed and not ``sure``.
    """
    read = [_form(one, separator) for one in profiles]
    told = {one.order for one in read if one.sure and one.order in ("dmy", "mdy")}
    wanted = order or (told.pop() if len(told) == 1 else "")
    return [replace(one, order=wanted, sure=True) if wanted and _two_ways(one) else one for one in read]


def _two_ways(form: Form) -> bool:
    return not form.sure and form.order in ("dmy", "mdy")


def _form(profile: Profile, separator: str) -> Form:
    alive = set(profile.alive) if profile.filled else set()
    if "yes/no" in alive and "." not in alive:
        return Form(FieldType.YES_NO)
    if alive & {"ymd", "dmy", "mdy"}:
        return _date(profile, alive)
    if alive & {".", ","}:
        return _number(profile, alive, separator)
    if alive & {"day/month", "month/day"}:
        return _birthday(profile, alive)
    if "e-mail" in alive:
        return Form(FieldType.EMAIL)
    if "url" in alive:
        return Form(FieldType.URL)
    distinct = len(profile.seen)
    if 1 < distinct <= _MOST_CHOICES and profile.filled >= max(20, 5 * distinct):
        return Form(FieldType.CHOICE, choices=tuple(sorted(profile.seen)))
    return Form()


def _date(profile: Profile, alive: set[str]) -> Form:
    of = FieldType.DATETIME if profile.timed else FieldType.DATE
    if "ymd" in alive:
        return Form(of, "ymd")
    short = any(map(is_short, profile.seen))
    if {"dmy", "mdy"} <= alive:
        # All days are at most 12: dots are written where days come first, slashes in both worlds.
        dotted = all("." in text for text in profile.seen)
        return Form(of, "dmy", sure=dotted, short=short)
    return Form(of, "dmy" if "dmy" in alive else "mdy", short=short)


def _birthday(profile: Profile, alive: set[str]) -> Form:
    if all(map(_is_iso, profile.seen)):
        return Form(FieldType.BIRTHDAY, "mdy")
    if {"day/month", "month/day"} <= alive:
        dotted = all("." in text for text in profile.seen)
        return Form(FieldType.BIRTHDAY, "dmy" if dotted else "mdy", sure=dotted)
    return Form(FieldType.BIRTHDAY, "dmy" if "day/month" in alive else "mdy")


def _is_iso(text: str) -> bool:
    """Is this birthday written as ISO 8601 does, which has one order only?"""
    return text.startswith("--") or text[4:5] == "-"


def _number(profile: Profile, alive: set[str], separator: str) -> Form:
    of = FieldType.MONEY if profile.priced else FieldType.NUMBER
    if not {".", ","} <= alive:
        return Form(of, decimal="." if "." in alive else ",")
    if any("," in text or "." in text for text in profile.seen):
        # 1,234 and 1.234 are thousands here and fractions there.
        return Form(of, decimal="," if separator == ";" else ".", sure=False)
    return Form(of, decimal=".")


def likeliest(texts: Iterable[str], of: FieldType, order: str = "") -> Form | None:
    """The form of this type that most texts have, for a column that must be of it; None where fewer than half do."""
    names = {
        FieldType.DATE: ("ymd", "dmy", "mdy"),
        FieldType.DATETIME: ("ymd", "dmy", "mdy"),
        FieldType.BIRTHDAY: ("month/day", "day/month"),
        FieldType.NUMBER: (".", ","),
        FieldType.MONEY: (".", ","),
        FieldType.YES_NO: ("yes/no",),
    }.get(of)
    listed = list(texts)
    if names is None or not listed:
        return None
    if of is FieldType.BIRTHDAY and all(map(_is_iso, listed)):
        return Form(of, "mdy")
    counted = {name: sum(map(TESTS[name], listed)) for name in names}
    best = max(names, key=lambda name: (counted[name], name == order))
    if counted[best] * 2 < len(listed):
        return None
    rivals = [name for name in names if counted[name] == counted[best]]
    sure = len(rivals) == 1 or best == order or of is FieldType.YES_NO
    orders = {"month/day": "mdy", "day/month": "dmy"}
    if best in (".", ","):
        return Form(of, decimal=best, sure=sure or not any("," in text or "." in text for text in listed))
    short = of in (FieldType.DATE, FieldType.DATETIME) and any(map(is_short, listed))
    return Form(of, "" if of is FieldType.YES_NO else orders.get(best, best), sure=sure, short=short)
