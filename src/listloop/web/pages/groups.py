"""Response groups: the list of those that were made, and the page that makes one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from listloop.core.crowd import Chosen, Did, Term, read_chosen, shown
from listloop.core.errors import NeedsAttention
from listloop.store.campaigns import CampaignRow, by_ids, list_campaigns
from listloop.store.crowds import Part, all_crowds, found, reach, reach_of, seats
from listloop.store.database import reading
from listloop.web import campaign_words
from listloop.web.access import MARKETER, VIEWER, Refused, form_of, services_of, user_of
from listloop.web.api.paging import Number
from listloop.web.crowds import campaigns_of, make_group
from listloop.web.pages.campaigns import address
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()

#: Campaigns that can be chosen from.
CAMPAIGNS = 100

#: People of a group that are shown at once.
PEOPLE = 50

#: Where a group is written.
WHERE = {"both": N_("in both"), "mailchimp": N_("as a segment in Mailchimp"), "crm": N_("as a group in the CRM")}


@router.get("/groups", dependencies=[VIEWER])
def listed(request: Request) -> Response:
    """The groups that were made, newest first."""
    with reading(services_of(request).engine).begin() as db:
        rows = all_crowds(db)
        asked = {one.id: one.by_responses for one in rows}
        known = by_ids(db, {number for one in asked.values() if one for number in one.campaigns})
        return page(
            request,
            "groups",
            rows=rows,
            asked=asked,
            known=known,
            reach={one.id: reach_of(db, one.id) for one in rows[:CAMPAIGNS]},
            said_by=campaign_words,
        )


@router.get("/groups/new", dependencies=[MARKETER])
def new(request: Request, who: str, joint: str = "", did: str = "", campaign: str = "") -> Response:
    """Who is meant, how many of them Mailchimp may mail, and what the group is called."""
    chosen = _chosen(who)
    if joint in ("and", "or") and did in set(Did) and campaign.isdecimal():
        chosen = _joined(chosen, joint, Term(Did(did), int(campaign)))
    with reading(services_of(request).engine).begin() as db:
        known = _campaigns(db, chosen)
        connection_id = next(iter(known.values())).connection_id
        some = found(db, connection_id, chosen)
        counts = reach(some)
        return page(
            request,
            "group_new",
            chosen=chosen,
            meant=shown(chosen),
            known=known,
            people=len(some),
            will=counts[""],
            not_=[(why, number) for why, number in counts.most_common() if why],
            in_crm=sum(bool(one.crm_key) for one in some),
            name=group_name(chosen, known),
            campaigns=list_campaigns(db, connection_id, sent=True, limit=CAMPAIGNS),
            where=WHERE,
            said_by=campaign_words,
            Did=Did,
        )


@router.get("/groups/{crowd_id}", dependencies=[VIEWER])
def one(
    request: Request,
    crowd_id: Number,
    part: Part = Part.ALL,
    after: Annotated[str, Query(max_length=400, pattern=r"^[^\x00]*$")] = "",
) -> Response:
    """The people behind a group's numbers."""
    with reading(services_of(request).engine).begin() as db:
        row = next((some for some in all_crowds(db) if some.id == crowd_id), None)
        if row is None:
            raise Refused(404, "missing")
        asked = row.by_responses
        some = seats(db, row, part, after=after, limit=PEOPLE + 1)
        return page(
            request,
            "group",
            row=row,
            part=part,
            Part=Part,
            asked=asked,
            known=by_ids(db, asked.campaigns) if asked else {},
            reach=reach_of(db, row.id),
            people=some[:PEOPLE],
            first_page=not after,
            to=lambda part, after="": address(f"/groups/{row.id}", part=part.value, after=after),
            more=len(some) > PEOPLE,
            said_by=campaign_words,
        )


@router.post("/groups", dependencies=[MARKETER])
def make(request: Request) -> Response:
    """Make the group; it is written within moments, on its own."""
    services, form, who = services_of(request), form_of(request), user_of(request).email
    chosen, where = _chosen(str(form.get("who", ""))), str(form.get("where", "both"))
    name = str(form.get("name", "")).strip()
    if where not in WHERE or not name:
        raise Refused(422, "unreadable")
    if make_group(services, name, chosen, where, who, living=form.get("living") == "yes") is None:
        raise Refused(404, "missing")
    tell(request, N_("The group is being written. This page shows where it stands; look again in a moment."))
    return RedirectResponse("/groups", 303)


def _chosen(who: str) -> Chosen:
    try:
        return read_chosen(who[:4000])
    except NeedsAttention:
        raise Refused(422, "unreadable") from None


def _joined(chosen: Chosen, joint: str, term: Term) -> Chosen:
    """One more condition: everybody so far has to meet it too, or it lets more people in."""
    if joint == "or":
        return Chosen((*chosen.any_of, (term,)))
    return Chosen(tuple((*line, term) for line in chosen.any_of))


def _campaigns(db: Connection, chosen: Chosen) -> dict[int, CampaignRow]:
    """The campaigns that are asked about, all of one connection. Raises Refused."""
    known = campaigns_of(db, chosen)
    if not known:
        raise Refused(404, "missing")
    return known


def group_name(chosen: Chosen, known: dict[int, CampaignRow]) -> str:
    """What a group is called where nobody says it."""
    term = chosen.any_of[0][0]
    return f"{known[term.campaign].name}: {campaign_words.DID[term.did][0]}"[:80]
