"""``/oauth2/...``: sign-in for applications, as far as one can imitate it (Mailchimp OAuth 2 guide).

Any client id and secret are good. Codes work once and for ten minutes; tokens for ever, until they are revoked.
"""

import hashlib
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.page import POLICY, button, el
from listloop.sandbox.wire import Call, Reply, json_reply

ROOT = "/oauth2/"
LASTS = 600


def answer(account: Account, call: Call, now: int) -> Reply:
    match (call.path.removeprefix(ROOT), call.method):
        case ("authorize", "GET"):
            return _ask(call)
        case ("authorize", "POST"):
            return _decide(account, call, now)
        case ("token", "POST"):
            return _token(account, call, now)
        case ("metadata", "GET"):
            return _metadata(account, call)
        case _:
            return json_reply({"error": "not_found", "error_description": "There is no such OAuth address."}, 404)


def without_secret(call: Call) -> Call | None:
    """The call as a data file may keep it; the client secret is not looked at here anyway."""
    if call.method != "POST":
        return None
    kept = [(name, value) for name, value in parse_qsl(call.body.decode("utf-8", "replace")) if name != "client_secret"]
    return replace(call, body=urlencode([*kept, ("client_secret", "x")]).encode())


def knows(account: Account, token: str) -> bool:
    return account.oauth.get(_digest(token)) == "token"


def revoke(account: Account, token: str) -> int:
    """How many tokens are worth nothing any more; without a token all of them are."""
    wanted = _digest(token) if token else ""
    gone = [key for key, use in account.oauth.items() if use == "token" and wanted in {"", key}]
    for key in gone:
        del account.oauth[key]
    return len(gone)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _ask(call: Call) -> Reply:
    params = call.params()
    target = urlsplit(params.get("redirect_uri", ""))
    if params.get("response_type") != "code" or not params.get("client_id") or target.scheme not in {"http", "https"}:
        return _error(400, "invalid_request", "response_type=code, client_id and redirect_uri are needed.")
    kept = [el("input", type="hidden", name=name, value=params.get(name, "")) for name in ("redirect_uri", "state")]
    form = el(
        "form", *kept, button("Allow", name="do", value="allow"), button("Deny", name="do", value="deny"),
        method="post", action=f"{ROOT}authorize",
    )  # fmt: skip
    text = el("p", f"The application {params['client_id']} wants to use this sandbox account.")
    body = "<!doctype html>" + el("html", el("head", el("title", "Sign in")), el("body", text, form), lang="en")
    # A form whose answer leads to another address needs that address in the policy too.
    policy = POLICY.replace("form-action 'self'", f"form-action 'self' {target.scheme}://{target.netloc}")
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy, "X-Frame-Options": "DENY"}
    return Reply(200, body.encode(), headers)


def _decide(account: Account, call: Call, now: int) -> Reply:
    form = call.form()
    target = form.get("redirect_uri", "")
    if urlsplit(target).scheme not in {"http", "https"}:
        return _error(400, "invalid_request", "redirect_uri is needed.")
    more = {"state": form["state"]} if form.get("state") else {}
    if form.get("do") == "allow":
        code = account.token(32)
        account.oauth[_digest(code)] = f"{now + LASTS} {target}"
        more = {"code": code, **more}
    else:
        more = {"error": "access_denied", **more}
    joined = "&" if urlsplit(target).query else "?"
    return Reply(302, b"", {"Location": target + joined + urlencode(more)})


def _token(account: Account, call: Call, now: int) -> Reply:
    form = call.form()
    if form.get("grant_type") != "authorization_code" or not form.get("client_id") or not form.get("client_secret"):
        return _error(400, "invalid_request", "grant_type=authorization_code, client_id and client_secret are needed.")
    until, _, target = account.oauth.pop(_digest(form.get("code", "")), "0 ").partition(" ")
    if not until.isdecimal() or int(until) < now or target != form.get("redirect_uri", ""):
        return _error(400, "invalid_grant", "The code is unknown, used or too old, or the redirect_uri is another one.")
    token = account.token(32)
    account.oauth[_digest(token)] = "token"
    return json_reply({"access_token": token, "expires_in": 0, "scope": None})


def _metadata(account: Account, call: Call) -> Reply:
    """200 whatever the token is: only a good one has an ``api_endpoint``."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() not in {"oauth", "bearer"} or not knows(account, token):
        return json_reply({"error": "invalid_token", "error_description": "The access token is not valid."})
    login = {
        "email": "owner@sandbox.example", "avatar": None, "login_id": 1, "login_name": "sandbox",
        "login_email": "owner@sandbox.example",
    }  # fmt: skip
    return json_reply({
        "dc": "us1", "role": "owner", "accountname": "Sandbox", "user_id": 1, "login": login,
        "login_url": f"{call.base}/oauth2", "api_endpoint": call.base,
    })  # fmt: skip


def _error(status: int, error: str, text: str) -> Reply:
    return json_reply({"error": error, "error_description": text}, status)
