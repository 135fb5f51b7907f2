"""The page of the seams names what there is, and its example runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from listloop.core.side import Audience, Crm, Side

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "seams.md").read_text(encoding="utf-8")
CALLS = sorted({name for seam in (Side, Crm, Audience) for name in vars(seam) if not name.startswith("_")})


@pytest.mark.parametrize("call", CALLS)
def test_every_call_is_on_the_page(call: str) -> None:
    """A call that is added to a seam must be explained."""
    assert re.search(rf"`{call}(\(.*?\))?`", PAGE)


def test_the_example_runs(tmp_path: Path) -> None:
    """The first example is a test file that passes as it stands."""
    example = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
    (tmp_path / "test_acme.py").write_text(example, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "test_acme.py"]
    # Our own page and our own interpreter: nothing comes from outside.
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
