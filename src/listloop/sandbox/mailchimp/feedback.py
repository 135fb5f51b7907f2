"""``/campaigns/{campaign_id}/feedback``: what the team says about a campaign."""

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.campaign import Campaign
from listloop.sandbox.mailchimp.campaigns import campaign
from listloop.sandbox.mailchimp.members import FIELDS, Handler
from listloop.sandbox.mailchimp.problems import fields_invalid, not_found
from listloop.sandbox.mailchimp.render import collection, resource_links
from listloop.sandbox.wire import Json, Route


def list_feedback(ask: Ask) -> Json:
    one = campaign(ask)
    rows = [_feedback(ask, one, number) for number in one.feedback]
    return collection("feedback", rows, len(rows), f"{ask.base}/campaigns/{one.id}/feedback", campaign_id=one.id)


def post_feedback(ask: Ask) -> Json:
    one = campaign(ask)
    if not ask.body.get("message"):
        raise fields_invalid(("message", "This value should not be blank."))
    number = ask.account.number()
    one.feedback[number] = {
        "feedback_id": number, "parent_id": 0, "block_id": ask.body.get("block_id", 0),
        "message": ask.body["message"], "is_complete": ask.body.get("is_complete", False), "created_by": "Sandbox",
        "created_at": iso(ask.now), "updated_at": iso(ask.now), "source": "api", "campaign_id": one.id,
    }  # fmt: skip
    return _feedback(ask, one, number)


def get_feedback(ask: Ask) -> Json:
    one = campaign(ask)
    return _feedback(ask, one, _feedback_id(ask, one))


def patch_feedback(ask: Ask) -> Json:
    one = campaign(ask)
    number = _feedback_id(ask, one)
    changes = {name: ask.body[name] for name in ("block_id", "message", "is_complete") if name in ask.body}
    one.feedback[number] = one.feedback[number] | changes | {"updated_at": iso(ask.now)}
    return _feedback(ask, one, number)


def delete_feedback(ask: Ask) -> None:
    one = campaign(ask)
    del one.feedback[_feedback_id(ask, one)]


def _feedback_id(ask: Ask, one: Campaign) -> int:
    text = ask.args["feedback_id"]
    if not text.isdecimal() or int(text) not in one.feedback:
        raise not_found()
    return int(text)


def _feedback(ask: Ask, one: Campaign, number: int) -> Json:
    root = f"{ask.base}/campaigns/{one.id}/feedback"
    return one.feedback[number] | {"_links": resource_links(root, number)}


_ALL = "/campaigns/{campaign_id}/feedback"
_ONE = _ALL + "/{feedback_id}"
_COMMENT = frozenset({"block_id", "message", "is_complete"})

ROUTES: list[Route[Handler]] = [
    Route("GET", _ALL, list_feedback, FIELDS),
    Route("POST", _ALL, post_feedback, body=_COMMENT),
    Route("GET", _ONE, get_feedback, FIELDS),
    Route("PATCH", _ONE, patch_feedback, body=_COMMENT),
    Route("DELETE", _ONE, delete_feedback),
]
