"""Who is meant by what they did: the parts of a question go together, or it is refused with what to say instead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from listloop.core.crowd import OTHERS, Did, Term, asked, read_chosen, shown
from listloop.core.errors import NeedsAttention
from listloop.core.facts import in_utc

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("did", "parts"),
    [
        (Did.OPENED, {"link": "https://shop.example/"}),
        (Did.COMPLAINED, {"why": "Too many"}),
        (Did.OPENED, {"why": ""}),
        (Did.NOT_OPENED, {"since": NOON}),
        (Did.SENT, {"until": NOON}),
    ],
)
def test_what_does_not_go_together_is_refused(did: Did, parts: dict[str, str]) -> None:
    with pytest.raises(NeedsAttention) as refused:
        asked(did, 12, **parts)  # type: ignore[arg-type]  # one of its parts
    assert refused.value.code == "who-unclear"


def test_a_domain_is_read_as_people_write_it() -> None:
    assert asked(Did.SENT, 12, domain=" @Acme.Example").domain == "acme.example"
    assert asked(Did.SENT, 12, domain=OTHERS).domain == OTHERS


def test_what_a_group_can_not_ask_is_known() -> None:
    """Such a list of people gets no button that would make a group of more people."""
    assert not Term(Did.CLICKED, 12, "https://shop.example/").narrowed
    assert all(
        asked(Did.UNSUBSCRIBED, 12, **one).narrowed
        for one in ({"domain": "a.example"}, {"why": ""}, {"since": NOON}, {"until": NOON})
    )


def test_words_are_read_as_they_are_shown() -> None:
    text = "left 12 and opened 11 or clicked 12 https://shop.example/new"
    assert shown(read_chosen(text)) == text


def test_a_moment_that_is_asked_for_is_in_utc_and_exists() -> None:
    first, last = datetime(1, 1, 1), datetime(9999, 12, 31, 23)  # noqa: DTZ001 - as people type it
    far = timedelta(hours=14)
    assert in_utc(None) is None
    assert in_utc(first) == first.replace(tzinfo=UTC)
    assert in_utc(first.replace(tzinfo=timezone(far))) == first.replace(tzinfo=UTC)
    assert in_utc(last.replace(tzinfo=timezone(-far))) == datetime.max.replace(tzinfo=UTC)
    assert in_utc(NOON.astimezone(timezone(far))) == NOON
