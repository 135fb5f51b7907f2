import io
import zipfile

import pytest

from listloop.sandbox.mailchimp.importing import document
from tests.sandbox.api import Api

SUBSCRIBED = (
    '"Email Address","First Name","Last Name","Favourite Colour",MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LAST_CHANGED,'
    'TAGS\nann@acme.example,Ann,"Lee, Jr.",red,4,"2026-01-01 10:00:00","2026-01-01 10:05:00","2026-02-01 00:00:00",'
    '"""vip"",""b2b"""\n'
)
LEFT = '"Email Address","First Name",UNSUB_TIME,UNSUB_REASON\nbob@acme.example,Bob,"2026-03-01 00:00:00",NORMAL\n'
CLEANED = '"Email Address",CLEAN_TIME\ncy@acme.example,"2026-03-01 00:00:00"\n'


def packed() -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as files:
        files.writestr("subscribed_members_export_1.csv", "\ufeff" + SUBSCRIBED)
        files.writestr("unsubscribed_members_export_1.csv", LEFT)
        files.writestr("cleaned_members_export_1.csv", CLEANED)
    return raw.getvalue()


def test_an_export_becomes_an_audience_with_all_that_it_tells(api: Api) -> None:
    reply = api.client.post("/_sandbox/import", params={"name": "Moved"}, content=packed())
    made = reply.json()["lists"][0]
    assert (made["name"], made["members"]) == ("Moved", 3)
    api.list_id = made["id"]
    ann = api.member("ann@acme.example")
    assert ann["merge_fields"]["FAVOURITEC"] == "red"
    assert (ann["full_name"], {tag["name"] for tag in ann["tags"]}) == ("Ann Lee, Jr.", {"vip", "b2b"})
    assert (ann["timestamp_opt"], ann["last_changed"]) == ("2026-01-01T10:05:00+00:00", "2026-02-01T00:00:00+00:00")
    assert [api.member(f"{who}@acme.example")["status"] for who in ("bob", "cy")] == ["unsubscribed", "cleaned"]
    assert api.refused("PATCH", "members/bob@acme.example", {"status": "subscribed"})[1] == "Member In Compliance State"


def test_one_file_is_an_export_too() -> None:
    assert [one["email_address"] for one in document(SUBSCRIBED.encode())["members"]] == ["ann@acme.example"]


@pytest.mark.parametrize(
    ("raw", "why"),
    [(b"", "Send the export"), (b"a,b\n1,2\n", "no column"), (b"PKxx", "cannot be read"), (b"\xff\xfe", "not UTF-8"),
     (b"Email Address,LAST_CHANGED\na@x.example,soon\n", "is no time")],
)  # fmt: skip
def test_what_is_no_export_is_refused_with_the_reason(raw: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        document(raw)


def upload(api: Api, name: str, raw: bytes) -> str:
    """What the page says after the form was sent in."""
    reply = api.client.post("/_sandbox/pages/import", data={"name": name}, files={"file": ("export.zip", raw)})
    assert reply.status_code == 303
    return api.client.get(reply.headers["location"]).text


def test_an_export_is_brought_in_by_the_page(api: Api) -> None:
    assert 'type="file"' in api.client.get("/_sandbox/").text
    assert "Moved has 3 members." in upload(api, "Moved", packed())
    assert "Send the export as the body" in upload(api, "Empty", b"")
    assert "The zip file cannot be read." in upload(api, "Broken", b"PK\x03\x04 broken")
    names = [one["name"] for one in api.get("/lists")["lists"]]
    assert names == ["News", "Moved"]
