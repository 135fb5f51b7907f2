"""Settings of the panels inside the CRM: which sites may show them, the key that signs their links, a link to try."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.store import audit
from listloop.store.database import reading
from listloop.store.options import set_option
from listloop.web.access import ADMINISTRATOR, Refused, form_of, services_of, user_of
from listloop.web.framing import OPTION, origins, read_origins
from listloop.web.pages import embed_campaigns, embed_mail
from listloop.web.pages.embed import PATH
from listloop.web.render import page, tell
from listloop.web.services import Panels
from listloop.web.signing import make_link
from listloop.web.words import N_

router = APIRouter()

#: Path of a panel -> what it shows.
PANELS = {
    PATH: N_("Mailchimp following, on a person"),
    embed_campaigns.PATH: N_("Campaigns and their results"),
    embed_campaigns.GROUPS: N_("Response groups"),
    embed_mail.PATH: N_("Mail this group, on a group"),
}

#: How long a link that is made here for a try opens the panel.
TRIAL = timedelta(hours=1)


@router.get("/settings/embedding", dependencies=[ADMINISTRATOR])
def embedding(request: Request) -> Response:
    """The origins, and what a link is made of."""
    return _page(request)


@router.post("/settings/embedding", dependencies=[ADMINISTRATOR])
def keep(request: Request) -> Response:
    """Keep the origins; what is none is shown and nothing is kept."""
    services, text = services_of(request), str(form_of(request).get("origins", ""))[:4000]
    good, wrong = read_origins(text)
    if wrong:
        return _page(request, 422, text=text, wrong=wrong)
    with services.engine.begin() as database:
        set_option(database, OPTION, "\n".join(good))
        audit.note(database, services.now(), user_of(request).email, "changed which sites may show the panels")
    tell(request, N_("Kept. It holds from now on."))
    return RedirectResponse("/settings/embedding", 303)


@router.post("/settings/embedding/key", dependencies=[ADMINISTRATOR])
def renew(request: Request) -> Response:
    """Make a key and show it this once."""
    return _page(request, key=_panels(request).renew(user_of(request).email))


@router.post("/settings/embedding/try", dependencies=[ADMINISTRATOR])
def trial(request: Request) -> Response:
    """Make a link for this user and a record, good for an hour."""
    services, form = services_of(request), form_of(request)
    asked = {name: str(form.get(name, "")).strip()[:200] for name in ("connection", "record")}
    panel = str(form.get("panel", ""))
    path = panel if panel in PANELS else PATH
    until, user = services.now() + TRIAL, user_of(request).email
    link = make_link(_panels(request).key(), path, user=user, until=until, **asked)
    return _page(request, link=services.base_url.rstrip("/") + link, asked=asked | {"panel": path})


def _panels(request: Request) -> Panels:
    panels = services_of(request).panels
    if panels is None:
        raise Refused(404, "missing")
    return panels


def _page(
    request: Request,
    status: int = 200,
    *,
    text: str | None = None,
    wrong: list[str] | None = None,
    key: str = "",
    link: str = "",
    asked: dict[str, str] | None = None,
) -> Response:
    with reading(services_of(request).engine).begin() as database:
        shown = "\n".join(origins(database)) if text is None else text
    return page(
        request,
        "embedding",
        status,
        step="embedding",
        text=shown,
        wrong=wrong or [],
        key=key,
        link=link,
        asked=asked or {},
        base=services_of(request).base_url.rstrip("/"),
        panels=PANELS,
    )
