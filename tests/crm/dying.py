"""A process that dies at one of its requests: as it is about to leave, or when it was carried out and nobody heard."""

from __future__ import annotations

import httpx2


class Killed(BaseException):
    """The process is gone; nothing of it goes out any more, whatever its code would like to tidy."""


class Dying(httpx2.BaseTransport):
    """Hands requests on, and dies at the so-manieth."""

    def __init__(self, to: httpx2.BaseTransport, number: int, *, heard: bool) -> None:
        self.to = to
        self.left = number
        self.heard = heard

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises Killed at that request and at all after it."""
        self.left -= 1
        if self.left < 0 or (self.left == 0 and not self.heard):
            raise Killed
        response = self.to.handle_request(request)
        if self.left == 0:
            response.close()
            raise Killed
        return response

    def close(self) -> None:
        """Let go of the connections."""
        self.to.close()
