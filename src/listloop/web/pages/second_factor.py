"""The user's own second factor: set up with a telephone, recovery codes, and switched off."""

from __future__ import annotations

from collections.abc import Sequence

import segno
from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from listloop.core.errors import NeedsAttention
from listloop.store.database import reading
from listloop.store.factors import begin, begun, codes_left, confirm, drop_factor, has_factor, new_codes, show
from listloop.web.access import SECOND, VIEWER, entry_of, form_of, services_of, user_of
from listloop.web.entering import may_try_code, wrong_code
from listloop.web.noting import noted
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()


@router.get(SECOND, dependencies=[VIEWER])
def second_factor(request: Request) -> Response:
    """What there is, or how to set it up."""
    return _page(request)


@router.post(SECOND, dependencies=[VIEWER])
def take(request: Request) -> Response:
    """The telephone shows the right code: from now on it is asked for. The recovery codes are shown this once."""
    services, user = services_of(request), user_of(request)
    may_try_code(request, user)
    with reading(services.engine).begin() as db:
        has = has_factor(db, user.id)
    if has:
        return RedirectResponse(SECOND, 303)
    try:
        codes = confirm(services.engine, services.secrets, user, _code(request), services.now())
    except NeedsAttention:
        wrong_code(request, user)
        return _page(request, 422, wrong=True)
    noted(request, "set up a second factor")
    return _page(request, codes=codes)


@router.post(f"{SECOND}/codes", dependencies=[VIEWER])
def renew(request: Request) -> Response:
    """New recovery codes in the place of the old ones, shown this once."""
    services, user = services_of(request), user_of(request)
    if not _shown(request):
        return _page(request, 422, wrong=True)
    with services.engine.begin() as db:
        codes = new_codes(db, user)
    noted(request, "made new recovery codes")
    return _page(request, codes=codes)


@router.post(f"{SECOND}/off", dependencies=[VIEWER])
def off(request: Request) -> Response:
    """Ask for no second factor any more; where it has to be, another one is set up at once."""
    services = services_of(request)
    if not _shown(request):
        return _page(request, 422, wrong=True)
    with services.engine.begin() as db:
        drop_factor(db, services.secrets, user_of(request))
    noted(request, "switched off the second factor")
    tell(request, N_("The second factor is off."))
    return RedirectResponse("/you", 303)


def _shown(request: Request) -> bool:
    services, user = services_of(request), user_of(request)
    may_try_code(request, user)
    if show(services.engine, services.secrets, user, _code(request), services.now()):
        return True
    wrong_code(request, user)
    return False


def _code(request: Request) -> str:
    return str(form_of(request).get("code", ""))[:100]


def _page(request: Request, status: int = 200, *, codes: Sequence[str] = (), wrong: bool = False) -> Response:
    services, user = services_of(request), user_of(request)
    with reading(services.engine).begin() as db:
        has, left = has_factor(db, user.id), codes_left(db, user.id)
    picture, seed = Markup(), ""
    if not has:
        # segno draws one path from the address; nothing of it is text.
        drawn = segno.make(begin(services.secrets, user, services.now()), error="m")
        picture = Markup(drawn.svg_inline(scale=5, border=4, light="#fff", dark="#000"))  # noqa: S704
        seed = begun(services.secrets, user)
    return page(
        request, "second_factor", status, has=has, left=left, codes=codes, wrong=wrong, owes=entry_of(request).owes,
        picture=picture, seed=" ".join(seed[at : at + 4] for at in range(0, len(seed), 4)),
    )  # fmt: skip
