"""Members as records: consent, labels and values in the words of the core."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from listloop.core.people import Consent, Origin, Person, Record
from listloop.core.side import FieldType
from listloop.mailchimp.members import labels_shown
from listloop.mailchimp.payloads import OLDER_IDS, PERMISSIONS, Member
from listloop.mailchimp.values import texts

CONSENTS = {
    "subscribed": Consent.SUBSCRIBED,
    "unsubscribed": Consent.UNSUBSCRIBED,
    "cleaned": Consent.CLEANED,
    "pending": Consent.PENDING,
    "transactional": Consent.UNKNOWN,
}
"""Mailchimp's statuses; ``archived`` is none of them, for it says nothing about consent."""

STATUSES = {consent: status for status, consent in CONSENTS.items()}
ARCHIVED = "archived"
PERMISSION = "permission:"
"""How the fields of marketing permissions are named, before Mailchimp's own id."""

TAG, INTEREST = "tag:", "interest:"
"""How labels are named: by Mailchimp's own ids, which stay when somebody renames a tag or a group."""


def record_of(member: Member, types: Mapping[str, FieldType], more: Collection[str] = ()) -> Record:
    """A member as the core sees it, with the parts that are asked for as well. An archived one shows no consent."""
    interests = member.interests if isinstance(member.interests, dict) else {}
    labels = {f"{TAG}{tag.id}" for tag in member.tags or ()}
    labels |= {f"{INTEREST}{name}" for name, has in interests.items() if has}
    fields = texts(member.merge_fields, types)
    if PERMISSIONS in more:
        given = member.marketing_permissions or ()
        fields |= {f"{PERMISSION}{one.marketing_permission_id}": "yes" if one.enabled else "no" for one in given}
    return Record(
        key=member.contact_id,
        person=Person(
            email=member.email_address,
            fields=fields,
            labels=frozenset(labels),
            consent=CONSENTS.get(member.status, Consent.UNKNOWN),
        ),
        takes_part=member.status != ARCHIVED,
        mailchimp_id=member.contact_id,
        changed=member.last_changed,
        created=member.timestamp_signup or "",
        kind="Member",
        labels_shown=labels_shown(member),
        origin=_origin(member),
        source=member.source or "",
        name=member.full_name or " ".join(filter(None, (fields.get("FNAME"), fields.get("LNAME")))),
        older_ids=_older_ids(member) if set(more) >= OLDER_IDS else (),
    )


def _older_ids(member: Member) -> tuple[str, ...]:
    """Everything that an earlier connector may have kept: our own kind of ID, the hash, and the two short ones."""
    known = (member.contact_id, member.id, member.unique_email_id or "", str(member.web_id or ""))
    return tuple(one for one in known if one)


def _origin(member: Member) -> Origin:
    """Who opted out, from the reason shown; ``acts`` knows better, for one request."""
    if member.status != "unsubscribed":
        return Origin.UNKNOWN
    reason = (member.unsubscribe_reason or "").lower()
    if "admin" in reason:
        return Origin.ADMIN
    if "abuse" in reason or "complain" in reason:
        return Origin.COMPLAINT
    return Origin.PERSON if reason else Origin.UNKNOWN
