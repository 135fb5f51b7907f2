import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from listloop.sandbox import record, standin
from listloop.sandbox.clock import Clock
from listloop.sandbox.mailchimp.server import start
from tests.sandbox.api import KEY, NOW, Api

ANN = "ann@acme.example"
KILLED = """
import os, signal, sys
from pathlib import Path
from listloop.sandbox.mailchimp.server import start
with start(data=Path(sys.argv[1])) as server:
    server.control("seed", {"lists": [{"name": "News", "members": [{"email": "ann@acme.example"}]}]})
    server.control("people/unsubscribe", {"email": "ann@acme.example"})
    os.kill(os.getpid(), signal.SIGKILL)
"""


def story(api: Api) -> None:
    api.seed({"email_address": ANN, "tags": ["vip"]})
    api.switch("since_inclusive", False)
    api.call("POST", "webhooks", {"url": "http://127.0.0.1:9/", "events": {"profile": "yes"}})
    api.ok("POST", "members", {"email_address": "bob@acme.example", "status": "subscribed"})
    api.act("unsubscribe", ANN)
    api.ok(
        "POST",
        "/batches",
        {"operations": [{"method": "DELETE", "path": f"lists/{api.list_id}/members/bob@acme.example"}]},
    )
    api.step(60)
    api.ok("POST", "members", {"email_address": "cy@acme.example", "status": "pending"})
    api.call("POST", "members", {"email_address": "dee@acme.example", "status": "pending"}, unknown="1")


def look(api: Api) -> list[Any]:
    switches = api.server.control("switches")
    return [
        api.get("members", count=1000),
        api.get("segments"),
        api.get("/batches"),
        switches,
        api.server.control("clock"),
    ]


def test_a_restarted_server_answers_as_before(tmp_path: Path) -> None:
    """Twice: once from the recorded requests, once from the snapshot that then took their place."""
    seen = []
    port = 0
    for round_number in range(3):
        clock = Clock(frozen=NOW)
        with (
            start(data=tmp_path / "state", clock=clock, port=port) as server,
            httpx2.Client(base_url=server.url, auth=("x", KEY)) as client,
        ):
            api = Api(server, client)
            port = int(server.url.rpartition(":")[2])
            if round_number == 0:
                story(api)
            else:
                api.seed()
            seen.append(look(api))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0]["total_items"] == 3


def test_nothing_that_was_answered_is_lost_by_a_kill(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path / "state")]
    killed = subprocess.run(command, check=False)
    assert killed.returncode == -signal.SIGKILL
    with start(data=tmp_path / "state") as server, httpx2.Client(base_url=server.url, auth=("x", KEY)) as client:
        api = Api(server, client)
        api.seed()
        assert api.member(ANN)["status"] == "unsubscribed"


def test_credentials_are_not_in_the_file(tmp_path: Path) -> None:
    with start(data=tmp_path / "state") as server, httpx2.Client(base_url=server.url, auth=("x", KEY)) as client:
        Api(server, client).seed()
        client.post("/3.0/lists", json={}, headers={"Authorization": f"Bearer {KEY}"})
    for file in tmp_path.iterdir():
        assert KEY.encode() not in file.read_bytes()


def test_a_file_that_is_no_sandbox_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("something else" * 1000)
    with pytest.raises(Exception, match="not a database"), start(data=tmp_path / "state"):
        pass


def test_a_state_of_many_pieces_is_read_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "PIECE", 100)
    people = [{"email": f"p{number}@acme.example"} for number in range(2_000)]
    seen: list[Any] = []
    for _ in range(3):
        with (
            start(data=tmp_path / "state", clock=Clock(frozen=NOW)) as server,
            httpx2.Client(base_url=server.url, auth=("x", KEY)) as client,
        ):
            api = Api(server, client)
            api.seed(*([] if seen else people))
            seen.append(api.get("members", count=1000, fields="members.id,members.contact_id,total_items"))
    assert seen[0] == seen[1] == seen[2]
    with sqlite3.connect(tmp_path / "state") as database:
        assert database.execute("SELECT count(*) FROM snapshot").fetchone()[0] > 3
    database.close()


def test_a_file_of_an_older_layout_is_refused_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(standin, "LAYOUT", 1)
        for _ in range(2):
            with start(data=tmp_path / "state"):
                pass
    with pytest.raises(ValueError, match="start a new one"), start(data=tmp_path / "state"):
        pass
