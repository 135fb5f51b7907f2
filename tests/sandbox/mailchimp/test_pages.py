import httpx2

from listloop.sandbox.mailchimp.server import start
from tests.sandbox.api import Api

ANN = "ann@acme.example"
NASTY = "<script>alert(1)</script>"


def html(api: Api, path: str = "", **params: str) -> str:
    reply = api.client.get(f"/_sandbox/{path}", params=params)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "http" not in reply.text.replace("http-equiv", "").partition("<body>")[0]
    return reply.text


def path_of(api: Api, email: str = ANN) -> str:
    return f"lists/{api.list_id}/members/{api.member(email)['contact_id']}"


def test_audiences_and_members_are_shown_and_everything_is_escaped(api: Api) -> None:
    api.seed({"email_address": ANN, "merge_fields": {"FNAME": NASTY}, "tags": [NASTY]}, name="News")
    assert f"/_sandbox/lists/{api.list_id}" in html(api)
    for page in (html(api, f"lists/{api.list_id}"), html(api, path_of(api)), html(api, path_of(api), said=NASTY)):
        assert ANN in page
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def test_members_are_found_by_name_address_and_status_and_paged(api: Api) -> None:
    api.seed({"email_address": ANN, "merge_fields": {"FNAME": "Zoë"}, "status": "unsubscribed"})
    api.seed(*({"email_address": f"p{n}@x.example"} for n in range(60)))
    root = f"lists/{api.list_id}"
    assert html(api, root, q="zoë").count("<tr>") == 2
    assert html(api, root, q="ANN@").count("<tr>") == 2
    assert html(api, root, status="unsubscribed").count("<tr>") == 2
    assert (html(api, root).count("<tr>"), html(api, root, page="2").count("<tr>")) == (51, 12)
    assert "Nobody found" in html(api, root, q="nosuch")


def test_a_marketer_edits_a_member_in_the_form(api: Api) -> None:
    api.seed({"email_address": ANN, "tags": ["old"]})
    form = {
        "merge.FNAME": "Ann",
        "merge.ADDRESS.addr1": "",
        "tags": "new, newer",
        "status": "subscribed",
        "email_address": ANN,
    }
    reply = api.client.post(f"/_sandbox/{path_of(api)}", data=form)
    assert (reply.status_code, reply.headers["location"].endswith("said=Saved.")) == (303, True)
    now = api.member(ANN)
    assert (now["full_name"], {tag["name"] for tag in now["tags"]}) == ("Ann", {"new", "newer"})
    api.client.post(
        f"/_sandbox/{path_of(api)}", data={**form, "email_address": "lee@acme.example", "status": "unsubscribed"}
    )
    assert api.member("lee@acme.example")["status"] == "unsubscribed"


def test_an_edit_that_is_refused_says_why(api: Api) -> None:
    api.seed({"email_address": ANN, "status": "unsubscribed", "origin": "self"})
    reply = api.client.post(f"/_sandbox/{path_of(api)}", data={"status": "subscribed"})
    assert "compliance+state" in reply.headers["location"]
    assert api.member(ANN)["status"] == "unsubscribed"


def test_buttons_let_the_person_act(api: Api) -> None:
    api.seed({"email_address": ANN})
    api.client.post(f"/_sandbox/{path_of(api)}/act", data={"act": "unsubscribe"})
    assert api.member(ANN)["unsubscribe_reason"] == "None given"
    reply = api.client.post(f"/_sandbox/{path_of(api)}/act", data={"act": "confirm"})
    assert "is+unsubscribed" in reply.headers["location"]


def test_the_sign_up_form_signs_up(api: Api) -> None:
    api.seed(interest_categories=[{"title": "T", "interests": ["Wine"]}])
    page = html(api, f"lists/{api.list_id}/signup")
    interest = next(iter(api.standin.state.audience(api.list_id).interests))
    assert f'name="interest.{interest}"' in page
    form = {"email": ANN, "merge.FNAME": "Ann", f"interest.{interest}": "on"}
    reply = api.client.post(f"/_sandbox/lists/{api.list_id}/signup", data=form)
    assert reply.status_code == 303
    now = api.member(ANN)
    assert (now["source"], now["interests"]) == ("Hosted Signup Form", {interest: True})


def test_journal_clock_and_switches_have_pages(api: Api) -> None:
    api.get("/ping")
    assert "/3.0/ping" in html(api, "pages/journal")
    assert "2027-01-15 08:00:00" in html(api, "pages/clock")
    api.client.post("/_sandbox/pages/clock", data={"step": "60"})
    assert "2027-01-15 08:01:00" in html(api, "pages/clock")
    api.client.post("/_sandbox/pages/switches", data={"name": "since_inclusive", "value": "False"})
    api.client.post("/_sandbox/pages/switches", data={"name": "batch_body_limit", "value": "9"})
    values = {row["name"]: row["value"] for row in api.server.control("switches")["switches"]}
    assert (values["since_inclusive"], values["batch_body_limit"]) == (False, 9)
    assert "since_inclusive" in html(api, "pages/switches")


def test_a_page_that_is_not_there_is_a_404(api: Api) -> None:
    assert api.client.get("/_sandbox/lists/0000000000").status_code == 404
    assert api.client.get(f"/_sandbox/lists/{api.list_id}/members/x").status_code == 404


def test_the_first_page_tells_a_program_where_to_go_and_with_which_key(api: Api) -> None:
    page = html(api)
    assert f"{api.server.url}/3.0</code>" in page
    assert f"curl -u any:0123456789abcdef0123456789abcdef-us1 {api.server.url}/3.0/lists" in page
    with start(key="f" * 32 + "-us1") as server, httpx2.Client(base_url=server.url) as client:
        page = client.get("/_sandbox/").text
        assert "the key it was started with" in page
        assert "f" * 32 not in page


def test_the_journal_shows_what_was_sent(api: Api) -> None:
    api.ok("POST", "interest-categories", {"title": NASTY, "type": "hidden"})
    page = html(api, "pages/journal")
    assert "&lt;script&gt;" in page
    assert "<script" not in page
