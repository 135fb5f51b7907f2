"""``/templates``: HTML of the marketer's own, with the parts that a campaign may fill; and what is made of content."""

import re

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.campaign import Content
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid, not_found
from listloop.sandbox.mailchimp.queries import bounds
from listloop.sandbox.mailchimp.render import collection, link, resource_links
from listloop.sandbox.wire import Json, Route

PATH = "/templates"
BODY = frozenset({"name", "html", "folder_id"})
SORTS = {"date_created": "date_created", "date_edited": "date_edited", "name": "name"}
BLANK = "This value should not be blank."
_EDITABLE = re.compile(r"""<(?P<tag>\w+)\b[^>]*?\bmc:edit\s*=\s*["'](?P<name>[^"']+)["'][^>]*>""")


def sections(html: str) -> dict[str, tuple[int, int]]:
    """Name of each part marked ``mc:edit`` -> where its inner HTML starts and ends."""
    found: dict[str, tuple[int, int]] = {}
    for mark in _EDITABLE.finditer(html):
        depth, end = 1, len(html)
        for one in re.compile(rf"<(/?){mark['tag']}\b[^>]*>", re.IGNORECASE).finditer(html, mark.end()):
            depth += -1 if one[1] else 1
            if depth == 0:
                end = one.start()
                break
        found.setdefault(mark["name"], (mark.end(), end))
    return found


def filled(html: str, values: Json) -> str:
    spans = sections(html)
    for name, (start, end) in sorted(spans.items(), key=lambda pair: -pair[1][0]):
        if isinstance(values.get(name), str):
            html = html[:start] + values[name] + html[end:]
    return html


def content_from(ask: Ask, template: Json, plain_text: str = "") -> Content:
    """The content that ``{"id": ..., "sections": {...}}`` makes. Raises ProblemError (400) for an unknown template."""
    found = ask.account.documents_at(PATH).get(str(template.get("id")))
    values = template.get("sections") or {}
    if found is None or not isinstance(values, dict):
        raise fields_invalid(("template.id", "This template does not exist."))
    return Content(filled(found["html"], values), plain_text, "template")


def list_templates(ask: Ask) -> Json:
    offset, count = ask.slice()
    params = ask.params
    found = [one for one in ask.account.documents_at(PATH).values() if params.get("type") in {None, "", "user"}]
    for name in ("category", "folder_id", "created_by", "content_type"):
        if params.get(name):
            found = [one for one in found if one[name] == params[name]]
    low, high = bounds(ask, "date_created")
    found = [
        one for one in found if (low is None or one["created"] >= low) and (high is None or one["created"] <= high)
    ]
    sort = params.get("sort_field")
    if sort:
        if sort not in SORTS:
            raise fields_invalid(("sort_field", "The value you selected is not a valid choice."))
        found.sort(key=lambda one: (one[sort], one["id"]), reverse=params.get("sort_dir", "").upper() == "DESC")
    shown = [_show(ask, one) for one in found[offset : offset + count]]
    return collection("templates", shown, len(found), f"{ask.base}{PATH}")


def post_template(ask: Ask) -> Json:
    errors = [(name, BLANK) for name in ("name", "html") if not ask.body.get(name)]
    if errors:
        raise fields_invalid(*errors)
    _check_folder(ask)
    number = ask.account.number()
    one: Json = {
        "id": number, "type": "user", "name": ask.body["name"], "drag_and_drop": False, "responsive": False,
        "category": "", "date_created": iso(ask.now), "date_edited": iso(ask.now), "created_by": "Sandbox",
        "edited_by": "Sandbox", "active": True, "folder_id": str(ask.body.get("folder_id") or ""), "thumbnail": "",
        "share_url": "", "content_type": "html", "html": ask.body["html"], "created": ask.now,
    }  # fmt: skip
    ask.account.documents_at(PATH)[str(number)] = one
    return _show(ask, one)


def _check_folder(ask: Ask) -> None:
    """Raises ProblemError (400) for a folder that is not there; an empty one is none."""
    folder = ask.body.get("folder_id")
    if folder and folder not in ask.account.documents.get("/template-folders", {}):
        raise fields_invalid(("folder_id", "This folder does not exist."))


def get_template(ask: Ask) -> Json:
    return _show(ask, _template(ask))


def patch_template(ask: Ask) -> Json:
    one = _template(ask)
    for name in ("name", "html"):
        if ask.body.get(name, "x") == "":
            raise fields_invalid((name, BLANK))
    _check_folder(ask)
    changes = {name: ask.body[name] for name in BODY if name in ask.body}
    one |= changes | {"date_edited": iso(ask.now), "folder_id": str(changes.get("folder_id", one["folder_id"]) or "")}
    return _show(ask, one)


def delete_template(ask: Ask) -> None:
    """It stays, and is not active any more."""
    _template(ask)["active"] = False


def default_content(ask: Ask) -> Json:
    one = _template(ask)
    here = f"{ask.base}{PATH}/{one['id']}"
    parts = {name: one["html"][start:end] for name, (start, end) in sections(one["html"]).items()}
    return {"sections": parts, "_links": [link("self", f"{here}/default-content"), link("parent", here)]}


def _template(ask: Ask) -> Json:
    found = ask.account.documents_at(PATH).get(ask.args["template_id"])
    if found is None:
        raise not_found()
    return found


def _show(ask: Ask, one: Json) -> Json:
    shown = {key: part for key, part in one.items() if key not in {"html", "created"}}
    return shown | {"_links": resource_links(f"{ask.base}{PATH}", one["id"])}


_ONE = PATH + "/{template_id}"
ROUTES: list[Route[Handler]] = [
    Route(
        "GET", PATH, list_templates,
        PAGED | {
            "created_by", "since_date_created", "before_date_created", "type", "category", "folder_id", "sort_field",
            "content_type", "sort_dir",
        },
    ),
    Route("POST", PATH, post_template, body=BODY),
    Route("GET", _ONE, get_template, FIELDS),
    Route("PATCH", _ONE, patch_template, body=BODY),
    Route("DELETE", _ONE, delete_template),
    Route("GET", _ONE + "/default-content", default_content, FIELDS),
]  # fmt: skip
