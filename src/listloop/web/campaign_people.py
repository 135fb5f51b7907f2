"""The people behind a number of a campaign, as addresses ask for them: pages, files and the API alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query
from pydantic import StringConstraints

from listloop.core.crowd import OTHERS, Did, Term, asked
from listloop.core.facts import in_utc
from listloop.web.api.paging import Number

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]

OF_DOMAIN = f"Only those with an address of this domain; “{OTHERS}” is all but the biggest ones of the campaign."


def asked_for(otherwise: Did) -> Callable[..., Term]:
    """Reads an address; where it does not say what they did, it is this. Raises NeedsAttention where the parts of what
    it says do not go together.
    """

    def read(
        campaign_id: Number,
        did: Annotated[Did | None, Query(description="What they did, or did not.")] = None,
        link: Annotated[Text, Query(max_length=2000, description="Of those who clicked: this link.")] = "",
        domain: Annotated[Text, Query(max_length=250, description=OF_DOMAIN)] = "",
        why: Annotated[
            Text | None, Query(max_length=2000, description="Of those who opted out: for this reason; empty: for none.")
        ] = None,
        since: Annotated[
            datetime | None, Query(description="Who did it for the first time at this moment or later.")
        ] = None,
        until: Annotated[
            datetime | None, Query(description="Who did it for the first time before this moment.")
        ] = None,
    ) -> Term:
        return asked(did or otherwise, campaign_id, link, domain, why, in_utc(since), in_utc(until))

    return read


AskedFor = Annotated[Term, Depends(asked_for(Did.SENT))]
"""Those whom the address of a call or a file asks for; everybody who got the campaign where it does not say."""


def query_of(term: Term) -> str:
    """What an address says that asks for these people."""
    said = {"did": term.did.value, "link": term.link, "domain": term.domain}
    said |= {name: at.isoformat() for name, at in (("since", term.since), ("until", term.until)) if at}
    known = {name: value for name, value in said.items() if value}
    return urlencode(known if term.why is None else known | {"why": term.why})
