"""Who is let in and how: items 1 to 7 of what a stand-in of Sage CRM must reproduce (D.2)."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from listloop.sandbox.control import Control
from listloop.sandbox.sagecrm.server import start
from listloop.sandbox.wire import Call
from tests.sandbox.sagecrm.stage import BASE, Sage, basic


def test_d2_01_the_path_carries_the_install_name_with_a_j(sage: Sage) -> None:
    """1. Another install name or contract is a 404 of IIS, in HTML."""
    assert sage.ask("GET", "Person").status == 200
    for base in ("/sdata/crm/sagecrm2/-/", "/sdata/otherj/sagecrm2/-/", "/sdata/crmj/sagecrm9/-/", "/elsewhere/"):
        reply = sage.ask("GET", "Person", base=base)
        assert reply.status == 404
        assert b"<html>" in reply.body


def test_d2_02_basic_at_once_and_no_challenge(sage: Sage) -> None:
    """2. Both headers and a SID let in; a refusal has no WWW-Authenticate; a blank password is one."""
    refused = sage.ask("GET", "Person", headers={})
    assert refused.status == 401
    assert "www-authenticate" not in {name.lower() for name in refused.headers}
    assert sage.ask("GET", "Person", headers={"x-sage-authorization": basic()}).status == 200
    assert sage.ask("GET", "Person", headers={"authorization": basic("Admin", "")}).status == 200
    sage.standin.state.sessions["12345"] = "admin"
    assert sage.ask("GET", "Person", headers={}, SID="12345").status == 200
    for change in ({"enabled": False}, {"enabled": True, "resource": True}):
        sage.control("users", {"logon": "listloop", **change})
        assert sage.ask("GET", "Person").status == 401


def test_d2_03_names_in_any_case_and_a_slash_too_many(sage: Sage) -> None:
    """3. Resources and parameters are found in any case, after ``//`` as well."""
    key = sage.person()
    for path in (f"person('{key}')", f"PERSON('{key}')", f"/Person('{key}')", f"Person(pers_personid eq '{key}')"):
        assert sage.get(path)["$key"] == key
    assert len(sage.rows("Person", STARTINDEX=1, WHERE=f"PERS_PERSONID eq {key}")) == 1


def test_d2_04_addresses_in_answers_are_not_those_that_were_asked(sage: Sage) -> None:
    """4. They begin with http:// and name a host of the program's own."""
    sage.person()
    feed = sage.get("Person")
    told = [feed["$url"], feed["$resources"][0]["$url"], sage.get("$prototypes/person")["$baseUrl"]]
    assert all(one.startswith("http://") and "crm.firm.example" not in one for one in told)


@pytest.mark.parametrize(("status", "retry"), [(502, None), (503, "5"), (504, None)])
def test_d2_05_the_proxy_answers_in_html_while_tomcat_is_down(sage: Sage, status: int, retry: str | None) -> None:
    """5. Faults: a gateway's page, with Retry-After for 503; a sign-in page, commas, a mark, by switches."""
    reply = sage.standin.problem(status)
    assert reply.status == status
    assert b"<html>" in reply.body
    assert reply.headers.get("Retry-After") == retry
    sage.switch(json="trailing comma")
    assert sage.ask("GET", "Person").body.endswith(b",}")
    sage.switch(json="BOM")
    assert sage.ask("GET", "Person").body.startswith(b"\xef\xbb\xbf")
    sage.switch(logon_page=True)
    page = sage.ask("GET", "Person")
    assert (page.status, page.body[:9]) == (200, b"<!DOCTYPE")


def test_d2_05_connections_break_on_demand() -> None:
    """5. Latency, a reset and a body cut short, over a real connection."""
    with start() as server, httpx2.Client(base_url=server.url, auth=("listloop", "sage-listloop")) as client:
        for kind in ("cut", "truncated"):
            server.control("faults", {"kind": kind})
            with pytest.raises(httpx2.HTTPError):
                client.get(f"{BASE}Person").json()
        server.control("faults", {"kind": "slow", "ms": 1})
        assert client.get(f"{BASE}Person").status_code == 200


def test_d2_06_a_long_question_is_a_404(sage: Sage) -> None:
    """6. More than 2,048 characters of a query are 404.15 of IIS."""
    assert sage.ask("GET", "Person", raw="x=" + "1" * 2_046).status == 200
    reply = sage.ask("GET", "Person", raw="x=" + "1" * 2_047)
    assert reply.status == 404
    assert b"404.15" in reply.body


def test_d2_07_one_worker_serves_one_after_the_other() -> None:
    """7. Requests are served one at a time, and the journal tells how many waited at once."""
    with start() as server, httpx2.Client(base_url=server.url, auth=("listloop", "sage-listloop")) as client:
        server.control("faults", {"kind": "slow", "ms": 50, "times": 0})
        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda _: client.get(f"{BASE}Person").status_code, range(4)))
        assert replies == [200] * 4
        assert 1 <= json.loads(json.dumps(server.control("journal")))["highest"] <= 4


def test_a_page_frames_our_panel_and_writes_no_markup_of_the_link(sage: Sage) -> None:
    asked = "url=https%3A%2F%2Fours.example%2Fembed%2Fmail%3Frecord%3D%22%3E%26user%3Dmia"
    reply = Control(sage.standin).answer(Call("GET", "/_sandbox/tab", asked))
    assert 'src="https://ours.example/embed/mail?record=&quot;&gt;&amp;user=mia"' in reply.body.decode()
