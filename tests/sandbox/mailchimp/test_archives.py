import base64
import io
import tarfile
import zipfile

import pytest

from tests.sandbox.api import Api
from tests.sandbox.mailchimp.mails import draft
from tests.sandbox.mailchimp.test_library import PNG

FILES = {
    "mail/index.html": b'<p>Hi</p><img src="img/logo.png"><img src="https://x.example/a.png">',
    "mail/img/logo.png": PNG,
}


def zipped(files: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return raw.getvalue()


def tarred(files: dict[str, bytes], mode: str) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode=f"w:{mode}") as packed:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo("./" + name)
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
    return raw.getvalue()


def archive(kind: str, raw: bytes) -> dict[str, object]:
    return {"archive": {"archive_type": kind, "archive_content": base64.b64encode(raw).decode()}}


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("zip", zipped(FILES)), ("tar", tarred(FILES, "")), ("tar.gz", tarred(FILES, "gz")),
        ("tgz", tarred(FILES, "gz")), ("tar.bz2", tarred(FILES, "bz2")), ("tbz", tarred(FILES, "bz2")),
    ],
)  # fmt: skip
def test_an_archive_becomes_content_with_its_pictures_served(api: Api, kind: str, raw: bytes) -> None:
    html = api.ok("PUT", f"/campaigns/{draft(api)}/content", archive(kind, raw))["html"]
    assert html.startswith("<p>Hi</p>")
    address = html.partition('src="')[2].partition('"')[0]
    assert api.client.get(address).content == PNG
    assert "https://x.example/a.png" in html
    assert [one["name"] for one in api.get("/file-manager/files")["files"]] == ["logo.png"]


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("zip", b"no zip"), ("tar.gz", b"no tar"), ("zip", zipped({"a.txt": b"x"})), ("rar", b""),
        ("zip", zipped({"a.html": b" " * (11 * 1024 * 1024)})),
        ("tgz", tarred({"a.html": b" " * (11 * 1024 * 1024)}, "gz")),
    ],
)  # fmt: skip
def test_an_archive_that_holds_no_content_is_refused(api: Api, kind: str, raw: bytes) -> None:
    assert api.refused("PUT", f"/campaigns/{draft(api)}/content", archive(kind, raw)) == (400, "Invalid Resource")


def test_a_template_keeps_what_no_section_replaces(api: Api) -> None:
    html = '<div mc:edit="head">Old</div><div mc:edit="body"><div>in</div> old</div><p>stays</p>'
    template = api.ok("POST", "/templates", {"name": "T", "html": html})["id"]
    body = {"template": {"id": template, "sections": {"body": "<b>new</b>", "nosuch": "x"}}}
    shown = api.ok("PUT", f"/campaigns/{draft(api)}/content", body)
    assert shown["html"] == '<div mc:edit="head">Old</div><div mc:edit="body"><b>new</b></div><p>stays</p>'
    assert api.refused("PUT", f"/campaigns/{draft(api)}/content", {"template": {"id": 1}}) == (400, "Invalid Resource")
