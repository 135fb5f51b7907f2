"""Whatever a client sends, the stand-in answers like Mailchimp: never with a 5xx, and a refusal changes nothing."""

import json
import os
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from listloop.sandbox.clock import Clock
from listloop.sandbox.mailchimp import seeding
from listloop.sandbox.mailchimp.controls import Controls
from listloop.sandbox.mailchimp.routes import ROUTES
from listloop.sandbox.mailchimp.spec import Spec
from listloop.sandbox.mailchimp.standin import Mailchimp
from listloop.sandbox.wire import Call, Reply
from tests.sandbox.api import KEY, NOW

COPY = os.environ.get("LISTLOOP_MAILCHIMP_SPEC", "")
DOCUMENT = {
    "lists": [{
        "id": "aaaaaaaaaa", "name": "News", "tags": ["vip"], "permissions": ["Mail"],
        "interest_categories": [{"title": "T", "interests": ["x"]}],
        "members": [{"email": "ann@acme.example", "tags": ["vip"]}, {"email": "bob@acme.example", "archived": True},
                    {"email": "cat@acme.example"}],
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


LINE = {"id": "l", "product_id": "p", "product_variant_id": "v", "quantity": 1, "price": 2}
CUSTOMER = {"id": "c", "email_address": "ann@acme.example", "opt_in_status": True}
STORE = "/ecommerce/stores/s"
BUILT = [
    ("/templates", {"name": "T", "html": '<div mc:edit="a">x</div><a href="https://x.example/">x</a>'}),
    ("/campaign-folders", {"name": "F"}), ("/template-folders", {"name": "F"}),
    ("/file-manager/folders", {"name": "F"}),
    ("/file-manager/files", {"name": "a.png", "file_data": "AAAA"}), ("/batch-webhooks", {"url": "https://x.example/"}),
    ("/ecommerce/stores", {"id": "s", "list_id": "aaaaaaaaaa", "name": "S", "currency_code": "EUR"}),
    (STORE + "/products", {"id": "p", "title": "P", "variants": [{"id": "v", "title": "V"}]}),
    (STORE + "/customers", CUSTOMER),
    (STORE + "/orders", {"id": "o", "customer": CUSTOMER, "currency_code": "EUR", "order_total": 2, "lines": [LINE]}),
    (STORE + "/carts", {"id": "c", "customer": CUSTOMER, "currency_code": "EUR", "order_total": 2, "lines": [LINE]}),
    (STORE + "/promo-rules", {"id": "r", "description": "R", "amount": 1, "type": "fixed", "target": "total"}),
    ("/connected-sites", {"foreign_id": "f", "domain": "x.example"}), ("/landing-pages", {"name": "L"}),
    ("/verified-domains", {"verification_email": "x@corp.example"}),
    ("/lists/aaaaaaaaaa/webhooks", {"url": "https://x.example/"}),
    ("/batches", {"operations": [{"method": "GET", "path": "ping"}]}),
    ("/account-exports", {"include_stages": ["audiences", "reports"]}),
    ("/lists/aaaaaaaaaa/members/ann%40acme.example/notes", {"note": "n"}),
]  # fmt: skip


@cache
def built() -> tuple[bytes, dict[str, str]]:
    standin, ids = build()
    return standin.snapshot(), ids


def build(spec: Spec | None = None) -> tuple[Mailchimp, dict[str, str]]:
    """A stand-in with one of everything, and the ids of it all by the names of the placeholders."""
    standin = Mailchimp(seed=1, clock=Clock(frozen=NOW), spec=spec)
    seeding.seed(standin.state, standin.switches, NOW, DOCUMENT)
    standin.state.rates = dict.fromkeys(standin.state.rates, 1.0) | {"hard_bounce": 0, "soft_bounce": 0}
    made = {path: json.loads(ask(standin, "POST", f"/3.0{path}", "", body).body) for path, body in BUILT}
    settings = {"subject_line": "S", "from_name": "N", "reply_to": "x@corp.example"}
    sent = campaign = ""
    for _ in range(2):
        sent = sent or campaign
        body = {"type": "regular", "recipients": {"list_id": "aaaaaaaaaa"}, "settings": settings}
        campaign = json.loads(ask(standin, "POST", "/3.0/campaigns", "", body).body)["id"]
        content = {"template": {"id": made["/templates"]["id"]}}
        assert ask(standin, "PUT", f"/3.0/campaigns/{campaign}/content", "", content).status == 200
    comment = json.loads(ask(standin, "POST", f"/3.0/campaigns/{campaign}/feedback", "", {"message": "m"}).body)
    assert ask(standin, "POST", f"/3.0/campaigns/{sent}/actions/send").status == 204
    standin.clock.step(2)
    standin.advance()
    Controls(standin).act("unsubscribe", {"email": "cat@acme.example", "campaign_id": sent})
    standin.clock.step(86400)
    standin.advance()
    audience = standin.state.audience("aaaaaaaaaa")
    link = json.loads(ask(standin, "GET", f"/3.0/reports/{sent}/click-details").body)["urls_clicked"][0]["id"]
    report = json.loads(ask(standin, "GET", f"/3.0/reports/{sent}/abuse-reports").body)["abuse_reports"][0]["id"]
    ids = {
        "report_id": str(report),
        "list_id": audience.id, "key": "ann%40acme.example", "segment_id": str(next(iter(audience.segments))),
        "category_id": next(iter(audience.categories)), "interest_id": next(iter(audience.interests)), "merge_id": "1",
        "note_id": str(made[BUILT[-1][0]]["id"]), "batch_id": made["/batches"]["id"], "store_id": "s",
        "product_id": "p",
        "webhook_id": made["/lists/aaaaaaaaaa/webhooks"]["id"], "template_id": str(made["/templates"]["id"]),
        "batch_webhook_id": made["/batch-webhooks"]["id"], "file_id": str(made["/file-manager/files"]["id"]),
        "customer_id": "c", "order_id": "o", "cart_id": "c", "promo_rule_id": "r", "line_id": "l", "variant_id": "v",
        "connected_site_id": "f", "page_id": made["/landing-pages"]["id"], "domain_name": "corp.example",
        "feedback_id": str(comment["feedback_id"]), "link_id": link, "sent": sent, "draft": campaign,
        "folders/campaign": made["/campaign-folders"]["id"], "folders/template": made["/template-folders"]["id"],
        "folders/file": str(made["/file-manager/folders"]["id"]), "month": "2027-01",
        "export_id": str(made["/account-exports"]["export_id"]),
    }  # fmt: skip
    return standin, ids


def fresh() -> Mailchimp:
    standin = Mailchimp(seed=1, clock=Clock(frozen=NOW))
    standin.restore(built()[0])
    standin.spec = description()
    standin.spec.found.clear()
    return standin


@cache
def description() -> Spec:
    """Of Mailchimp: the copy that somebody has named, else what the sandbox has kept of it."""
    return Spec(Path(COPY) if COPY else None)


def misfits(standin: Mailchimp) -> list[Any]:
    assert standin.spec is not None
    return list(standin.spec.found)


def path_of(template: str) -> str:
    ids = defaultdict(lambda: "1", built()[1])
    ids["campaign_id"] = ids["sent" if template.startswith("/reports") else "draft"]
    ids["folder_id"] = ids["folders/" + template.removeprefix("/").partition("-")[0]]
    if "/unsubscribed/" in template:
        ids["key"] = "cat%40acme.example"
    return "/3.0" + template.format_map(ids)


def ask(standin: Mailchimp, method: str, path: str, query: str = "", body: Any = None) -> Reply:
    raw = b"" if body is None else json.dumps(body).encode()
    return standin.answer(Call(method, path, query, {"authorization": f"Bearer {KEY}"}, raw))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_no_body_brings_the_stand_in_down(data: st.DataObject) -> None:
    route = data.draw(st.sampled_from([one for one in ROUTES if one.body]))
    body = data.draw(st.dictionaries(st.sampled_from(sorted(route.body or ())), VALUES))
    standin = fresh()
    members = ask(standin, "GET", "/3.0/lists/aaaaaaaaaa/members").body
    reply = ask(standin, route.method, path_of(route.template), "", body)
    assert reply.status in {200, 204, 400, 404, 405}
    if reply.status >= 400:
        assert ask(standin, "GET", "/3.0/lists/aaaaaaaaaa/members").body == members
    assert not {b"NaN", b"Infinity"} & set(reply.body.replace(b",", b":").replace(b"}", b":").split(b":"))
    standin.clock.step(5)
    standin.advance()
    assert ask(standin, "GET", "/3.0/lists/aaaaaaaaaa/members").status == 200
    assert misfits(standin) == []


@settings(max_examples=80, deadline=None, derandomize=True)
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
        path_of(route.template),
        "&".join(f"{key}={value}" for key, value in query.items()),
    )
    assert reply.status in {200, 204, 400, 404}
    assert misfits(standin) == []
