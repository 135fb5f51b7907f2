import httpx2

from listloop.sandbox.mailchimp.server import start

KEY = "0123456789abcdef0123456789abcdef-us1"
NEW_LIST = {
    "name": "News",
    "contact": {"company": "Acme", "address1": "1 Road", "city": "Town", "country": "GB"},
    "permission_reminder": "You signed up.",
    "campaign_defaults": {"from_name": "A", "from_email": "a@acme.example", "subject": "", "language": "en"},
    "email_type_option": False,
}


def test_a_member_is_made_over_http() -> None:
    with start() as server, httpx2.Client(base_url=server.url + "/3.0", auth=("any", KEY)) as client:
        made = client.post("/lists", json=NEW_LIST).json()
        path = f"/lists/{made['id']}/members"
        reply = client.post(path, json={"email_address": "Ann@acme.example", "status": "subscribed"})
        assert reply.status_code == 200
        assert client.get(path).json()["total_items"] == 1
