"""SOAP web services, only for what REST lacks: who was deleted since a time, and a person's address.

One session per user at a time: it is signed on for each errand and off again at once (Sage CRM help, Web Services).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from xml.sax.saxutils import escape, unescape

import httpx2

from listloop.core.errors import ListloopError, NeedsAttention, RecordRejected, TryLater
from listloop.crm.sagecrm.client import SageClient
from listloop.crm.sagecrm.errors import RETRY, reason
from listloop.crm.sagecrm.rows import moment

SPACE = "http://tempuri.org/type"
_ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    '<soap:Header>{head}</soap:Header><soap:Body><{call} xmlns="{space}">{inner}</{call}></soap:Body></soap:Envelope>'
)


@dataclass(frozen=True, slots=True)
class Deleted:
    """Somebody who was deleted: the number, and when by Sage CRM's clock (ISO 8601 UTC)."""

    number: int
    at: str


class Soap:
    """Errands by web services, with the user of the REST client."""

    def __init__(self, client: SageClient, password: str) -> None:
        self.client = client
        self._password = password
        self.url = f"{client.root}/{client.install}/eware.dll/webservices/soap"

    def __repr__(self) -> str:
        return f"Soap({self.url!r})"

    def deleted(self, entity: str, since: str) -> list[Deleted]:
        """Who was deleted since a time. Raises ``TryLater`` while the user is signed on elsewhere."""
        with self._session() as session:
            body = self._call("queryid", session, entityname=entity, startdate=since, whereclause="")
        items = re.findall(r"<(?:\w+:)?aisid>(.*?)</(?:\w+:)?aisid>", body, re.DOTALL)
        found = [item for item in items if _text(item, "flag").lower().startswith("del")]
        zone = self.client.zone
        return [Deleted(int(_text(one, "recordid")), moment(_text(one, "updateddate"), zone)) for one in found]

    def set_address(self, person: int, address: str) -> None:
        """Give a person its business address. Raises ``RecordRejected``."""
        with self._session() as session:
            self._call("update", session, entityname="person", personid=str(person), emailaddress=address)

    def works(self) -> bool:
        """May the user sign on, and off again? Raises ``TryLater`` while it is signed on elsewhere."""
        try:
            with self._session():
                return True
        except (NeedsAttention, RecordRejected):
            return False

    @contextmanager
    def _session(self) -> Iterator[str]:
        answer = self._call("logon", "", username=self.client.user, password=self._password)
        session = _text(answer, "sessionid")
        if not session:
            raise NeedsAttention(
                "Sage CRM's web services let nobody in.",
                "Allow them: Administration → System → Web Services, and for the user.",
                code="crm-soap",
            )
        try:
            yield session
        finally:
            self._call("logoff", session, sessionId=session)

    def _call(self, call: str, session: str, **values: str) -> str:
        head = f"<SessionHeader><sessionId>{session}</sessionId></SessionHeader>" if session else ""
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
        body = _ENVELOPE.format(head=head, call=call, space=SPACE, inner=inner).encode()
        try:
            answer = self.client.http.post(self.url, content=body, headers={"Content-Type": "text/xml; charset=utf-8"})
        except httpx2.HTTPError as error:
            raise TryLater(
                "Sage CRM's web services did not answer.", RETRY, code="crm-no-answer", detail=type(error).__name__
            ) from None
        said = answer.text
        if answer.status_code < 400 and "Fault>" not in said:
            return said
        raise _fault(_text(said, "faultstring") or reason(answer.content), session)


def _fault(said: str, session: str) -> ListloopError:
    if "already logged" in said.lower():
        problem = "The Sage CRM user is signed on to web services elsewhere."
        return TryLater(problem, RETRY, code="crm-soap-busy", retry_after=60.0)
    if session:
        return RecordRejected(
            f"Sage CRM's web services refuse it: {said or 'without a reason'}.", "Enter it in Sage CRM.",
            code="crm-refused",
        )  # fmt: skip
    return NeedsAttention(
        f"Sage CRM's web services don't let the user in: {said or 'they may be switched off'}.",
        "Enable them (Administration → System → Web Services) and allow them for the user; or set soap to no.",
        code="crm-soap",
    )


def _text(body: str, name: str) -> str:
    found = re.search(rf"<(?:\w+:)?{name}(?:\s[^>]*)?>(.*?)</(?:\w+:)?{name}>", body, re.DOTALL | re.IGNORECASE)
    return unescape(found[1].strip()) if found else ""
