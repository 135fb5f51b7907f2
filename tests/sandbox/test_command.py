"""`listloop sandbox mailchimp`, as a person starts it."""

import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.sandbox.api import KEY

COMMAND = [sys.executable, "-m", "listloop.cli", "sandbox", "mailchimp", "--port", "0"]


@pytest.mark.slow
def test_it_starts_with_believable_people_a_key_and_a_frozen_clock(tmp_path: Path) -> None:
    options = ["--people", "60", "--key", KEY, "--clock", "2027-01-15T08:00", "--data", str(tmp_path / "state")]
    counts = []
    for _ in range(2):  # the second time the people are in the file
        process = subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, text=True, env={"COLUMNS": "200"})
        try:
            assert process.stdout is not None
            address = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert address is not None
            with httpx2.Client(base_url=address[0]) as client:
                assert client.get("/_sandbox/clock").json()["now"] == "2027-01-15T08:00:00+00:00"
                lists = client.get("/3.0/lists", auth=("x", KEY), params={"include_total_contacts": "true"}).json()
                assert client.get("/3.0/ping", auth=("x", "f" * 32 + "-us1")).status_code == 401
            counts.append([one["stats"]["total_contacts"] for one in lists["lists"]])
        finally:
            process.terminate()
            process.communicate(timeout=150)
    assert counts[0] == counts[1]
    assert 20 < counts[0][0] <= 60


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--key", "x"], "no API key"), (["--clock", "soon"], "is no time"), (["--spec", "/nosuch"], "can't be read"),
        (["--data", __file__], "can't be used"), (["--spec", __file__], "no API description"),
    ],
)  # fmt: skip
def test_a_wrong_option_says_what_to_do(options: list[str], why: str) -> None:
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, check=False, env={"COLUMNS": "200"})
    assert done.returncode != 0
    assert why in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
