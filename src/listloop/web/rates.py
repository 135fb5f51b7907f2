"""How often somebody may knock: sign-in links, tokens and webhook addresses can't be guessed, and no caller floods us.

Only what is wrong is counted by address: whoever guesses from behind the same proxy bars nobody who has the right link
or token. For a password and a code that can't hold: after too many wrong ones the right one is not tried either, for a
while; a link is. Counted in each process for itself, over a moving time; several processes allow so many times as much.
"""

from __future__ import annotations

import math
import time

from fastapi import Request
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

#: A minute, from one network address: tries to sign in; calls with a bad token; deliveries to an unknown address.
SIGN_IN, WRONG_TOKEN, UNKNOWN_HOOK = (RateLimitItemPerMinute(number) for number in (30, 30, 60))

#: Wrong passwords for one user: from one network address, and from everywhere (OWASP ASVS 4.0.3, 2.2.1: 100 an hour).
GUESSES, ALL_GUESSES = RateLimitItemPerMinute(10, 15), RateLimitItemPerHour(100)

#: Wrong codes for one user, whose first factor was shown.
WRONG_CODES = RateLimitItemPerMinute(10, 15)

#: A minute, with one token.
CALLS = RateLimitItemPerMinute(600)


class Rates:
    """The counts of one application."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def wait(self, rate: RateLimitItem, kind: str, who: str) -> int:
        """Count one more, and say how many seconds to wait; 0: none."""
        if self._limiter.hit(rate, kind, who):
            return 0
        return self._until(rate, kind, who)

    def barred(self, rate: RateLimitItem, kind: str, who: str) -> int:
        """For how many seconds nothing more is let through, without counting one; 0: it is."""
        return 0 if self._limiter.test(rate, kind, who) else self._until(rate, kind, who)

    def _until(self, rate: RateLimitItem, kind: str, who: str) -> int:
        return max(1, math.ceil(self._limiter.get_window_stats(rate, kind, who).reset_time - time.time()))


def rates_of(request: Request) -> Rates:
    """The counts of the application that a request is for."""
    rates: Rates = request.app.state.rates
    return rates


def address_of(request: Request) -> str:
    """The network address that a request comes from; behind a proxy, the one that the proxy names."""
    return request.client.host if request.client else ""
