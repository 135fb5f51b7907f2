"""Thirty values of each type that have broken a sync somewhere, all in canonical text."""

import json

from listloop.core.side import FieldType

_WORDS = (
    "",
    "Ada",
    " leading",
    "trailing ",
    "two\nlines",
    "tab\tinside",
    "\u00a0no-break\u00a0",
    "zero\u200bwidth",
    "jos\u00e9",
    "jose\u0301",
    "ß",
    "İstanbul",
    "ŁÓDŹ",
    "Ωμέγα",
    "Жуков",
    "山田太郎",
    "محمد",
    "👩‍👩‍👧‍👦",
    "🇩🇪" * 20,
    "a" * 254,
    "a" * 255,
    "a" * 256,
    "ß" * 128,
    "-",
    "0",
    "NULL",
    "*|FNAME|*",
    "<script>alert(1)</script>",
    "'; DROP TABLE people;--",
    '"quoted", and comma',
)
_NUMBERS = (
    *(
        "",
        "0",
        "1",
        "-1",
        "0.1",
        "-0.25",
        "0.5",
        "7",
        "10",
        "100",
        "1000000",
        "-1000000",
        "0.000001",
        "3.14159265358979",
    ),
    *("9007199254740993", "-9007199254740993", "2147483647", "2147483648", "-2147483648", "9223372036854775808"),
    *("0.3333333333333333333333", "99999999999999999999.99", "1234567.891", "19.99", "1.005", "2.675", "255", "65536"),
    *("1" + "0" * 30, "0." + "0" * 29 + "1"),
)
_DATES = (
    *(
        "",
        "2000-02-29",
        "1999-02-28",
        "2024-02-29",
        "1900-01-01",
        "1970-01-01",
        "1969-12-31",
        "2038-01-19",
        "9999-12-31",
    ),
    *("0001-01-01", "2026-12-31", "2026-01-01", "2026-03-29", "2026-10-25", "1582-10-15", "1752-09-14", "2000-01-01"),
    *("2026-06-30", "2016-12-31", "1899-12-30", "1904-01-01", "2011-12-30", "2100-02-28", "2400-02-29", "1996-02-29"),
    *("2026-05-17", "2026-11-09", "1945-05-08", "1989-11-09", "2026-04-30"),
)
_TIMES = ("00:00:00", "23:59:59", "12:00:00", "02:30:00", "01:59:59", "00:00:01")
_BIRTHDAYS = (
    "",
    *(
        f"{month:02}-{day:02}"
        for month, day in zip(
            (2, *range(1, 13), *range(1, 13), 2, 2, 12, 12),
            (29, *range(1, 13), *range(28, 16, -1), 28, 1, 31, 25),
            strict=True,
        )
    ),
)
_URLS = (
    *(
        "",
        "https://b.example",
        "http://b.example/",
        "https://b.example/a?b=c&d=e#f",
        "https://b.example/%20",
        "//b.example",
    ),
    *("https://bücher.example", "https://xn--bcher-kva.example", "https://b.example:8443/x", "ftp://b.example/f"),
    *(f"https://b.example/{'a' * (length - 18)}" for length in (253, 254, 255)),
    *(
        f"https://b.example/{path}"
        for path in ("ü", "山", "a b", "?q=*|EMAIL|*", "'", '"', "<", "\\", "..", "a//b", "#")
    ),
    *("https://user@b.example", "https://[::1]/", "mailto:a@b.example", "javascript:alert(1)", "b.example", "-"),
)
_CHOICES = (
    "",
    "small",
    "large",
    "Öl & Gas",
    "a,b",
    "a|b",
    "a;b",
    "Yes",
    "yes",
    " no ",
    "0",
    "-",
    "None",
    "*|X|*",
    "山",
)
_LISTED = tuple(f"choice {n}" for n in range(15))


def _address(street: str) -> str:
    parts = {"addr1": street, "city": "Bern", "country": "CH", "state": "BE", "zip": "3000"}
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


HOSTILE: dict[FieldType, tuple[str, ...]] = {
    FieldType.TEXT: _WORDS,
    FieldType.COMPANY: (*_WORDS[:-2], "Acme & Söhne GmbH & Co. KG", "AT&T"),
    FieldType.PHONE: (*_WORDS[:25], *("+41 31 000 00 00", "0041310000000", "(555) 010-1234 x9", "+1-555-0100", "1")),
    FieldType.EMAIL: (*_WORDS[:20], *(f"a{n}@b.example" for n in range(10))),
    FieldType.NUMBER: _NUMBERS,
    FieldType.MONEY: _NUMBERS,
    FieldType.DATE: _DATES,
    FieldType.DATETIME: ("", *(f"{day}T{_TIMES[at % 6]}" for at, day in enumerate(_DATES[1:]))),
    FieldType.BIRTHDAY: _BIRTHDAYS,
    FieldType.URL: _URLS,
    FieldType.IMAGE_URL: _URLS,
    FieldType.YES_NO: ("", "yes", "no"),  # there are no others
    FieldType.CHOICE: (*_CHOICES, *_LISTED),
    FieldType.CHOICES: (*_CHOICES, *_LISTED),
    FieldType.ADDRESS: ("", *(_address(word) for word in _WORDS[1:])),
    FieldType.ZIP: (
        *_WORDS[:22],
        *("00000", "01234", "8000", "SW1A 1AA", "K1A 0B1", "123-4567", "90210-1234", "D-10115"),
    ),
}
#: What a list field offers in these tests.
CHOICES = tuple(choice for choice in HOSTILE[FieldType.CHOICE] if choice)
