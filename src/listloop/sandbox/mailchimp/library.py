"""Folders of campaigns, templates and files, and the file manager."""

import base64
import binascii

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid
from listloop.sandbox.mailchimp.queries import bounds
from listloop.sandbox.mailchimp.render import collection
from listloop.sandbox.mailchimp.resources import Kind, find, routes, show
from listloop.sandbox.wire import Json, Route

FILES_AT = "/file-manager/files"
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".bmp", ".ico")
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


def _file(ask: Ask, one: Json) -> Json:
    """The name needs an ending; the data is base64 and is not kept, only its size."""
    folder = one.get("folder_id", 0)
    if folder and str(folder) not in ask.account.documents.get("/file-manager/folders", {}):
        raise fields_invalid(("folder_id", "This folder does not exist."))
    if "." not in one["name"]:
        raise fields_invalid(("name", "The name needs an ending, such as .png."))
    data = one.pop("file_data", None)
    if data is None:
        return {}
    try:
        size = len(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError):
        raise fields_invalid(("file_data", "This value is not base64.")) from None
    image = one["name"].lower().endswith(IMAGES)
    if size > (LARGEST // 10 if image else LARGEST):
        raise fields_invalid(("file_data", "The file is too large."))
    return {"type": "image" if image else "file", "size": size}


def _address(ask: Ask, one: Json) -> Json:
    url = f"{ask.base.removesuffix('/3.0')}/_mail/files/{one['id']}"
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
    name="file", check=_file, derive=_address,
)  # fmt: skip
FILE_FOLDERS = Kind(
    "/file-manager/folders", "folders", "folder_id", {"name": ""}, ("name",), shows={"created_by": "Sandbox"},
    stamps=("created_at",), filters=("created_by", "before_created_at", "since_created_at"), name="folder",
    derive=_files_in,
)  # fmt: skip
FOLDERS = (
    Kind("/campaign-folders", "folders", "folder_id", {"name": ""}, ("name",), token=10, derive=_campaigns_in),
    Kind("/template-folders", "folders", "folder_id", {"name": ""}, ("name",), token=10, derive=_templates_in),
)
_FILTERS = frozenset({"type", "created_by", "before_created_at", "since_created_at", "sort_field", "sort_dir"})

ROUTES: list[Route[Handler]] = [
    *[route for kind in FOLDERS for route in routes(kind)],
    Route("GET", FILES_AT, list_files, PAGED | _FILTERS),
    *[route for route in routes(FILES) if (route.method, route.template) != ("GET", FILES_AT)],
    *routes(FILE_FOLDERS),
    Route("GET", "/file-manager/folders/{folder_id}/files", files_of_folder, PAGED | _FILTERS | FIELDS),
]
