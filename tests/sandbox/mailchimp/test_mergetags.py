import pytest

from listloop.sandbox.mailchimp.mergetags import fill
from tests.sandbox.api import NOW

VALUES = {"FNAME": "ann <a>", "AGE": "42", "EMPTY": "", "UNSUB": "http://x.example/?a=1&b=2"}
GROUPS = {"topics": frozenset({"wine"})}


@pytest.mark.parametrize(
    ("text", "html", "plain"),
    [
        ("*|FNAME|*", "ann &lt;a&gt;", "ann <a>"), ("*|fname|*", "ann &lt;a&gt;", "ann <a>"),
        ("*|TITLE:FNAME|* *|UPPER:FNAME|*", "Ann &lt;A&gt; ANN &lt;A&gt;", "Ann <A> ANN <A>"),
        ("*|URL:FNAME|*", "ann%20%3Ca%3E", "ann%20%3Ca%3E"), ("*|NOSUCH|*", "*|NOSUCH|*", "*|NOSUCH|*"),
        ("*|IF:FNAME|*yes*|ELSE:|*no*|END:IF|*", "yes", "yes"), ("*|IF:EMPTY|*yes*|ELSE:|*no*|END:IF|*", "no", "no"),
        ("*|IFNOT:EMPTY|*yes*|END:IF|*", "yes", "yes"), ("*|IF:AGE>=42|*old*|END:IF|*", "old", "old"),
        ("*|IF:AGE=1|*a*|ELSEIF:AGE=42|*b*|ELSE:|*c*|END:IF|*", "b", "b"),
        ("*|IF:FNAME|*1*|IF:EMPTY|*2*|END:IF|*3*|END:IF|*4", "134", "134"),
        ("*|IF:EMPTY|**|IF:FNAME|*2*|ELSE:|*3*|END:IF|**|END:IF|*4", "4", "4"),
        ("*|INTERESTED:Topics:Wine,Beer|*w*|END:INTERESTED|**|INTERESTED:Topics:Tea|*t*|END:INTERESTED|*", "w", "w"),
        ("*|CURRENT_YEAR|* *|DATE:d/m/Y|*", "2027 15/01/2027", "2027 15/01/2027"),
        ("*|UNSUB|*", "http://x.example/?a=1&amp;b=2", "http://x.example/?a=1&b=2"),
        ("*|IF:FNAME|*never closed", "never closed", "never closed"),
        ("*|END:IF|*stray", "*|END:IF|*stray", "*|END:IF|*stray"),
    ],
)  # fmt: skip
def test_tags_and_blocks_are_filled_for_one_person(text: str, html: str, plain: str) -> None:
    assert fill(text, VALUES, NOW, html=True, groups=GROUPS) == html
    assert fill(text, VALUES, NOW, html=False, groups=GROUPS) == plain
