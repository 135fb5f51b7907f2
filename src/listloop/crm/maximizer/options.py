"""What has to be known to open an Address Book, and the three ways to sign in to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from listloop.core.errors import NeedsAttention
from listloop.core.side import Adapter
from listloop.crm.maximizer.client import CLOUD, Credentials, Octopus
from listloop.crm.maximizer.oauth import REFRESH, App, Grant, app_of
from listloop.crm.maximizer.side import MaximizerCrm

SETTINGS = (
    ("address", "Address of the API (empty: Maximizer's cloud)"),
    ("token", "Personal access token (or, without one, the next three)"),
    ("book", "Address Book (in the cloud its long name)"),
    ("user", "User ID"),
    ("password", "Password"),
    ("vendor", "Vendor ID (cloud, without a token)"),
    ("app_key", "App key (cloud, without a token)"),
    ("client", "Client ID, to sign in on Maximizer's own page (OAuth; instead of token and password)"),
    ("client_secret", "Client secret (OAuth)"),
    ("sign_in", "Address of Maximizer's sign-in page (OAuth; empty: that of the server, on-premise)"),
    ("tokens", "Address where tokens are given (OAuth; empty: beside the sign-in page)"),
    (REFRESH, "What signing in on Maximizer's page gave"),
    ("email", "Which e-mail is mailed: 1, 2 or 3 (empty: 1)"),
    ("status", "Keep who agreed, and whose address bounces, in a field of its own: yes or no (empty: yes)"),
    ("link", "Address of an entry in Web Access, with {key} for its key (empty: no links)"),
)
SECRETS = frozenset({"token", "password", "app_key", "client_secret", REFRESH})


def open_maximizer(settings: Mapping[str, str]) -> MaximizerCrm:
    """The Address Book that the settings name; nothing is called yet. Raises ``NeedsAttention`` for what can't be."""
    known = _known(settings)
    if known["email"] not in {"", "1", "2", "3"}:
        raise NeedsAttention(f"There is no e-mail {known['email']}.", "Enter 1, 2 or 3.", code="crm-setting")
    if known["status"].lower() not in {"", "yes", "no"}:
        raise NeedsAttention(f"“{known['status']}” is neither yes nor no.", "Write yes or no.", code="crm-setting")
    client = Octopus(known["address"], _credentials(known))
    status = known["status"].lower() != "no"
    return MaximizerCrm(client, mailed=f"Email{known['email'] or '1'}", link=known["link"], status=status)


def _known(settings: Mapping[str, str]) -> dict[str, str]:
    known = {name: settings.get(name, "").strip() for name, _ in SETTINGS}
    known["address"] = known["address"] or CLOUD
    parts = urlsplit(known["address"])
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NeedsAttention(
            f"“{known['address']}” is no address of a Maximizer API.",
            "It looks like https://server/MaximizerWebData/Data.svc/json.",
            code="crm-setting",
        )
    return known


def _credentials(known: Mapping[str, str]) -> Credentials:
    app = _app(known)
    if app is not None:
        if not known[REFRESH]:
            raise NeedsAttention(
                "Nobody has signed in on Maximizer's page yet.",
                "Connect Maximizer on Listloop's pages: they lead there. Or enter a personal access token.",
                code="crm-setting",
            )
        return Credentials(grant=Grant(app, known[REFRESH]))
    if not known["token"] and not (known["book"] and known["user"] and known["password"]):
        raise NeedsAttention(
            "Listloop can't sign in to Maximizer.",
            "Enter a personal access token, or an Address Book with a user ID and a password "
            "(on the command line best in LISTLOOP_CRM_TOKEN or LISTLOOP_CRM_PASSWORD).",
            code="crm-setting",
        )
    return Credentials(
        known["token"], known["book"], known["user"], known["password"], known["vendor"], known["app_key"]
    )


def _app(known: Mapping[str, str]) -> App | None:
    """None where a token is known, which counts first, or no client ID is."""
    return None if known["token"] else app_of(known, known["address"])


@dataclass(frozen=True, slots=True)
class Page:
    """Maximizer's page as ``core.side.SignInPage``."""

    fills: frozenset[str] = field(default=frozenset({REFRESH}))

    def ask(self, settings: Mapping[str, str], back: str, state: str) -> str:
        """Where people sign in; "" for a token or a password."""
        app = _app(_known(settings))
        return app.ask(back, state) if app else ""

    def take(self, settings: Mapping[str, str], code: str, back: str) -> Mapping[str, str]:
        """The refresh token."""
        app = _app(_known(settings))
        return {REFRESH: app.take(code, back)} if app else {}


adapter = Adapter("maximizer", "Maximizer CRM", open_maximizer, SETTINGS, SECRETS, optional=SECRETS, page=Page())
