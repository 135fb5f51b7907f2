"""``listloop alerts``: what is wrong now, and a try whether alerts arrive."""

from __future__ import annotations

from cyclopts import App

from listloop.cli.console import FAILED, OK, err, out, print_json
from listloop.cli.options import Database, Json, opened
from listloop.core.alerts import TITLES
from listloop.core.errors import NeedsAttention
from listloop.service.alerts import troubles
from listloop.service.messages import Messenger, attempt
from listloop.store.alerts import limits_of
from listloop.store.database import reading

alerts = App(name="alerts", help="Show what is wrong now, and try whether alerts arrive.", result_action="return_value")


@alerts.default
def listed(*, json: Json = False, database: Database = None) -> int:
    """List what is wrong now, as the service would tell it; exit code 1 where something is."""
    with opened(database) as listloop:
        with reading(listloop.engine).begin() as db:
            limits = limits_of(db)
        found = list(troubles(listloop, limits))
        told = Messenger.of(listloop.settings).anybody
    if json:
        print_json([{"kind": one.kind, "about": one.about, "text": one.text, "fix": one.fix} for one in found])
        return FAILED if found else OK
    for one in found:
        out.print(f"{TITLES[one.kind]}: {one.about}. {one.text}\n→ {one.fix}", markup=False)
    if not found:
        out.print("Nothing is wrong.")
    if not told:
        out.print("→ Nobody is told: set LISTLOOP_MAIL_SERVER and LISTLOOP_ALERT_MAIL, or LISTLOOP_ALERT_URL.")
    return FAILED if found else OK


@alerts.command(name="try")
def try_(*, database: Database = None) -> int:
    """Send a message to everybody who gets alerts."""
    with opened(database) as listloop:
        messenger = Messenger.of(listloop.settings)
    if not messenger.anybody:
        raise NeedsAttention(
            "Nobody gets alerts yet.",
            "Set LISTLOOP_MAIL_SERVER and LISTLOOP_ALERT_MAIL, or LISTLOOP_ALERT_URL.",
            code="alerts-nobody",
        )
    if attempt(messenger):
        out.print("Sent. Look whether it arrived.")
        return OK
    err.print("It could not be sent; the line above names why. Check the address, the name and the password.")
    return FAILED
