"""The rest of the API as a valid minimum: sites, pages, domains, and collections with nothing in them."""

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import md5
from listloop.sandbox.mailchimp.checks import ADDRESS
from listloop.sandbox.mailchimp.coverage import known
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid, not_found
from listloop.sandbox.mailchimp.render import collection, link
from listloop.sandbox.mailchimp.resources import Kind, create, find, routes, show
from listloop.sandbox.wire import Json, Route

BLANK = "This value should not be blank."


def _script(ask: Ask, one: Json) -> Json:
    url = f"{ask.base.removesuffix('/3.0')}/_mail/sites/{one['foreign_id']}.js"
    return {"site_script": {"url": url, "fragment": f'<script src="{url}"></script>'}}


def _domain(_: Ask, one: Json) -> Json:
    email = one.get("verification_email", "")
    if not ADDRESS.fullmatch(email):
        raise fields_invalid(("verification_email", "Please provide a valid email address."))
    return {"domain": email.rpartition("@")[2].lower()}


def verify_domain(ask: Ask) -> Json:
    """Any code is right; the mail that tells it is never sent."""
    one = find(ask, DOMAINS)
    if not ask.body.get("code"):
        raise fields_invalid(("code", BLANK))
    one |= {"verified": True, "authenticated": True}
    return show(ask, DOMAINS, one)


def post_domain(ask: Ask) -> Json:
    domain = _domain(ask, ask.body)["domain"]
    ask.body = ask.body | {"domain": domain}
    return create(ask, DOMAINS) | {"verification_sent": iso(ask.now)}


def publish(ask: Ask) -> None:
    find(ask, PAGES).update(status="published", published_at=iso(ask.now))


def unpublish(ask: Ask) -> None:
    find(ask, PAGES).update(status="unpublished", unpublished_at=iso(ask.now))


def page_content(ask: Ask) -> Json:
    one = find(ask, PAGES)
    return {"html": "", "json": "", "_links": [link("self", f"{ask.base}/landing-pages/{one['id']}/content")]}


def verify_script(ask: Ask) -> None:
    find(ask, SITES)


def trigger_journey(ask: Ask) -> None:
    """Any journey and step will do, nothing comes of it; the contact must be there."""
    email = md5(str(ask.body.get("email_address", "")))
    if not any(email in audience.by_id for audience in ask.account.audiences.values()):
        raise fields_invalid(("email_address", "This contact does not exist."))


def post_signup_form(ask: Ask) -> Json:
    audience = ask.audience()
    given = {name: part for name, part in ask.body.items() if name in SIGNUP}
    rows = [*given.get("contents", []), *given.get("styles", [])]
    if not isinstance(given.get("header", {}), dict) or any(not isinstance(row, dict) for row in rows):
        raise fields_invalid(("", "Schema describes object, another type found instead"))
    ask.account.documents_at("/signup-forms")[audience.id] = given
    return _form(ask, given)


def list_signup_forms(ask: Ask) -> Json:
    audience = ask.audience()
    forms = [_form(ask, ask.account.documents_at("/signup-forms").get(audience.id, {}))]
    return collection("signup_forms", forms, 1, f"{ask.base}/lists/{audience.id}/signup-forms", list_id=audience.id)


def _form(ask: Ask, given: Json) -> Json:
    url = f"{ask.base.removesuffix('/3.0')}/_sandbox/lists/{ask.args['list_id']}/signup"
    here = f"{ask.base}/lists/{ask.args['list_id']}/signup-forms"
    parts: Json = {"header": {}, "contents": [], "styles": []}
    return parts | given | {
        "signup_form_url": url, "list_id": ask.args["list_id"], "_links": [link("self", here)],
    }  # fmt: skip


def empty(plural: str, path: str) -> Handler:
    """A collection that exists and has nothing in it."""

    def handler(ask: Ask) -> Json:
        ids = {"list_id": ask.audience().id} if "list_id" in ask.args else {}
        ask.slice()
        return collection(plural, [], 0, ask.base + path.format(**ask.args), **ids)

    return handler


def nothing(_: Ask) -> Json | None:
    """One of a collection that has nothing in it."""
    raise not_found()


SIGNUP = frozenset({"header", "contents", "styles"})
SITES = Kind(
    "/connected-sites", "sites", "connected_site_id", {"domain": ""}, ("foreign_id", "domain"), "foreign_id",
    {"store_id": "", "platform": ""}, stamps=("created_at", "updated_at"), name="connected site", derive=_script,
    verbs=("GET", "POST", "DELETE"),
)  # fmt: skip
PAGES = Kind(
    "/landing-pages", "landing_pages", "page_id",
    {
        "name": "", "title": "", "description": "", "list_id": "", "store_id": "", "template_id": 0, "type": "signup",
        "tracking": {},
    },
    token=10, stamps=("created_at", "updated_at"), name="landing page",
    shows={
        "status": "draft", "published_at": "", "unpublished_at": "", "url": "", "web_id": 0, "created_by_source": "API",
    },
    filters=("sort_field", "sort_dir"), hides=("type",),
)  # fmt: skip
DOMAINS = Kind(
    "/verified-domains", "domains", "domain_name", {"verification_email": ""}, ("verification_email",), "domain",
    {"verified": False, "authenticated": False, "verification_sent": ""}, name="domain", check=_domain,
    verbs=("GET", "DELETE"), linked=False,
)  # fmt: skip
_SORTED = frozenset({"sort_field", "sort_dir"})
EMPTY: dict[str, tuple[str, frozenset[str]]] = {
    "/automations": (
        "automations",
        frozenset({"before_create_time", "since_create_time", "before_start_time", "since_start_time", "status"}),
    ),
    "/conversations": ("conversations", frozenset({"has_unread_messages", "list_id", "campaign_id"})),
    "/facebook-ads": ("facebook_ads", _SORTED), "/authorized-apps": ("apps", frozenset()),
    "/reporting/facebook-ads": ("facebook_ads", _SORTED), "/reporting/landing-pages": ("landing_pages", frozenset()),
    "/reporting/surveys": ("surveys", frozenset()), "/lists/{list_id}/surveys": ("surveys", frozenset()),
    "/activity-feed/chimp-chatter": ("chimp_chatter", frozenset()),
}  # fmt: skip
_NOTHING: list[Route[Handler]] = [
    Route(one.method, one.path, nothing, FIELDS)
    for one in known()
    if any(one.path.startswith(f"{path}/{{") for path in EMPTY)
]  # fmt: skip
"""Whatever is asked about one of a collection that has nothing in it."""
_PAGE = "/landing-pages/{page_id}"

ROUTES: list[Route[Handler]] = [
    *[route for kind in (SITES, PAGES, DOMAINS) for route in routes(kind)],
    Route("POST", "/verified-domains", post_domain, body=frozenset({"verification_email"})),
    Route("POST", "/verified-domains/{domain_name}/actions/verify", verify_domain, body=frozenset({"code"})),
    Route("POST", "/connected-sites/{connected_site_id}/actions/verify-script-installation", verify_script),
    Route("POST", _PAGE + "/actions/publish", publish),
    Route("POST", _PAGE + "/actions/unpublish", unpublish),
    Route("GET", _PAGE + "/content", page_content, FIELDS),
    Route(
        "POST", "/customer-journeys/journeys/{journey_id}/steps/{step_id}/actions/trigger", trigger_journey,
        body=frozenset({"email_address"}),
    ),
    Route("GET", "/lists/{list_id}/signup-forms", list_signup_forms, FIELDS),
    Route("POST", "/lists/{list_id}/signup-forms", post_signup_form, body=SIGNUP),
    *[Route("GET", path, empty(plural, path), PAGED | more) for path, (plural, more) in EMPTY.items()],
    *_NOTHING,
]  # fmt: skip
