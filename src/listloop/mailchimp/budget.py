"""The permits of one Mailchimp account in this process, as many as its share of the account's budget allows.

Mailchimp counts the calls that are open at once over all of an account's programs (API reference, limits). The share is
settled with the other processes by one thread, every second while calls are made; a call itself only takes a permit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Protocol, Self

import structlog

#: Seconds between two settlings while calls are made, and while this process has nothing and waits.
RENEW, HURRY = 1.0, 0.1

#: Seconds for which a share is believed; less than the others wait before they take it for free.
BELIEVED = 9.0

_log = structlog.get_logger("listloop.mailchimp")


class Share(Protocol):
    """So many calls at once, of which no more than ``fair`` should stay while others wait."""

    @property
    def granted(self) -> int:
        """Calls at once."""

    @property
    def fair(self) -> int:
        """What is left when everybody who waits got the same."""


Settle = Callable[[int, int], Share]
"""Called with how many calls this process wants open and how many it goes on holding; raises where nobody answers."""


class SharedPermits:
    """To be entered for each call. Safe for any number of threads; close it to give the share back at once.

    ``budget`` is the most that all processes together may have open.
    """

    def __init__(self, settle: Settle, budget: int) -> None:
        self._settle = settle
        self._budget = budget
        self._changed = threading.Condition()
        self._granted = self._in_use = self._waiting = 0
        self._fair = budget
        self._most = self._asked = 0
        self._until = 0.0
        self._closed = False
        self._keeper: threading.Thread | None = None

    def __enter__(self) -> Self:
        with self._changed:
            self._waiting += 1
            self._most = max(self._most, self._wanted())
            try:
                while self._in_use >= self._granted or monotonic() >= self._until:
                    self._keep()
                    self._changed.notify_all()
                    self._changed.wait(RENEW)
                self._in_use += 1
            finally:
                self._waiting -= 1
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._in_use -= 1
            self._changed.notify_all()

    def close(self) -> None:
        """Give the share back; calls that are open keep theirs until they end."""
        with self._changed:
            keeper, self._most, self._closed = self._keeper, 0, True
            self._changed.notify_all()
        if keeper is not None:
            keeper.join(BELIEVED)

    def _wanted(self) -> int:
        return min(self._in_use + self._waiting, self._budget)

    def _keep(self) -> None:
        if self._keeper is None:
            self._closed = False
            self._keeper = threading.Thread(target=self._work, name="mailchimp-budget", daemon=True)
            self._keeper.start()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._asked = wants = max(self._most, self._wanted())
                self._most = self._wanted()
                # Lowered here first, told to the others then: so never more are open than were granted.
                self._granted = holds = max(self._in_use, min(self._granted, wants, self._fair))
            asked = monotonic()  # the answer may be old when it comes, on a machine that stood still
            try:
                share = self._settle(wants, holds)
            except Exception as error:  # noqa: BLE001 - the database is away: what was granted holds for a while
                _log.warning("the budget could not be settled", error=repr(error))
                share = None
            with self._changed:
                if share is not None:
                    self._granted, self._fair = share.granted, share.fair
                    self._until = asked + BELIEVED
                    self._changed.notify_all()
                    if not wants and not self._waiting:
                        self._granted, self._keeper = 0, None
                        return
                self._changed.wait_for(self._is_due, RENEW if self._granted else HURRY)

    def _is_due(self) -> bool:
        """Is it worth to settle before the time? More is wanted than was asked for, or everything is given back."""
        return self._wanted() > self._asked or (self._closed and not self._wanted())
