"""A campaign is written, tested, scheduled, sent and followed up by commands."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from listloop.cli.mailing import write_draft
from listloop.settings import Settings
from listloop.wiring import open_listloop
from tests.cli.stage import Cli


def test_from_writing_to_a_sent_mail(synced: Cli) -> None:
    """Create shows who gets it and the checklist; a test, a schedule taken back, and a sending, each told in words."""
    listed = synced("campaign", "create", "May news", "--subject", "Hello *|FNAME|*", "--template", "news", "--json")
    assert listed.code == 0, listed
    number = str(listed.json["id"])
    assert listed.json["will"] >= 1
    assert {one["level"] for one in listed.json["checklist"]} <= {"good", "hint"}
    assert synced("campaign", "test", number, "me@corp.example").code == 0
    assert "quarter" in synced("campaign", "schedule", number, "2090-03-01 09:10").err
    assert (
        synced("campaign", "schedule", number, "2090-03-01 09:15", "--zone", "Europe/Berlin", "--json").json["state"]
        == "scheduled"
    )
    assert synced("campaign", "cancel", number, "--json").json["state"] == "draft"
    assert synced("campaign", "send", number, "--json").json["state"] in ("sending", "sent")
    assert synced("campaign", "send", number, "--json").json["state"] in ("sending", "sent")
    assert "May news" in synced("campaign", "list").out
    assert synced("campaign", "report", number).code == 0


def test_what_has_no_way_out_is_not_sent(synced: Cli, tmp_path: Path) -> None:
    """HTML without unsubscribe link and postal address is written, and says why it can't be sent."""
    page = tmp_path / "mail.html"
    page.write_text("<p onclick='x()'>Hi<script>alert(1)</script></p>", "utf-8")
    made = synced("campaign", "create", "Bare", "--html", str(page))
    assert made.code == 1
    assert "✗ Unsubscribe link" in made.out
    assert "unsubscribe" in synced("campaign", "send", "1").err


def test_content_is_kept_as_a_template_and_used_again(synced: Cli) -> None:
    """By its name, as one of ours; an unknown name lists ours."""
    assert synced("campaign", "create", "One", "--template", "offer").code == 0
    assert synced("campaign", "keep", "1", "House style").code == 0
    assert synced("campaign", "create", "Two", "--template", "House style").code == 0
    assert "There are: letter" in synced("campaign", "create", "Three", "--template", "Nobody's").err


def test_the_draft_of_the_demo_may_be_sent_as_it_is(synced: Cli) -> None:
    """A newcomer finds it with every line of the checklist in order."""
    with closing(open_listloop(Settings(database=str(synced.database)))) as listloop:
        made = write_draft(listloop, listloop.connection())
    checked = synced("campaign", "check", str(made), "--json")
    assert checked.code == 0
    assert checked.json["will"] >= 1
    assert {one["level"] for one in checked.json["checklist"]} == {"good"}
