"""The languages of the pages: catalogues of texts, and how numbers, shares and moments are written.

A language is a file ``catalogues/CODE.po``; English is the language of the source and needs none. ``./run texts`` takes
new texts into every catalogue, and ``./run check`` fails while one of them has no translation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from fastapi import Request

from listloop.web.sentences import Sentences

FOLDER = Path(__file__).parent / "catalogues"

#: Code -> the language's own name, as users choose it.
LANGUAGES = {"en": "English", "de": "Deutsch"}

#: How each language writes numbers and dates. English is written as most of the world does: 12 Nov 2026, 14:05.
LOCALES = {"en": "en_GB"}

#: The plural forms of all languages (Unicode CLDR), in the order in which a catalogue lists them.
PLURALS = ("zero", "one", "two", "few", "many", "other")


@dataclass(frozen=True, eq=False)
class Language:
    """One language: its texts, and the habits of its locale."""

    code: str
    locale: Locale
    texts: Mapping[str, tuple[str, ...]]
    sentences: Sentences = field(repr=False)

    def gettext(self, text: str) -> str:
        """A text of the source in this language."""
        return self.texts.get(text, (text,))[0]

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The same for a text that has a singular and a plural."""
        forms = self.texts.get(one)
        if forms is None or len(forms) < 2:
            return one if number == 1 else many
        return forms[min(self._form(number), len(forms) - 1)]

    def _form(self, number: int) -> int:
        rule = self.locale.plural_form
        order = [form for form in PLURALS if form in rule.tags or form == "other"]
        return order.index(rule(number))

    def tell(self, sentence: str) -> str:
        """A sentence that Listloop made in English."""
        return self.sentences.tell(sentence)


def make_language(code: str, texts: Mapping[str, tuple[str, ...]], locale: str = "") -> Language:
    """A language of these texts."""
    parsed = Locale.parse(locale or LOCALES.get(code, code))
    return Language(code, parsed, texts, Sentences({text: said[0] for text, said in texts.items()}))


@cache
def language(code: str) -> Language:
    """The language of that code, read from its catalogue once."""
    path = FOLDER / f"{code}.po"
    return make_language(code, translations(read_catalogue(path)) if path.exists() else {})


def read_catalogue(path: Path) -> Catalog:
    """A catalogue from its file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def translations(catalogue: Catalog) -> dict[str, tuple[str, ...]]:
    """What is translated in a catalogue: text -> its forms."""
    found = {}
    for message in catalogue:
        said = forms(message.string)
        if message.id and all(said):
            found[forms(message.id)[0]] = said
    return found


def forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """A text of a catalogue as its forms: several where it has a plural."""
    return tuple(text) if isinstance(text, list | tuple) else (text or "",)


def language_of(request: Request) -> Language:
    """The language that the signed-in user chose, else the first one that the browser asks for and that is there."""
    user = getattr(request.state, "user", None)
    if user is not None and user.language in LANGUAGES:
        return language(user.language)
    return language(wanted(request.headers.get("accept-language", "")))


def wanted(header: str) -> str:
    """The code of the best language for an Accept-Language header (RFC 9110, 12.5.4); English if none fits."""
    found: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        name, _, rest = part.partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        code = name.strip().lower().partition("-")[0]
        if code in LANGUAGES and weight > 0:
            found.append((-weight, code))
    return min(found, key=lambda one: one[0])[1] if found else "en"
