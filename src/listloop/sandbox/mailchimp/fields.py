"""``/lists/{list_id}/merge-fields`` and the groups below ``/lists/{list_id}/interest-categories``."""

import re
from typing import Any

from listloop.sandbox.mailchimp import merge
from listloop.sandbox.mailchimp.account import add_field
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience, Category, Interest, MergeField
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid, invalid, not_found
from listloop.sandbox.mailchimp.render import collection, resource_links
from listloop.sandbox.wire import Json, Route

WRITABLE = frozenset({"name", "tag", "required", "default_value", "public", "display_order", "options", "help_text"})
KINDS = ("checkboxes", "dropdown", "radio", "hidden")
MOST_INTERESTS = 60
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
    errors = [(name, BLANK) for name in ("name", "type") if not isinstance(body.get(name), str) or not body[name]]
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
    kinds: dict[str, type] = {
        "name": str, "required": bool, "default_value": str, "public": bool, "display_order": int, "help_text": str,
        "options": dict,
    }  # fmt: skip
    wrong = [
        (name, "This value has the wrong type.")
        for name, kind in kinds.items()
        if name in body and type(body[name]) is not kind
    ]
    if wrong:
        raise fields_invalid(*wrong)
    for name in kinds:
        if name in body and name != "options":
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


def list_categories(ask: Ask) -> Json:
    audience = ask.audience()
    offset, count = ask.slice()
    found = [one for one in audience.categories.values() if ask.params.get("type") in {None, one.type}]
    shown = [_show_category(ask, one) for one in found[offset : offset + count]]
    return collection("categories", shown, len(found), _groups_root(ask), list_id=audience.id)


def post_category(ask: Ask) -> Json:
    errors = [(name, BLANK) for name in ("title", "type") if not ask.body.get(name)]
    errors = errors or [("type", "The value you selected is not a valid choice.")] * (ask.body["type"] not in KINDS)
    if errors:
        raise fields_invalid(*errors)
    category = Category(
        ask.account.token(10), str(ask.body["title"]), ask.body["type"], int(ask.body.get("display_order", 0))
    )
    ask.audience().categories[category.id] = category
    return _show_category(ask, category)


def get_category(ask: Ask) -> Json:
    return _show_category(ask, _category(ask))


def patch_category(ask: Ask) -> Json:
    category = _category(ask)
    category.title = str(ask.body.get("title") or category.title)
    category.display_order = int(ask.body.get("display_order", category.display_order))
    return _show_category(ask, category)


def delete_category(ask: Ask) -> None:
    audience, category = ask.audience(), _category(ask)
    for interest in [one for one in audience.interests.values() if one.category_id == category.id]:
        _drop_interest(audience, interest)
    del audience.categories[category.id]


def list_interests(ask: Ask) -> Json:
    audience, category = ask.audience(), _category(ask)
    offset, count = ask.slice()
    found = [one for one in audience.interests.values() if one.category_id == category.id]
    shown = [_show_interest(ask, one) for one in found[offset : offset + count]]
    about = {"list_id": audience.id, "category_id": category.id}
    return collection("interests", shown, len(found), f"{_groups_root(ask)}/{category.id}/interests", **about)


def post_interest(ask: Ask) -> Json:
    audience, category = ask.audience(), _category(ask)
    if not ask.body.get("name"):
        raise fields_invalid(("name", BLANK))
    if len(audience.interests) >= MOST_INTERESTS:
        raise invalid(f"Cannot have more than {MOST_INTERESTS} interests per list (Across all categories)")
    order = int(ask.body.get("display_order", len(audience.interests) + 1))
    interest = Interest(ask.account.token(10), category.id, str(ask.body["name"]), order)
    audience.interests[interest.id] = interest
    return _show_interest(ask, interest)


def get_interest(ask: Ask) -> Json:
    return _show_interest(ask, _interest(ask))


def patch_interest(ask: Ask) -> Json:
    interest = _interest(ask)
    interest.name = str(ask.body.get("name") or interest.name)
    interest.display_order = int(ask.body.get("display_order", interest.display_order))
    return _show_interest(ask, interest)


def delete_interest(ask: Ask) -> None:
    _drop_interest(ask.audience(), _interest(ask))


def _drop_interest(audience: Audience, interest: Interest) -> None:
    del audience.interests[interest.id]
    for member in audience.by_id.values():
        if interest.id in member.interests:
            member.interests -= {interest.id}


def _category(ask: Ask) -> Category:
    found = ask.audience().categories.get(ask.args["category_id"])
    if found is None:
        raise not_found()
    return found


def _interest(ask: Ask) -> Interest:
    found = ask.audience().interests.get(ask.args["interest_id"])
    if found is None or found.category_id != _category(ask).id:
        raise not_found()
    return found


def _groups_root(ask: Ask) -> str:
    return f"{ask.base}/lists/{ask.args['list_id']}/interest-categories"


def _show_category(ask: Ask, category: Category) -> Json:
    return {
        "list_id": ask.args["list_id"], "id": category.id, "title": category.title,
        "display_order": category.display_order, "type": category.type,
        "_links": resource_links(_groups_root(ask), category.id),
    }  # fmt: skip


def _show_interest(ask: Ask, interest: Interest) -> Json:
    members: Any = ask.audience().by_id.values()
    count = sum(1 for member in members if interest.id in member.interests and member.status == "subscribed")
    return {
        "category_id": interest.category_id, "list_id": ask.args["list_id"], "id": interest.id, "name": interest.name,
        "subscriber_count": str(count), "display_order": interest.display_order,
        "_links": resource_links(f"{_groups_root(ask)}/{interest.category_id}/interests", interest.id),
    }  # fmt: skip


_FIELD = "/lists/{list_id}/merge-fields/{merge_id}"
_GROUPS = "/lists/{list_id}/interest-categories"
_GROUP = _GROUPS + "/{category_id}"
_NAMES = _GROUP + "/interests"
_NAME = _NAMES + "/{interest_id}"
_CATEGORY_BODY = frozenset({"title", "type", "display_order"})
_INTEREST_BODY = frozenset({"name", "display_order"})

ROUTES: list[Route[Handler]] = [
    Route("GET", "/lists/{list_id}/merge-fields", list_fields, PAGED | {"type", "required"}),
    Route("POST", "/lists/{list_id}/merge-fields", post_field, body=WRITABLE | {"type"}),
    Route("GET", _FIELD, get_field, FIELDS),
    Route("PATCH", _FIELD, patch_field, body=WRITABLE),
    Route("DELETE", _FIELD, delete_field),
    Route("GET", _GROUPS, list_categories, PAGED | {"type"}),
    Route("POST", _GROUPS, post_category, body=_CATEGORY_BODY),
    Route("GET", _GROUP, get_category, FIELDS),
    Route("PATCH", _GROUP, patch_category, body=_CATEGORY_BODY),
    Route("DELETE", _GROUP, delete_category),
    Route("GET", _NAMES, list_interests, PAGED),
    Route("POST", _NAMES, post_interest, body=_INTEREST_BODY),
    Route("GET", _NAME, get_interest, FIELDS),
    Route("PATCH", _NAME, patch_interest, body=_INTEREST_BODY),
    Route("DELETE", _NAME, delete_interest),
]
