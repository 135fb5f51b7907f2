"""Promises about values: whatever people type is stored whole, cut by the stated limit, or refused with a reason."""

from __future__ import annotations

import unicodedata

from listloop.core.people import Patch
from listloop.core.side import FieldType, Side
from listloop.testing.side.steps import kept, person, refused, shown, texts, typed, write


class Values:
    """Hostile and odd contents of fields."""

    def test_a_long_name_is_not_lost(self, side: Side) -> None:
        """A name of 300 characters is whole, cut to the limit of its field, or refused."""
        for field in texts(side)[:2]:
            kept(side, field, "Wolfeschlegel" * 23 + "x")

    def test_a_very_long_text_is_not_lost(self, side: Side) -> None:
        """So are 10,000 characters."""
        kept(side, texts(side)[0], "0123456789" * 1_000)

    def test_a_cut_never_splits_a_character(self, side: Side) -> None:
        """Texts of characters of two, three and four bytes are cut between characters, at any offset."""
        for text in ("é" * 300, "漢" * 300, "🐒" * 300, "a" + "é" * 300, "a" + "🐒" * 300):
            kept(side, texts(side)[0], text)

    def test_emoji_are_kept(self, side: Side) -> None:
        """Emoji, also those composed of several, come back as they were."""
        kept(side, texts(side)[0], "👩‍👩‍👧‍👦 🇩🇪 👍🏽")

    def test_other_scripts_are_kept(self, side: Side) -> None:
        """Names in other scripts come back as they were."""
        kept(side, texts(side)[0], "Дмитрий 東京 Ελένη สมชาย")

    def test_right_to_left_is_kept(self, side: Side) -> None:
        """Right-to-left text and its marks come back as they were."""
        kept(side, texts(side)[0], "\u202eمحمد\u202c \u200fשמש")

    def test_combining_characters_are_kept(self, side: Side) -> None:
        """A name typed with combining accents is not recomposed unseen."""
        kept(side, texts(side)[0], unicodedata.normalize("NFD", "Zoë Éléonore Nguyễn"))

    def test_invisible_characters_are_kept(self, side: Side) -> None:
        """Zero-width and non-breaking spaces inside a text come back as they were."""
        kept(side, texts(side)[0], "a\u200bb\u00a0c\ufeffd")

    def test_control_characters_are_not_lost(self, side: Side) -> None:
        """Control characters are stored or refused, never dropped unseen."""
        kept(side, texts(side)[0], "a\x01b\x1fc\x7fd")

    def test_a_null_is_not_lost(self, side: Side) -> None:
        """A NUL is stored or refused; it neither cuts the text nor breaks the call."""
        kept(side, texts(side)[0], "before\x00after")

    def test_what_is_no_text_is_refused(self, side: Side) -> None:
        """Half a surrogate pair, which no encoding holds, is refused and raises nothing."""
        record = person(side)
        refused(write(side, (record.key, Patch(fields={texts(side)[0].name: "a\ud800b"})))[0])
        assert shown(side, record.key) == record

    def test_lines_and_tabs_are_kept(self, side: Side) -> None:
        """Line breaks and tabs inside a text come back as they were."""
        kept(side, texts(side)[0], "first\nsecond\tthird")

    def test_sql_is_text(self, side: Side) -> None:
        """A value that looks like SQL is a value."""
        kept(side, texts(side)[0], "Robert'); DROP TABLE people;--")

    def test_html_is_text(self, side: Side) -> None:
        """Markup and entities are neither removed nor escaped."""
        kept(side, texts(side)[0], '<script>alert("1")</script> &amp; <b>x</b>')

    def test_json_and_url_characters_are_text(self, side: Side) -> None:
        """Quotes, backslashes, percent signs, braces and separators are values."""
        kept(side, texts(side)[0], '{"a": "\\u0041"} %41 ?a=1&b=2#c {0} %s |;,')

    def test_formulas_are_text(self, side: Side) -> None:
        """What a spreadsheet would compute, and what a mail would fill in, is a value."""
        kept(side, texts(side)[0], "=1+1")
        kept(side, texts(side)[0], "*|FNAME|*")

    def test_words_that_mean_nothing_are_values(self, side: Side) -> None:
        """``null``, ``None``, ``0``, ``false`` and ``-`` are not taken for empty."""
        for word in ("null", "None", "0", "false", "-", "N/A", "00123", "1e5"):
            kept(side, texts(side)[0], word)

    def test_a_valid_date_is_kept(self, side: Side) -> None:
        """A date, also the 29th of February, comes back as it was."""
        for value in ("2024-02-29", "1899-12-31"):
            kept(side, typed(side, FieldType.DATE), value)

    def test_a_valid_number_is_kept(self, side: Side) -> None:
        """A number comes back in its canonical form."""
        for value in ("0", "12.5", "-3"):
            kept(side, typed(side, FieldType.NUMBER), value)

    def test_every_choice_is_kept(self, side: Side) -> None:
        """Each choice of a field can be stored."""
        field = typed(side, FieldType.CHOICE)
        for value in field.choices:
            kept(side, field, value)

    def test_a_wrong_value_harms_nobody(self, side: Side) -> None:
        """A value that a typed field can't hold is refused, for that person only."""
        for kind, wrong in ((FieldType.NUMBER, "many"), (FieldType.DATE, "31.12."), (FieldType.CHOICE, "neither")):
            for field in side.schema().fields:
                if field.type is kind and field.writable:
                    bad, good = person(side), person(side, **{texts(side)[0].name: "x"})
                    outcomes = write(
                        side,
                        (bad.key, Patch(fields={field.name: wrong})),
                        (good.key, Patch(fields={texts(side)[0].name: "fine"})),
                    )
                    refused(outcomes[0])
                    assert outcomes[1].error is None
                    assert shown(side, bad.key) == bad
