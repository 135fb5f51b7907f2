import pytest

from tests.sandbox.api import NOW, Api


def test_the_clock_is_frozen_stepped_shifted_and_released(api: Api) -> None:
    assert api.server.control("clock", {"freeze": "2030-01-01T00:00:00Z"})["now"] == "2030-01-01T00:00:00+00:00"
    assert api.server.control("clock", {"step": 61})["now"] == "2030-01-01T00:01:01+00:00"
    assert api.server.control("clock", {"run": True})["now"][:16] == "2030-01-01T00:01"


def test_switches_move_together_or_not_at_all(api: Api) -> None:
    with pytest.raises(ValueError, match="nosuch"):
        api.server.control("switches", {"since_inclusive": False, "nosuch": True})
    rows = {row["name"]: row["value"] for row in api.server.control("switches")["switches"]}
    assert rows["since_inclusive"] is True


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
)
def test_a_foreign_page_cannot_steer_the_sandbox(api: Api, headers: dict[str, str]) -> None:
    assert api.client.post("/_sandbox/reset", headers=headers).status_code == 403
    assert api.get("/lists")["total_items"] == 1


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("GET", "/_sandbox/nowhere", b"", 404), ("PUT", "/_sandbox/clock", b"", 405),
        ("POST", "/_sandbox/clock", b"{", 400),
        ("POST", "/_sandbox/clock", b"[]", 400), ("POST", "/_sandbox/clock", b'{"step":"x"}', 400),
        ("POST", "/_sandbox/faults", b'{"nokind":1}', 400), ("POST", "/_sandbox/restore", b"x", 400),
        ("POST", "/_sandbox/seed", b'{"lists":[{}]}', 400), ("POST", "/_sandbox/seed", b'{"lists":7}', 400),
        ("POST", "/_sandbox/seed", b'{"lists":[{"name":"N","members":[7]}]}', 400),
        ("POST", "/_sandbox/seed", b'{"lists":[{"name":"N","merge_fields":[{"name":"x"}]}]}', 400),
        ("POST", "/_sandbox/seed", b"[" * 100_000, 400), ("POST", "/_sandbox/clock", b'{"step":1e30}', 400),
        ("POST", "/_sandbox/clock", b'{"offset":-99999999999}', 400),
        ("POST", "/_sandbox/clock", b'{"freeze":"soon"}', 400),
        ("POST", "/_sandbox/faults", b'{"kind":"429","times":"x"}', 400),
        ("POST", "/_sandbox/switches", b'{"webhook_retry_steps":"5,x"}', 400),
        ("POST", "/_sandbox/feeds", b'{"xml":null}', 400), ("GET", "/_sandbox/journal?last=x", b"", 400),
        ("GET", "/_sandbox/inbox?count=-1", b"", 400),
    ],
)  # fmt: skip
def test_a_wrong_request_is_answered_with_a_sentence(
    api: Api, method: str, path: str, content: bytes, status: int
) -> None:
    reply = api.client.request(method, path, content=content)
    assert (reply.status_code, list(reply.json())) == (status, ["error"])
    assert api.server.control("clock")["seconds"] == NOW


def test_control_requests_are_neither_journalled_nor_broken(api: Api) -> None:
    api.server.control("journal", method="DELETE")
    api.server.control("faults", {"kind": "500", "times": 0})
    assert api.server.control("clock")["frozen"] is True
    assert api.server.control("journal")["total"] == 0
