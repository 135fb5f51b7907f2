"""Sentences that the rest of Listloop made in English, told in another language.

Below the pages everything speaks English: reasons, refusals and errors are kept in the database, logged and printed by
the command line as they are. Each such sentence is made from a text of the source with places for values, such as
“{email} is archived in Mailchimp”, and those texts are in the catalogues like all others. A page finds the text that a
sentence was made from, takes the values out, and puts them into the translation. What fits no text stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

#: A place for a value in a text.
PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)\}")

#: What may stand between two sentences that were put together.
JOINT = re.compile(r"(?<=[.?!”]) |; ?|: | \(")

#: Longer texts are data, not sentences of ours.
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text with places, as something that sentences can be compared with; ``marker`` is its longest fixed part."""

    shape: re.Pattern[str]
    marker: str
    translation: str


class Sentences:
    """All texts of one language that sentences are made from. ``texts`` maps each to its translation."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._known = {text: said for text, said in texts.items() if not PLACE.search(text)}
        with_places = [(text, said) for text, said in texts.items() if PLACE.search(text)]
        self._patterns = sorted(_patterns(with_places), key=lambda one: -len(one.marker))
        self._remembered = lru_cache(maxsize=10_000)(self._told)

    def tell(self, sentence: str) -> str:
        """The sentence in this language, as far as it is known."""
        return sentence if len(sentence) > LONGEST else self._remembered(sentence)

    def _told(self, sentence: str) -> str:
        found = self._whole(sentence)
        if found is not None:
            return found
        for joint in reversed(list(JOINT.finditer(sentence))):
            left = self._whole(sentence[: joint.start()])
            if left is not None:
                rest, end = sentence[joint.end() :], ""
                if joint[0] == " (" and rest.endswith(")"):
                    rest, end = rest[:-1], ")"
                return left + joint[0] + self.tell(rest) + end
        for joint in JOINT.finditer(sentence):
            right = self._whole(sentence[joint.end() :])
            if right is not None:
                return sentence[: joint.start()] + joint[0] + right
        return sentence

    def _whole(self, sentence: str) -> str | None:
        if sentence in self._known:
            return self._known[sentence]
        for one in self._patterns:
            if one.marker in sentence and (found := one.shape.fullmatch(sentence)):
                values = {name: self._value(value) for name, value in found.groupdict().items()}
                return PLACE.sub(lambda place, given=values: given.get(place[1], ""), one.translation)  # type: ignore[misc]  # values are bound at once
        return None

    def _value(self, value: str) -> str:
        # A single word with a capital is a name: somebody's company may well be called “Overview”.
        return value if value.istitle() and " " not in value else self.tell(value)


def _patterns(texts: Iterable[tuple[str, str]]) -> Iterable[Pattern]:
    for text, said in texts:
        parts = PLACE.split(text)
        marker = max(parts[::2], key=len)
        if any(letter.isalpha() for letter in marker):
            shape = "".join(f"(?P<{part}>.*?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
            yield Pattern(re.compile(shape, re.DOTALL), marker, said)
