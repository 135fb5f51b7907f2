"""Conditions about what nobody has told this sandbox: dead features of Mailchimp, and where zip codes lie.

Nobody here has done what they ask for, so an act (``completed``) matches nobody, and its opposite (``not_completed``)
everybody. What one is said to be (an age, a gender) nobody knows: neither ``is`` nor ``not`` matches anybody.
"""

from collections.abc import Callable

from listloop.sandbox.mailchimp.audience import MergeField
from listloop.sandbox.mailchimp.comparing import BadConditionError, Here, Test, as_number, op_of
from listloop.sandbox.mailchimp.member import Member
from listloop.sandbox.mailchimp.places import miles_of_zips
from listloop.sandbox.wire import Json

FIVE = 5
ACTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Automation": (("started", "completed"), ("not_started", "not_completed")),
    "CampaignPoll": (("member",), ("notmember",)),
    "Conversation": (("member",), ("notmember",)),
    "FuzzySegment": (("fuzzy_is",), ("fuzzy_not",)),
    "GoalActivity": (("is", "contains", "starts", "ends"), ("goal_not", "goal_notcontain")),
    "GoalTimestamp": (("greater", "less", "is"), ()),
    "SocialNetworkFollow": (("follow",), ("notfollow",)),
    "SocialNetworkMember": (("member",), ("notmember",)),
    "SurveyMonkey": (("started", "completed"), ("not_started", "not_completed")),
}
"""Condition type -> (ops that ask for an act, ops that ask for its opposite)."""
TRAITS = {
    "PredictedAge": ("is",), "PredictedGender": ("is", "not"), "SocialAge": ("is", "not"),
    "SocialGender": ("is", "not"), "SocialInfluence": ("is", "not", "greater", "less"),
}  # fmt: skip


def act(kind: str) -> Callable[[Here, Json], Test]:
    done, undone = ACTS[kind]

    def make(_: Here, condition: Json) -> Test:
        everybody = op_of(condition, *done, *undone) in undone
        return lambda _: everybody

    return make


def trait(kind: str) -> Callable[[Here, Json], Test]:
    def make(_: Here, condition: Json) -> Test:
        op_of(condition, *TRAITS[kind])
        return lambda _: False

    return make


def _zip(value: object) -> str:
    text = str(value).strip()
    if len(text) != FIVE or not text.isdecimal():
        raise BadConditionError(f"{text!r} is no zip code of five digits.")
    return text


def _miles(condition: Json) -> float:
    found = as_number(str(condition.get("value", "")))
    if found is None:
        raise BadConditionError("The value is a number of miles.")
    return found


def in_zip(_: Here, condition: Json) -> Test:
    """Reads mail in a zip code, as far as one knows where."""
    op = op_of(condition, "ipgeoiszip", "ipgeonotzip")
    wanted = _zip(condition.get("value"))
    return lambda member: ((place := member.place) is not None and place.zip_code == wanted) is (op == "ipgeoiszip")


def near_zip(_: Here, condition: Json) -> Test:
    """Reads mail within so many miles of a zip code."""
    op_of(condition, "ipgeoinzip")
    wanted, most = _zip(condition.get("extra")), _miles(condition)
    return lambda member: (place := member.place) is not None and miles_of_zips(place.zip_code, wanted) <= most


def living_near(field: MergeField, condition: Json) -> Test:
    """An address or zip field within so many miles of a zip code, or in a city."""
    op_of(condition, "geoin")
    most, wanted = _miles(condition), str(condition.get("extra", "")).strip().lower()
    if not wanted:
        raise BadConditionError("extra is the zip code or the city.")

    def near(member: Member) -> bool:
        value = member.value(field.merge_id)
        parts = dict(value) if isinstance(value, tuple) else {"zip": str(value)}
        there = parts.get("zip", "").strip()[:FIVE]
        return parts.get("city", "").strip().lower() == wanted or miles_of_zips(there, wanted) <= most

    return near
