"""Several calls at once, results as they come; the client's budget decides how many really run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def pooled(call: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    """``call`` of every item, in any order. The first error is raised, and what has not begun is dropped."""
    todo = list(items)
    if len(todo) <= 1:
        yield from map(call, todo)
        return
    pool = ThreadPoolExecutor(min(workers, len(todo)), thread_name_prefix="mailchimp")
    try:
        for done in as_completed([pool.submit(call, item) for item in todo]):
            yield done.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
