"""A new connection: the CRM, the Mailchimp account, the audience; what follows are the pages of its settings."""

from __future__ import annotations

from collections.abc import Sequence
from hmac import compare_digest
from secrets import token_urlsafe

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.core.errors import ListloopError, NeedsAttention
from listloop.core.side import Adapter
from listloop.store.drafts import Draft
from listloop.web.access import ADMINISTRATOR, Refused, form_of, services_of, user_of
from listloop.web.pages.connection import go_on
from listloop.web.render import page, tell
from listloop.web.setup import STEPS, AudienceChoice, SetUp
from listloop.web.words import N_

router = APIRouter()

#: Where Mailchimp sends people back to; the app there is registered with the whole address.
BACK = "/oauth/mailchimp"

#: And where a CRM does, the same for all.
CRM_BACK = "/oauth/crm"


@router.get("/connections/new", dependencies=[ADMINISTRATOR])
def choose(request: Request) -> Response:
    """The CRMs to choose from, and the set-ups that were left unfinished."""
    setup = setup_of(request)
    return page(request, "new_crm", crms=setup.crms(), drafts=setup.drafts(), next_of=_next, name_of=setup.name_of)


@router.get("/connections/new/{crm}", dependencies=[ADMINISTRATOR])
def crm_form(request: Request, crm: str) -> Response:
    """What has to be known to open this CRM."""
    return _crm(request, _adapter(setup_of(request), crm))


@router.post("/connections/new/{crm}", dependencies=[ADMINISTRATOR])
def crm_given(request: Request, crm: str) -> Response:
    """Check it, and go on to Mailchimp."""
    setup, form = setup_of(request), form_of(request)
    chosen = _adapter(setup, crm)
    given = {name: str(form.get(name, "")).strip() for name, _ in chosen.typed}
    try:
        made = setup.begin(crm, given, user_of(request).email)
    except ListloopError as error:
        shown = {name: value for name, value in given.items() if name not in chosen.secrets}
        return _crm(request, chosen, shown, error)
    return RedirectResponse(_next(setup.draft(made)), 303)


@router.get("/connections/new/{draft}/crm", dependencies=[ADMINISTRATOR])
def to_crm(request: Request, draft: int) -> Response:
    """The link to the CRM's own page to sign in on; no form may lead to another site, so it takes a click."""
    found = setup_of(request).draft(draft)
    address = _ask_crm(request, f"draft/{draft}")
    return page(request, "new_at_crm", crm=_adapter(setup_of(request), found.crm), address=address)


@router.get("/connections/{connection_id}/crm", dependencies=[ADMINISTRATOR])
def to_crm_again(request: Request, connection_id: int) -> Response:
    """Lead to that page for a connection: what the sign-in before gave has ended."""
    return RedirectResponse(_ask_crm(request, f"connection/{connection_id}"), 303)


@router.get(CRM_BACK, dependencies=[ADMINISTRATOR])
def from_crm(request: Request, code: str = "", state: str = "") -> Response:
    """Back from the CRM: take the code, if this browser asked for it, and go on."""
    setup, place = setup_of(request), _asked(request, "oauth-crm", state)
    if not code:
        raise NeedsAttention(
            N_("The CRM was not allowed to let Listloop in."), N_("Sign in there again, and say yes."), code="oauth"
        )
    setup.crm_came_back(place, code, _back(request, CRM_BACK), user_of(request).email)
    kind, _, number = place.partition("/")
    if kind == "draft":
        return RedirectResponse(f"/connections/new/{number}/mailchimp", 303)
    go_on(request, int(number))
    return RedirectResponse(f"/connections/{number}", 303)


def _ask_crm(request: Request, place: str) -> str:
    """The address of the CRM's page; this browser is remembered to have asked. Raises ``Refused`` where it has none."""
    state = token_urlsafe(24)
    address = setup_of(request).ask_crm(place, _back(request, CRM_BACK), state)
    if not address:
        raise Refused(404, "missing")
    request.session["oauth-crm"] = {"state": state, "for": place}
    return address


def _asked(request: Request, name: str, state: str) -> str:
    """For what this browser was sent to sign in. Raises ``Refused`` for an answer that it did not ask for."""
    asked = request.session.pop(name, None)
    if not asked or not compare_digest(asked["state"].encode(), state.encode()):
        raise Refused(403, "cross-site")
    return str(asked["for"])


def _next(draft: Draft) -> str:
    """Where a set-up goes on: at the CRM's own page, or at Mailchimp."""
    return f"/connections/new/{draft.id}/{'mailchimp' if draft.crm_title else 'crm'}"


@router.get("/connections/new/{draft}/mailchimp", dependencies=[ADMINISTRATOR])
def mailchimp_form(request: Request, draft: int) -> Response:
    """Where to paste the key, and how to come by one."""
    return _mailchimp(request, draft, setup_of(request).draft(draft).base_url)


@router.post("/connections/new/{draft}/mailchimp", dependencies=[ADMINISTRATOR])
def mailchimp_given(request: Request, draft: int) -> Response:
    """Check the key, and go on to the audience."""
    form = form_of(request)
    key, base_url = str(form.get("key", "")).strip(), str(form.get("base_url", "")).strip()
    try:
        setup_of(request).sign_in(draft, key, base_url, user_of(request).email)
    except ListloopError as error:
        return _mailchimp(request, draft, base_url, error)
    return RedirectResponse(f"/connections/new/{draft}/audience", 303)


@router.get("/connections/new/{draft}/oauth", dependencies=[ADMINISTRATOR])
def to_mailchimp(request: Request, draft: int) -> Response:
    """Send the user to Mailchimp, and remember for which set-up, so that no other answer is taken for it."""
    setup = setup_of(request)
    setup.draft(draft)
    state = token_urlsafe(24)
    address = setup.ask_mailchimp(_back(request, BACK), state)
    if not address:
        raise Refused(404, "missing")
    request.session["oauth"] = {"state": state, "for": draft}
    return RedirectResponse(address, 303)


@router.get(BACK, dependencies=[ADMINISTRATOR])
def from_mailchimp(request: Request, code: str = "", state: str = "") -> Response:
    """Back from Mailchimp: take the code, if this browser asked for it, and go on to the audience."""
    draft = int(_asked(request, "oauth", state))
    if not code:
        refused = ListloopError(
            N_("Mailchimp was not allowed to let Listloop in."), N_("Sign in again, or paste a key.")
        )
        return _mailchimp(request, draft, "", refused)
    try:
        setup_of(request).came_back(draft, code, _back(request, BACK), user_of(request).email)
    except ListloopError as error:
        return _mailchimp(request, draft, "", error)
    return RedirectResponse(f"/connections/new/{draft}/audience", 303)


def _back(request: Request, path: str) -> str:
    return services_of(request).base_url.rstrip("/") + path


@router.get("/connections/new/{draft}/audience", dependencies=[ADMINISTRATOR])
def audience_form(request: Request, draft: int) -> Response:
    """The account's audiences, and why one of them is the good choice."""
    return _audience(request, draft, setup_of(request).audiences(draft))


@router.post("/connections/new/{draft}/audience", dependencies=[ADMINISTRATOR])
def audience_given(request: Request, draft: int) -> Response:
    """Make the connection, and go on to its fields."""
    setup, form = setup_of(request), form_of(request)
    audience, name = str(form.get("audience", "")), str(form.get("name", "")).strip()[:200]
    there = setup.audiences(draft)
    chosen = next((one for one in there if one.id == audience), None)
    if chosen is None:
        return _audience(request, draft, there, ListloopError(N_("No audience is chosen."), N_("Choose one.")), name)
    if any(one.kept_by for one in there) and "second" not in form:
        error = ListloopError(
            N_("An audience of this account is connected already."),
            N_("Say below that you want one more, or leave this set-up and use the connection that is there."),
        )
        return _audience(request, draft, there, error, name, audience)
    name = name or f"{setup.name_of(setup.draft(draft).crm)} – {chosen.name}"[:200]
    try:
        made = setup.connect(draft, audience, name, user_of(request).email)
    except ListloopError as error:
        return _audience(request, draft, there, error, name)
    return RedirectResponse(f"/connections/{made}/{STEPS[0]}", 303)


@router.post("/connections/new/{draft}/drop", dependencies=[ADMINISTRATOR])
def drop(request: Request, draft: int) -> Response:
    """Forget an unfinished set-up."""
    setup_of(request).drop(draft, user_of(request).email)
    tell(request, N_("The unfinished set-up and what was entered for it are forgotten."))
    return RedirectResponse("/connections/new", 303)


def setup_of(request: Request) -> SetUp:
    """What the set-up pages need. Raises ``Refused`` where this installation offers none."""
    setup = services_of(request).setup
    if setup is None:
        raise Refused(404, "missing")
    return setup


def _adapter(setup: SetUp, name: str) -> Adapter:
    found = next((one for one in setup.crms() if one.name == name), None)
    if found is None:
        raise Refused(404, "missing")
    return found


def _crm(
    request: Request, crm: Adapter, given: dict[str, str] | None = None, error: ListloopError | None = None
) -> Response:
    back = _back(request, CRM_BACK)
    return page(request, "new_sign_in", 422 if error else 200, crm=crm, given=given or {}, error=error, back=back)


def _mailchimp(request: Request, draft: int, base_url: str, error: ListloopError | None = None) -> Response:
    found = setup_of(request).draft(draft)
    oauth = bool(setup_of(request).ask_mailchimp(_back(request, BACK), ""))
    shown = {"draft": found, "base_url": base_url, "error": error, "oauth": oauth}
    return page(request, "new_mailchimp", 422 if error else 200, **shown)


def _audience(
    request: Request,
    draft: int,
    there: Sequence[AudienceChoice],
    error: ListloopError | None = None,
    name: str = "",
    chosen: str = "",
) -> Response:
    shown = {"draft": setup_of(request).draft(draft), "audiences": there, "error": error, "name": name}
    return page(request, "new_audience", 422 if error else 200, chosen=chosen, **shown)
