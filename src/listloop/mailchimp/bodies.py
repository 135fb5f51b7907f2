"""Patches in Mailchimp's form, refused here where Mailchimp would drop a part without a word."""

from __future__ import annotations

from collections.abc import Mapping

from listloop.core.errors import RecordRejected
from listloop.core.people import Consent, Patch
from listloop.core.side import FieldType
from listloop.mailchimp.errors import PERSON
from listloop.mailchimp.records import INTEREST, STATUSES, TAG
from listloop.mailchimp.values import wire_of


def body_of(patch: Patch, types: Mapping[str, FieldType], who: str) -> dict[str, object]:
    """Address, merge fields and groups of a patch; never a status, and no tags, which go by calls of their own.

    Raises ``RecordRejected`` for a value that is not of its field's type, and for a field that does not exist:
    Mailchimp ignores unknown merge tags silently.
    """
    body: dict[str, object] = {}
    if patch.email is not None:
        body["email_address"] = patch.email
    if patch.fields:
        body["merge_fields"] = {tag: _value(tag, value, types, who) for tag, value in patch.fields.items()}
    interests = {one.removeprefix(INTEREST): True for one in patch.add if one.startswith(INTEREST)}
    interests |= {one.removeprefix(INTEREST): False for one in patch.remove if one.startswith(INTEREST)}
    if interests:
        body["interests"] = interests
    return body


def new_member_of(patch: Patch, types: Mapping[str, FieldType]) -> dict[str, object]:
    """A whole new member: one call carries its status and tags too. Raises ``RecordRejected``."""
    if not patch.email:
        raise RecordRejected(
            "A person without an e-mail address can't be a member.", "Enter an address in the CRM.", code="no-address"
        )
    status = STATUSES[patch.consent or Consent.UNKNOWN]
    return body_of(patch, types, patch.email) | {"status": status, "tags": sorted(tags_of(patch.add))}


def tags_of(labels: frozenset[str]) -> list[str]:
    """The names of the tags among some labels."""
    return [one.removeprefix(TAG) for one in labels if one.startswith(TAG)]


def _value(tag: str, value: str, types: Mapping[str, FieldType], who: str) -> object:
    if tag not in types:
        raise RecordRejected(
            f"The audience has no merge field {tag}, so its value for {who} has no place.",
            "Map the field anew, or make it again in Mailchimp.",
            code="field-missing",
        )
    try:
        return wire_of(types[tag], value)
    except ValueError as error:
        raise RecordRejected(f"{tag} of {who}: {error}.", PERSON, code="invalid-value") from None
