from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.sandbox.api import Api

BACK = "http://127.0.0.1:9/back"


def grant(api: Api, **more: str) -> dict[str, str]:
    """The parameters that the application gets when the user allows it."""
    form = {"redirect_uri": BACK, "state": "s1", "do": "allow", **more}
    reply = httpx2.post(f"{api.server.url}/oauth2/authorize", data=form)
    assert reply.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["location"]).query).items()}


def exchange(api: Api, code: str, **more: str) -> httpx2.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": "c",
        "client_secret": "s",
        "redirect_uri": BACK,
        "code": code,
    }
    return httpx2.post(f"{api.server.url}/oauth2/token", data=form | more)


def metadata(api: Api, token: str) -> httpx2.Response:
    return httpx2.get(f"{api.server.url}/oauth2/metadata", headers={"Authorization": f"OAuth {token}"})


def test_a_user_signs_in_and_the_token_is_a_key(api: Api) -> None:
    query = {"response_type": "code", "client_id": "app", "redirect_uri": BACK, "state": "s1"}
    page = httpx2.get(f"{api.server.url}/oauth2/authorize", params=query)
    assert (page.status_code, "Allow" in page.text) == (200, True)
    back = grant(api)
    assert back["state"] == "s1"
    reply = exchange(api, back["code"]).json()
    assert (reply["expires_in"], reply["scope"], len(reply["access_token"])) == (0, None, 32)
    about = metadata(api, reply["access_token"]).json()
    assert (about["dc"], about["api_endpoint"]) == ("us1", api.server.url)
    for scheme in ("OAuth", "Bearer"):
        headers = {"Authorization": f"{scheme} {reply['access_token']}"}
        assert httpx2.get(f"{about['api_endpoint']}/3.0/ping", headers=headers).status_code == 200


def test_a_code_works_once_soon_and_for_one_address(api: Api) -> None:
    code = grant(api)["code"]
    assert exchange(api, code, redirect_uri="http://127.0.0.1:9/other").status_code == 400
    code = grant(api)["code"]
    assert [exchange(api, code).status_code for _ in range(2)] == [200, 400]
    code = grant(api)["code"]
    api.step(601)
    assert exchange(api, code).json()["error"] == "invalid_grant"
    assert grant(api, do="deny") == {"error": "access_denied", "state": "s1"}


def test_metadata_answers_200_to_a_bad_token_and_only_the_endpoint_is_missing(api: Api) -> None:
    token = exchange(api, grant(api)["code"]).json()["access_token"]
    assert api.server.control("oauth/revoke", {"token": token}) == {"revoked": 1}
    reply = metadata(api, token)
    assert (reply.status_code, "api_endpoint" in reply.json()) == (200, False)
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx2.get(f"{api.server.url}/3.0/ping", headers=headers).status_code == 401
