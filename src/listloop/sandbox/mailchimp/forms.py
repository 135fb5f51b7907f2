"""The hosted forms: to sign up, and to change what one has told. Fields, groups and permissions of one audience."""

from collections.abc import Iterator
from typing import Any

from listloop.sandbox.mailchimp import merge
from listloop.sandbox.mailchimp.audience import Audience, Category
from listloop.sandbox.mailchimp.member import Member
from listloop.sandbox.page import Html, el, field
from listloop.sandbox.wire import Json

PARTS = {"addr1": "street", "addr2": "second line"} | {part: part for part in merge.PARTS[2:]}
ONE_OF = frozenset({"radio", "dropdown"})


def inputs(audience: Audience, member: Member | None) -> Iterator[Html]:
    """The public fields and all groups but hidden ones, filled with what the member has."""
    yield field("E-mail address", "email", member.email if member else "", type="email", required=True)
    for shown in audience.merge_fields.values():
        if shown.public:
            value = merge.shown(member.value(shown.merge_id)) if member else ""
            yield from field_inputs(shown.tag, shown.name, shown.type, value)
    for category in audience.categories.values():
        if category.type != "hidden":
            yield _group(audience, category, member.interests if member else frozenset())
    if audience.permissions:
        given = member.extra.permissions if member and member.extra else frozenset()
        boxes = [_box(f"permission.{key}", text, key in given) for key, text in audience.permissions.items()]
        yield el("fieldset", el("legend", "How may we stay in touch?"), *boxes)


def _box(name: str, text: str, on: bool, **attributes: object) -> Html:
    kind = attributes.pop("type", "checkbox")
    return el("label", el("input", type=kind, name=name, checked=on, **attributes), text, class_="box")


def _group(audience: Audience, category: Category, chosen: frozenset[str]) -> Html:
    own = [one for one in audience.interests.values() if one.category_id == category.id]
    if category.type == "checkboxes":
        boxes = [_box(f"interest.{one.id}", one.name, one.id in chosen) for one in own]
    elif category.type == "radio":
        name = f"category.{category.id}"
        boxes = [_box(name, one.name, one.id in chosen, type="radio", value=one.id) for one in own]
    else:
        options = [el("option", one.name, value=one.id, selected=one.id in chosen) for one in own]
        boxes = [el("select", el("option", "", value=""), *options, name=f"category.{category.id}")]
    return el("fieldset", el("legend", category.title), *boxes)


def body(audience: Audience, form: dict[str, str], *, only_yes: bool = False) -> Json:
    """What the form says, as the body of a person's act. A box that is not ticked says no, unless ``only_yes``."""
    interests: dict[str, bool] = {}
    for interest in audience.interests.values():
        category = audience.categories[interest.category_id]
        if category.type in ONE_OF:
            interests[interest.id] = form.get(f"category.{category.id}") == interest.id
        elif category.type != "hidden":
            interests[interest.id] = f"interest.{interest.id}" in form
    made: Json = {"merge_fields": merge_fields(audience, form)}
    permissions = {key: f"permission.{key}" in form for key in audience.permissions}
    if only_yes:
        interests = {key: on for key, on in interests.items() if on}
        permissions = {key: on for key, on in permissions.items() if on}
    if interests:
        made["interests"] = interests
    if permissions:
        rows = [{"marketing_permission_id": key, "enabled": on} for key, on in permissions.items()]
        made["marketing_permissions"] = rows
    return made


def field_inputs(tag: str, name: str, kind: str, value: Any) -> list[Html]:
    if kind != "address":
        return [field(name, f"merge.{tag}", value)]
    parts = value or {}
    return [field(f"{name}: {PARTS[part]}", f"merge.{tag}.{part}", parts.get(part, "")) for part in merge.PARTS]


def merge_fields(audience: Audience, form: dict[str, str]) -> Json:
    """The merge values in a form; fields that are not in it are left alone."""
    values: Json = {}
    for shown in audience.merge_fields.values():
        if shown.type == "address":
            parts = {part: form.get(f"merge.{shown.tag}.{part}", "") for part in merge.PARTS}
            if any(f"merge.{shown.tag}.{part}" in form for part in merge.PARTS):
                values[shown.tag] = parts if any(parts.values()) else ""
        elif f"merge.{shown.tag}" in form:
            values[shown.tag] = form[f"merge.{shown.tag}"]
    return values
