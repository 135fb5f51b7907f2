"""Reading page by page over a list that others change skips nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listloop.core.errors import TryLater
from listloop.mailchimp.client import Param
from listloop.mailchimp.payloads import Member, MemberPage
from listloop.mailchimp.walk import Place, Step, earlier, walk

PAGE = 10
BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(seconds: int) -> str:
    return (BEGIN + timedelta(seconds=seconds)).isoformat(timespec="seconds")


@dataclass
class LivingList:
    """Mailchimp's list of members: ordered by last change, paged by offset, without any snapshot."""

    rows: dict[str, int] = field(default_factory=dict)
    inclusive: bool = True
    asked: list[dict[str, Param]] = field(default_factory=list)

    def ask(self, params: dict[str, Param]) -> tuple[MemberPage, str]:
        self.asked.append(params)
        since, offset = str(params["since_last_changed"] or ""), int(params["offset"] or 0)
        ordered = sorted(self.rows.items(), key=lambda row: row[1])
        found = [
            Member(contact_id=key, last_changed=at(moment))
            for key, moment in ordered
            if at(moment) > since or (self.inclusive and at(moment) == since)
        ]
        return MemberPage(found[offset : offset + PAGE], len(found)), at(10_000)

    @property
    def now(self) -> int:
        return max(self.rows.values(), default=0) + 1


def read(steps: Iterator[Step]) -> list[str]:
    return [row.contact_id for step in steps for row in step.rows]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listloop.mailchimp.walk.OVERLAP", 3)
    monkeypatch.setattr("listloop.mailchimp.walk.STEP_BACK", 4)


@pytest.mark.parametrize("inclusive", [True, False])
def test_everybody_is_read_once_from_a_quiet_list(inclusive: bool) -> None:
    """Whether or not the lower bound itself is included, which is not documented."""
    living = LivingList({f"m{number}": number // 3 for number in range(47)}, inclusive)
    assert read(walk(living.ask)) == list(living.rows)


def test_an_empty_list_is_one_step_that_ends() -> None:
    assert [(step.rows, step.end) for step in walk(LivingList().ask)] == [([], True)]


def test_a_walk_goes_by_time_so_that_deep_offsets_are_not_needed() -> None:
    living = LivingList({f"m{number}": number for number in range(50)})
    read(walk(living.ask))
    assert not any(params["offset"] for params in living.asked)


def test_thousands_in_one_second_are_read_by_offset() -> None:
    """A bulk import gives many rows the same second; by time alone the walk would stand still."""
    living = LivingList({f"m{number:03}": 5 for number in range(95)})
    assert read(walk(living.ask)) == list(living.rows)
    assert len(living.asked) <= 95 / (PAGE - 3) + 1


def test_rows_that_move_up_over_the_edge_of_a_page_are_not_skipped() -> None:
    """Eight of the ten rows just read change and go to the end; the next offset alone would miss five."""
    living = LivingList({f"m{number:03}": 5 for number in range(60)})
    seen = set[str]()
    for number, step in enumerate(walk(living.ask)):
        seen |= {row.contact_id for row in step.rows}
        if number == 1:
            living.rows |= {row.contact_id: 9 for row in step.rows[:8]}
    assert seen == living.rows.keys()


def test_a_first_walk_has_no_lower_bound() -> None:
    """A very old one was seen to hang."""
    living = LivingList({"m": 1})
    read(walk(living.ask))
    assert living.asked[0]["since_last_changed"] is None


class Change(msgspec.Struct, frozen=True):
    """What happens between two pages: some rows move to the end, some vanish, some are new."""

    touched: tuple[int, ...] = ()
    deleted: tuple[int, ...] = ()
    new: int = 0


numbers = st.lists(st.integers(0, 59), max_size=12).map(tuple)
histories = st.lists(st.builds(Change, touched=numbers, deleted=numbers, new=st.integers(0, 3)), max_size=12)
moments = st.lists(st.integers(0, 8), min_size=1, max_size=60) | st.lists(
    st.sampled_from([0, 3]), min_size=25, max_size=60
)


@given(moments=moments, history=histories, inclusive=st.booleans())
def test_who_stays_in_the_list_is_read_whatever_others_do(
    moments: list[int], history: list[Change], inclusive: bool
) -> None:
    living = LivingList({f"m{number}": moment for number, moment in enumerate(moments)}, inclusive)
    stays, seen, changes = set(living.rows), set[str](), iter(history)
    for step in walk(living.ask):
        seen |= {row.contact_id for row in step.rows}
        apply(living, next(changes, Change()))
        stays &= living.rows.keys()
    assert stays <= seen


@given(moments=moments, history=histories, broken=st.integers(0, 6))
def test_a_walk_can_be_resumed_from_each_step(moments: list[int], history: list[Change], broken: int) -> None:
    """From the place of a step, in another process, after the list went on changing."""
    living = LivingList({f"m{number}": moment for number, moment in enumerate(moments)})
    stays, seen, changes, place = set(living.rows), set[str](), iter(history), Place()
    for number, step in enumerate(walk(living.ask)):
        seen |= {row.contact_id for row in step.rows}
        place = msgspec.json.decode(msgspec.json.encode(step.place), type=Place)
        apply(living, next(changes, Change()))
        stays &= living.rows.keys()
        if number == broken or step.end:
            break
    for step in walk(living.ask, place):
        seen |= {row.contact_id for row in step.rows}
        apply(living, next(changes, Change()))
        stays &= living.rows.keys()
    assert stays <= seen


def apply(living: LivingList, change: Change) -> None:
    for number in change.touched:
        if f"m{number}" in living.rows:
            living.rows[f"m{number}"] = living.now
    for number in change.deleted:
        living.rows.pop(f"m{number}", None)
    for number in range(change.new):
        living.rows[f"n{living.now}-{number}"] = living.now


def test_rows_that_are_counted_and_not_shown_are_not_taken_for_the_end() -> None:
    with pytest.raises(TryLater):
        list(walk(lambda _: (MemberPage([], 7), "")))


def test_a_short_page_is_not_the_end() -> None:
    """A page may have fewer rows than asked for; only the total tells the end."""
    living = LivingList({f"m{number}": number for number in range(25)})

    def short(params: dict[str, Param]) -> tuple[MemberPage, str]:
        page, date = living.ask(params)
        return (MemberPage(page.members[:5], page.total_items), date) if len(living.asked) == 1 else (page, date)

    assert set(read(walk(short))) == set(living.rows)


def test_earlier_counts_back_in_mailchimps_form() -> None:
    assert earlier("2026-03-01T12:00:00+00:00", seconds=1) == "2026-03-01T11:59:59+00:00"
