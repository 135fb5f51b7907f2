"""Asks a suite for its verdict on a side without pytest's collection: which promises does it break?"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from listloop.testing.side.suite import SideTests


def broken_promises(suite: type[SideTests], make: Callable[[], Any]) -> set[str]:
    """The names of the tests that fail; ``make`` gives a new, empty side, with its hands, for each of them.

    A promise about something that the side says it can't do is not broken.
    """
    return {name for name in dir(suite) if name.startswith("test_") and not keeps(suite, name, make())}


def keeps(suite: type[SideTests], name: str, side: Any) -> bool:
    """Does a new, empty side, which is its own hands, keep the promise of this name?"""
    tests = suite()
    tests.three_pages = 25
    test = getattr(tests, name)
    given = {"side": side, "hands": side}
    try:
        test(**{one: given[one] for one in inspect.signature(test).parameters})
    except pytest.skip.Exception:
        return True
    except Exception:  # noqa: BLE001  # whatever is raised, the test would be red
        return False
    return True
