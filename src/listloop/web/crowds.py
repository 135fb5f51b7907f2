"""Making a response group, for the page and for the API."""

from __future__ import annotations

from sqlalchemy import Connection

from listloop.core.crowd import Chosen
from listloop.store import audit
from listloop.store.campaigns import CampaignRow, by_ids
from listloop.store.crowds import add_crowd, found
from listloop.web.services import Services


def make_group(services: Services, name: str, chosen: Chosen, where: str, who: str, *, living: bool) -> int | None:
    """Make a group, which is written within moments, on its own; its number.

    ``where`` is both, mailchimp or crm. None where one of the campaigns is unknown, or of another connection.
    """
    with services.engine.begin() as db:
        known = campaigns_of(db, chosen)
        if not known:
            return None
        connection_id = next(iter(known.values())).connection_id
        some = found(db, connection_id, chosen)
        made = add_crowd(
            db,
            connection_id,
            name,
            chosen,
            some,
            segment=where != "crm",
            crm=where != "mailchimp",
            living=living,
            who=who,
            now=services.now(),
        )
        said = f"made the group {name} of {len(some)} people"
        audit.note(db, services.now(), who, said, connection_id=connection_id)
    services.results_now(connection_id, who)
    return made


def campaigns_of(db: Connection, chosen: Chosen) -> dict[int, CampaignRow]:
    """The campaigns that are asked about, all of one connection; nothing where they are not."""
    known = by_ids(db, chosen.campaigns)
    whole = len(known) == len(chosen.campaigns) and len({one.connection_id for one in known.values()}) == 1
    return known if whole else {}
