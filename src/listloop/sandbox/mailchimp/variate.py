"""A campaign that tries several mails: as its resource shows it, and as one campaign for each of them."""

from dataclasses import replace

from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.campaign import Campaign, Json
from listloop.sandbox.mailchimp.compose import combination, combinations, content_of

LISTS = ("subject_lines", "send_times", "from_names", "reply_to_addresses")
_OF_LIST = {"subject_lines": "subject_line", "send_times": "send_time", "from_names": "from_name"}
LAST = 0xFF


def id_of(one: Campaign, number: int) -> str:
    """The id of a combination, or (`LAST`) of what the others got once the winner was known."""
    return f"{one.id[:8]}{number:02x}"


def shown(one: Campaign) -> Json:
    tried = one.variate_settings
    lists = {name: tried.get(name, []) for name in LISTS}
    sizes = [to.combination for to in one.recipients.values() if not one.is_last(to)]
    rows = [
        {
            "id": id_of(one, number),
            **{key: _place(lists[name], row[key]) for name, key in _OF_LIST.items()},
            "reply_to": _place(lists["reply_to_addresses"], row["reply_to"]), "content_description": row["content"],
            "recipients": sizes.count(number),
        }
        for number, row in enumerate(combinations(one))
    ]  # fmt: skip
    won = one.winner
    return {
        "winning_combination_id": "" if won is None else id_of(one, won),
        "winning_campaign_id": "" if won is None else id_of(one, LAST),
        "winner_criteria": tried.get("winner_criteria", ""), "wait_time": tried.get("wait_time", 0),
        "test_size": tried.get("test_size", 100), **lists,
        "contents": [label for label, _, _ in one.content.variants], "combinations": rows,
    }  # fmt: skip


def _place(values: list[str], value: str) -> int:
    return values.index(value) if value in values else 0


def group(number: int) -> str:
    return "ab"[number % 2]


def children(one: Campaign) -> list[Campaign]:
    """One campaign for each combination that was tried, and one for the winner; they share the recipients' events."""
    if one.type != "variate" or not one.recipients:
        return []
    numbers = [*range(len(combinations(one))), *([] if one.winner is None else [LAST])]
    return [_child(one, number) for number in numbers]


def _child(one: Campaign, number: int) -> Campaign:
    last = number == LAST
    tried = (one.winner or 0) if last else number
    people = {
        key: to
        for key, to in one.recipients.items()
        if one.is_last(to) is last and (last or to.combination == number)
    }  # fmt: skip
    return replace(
        one, id=id_of(one, number), parent_id=one.id, recipients=people, content=content_of(one, tried),
        settings=one.settings | combination(one, tried), tallied=None,
        send_time=one.waves[-1] if last else one.send_time,
    )  # fmt: skip


def find(account: Account, campaign_id: str) -> Campaign | None:
    """A campaign, or one of the children of a variate one, by its id."""
    known = account.campaigns.get(campaign_id)
    if known is not None:
        return known
    parents = (one for one in account.campaigns.values() if one.id[:8] == campaign_id[:8])
    return next((child for one in parents for child in children(one) if child.id == campaign_id), None)
