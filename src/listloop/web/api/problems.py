"""What went wrong with a call, as problem details (RFC 9457): what happened, why, and what to do next."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from listloop.core.errors import ListloopError, TryLater
from listloop.web.access import Refused

#: Addresses for programs.
PREFIXES = ("/api/", "/metrics")
MEDIA_TYPE = "application/problem+json"

#: Beginnings of codes of errors that say: there is no such thing.
_MISSING = ("no-", "connection-unknown", "campaign-unknown")

#: Codes of errors that say: a part of the call is not as described.
UNREADABLE = ("cursor", "who-unclear", "no-quarter", "test-address")

#: Why a call is not let in, and what its sender can do.
_WHY: dict[str, tuple[str, str]] = {
    "no-token": ("This call has no token.", "Send “Authorization: Bearer llt_…”; tokens are made under Settings, API."),
    "bad-token": ("This token is unknown, was revoked, or has run out.", "Make another one under Settings, API."),
    "often": ("There were too many calls within a minute.", "Retry-After says in how many seconds to come again."),
    "scope": ("This token is not good for this call.", "Make one with the scope that the description names."),
    "role": ("The role of this token's owner does not allow this call.", "An administrator can change the role."),
}


class Problem(BaseModel):
    """What went wrong."""

    type: str = Field(description="urn:listloop:problem: and the code.")
    title: str = Field(description="What happened.")
    status: int = Field(description="The HTTP status, once more.")
    code: str = Field(description="For programs; it stays the same when words change.")
    detail: str = Field("", description="What to do next.")
    fields: dict[str, str] = Field({}, description="What is wrong with which part of the call.")


def problem(
    status: int,
    code: str,
    title: str,
    detail: str = "",
    *,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer to a call that can't be carried out."""
    told = Problem(
        type=f"urn:listloop:problem:{code}",
        title=title,
        status=status,
        code=code,
        detail=detail,
        fields=dict(fields or {}),
    )
    known = {**(headers or {}), "Cache-Control": "no-store"}
    return JSONResponse(told.model_dump(exclude_defaults=True), status, known, MEDIA_TYPE)


def missing(what: str) -> ListloopError:
    """The error for a thing that is not there."""
    return ListloopError(
        f"There is no such {what}.", "It may have been removed meanwhile; look at the list.", code="no-such"
    )


def refused(_request: Request, error: Exception) -> Response:
    """Not let in, or no such address."""
    if isinstance(error, Refused) and error.why in _WHY:
        title, detail = _WHY[error.why]
        headers = dict(error.headers or {})
        if error.status_code == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="Listloop"'
        return problem(error.status_code, error.why, title, detail, headers=headers)
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = {404: "There is nothing at this address.", 405: "This address does not know this method."}
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    code = {404: "no-such", 405: "method"}.get(status, "unreadable")
    title = said.get(status, "This call can't be read.")
    return problem(status, code, title, "The description is at /api/v1/openapi.json.", headers=headers)


def unreadable(_request: Request, error: Exception) -> Response:
    """A part of the call is not as described."""
    wrong = error.errors() if isinstance(error, RequestValidationError) else []
    fields = {".".join(str(part) for part in one["loc"]): str(one["msg"]) for one in wrong}
    detail = "The description is at /api/v1/openapi.json."
    return problem(422, "unreadable", "A part of this call is not as described.", detail, fields=fields)


def told(_request: Request, error: Exception) -> Response:
    """What the program itself can't do, in its own words."""
    if not isinstance(error, ListloopError):
        raise error
    if isinstance(error, TryLater):
        wait = str(math.ceil(error.retry_after or 60))
        return problem(503, error.code, error.problem, error.fix, headers={"Retry-After": wait})
    status = 422 if error.code in UNREADABLE else 404 if error.code.startswith(_MISSING) else 409
    return problem(status, error.code, error.problem, error.fix)


def broken(_request: Request, _error: Exception) -> Response:
    """A bug."""
    return problem(500, "broken", "Something went wrong here.", "It is in the log; try again, or tell its reader.")


def either(page: Callable[..., Response], api: Callable[..., Response]) -> Any:
    """Answers people with the page, and programs with problem details."""

    def answer(request: Request, error: Exception) -> Response:
        return (api if request.url.path.startswith(PREFIXES) else page)(request, error)

    return answer
