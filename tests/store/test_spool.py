"""The spool: what was taken stays until it is cleared, through a crash, for its owner only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from listloop.store.database import open_database
from listloop.store.spool import Spool, spool_beside


def test_what_was_put_is_found_again_by_the_next_process(tmp_path: Path) -> None:
    first = Spool(tmp_path / "spool")
    first.put("a", ("ann@m.example", "anna@m.example"))
    first.put("b", ())
    second = Spool(tmp_path / "spool")  # the first one was never closed
    assert [(one.webhook, one.addresses) for one in second.take()] == [
        ("a", ("ann@m.example", "anna@m.example")),
        ("b", ()),
    ]
    first.close()
    second.close()


def test_what_comes_while_others_are_carried_over_stays(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.put("a", ("ann@m.example",))
    taken = spool.take()
    spool.put("a", ("bob@m.example",))
    spool.clear(taken)
    assert [one.addresses for one in spool.take()] == [("bob@m.example",)]
    spool.close()


@pytest.mark.skipif(os.name != "posix", reason="rights of files are those of their folder elsewhere")
def test_others_of_the_machine_can_not_read_it(tmp_path: Path) -> None:
    spool = spool_beside(open_database(tmp_path / "listloop.sqlite"))
    assert spool is not None
    spool.put("a", ("ann@m.example",))
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
    spool.close()
