"""``/``, ``/ping``, ``/lists`` and the small read-only collections."""

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp.account import CONTACT
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import md5
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import ProblemError, fields_invalid
from listloop.sandbox.mailchimp.queries import bounds
from listloop.sandbox.mailchimp.render import MemberView, collection, last_large, link, show_list
from listloop.sandbox.wire import Json, Route

WRITABLE = frozenset({
    "name", "contact", "permission_reminder", "use_archive_bar", "campaign_defaults", "notify_on_subscribe",
    "notify_on_unsubscribe", "email_type_option", "double_optin", "marketing_permissions", "visibility",
})  # fmt: skip
REQUIRED = ("name", "contact", "permission_reminder", "campaign_defaults", "email_type_option")
CONTACT_NEEDS = ("company", "address1", "city", "country")
DEFAULTS_NEED = ("from_name", "from_email", "subject", "language")
MOST_LISTS = 100


def root(ask: Ask) -> Json:
    account = ask.account
    contact = {("addr" + key[7:] if key.startswith("address") else key): part for key, part in CONTACT.items()}
    del contact["phone"]
    total = sum(audience.number_of("subscribed") for audience in account.audiences.values())
    return {
        "account_id": account.id, "login_id": account.id[:8], "account_name": "Sandbox",
        "email": "owner@sandbox.example", "first_name": "Sandy", "last_name": "Box", "username": "sandbox",
        "avatar_url": "", "role": "owner",
        "member_since": iso(1_700_000_000), "pricing_plan_type": "monthly", "first_payment": "",
        "account_timezone": "UTC", "account_industry": "", "contact": contact, "pro_enabled": False,
        "last_login": "", "total_subscribers": total,
        "industry_stats": {"open_rate": 0, "bounce_rate": 0, "click_rate": 0}, "_links": [link("self", ask.base + "/")],
    }  # fmt: skip


def ping(_: Ask) -> Json:
    return {"health_status": "Everything's Chimpy!"}


def list_lists(ask: Ask) -> Json:
    offset, count = ask.slice()
    found = list(ask.account.audiences.values())
    low, high = bounds(ask, "date_created")
    found = [one for one in found if (low is None or one.created >= low) and (high is None or one.created <= high)]
    low, high = bounds(ask, "campaign_last_sent")
    if low is not None or high is not None:
        sent = {one.id: last_large(one) for one in found}
        found = [one for one in found if (low or 1) <= sent[one.id] and (high is None or sent[one.id] <= high)]
    if "has_ecommerce_store" in ask.params:
        shops = {shop["list_id"] for shop in ask.account.documents.get("/ecommerce/stores", {}).values()}
        found = [one for one in found if (one.id in shops) is ask.flag("has_ecommerce_store")]
    if ask.params.get("email"):
        found = [one for one in found if md5(ask.params["email"]) in one.by_id]
    if ask.params.get("sort_field") == "date_created":
        found.sort(key=lambda one: one.created, reverse=ask.params.get("sort_dir") == "DESC")
    shown = [show_list(ask, one) for one in found[offset : offset + count]]
    existing = len(ask.account.audiences)
    answer = collection("lists", shown, len(found), f"{ask.base}/lists")
    answer["constraints"] = {
        "may_create": existing < MOST_LISTS, "max_instances": MOST_LISTS, "current_total_instances": existing,
    }  # fmt: skip
    return answer


def get_list(ask: Ask) -> Json:
    return show_list(ask, ask.audience())


def post_list(ask: Ask) -> Json:
    body = ask.body
    errors = [
        (name, "This value should not be blank.") for name in REQUIRED if body.get(name) is None or body[name] == ""
    ]
    for name, needs in (("contact", CONTACT_NEEDS), ("campaign_defaults", DEFAULTS_NEED)):
        part = body.get(name)
        if part is not None:
            missing = [
                need for need in needs if not isinstance(part.get(need), str) or (need != "subject" and not part[need])
            ]
            errors += [(f"{name}.{need}", "This value should not be blank.") for need in missing]
    if errors:
        raise fields_invalid(*errors)
    if len(ask.account.audiences) >= MOST_LISTS:
        raise ProblemError(403, "Forbidden", f"This account may have {MOST_LISTS} audiences.")
    return show_list(ask, ask.account.add_audience(_settings(ask), ask.now))


def patch_list(ask: Ask) -> Json:
    audience = ask.audience()
    audience.settings |= _settings(ask)
    return show_list(ask, audience)


def delete_list(ask: Ask) -> None:
    del ask.account.audiences[ask.audience().id]


def _settings(ask: Ask) -> Json:
    """What the body sets. Raises ProblemError (400) for what has the wrong type."""
    body = ask.body
    errors = []
    if not isinstance(body.get("marketing_permissions", False), bool):
        errors.append(("marketing_permissions", "Schema describes boolean, another type found instead"))
    for name in ("contact", "campaign_defaults"):
        wrong = [key for key, part in body.get(name, {}).items() if not isinstance(part, str)]
        errors += [(f"{name}.{key}", "Schema describes string, another type found instead") for key in wrong]
    if errors:
        raise fields_invalid(*errors)
    return {name: value for name, value in ask.body.items() if name in WRITABLE}


def tag_search(ask: Ask) -> Json:
    audience = ask.audience()
    start = ask.params.get("name", "").lower()
    tags = [
        {"id": tag.id, "name": tag.name}
        for tag in audience.segments.values()
        if tag.options is None and tag.name.lower().startswith(start)
    ]
    return {"tags": tags, "total_items": len(tags)}


def search_members(ask: Ask) -> Json:
    query = ask.params.get("query", "").strip().lower()
    audiences = list(ask.account.audiences.values())
    if "list_id" in ask.params:
        audiences = [ask.account.audience(ask.params["list_id"])]
    exact: list[Json] = []
    full: list[Json] = []
    for audience in audiences:
        view = MemberView(audience, ask.base)
        member = audience.by_id.get(md5(query))
        if member:
            exact.append(view(member))
        for other in audience.by_id.values() if query else ():
            if len(full) < 30 and (query in other.email.lower() or query in view.full_name(other).lower()):
                full.append(view(other))
    return {
        "exact_matches": {"members": exact, "total_items": len(exact)},
        "full_search": {"members": full, "total_items": len(full)},
        "_links": [link("self", f"{ask.base}/search-members")],
    }


ROUTES: list[Route[Handler]] = [
    Route("GET", "", root, FIELDS),
    Route("GET", "/ping", ping),
    Route(
        "GET", "/lists", list_lists,
        PAGED | {
            "before_date_created", "since_date_created", "before_campaign_last_sent", "since_campaign_last_sent",
            "email", "sort_field", "sort_dir", "has_ecommerce_store", "include_total_contacts",
        },
    ),
    Route("POST", "/lists", post_list, body=WRITABLE),
    Route("GET", "/lists/{list_id}", get_list, FIELDS | {"include_total_contacts"}),
    Route("PATCH", "/lists/{list_id}", patch_list, body=WRITABLE),
    Route("DELETE", "/lists/{list_id}", delete_list),
    Route("GET", "/lists/{list_id}/tag-search", tag_search, frozenset({"name"})),
    Route("GET", "/search-members", search_members, FIELDS | {"query", "list_id"}),
]  # fmt: skip
