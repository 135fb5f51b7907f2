"""Where one is signed in can be seen, and ended; of others' sessions nobody sees or ends any."""

from __future__ import annotations

import re

from sqlalchemy import Engine

from listloop.store.users import Role
from tests.web.conftest import Visitor, press
from tests.web.world import World


def marks(html: str) -> list[str]:
    return re.findall(r"/you/sessions/([0-9a-f]{16})/end", html)


def test_another_browser_is_seen_and_signed_out(world: World, visitor: Visitor) -> None:
    here, there = visitor(Role.VIEWER), visitor(Role.VIEWER)
    (mark,) = marks(here.get("/you").text)
    assert there.get("/people").status_code == 200
    assert press(here, "/you", f"/you/sessions/{mark}/end") == "/you"
    assert there.get("/people").status_code == 401
    assert here.get("/people").status_code == 200
    assert marks(here.get("/you").text) == []


def test_nobody_ends_the_session_of_somebody_else(engine: Engine, world: World, visitor: Visitor) -> None:
    first, second = visitor(Role.VIEWER), visitor(Role.VIEWER)
    (mark,) = marks(first.get("/you").text)
    other = visitor(Role.ADMINISTRATOR)
    assert marks(other.get("/you").text) == []
    press(other, "/you", f"/you/sessions/{mark}/end")
    assert second.get("/people").status_code == 200
