"""Who a campaign goes to: the subscribed members of its audience, or those of them that a segment picks."""

from collections.abc import Callable
from html import escape

from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.audience import Audience, Segment
from listloop.sandbox.mailchimp.campaign import Campaign
from listloop.sandbox.mailchimp.conditions import test_of
from listloop.sandbox.mailchimp.member import Member, codes_of
from listloop.sandbox.mailchimp.problems import ProblemError, fields_invalid
from listloop.sandbox.wire import Json

NEW_DAYS = 30


def chosen(account: Account, campaign: Campaign, now: int) -> list[Member]:
    """In the order they came to the audience. An audience that is gone has nobody."""
    audience = account.audiences.get(campaign.list_id)
    if audience is None:
        return []
    if not any(campaign.segment_opts.values()):
        return list(audience.arrived.each(codes_of("subscribed")))
    picks = _picks(account, audience, campaign.segment_opts, now)
    return list(filter(picks, audience.arrived.each(codes_of("subscribed"))))


def count(account: Account, campaign: Campaign, now: int) -> int:
    audience = account.audiences.get(campaign.list_id)
    if audience is None:
        return 0
    if not any(campaign.segment_opts.values()):
        return audience.number_of("subscribed")  # needs no look at every member
    return len(chosen(account, campaign, now))


def check(account: Account, audience: Audience, options: Json, now: int) -> None:
    """Raises ProblemError (400) for a segment that is not there or conditions that do not fit."""
    _picks(account, audience, options, now)


def _picks(account: Account, audience: Audience, options: Json, now: int) -> Callable[[Member], bool]:
    saved = options.get("saved_segment_id")
    if saved:
        segment = audience.segments.get(saved) if isinstance(saved, int) else None
        if segment is None:
            raise fields_invalid(("recipients.segment_opts.saved_segment_id", "This segment does not exist."))
        return member_of(account, audience, segment, now)
    if options.get("prebuilt_segment_id"):
        if options["prebuilt_segment_id"] != "new-subscribers":  # the others rest on what nobody here has told
            return lambda _: False
        since = now - NEW_DAYS * 86400
        return lambda member: member.timestamp_opt >= since
    return test_of(account, audience, options, now)


def member_of(account: Account, audience: Audience, segment: Segment, now: int) -> Callable[[Member], bool]:
    if segment.options is None:
        members = segment.members
        return lambda member: member in members
    try:
        return test_of(account, audience, segment.options, now)
    except ProblemError:  # what it asked for has been deleted since
        return lambda _: False


def shown(audience: Audience | None, options: Json) -> Json:
    """Segment options as the campaign shows them: a static segment as the condition that it is."""
    saved = options.get("saved_segment_id")
    segment = audience.segments.get(saved) if audience and isinstance(saved, int) else None
    if segment is None:
        return options
    if segment.options is not None:
        return {"match": "any", "conditions": [], **segment.options, "saved_segment_id": segment.id}
    condition = {"condition_type": "StaticSegment", "field": "static_segment", "op": "static_is", "value": segment.id}
    return {"saved_segment_id": segment.id, "match": "any", "conditions": [condition]}


def described(audience: Audience | None, options: Json) -> str:
    """The HTML sentence ``segment_text``."""
    saved = options.get("saved_segment_id")
    segment = audience.segments.get(saved) if audience and isinstance(saved, int) else None
    conditions = options.get("conditions") or []
    if segment is not None:
        kind = "Tagged" if segment.options is None else "Contacts in the segment"
        return f'<p class="!margin--lv0 display--inline">{kind} <strong>{escape(segment.name)}</strong></p>'
    if not conditions:
        return ""
    items = "".join(f"<li>{escape(str(one.get('field')))} {escape(str(one.get('op')))}</li>" for one in conditions)
    return f"<p>Contacts that match <strong>{options.get('match', 'any')}</strong> of:</p><ol>{items}</ol>"
