"""The page on the API lists every call, and the how-to's examples do what they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from listloop.store.database import create_all, open_database
from listloop.store.search import prepare_search
from listloop.store.tokens import SCOPES
from listloop.web.api.description import description
from listloop.web.app import make_app
from tests.conftest import NOT_RUN
from tests.docs.pages import ROOT, blocks
from tests.docs.printed import compare, row
from tests.web.pressed import Pressed
from tests.web.results import fill_results
from tests.web.server import serving
from tests.web.set_up import KEY, SetUpAlone
from tests.web.tokens import WHO, token_of
from tests.web.world import fill, services

HOW_TO = (ROOT / "docs" / "how-to" / "use-the-api.md").read_text()


def test_the_page_lists_every_call() -> None:
    lines = [row("call", "does", "scope", "role"), row("---", "---", "---", "---")]
    for path, calls in description()["paths"].items():
        for method, call in calls.items():
            does = re.sub(r"\s+", " ", call["description"])
            lines.append(row(f"`{method.upper()} {path}`", does, call["x-scope"], call["x-role"]))
    scopes = [row("scope", "to"), row("---", "---")] + [row(scope, what) for scope, what in SCOPES.items()]
    compare("api.md", "listloop.web.api.description", "\n".join([*scopes, "", *lines]))


@pytest.fixture
def environment(tmp_path: Path, pressed: Pressed) -> Iterator[dict[str, str]]:
    engine = open_database(tmp_path / "listloop.sqlite")
    create_all(engine)
    prepare_search(engine)
    fill_results(engine, fill(engine).elena)
    with serving(make_app(services(engine, pressed, setup=SetUpAlone(engine, pressed)))) as url:
        known = {"LISTLOOP_URL": url, "LISTLOOP_TOKEN": token_of(engine), "MAILCHIMP_API_KEY": KEY}
        yield {**os.environ, "PYTHONUTF8": "1", **known}
    engine.dispose()


@pytest.fixture
def pressed() -> Pressed:
    return Pressed()


def test_the_example_in_python_prints_everybody_who_waits(environment: dict[str, str]) -> None:
    example, _ = blocks(HOW_TO, "python")
    ran = subprocess.run([sys.executable, "-c", example], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.splitlines()) == 6
    assert "0@news.example: planned" in ran.stdout


def test_the_example_in_python_makes_a_connection(environment: dict[str, str], pressed: Pressed) -> None:
    _, example = blocks(HOW_TO, "python")
    ran = subprocess.run([sys.executable, "-c", example], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "first_name goes with FNAME" in ran.stdout
    assert [one[0] for one in pressed.calls] == ["begin", "save", "sync_now"]


def test_the_examples_with_curl_work(environment: dict[str, str], tmp_path: Path, pressed: Pressed) -> None:
    if not (shutil.which("curl") and shutil.which("bash")):
        pytest.skip(f"{NOT_RUN}curl or bash")
    examples = blocks(HOW_TO, "bash")
    said = [
        subprocess.run(
            ["bash", "-e", "-c", one],  # noqa: S607 - found above
            env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
        )
        for one in examples
    ]  # fmt: skip
    assert [one.returncode for one in said] == [0] * len(examples), said
    look, _ask, follow, write, change = (one.stdout for one in said)
    assert '"standing":"failed"' in look
    assert '"average":{' in follow
    assert '"name":"Keen"' in follow
    assert '"ready":true' in write
    assert write.count('"state":"sending"') == 2
    assert len((tmp_path / "clicked.csv").read_text().splitlines()) == 2
    assert '"name":"Ada Lovelace"' in change
    assert change.endswith('{"items":[]}')
    assert [one[0] for one in pressed.calls] == ["sync_now", "results_now", "runs", "results"]
    assert pressed.calls[0] == ("sync_now", 1, WHO)
