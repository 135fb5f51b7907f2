"""Random histories: whatever is done in whatever order, the account stays whole."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from listloop.sandbox.clock import Clock
from listloop.sandbox.control import Control
from listloop.sandbox.mailchimp.standin import Mailchimp
from listloop.sandbox.wire import Call, Reply
from tests.sandbox.api import KEY, NOW

ADDRESSES = [f"p{number}@acme.example" for number in range(6)]
STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
ACTS = (
    "confirm",
    "unsubscribe",
    "complain",
    "hard-bounce",
    "soft-bounce",
    "open",
    "click",
    "sign-up",
    "change-address",
)
email = st.sampled_from(ADDRESSES)


class Account(RuleBasedStateMachine):
    """Two audiences with the same few people, and campaigns to both."""

    @initialize(seed=st.integers(0, 99), rate=st.sampled_from([0.0, 0.3, 1.0]))
    def begin(self, seed: int, rate: float) -> None:
        self.standin = Mailchimp(seed=seed, clock=Clock(frozen=NOW))
        self.control = Control(self.standin)
        self.calls: list[tuple[int, Call]] = []
        self.replies: list[tuple[int, bytes]] = []
        self.seed = seed
        self.contacts: dict[tuple[str, int], str] = {}
        lists = [
            {"id": f"{name * 10}", "name": name, "members": [{"email": one} for one in ADDRESSES[:3]]} for name in "ab"
        ]
        self.steer("seed", {"lists": lists})
        self.steer("rates", dict.fromkeys(self.standin.state.rates, rate / 3) | {"open": rate})

    def run_call(self, call: Call) -> Reply:
        now = self.standin.clock.now()
        self.standin.advance()
        reply = self.control.answer(call) if call.path.startswith("/_sandbox") else self.standin.answer(call)
        self.calls.append((now, call))
        self.replies.append((reply.status, reply.body))
        return reply

    def steer(self, path: str, body: Any) -> Reply:
        return self.run_call(Call("POST", f"/_sandbox/{path}", body=json.dumps(body).encode()))

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        raw = b"" if body is None else json.dumps(body).encode()
        reply = self.run_call(Call(method, f"/3.0{path}", "count=1000", {"authorization": f"Bearer {KEY}"}, raw))
        assert reply.status < 500
        return json.loads(reply.body) if reply.body else {}

    @rule(
        name=st.sampled_from("ab"),
        who=email,
        status=st.sampled_from(STATUSES),
        verb=st.sampled_from(["POST", "PUT", "PATCH"]),
    )
    def write(self, name: str, who: str, status: str, verb: str) -> None:
        path = f"/lists/{name * 10}/members" + ("" if verb == "POST" else f"/{who}")
        self.ask(verb, path, {"email_address": who, "status": status, "status_if_new": status})

    @rule(name=st.sampled_from("ab"), who=email, other=email)
    def readdress(self, name: str, who: str, other: str) -> None:
        self.ask("PATCH", f"/lists/{name * 10}/members/{who}", {"email_address": other})

    @rule(name=st.sampled_from("ab"), who=email, forget=st.booleans())
    def remove(self, name: str, who: str, forget: bool) -> None:
        path = f"/lists/{name * 10}/members/{who}"
        self.ask("POST" if forget else "DELETE", path + ("/actions/delete-permanent" if forget else ""))

    @rule(name=st.sampled_from("ab"), who=email, tag=st.sampled_from(["x", "y"]), on=st.booleans())
    def tag(self, name: str, who: str, tag: str, on: bool) -> None:
        tags = [{"name": tag, "status": "active" if on else "inactive"}]
        self.ask("POST", f"/lists/{name * 10}/members/{who}/tags", {"tags": tags})

    @rule(name=st.sampled_from("ab"), who=email, act=st.sampled_from(ACTS), other=email)
    def act(self, name: str, who: str, act: str, other: str) -> None:
        self.steer(f"people/{act}", {"list_id": name * 10, "email": who, "new_email": other})

    @rule(name=st.sampled_from("ab"), kind=st.sampled_from(["regular", "variate"]))
    def send(self, name: str, kind: str) -> None:
        settings = {"subject_line": "S", "from_name": "N", "reply_to": "n@corp.example"}
        body = {"type": kind, "recipients": {"list_id": name * 10}, "settings": settings}
        if kind == "variate":
            body["variate_settings"] = {
                "winner_criteria": "opens", "wait_time": 60, "test_size": 50, "subject_lines": ["A", "B"],
            }  # fmt: skip
        made = self.ask("POST", "/campaigns", body)["id"]
        self.ask("PUT", f"/campaigns/{made}/content", {"html": '<a href="https://x.example/">x</a>'})
        self.ask("POST", f"/campaigns/{made}/actions/send")

    @rule(seconds=st.sampled_from([1, 3, 600, 86400]))
    def wait(self, seconds: int) -> None:
        self.steer("clock", {"step": seconds})

    @rule()
    def save_and_restore(self) -> None:
        """Answers after a restore are those that there would have been."""
        saved = self.standin.snapshot()
        before = self.standin.answer(Call("GET", "/3.0/lists", "", {"authorization": f"Bearer {KEY}"}))
        self.standin.restore(saved)
        again = self.standin.answer(Call("GET", "/3.0/lists", "", {"authorization": f"Bearer {KEY}"}))
        assert before == again
        self.standin.restore(saved)

    @precondition(lambda self: len(getattr(self, "calls", ())) > 12)
    @rule()
    def the_same_calls_give_the_same_bytes(self) -> None:
        other = Mailchimp(seed=self.seed, clock=Clock(frozen=NOW))
        control = Control(other)
        for (now, call), reply in zip(self.calls, self.replies, strict=True):
            assert other.clock.now() == now
            other.advance()
            answer = control.answer(call) if call.path.startswith("/_sandbox") else other.answer(call)
            assert (answer.status, answer.body) == reply

    @invariant()
    def counts_add_up(self) -> None:
        for name in "ab" if hasattr(self, "standin") else "":
            root = f"/lists/{name * 10}"
            members = self.ask("GET", f"{root}/members")["members"]
            by_status = Counter(one["status"] for one in members)
            stats = self.ask("GET", root)["stats"]
            assert stats["member_count"] == by_status["subscribed"]
            assert stats["unsubscribe_count"] == by_status["unsubscribed"]
            assert stats["cleaned_count"] == by_status["cleaned"]
            for segment in self.ask("GET", f"{root}/segments")["segments"]:
                tagged = [one for one in members if segment["id"] in {tag["id"] for tag in one["tags"]}]
                assert segment["member_count"] == sum(one["status"] == "subscribed" for one in tagged)

    @invariant()
    def one_member_has_one_address_and_keeps_its_contact(self) -> None:
        for name in "ab" if hasattr(self, "standin") else "":
            members = self.ask("GET", f"/lists/{name * 10}/members")["members"]
            assert len({one["email_address"].lower() for one in members}) == len(members)
            for one in members:
                assert self.contacts.setdefault((name, one["web_id"]), one["contact_id"]) == one["contact_id"]

    @invariant()
    def reports_equal_the_events(self) -> None:
        for report in self.ask("GET", "/reports")["reports"] if hasattr(self, "standin") else ():
            emails = self.ask("GET", f"/reports/{report['id']}/email-activity")["emails"]
            kinds = Counter(item["action"] for one in emails for item in one["activity"])
            assert len(emails) == report["emails_sent"]
            assert kinds["open"] == report["opens"]["opens_total"]
            assert kinds["click"] == report["clicks"]["clicks_total"]
            assert kinds["bounce"] == sum(report["bounces"].values())
            assert (
                len([one for one in emails if any(item["action"] == "open" for item in one["activity"])])
                == (report["opens"]["unique_opens"])
            )

    @invariant()
    def what_lies_below_a_report_adds_up_to_it(self) -> None:
        for report in self.ask("GET", "/reports")["reports"] if hasattr(self, "standin") else ():
            root = f"/reports/{report['id']}"
            sent_to = self.ask("GET", f"{root}/sent-to")["sent_to"]
            assert sum(one["open_count"] for one in sent_to) == report["opens"]["opens_total"]
            assert Counter(one["status"] for one in sent_to)["hard"] == report["bounces"]["hard_bounces"]
            assert self.ask("GET", f"{root}/unsubscribed")["total_items"] == report["unsubscribed"]
            assert self.ask("GET", f"{root}/abuse-reports")["total_items"] == report["abuse_reports"]
            opened = self.ask("GET", f"{root}/open-details")
            assert (opened["total_items"], opened["total_opens"]) == (
                report["opens"]["unique_opens"], report["opens"]["opens_total"],
            )  # fmt: skip
            links = self.ask("GET", f"{root}/click-details")["urls_clicked"]
            assert sum(one["total_clicks"] for one in links) == report["clicks"]["clicks_total"]
            assert sum(one["unique_clicks"] for one in links) == report["clicks"]["unique_clicks"]
            for one in links:
                people = self.ask("GET", f"{root}/click-details/{one['id']}/members")["members"]
                assert (len(people), sum(who["clicks"] for who in people)) == (
                    one["unique_clicks"],
                    one["total_clicks"],
                )
            parts = self.ask("GET", f"{root}/sub-reports")["reports"]
            assert sum(one["emails_sent"] for one in parts) in {0, report["emails_sent"]}
            assert (report["type"] == "variate" and report["emails_sent"] > 0) is bool(parts)
            places = self.ask("GET", f"{root}/locations")["locations"]
            assert sum(one["opens"] for one in places) == report["opens"]["opens_total"]
            domains = self.ask("GET", f"{root}/domain-performance")["domains"]
            assert sum(one["emails_sent"] for one in domains) <= report["emails_sent"]

    @invariant()
    def the_last_month_is_what_the_statuses_are(self) -> None:
        for name in "ab" if hasattr(self, "standin") else "":
            root = f"/lists/{name * 10}"
            stats = self.ask("GET", root)["stats"]
            last = self.ask("GET", f"{root}/growth-history")["history"][:1]
            for row in last:
                assert (row["subscribed"], row["unsubscribed"], row["cleaned"]) == (
                    stats["member_count"], stats["unsubscribe_count"], stats["cleaned_count"],
                )  # fmt: skip


Account.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestAccount = pytest.mark.slow(Account.TestCase)
