"""A campaign over the API, from its recipients to its report; whatever is called twice is done once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from listloop.core.facts import Campaign
from listloop.core.sending import State
from listloop.store.audit import entries
from listloop.store.campaigns import save_campaigns
from listloop.web.app import make_app
from tests.web.outbox import OutboxAlone, SendingAlone
from tests.web.pressed import Pressed
from tests.web.tokens import WHO, Calls, token_of
from tests.web.world import BASE, NOW, World, services

QUARTER = (NOW + timedelta(hours=1)).replace(minute=15)


@dataclass(frozen=True, slots=True)
class Program:
    """A program with a token, and the outbox at the other end."""

    calls: Calls
    outbox: OutboxAlone
    connection: int

    def do(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        """One call that is answered so."""
        answer = self.calls.call(method, path, body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def begin(self, **values: object) -> str:
        """A draft; gives its address."""
        wanted = {"connection_id": self.connection, "name": "May news", "subject": "Hello *|FNAME|*"}
        return f"/mailings/{self.do('POST', '/mailings', wanted | values, 201)['id']}"


@pytest.fixture
def program(engine: Engine, world: World) -> Iterator[Program]:
    sending = SendingAlone(engine, lambda: NOW)
    app = make_app(services(engine, Pressed(), sending=sending))
    with TestClient(app, base_url=BASE) as client:
        yield Program(Calls(client, token_of(engine)), sending.audience.out, world.customers)


def test_a_draft_is_begun_changed_and_given_content(program: Program) -> None:
    """The sender is the audience's; every save is a version to go back to."""
    one = program.begin(to={"kind": "crm", "name": "Fair <i>2026</i>"}, content={"way": "template", "value": "news"})
    told = program.do("GET", one)
    assert (told["state"], told["from_name"], told["to"]["title"]) == ("draft", "Halden Roos", "Fair <i>2026</i>")
    assert (told["mailchimp_id"], told["made_by"]) == ("", WHO)
    told = program.do("PATCH", one, {"subject": "Other", "to": {"kind": "audience"}, "tells": False})
    assert (told["subject"], told["to"], told["tells"], told["from_name"]) == (
        "Other", {"kind": "audience", "name": "", "title": "the whole audience"}, False, "Halden Roos",
    )  # fmt: skip
    first = program.do("GET", f"{one}/content")
    assert "<mjml" in first["design"]
    html = {"way": "html", "value": "<p onclick='x()'>Hi *|UNSUB|*</p>", "text": "Hi *|UNSUB|*"}
    second = program.do("PUT", f"{one}/content", html)
    assert (second["text"], second["own_text"], "onclick" in second["html"]) == ("Hi *|UNSUB|*", True, False)
    assert program.do("PUT", f"{one}/content", {"way": "text", "value": "Mine"})["text"] == "Mine"
    assert [row["version"] for row in program.do("GET", f"{one}/versions")["items"]] == [2, 1]
    back = program.do("PUT", f"{one}/content", {"way": "version", "value": "1"})
    assert (back["version"], back["html"], back["text"]) == (3, first["html"], first["text"])


def test_content_begins_with_what_is_listed(program: Program) -> None:
    """Our six templates and those of the account; what is not there is refused in words."""
    items = program.do("GET", f"/connections/{program.connection}/templates")["items"]
    assert [row["way"] for row in items].count("template") == 6
    one = program.begin()
    for row in items:
        content = {"way": row["way"], "value": row["value"]}
        assert program.do("PUT", f"{one}/content", content)["html"], row
    for wrong in ({"way": "template", "value": "x"}, {"way": "mailchimp", "value": "9"}, {"way": "html"}):
        assert program.do("PUT", f"{one}/content", wrong, 409)["code"] == "template"
    assert program.do("PUT", f"{one}/content", {"way": "design", "value": "<p>"}, 409)["code"] == "design"
    assert program.do("PUT", f"{one}/content", {"way": "version", "value": "77"}, 404)["code"] == "no-version"


def test_content_is_kept_as_a_template_and_used_again(program: Program) -> None:
    """Of the same name, the newer one takes the place; dropping it leaves the campaigns that began with it."""
    one = program.begin(content={"way": "html", "value": "<p>House style *|UNSUB|*</p>"})
    program.do("POST", f"{one}/keep", {"name": "House"}, 201)
    program.do("PUT", f"{one}/content", {"way": "template", "value": "offer"})
    kept = program.do("POST", f"{one}/keep", {"name": "House"}, 201)
    items = program.do("GET", f"/connections/{program.connection}/templates")["items"]
    assert [row for row in items if row["way"] == "kept"] == [kept]
    design = program.do("GET", f"{one}/content")["design"]
    others = [program.begin(content={"way": "kept", "value": value}) for value in (kept["value"], "House")]
    assert [program.do("GET", f"{other}/content")["design"] for other in others] == [design, design]
    assert program.calls.call("DELETE", f"/templates/{kept['value']}").status_code == 204
    assert program.do("PUT", f"{one}/content", {"way": "kept", "value": "House"}, 409)["code"] == "template"
    assert program.do("GET", f"{others[0]}/content")["design"] == design


def test_the_checklist_says_who_gets_it_and_what_keeps_it(program: Program) -> None:
    """Without an unsubscribe link and an address it is not sent."""
    one = program.begin(to={"kind": "crm", "name": "Fair <i>2026</i>"})
    said = program.do("POST", f"{one}/check", {})
    assert (said["ready"], said["reach"]) == (False, {"will": 0, "will_not": {"absent": 1}})
    assert [(row["level"], row["what"]) for row in said["checklist"]] == [("stop", "Recipients")]
    program.do("PATCH", one, {"to": {"kind": "audience"}})
    assert program.do("POST", f"{one}/check", {})["ready"] is True
    bare = program.begin(content={"way": "html", "value": "<p>Hi</p>"})
    said = program.do("POST", f"{bare}/check", {})
    assert {row["what"] for row in said["checklist"] if row["level"] == "stop"} == {
        "Unsubscribe link",
        "Postal address",
    }
    assert program.do("POST", f"{bare}/send", None, 409)["code"] == "not-ready"
    assert program.outbox.mails == []


def test_sent_twice_is_sent_once(program: Program, engine: Engine) -> None:
    """The second call tells how it stands; the draft cannot be changed any more; the audit log names the token."""
    one = program.begin()
    program.do("POST", f"{one}/test", {"addresses": ["me@corp.example"]})
    assert [program.do("POST", f"{one}/send")["state"] for _ in range(2)] == ["sending", "sending"]
    assert program.outbox.mails == [("test", "me@corp.example"), ("send", "c1")]
    assert program.do("PATCH", one, {"subject": "Late"}, 409)["code"] == "too-late"
    assert program.do("PUT", f"{one}/content", {"way": "text", "value": "Late"}, 409)["code"] == "too-late"
    with engine.begin() as db:
        assert ("sent the campaign May news", WHO) in {(row.what, row.who) for row in entries(db)}
    assert program.do("POST", f"{one}/cancel")["state"] == "cancelled"


def test_a_schedule_is_set_moved_and_taken_back(program: Program) -> None:
    """At full quarter hours; a moment without a zone is UTC."""
    one = program.begin()
    wrong = {"at": (QUARTER + timedelta(minutes=1)).isoformat()}
    assert program.do("POST", f"{one}/schedule", wrong, 422)["code"] == "no-quarter"
    for at in (QUARTER, QUARTER, QUARTER + timedelta(hours=2)):
        told = program.do("POST", f"{one}/schedule", {"at": at.replace(tzinfo=None).isoformat()})
        assert (told["state"], told["at"]) == ("scheduled", at.isoformat().replace("+00:00", "Z"))
    assert [program.do("POST", f"{one}/cancel")["state"] for _ in range(2)] == ["draft", "draft"]
    assert program.outbox.mails == []


def test_what_was_changed_in_mailchimp_waits_for_a_word(program: Program) -> None:
    """It is taken over, or overwritten; never unasked."""
    one = program.begin()
    program.do("POST", f"{one}/check", {})
    there = program.outbox.there["c1"]
    for settle in ("adopt", "check"):
        theirs = replace(there, envelope=replace(there.envelope, subject=f"Theirs {settle}"))
        program.outbox.there["c1"] = theirs
        assert program.do("POST", f"{one}/send", None, 409)["code"] == "campaign-changed"
        program.do("POST", f"{one}/{settle}", {"overwrite": True} if settle == "check" else None)
        assert program.outbox.there["c1"].envelope.subject == "Theirs adopt"
    assert program.do("GET", f"{one}/report")["mailing"]["changed"] == ""


def test_a_copy_and_one_follow_up(program: Program, engine: Engine) -> None:
    """The follow-up waits for the results, and is one draft however often it is asked for."""
    one = program.begin()
    assert program.do("POST", f"{one}/copy", {"missed": True}, 409)["code"] == "not-sent"
    program.do("POST", f"{one}/send")
    program.outbox.there["c1"] = replace(program.outbox.there["c1"], state=State.SENT, at=NOW.isoformat())
    told = program.do("GET", f"{one}/report")
    assert (told["mailing"]["state"], told["results"]) == ("sent", None)
    with engine.begin() as db:
        save_campaigns(db, program.connection, [Campaign("c1", "May", "May", "sent", NOW.isoformat(), 1, web_id="77")])
    assert program.do("GET", f"{one}/report")["results"]["mailchimp_id"] == "c1"
    first, again = (program.do("POST", f"{one}/copy", {"missed": True}, 201) for _ in range(2))
    assert first == again
    assert first["follows"] == told["mailing"]["id"]
    assert program.do("POST", f"{one}/copy", {"name": "Once more"}, 201)["name"] == "Once more"
    listed = program.do("GET", "/mailings?limit=2")
    assert [row["name"] for row in listed["items"]] == ["Once more", "May news – once more"]
    assert [row["name"] for row in program.do("GET", f"/mailings?cursor={listed['next']}")["items"]] == ["May news"]
