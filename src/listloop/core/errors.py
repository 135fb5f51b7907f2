"""Three classes of error, because there are three reactions; anything else is a bug and fails loudly.

``TryLater``       the job is put back and Retry-After obeyed (network, 429, 5xx)
``RecordRejected`` this person only; it is noted with its reason and the others go on
``NeedsAttention`` the connection pauses and says what to do (bad key, missing field, another audience)
"""

from __future__ import annotations


class ListloopError(Exception):
    """Something that a person can understand and act on.

    ``problem`` says what happened to whom and why, ``fix`` what to do next, ``code`` names the page of the
    error reference. ``detail`` is the raw reply behind it, shown folded. None of them ever holds a secret.
    """

    code = "error"

    def __init__(self, problem: str, fix: str = "", *, code: str | None = None, detail: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix
        self.detail = detail
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        """The sentence for people: the problem, then the next step."""
        return f"{self.problem} {self.fix}".strip()


class TryLater(ListloopError):
    """The other side can't answer now; the same call may go through later. ``retry_after`` is in seconds."""

    code = "try-later"

    def __init__(
        self,
        problem: str,
        fix: str = "",
        *,
        retry_after: float | None = None,
        code: str | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(problem, fix, code=code, detail=detail)
        self.retry_after = retry_after


class RecordRejected(ListloopError):
    """A side refused this one record. ``permanent`` is False where time alone may mend it."""

    code = "record-rejected"

    def __init__(
        self, problem: str, fix: str = "", *, permanent: bool = True, code: str | None = None, detail: str = ""
    ) -> None:
        super().__init__(problem, fix, code=code, detail=detail)
        self.permanent = permanent


class NeedsAttention(ListloopError):
    """The connection can't go on until a person acts."""

    code = "needs-attention"
