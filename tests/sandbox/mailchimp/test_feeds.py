"""Campaigns that are fed from outside: RSS and Atom feeds, and pages as content."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp import feeds
from tests.sandbox.api import NOW, Api
from tests.sandbox.mailchimp.mails import draft, rates

DAY = 86400
URL = "https://corp.example/feed"
RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:c="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Blog</title><link>https://corp.example/</link><description>All</description>{}</channel></rss>"""
ITEM = """<item><title>{0}</title><link>https://corp.example/{0}</link><pubDate>{1}</pubDate>
<c:encoded>Text of {0}</c:encoded></item>"""
HTML = "<h1>*|RSSFEED:TITLE|*</h1>*|RSSITEMS:|*<a href='*|RSSITEM:URL|*'>*|RSSITEM:TITLE|*</a> *|END:RSSITEMS|*"
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title><!-- x --><link href="https://corp.example/"/>
<entry><title>A &amp; B</title><link href="https://corp.example/a"/><updated>2027-01-15T09:00:00Z</updated>
<summary>short</summary></entry></feed>"""


def fed(api: Api, *items: tuple[str, str]) -> None:
    xml = RSS.format("".join(ITEM.format(*one) for one in items))
    api.server.control("feeds", {"url": URL, "xml": xml})


def started(api: Api, **options: object) -> str:
    rates(api)
    api.seed({"email_address": "ann@acme.example"})
    opts = {"feed_url": URL, "frequency": "daily", "schedule": {"hour": 9}} | options
    made = draft(
        api, HTML, type="rss", rss_opts=opts,
        settings={"subject_line": "*|RSSITEM:TITLE|*", "from_name": "N", "reply_to": "n@corp.example"},
    )  # fmt: skip
    api.ok("POST", f"/campaigns/{made}/actions/send")
    return made


def mails(api: Api) -> list[tuple[str, str]]:
    found = api.server.control("inbox?kind=campaign")["mails"]
    return [(mail["subject"], mail["at"]) for mail in found]


def test_what_is_new_goes_out_once_a_day_as_a_campaign_of_its_own(api: Api) -> None:
    fed(api, ("First", "Fri, 15 Jan 2027 07:00:00 GMT"))
    made = started(api)
    api.step(3600 + 2)
    assert mails(api) == [("First", "2027-01-15T09:00:00+00:00")]
    fed(api, ("Second", "Fri, 15 Jan 2027 12:00:00 GMT"), ("First", "Fri, 15 Jan 2027 07:00:00 GMT"))
    api.step(DAY)
    assert [subject for subject, _ in mails(api)] == ["Second", "First"]
    api.step(DAY)
    assert len(mails(api)) == 2  # nothing new, nobody is mailed
    assert api.get(f"/campaigns/{made}")["rss_opts"]["last_sent"] == "2027-01-16T09:00:00+00:00"
    children = api.get(f"/reports/{made}/sub-reports")["reports"]
    assert [(one["subject_line"], one["emails_sent"]) for one in children] == [("First", 1), ("Second", 1)]
    child = api.get(f"/campaigns/{children[0]['id']}")
    assert (child["parent_campaign_id"], child["status"]) == (made, "sent")
    html = api.get(f"/campaigns/{child['id']}/content")["html"]
    assert html == "<h1>Blog</h1><a href='https://corp.example/First'>First</a> "


def test_a_paused_feed_sends_nothing_until_it_is_resumed(api: Api) -> None:
    fed(api, ("First", "Fri, 15 Jan 2027 07:00:00 GMT"))
    made = started(api)
    api.ok("POST", f"/campaigns/{made}/actions/pause")
    api.step(2 * DAY)
    assert mails(api) == []
    fed(api, ("Later", "Sun, 17 Jan 2027 07:00:00 GMT"))
    api.ok("POST", f"/campaigns/{made}/actions/resume")
    api.step(DAY)
    assert [subject for subject, _ in mails(api)] == ["Later"]
    assert api.refused("POST", f"/campaigns/{made}/actions/resume") == (400, "Bad Request")


@pytest.mark.parametrize(
    ("options", "at"),
    [
        ({"frequency": "daily", "schedule": {"hour": 7}}, "2027-01-16T07"),
        ({"frequency": "daily", "schedule": {"hour": 9, "daily_send": {"monday": True}}}, "2027-01-18T09"),
        ({"frequency": "weekly", "schedule": {"hour": 9, "weekly_send_day": "friday"}}, "2027-01-15T09"),
        ({"frequency": "monthly", "schedule": {"hour": 9, "monthly_send_date": 3}}, "2027-02-03T09"),
        ({"frequency": "monthly", "schedule": {"monthly_send_date": 0}}, "2027-01-31T00"),
    ],
)  # fmt: skip
def test_the_schedule_names_the_next_hour(options: dict[str, object], at: str) -> None:
    assert iso(feeds.next_due(options, NOW)) == f"{at}:00:00+00:00"


def test_atom_is_a_feed_too() -> None:
    about, items = feeds.read(ATOM)
    assert about["URL"] == "https://corp.example/"
    assert [(one.title, one.url, one.content) for one in items] == [("A & B", "https://corp.example/a", "short")]


@pytest.mark.parametrize("wrong", ["", "<html/>", "<rss/>", "no xml"])
def test_what_is_no_feed_is_said_so(api: Api, wrong: str) -> None:
    with pytest.raises(ValueError, match="no feed"):
        api.server.control("feeds", {"url": URL, "xml": wrong})


@pytest.fixture
def site() -> Iterator[str]:
    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404 if "missing" in self.path else 200)
            self.send_header("Content-Type", "text/html; charset=latin-1")
            self.end_headers()
            self.wfile.write("<p>Größe *|FNAME|*</p>".encode("latin-1"))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_content_is_fetched_from_its_address(api: Api, site: str) -> None:
    made = draft(api)
    shown = api.ok("PUT", f"/campaigns/{made}/content", {"url": f"{site}/page"})
    assert shown["html"] == "<p>Größe *|FNAME|*</p>"
    assert api.get(f"/campaigns/{made}")["content_type"] == "url"
    assert api.refused("PUT", f"/campaigns/{made}/content", {"url": f"{site}/missing"}) == (400, "Invalid Resource")
    assert api.refused("PUT", f"/campaigns/{made}/content", {"url": "file:///etc/passwd"}) == (400, "Invalid Resource")
    variants = [{"content_label": "a", "url": f"{site}/a"}, {"content_label": "b", "html": "<p>b</p>"}]
    shown = api.ok("PUT", f"/campaigns/{made}/content", {"variate_contents": variants})
    assert [one["html"] for one in shown["variate_contents"]] == ["<p>Größe *|FNAME|*</p>", "<p>b</p>"]
