"""``/ecommerce``: shops with customers, products, orders and carts; orders count in the reports they name."""

from urllib.parse import parse_qs, urlsplit

from listloop.sandbox.mailchimp import writes
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import md5
from listloop.sandbox.mailchimp.checks import ADDRESS
from listloop.sandbox.mailchimp.members import PAGED, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid
from listloop.sandbox.mailchimp.render import collection
from listloop.sandbox.mailchimp.resources import Kind, place, routes, show
from listloop.sandbox.wire import Json, Route

STORES = "/ecommerce/stores"
STORE = STORES + "/{store_id}"
TIMES = ("created_at", "updated_at")
NO_LIST = "The provided list id does not match any list in the system."
NO_PRODUCT = "A product with the provided ID does not exist in the store."


def _store(ask: Ask, one: Json) -> Json:
    """A shop keeps its audience for good."""
    if one["list_id"] not in ask.account.audiences:
        raise fields_invalid(("list_id", NO_LIST))
    old = ask.account.documents.get(STORES, {}).get(ask.args.get("store_id", ""))
    if old and old["list_id"] != one["list_id"]:
        raise fields_invalid(("list_id", "The list of a store cannot be changed."))
    return {}


def _active(ask: Ask, one: Json) -> Json:
    return {"list_is_active": one["list_id"] in ask.account.audiences}


def _customer(ask: Ask, one: Json) -> Json:
    """With ``opt_in_status`` a new address is subscribed, without it is transactional; a known one stays as it is."""
    email = one.get("email_address", "")
    if not ADDRESS.fullmatch(email):
        raise fields_invalid(("email_address", "Please provide a valid email address."))
    store = ask.account.documents[STORES][ask.args["store_id"]]
    audience = ask.account.audiences.get(store["list_id"])
    if audience and audience.by_id.get(md5(email)) is None and md5(email) not in audience.forgotten:
        names = {"FNAME": one.get("first_name", ""), "LNAME": one.get("last_name", "")}
        body: Json = {"email_address": email, "merge_fields": {tag: name for tag, name in names.items() if name}}
        ask.params = ask.params | {"skip_merge_validation": "true"}
        wish = "subscribed" if one.get("opt_in_status") else "transactional"
        writes.create(ask, audience, body, wish, with_tags=False)
    return {}


def _bought(ask: Ask, one: Json) -> Json:
    email = one.get("email_address", "").lower()
    orders = ask.account.documents.get(f"{STORES}/{ask.args['store_id']}/orders", {}).values()
    own = [order for order in orders if order["customer"].get("email_address", "").lower() == email]
    return {"orders_count": len(own), "total_spent": sum(order["order_total"] for order in own)}


def _product(_: Ask, one: Json) -> Json:
    if one.get("variants") == []:
        raise fields_invalid(("variants", "This collection should contain 1 element or more."))
    for number, variant in enumerate(one.get("variants", [])):
        if not isinstance(variant, dict) or not variant.get("id") or not variant.get("title"):
            raise fields_invalid((f"variants.item:{number}", "This value should not be blank."))
    return {}


def _order(ask: Ask, one: Json) -> Json:
    """Lines name products that exist; the customer is completed, or made; the landing site may tell the campaign."""
    products = ask.account.documents.get(f"{STORES}/{ask.args['store_id']}/products", {})
    lines = (
        {"lines": [_line(number, line, products) for number, line in enumerate(one["lines"])]} if "lines" in one else {}
    )
    customers = ask.account.documents_at(f"{STORES}/{ask.args['store_id']}/customers")
    given = one["customer"]
    if not given.get("id"):
        raise fields_invalid(("customer.id", "This value should not be blank."))
    known = customers.get(str(given["id"]))
    if known is None and not given.get("email_address"):
        raise fields_invalid(("customer.id", "A customer with the provided ID does not exist in the store."))
    if known is None:
        known = {"opt_in_status": False, **given, "id": str(given["id"])}
        _customer(ask, known)
        customers[known["id"]] = known
    marks = parse_qs(urlsplit(one.get("landing_site", "")).query)
    campaign = one.get("campaign_id") or marks.get("mc_cid", [""])[0]
    return {**lines, "customer": known | given, "campaign_id": campaign, "made": one.get("made", ask.now)}


def _line(number: int, line: object, products: dict[str, Json]) -> Json:
    if not isinstance(line, dict):
        raise fields_invalid((f"lines.item:{number}", "Schema describes object, another type found instead"))
    missing = [name for name in ("id", "product_id", "product_variant_id", "quantity", "price") if name not in line]
    if missing:
        raise fields_invalid(*((f"lines.item:{number}.{name}", "This value should not be blank.") for name in missing))
    if type(line["quantity"]) is not int or type(line["price"]) not in {int, float}:
        raise fields_invalid((f"lines.item:{number}", "quantity is an integer and price a number."))
    product = products.get(str(line["product_id"]))
    if product is None:
        raise fields_invalid((f"lines.item:{number}.product_id", NO_PRODUCT))
    return {"product_title": product["title"], "discount": 0, "image_url": "", "product_variant_title": "", **line}


def all_orders(ask: Ask) -> Json:
    """Of all shops of the account."""
    offset, count = ask.slice()
    found: list[Json] = []
    for store in ask.account.documents.get(STORES, {}):
        ask.args["store_id"] = store
        documents = ask.account.documents.get(place(ask, ORDERS.path), {}).values()
        found += [show(ask, ORDERS, one) | {"store_id": store} for one in documents]
    for name in ("campaign_id", "customer_id"):
        if ask.params.get(name):
            found = [one for one in found if ask.params[name] in {one["campaign_id"], one["customer"]["id"]}]
    return collection("orders", found[offset : offset + count], len(found), f"{ask.base}/ecommerce/orders")


_ADDRESS: Json = {}
_LINE: Json = {"product_id": "", "product_variant_id": "", "quantity": 1, "price": 0.0, "discount": 0.0}
_LINE_SHOWS: Json = {"product_title": "", "product_variant_title": "", "image_url": ""}
STORE_KIND = Kind(
    STORES, "stores", "store_id",
    {
        "list_id": "", "name": "", "platform": "", "domain": "", "is_syncing": False, "email_address": "",
        "currency_code": "", "money_format": "", "primary_locale": "", "timezone": "", "phone": "", "address": _ADDRESS,
    },
    ("id", "list_id", "name", "currency_code"), "id", stamps=TIMES, name="store", check=_store, derive=_active,
)  # fmt: skip
CUSTOMERS = Kind(
    STORE + "/customers", "customers", "customer_id",
    {
        "email_address": "", "opt_in_status": False, "company": "", "first_name": "", "last_name": "",
        "address": _ADDRESS,
    },
    ("id", "email_address", "opt_in_status"), "id", filters=("email_address",), stamps=TIMES, name="customer",
    check=_customer, derive=_bought, verbs=("GET", "POST", "PATCH", "PUT", "DELETE"),
)  # fmt: skip
PRODUCTS = Kind(
    STORE + "/products", "products", "product_id",
    {
        "title": "", "handle": "", "url": "", "description": "", "type": "", "vendor": "", "image_url": "",
        "variants": [], "images": [], "published_at_foreign": "",
    },
    ("id", "title", "variants"), "id", {"currency_code": "USD"}, name="product", check=_product,
    parts=("variants", "images"),
    verbs=("GET", "POST", "PATCH", "PUT", "DELETE"),
)  # fmt: skip
ORDERS = Kind(
    STORE + "/orders", "orders", "order_id",
    {
        "customer": {}, "campaign_id": "", "landing_site": "", "financial_status": "", "fulfillment_status": "",
        "currency_code": "", "order_total": 0.0, "order_url": "", "discount_total": 0.0, "tax_total": 0.0,
        "shipping_total": 0.0, "tracking_code": "", "processed_at_foreign": "", "cancelled_at_foreign": "",
        "updated_at_foreign": "", "shipping_address": _ADDRESS, "billing_address": _ADDRESS, "promos": [],
        "lines": [], "outreach": {}, "tracking_number": "", "tracking_carrier": "", "tracking_url": "",
    },
    ("id", "customer", "currency_code", "order_total", "lines"), "id",
    filters=("campaign_id", "customer_id", "has_outreach", "outreach_id"), name="order", check=_order, parts=("lines",),
    hides=("made",),
    verbs=("GET", "POST", "PATCH", "PUT", "DELETE"),
)  # fmt: skip
KINDS = (
    STORE_KIND, CUSTOMERS, PRODUCTS, ORDERS,
    Kind(
        PRODUCTS.one + "/variants", "variants", "variant_id",
        {
            "title": "", "url": "", "sku": "", "price": 0.0, "inventory_quantity": 0, "image_url": "", "backorders": "",
            "visibility": "",
        },
        ("id", "title"), "id", stamps=TIMES, name="product variant", verbs=("GET", "POST", "PATCH", "PUT", "DELETE"),
    ),
    Kind(
        PRODUCTS.one + "/images", "images", "image_id", {"url": "", "variant_ids": []}, ("id", "url"), "id",
        name="product image",
    ),
    Kind(
        ORDERS.one + "/lines", "lines", "line_id", _LINE,
        ("id", "product_id", "product_variant_id", "quantity", "price"), "id", _LINE_SHOWS, name="order line",
    ),
    Kind(
        STORE + "/carts", "carts", "cart_id",
        {
            "customer": {}, "campaign_id": "", "checkout_url": "", "currency_code": "", "order_total": 0.0,
            "tax_total": 0.0, "lines": [],
        },
        ("id", "customer", "currency_code", "order_total", "lines"), "id", stamps=TIMES, name="cart", parts=("lines",),
    ),
    Kind(
        STORE + "/carts/{cart_id}/lines", "lines", "line_id",
        {name: _LINE[name] for name in _LINE if name != "discount"},
        ("id", "product_id", "product_variant_id", "quantity", "price"), "id",
        {"product_title": "", "product_variant_title": ""}, name="cart line",
    ),
    Kind(
        STORE + "/promo-rules", "promo_rules", "promo_rule_id",
        {
            "title": "", "description": "", "starts_at": "", "ends_at": "", "amount": 0.0, "type": "", "target": "",
            "enabled": True, "created_at_foreign": "", "updated_at_foreign": "",
        },
        ("id", "description", "amount", "type", "target"), "id", name="promo rule",
    ),
    Kind(
        STORE + "/promo-rules/{promo_rule_id}/promo-codes", "promo_codes", "promo_code_id",
        {
            "code": "", "redemption_url": "", "usage_count": 0, "enabled": True, "created_at_foreign": "",
            "updated_at_foreign": "",
        },
        ("id", "code", "redemption_url"), "id", name="promo code",
    ),
)  # fmt: skip

_FILTERS = frozenset({"campaign_id", "outreach_id", "customer_id", "has_outreach"})
ROUTES: list[Route[Handler]] = [
    Route("GET", "/ecommerce/orders", all_orders, PAGED | _FILTERS),
    *[route for kind in KINDS for route in routes(kind)],
]
