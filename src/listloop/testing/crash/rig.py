"""Both ends as they really are: the sandbox and the commands as processes, and what stands on both sides at the end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from listloop.core.people import Consent, Record
from listloop.crm.local import open_local
from listloop.crm.local.fill import fill
from listloop.settings import Settings
from listloop.store.database import reading
from listloop.store.people import everybody, standings
from listloop.sync.run import run_once
from listloop.testing.world import world
from listloop.wiring import open_listloop, utc_now

#: A key of the right form; the sandbox lets in any such one.
KEY = "0123456789abcdef0123456789abcdef-us1"

COMMAND = (sys.executable, "-W", "error", "-m", "listloop.cli")

#: Seconds after which something that should have come will not come.
PATIENCE = 150.0


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A Mailchimp sandbox in a process of its own."""

    url: str

    def control(self, path: str, body: object = None, method: str = "GET") -> Any:
        """Call ``/_sandbox/<path>``."""
        method = "POST" if body is not None else method
        answer = httpx2.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=60)
        return answer.raise_for_status().json()

    def snapshot(self) -> bytes:
        """Everything that is in it."""
        return httpx2.get(f"{self.url}/_sandbox/snapshot", timeout=60).raise_for_status().content

    def restore(self, saved: bytes) -> None:
        """As it was, with an empty journal and without faults."""
        httpx2.post(f"{self.url}/_sandbox/restore", content=saved, timeout=60).raise_for_status()
        self.control("faults", method="DELETE")
        self.control("journal", method="DELETE")


@contextmanager
def sandbox_process(kind: str = "mailchimp", *words: str) -> Iterator[Sandbox]:
    """A strict one of Mailchimp, or another kind, on a free port; ended at the end."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [
        *COMMAND,
        "sandbox",
        kind,
        "--port",
        str(port),
        *(words or ("--strict",) if kind == "mailchimp" else words),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - our own
        try:
            until = time.monotonic() + PATIENCE
            while not answers(f"http://127.0.0.1:{port}"):
                assert time.monotonic() < until
                time.sleep(0.05)
            yield Sandbox(f"http://127.0.0.1:{port}")
        finally:
            process.kill()


def answers(url: str) -> bool:
    """Whether a server answers there."""
    try:
        httpx2.get(f"{url}/", timeout=5)
    except httpx2.TransportError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Start:
    """Where every journey begins: two filled sides, connected, and nothing written yet."""

    sandbox: Sandbox
    database: Path
    snapshot: bytes

    def again(self, folder: Path) -> Path:
        """Put the sandbox back, and give a database of one's own that is as at the start."""
        shutil.copy(self.database, folder / "own.sqlite")
        with suppress(FileNotFoundError):  # where the environment has the key, there is no file
            shutil.copy(f"{self.database}.key", folder / "own.sqlite.key")
        self.sandbox.restore(self.snapshot)
        return folder / "own.sqlite"


def furnish(sandbox: Sandbox, database: Path, people: int, seed: int) -> Start:
    """Fill both sides with people who overlap and differ, and connect them."""
    made = world(people, seed)
    listloop = open_listloop(Settings(database=str(database)))
    crm = open_local({"database": str(database)})
    try:
        fill(crm.place, made, utc_now())
        sandbox.control("seed", made.seed_sandbox())
        base_url = f"{sandbox.url}/3.0"
        (audience,) = listloop.audiences(KEY, base_url)
        listloop.connect(
            name="Journey",
            crm="local",
            crm_settings={},
            api_key=KEY,
            audience=audience.id,
            base_url=base_url,
            consent=Consent.SUBSCRIBED,
        )
    finally:
        crm.close()
        listloop.close()
    return Start(sandbox, database, sandbox.snapshot())


def sync(database: Path) -> subprocess.Popen[str]:
    """``listloop sync --yes``, as a process."""
    environment = {**os.environ, "LISTLOOP_DATABASE": str(database)}
    return subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "sync", "--yes"], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def kill(process: subprocess.Popen[str]) -> None:
    """End it at once, without a chance to tidy up."""
    process.send_signal(signal.SIGKILL)
    process.wait()


@dataclass(frozen=True, slots=True)
class End:
    """What stands on both sides, without keys and times, which differ between two runs of the same."""

    members: Counter[str]
    people: Counter[str]
    pairs: Counter[str]
    standings: dict[str, int]
    writes_of_one_more_run: int


def end(database: Path) -> End:
    """Look at both sides and at what Listloop knows, then let it run once more."""
    listloop = open_listloop(Settings(database=str(database)))
    try:
        with listloop.sync(1) as work:
            members = [one for page in work.audience.changes(None) for one in page.records]
            people = [one for page in work.crm.changes(None) for one in page.records]
            with reading(listloop.engine).begin() as db:
                pairs = [(one.crm, one.mailchimp, one.standing, one.rule) for one in everybody(db, 1)]
                counts = standings(db, 1)
            again = run_once(work, "command")
        keys = {one.email.casefold(): one.key for one in members}
        for one in people:
            assert not one.mailchimp_id or keys.get(one.email.casefold()) == one.mailchimp_id, one
        return End(
            Counter(map(shown, members)),
            Counter(map(shown, people)),
            Counter(f"{shown(crm)} = {shown(member)}: {standing} {rule}" for crm, member, standing, rule in pairs),
            counts,
            sum(again.counts.get(f"{side}_{what}", 0) for side in ("crm", "mailchimp") for what in ("done", "refused")),
        )
    finally:
        listloop.close()


def shown(record: Record | None) -> str:
    """All of a record that two runs of the same must agree on."""
    if record is None:
        return "nobody"
    fields = {name: value for name, value in sorted(record.person.fields.items()) if value}
    labels = sorted(record.person.labels)
    return f"{record.email} {record.kind} {record.person.consent} {record.takes_part} {fields} {labels}"
