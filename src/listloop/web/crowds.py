"""Making a response group, for the pages, the panels and the API."""

from __future__ import annotations

from sqlalchemy import Connection

from listloop.core.crowd import Chosen
from listloop.store.campaigns import CampaignRow, by_ids
from listloop.sync.crowds import keep_responses
from listloop.web.services import Services


def make_group(
    services: Services, name: str, chosen: Chosen, where: str, who: str, *, living: bool = False
) -> int | None:
    """Keep whom a choice means as a group, and have it written within moments, on its own; its number.

    ``where`` is both, mailchimp or crm. None where one of the campaigns is unknown, or of another connection. Raises
    NeedsAttention where nobody is meant.
    """
    with services.engine.begin() as db:
        known = campaigns_of(db, chosen)
        if not known:
            return None
        connection_id = next(iter(known.values())).connection_id
        segment, crm = where != "crm", where != "mailchimp"
        made = keep_responses(
            db, connection_id, name, chosen, who, services.now(), segment=segment, crm=crm, living=living
        )
    services.results_now(connection_id, who)
    return made


def campaigns_of(db: Connection, chosen: Chosen) -> dict[int, CampaignRow]:
    """The campaigns that are asked about, all of one connection; nothing where they are not."""
    known = by_ids(db, chosen.campaigns)
    whole = len(known) == len(chosen.campaigns) and len({one.connection_id for one in known.values()}) == 1
    return known if whole else {}
