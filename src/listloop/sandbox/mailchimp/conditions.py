"""Segment conditions, computed on the members as they are now (Mailchimp API reference, segment conditions)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from listloop.sandbox.mailchimp import merge
from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.audience import Audience, MergeField
from listloop.sandbox.mailchimp.campaign import Campaign
from listloop.sandbox.mailchimp.member import Member
from listloop.sandbox.mailchimp.problems import fields_invalid
from listloop.sandbox.wire import Json

Test = Callable[[Member], bool]
DAY = 86400
NOT_COMPUTED = frozenset({
    "SurveyMonkey", "Conversation", "CampaignPoll", "GoalActivity", "GoalTimestamp", "FuzzySegment", "SocialAge",
    "SocialGender", "SocialInfluence", "SocialNetworkMember", "SocialNetworkFollow", "PredictedGender",
    "PredictedAge", "Automation", "EcommCategory", "EcommStore", "EmailClient",
    "IPGeoCountryState", "IPGeoIn", "IPGeoInZip", "IPGeoUnknown",
    "IPGeoZip", "ZipMerge", "MandrillActivity",
})  # fmt: skip
"""Accepted, and matching nobody: there is nothing here that could be asked."""


class BadConditionError(ValueError):
    """The message says which part does not fit."""


@dataclass(frozen=True, slots=True)
class Here:
    """What a condition may refer to."""

    account: Account
    audience: Audience
    now: int


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
    if kind in NOT_COMPUTED:
        return lambda _: False
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


def _op(condition: Json, *known: str) -> str:
    op = condition.get("op")
    if op not in known:
        raise BadConditionError(f"The op {op!r} is none of {', '.join(known)}.")
    return str(op)


def _aim(here: Here, condition: Json) -> Test:
    op = _op(condition, "open", "click", "sent", "noopen", "noclick", "nosent")
    sent = here.audience.sent.values()
    wanted = str(condition.get("value", "any"))
    campaigns = [one for one in sent if wanted == "any" or str(one.web_id) == wanted]
    kind = op.removeprefix("no")

    def did(member: Member) -> bool:
        return any(_did(one, member, kind) for one in campaigns)

    if op == "nosent":
        return lambda member: not did(member)
    if op.startswith("no"):  # who never got it cannot have ignored it
        return lambda member: any(member.contact_id in one.recipients for one in campaigns) and not did(member)
    return did


def _did(campaign: Campaign, member: Member, kind: str) -> bool:
    recipient = campaign.recipients.get(member.contact_id)
    return recipient is not None and (kind == "sent" or any(event.kind == kind for event in recipient.events))


def _static(here: Here, condition: Json) -> Test:
    op = _op(condition, "static_is", "static_not")
    value = str(condition.get("value", ""))
    segment = here.audience.segments.get(int(value) if value.isdecimal() else -1)
    if segment is None or segment.options is not None:
        raise BadConditionError(f"There is no static segment {value!r}.")
    members = segment.members
    return (lambda member: member in members) if op == "static_is" else (lambda member: member not in members)


def _interests(_: Here, condition: Json) -> Test:
    op = _op(condition, "interestcontains", "interestcontainsall", "interestnotcontains")
    value = condition.get("value")
    if not isinstance(value, list):
        raise BadConditionError("The value of Interests is an array of interest ids.")
    wanted = frozenset(str(one) for one in value)
    if op == "interestcontains":
        return lambda member: bool(wanted & member.interests)
    if op == "interestcontainsall":
        return lambda member: wanted <= member.interests
    return lambda member: not wanted & member.interests


def _compare(op: str, value: str, *, numbers: bool = False) -> Callable[[str], bool]:
    """A test of a text, without regard to case."""
    want = value.lower()
    table: dict[str, Callable[[str], bool]] = {
        "is": lambda text: text == want, "not": lambda text: text != want,
        "contains": lambda text: want in text, "notcontain": lambda text: want not in text,
        "starts": lambda text: text.startswith(want), "ends": lambda text: text.endswith(want),
        "greater": lambda text: text > want, "less": lambda text: text < want,
        "blank": lambda text: not text, "blank_not": bool,
    }  # fmt: skip
    test = table[op]
    limit = _number(value) if numbers else None
    if limit is not None and op in {"is", "not", "greater", "less"}:
        by: dict[str, Callable[[float], bool]] = {
            "is": lambda number: number == limit, "not": lambda number: number != limit,
            "greater": lambda number: number > limit, "less": lambda number: number < limit,
        }  # fmt: skip
        return lambda text: by[op](number) if (number := _number(text)) is not None else op == "not"
    return lambda text: test(text.lower())


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _field(here: Here, name: str) -> MergeField | None:
    by_id = name.upper().removeprefix("MERGE")
    if name.upper().startswith("MERGE") and by_id.isdecimal():
        return here.audience.merge_fields.get(int(by_id))
    return here.audience.field_by_tag(name)


def _merge(*ops: str, dates: bool = False) -> Callable[[Here, Json], Test]:
    def make(here: Here, condition: Json) -> Test:
        op = _op(condition, *ops)
        name = str(condition.get("field", ""))
        field = _field(here, name)
        if field is None:
            raise BadConditionError(f"There is no merge field {name!r}.")
        value = str(condition.get("value", ""))
        if dates and value:
            value = _day(value)
        compare = _compare(op, value, numbers=field.type == "number")
        return lambda member: compare(_text(member, field))

    return make


def _text(member: Member, field: MergeField) -> str:
    value = merge.shown(member.value(field.merge_id))
    return " ".join(part for part in value.values() if part) if isinstance(value, dict) else str(value)


def _day(value: str) -> str:
    """MM/DD/YYYY or YYYY-MM-DD as YYYY-MM-DD."""
    for form in ("%m/%d/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(value, form).replace(tzinfo=UTC).date().isoformat()
        except ValueError:
            continue
    raise BadConditionError(f"{value!r} is no date; it should look like 12/31/2026.")


def _email(_: Here, condition: Json) -> Test:
    op = _op(condition, "is", "not", "contains", "notcontain", "starts", "ends", "greater", "less")
    compare = _compare(op, str(condition.get("value", "")))
    return lambda member: compare(member.email)


def _plain(attribute: str, ops: dict[str, str], *, numbers: bool = False) -> Callable[[Here, Json], Test]:
    def make(_: Here, condition: Json) -> Test:
        compare = _compare(ops[_op(condition, *ops)], str(condition.get("value", "")), numbers=numbers)
        return lambda member: compare(str(getattr(member, attribute)))

    return make


def _vip(_: Here, condition: Json) -> Test:
    wanted = _op(condition, "member", "notmember") == "member"
    return lambda member: member.vip is wanted


def _new(here: Here, condition: Json) -> Test:
    _op(condition, "date_within")
    since = here.now - _days(condition.get("value")) * DAY
    return lambda member: member.timestamp_opt >= since


def _days(value: Any) -> int:
    if not str(value).isdecimal():
        raise BadConditionError(f"{value!r} is no number of days.")
    return int(value)


def _date(here: Here, condition: Json) -> Test:
    """``value``: date (the day is in ``extra``), campaign (its web id is in ``extra``), last, or days for within."""
    op = _op(condition, "greater", "less", "is", "not", "blank", "blank_not", "within", "notwithin")
    name = str(condition.get("field", ""))
    attribute = {"timestamp_opt": "timestamp_opt", "info_changed": "last_changed"}.get(name)
    if name == "ecomm_date":
        return lambda _: False
    if attribute is None:
        raise BadConditionError(f"The field {name!r} is none of timestamp_opt, info_changed, ecomm_date.")
    if op in {"blank", "blank_not"}:
        return lambda member: bool(getattr(member, attribute)) is (op == "blank_not")
    if op in {"within", "notwithin"}:
        since = here.now - _days(condition.get("value")) * DAY
        return lambda member: (getattr(member, attribute) >= since) is (op == "within")
    start, end = _span(here, str(condition.get("value", "")), str(condition.get("extra", "")))
    inside: dict[str, Callable[[int], bool]] = {
        "greater": lambda at: at >= end, "less": lambda at: 0 < at < start, "is": lambda at: start <= at < end,
        "not": lambda at: not start <= at < end,
    }  # fmt: skip
    return lambda member: inside[op](getattr(member, attribute))


def _span(here: Here, value: str, extra: str) -> tuple[int, int]:
    """The seconds that a date, or the sending of a campaign, covers."""
    if value in {"campaign", "last"}:
        sent = [one for one in here.audience.sent.values() if value == "last" or str(one.web_id) == extra]
        at = max((one.send_time for one in sent), default=0)
        return at, at + 1
    day = date.fromisoformat(_day(extra or value))
    first = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return int(first.timestamp()), int((first + timedelta(days=1)).timestamp())


def _spent(here: Here, condition: Json) -> Test:
    """What a contact bought, from the orders of the shops of this audience."""
    kind = condition.get("condition_type")
    if kind == "EcommPurchased":
        wanted = _op(condition, "member", "notmember") == "member"
        return lambda member: bool(here.account.orders_of(here.audience.id, member.email)) is wanted
    compare = _compare(_op(condition, "is", "not", "greater", "less"), str(condition.get("value", "")), numbers=True)
    name = str(condition.get("field", ""))

    def amount(member: Member) -> str:
        totals = here.account.orders_of(here.audience.id, member.email)
        by = {"ecomm_orders": len(totals), "ecomm_spent_one": max(totals, default=0), "ecomm_spent_all": sum(totals)}
        return str(by.get(name, sum(totals) / len(totals) if totals else 0))

    return lambda member: compare(amount(member))


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
    "EcommPurchased": _spent, "EcommNumber": _spent, "EcommSpent": _spent,
}  # fmt: skip
COMPUTED = tuple(_BY_KIND)
