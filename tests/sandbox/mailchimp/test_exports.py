"""An account export is a zip at a signed address, and what it says of an audience can be brought in again."""

import csv
import io
import zipfile
from typing import Any

from listloop.sandbox.mailchimp.importing import document
from tests.sandbox.api import Api
from tests.sandbox.mailchimp.mails import rates, sent

HOME = {"addr1": "1 Main St", "addr2": "", "city": "Los Angeles", "state": "CA", "zip": "90012", "country": "US"}
PEOPLE: tuple[dict[str, Any], ...] = (
    {
        "email": "ann@acme.example", "merge_fields": {"FNAME": "Ann", "LNAME": 'Lee, "Jr."', "ADDRESS": HOME},
        "tags": ["vip", "b2b"], "country_code": "US", "region": "CA", "active": True,
    },
    {"email": "bob@acme.example", "status": "unsubscribed", "origin": "self"},
    {"email": "cy@acme.example", "status": "cleaned"}, {"email": "di@acme.example", "status": "transactional"},
)  # fmt: skip
EVERYTHING = ["audiences", "campaigns", "events", "gallery_files", "reports", "templates"]


def downloaded(api: Api, *stages: str, **more: Any) -> zipfile.ZipFile:
    made = api.ok("POST", "/account-exports", {"include_stages": list(stages), **more})
    assert (made["finished"], made["download_url"], made["size_in_bytes"]) == ("", "", 0)
    api.step(2)
    done = api.get(f"/account-exports/{made['export_id']}")
    reply = api.client.get(done["download_url"], headers={"Authorization": ""}, auth=None)
    assert (reply.status_code, len(reply.content)) == (200, done["size_in_bytes"])
    return zipfile.ZipFile(io.BytesIO(reply.content))


def test_an_exported_audience_is_the_same_when_it_is_brought_in_again(api: Api) -> None:
    api.switch("storage_refuses_auth", value=False)
    api.seed(*PEOPLE)
    before = {one["email_address"]: one for one in api.get("members")["members"]}
    raw = io.BytesIO()
    with downloaded(api, "audiences") as found, zipfile.ZipFile(raw, "w") as again:
        for name in found.namelist():
            again.writestr(name.rpartition("/")[2], found.read(name))
    made = api.client.post("/_sandbox/import", params={"name": "Again"}, content=raw.getvalue()).json()["lists"][0]
    api.list_id = made["id"]
    after = {one["email_address"]: one for one in api.get("members")["members"]}
    assert after.keys() == before.keys()
    for email, one in after.items():
        for name in ("status", "full_name", "merge_fields", "last_changed", "timestamp_opt", "member_rating"):
            assert one[name] == before[email][name], (email, name)
        assert {tag["name"] for tag in one["tags"]} == {tag["name"] for tag in before[email]["tags"]}
    assert after["ann@acme.example"]["location"]["region"] == "CA"


def test_all_stages_are_in_it_and_the_report_adds_up(api: Api) -> None:
    api.switch("storage_refuses_auth", value=False)
    api.seed(*PEOPLE)
    rates(api)
    sent(api)
    api.act("open", "ann@acme.example")
    api.ok("POST", "members/ann@acme.example/events", {"name": "visited"})
    api.ok("POST", "/templates", {"name": "Plain / simple", "html": "<p>T</p>"})
    api.ok("POST", "/file-manager/files", {"name": "a.txt", "file_data": "aGk="})
    with downloaded(api, *EVERYTHING) as found:
        roots = {name.partition("/")[0] for name in found.namelist()}
        assert roots == set(EVERYTHING)
        row = next(csv.DictReader(io.StringIO(found.read("reports/campaigns.csv").decode())))
        assert (row["Title"], row["Total Recipients"], row["Unique Opens"]) == ("May", "1", "1")
        assert b"visited" in found.read("events/events.csv")
        assert any(name.startswith("templates/Plain_simple_") for name in found.namelist())


def test_only_what_changed_since_is_in_it_when_asked(api: Api) -> None:
    api.switch("storage_refuses_auth", value=False)
    api.seed({"email": "old@acme.example", "last_changed": "2020-01-01T00:00:00Z"}, {"email": "new@acme.example"})
    with downloaded(api, "audiences", since_timestamp="2027-01-01T00:00:00Z") as found:
        members = [one for name in found.namelist() for one in document(found.read(name))["members"]]
    assert [one["email_address"] for one in members] == ["new@acme.example"]


def test_the_address_is_signed_and_expires_after_ninety_days(api: Api) -> None:
    api.switch("storage_refuses_auth", value=False)
    api.seed(*PEOPLE)
    made = api.ok("POST", "/account-exports", {"include_stages": ["audiences"]})
    api.step(2)
    url = api.get(f"/account-exports/{made['export_id']}")["download_url"]
    assert api.client.get(url.replace("signature=", "signature=0")).status_code == 403
    api.step(91 * 86_400)
    assert api.client.get(url).status_code == 403
    assert api.get(f"/account-exports/{made['export_id']}")["download_url"] == ""
