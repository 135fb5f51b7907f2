"""Who takes part: the flag, an address, and an address that can be one."""

from __future__ import annotations

import re
from functools import lru_cache

from listloop.core.people import Record
from listloop.core.plan import Rule
from listloop.core.rules import Rules

#: Deliberately wide: only what no mail system could deliver to is refused here; Mailchimp has its own opinion.
_ADDRESS = re.compile(r"[^\s@<>\"(),;:\\\[\]]+@[^\s@<>\"(),;:\\\[\]]+\.[^\s@<>\"(),;:\\\[\].]{2,}")


@lru_cache(maxsize=8192)  # of each person of a chunk it is asked some five times
def is_address(email: str) -> bool:
    """Could mail be sent there? At most 254 characters (RFC 5321), one @, a domain with a dot."""
    text = email.strip()
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def outside(crm: Record, rules: Rules, *, linked: bool) -> Rule:
    """The rule that keeps a CRM record out of the sync by itself, or NONE. A blank flag of a link counts as Yes."""
    if crm.takes_part is False:
        return Rule.FLAG_NO
    if not crm.email.strip():
        return Rule.NO_EMAIL
    if crm.takes_part is None and not linked and not rules.blank_flag:
        return Rule.FLAG_BLANK
    if not is_address(crm.email):
        return Rule.BAD_EMAIL
    return Rule.NONE if _let_in(crm, rules) else Rule.NOT_CHOSEN


def _let_in(crm: Record, rules: Rules) -> bool:
    """Does the filter let this record in? What the CRM does not show is not missing, so it keeps nobody out."""
    if rules.only_groups and crm.labels_shown and not rules.only_groups & crm.person.labels:
        return False
    shown = crm.person.fields
    return all(shown[name].casefold() in wanted for name, wanted in rules.only_values if name in shown)


def left_alone(member: Record, rules: Rules) -> bool:
    """Is this a member of another tool, by tag or source? A tag that is not shown is not missing."""
    tags = member.person.labels
    lacks = bool(rules.only_tags) and not rules.only_tags & tags and member.labels_shown
    return lacks or bool(rules.not_tags & tags) or member.source in rules.not_sources
