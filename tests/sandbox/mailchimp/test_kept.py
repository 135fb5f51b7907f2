"""What a data file and a snapshot keep of mails, their links and sign-ins."""

from pathlib import Path
from typing import Any

import httpx2

from listloop.sandbox.clock import Clock
from listloop.sandbox.mailchimp.server import start
from tests.sandbox.api import KEY, NOW, Api
from tests.sandbox.mailchimp.mails import people, rates, sent
from tests.sandbox.mailchimp.test_oauth import exchange, grant

PATHS = (
    "/reports?count=10",
    "/campaigns",
    "/lists",
    "/lists/{}/members?count=100",
    "/reports/{}/email-activity?count=100",
)


def look(api: Api, campaign: str) -> list[Any]:
    """Answers as bytes, without what each request has of its own."""
    paths = [path.format(campaign if path.startswith("/reports/") else api.list_id) for path in PATHS]
    answers = [api.client.get("/3.0" + path).content for path in paths]
    return [*answers, api.client.get("/_sandbox/inbox").content]


def story(api: Api) -> str:
    api.seed(*people(30))
    rates(api, open=0.5, click=0.3, unsubscribe=0.1)
    campaign = sent(api)
    api.step(3600)
    mail = api.server.control("inbox")["mails"][0]
    httpx2.get(mail["unsubscribe_url"])
    api.step(86400)
    return campaign


def test_mails_and_what_came_of_them_survive_a_restart(tmp_path: Path) -> None:
    seen, port, campaign, token = [], 0, "", ""
    for turn in range(3):
        with (
            start(data=tmp_path / "state", clock=Clock(frozen=NOW), port=port) as server,
            httpx2.Client(base_url=server.url, auth=("x", KEY)) as client,
        ):
            port = int(server.url.rpartition(":")[2])
            api = Api(server, client)
            if turn == 0:
                campaign = story(api)
                token = exchange(api, grant(api)["code"], client_secret="very-secret").json()["access_token"]
            else:
                api.seed()
            seen.append(look(api, campaign))
            headers = {"Authorization": f"Bearer {token}"}
            assert httpx2.get(f"{server.url}/3.0/ping", headers=headers).status_code == 200
    assert seen[0] == seen[1] == seen[2]
    for file in tmp_path.iterdir():
        assert not [secret for secret in (b"very-secret", token.encode()) if secret in file.read_bytes()]


def test_a_restored_snapshot_goes_on_as_it_would_have(api: Api) -> None:
    """Also with what lies ahead: people who will open, and a campaign that is scheduled."""
    api.seed(*people(30))
    rates(api, open=0.9, click=0.5, unsubscribe=0.1)
    campaign = sent(api)
    saved = api.client.get("/_sandbox/snapshot").content
    api.step(86400)
    first = look(api, campaign)
    api.client.post("/_sandbox/restore", content=saved)
    assert api.get(f"/reports/{campaign}")["opens"]["opens_total"] == 0
    api.step(86400)
    assert look(api, campaign) == first
