"""Which of the old encodings a text without a mark has, told by the letters of the languages that each was made for.

Names are too few and too mixed for the general detectors: of lists of 2 to 200 names in 14 languages charset-normalizer
and chardet took a quarter for another encoding (Spanish and French for Windows-1250, Czech for a Mac's). Here each
encoding has its languages, and counts how well a few of them explain the letters beyond ASCII that it reads.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import sqrt

#: The letters beyond ASCII of languages.
_LATIN = {
    "German": "äöüß", "French": "àâæçéèêëîïôœùûüÿ", "Spanish": "áéíñóúüºª", "Portuguese": "áâãàçéêíóôõúº",
    "Italian": "àèéìòù", "Nordic": "åäöæøé", "Dutch": "éëïöüè", "Icelandic": "áðéíóúýþæö",
    "Polish": "ąćęłńóśźż", "Czech": "áčďéěíňóřšťúůýž", "Slovak": "áäčďéíĺľňóôŕšťúýž", "Hungarian": "áéíóöőúüű",
    "Croatian": "čćđšž", "Romanian": "ăâîşţ", "Turkish": "âçğıöşüi̇", "Lithuanian": "ąčęėįšųūž",
    "Latvian": "āčēģīķļņšūž", "Estonian": "äõöüšž",
}  # fmt: skip
_OTHERS = {
    "Russian": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "Ukrainian": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "Greek": "αάβγδεέζηήθιίκλμνξοόπρσςτυύφχψωώ",
}
_WEST = ("German", "French", "Spanish", "Portuguese", "Italian", "Nordic", "Dutch", "Icelandic")
_CENTRAL = ("Polish", "Czech", "Slovak", "Hungarian", "Croatian", "Romanian", "German")

#: What an encoding is called where people see it.
TITLES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with BOM",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 without BOM",
    "utf-16-be": "UTF-16 without BOM",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252 (Western European)",
    "cp1250": "Windows-1250 (Central European)",
    "iso8859_15": "Latin-9 (ISO 8859-15)",
    "iso8859_2": "Latin-2 (ISO 8859-2)",
    "mac_roman": "Mac Roman",
    "cp850": "DOS 850 (Western European)",
    "cp852": "DOS 852 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "koi8_r": "KOI8-R (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp932": "Shift-JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "iso2022_jp": "ISO-2022-JP (Japanese)",
    "cp949": "EUC-KR (Korean)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese)",
}

#: What programs write, the likelier first: of two that explain a text as well, the first is taken.
LANGUAGES: dict[str, tuple[str, ...]] = {
    "cp1252": _WEST,
    "cp1250": _CENTRAL,
    "iso8859_15": _WEST,
    "iso8859_2": _CENTRAL,
    "mac_roman": _WEST,
    "cp850": _WEST,
    "cp852": _CENTRAL,
    "cp1251": ("Russian", "Ukrainian"),
    "koi8_r": ("Russian",),
    "cp1253": ("Greek",),
    "cp1254": ("Turkish", "German", "French"),
    "cp1257": ("Lithuanian", "Latvian", "Estonian", "German"),
    "cp932": ("Japanese",),
    "cp949": ("Korean",),
    "gb18030": ("Chinese",),
    "euc_jp": ("Japanese",),
    "big5": ("Chinese",),
}

#: The codec whose double bytes, led by these bytes, are an encoding's everyday characters.
_EVERYDAY = {
    "cp932": ("shift_jis", range(0x81, 0x99)),
    "euc_jp": ("shift_jis", range(0x81, 0x99)),
    "cp949": ("euc_kr", range(0xB0, 0xC9)),
    "gb18030": ("gb2312", range(0xB0, 0xD8)),
    "big5": ("big5", range(0xA4, 0xC7)),
}

#: Who explains less of the letters than this does not explain them.
_LEAST = 0.5

#: What Windows-1252 is ahead from the start: lists in several Western languages look like lists in Central ones.
_AHEAD = 0.01


#: What a letter counts for that the first, second and third language of a text explains: one is likelier than three.
_WORTH = (1.0, 0.6, 0.4)
#: Signs beyond ASCII that stand beside letters.
_SIGNS = frozenset("’‘“”„«»´·–—…•™®©‑ºª\xad\xa0€　・、。（）〒")

#: What such a sign counts for, beside a letter of a language: O’Hara may be all that a file of English names has.
_SIGNS_WORTH = 1.0
_WORD = re.compile(r"[^\W\d_]+")

#: Whole lines: their ends are the only bytes that are never the second half of a character.
_LINE = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")


@dataclass(frozen=True, slots=True)
class Guess:
    """An encoding, and those that read the text otherwise and could be meant as well, likelier ones first."""

    encoding: str
    rivals: tuple[str, ...] = ()


def sample(lines: bytes) -> bytes:
    """Those of these lines that have bytes beyond ASCII."""
    return b"\n".join(_LINE.findall(lines))


def guess(some: bytes) -> Guess | None:
    """The encoding of a ``sample``, or None where none of those that programs write can read it."""
    readings: dict[str, tuple[str, float]] = {}
    for encoding in LANGUAGES:
        try:
            text = some.decode(encoding)
        except UnicodeDecodeError:
            continue
        # What reads the same letters is the same: Müller is Müller in Windows-1252 and Windows-1250.
        if all(text != other for other, _ in readings.values()):
            readings[encoding] = text, _score(text, encoding) + _AHEAD * (encoding == "cp1252")
    ranked = sorted(readings, key=lambda one: -readings[one][1])
    if not ranked or readings[ranked[0]][1] < _LEAST:
        return None
    text, best = readings[ranked[0]]
    # The more letters tell, the smaller a lead is enough; and a smaller one for what most files have.
    margin = 0.04 + (0.05 if ranked[0] == "cp1252" else 0.3) / sqrt(1 + sum(letter > "\x7f" for letter in text))
    return Guess(ranked[0], tuple(one for one in ranked[1:4] if readings[one][1] > best - margin))


def converted_wrongly(text: str) -> str:
    """What a text was before UTF-8 was taken for Windows-1252: “MÃ¼ller” was “Müller”; "" where that never happened."""
    if text.isascii():
        return ""
    try:
        before = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return ""
    return before


def _score(text: str, encoding: str) -> float:
    """How well the languages of an encoding explain the letters beyond ASCII: 1 is fully, below 0 is not at all."""
    folded = Counter(letter for letter in text.lower() if letter > "\x7f")
    whole = sum(folded.values())
    if not whole:
        return 0.0
    if encoding in _EVERYDAY:
        explained = sum(count for letter, count in folded.items() if _everyday(letter, encoding))
        return explained / whole - _oddities(text) / whole
    signs = sum(folded.pop(sign, 0) for sign in _SIGNS)
    return (_explained(folded, encoding) + _SIGNS_WORTH * signs - _oddities(text)) / whole


def _explained(letters: Counter[str], encoding: str) -> float:
    """How many of these letters the languages of an encoding have, those of a further language for less each time."""
    left, explained = dict(letters), 0.0
    for worth in _WORTH:
        best = max(_alphabets(encoding), key=lambda one: sum(left.get(letter, 0) for letter in one))
        explained += worth * sum(left.pop(letter, 0) for letter in best)
    return explained


@cache
def _alphabets(encoding: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(_LATIN.get(one) or _OTHERS[one]) for one in LANGUAGES[encoding])


@cache
def _everyday(letter: str, encoding: str) -> bool:
    codec, leads = _EVERYDAY[encoding]
    try:
        return letter.encode(codec)[0] in leads
    except UnicodeEncodeError:
        return False


def _oddities(text: str) -> float:
    """What no name has: control characters, capitals and signs inside words, two scripts in one."""
    odd, run = 0.0, 0
    for before, letter in pairwise(f" {text} "):
        strange = letter > "\x7f"
        if strange and unicodedata.category(letter) == "Cc":
            odd += 3
        elif letter.isalpha() and before.isalpha() and (strange or before > "\x7f"):
            odd += (letter.isupper() and before.islower()) + (_script(letter) != _script(before))
        elif letter.isalpha() != before.isalpha():
            sign = before if letter.isalpha() else letter
            odd += sign > "\x7f" and sign not in _SIGNS
        run = run + 1 if strange and letter.isalpha() and _script(letter) == "LATIN" else 0
        odd += 0.5 * (run > 2)
    return odd + sum(_capitals_inside(word) for word in set(_WORD.findall(text)))


def _capitals_inside(word: str) -> int:
    """How many capitals beyond ASCII stand behind a capital in a word with small letters.

    O’Hara in Windows-1252 would be OÆHara in DOS 850.
    """
    if word.isupper() or word.isascii():
        return 0
    return sum(letter > "\x7f" and letter.isupper() and before.isupper() for before, letter in pairwise(word))


@cache
def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").split(" ")[0]
    return "CJK" if name in ("HIRAGANA", "KATAKANA", "CJK", "IDEOGRAPHIC") else name
