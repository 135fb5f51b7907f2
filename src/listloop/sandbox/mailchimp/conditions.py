"""Segment conditions, computed on the members as they are now (Mailchimp API reference, segment conditions)."""

from collections.abc import Callable
from typing import Any

from listloop.sandbox.mailchimp import merge, purchases, untold
from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.audience import Audience, MergeField
from listloop.sandbox.mailchimp.campaign import Campaign
from listloop.sandbox.mailchimp.comparing import (
    DAY,
    BadConditionError,
    Here,
    Test,
    as_number,
    at,
    comparison,
    day_of,
    days_of,
    op_of,
)
from listloop.sandbox.mailchimp.member import Member
from listloop.sandbox.mailchimp.places import miles
from listloop.sandbox.mailchimp.problems import fields_invalid
from listloop.sandbox.wire import Json


def test_of(account: Account, audience: Audience, options: Json, now: int) -> Test:
    """One question for a member from ``{"match": "any"|"all", "conditions": [...]}``; without conditions all match.

    Raises ProblemError (400) naming each condition that does not fit.
    """
    here = Here(account, audience, now)
    conditions = options.get("conditions") or []
    errors: list[tuple[str, str]] = []
    tests: list[Test] = []
    if options.get("match", "any") not in {"any", "all"}:
        errors.append(("match", "Data did not match any of the enum values."))
    if not isinstance(conditions, list):
        raise fields_invalid(("conditions", "Schema describes array, another type found instead"))
    for place, condition in enumerate(conditions):
        try:
            tests.append(_test(here, condition))
        except BadConditionError as bad:
            errors.append((f"conditions.item:{place}", str(bad)))
    if errors:
        raise fields_invalid(*errors)
    if options.get("match", "any") == "all" or not tests:
        return lambda member: all(test(member) for test in tests)
    return lambda member: any(test(member) for test in tests)


def _test(here: Here, condition: Any) -> Test:
    if not isinstance(condition, dict):
        raise BadConditionError("Schema describes object, another type found instead")
    kind = condition.get("condition_type") or _kind_of(here, str(condition.get("field", "")))
    if kind not in _BY_KIND:
        raise BadConditionError(f"There is no condition_type {kind!r}.")
    return _BY_KIND[kind](here, condition)


def _kind_of(here: Here, name: str) -> str:
    """Old clients leave the condition_type out; most fields have only one."""
    if name.startswith("interests-"):
        return "Interests"
    known = {
        "aim": "Aim", "static_segment": "StaticSegment", "timestamp_opt": "Date", "info_changed": "Date",
        "merge0": "EmailAddress", "EMAIL": "EmailAddress", "rating": "MemberRating", "source": "SignupSource",
        "gmonkey": "VIP", "language": "Language",
    }  # fmt: skip
    found = _field(here, name) if name not in known else None
    return known.get(name) or ("TextMerge" if found else name)


def _aim(here: Here, condition: Json) -> Test:
    op = op_of(condition, "open", "click", "sent", "noopen", "noclick", "nosent")
    sent = here.audience.sent.values()
    wanted = str(condition.get("value", "any"))
    campaigns = [one for one in sent if wanted == "any" or str(one.web_id) == wanted]
    kind = op.removeprefix("no")

    def did(member: Member) -> bool:
        return any(_did(one, member, kind) for one in campaigns)

    if op == "nosent":
        return lambda member: not did(member)
    if op.startswith("no"):  # who never got it cannot have ignored it
        return lambda member: any(member.web_id in one.recipients for one in campaigns) and not did(member)
    return did


def _did(campaign: Campaign, member: Member, kind: str) -> bool:
    recipient = campaign.recipients.get(member.web_id)
    return recipient is not None and (kind == "sent" or any(event.kind == kind for event in recipient.events))


def _static(here: Here, condition: Json) -> Test:
    op = op_of(condition, "static_is", "static_not")
    value = str(condition.get("value", ""))
    segment = here.audience.segments.get(int(value) if value.isdecimal() else -1)
    if segment is None or segment.options is not None:
        raise BadConditionError(f"There is no static segment {value!r}.")
    members = segment.members
    return (lambda member: member in members) if op == "static_is" else (lambda member: member not in members)


def _interests(_: Here, condition: Json) -> Test:
    op = op_of(condition, "interestcontains", "interestcontainsall", "interestnotcontains")
    value = condition.get("value")
    if not isinstance(value, list):
        raise BadConditionError("The value of Interests is an array of interest ids.")
    wanted = frozenset(str(one) for one in value)
    if op == "interestcontains":
        return lambda member: bool(wanted & member.interests)
    if op == "interestcontainsall":
        return lambda member: wanted <= member.interests
    return lambda member: not wanted & member.interests


def _field(here: Here, name: str) -> MergeField | None:
    by_id = name.upper().removeprefix("MERGE")
    if name.upper().startswith("MERGE") and by_id.isdecimal():
        return here.audience.merge_fields.get(int(by_id))
    return here.audience.field_by_tag(name)


def _named(here: Here, condition: Json) -> MergeField:
    name = str(condition.get("field", ""))
    field = _field(here, name)
    if field is None:
        raise BadConditionError(f"There is no merge field {name!r}.")
    return field


def _merge(*ops: str, dates: bool = False) -> Callable[[Here, Json], Test]:
    def make(here: Here, condition: Json) -> Test:
        op = op_of(condition, *ops)
        field = _named(here, condition)
        value = str(condition.get("value", ""))
        if dates and value:
            value = day_of(value)
        compare = comparison(op, value, numbers=field.type == "number")
        if dates and op == "less":  # no date is not before any date
            return lambda member: (text := _text(member, field)) != "" and compare(text)
        return lambda member: compare(_text(member, field))

    return make


def _text(member: Member, field: MergeField) -> str:
    value = merge.shown(member.value(field.merge_id))
    return " ".join(part for part in value.values() if part) if isinstance(value, dict) else str(value)


def _email(_: Here, condition: Json) -> Test:
    op = op_of(condition, "is", "not", "contains", "notcontain", "starts", "ends", "greater", "less")
    compare = comparison(op, str(condition.get("value", "")))
    return lambda member: compare(member.email)


def _plain(attribute: str, ops: dict[str, str], *, numbers: bool = False) -> Callable[[Here, Json], Test]:
    def make(_: Here, condition: Json) -> Test:
        compare = comparison(ops[op_of(condition, *ops)], str(condition.get("value", "")), numbers=numbers)
        return lambda member: compare(str(getattr(member, attribute)))

    return make


def _vip(_: Here, condition: Json) -> Test:
    wanted = op_of(condition, "member", "notmember") == "member"
    return lambda member: member.vip is wanted


def _new(here: Here, condition: Json) -> Test:
    op_of(condition, "date_within")
    since = here.now - days_of(condition.get("value")) * DAY
    return lambda member: member.timestamp_opt >= since


def _date(here: Here, condition: Json) -> Test:
    name = str(condition.get("field", ""))
    attribute = {"timestamp_opt": "timestamp_opt", "info_changed": "last_changed"}.get(name)
    if name == "ecomm_date":
        return purchases.last(here, condition)
    if attribute is None:
        raise BadConditionError(f"The field {name!r} is none of timestamp_opt, info_changed, ecomm_date.")
    when = at(here, condition)
    return lambda member: when(getattr(member, attribute))


def _client(_: Here, condition: Json) -> Test:
    compare = comparison({"client_is": "is", "client_not": "not"}[op_of(condition, "client_is", "client_not")],
                       str(condition.get("value", "")))  # fmt: skip
    return lambda member: compare(member.extra.client if member.extra else "")


def _region(_: Here, condition: Json) -> Test:
    op = op_of(condition, "ipgeocountry", "ipgeonotcountry", "ipgeostate", "ipgeonotstate")
    wanted, attribute = str(condition.get("value", "")).upper(), "country_code" if op.endswith("country") else "region"
    american = op.endswith("state")

    def there(member: Member) -> bool:
        place = member.place
        return bool(place and getattr(place, attribute) == wanted and (place.country_code == "US" or not american))

    return (lambda member: not there(member)) if "not" in op else there


def _near(_: Here, condition: Json) -> Test:
    """Within so many miles of a point."""
    op = op_of(condition, "ipgeoin", "ipgeonotin")
    north, east, radius = (as_number(str(condition.get(name, ""))) for name in ("lat", "lng", "value"))
    if north is None or east is None or radius is None:
        raise BadConditionError("lat, lng and value are numbers.")

    def inside(member: Member) -> bool:
        place = member.place
        own = (member.extra and member.extra.location) or (place[-2:] if place else None)
        return own is not None and miles((north, east), own) <= radius

    return (lambda member: not inside(member)) if op == "ipgeonotin" else inside


def _nowhere(_: Here, condition: Json) -> Test:
    op_of(condition, "ipgeounknown")
    return lambda member: member.place is None


_WORDS = ("is", "not", "contains", "notcontain", "blank", "blank_not")
_BY_KIND: dict[str, Callable[[Here, Json], Test]] = {
    "Aim": _aim, "StaticSegment": _static, "Interests": _interests, "Date": _date,
    "TextMerge": _merge(*_WORDS, "starts", "ends", "greater", "less"), "SelectMerge": _merge(*_WORDS),
    "DateMerge": _merge("is", "not", "less", "greater", "blank", "blank_not", dates=True),
    "BirthdayMerge": _merge("is", "not", "blank", "blank_not"),
    "AddressMerge": _merge("contains", "notcontain", "blank", "blank_not"),
    "EmailAddress": _email,
    "MemberRating": _plain(
        "rating", {"is": "is", "not": "not", "greater": "greater", "less": "less"}, numbers=True
    ),
    "SignupSource": _plain("source", {"source_is": "is", "source_not": "not"}),
    "VIP": _vip, "Language": _plain("language", {"is": "is", "not": "not"}), "NewSubscribers": _new,
    "EmailClient": _client, "IPGeoCountryState": _region, "IPGeoIn": _near, "IPGeoUnknown": _nowhere,
    "EcommPurchased": purchases.any_, "EcommNumber": purchases.amount, "EcommSpent": purchases.amount,
    "EcommCategory": purchases.words, "EcommStore": purchases.store, "IPGeoZip": untold.in_zip,
    "IPGeoInZip": untold.near_zip, "ZipMerge": lambda here, one: untold.living_near(_named(here, one), one),
    **{kind: untold.act(kind) for kind in untold.ACTS}, **{kind: untold.trait(kind) for kind in untold.TRAITS},
}  # fmt: skip
COMPUTED = tuple(_BY_KIND)
