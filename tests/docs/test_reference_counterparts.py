"""Whatever the command line and the pages do, the API does, or it says why not."""

from __future__ import annotations

from fastapi.routing import APIRoute

from listloop.web.api.description import routes
from listloop.web.app import AREAS
from tests.docs.commands import commands
from tests.docs.counterparts import COMMANDS, FORMS, ONLY_COMMANDS, ONLY_FORMS
from tests.docs.printed import compare, row

CALLS = {route.name: f"{min(route.methods or ())} {route.path}" for route in routes()}


def forms() -> set[str]:
    """The addresses to which forms of the pages are posted."""
    found = [route for area in AREAS for route in area.router.routes if isinstance(route, APIRoute)]
    return {one.path for one in found if "POST" in (one.methods or ()) and not one.path.startswith("/api/")}


def excepted(path: str) -> bool:
    return any(path == start or (start.endswith(("/", "-", "you")) and path.startswith(start)) for start in ONLY_FORMS)


def test_every_command_has_its_call_or_a_reason() -> None:
    there = {" ".join(words) for words, _ in commands()}
    assert there - COMMANDS.keys() - ONLY_COMMANDS.keys() == set(), "enter it in tests/docs/counterparts.py"
    assert (COMMANDS.keys() | ONLY_COMMANDS.keys()) - there == set()


def test_every_form_of_the_pages_has_its_call_or_a_reason() -> None:
    there = {path for path in forms() if not excepted(path)}
    assert there - FORMS.keys() == set(), "enter it in tests/docs/counterparts.py"
    assert FORMS.keys() - there == set()


def test_every_call_that_is_named_is_there() -> None:
    assert {*COMMANDS.values(), *FORMS.values()} - CALLS.keys() == set()


def test_the_page_lists_what_does_the_same_and_what_is_left_out() -> None:
    lines = [row("command", "call"), row("---", "---")]
    lines += [row(f"`listloop {one}`", f"`{CALLS[call]}`") for one, call in COMMANDS.items()]
    lines += ["", "Not over the API:", "", row("command or form", "why"), row("---", "---")]
    lines += [row(f"`listloop {one}`", why) for one, why in ONLY_COMMANDS.items()]
    lines += [row(f"`{one}…`", why) for one, why in ONLY_FORMS.items()]
    compare("api-counterparts.md", "tests.docs.counterparts", "\n".join(lines))
