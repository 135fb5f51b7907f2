"""``/lists/{list_id}/merge-fields``."""

import re

from listloop.sandbox.mailchimp import merge
from listloop.sandbox.mailchimp.account import add_field
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience, MergeField
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid, invalid, not_found
from listloop.sandbox.mailchimp.render import collection, resource_links
from listloop.sandbox.wire import Json, Route

WRITABLE = frozenset({"name", "tag", "required", "default_value", "public", "display_order", "options", "help_text"})
BLANK = "This value should not be blank."


def list_fields(ask: Ask) -> Json:
    audience = ask.audience()
    offset, count = ask.slice()
    found = list(audience.merge_fields.values())
    if ask.params.get("type"):
        found = [field for field in found if field.type == ask.params["type"]]
    if "required" in ask.params:
        found = [field for field in found if field.required == ask.flag("required")]
    shown = [_show_field(ask, audience, field) for field in found[offset : offset + count]]
    return collection("merge_fields", shown, len(found), _fields_root(ask, audience), list_id=audience.id)


def post_field(ask: Ask) -> Json:
    audience, body = ask.audience(), ask.body
    errors = [(name, BLANK) for name in ("name", "type") if not body.get(name)]
    if errors:
        raise fields_invalid(*errors)
    if body["type"] not in merge.TYPES:
        raise fields_invalid(("type", "The value you selected is not a valid choice."))
    limit = int(ask.switches["merge_field_limit"])
    if len(audience.merge_fields) >= limit:
        raise invalid(f"This audience already has {limit} merge fields, the most it may have.")
    tag = _tag(audience, body.get("tag") or f"MMERGE{audience.next_merge_id}", None)
    field = MergeField(0, tag, body["name"], body["type"], options=_options(body["type"]))
    _change(field, body)
    return _show_field(ask, audience, add_field(audience, field))


def _options(kind: str) -> Json:
    defaults: dict[str, Json] = {
        "text": {"size": 25}, "phone": {"phone_format": "none"}, "date": {"date_format": "MM/DD/YYYY"},
        "birthday": {"date_format": "MM/DD"}, "address": {"default_country": 164},
        "radio": {"choices": []}, "dropdown": {"choices": []},
    }  # fmt: skip
    return dict(defaults.get(kind, {}))


def _tag(audience: Audience, wanted: str, own: MergeField | None) -> str:
    tag = str(wanted).upper()
    if not re.fullmatch(r"[A-Z0-9_]{1,10}", tag):
        raise fields_invalid(("tag", "The tag has at most 10 characters: letters, digits and underscores."))
    taken = audience.field_by_tag(tag)
    if (taken and taken is not own) or tag == "EMAIL":
        raise invalid(f'A Merge Field with the tag "{tag}" already exists for this list.')
    return tag


def _change(field: MergeField, body: Json) -> None:
    for name in ("name", "required", "default_value", "public", "display_order", "help_text"):
        if name in body:
            setattr(field, name, body[name])
    field.options |= body.get("options", {})


def get_field(ask: Ask) -> Json:
    return _show_field(ask, ask.audience(), _field(ask))


def patch_field(ask: Ask) -> Json:
    audience, field = ask.audience(), _field(ask)
    if not ask.body.get("name"):
        raise fields_invalid(("name", BLANK))
    tag = _tag(audience, ask.body["tag"], field) if ask.body.get("tag") else field.tag
    _change(field, ask.body)
    field.tag = tag
    return _show_field(ask, audience, field)


def delete_field(ask: Ask) -> None:
    """All stored values go with it; its id is not used again."""
    audience, field = ask.audience(), _field(ask)
    del audience.merge_fields[field.merge_id]


def _field(ask: Ask) -> MergeField:
    found = ask.audience().merge_fields.get(_int(ask.args["merge_id"]))
    if found is None:
        raise not_found()
    return found


def _int(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else -1


def _fields_root(ask: Ask, audience: Audience) -> str:
    return f"{ask.base}/lists/{audience.id}/merge-fields"


def _show_field(ask: Ask, audience: Audience, field: MergeField) -> Json:
    return {
        "merge_id": field.merge_id, "tag": field.tag, "name": field.name, "type": field.type,
        "required": field.required, "default_value": field.default_value, "public": field.public,
        "display_order": field.display_order, "options": field.options, "help_text": field.help_text,
        "list_id": audience.id, "_links": resource_links(_fields_root(ask, audience), field.merge_id),
    }  # fmt: skip


_FIELD = "/lists/{list_id}/merge-fields/{merge_id}"

ROUTES: list[Route[Handler]] = [
    Route("GET", "/lists/{list_id}/merge-fields", list_fields, PAGED | {"type", "required"}),
    Route("POST", "/lists/{list_id}/merge-fields", post_field, body=WRITABLE | {"type"}),
    Route("GET", _FIELD, get_field, FIELDS),
    Route("PATCH", _FIELD, patch_field, body=WRITABLE),
    Route("DELETE", _FIELD, delete_field),
]
