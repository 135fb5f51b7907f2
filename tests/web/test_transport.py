"""What goes over the network: with https browsers are kept to it, and nobody's certificate goes unchecked."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Engine
from starlette.testclient import TestClient

import listloop
from listloop.web.app import make_app
from tests.web.pressed import Pressed
from tests.web.world import World, services, sign_in_link

SOURCE = Path(listloop.__file__).parent
HTTPS = "https://listloop.example.com"

#: How a program stops looking at certificates.
UNCHECKED = re.compile(
    r"verify\s*=\s*False|CERT_NONE|check_hostname\s*=\s*False|_create_unverified_context|PROTOCOL_TLSv1\b"
)


def test_with_https_browsers_are_kept_to_it_and_cookies_go_nowhere_else(engine: Engine, world: World) -> None:
    app = make_app(services(engine, Pressed(), base_url=HTTPS))
    with TestClient(app, base_url=HTTPS, follow_redirects=False) as client:
        page = client.get(sign_in_link(engine, base=HTTPS))
        assert page.headers["strict-transport-security"].startswith("max-age=31536000")
        cookies = page.headers.get_list("set-cookie")
        assert cookies
        assert all("secure" in one.lower() and "httponly" in one.lower() for one in cookies)


def test_no_code_of_ours_stops_looking_at_certificates() -> None:
    found = [
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if "sandbox" not in path.parts and UNCHECKED.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
