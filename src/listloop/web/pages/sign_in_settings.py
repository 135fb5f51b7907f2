"""Settings of signing in: from whom a second factor is asked, and the provider of a single sign-on."""

from __future__ import annotations

from contextlib import closing

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.core.errors import ListloopError
from listloop.store import audit
from listloop.store.database import reading
from listloop.store.identities import SECRET, Provider, provider, set_provider
from listloop.store.options import option, set_option
from listloop.store.sessions import MUST, Must
from listloop.web.access import ADMINISTRATOR, form_of, services_of, user_of
from listloop.web.noting import noted
from listloop.web.oidc import Client, check_provider
from listloop.web.pages.sign_on import back_address
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()

PATH = "/settings/sign-in"

#: Who has to have a second factor -> word.
MUSTS = {
    Must.NOBODY: N_("nobody has to"),
    Must.ADMINISTRATORS: N_("administrators"),
    Must.EVERYBODY: N_("everybody"),
}


@router.get(PATH, dependencies=[ADMINISTRATOR])
def sign_in_settings(request: Request) -> Response:
    """How people sign in."""
    return _page(request)


@router.post(PATH, dependencies=[ADMINISTRATOR])
def keep(request: Request) -> Response:
    """Say from whom a second factor is asked; whoever has none sets it up at the next click."""
    wanted = str(form_of(request).get("must", ""))
    must = Must(wanted) if wanted in set(Must) else Must.NOBODY
    with services_of(request).engine.begin() as db:
        set_option(db, MUST, must)
    noted(request, f"asks for a second factor: {MUSTS[must]}")
    tell(request, N_("Kept. It holds from now on."))
    return RedirectResponse(PATH, 303)


@router.post(f"{PATH}/provider", dependencies=[ADMINISTRATOR])
def use(request: Request) -> Response:
    """Let people come by this provider, which is asked first whether it is one.

    An empty secret leaves the stored one, but never for another provider: it would be sent there.
    """
    services, form = services_of(request), form_of(request)
    issuer, client_id, title, secret = (
        str(form.get(name, "")).strip()[:400] for name in ("issuer", "client_id", "title", "secret")
    )
    given = Provider(issuer, client_id, title or "Single sign-on", form.get("trusted") == "yes")
    try:
        check_provider(given)
        with closing(Client(given, "", services.transport)) as client:
            client.describe()
    except ListloopError as error:
        return _page(request, 422, given=given, problem=str(error))
    with reading(services.engine).begin() as db:
        before = provider(db)
    if secret:
        services.secrets.put(SECRET, secret, services.now())
    with services.engine.begin() as db:
        if not secret and (before is None or before.issuer != issuer):
            services.secrets.forget(db, SECRET)
        set_provider(db, services.secrets, given)
        audit.note(db, services.now(), user_of(request).email, f"set up single sign-on with {issuer}")
    tell(request, N_("Single sign-on is set up. Try it in another browser before you sign out here."))
    return RedirectResponse(PATH, 303)


@router.post(f"{PATH}/provider/off", dependencies=[ADMINISTRATOR])
def off(request: Request) -> Response:
    """Let nobody come by the provider any more; who did signs in by a link or a password."""
    services = services_of(request)
    with services.engine.begin() as db:
        set_provider(db, services.secrets, None)
    noted(request, "switched off single sign-on")
    tell(request, N_("Single sign-on is off."))
    return RedirectResponse(PATH, 303)


def _page(request: Request, status: int = 200, *, given: Provider | None = None, problem: str = "") -> Response:
    services = services_of(request)
    with reading(services.engine).begin() as db:
        known, must = provider(db), Must(option(db, MUST))
    return page(
        request, "sign_in_settings", status, step="sign-in", must=must, musts=MUSTS, known=known,
        given=given or known or Provider("", "", ""), problem=problem, back=back_address(request),
        has_secret=SECRET in services.secrets.names(),
    )  # fmt: skip
