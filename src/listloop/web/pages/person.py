"""One person: both sides next to each other, the link, consent, history; and the buttons for one person."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from listloop.core.people import Consent, Origin, SideName
from listloop.store import audit
from listloop.store.credit import deals_of_person
from listloop.store.database import reading
from listloop.store.dossier import Change, Dossier, dossier, past
from listloop.store.held import held_on
from listloop.store.orders import Wish
from listloop.store.questions import answered_of, lines
from listloop.store.results import followed, totals
from listloop.web.access import ADMINISTRATOR, MARKETER, VIEWER, Refused, form_of, services_of, user_of
from listloop.web.changes import Titles, before_after, change_title
from listloop.web.compare import compare
from listloop.web.edit import edit_form, editable, read_edit
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()

HISTORY = 50

#: Campaigns that are shown at once, and when all are asked for.
CAMPAIGNS, MOST_CAMPAIGNS = 6, 500


@router.get("/people/{person_id}", dependencies=[VIEWER])
def person(request: Request, person_id: int, before: int | None = None, campaigns: int = CAMPAIGNS) -> Response:
    """Everything that is known of one person."""
    services = services_of(request)
    with reading(services.engine).begin() as database:
        found = _find(database, person_id)
        history = past(database, person_id, before=before, limit=HISTORY + 1)
        titles = Titles(found.rules)
        return page(
            request,
            "person",
            person=found,
            fields=compare(found),
            history=[(one, _title(one, titles), *before_after(one)) for one in history[:HISTORY]],
            more_history=history[HISTORY - 1].id if len(history) > HISTORY else None,
            questions=lines(database, person_id=person_id),
            answered=answered_of(database, person_id),
            totals=totals(database, person_id),
            brought=deals_of_person(database, person_id),
            followed=followed(database, person_id, limit=min(max(campaigns, CAMPAIGNS), MOST_CAMPAIGNS)),
            confirmable=_confirmable(found),
            form=edit_form(found) if services.edit_local and editable(found) else [],
        )


@router.post("/people/{person_id}/sync", dependencies=[MARKETER])
def sync(request: Request, person_id: int) -> Response:
    """Bring this one person in step now."""
    services = services_of(request)
    with reading(services.engine).begin() as database:
        _find(database, person_id)
    services.sync_person(person_id, user_of(request).email)
    tell(request, N_("This person goes first in a run that starts now. The page shows the result once it is done."))
    return RedirectResponse(f"/people/{person_id}", 303)


@router.post("/people/{person_id}/forget", dependencies=[ADMINISTRATOR])
def forget(request: Request, person_id: int) -> Response:
    """Delete this person for good, on both sides and here."""
    services = services_of(request)
    with reading(services.engine).begin() as database:
        _find(database, person_id)
    services.forget(person_id, user_of(request).email)
    tell(request, N_("This person is being deleted on both sides and here. The receipt is under Runs."))
    return RedirectResponse("/people", 303)


@router.post("/people/{person_id}/welcome", dependencies=[ADMINISTRATOR])
def welcome(request: Request, person_id: int) -> Response:
    """Let a person come back who was forgotten."""
    services = services_of(request)
    with reading(services.engine).begin() as database:
        _find(database, person_id)
    services.welcome(person_id, user_of(request).email)
    tell(request, N_("This person may come back; the run that starts now decides as about anybody."))
    return RedirectResponse(f"/people/{person_id}", 303)


@router.get("/people/{person_id}/everything.json", dependencies=[ADMINISTRATOR])
def everything(request: Request, person_id: int) -> Response:
    """All that is held on this person, as a file."""
    with reading(services_of(request).engine).begin() as database:
        _find(database, person_id)
        held = held_on(database, person_id)
    content = msgspec.json.format(msgspec.json.encode(held))
    name = {"Content-Disposition": f'attachment; filename="person-{person_id}.json"'}
    return Response(content, media_type="application/json", headers=name)


@router.post("/people/{person_id}/retry", dependencies=[MARKETER])
def retry(request: Request, person_id: int) -> Response:
    """Try this person again whom a side refused."""
    services = services_of(request)
    with reading(services.engine).begin() as database:
        found = _find(database, person_id)
    services.retry(found.line.connection_id, person_id, user_of(request).email)
    tell(request, N_("This person is tried again in a run that starts now."))
    return RedirectResponse(f"/people/{person_id}", 303)


@router.post("/people/{person_id}/undo", dependencies=[MARKETER])
def undo(request: Request, person_id: int) -> Response:
    """Ask for a plan that takes back what Listloop wrote for this person: all of it, or what one line tells."""
    services, form = services_of(request), form_of(request)
    run_id = str(form.get("run", ""))
    wish = Wish(int(run_id) if run_id.isdecimal() else 0, person_id, str(form.get("field", "")))
    with reading(services.engine).begin() as database:
        found = _find(database, person_id)
    services.undo(found.line.connection_id, wish, user_of(request).email)
    tell(
        request,
        N_("A plan that takes this back is being made. It waits for a yes under Runs; nothing is written yet."),
    )
    return RedirectResponse(f"/people/{person_id}", 303)


@router.post("/people/{person_id}/restore", dependencies=[MARKETER])
def restore(request: Request, person_id: int) -> Response:
    """Put the value of a line of the history back on both sides."""
    services, line = services_of(request), str(form_of(request).get("line", ""))
    if not line.isdecimal():
        raise Refused(422, "unreadable")
    services.restore(person_id, int(line), user_of(request).email)
    tell(request, N_("The value is being put back on both sides. The page shows it in a moment."))
    return RedirectResponse(f"/people/{person_id}", 303)


@router.post("/people/{person_id}/edit", dependencies=[MARKETER])
def edit(request: Request, person_id: int) -> Response:
    """Change this person's record in the built-in CRM; the next run takes it to Mailchimp."""
    services, form = services_of(request), form_of(request)
    with reading(services.engine).begin() as database:
        found = _find(database, person_id)
    if services.edit_local is None or not editable(found) or found.crm is None:
        raise Refused(404, "missing")
    patch = read_edit(found, {name: str(value) for name, value in form.items()})
    if not patch:
        tell(request, N_("Nothing was different, so nothing was changed."))
        return RedirectResponse(f"/people/{person_id}", 303)
    services.edit_local(found.line.connection_id, found.crm.record.key, patch)
    with services.engine.begin() as database:
        what = f"edited {found.line.name or found.line.email} in the CRM of {found.connection}"
        audit.note(database, services.now(), user_of(request).email, what, connection_id=found.line.connection_id)
    tell(
        request, N_("Saved in the CRM. The next run takes it to Mailchimp; press “Sync now” to have it there at once.")
    )
    return RedirectResponse(f"/people/{person_id}", 303)


def _confirmable(found: Dossier) -> bool:
    """May a confirmation mail be offered? Where Mailchimp permits it: to an active member who opted out itself."""
    member = found.mailchimp.record if found.mailchimp and not found.mailchimp.gone else None
    out = member is not None and member.takes_part is not False and member.person.consent is Consent.UNSUBSCRIBED
    return out and found.linked_at is not None and member is not None and member.origin is not Origin.COMPLAINT


def _title(change: Change, titles: Titles) -> str:
    return change_title(change, titles, SideName(change.side))


def _find(database: Connection, person_id: int) -> Dossier:
    found = dossier(database, person_id)
    if found is None:
        raise Refused(404, "missing")
    return found
