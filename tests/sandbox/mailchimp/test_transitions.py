"""The status table, cell by cell, over HTTP. The expectations are written out here, not read from the code."""

import httpx2
import pytest

from listloop.sandbox.mailchimp.transitions import OUTCOMES, STATES, TABLE, WISHES, By
from tests.sandbox.api import Api

# ok: the member then has that status; same: 200 and untouched; no: compliance; never: forgotten; 404; 405
GRID = """
                           subscribed unsubscribed cleaned pending transactional archive forget
none                       ok         ok           ok      ok      ok            404     404
subscribed                 same       ok           ok      ok      ok            ok      ok
unsubscribed by admin      ok         same         ok      ok      no            ok      ok
unsubscribed by self       no         same         ok      ok      no            ok      ok
complained                 no         same         ok      no      no            ok      ok
cleaned                    no         ok           same    no      no            405     ok
pending                    ok         ok           ok      same    ok            405     ok
transactional              ok         ok           ok      ok      same          ok      ok
archived                   ok         ok           ok      ok      ok            405     ok
archived after opt-out     no         ok           ok      ok      no            405     ok
archived after complaint   no         ok           ok      no      no            405     ok
archived after bounce      no         ok           ok      no      no            405     ok
forgotten                  never      never        never   never   never         404     404
"""
CELLS = [
    (line[:27].strip(), wish, cell)
    for line in GRID.strip("\n").splitlines()[1:]
    for wish, cell in zip(WISHES, line[27:].split(), strict=True)
]
EMAIL = "ann@acme.example"
START = {
    "none": None,
    "subscribed": {"status": "subscribed"},
    "unsubscribed by admin": {"status": "unsubscribed", "origin": "admin"},
    "unsubscribed by self": {"status": "unsubscribed", "origin": "self"},
    "complained": {"status": "unsubscribed", "origin": "abuse"},
    "cleaned": {"status": "cleaned"},
    "pending": {"status": "pending"},
    "transactional": {"status": "transactional"},
    "archived": {"status": "subscribed", "archived": True},
    "archived after opt-out": {"status": "unsubscribed", "origin": "self", "archived": True},
    "archived after complaint": {"status": "unsubscribed", "origin": "abuse", "archived": True},
    "archived after bounce": {"status": "cleaned", "archived": True},
    "forgotten": {"status": "subscribed"},
}


def test_the_grid_covers_the_table() -> None:
    assert [(state, wish) for state, wish, _ in CELLS] == [(state, wish) for state in STATES for wish in WISHES]


def test_every_cell_has_a_known_outcome() -> None:
    for cell in TABLE.values():
        assert {cell.on, cell.off} <= OUTCOMES.keys() if isinstance(cell, By) else cell in OUTCOMES


def ask(api: Api, state: str, wish: str) -> httpx2.Response:
    if wish == "archive":
        return api.call("DELETE", f"members/{EMAIL}")
    if wish == "forget":
        return api.call("POST", f"members/{EMAIL}/actions/delete-permanent")
    if state.startswith("archived"):
        return api.call("POST", "members", {"email_address": EMAIL, "status": wish})
    body = {"email_address": EMAIL, "status_if_new": wish}
    return api.call("PUT", f"members/{EMAIL}", body | ({} if state in {"none", "forgotten"} else {"status": wish}))


@pytest.mark.parametrize(("state", "wish", "expected"), CELLS)
def test_cell(api: Api, state: str, wish: str, expected: str) -> None:
    """A write leads where the table says, and a refused one leaves the member as it was."""
    start = START[state]
    if start is not None:
        api.seed({"email_address": EMAIL, **start})
    if state == "forgotten":
        api.ok("POST", f"members/{EMAIL}/actions/delete-permanent")
    before = api.call("GET", f"members/{EMAIL}").json()
    api.step()
    reply = ask(api, state, wish)
    now = api.call("GET", f"members/{EMAIL}").json()
    match expected:
        case "ok" if wish == "forget":
            assert (reply.status_code, now["status"]) == (204, 404)
        case "ok":
            assert reply.status_code == (204 if wish == "archive" else 200), reply.text
            assert now["status"] == {"archive": "archived"}.get(wish, wish)
        case "same":
            assert (reply.status_code, now) == (200, before)
        case "no":
            assert (reply.status_code, reply.json()["title"], now) == (400, "Member In Compliance State", before)
        case "never":
            assert (reply.status_code, reply.json()["title"]) == (400, "Forgotten Email Not Subscribed")
        case status:
            assert reply.status_code == int(status)
            assert now.get("last_changed") == before.get("last_changed")
