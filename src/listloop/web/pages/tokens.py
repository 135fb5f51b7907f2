"""Settings of the API: the tokens that other programs call it with."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.store.database import reading
from listloop.store.tokens import SCOPES, Scope, all_tokens, make_token, revoke_token
from listloop.web.access import ADMINISTRATOR, form_of, services_of, user_of
from listloop.web.noting import noted
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()

#: For how many days a token can be good; 0: until it is revoked.
LIVES = (30, 90, 365, 0)


@router.get("/settings/api", dependencies=[ADMINISTRATOR])
def tokens(request: Request) -> Response:
    """The tokens there are."""
    return _page(request)


@router.post("/settings/api", dependencies=[ADMINISTRATOR])
def make(request: Request) -> Response:
    """Make a token and show it this once."""
    services, form = services_of(request), form_of(request)
    scopes = [one for one in Scope if one in form.getlist("scope")]
    name, days = str(form.get("name", "")).strip()[:100], str(form.get("days", ""))
    life = int(days) if days.isdecimal() and int(days) in LIVES else LIVES[0]
    if not name or not scopes:
        return _page(request, 422, name=name, wrong=True)
    made, text = make_token(services.engine, user_of(request), name, scopes, services.now(), life)
    noted(request, f"made the API token “{made.name}”: {', '.join(sorted(made.scopes))}")
    return _page(request, token=text)


@router.post("/settings/api/{token_id}/revoke", dependencies=[ADMINISTRATOR])
def revoke(request: Request, token_id: int) -> Response:
    """Let nobody in with a token any more."""
    with services_of(request).engine.begin() as database:
        gone = revoke_token(database, token_id)
    noted(request, f"revoked the API token “{gone.name}” of {gone.user}")
    tell(request, N_("Revoked. The token opens nothing any more."))
    return RedirectResponse("/settings/api", 303)


def _page(request: Request, status: int = 200, *, token: str = "", name: str = "", wrong: bool = False) -> Response:
    with reading(services_of(request).engine).begin() as database:
        known = all_tokens(database)
    return page(
        request,
        "api",
        status,
        step="api",
        tokens=known,
        fresh=token,
        name=name,
        wrong=wrong,
        scopes=[(one, SCOPES_SAID[one]) for one in SCOPES],
        lives=LIVES,
        base=services_of(request).base_url.rstrip("/"),
    )


#: What each scope is good for, for the page.
SCOPES_SAID = {
    Scope.READ: N_("look at connections, runs, plans, people, questions, campaigns and groups"),
    Scope.SYNC: N_("ask for runs, pause and resume, say who takes part"),
    Scope.APPROVE: N_("say yes or no to plans, take back what was written"),
    Scope.ANSWER: N_("answer open questions"),
    Scope.CONSENT: N_("have a confirmation mail sent, forget people, let them come back"),
    Scope.GROUPS: N_("make groups of people"),
    Scope.SEND: N_("write, try out, schedule, send and cancel campaigns"),
    Scope.EDIT: N_("edit the built-in CRM"),
    Scope.SETTINGS: N_("make and change connections and the settings"),
    Scope.USERS: N_("let users in and out"),
}
