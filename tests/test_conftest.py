import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.parametrize(("ci", "code"), [("false", pytest.ExitCode.OK), ("true", pytest.ExitCode.TESTS_FAILED)])
def test_what_is_missing_is_named_with_its_install_line_and_fails_where_ci_is_true(ci: str, code: int) -> None:
    machine = os.environ | {"CI": ci, "PATH": "/nowhere", "CHROMIUM": "", "PLAYWRIGHT_BROWSERS_PATH": "/nowhere"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/provision/test_browser.py"],
        cwd=ROOT,
        env=machine,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-2:-1] == [
        "2 tests, for want of Chromium: .venv/bin/python -m playwright install chromium"
    ]
    assert done.returncode == code
