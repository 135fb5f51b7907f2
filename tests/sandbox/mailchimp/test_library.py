import base64

import pytest

from tests.sandbox.api import Api
from tests.sandbox.mailchimp.mails import draft

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAEklEQVR4nGP4z8DwHxkzEBYAAAD//wMAIvcR7xo5pDsAAAAASUVORK5CYII="
)
FILES, FOLDERS = "/file-manager/files", "/file-manager/folders"


def upload(api: Api, name: str = "logo é.png", raw: bytes = PNG, **more: object) -> dict[str, object]:
    made: dict[str, object] = api.ok("POST", FILES, {"name": name, "file_data": base64.b64encode(raw).decode(), **more})
    return made


def test_a_file_is_served_at_its_address_with_its_measures(api: Api) -> None:
    made = upload(api)
    assert (made["type"], made["size"], made["width"], made["height"]) == ("image", len(PNG), 2, 3)
    assert "file_data" not in made
    reply = api.client.get(str(made["full_size_url"]))
    assert (reply.content, reply.headers["content-type"]) == (PNG, "image/png")
    assert "sandbox" in reply.headers["content-security-policy"]
    api.ok("DELETE", f"{FILES}/{made['id']}")
    assert api.client.get(str(made["full_size_url"])).status_code == 404


def test_files_survive_a_snapshot(api: Api) -> None:
    made = upload(api)
    saved = api.client.get("/_sandbox/snapshot").content
    api.server.control("reset", {})
    assert api.client.get(str(made["full_size_url"])).status_code == 404
    api.client.post("/_sandbox/restore", content=saved)
    assert api.client.get(str(made["full_size_url"])).content == PNG


@pytest.mark.parametrize(
    ("name", "raw", "more"),
    [
        ("noending", PNG, {}), ("big.png", b"x" * (1024 * 1024 + 1), {}), ("a.txt", b"x", {"folder_id": 7}),
        ("", b"x", {}), ("a.txt", b"", {}),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_kept_is_refused(api: Api, name: str, raw: bytes, more: dict[str, object]) -> None:
    body = {"name": name, "file_data": base64.b64encode(raw).decode(), **more}
    assert api.refused("POST", FILES, body) == (400, "Invalid Resource")
    assert api.refused("POST", FILES, {"name": "a.txt", "file_data": "no base64"}) == (400, "Invalid Resource")


def test_files_lie_in_folders_and_are_found_there(api: Api) -> None:
    folder = api.ok("POST", FOLDERS, {"name": "Spring"})["id"]
    first = upload(api, folder_id=folder)
    api.step(60)
    upload(api, "terms.pdf", b"%PDF")
    assert api.get(f"{FOLDERS}/{folder}")["file_count"] == 1
    assert [one["id"] for one in api.get(f"{FOLDERS}/{folder}/files")["files"]] == [first["id"]]
    assert [one["name"] for one in api.get(FILES, type="file")["files"]] == ["terms.pdf"]
    assert api.get(FILES)["total_file_size"] == len(PNG) + 4
    late = api.get(FILES, since_created_at="2027-01-15T08:01:00+00:00")["files"]
    assert [one["name"] for one in late] == ["terms.pdf"]
    assert api.get(FOLDERS, since_created_at="2027-01-15T08:01:00+00:00")["total_items"] == 0
    moved = api.ok("PATCH", f"{FILES}/{first['id']}", {"name": "new.png", "folder_id": 0})
    assert (moved["name"], moved["folder_id"], moved["size"]) == ("new.png", 0, len(PNG))
    api.ok("PATCH", f"{FILES}/{first['id']}", {"folder_id": folder})
    api.ok("DELETE", f"{FOLDERS}/{folder}")
    assert api.get(f"{FILES}/{first['id']}")["folder_id"] == 0


def test_campaigns_and_templates_are_put_into_folders_that_exist(api: Api) -> None:
    folder = api.ok("POST", "/campaign-folders", {"name": "2027"})["id"]
    made = draft(api)
    api.ok("PATCH", f"/campaigns/{made}", {"settings": {"folder_id": folder}})
    assert api.get(f"/campaign-folders/{folder}")["count"] == 1
    assert api.get("/campaigns", folder_id=folder)["total_items"] == 1
    assert api.refused("PATCH", f"/campaigns/{made}", {"settings": {"folder_id": "nosuch"}})[0] == 400
    assert api.refused("PATCH", f"/campaign-folders/{folder}", {"name": ""}) == (400, "Invalid Resource")
    api.ok("DELETE", f"/campaign-folders/{folder}")
    assert api.get(f"/campaigns/{made}")["settings"]["folder_id"] == ""
    own = api.ok("POST", "/template-folders", {"name": "Own"})["id"]
    template = api.ok("POST", "/templates", {"name": "T", "html": "x", "folder_id": own})["id"]
    assert api.get(f"/template-folders/{own}")["count"] == 1
    assert api.refused("POST", "/templates", {"name": "T", "html": "x", "folder_id": "nosuch"})[0] == 400
    api.ok("DELETE", f"/template-folders/{own}")
    assert api.get(f"/templates/{template}")["folder_id"] == ""
