"""Secrets: names to values that are encrypted at rest; shown to nobody, not even in a ``repr``.

The key is in the environment (``LISTLOOP_KEY``) or in a file beside the SQLite database. Several keys may be given:
the first encrypts, all decrypt; ``rotate`` encrypts everything anew with the first, after which the others can go.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Connection, Engine, delete, select, update

from listloop.core.errors import NeedsAttention
from listloop.store.bulk import upsert
from listloop.store.database import reading
from listloop.store.installation import secrets

VARIABLE = "LISTLOOP_KEY"


class Secrets:
    """The secrets of one database; ``keys`` as ``find_keys`` gives them.

    ``again`` gives them anew: asked when a secret can't be read, since a key may have been added since the start.
    """

    def __init__(self, engine: Engine, keys: list[str], again: Callable[[], list[str]] | None = None) -> None:
        self._engine = engine
        self._keys = keys
        self._again = again
        self._cipher = MultiFernet([_fernet(key) for key in keys])

    def put(self, name: str, value: str, now: datetime) -> None:
        """Store or replace a secret; names look like ``connection/3/mailchimp-key``."""
        row = {"name": name, "ciphertext": self._cipher.encrypt(value.encode()), "changed_at": now}
        with self._engine.begin() as transaction:
            upsert(transaction, secrets, [row], ("name",))

    def get(self, name: str) -> str:
        """The value. Raises NeedsAttention where there is none or the key is not the one it was encrypted with."""
        with reading(self._engine).connect() as db:
            ciphertext = db.execute(select(secrets.c.ciphertext).where(secrets.c.name == name)).scalar()
        if ciphertext is None:
            raise NeedsAttention(
                f"Nothing is stored under “{name}”.",
                "Enter it again; “listloop key” takes a Mailchimp key.",
                code="secret-missing",
            )
        return self._decrypt(name, ciphertext)

    def delete(self, name: str) -> None:
        """Forget a secret; no error where there is none."""
        with self._engine.begin() as transaction:
            transaction.execute(delete(secrets).where(secrets.c.name == name))

    def forget(self, transaction: Connection, name: str) -> None:
        """As ``delete``, in the caller's transaction."""
        transaction.execute(delete(secrets).where(secrets.c.name == name))

    def names(self) -> list[str]:
        """The names of all secrets, sorted."""
        with reading(self._engine).connect() as db:
            return list(db.execute(select(secrets.c.name).order_by(secrets.c.name)).scalars())

    def rotate(self) -> int:
        """Encrypt all secrets with the first key, in one transaction; how many there are. Raises as ``get`` does."""
        with self._engine.begin() as transaction:
            rows = transaction.execute(select(secrets.c.name, secrets.c.ciphertext).with_for_update()).all()
            for name, ciphertext in rows:
                fresh = self._cipher.encrypt(self._decrypt(name, ciphertext).encode())
                transaction.execute(update(secrets).where(secrets.c.name == name).values(ciphertext=fresh))
        return len(rows)

    def _decrypt(self, name: str, ciphertext: bytes) -> str:
        try:
            return self._cipher.decrypt(ciphertext).decode()
        except InvalidToken:
            pass
        keys = self._keys if self._again is None else self._again()
        if keys != self._keys:
            self._keys = keys
            self._cipher = MultiFernet([_fernet(key) for key in keys])
            return self._decrypt(name, ciphertext)
        raise NeedsAttention(
            f"“{name}” cannot be read: it was encrypted with another key than the one in use.",
            f"Put back the key file or the value of {VARIABLE} that was in use before, or enter the secret again.",
            code="key-wrong",
        )


def find_keys(engine: Engine, environment: Mapping[str, str] = os.environ) -> list[str]:
    """The keys, newest first: from the environment, separated by commas, else from the key file, one to a line.

    The file lies beside the SQLite database, named as it with ``.key`` added, and is made on first use, readable by its
    owner only. Raises NeedsAttention for PostgreSQL without the variable: several machines need the same key.
    """
    given = environment.get(VARIABLE, "").replace(",", " ").split()
    if given:
        return given
    if engine.dialect.name != "sqlite" or not engine.url.database:
        raise NeedsAttention(
            f"The key that encrypts stored passwords is not set: {VARIABLE} is empty.",
            f"Set {VARIABLE} to the same value on all machines; make one with: "
            'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"',
            code="key-missing",
        )
    path = Path(f"{engine.url.database}.key")
    if not path.exists():
        _make(path)
    keys = path.read_text().split()
    if not keys:
        raise NeedsAttention(f"The key file {path} is empty.", "Put back the file that was there.", code="key-wrong")
    return keys


def add_key(engine: Engine, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Put a new key before those in the key file; None, and nothing is done, where the environment has the keys."""
    keys = find_keys(engine, environment)
    if environment.get(VARIABLE, "").strip():
        return None
    path = Path(f"{engine.url.database}.key")
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w") as file:
        file.write("\n".join([Fernet.generate_key().decode(), *keys]) + "\n")
    Path(aside).replace(path)
    return path


def _make(path: Path) -> None:
    # Written aside and linked into place, so that of two processes that start at once both read the same whole key.
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mkstemp's files are 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(Fernet.generate_key().decode() + "\n")
        path.hardlink_to(aside)
    except FileExistsError:
        return
    finally:
        Path(aside).unlink()


def _fernet(key: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        raise NeedsAttention(
            f"The key in {VARIABLE} or the key file is not one: it must be 32 bytes, base64-encoded (44 characters).",
            "Put back the one that was there before.",
            code="key-wrong",
        ) from None
