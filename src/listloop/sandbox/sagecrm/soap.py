"""A little of the SOAP web services: sign-in, deletions since a date, and a person's address."""

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, unescape

from listloop.sandbox.clock import iso, seconds_of
from listloop.sandbox.sagecrm.tables import PERSON, TABLES
from listloop.sandbox.wire import Call, Reply

if TYPE_CHECKING:
    from listloop.sandbox.sagecrm.standin import SageCrm

XML = {"Content-Type": "text/xml; charset=utf-8"}


class FaultError(Exception):
    """A SOAP fault, in the words of the service."""


def answer(standin: "SageCrm", call: Call) -> Reply:
    """One call of the web services."""
    if standin.switches["soap"] == "disabled":
        return Reply(500, b"<html><body>Web Services are disabled</body></html>", {"Content-Type": "text/html"})
    body = call.body.decode("utf-8", "replace")
    try:
        return _envelope(_called(standin, body))
    except FaultError as fault:
        told = f"<faultcode>soap:Server</faultcode><faultstring>{escape(str(fault))}</faultstring>"
        return _envelope(f"<soap:Fault>{told}</soap:Fault>", 500)


def _envelope(inner: str, status: int = 200) -> Reply:
    head = '<?xml version="1.0"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    return Reply(status, f"{head}{inner}</soap:Body></soap:Envelope>".encode(), XML)


def _called(standin: "SageCrm", body: str) -> str:
    books = standin.state
    if re.search(r"<(\w+:)?logon[\s>]", body):
        user = books.users.get(_text(body, "username").lower())
        if user is None or user.password != _text(body, "password") or not user.enabled or not user.web_service:
            raise FaultError("User name or password is not correct, or web service access is not allowed")
        if user.logon.lower() in books.sessions.values():
            raise FaultError("User already logged on; log out first")
        session = str(100_000_000 + standin.state.requests)
        books.sessions[session] = user.logon.lower()
        return f"<logonresponse><result><sessionid>{session}</sessionid></result></logonresponse>"
    session = _text(body, "sessionId")
    if session not in books.sessions:
        raise FaultError("Session is not valid")
    if re.search(r"<(\w+:)?logoff[\s>]", body):
        del books.sessions[session]
        return "<logoffresponse/>"
    if re.search(r"<(\w+:)?queryid[\s>]", body):
        return _queryid(standin, body)
    if re.search(r"<(\w+:)?update[\s>]", body):
        return _update(standin, body)
    raise FaultError("This call is not imitated")


def _text(body: str, name: str) -> str:
    found = re.search(rf"<(?:\w+:)?{name}(?:\s[^>]*)?>(.*?)</(?:\w+:)?{name}>", body, re.DOTALL | re.IGNORECASE)
    return unescape(found[1].strip()) if found else ""


def _queryid(standin: "SageCrm", body: str) -> str:
    """Numbers with what happened since a date: added, updated or deleted."""
    name = _text(body, "entityname").lower()
    if name not in TABLES:
        raise FaultError(f"There is no entity {name}")
    since = seconds_of(_text(body, "startdate"))
    low, key = TABLES[name].prefix.lower(), TABLES[name].key
    items = []
    for row in standin.state.rows.get(name, {}).values():
        if row[f"{low}updateddate"] < since:
            continue
        flag = "deleted" if row.get(f"{low}deleted") else "added" if row[f"{low}createddate"] >= since else "updated"
        at = iso(row[f"{low}updateddate"])
        items.append(
            f"<aisid><recordid>{row[key]}</recordid><updateddate>{at}</updateddate><flag>{flag}</flag></aisid>"
        )
    return f"<queryidresponse><result>{''.join(items)}</result></queryidresponse>"


def _update(standin: "SageCrm", body: str) -> str:
    """A person with its business address, in one call."""
    number = int(_text(body, "personid") or 0)
    if standin.state.row("person", number) is None:
        raise FaultError(f"There is no person {number}")
    books, now, address = standin.state, standin.clock.now(), _text(body, "emailaddress")
    email = books.business(number)
    if email is not None and not address:
        for link in books.links_of(PERSON, number):
            if link["elink_emailid"] == email["emai_emailid"]:
                books.delete("emaillink", int(link["elink_linkid"]), now)
    elif email is not None:
        books.update("email", email, {"emai_emailaddress": address}, now)
    else:
        books.attach(PERSON, number, address, "Business", now)
    return "<updateresponse><result><numberupdated>1</numberupdated></result></updateresponse>"
