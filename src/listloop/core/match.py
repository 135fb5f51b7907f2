"""Who is who: the stored Mailchimp ID first, ours or an earlier connector's, then the e-mail address.

An ambiguous pair is held, never guessed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from listloop.core.people import Key, Record, address_key


class By(StrEnum):
    """How a link was found."""

    ID = "id"
    OLDER = "an earlier connector's id"
    EMAIL = "e-mail"
    CREATED = "created"


@dataclass(frozen=True, slots=True)
class Match:
    """The CRM record that a member is, or why nobody can say, and among which."""

    crm: Key | None = None
    by: By = By.EMAIL
    held: str = ""
    among: tuple[Key, ...] = ()


def match(member: Record, candidates: Sequence[Record], *, oldest: bool = True, chosen: Collection[Key] = ()) -> Match:
    """Find a member's CRM record among unlinked candidates (those that store an ID of it or hold its address).

    ``oldest`` decides among several that share the address and are alike otherwise; without it they are held for a
    person. Records that take part go before those that were taken out. A stored ID that two records carry belongs to
    the one whose address fits too, and is held where both or neither do. A record that a person has ``chosen`` goes
    before the others.
    """
    own = [one for one in candidates if member.mailchimp_id and one.mailchimp_id == member.mailchimp_id]
    ids = {member.mailchimp_id, *member.older_ids} - {""}
    older = [one for one in candidates if not one.mailchimp_id and ids & set(one.older_ids)]
    for by, some in ((By.ID, own), (By.OLDER, older)):
        said = [one for one in some if one.key in chosen]
        fitting = some if len(some) == 1 else said or [one for one in some if _holds(one, member.email)]
        if len(fitting) == 1:
            return Match(fitting[0].key, by)
        if some:
            held = f"{len(some)} records in the CRM carry the Mailchimp ID of {member.email}"
            return Match(held=held, among=tuple(sorted(one.key for one in some)))
    key = address_key(member.email)
    if not key:
        return Match()
    by_email = [one for one in candidates if _holds(one, member.email) and not one.mailchimp_id]
    by_email = by_email or [one for one in candidates if _holds(one, member.email)]
    mailed = [one for one in by_email if address_key(one.email) == key] or by_email
    willing = [one for one in mailed if one.takes_part is not False] or mailed
    willing = [one for one in willing if one.key in chosen] or willing
    if len(willing) > 1 and not oldest:
        held = f"{len(willing)} people in the CRM share the address {member.email}"
        return Match(held=held, among=tuple(sorted(one.key for one in willing)))
    if not willing:
        return Match()
    return Match(min(willing, key=lambda one: (one.created or "9", one.key)).key, By.EMAIL)


def _holds(record: Record, email: str) -> bool:
    key = address_key(email)
    return key != "" and any(address_key(one) == key for one in (record.email, *record.emails))
