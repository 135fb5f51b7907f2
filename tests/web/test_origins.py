"""From where: whatever is done on a page, and by whichever code, the audit log tells the address it was asked from."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Engine
from starlette.testclient import TestClient
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from listloop.store.audit import entries, note
from listloop.store.users import Role
from listloop.web.app import make_app
from tests.docs.pages import ROOT
from tests.web.conftest import Visitor, form_token, press
from tests.web.pressed import Pressed
from tests.web.world import BASE, NOW, World, services, sign_in_link


def test_an_act_behind_a_button_is_noted_with_the_address_though_it_knows_nothing_of_the_request(
    engine: Engine, world: World
) -> None:
    def pause(connection_id: int, who: str) -> None:
        with engine.begin() as db:
            note(db, NOW, who, "paused the connection", connection_id=connection_id)

    app = make_app(services(engine, Pressed(), pause=pause))
    with TestClient(app, base_url=BASE, follow_redirects=False, client=("192.0.2.7", 1)) as client:
        link = sign_in_link(engine)
        client.post(link, data={"form_token": form_token(client.get(link).text)})
        press(client, f"/connections/{world.customers}", f"/connections/{world.customers}/pause")
    with engine.begin() as db:
        newest = entries(db)[0]
    assert (newest.what, newest.address) == ("paused the connection", "192.0.2.7")


def test_one_visitors_address_never_stands_for_anothers_act(engine: Engine, visitor: Visitor, world: World) -> None:
    visitor(Role.VIEWER)
    with engine.begin() as db:
        note(db, NOW, "Listloop", "made a webhook at Mailchimp")
        assert [one.address for one in entries(db)] == ["", "testclient"]


def test_behind_the_proxy_of_the_compose_file_the_visitors_own_address_is_noted(engine: Engine) -> None:
    [trusted] = re.findall(r"FORWARDED_ALLOW_IPS: (\S+)", (ROOT / "deploy" / "compose.yaml").read_text())
    pages: Any = make_app(services(engine, Pressed()))
    app: Any = ProxyHeadersMiddleware(pages, trusted_hosts=trusted)
    for proxy, told in (("10.89.0.5", "203.0.113.9"), ("203.0.113.200", "203.0.113.200")):
        link = sign_in_link(engine)
        headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}  # the first was made up by the visitor
        with TestClient(app, base_url=BASE, follow_redirects=False, client=(proxy, 1), headers=headers) as client:
            client.post(link, data={"form_token": form_token(client.get(link).text)})
        with engine.begin() as db:
            assert entries(db)[0].address == told, "only the proxy is believed"
