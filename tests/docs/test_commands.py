"""What a reader is told to type exists."""

import shlex

import pytest

from listloop.cli.main import app
from tests.docs.pages import PAGES, ROOT, blocks
from tests.run_script import load

COMMANDS = load().COMMANDS
TYPED = [
    pytest.param(shlex.split(line, comments=True), id=f"{page.relative_to(ROOT)}: {line}")
    for page in PAGES
    for block in blocks(page.read_text(), "sh")
    for line in block.splitlines()
    if line.startswith("./run ")
]


@pytest.mark.parametrize("words", TYPED)
def test_a_command_in_an_sh_block_is_one_of_run_s(words: list[str]) -> None:
    assert words[1] in COMMANDS
    if words[1] == "test":
        for argument in words[2:]:
            assert not argument.startswith("tests/") or (ROOT / argument).exists(), argument


@pytest.mark.parametrize("words", TYPED)
def test_what_an_sh_block_tells_listloop_is_understood(words: list[str]) -> None:
    """The command exists, and takes these options; nothing is run."""
    given = {"listloop": words[2:], "demo": words[1:]}.get(words[1])
    if given:
        app.parse_args(given, exit_on_error=False, print_error=False)


def test_the_reference_lists_every_command_of_run() -> None:
    reference = (ROOT / "docs" / "reference" / "run.md").read_text()
    assert [name for name in COMMANDS if f"| `./run {name}` |" not in reference] == []
