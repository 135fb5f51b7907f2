"""The same histories over HTTP to the sandbox, with the built-in CRM on a database."""

from __future__ import annotations

import os

import pytest

from listloop.testing.simulation.__main__ import main

#: More of them in a continuous build, which has the time.
MANY = "100" if os.environ.get("CI") else "6"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_histories_over_http_break_no_promise(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--http", "--histories", MANY, "--seed", "100"]) == 0
    assert f"{MANY} histories, 0 broken promises" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_histories_over_http_with_sage_crm_break_no_promise(capsys: pytest.CaptureFixture[str]) -> None:
    """Both ends over HTTP: Sage CRM's stand-in in the place of the built-in CRM."""
    many = "8" if os.environ.get("CI") else "2"
    assert main(["--http", "--crm", "sagecrm", "--histories", many, "--seed", "300"]) == 0
    assert f"{many} histories, 0 broken promises" in capsys.readouterr().out
