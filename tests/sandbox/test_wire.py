from collections.abc import Callable

import pytest

from listloop.sandbox.wire import Route, Router, WrongMethodError


def named(name: str) -> Callable[[], str]:
    return lambda: name


ROUTER = Router([
    Route("GET", "/a", named("all")), Route("POST", "/a", named("make")), Route("GET", "/a/first", named("first")),
    Route("GET", "/a/{key}", named("one")),
])  # fmt: skip


def test_a_path_finds_its_route_and_decodes_its_parts() -> None:
    route, args = ROUTER.find("GET", "/a/x%40y%2Fz/")
    assert (route.handler(), args) == ("one", {"key": "x@y/z"})


def test_a_fixed_part_listed_first_wins_over_a_placeholder() -> None:
    assert ROUTER.find("GET", "/a/first")[0].handler() == "first"


def test_an_unknown_path_and_a_wrong_method_are_told_apart() -> None:
    with pytest.raises(LookupError):
        ROUTER.find("GET", "/b")
    with pytest.raises(LookupError):
        ROUTER.find("GET", "/a/b/c")
    with pytest.raises(WrongMethodError) as wrong:
        ROUTER.find("PUT", "/a")
    assert wrong.value.allow == "GET, POST"
