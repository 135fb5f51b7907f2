"""One process serves and works, and stops when it is asked to."""

import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from listloop.core.errors import NeedsAttention
from listloop.service.serve import listen

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("asking", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_and_stops_in_order_and_in_silence(tmp_path: Path, asking: signal.Signals) -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.service.server", str(tmp_path / "listloop.sqlite")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with urlopen(f"http://127.0.0.1:{port}/", timeout=150) as answer:
            assert answer.read() == b"here"
        process.send_signal(asking)
        said, _ = process.communicate(timeout=150)
    assert (process.returncode, said) == (0, "finished\n")


def test_a_port_in_use_is_named_with_the_next_step() -> None:
    with listen(port=0) as first, pytest.raises(NeedsAttention, match="Choose another port"):
        listen(port=first.getsockname()[1])
