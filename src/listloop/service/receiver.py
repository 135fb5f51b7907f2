"""Deliveries of Mailchimp's webhooks: checked, stored, answered; the run comes right after.

Answering waits for one small transaction: on PostgreSQL in the inbox itself, on SQLite in the spool, from where a
thread carries them over. That thread also asks the queue, once for however many came meanwhile, so that ten thousand
deliveries are a few runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from time import monotonic

import structlog
from sqlalchemy import Engine

from listloop.core.jobs import Jobs
from listloop.core.people import SideName
from listloop.mailchimp.webhooks import is_signed, notice
from listloop.store import inbox, schedule
from listloop.store import webhooks as store
from listloop.store.database import reading, urgent
from listloop.store.secrets import Secrets
from listloop.store.spool import Delivery, spool_beside
from listloop.store.webhooks import WebhookRow

#: HTTP answers. Never 410: Mailchimp would switch the webhook off at once (webhook guide).
TAKEN, UNREADABLE, FORGED, UNKNOWN = 200, 400, 403, 404

#: Seconds between two wishes for a run, and for which what was found for an address is believed.
PAUSE, BELIEVED = 1.0, 5.0

_log = structlog.get_logger("listloop.webhooks")


class Receiver:
    """Takes deliveries in; to be started and stopped with the service."""

    def __init__(self, engine: Engine, secrets: Secrets, jobs: Jobs, now: Callable[[], datetime]) -> None:
        self._engine, self._secrets, self._jobs, self._now = engine, secrets, jobs, now
        self._spool = spool_beside(engine)
        self._found: dict[str, tuple[float, tuple[WebhookRow, str, str]]] = {}
        self._named: set[int] = set()
        self._ring = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask, name="listloop-webhooks", daemon=True)

    def start(self) -> None:
        """Begin to ask for runs, also for what a process before this one had only stored."""
        self._ring.set()
        self._thread.start()

    def stop(self) -> None:
        """Ask for no more runs; what was stored is found by the next tick, or by the next start."""
        self._ended.set()
        self._ring.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._spool is not None:
            self._spool.close()

    def knows(self, token: str) -> bool:
        """Is there a webhook with this secret end of its address? Mailchimp calls it when one is made."""
        return self._webhook(token) is not None

    def receive(self, token: str, body: bytes, signature: str) -> int:
        """Take one delivery; the HTTP status of the answer. Twice the same is as good as once."""
        found = self._webhook(token)
        if found is None:
            return UNKNOWN
        webhook, audience, secret = found
        now = self._now()
        if secret and not is_signed(secret, body, signature, now.timestamp()):
            _log.warning("delivery with a wrong signature refused", connection=webhook.connection_id)
            return FORGED
        said = notice(body)
        if said is None or said.audience != audience:
            return UNREADABLE
        if self._spool is not None:
            self._spool.put(webhook.digest, said.addresses)
        else:
            self._keep([Delivery(0, webhook.digest, said.addresses)])
        self._ring.set()
        return TAKEN

    def _keep(self, deliveries: Iterable[Delivery]) -> None:
        """Into the inbox, with the wish for a run."""
        now = self._now()
        said: dict[str, set[str]] = {}
        for one in deliveries:
            said.setdefault(one.webhook, set()).update(one.addresses)
        with urgent(self._engine).begin() as db:
            owners = store.owners(db, list(said))  # one may be gone meanwhile
            for webhook, connection_id in owners.items():
                store.heard(db, webhook, now)
                for address in sorted(said[webhook]):
                    inbox.put(db, connection_id, side=SideName.MAILCHIMP, source="webhook", address=address, at=now)
                if said[webhook]:
                    schedule.wish(db, connection_id, schedule.WEBHOOK)
        self._named.update(connection_id for webhook, connection_id in owners.items() if said[webhook])

    def _carry(self) -> None:
        """From the spool into the inbox: in the inbox first, so that a crash in between loses nothing."""
        while self._spool is not None and not self._ended.is_set() and (some := self._spool.take()):
            self._keep(some)
            self._spool.clear(some)

    def _webhook(self, token: str) -> tuple[WebhookRow, str, str] | None:
        key, at = store.digest(token), monotonic()
        known = self._found.get(key)
        if known is not None and at - known[0] < BELIEVED:
            return known[1]
        with reading(self._engine).begin() as db:
            row = store.by_token(db, token, self._now())
        if row is None:
            return None
        webhook, audience = row
        name = store.secret_name(webhook.connection_id, webhook.id)
        found = (webhook, audience, self._secrets.get(name) if webhook.signed else "")
        if (
            webhook.mailchimp_id
        ):  # one that is just being made gets its signing secret only after Mailchimp's first call
            self._found[key] = (at, found)
        return found

    def _ask(self) -> None:
        while not self._ended.is_set():
            self._ring.wait()
            self._ring.clear()
            try:
                self._carry()
            except Exception as error:  # noqa: BLE001 - they are stored: a database that is away or full comes back
                _log.warning("deliveries wait", error=repr(error))
                self._ring.set()
            while self._named and not self._ended.is_set():
                connection_id = self._named.pop()
                try:
                    self._jobs.put(connection_id, schedule.WEBHOOK)
                except Exception as error:  # noqa: BLE001 - the wish is stored: the next tick finds it
                    _log.warning("run not asked for", connection=connection_id, error=repr(error))
            self._ended.wait(PAUSE)
