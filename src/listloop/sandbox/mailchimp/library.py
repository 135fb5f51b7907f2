"""Folders of campaigns, templates and files, and the file manager with the files themselves."""

import base64
import binascii
import mimetypes
import re
from dataclasses import replace
from urllib.parse import quote, unquote

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid
from listloop.sandbox.mailchimp.queries import bounds
from listloop.sandbox.mailchimp.render import collection
from listloop.sandbox.mailchimp.resources import Kind, change, create, find, routes, show
from listloop.sandbox.wire import Call, Json, Reply, Route

FILES_AT = "/file-manager/files"
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".bmp", ".ico")
SERVED = "/_files/"
NO_FOLDER = "This folder does not exist."
LARGEST = 10 * 1024 * 1024  # bytes; of an image a tenth
SORTS = {"added_date": "created_at", "name": "name", "size": "size"}


def _campaigns_in(ask: Ask, one: Json) -> Json:
    return {"count": sum(other.settings.get("folder_id") == one["id"] for other in ask.account.campaigns.values())}


def _templates_in(ask: Ask, one: Json) -> Json:
    templates = ask.account.documents.get("/templates", {}).values()
    return {"count": sum(other["folder_id"] == one["id"] for other in templates)}


def _files_in(ask: Ask, one: Json) -> Json:
    files = ask.account.documents.get(FILES_AT, {}).values()
    return {"file_count": sum(other["folder_id"] == one["id"] for other in files)}


def _no_campaigns(ask: Ask, one: Json) -> None:
    for other in ask.account.campaigns.values():
        if other.settings.get("folder_id") == one["id"]:
            other.settings = other.settings | {"folder_id": ""}


def _no_templates(ask: Ask, one: Json) -> None:
    for other in ask.account.documents.get("/templates", {}).values():
        if other["folder_id"] == one["id"]:
            other["folder_id"] = ""


def _no_files(ask: Ask, one: Json) -> None:
    for other in ask.account.documents.get(FILES_AT, {}).values():
        if other["folder_id"] == one["id"]:
            other["folder_id"] = 0


def _file(ask: Ask, one: Json) -> Json:
    """The name needs an ending; the data comes once, in base64."""
    folder = one.get("folder_id", 0)
    if folder and str(folder) not in ask.account.documents.get("/file-manager/folders", {}):
        raise fields_invalid(("folder_id", NO_FOLDER))
    if not re.search(r"[^.]\.\w+$", one["name"]):
        raise fields_invalid(("name", "The name needs an ending, such as .png."))
    if "file_id" in ask.args:
        return {}
    try:
        raw = base64.b64decode(one["file_data"], validate=True)
    except (binascii.Error, ValueError):
        raise fields_invalid(("file_data", "This value is not base64.")) from None
    image = one["name"].lower().endswith(IMAGES)
    if len(raw) > (LARGEST // 10 if image else LARGEST):
        raise fields_invalid(("file_data", "The file is too large."))
    width, height = measures(raw) if image else (0, 0)
    return {"type": "image" if image else "file", "size": len(raw), "width": width, "height": height}


def measures(raw: bytes) -> tuple[int, int]:
    """(width, height) of a PNG, GIF or JPEG, zeros for what is none."""
    if raw.startswith(b"\x89PNG") and len(raw) >= 24:
        return int.from_bytes(raw[16:20]), int.from_bytes(raw[20:24])
    if raw.startswith(b"GIF8") and len(raw) >= 10:
        return int.from_bytes(raw[6:8], "little"), int.from_bytes(raw[8:10], "little")
    frame = re.search(rb"\xff[\xc0-\xc3]..\x08(..)(..)", raw, re.DOTALL) if raw.startswith(b"\xff\xd8") else None
    return (int.from_bytes(frame[2]), int.from_bytes(frame[1])) if frame else (0, 0)


def keep(ask: Ask, name: str, raw: bytes) -> str:
    """Puts a file where files are and gives its address. Raises ProblemError (400)."""
    inner = replace(ask, args={}, body={"name": name, "file_data": base64.b64encode(raw).decode()})
    return str(create(inner, FILES)["full_size_url"])


def patch_file(ask: Ask) -> Json:
    """Name and folder; the data stays."""
    ask.body = {name: part for name, part in ask.body.items() if name != "file_data"}
    return change(ask, FILES)


def served(account: Account, call: Call) -> Reply:
    """The bytes of a file at its public address. What it holds cannot act in the name of this server."""
    number, _, name = call.path.removeprefix(SERVED).partition("/")
    one = account.documents.get(FILES_AT, {}).get(number)
    if one is None or unquote(name) != one["name"]:
        return Reply(404, b"There is no such file.", {"Content-Type": "text/plain; charset=utf-8"})
    kind = mimetypes.guess_type(one["name"])[0] or "application/octet-stream"
    headers = {
        "Content-Type": kind, "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }  # fmt: skip
    return Reply(200, base64.b64decode(one["file_data"]), headers)


def _address(ask: Ask, one: Json) -> Json:
    url = f"{ask.base.removesuffix('/3.0')}{SERVED}{one['id']}/{quote(one['name'], safe='')}"
    return {"full_size_url": url, "thumbnail_url": url if one["type"] == "image" else ""}


def _filed(ask: Ask, folder_id: str) -> Json:
    offset, count = ask.slice()
    found = list(ask.account.documents.get(FILES_AT, {}).values())
    if folder_id:
        found = [one for one in found if str(one["folder_id"]) == folder_id]
    for name in ("type", "created_by"):
        if ask.params.get(name):
            found = [one for one in found if one[name] == ask.params[name]]
    low, high = bounds(ask, "created_at")
    found = [
        one
        for one in found
        if (low is None or one["created_at"] >= iso(low)) and (high is None or one["created_at"] <= iso(high))
    ]
    sort = ask.params.get("sort_field")
    if sort:
        if sort not in SORTS:
            raise fields_invalid(("sort_field", "The value you selected is not a valid choice."))
        found.sort(key=lambda one: one[SORTS[sort]], reverse=ask.params.get("sort_dir", "").upper() == "DESC")
    shown = [show(ask, FILES, one) for one in found[offset : offset + count]]
    href = f"{ask.base}/file-manager/folders/{folder_id}/files" if folder_id else f"{ask.base}{FILES_AT}"
    return collection("files", shown, len(found), href) | {"total_file_size": sum(one["size"] for one in found)}


def list_files(ask: Ask) -> Json:
    return _filed(ask, "")


def files_of_folder(ask: Ask) -> Json:
    return _filed(ask, str(find(ask, FILE_FOLDERS)["id"]))


FILES = Kind(
    FILES_AT, "files", "file_id", {"name": "", "folder_id": 0, "file_data": ""}, ("name", "file_data"),
    shows={"type": "file", "size": 0, "created_by": "Sandbox", "width": 0, "height": 0}, stamps=("created_at",),
    name="file", check=_file, derive=_address, hides=("file_data",), verbs=("GET", "POST", "DELETE"),
)  # fmt: skip
FILE_FOLDERS = Kind(
    "/file-manager/folders", "folders", "folder_id", {"name": ""}, ("name",), shows={"created_by": "Sandbox"},
    stamps=("created_at",), filters=("created_by", "before_created_at", "since_created_at"), name="folder",
    derive=_files_in, gone=_no_files,
)  # fmt: skip
FOLDERS = (
    Kind(
        "/campaign-folders",
        "folders",
        "folder_id",
        {"name": ""},
        ("name",),
        token=10,
        derive=_campaigns_in,
        gone=_no_campaigns,
    ),
    Kind(
        "/template-folders",
        "folders",
        "folder_id",
        {"name": ""},
        ("name",),
        token=10,
        derive=_templates_in,
        gone=_no_templates,
    ),
)
_FILTERS = frozenset({"type", "created_by", "before_created_at", "since_created_at", "sort_field", "sort_dir"})

ROUTES: list[Route[Handler]] = [
    *[route for kind in FOLDERS for route in routes(kind)],
    Route("GET", FILES_AT, list_files, PAGED | _FILTERS),
    *[route for route in routes(FILES) if (route.method, route.template) != ("GET", FILES_AT)],
    Route("PATCH", FILES.one, patch_file, body=frozenset({"name", "folder_id"})),
    *routes(FILE_FOLDERS),
    Route("GET", "/file-manager/folders/{folder_id}/files", files_of_folder, PAGED | _FILTERS | FIELDS),
]
