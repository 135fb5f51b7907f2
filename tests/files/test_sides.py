"""Files answer as sides do, and refuse to be written."""

from __future__ import annotations

from functools import partial

import pytest

from listloop.core.errors import NeedsAttention
from listloop.core.people import Patch
from listloop.core.side import Change
from listloop.files.sides import FileSide
from listloop.testing.builders import record
from tests.files.exports import members


def side(count: int = 0) -> FileSide:
    found = members()
    if not count:
        return FileSide("f", found.can, found.schema(), found.records, 6)
    some = [record(str(number), f"p{number}@x.example") for number in range(count)]
    return FileSide("f", found.can, found.schema(), lambda: iter(some), count)


@pytest.mark.parametrize("count", [1, 999, 1000, 1001, 2000])
def test_everybody_is_read_once_and_reading_resumes_at_any_page(count: int) -> None:
    pages = list(side(count).changes(None))
    assert [one.key for page in pages for one in page.records] == [str(number) for number in range(count)]
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    rest = [one.key for page in side(count).changes(pages[0].cursor) for one in page.records]
    assert rest == [str(number) for number in range(len(pages[0].records), count)]


def test_people_are_found_by_key_and_by_address() -> None:
    assert [one.name for one in side().fetch(["aaaaaaaa02", "nobody"])] == ["Bob Stone"]
    assert [one.name for one in side().find(["ada@ANALYTICAL.example"])] == ["Ada King"]
    assert list(side().fetch([])) == []
    assert len(list(side().keys())) == 6


def test_nothing_is_written_to_a_file() -> None:
    here = side()
    for refused in (
        partial(here.write, [Change("a", None, Patch(email="a@x.example"))]),
        partial(here.prepare, here.schema()),
        partial(here.append, []),
        partial(here.make_group, "x", []),
    ):
        with pytest.raises(NeedsAttention, match="only read"):
            refused()
