"""``/_storage/...``: files at signed addresses that expire. Whoever has such an address needs no key."""

import hashlib
import hmac
from urllib.parse import urlencode

from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.wire import Call, Reply

ROOT = "/_storage/"
DENIED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"
_KINDS = {".gz": "application/gzip", ".zip": "application/zip"}


def address(account: Account, base: str, name: str, expires: int) -> str:
    """Of the file ``name`` until the second ``expires``; ``base`` with or without ``/3.0``."""
    query = {"expires": expires, "signature": _signature(account, name, expires)}
    return f"{base.removesuffix('/3.0')}{ROOT}{name}?{urlencode(query)}"


def _signature(account: Account, name: str, expires: int) -> str:
    return hmac.new(account.id.encode(), f"{name} {expires}".encode(), hashlib.sha256).hexdigest()


def answer(account: Account, call: Call, now: int, *, refuse_auth: bool) -> Reply:
    """The file, for a fresh signature and without an Authorization header."""
    params = call.params()
    name = call.path.removeprefix(ROOT)
    expires = int(params["expires"]) if params.get("expires", "").isdecimal() else 0
    signed = hmac.compare_digest(_signature(account, name, expires).encode(), params.get("signature", "").encode())
    found = _file(account, name)
    if found is None or not signed or now > expires or (refuse_auth and "authorization" in call.headers):
        return Reply(403, DENIED, {"Content-Type": "application/xml"})
    return Reply(200, found, {"Content-Type": _KINDS[name[name.rindex(".") :]]})


def _file(account: Account, name: str) -> bytes | None:
    kind, _, file = name.partition("/")
    if kind == "batches":
        batch = account.batches.get(file.removesuffix(".tar.gz"))
        return batch.archive if batch else None
    export = account.documents.get("/account-exports", {}).get(file.removesuffix(".zip"))
    return export["archive"] if export else None
