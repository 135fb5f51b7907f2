"""Whatever a client sends, the stand-in answers like Mailchimp: never with a 5xx, and a refusal changes nothing."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from listloop.sandbox.clock import Clock
from listloop.sandbox.mailchimp import seeding
from listloop.sandbox.mailchimp.routes import ROUTES
from listloop.sandbox.mailchimp.standin import Mailchimp
from listloop.sandbox.wire import Call, Reply
from tests.sandbox.api import KEY, NOW

DOCUMENT = {
    "lists": [{
        "id": "aaaaaaaaaa", "name": "News", "tags": ["vip"], "permissions": ["Mail"],
        "interest_categories": [{"title": "T", "interests": ["x"]}],
        "members": [{"email": "ann@acme.example", "tags": ["vip"]}, {"email": "bob@acme.example", "archived": True}],
    }],
}  # fmt: skip
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
USUAL = st.sampled_from([
    "subscribed", "pending", "ann@acme.example", "new@acme.example", "text", "radio", "active", "2027-01-01", "1",
    {"FNAME": "x"}, {"FNAME": None}, {"x": True}, ["vip"], [{"name": "t", "status": "active"}], [[]], [{}], [None],
    [{"method": "GET", "path": "ping"}], [{"email_address": "x@acme.example", "status": "subscribed"}], [{"status": 1}],
    {"match": "any", "conditions": []}, [{"marketing_permission_id": [], "enabled": 1}], {"latitude": "x"},
    {"company": 1}, {"from_name": None}, {"choices": 7}, {"user": True},
])  # fmt: skip
VALUES = USUAL | PLAIN | st.lists(PLAIN, max_size=2) | st.dictionaries(st.text(max_size=3), PLAIN, max_size=2)


def fresh() -> Mailchimp:
    standin = Mailchimp(seed=1, clock=Clock(frozen=NOW))
    seeding.seed(standin.state, standin.switches, NOW, DOCUMENT)
    return standin


def path_of(standin: Mailchimp, template: str) -> str:
    audience = standin.state.audience("aaaaaaaaaa")
    segment, category, interest = (
        next(iter(audience.segments)),
        next(iter(audience.categories)),
        next(iter(audience.interests)),
    )
    return "/3.0" + template.format(
        list_id=audience.id, key="ann%40acme.example", segment_id=segment, category_id=category, interest_id=interest,
        merge_id=1, note_id="1", batch_id="x", webhook_id="x",
    )  # fmt: skip


def ask(standin: Mailchimp, method: str, path: str, query: str = "", body: Any = None) -> Reply:
    raw = b"" if body is None else json.dumps(body).encode()
    return standin.answer(Call(method, path, query, {"authorization": f"Bearer {KEY}"}, raw))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_body_brings_the_stand_in_down(data: st.DataObject) -> None:
    route = data.draw(st.sampled_from([one for one in ROUTES if one.body]))
    body = data.draw(st.dictionaries(st.sampled_from(sorted(route.body or ())), VALUES))
    standin = fresh()
    members = ask(standin, "GET", "/3.0/lists/aaaaaaaaaa/members").body
    reply = ask(standin, route.method, path_of(standin, route.template), "", body)
    assert reply.status in {200, 204, 400, 404, 405}
    if reply.status >= 400:
        assert ask(standin, "GET", "/3.0/lists/aaaaaaaaaa/members").body == members
    assert not {b"NaN", b"Infinity"} & set(reply.body.replace(b",", b":").replace(b"}", b":").split(b":"))
    standin.clock.step(5)
    standin.advance()
    assert ask(standin, "GET", "/3.0/lists/aaaaaaaaaa/members").status == 200


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_query_brings_the_stand_in_down(data: st.DataObject) -> None:
    route = data.draw(st.sampled_from([one for one in ROUTES if one.query]))
    texts = st.sampled_from(
        ["1", "-1", "true", "ASC", "subscribed", "any", "id,name", "members.id", ",", "2027-01-01T00:00:00Z", "%"]
    )
    query = data.draw(st.dictionaries(st.sampled_from(sorted(route.query)), texts, max_size=4))
    standin = fresh()
    reply = ask(
        standin,
        route.method,
        path_of(standin, route.template),
        "&".join(f"{key}={value}" for key, value in query.items()),
    )
    assert reply.status in {200, 204, 400, 404}
