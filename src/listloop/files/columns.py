"""What the columns of a table hold, told by all of their texts; what can be read in two ways is said to be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import filterfalse, islice

from listloop.core.side import FieldType
from listloop.files.forms import BETWEEN, NOTHING, TESTS, Form, bare, has_time, is_short, parts

#: Of more different texts than this a column is not remembered; tests go on.
_DISTINCT = 2000
_MOST_CHOICES = 12
#: Fewer texts than this tell nothing about choices.
_FEWEST_FILLED = 20


#: What texts may be although a few of them are not: a column of dates is one, whatever somebody typed on a bad day.
_LENIENT = frozenset({"ymd", "dmy", "mdy", "day/month", "month/day", ".", ","})
#: The forms of numbers. “n/a” among them stands for none; “14a” does not, so that its column is one of texts.
_NUMBERS = frozenset({".", ","})
_DIGIT = re.compile(r"\d")
#: One text may be a misfit where there are so many different ones, and one in so many of more.
_FEWEST, _ONE_IN = 4, 10


@dataclass(slots=True)
class Profile:
    """What was seen of a column: how many texts, which of them at first, and what they may be.

    ``alive`` are the forms that the texts may have, each with its misfits and the lines of these.
    """

    filled: int = 0
    tested: int = 0
    alive: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in TESTS})
    seen: dict[str, None] = field(default_factory=dict)
    timed: bool = False
    priced: bool = False

    def add(self, texts: Sequence[str], lines: Sequence[int] = ()) -> None:
        """Some more texts, from these lines; empty ones tell nothing, and neither do Outlook's zeros for no date."""
        different = dict.fromkeys(texts)
        nothing = [text for text in different if not text or (text[0] == "0" and NOTHING.fullmatch(text))]
        self.filled += len(texts)
        for text in nothing:
            self.filled -= texts.count(text)
            del different[text]
        room = _DISTINCT - len(self.seen)
        if not self.alive and room <= 0:
            return
        new = [text for text in different if text not in self.seen]
        self.seen.update(dict.fromkeys(new[: max(room, 0)]))
        if self.alive and new:
            self._test(new, texts, lines)

    def _test(self, new: Sequence[str], texts: Sequence[str], lines: Sequence[int]) -> None:
        self.tested += len(new)
        for name, misfits in list(self.alive.items()):
            if name not in _LENIENT:
                if not all(map(TESTS[name], new)):
                    del self.alive[name]
                continue
            wrong = filterfalse(TESTS[name], new)
            some = [*islice(wrong, max(_FEWEST, self.tested // _ONE_IN) - len(misfits))]
            if next(wrong, None) is not None or (name in _NUMBERS and any(map(_DIGIT.search, some))):
                del self.alive[name]
                continue
            misfits.update((text, lines[texts.index(text)] if lines else 0) for text in some)
        if not self.timed and self.alive:
            self.timed = any(":" in text and has_time(text) for text in new)
        if not self.priced and ("." in self.alive or "," in self.alive):
            odd = [text for text in new if not (text[-1:].isdigit() and text[:1].isdigit()) and _DIGIT.search(text)]
            self.priced = any(bare(text) != text for text in odd)

    def nearest(self) -> tuple[set[str], dict[str, int]]:
        """The forms that the fewest texts miss, where these are few; and the misfits."""
        most = max(self.tested // _ONE_IN, 1) if self.tested >= _FEWEST else 0
        near = {name: misfits for name, misfits in self.alive.items() if 0 < len(misfits) <= most}
        if not near:
            return set(), {}
        fewest = min(map(len, near.values()))
        best = {name: misfits for name, misfits in near.items() if len(misfits) == fewest}
        return set(best), next(iter(best.values()))


def forms(profiles: Iterable[Profile], separator: str, order: str = "") -> list[Form]:
    """The forms of a table's columns.

    ``order`` (dmy or mdy) is a person's word for dates that can be read in two ways; without it another column of the
    same table decides, and where none does the form is proposed and not ``sure``.
    """
    read = [_form(one, separator) for one in profiles]
    told = {one.order for one in read if one.sure and one.order in ("dmy", "mdy")}
    wanted = order or (told.pop() if len(told) == 1 else "")
    return [replace(one, order=wanted, sure=True) if wanted and _two_ways(one) else one for one in read]


def _nearly(profile: Profile, near: set[str], misfits: Collection[str], separator: str) -> Form:
    """The form of a column in spite of a few texts."""
    texts = [text for text in profile.seen if text not in misfits]
    if near & {"ymd", "dmy", "mdy"}:
        return _date(profile, near)
    if near & _NUMBERS:
        return _number(profile, texts, near, separator)
    return _birthday(texts, near)


def _two_ways(form: Form) -> bool:
    return not form.sure and form.order in ("dmy", "mdy")


def _form(profile: Profile, separator: str) -> Form:
    alive = {name for name, misfits in profile.alive.items() if not misfits} if profile.filled else set[str]()
    if "yes/no" in alive and "." not in alive:
        return Form(FieldType.YES_NO)
    if alive & {"ymd", "dmy", "mdy"}:
        return _date(profile, alive)
    if alive & {".", ","}:
        return _number(profile, profile.seen, alive, separator)
    if alive & {"day/month", "month/day"}:
        return _birthday(profile.seen, alive)
    if "e-mail" in alive:
        return Form(FieldType.EMAIL)
    if "url" in alive:
        return Form(FieldType.URL)
    near, misfits = profile.nearest()
    if near:
        return replace(
            _nearly(profile, near, misfits, separator), misfits=tuple((line, text) for text, line in misfits.items())
        )
    if many := _many(profile):
        return many
    distinct = len(profile.seen)
    if 1 < distinct <= _MOST_CHOICES and profile.filled >= max(_FEWEST_FILLED, 5 * distinct):
        return Form(FieldType.CHOICE, choices=tuple(sorted(profile.seen)))
    return Form()


def _many(profile: Profile) -> Form | None:
    """Many choices in each cell: a few parts that come again in other company; None where it is no such column.

    "Frankfurt, Main" in a hundred cells is one text, not two choices: nothing else has a part of it.
    """
    if profile.filled < _FEWEST_FILLED:
        return None
    for sign in BETWEEN:
        cells = [parts(text, sign) for text in profile.seen if sign in text]
        alone = [[text] for text in profile.seen if sign not in text]
        seen = Counter(part for cell in (*cells, *alone) for part in set(cell))
        shared = {part for cell in cells for part in cell if seen[part] > 1}
        if len(shared) > 1 and len(seen) <= _MOST_CHOICES and 5 * len(seen) <= profile.filled:
            return Form(FieldType.CHOICES, choices=tuple(sorted(seen)), between=sign)
    return None


def _date(profile: Profile, alive: set[str]) -> Form:
    of = FieldType.DATETIME if profile.timed else FieldType.DATE
    if "ymd" in alive:
        return Form(of, "ymd")
    short = any(map(is_short, profile.seen))
    if {"dmy", "mdy"} <= alive:
        # All days are at most 12: dots are written where days come first, slashes in both worlds.
        dotted = all("." in text for text in profile.seen if text not in profile.alive["dmy"])
        return Form(of, "dmy", sure=dotted, short=short)
    return Form(of, "dmy" if "dmy" in alive else "mdy", short=short)


def _birthday(texts: Collection[str], alive: set[str]) -> Form:
    if all(map(_is_iso, texts)):
        return Form(FieldType.BIRTHDAY, "mdy")
    if {"day/month", "month/day"} <= alive:
        dotted = all("." in text for text in texts)
        return Form(FieldType.BIRTHDAY, "dmy" if dotted else "mdy", sure=dotted)
    return Form(FieldType.BIRTHDAY, "dmy" if "day/month" in alive else "mdy")


def _is_iso(text: str) -> bool:
    """Is this birthday written as ISO 8601 does, which has one order only?"""
    return text.startswith("--") or text[4:5] == "-"


def _number(profile: Profile, texts: Collection[str], alive: set[str], separator: str) -> Form:
    of = FieldType.MONEY if profile.priced else FieldType.NUMBER
    if not {".", ","} <= alive:
        return Form(of, decimal="." if "." in alive else ",")
    if any("," in text or "." in text for text in texts):
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
    if of is FieldType.CHOICES:
        return _likeliest_many(listed)
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


def _likeliest_many(texts: Sequence[str]) -> Form:
    """Choices of a column that must have many: the first sign that any text has; without one each text is a choice."""
    sign = next((one for one in BETWEEN if any(one in text for text in texts)), "\n")
    return Form(
        FieldType.CHOICES, choices=tuple(sorted({part for text in texts for part in parts(text, sign)})), between=sign
    )
