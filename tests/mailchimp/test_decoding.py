"""One decoder is made at a time: two threads that make one for the same class at once would end the process."""

from __future__ import annotations

import threading
import time
from typing import Any

import msgspec
import pytest

from listloop.mailchimp import decoding
from listloop.store import codec


class Part(msgspec.Struct):
    """Seen by nobody before."""

    name: str = ""


@pytest.mark.parametrize("module", [decoding, codec])
def test_decoders_are_never_made_at_once(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    making, most = 0, 0
    real = msgspec.json.Decoder

    def slow(kind: Any) -> Any:
        nonlocal making, most
        making += 1
        most = max(most, making)
        time.sleep(0.01)
        making -= 1
        return real(kind)

    monkeypatch.setattr(msgspec.json, "Decoder", slow)
    read = decoding.decode if module is decoding else (lambda content, kind: codec.decode(kind, content))
    threads = [
        threading.Thread(target=read, args=("[]", list[Part] if n % 2 else dict[str, Part] | list[Part]))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert read('[{"name": "x"}]', list[Part]) == [Part("x")]
