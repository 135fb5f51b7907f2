"""Designs become mails that load nothing from elsewhere and hold nothing that acts; our templates first of all."""

from __future__ import annotations

import re

import pytest

from listloop.campaigns.composing import clean_design, compose, from_html
from listloop.campaigns.templates import BUILT_IN, built_in
from listloop.core.errors import NeedsAttention
from listloop.core.merging_tags import fill
from listloop.core.sending import Envelope, Level, check

ENVELOPE = Envelope("Hello", "", "Ada", "ada@corp.example")


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_template_is_small_loads_nothing_and_may_be_sent(name: str) -> None:
    """Under 100 kB, no address that is loaded, with unsubscribe link and postal address in both parts."""
    made = compose(built_in(name))
    assert len(made.html.encode()) < 100_000
    assert not re.search(r"""\bsrc=|url\(|@import|<link""", made.html)
    assert not [one for one in check(ENVELOPE, made.html, made.plain, {"FNAME"}) if one.level is Level.STOP]
    assert "max-width:600px" in made.html
    assert "prefers-color-scheme: dark" in made.html


@pytest.mark.parametrize(
    "bad",
    [
        "<mj-raw><script>x()</script></mj-raw>",
        "<mj-text><img src=x onerror=x()><script>x()</script></mj-text>",
        '<mj-text><a href="javascript:x()">go</a></mj-text>',
        '<mj-button href="javascript:x()">go</mj-button>',
        '<mj-include path="/etc/passwd" />',
    ],
)
def test_what_acts_is_taken_out_of_a_design(bad: str) -> None:
    """Scripts, handlers, raw HTML and includes do not reach the mail."""
    design = f"<mjml><mj-body><mj-section><mj-column>{bad}</mj-column></mj-section></mj-body></mjml>"
    made = compose(design).html
    assert not re.search(r"<script|onerror|javascript:|passwd", made)


def test_a_picture_keeps_what_it_shows_in_words() -> None:
    """In the mail, and in its plain-text part."""
    picture = '<mj-image src="https://a.example/b.png" alt="A &quot;crocus&quot; for *|FNAME|*" />'
    made = compose(f"<mjml><mj-body><mj-section><mj-column>{picture}</mj-column></mj-section></mj-body></mjml>")
    assert 'alt="A &quot;crocus&quot; for *|FNAME|*"' in made.html
    assert made.plain == 'A "crocus" for *|FNAME|*'


def test_a_design_cleaned_twice_is_the_same() -> None:
    """Saving again and again changes nothing."""
    once = clean_design(built_in("news"))
    assert clean_design(once) == once


@pytest.mark.parametrize("wrong", ["", "<p>Hi</p>", "<mjml><mj-body>", "<!DOCTYPE x [<!ENTITY a 'b'>]><mjml></mjml>"])
def test_what_is_no_design_is_refused(wrong: str) -> None:
    """In words, without a trace."""
    with pytest.raises(NeedsAttention, match="design"):
        compose(wrong)


def test_html_is_cleaned_and_inlined_and_keeps_merge_tags() -> None:
    """Styles go into the elements; merge tags in addresses stay."""
    made = from_html(
        '<style>p{color:red}</style><p onclick="x()">Hi *|FNAME|*</p><a href="*|UNSUB|*">out</a><script>x</script>'
    )
    assert 'style="color: red' in made.html
    assert 'href="*|UNSUB|*"' in made.html
    assert not re.search(r"onclick|<script", made.html)
    assert made.plain == "Hi *|FNAME|*\nout (*|UNSUB|*)"


def test_a_preview_decides_conditions_as_mailchimp_does() -> None:
    """Values are escaped in HTML, branches chosen, unknown tags stay."""
    text = "*|IF:FNAME|*Dear *|FNAME|**|ELSE:|*Hi*|END:IF|* *|X|*"
    assert fill(text, {"FNAME": "A<b"}) == "Dear A&lt;b *|X|*"
    assert fill(text, {"FNAME": ""}) == "Hi *|X|*"
    assert fill("*|IFNOT:AGE > 18|*no*|ELSEIF:AGE = 20|*20*|END:IF|*", {"AGE": "20"}) == "20"
