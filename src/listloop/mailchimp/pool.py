"""Several calls at once; the client's budget decides how many really run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def pooled(call: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    """``call`` of every item, in any order. The first error is raised last, and what has not begun is dropped.

    Each worker takes the next item by itself: waking the caller for every result costs as much as a small call.
    """
    todo = deque(items)
    if len(todo) <= 1:
        yield from map(call, todo)
        return
    results: list[R] = []
    errors: list[BaseException] = []

    def work() -> None:
        while todo and not errors:
            try:
                item = todo.popleft()
            except IndexError:  # another worker was faster
                return
            try:
                results.append(call(item))
            except BaseException as error:  # noqa: BLE001 - raised by the caller, whatever it is
                errors.append(error)

    workers = min(workers, len(todo))
    try:
        with ThreadPoolExecutor(workers, thread_name_prefix="mailchimp") as pool:
            for _ in range(workers):
                pool.submit(work)
    finally:
        todo.clear()
    yield from results
    if errors:
        raise errors[0]
