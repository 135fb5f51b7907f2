"""Segment conditions about what a contact bought, from the orders of the shops of its audience."""

from listloop.sandbox.mailchimp.comparing import Here, Test, at, comparison, op_of
from listloop.sandbox.mailchimp.member import Member
from listloop.sandbox.wire import Json


def any_(here: Here, condition: Json) -> Test:
    wanted = op_of(condition, "member", "notmember") == "member"
    bought = here.account.orders_of(here.audience.id)
    return lambda member: (member.email.lower() in bought) is wanted


def amount(here: Here, condition: Json) -> Test:
    """Of money or of things, over all orders or in one; nothing is 0."""
    test = comparison(op_of(condition, "is", "not", "greater", "less"), str(condition.get("value", "")), numbers=True)
    bought, name = here.account.orders_of(here.audience.id), str(condition.get("field", ""))

    def of(member: Member) -> float:
        orders = bought.get(member.email.lower(), [])
        totals = [float(order["order_total"]) for order in orders]
        things = [sum(int(line["quantity"]) for line in order["lines"]) for order in orders]
        match name:
            case "ecomm_orders":
                return len(orders)
            case "ecomm_spent_one":
                return max(totals, default=0)
            case "ecomm_spent_all":
                return sum(totals)
            case "ecomm_prod_all":
                return sum(things)
            case "ecomm_avg_ord":
                return sum(things) / len(orders) if orders else 0
            case _:
                return sum(totals) / len(orders) if orders else 0

    return lambda member: test(str(of(member)))


def words(here: Here, condition: Json) -> Test:
    """By the title of a product bought, or by its type (``ecomm_cat``)."""
    op = op_of(condition, "is", "not", "contains", "notcontain", "starts", "ends")
    negative = {"not": "is", "notcontain": "contains"}
    test = comparison(negative.get(op, op), str(condition.get("value", "")))
    bought, by_type = here.account.orders_of(here.audience.id), condition.get("field") == "ecomm_cat"

    def did(member: Member) -> bool:
        lines = [(order, line) for order in bought.get(member.email.lower(), ()) for line in order["lines"]]
        return any(test(_word(here, order, line, by_type=by_type)) for order, line in lines)

    return (lambda member: not did(member)) if op in negative else did


def _word(here: Here, order: Json, line: Json, *, by_type: bool) -> str:
    if not by_type:
        return str(line.get("product_title", ""))
    products = here.account.documents.get(f"/ecommerce/stores/{order['store_id']}/products", {})
    return str(products.get(str(line["product_id"]), {}).get("type", ""))


def store(here: Here, condition: Json) -> Test:
    wanted = op_of(condition, "is", "not") == "is"
    bought, name = here.account.orders_of(here.audience.id), str(condition.get("value", ""))
    return lambda member: any(one["store_id"] == name for one in bought.get(member.email.lower(), ())) is wanted


def last(here: Here, condition: Json) -> Test:
    """By the day of the last purchase."""
    when, bought = at(here, condition), here.account.orders_of(here.audience.id)
    return lambda member: when(max((one["made"] for one in bought.get(member.email.lower(), ())), default=0))
