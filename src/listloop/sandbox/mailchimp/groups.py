"""``/lists/{list_id}/interest-categories``: groups that contacts may pick themselves."""

from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience, Category, Interest
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid, invalid, not_found
from listloop.sandbox.mailchimp.render import collection, resource_links
from listloop.sandbox.wire import Json, Route

KINDS = ("checkboxes", "dropdown", "radio", "hidden")
MOST_INTERESTS = 60
BLANK = "This value should not be blank."


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
    category = Category(ask.account.token(10), ask.body["title"], ask.body["type"], ask.body.get("display_order", 0))
    ask.audience().categories[category.id] = category
    return _show_category(ask, category)


def get_category(ask: Ask) -> Json:
    return _show_category(ask, _category(ask))


def patch_category(ask: Ask) -> Json:
    category = _category(ask)
    category.title = ask.body.get("title") or category.title
    category.display_order = ask.body.get("display_order", category.display_order)
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
    order = ask.body.get("display_order", len(audience.interests) + 1)
    interest = Interest(ask.account.token(10), category.id, ask.body["name"], order)
    audience.interests[interest.id] = interest
    return _show_interest(ask, interest)


def get_interest(ask: Ask) -> Json:
    return _show_interest(ask, _interest(ask))


def patch_interest(ask: Ask) -> Json:
    interest = _interest(ask)
    interest.name = ask.body.get("name") or interest.name
    interest.display_order = ask.body.get("display_order", interest.display_order)
    return _show_interest(ask, interest)


def delete_interest(ask: Ask) -> None:
    _drop_interest(ask.audience(), _interest(ask))


def _drop_interest(audience: Audience, interest: Interest) -> None:
    del audience.interests[interest.id]
    audience.listings.clear()
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
    members = ask.audience().by_id.values()
    count = sum(1 for member in members if interest.id in member.interests and member.status == "subscribed")
    return {
        "category_id": interest.category_id, "list_id": ask.args["list_id"], "id": interest.id, "name": interest.name,
        "subscriber_count": str(count), "display_order": interest.display_order,
        "_links": resource_links(f"{_groups_root(ask)}/{interest.category_id}/interests", interest.id),
    }  # fmt: skip


_GROUPS = "/lists/{list_id}/interest-categories"
_GROUP = _GROUPS + "/{category_id}"
_NAMES = _GROUP + "/interests"
_NAME = _NAMES + "/{interest_id}"
_CATEGORY_BODY = frozenset({"title", "type", "display_order"})
_INTEREST_BODY = frozenset({"name", "display_order"})


ROUTES: list[Route[Handler]] = [
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
