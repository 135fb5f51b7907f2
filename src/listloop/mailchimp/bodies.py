"""Patches in Mailchimp's form, refused here where Mailchimp would drop a part without a word."""

from __future__ import annotations

import re
from collections.abc import Mapping

from listloop.core.errors import RecordRejected
from listloop.core.frozen import replace
from listloop.core.people import Consent, Patch
from listloop.core.side import FieldType
from listloop.mailchimp.errors import PERSON
from listloop.mailchimp.records import INTEREST, PERMISSION, STATUSES, TAG
from listloop.mailchimp.schema import Definitions
from listloop.mailchimp.values import wire_of

#: Half a character: one of the two that stand for a character beyond the first 65,536 in UTF-16.
_HALF = re.compile("[\ud800-\udfff]")


def body_of(patch: Patch, definitions: Definitions, who: str) -> dict[str, object]:
    """Address, merge fields and groups of a patch; never a status, and no tags, which go by calls of their own.

    Raises ``RecordRejected`` for a value that is not of its field's type, and for a field or label that does not
    exist: Mailchimp ignores an unknown merge tag silently, and makes an unknown tag.
    """
    body: dict[str, object] = {}
    if patch.email is not None:
        body["email_address"] = _sound(patch.email, "the address", who)
    merge = {tag: value for tag, value in patch.fields.items() if not tag.startswith(PERMISSION)}
    if merge:
        types = definitions.types_of(frozenset(merge))
        body["merge_fields"] = {tag: _value(tag, value, types, who) for tag, value in merge.items()}
    if taken := {name: value for name, value in patch.fields.items() if name not in merge}:
        body["marketing_permissions"] = [_taken_away(name, value, who) for name, value in taken.items()]
    if patch.add and (missing := definitions.missing(patch.add)):
        raise RecordRejected(
            f"{who or 'This member'} should get {len(missing)} tag or group that the audience does not have.",
            "Check the mapped labels: one of them was deleted in Mailchimp.",
            code="label-missing",
        )
    groups = {one.removeprefix(INTEREST): True for one in patch.add if one.startswith(INTEREST)}
    leaving = frozenset(one for one in patch.remove if one.startswith(INTEREST))
    if leaving:
        groups |= {one.removeprefix(INTEREST): False for one in leaving - definitions.missing(leaving)}
    if groups:
        body["interests"] = groups
    return body


def new_member_of(patch: Patch, definitions: Definitions) -> dict[str, object]:
    """A whole new member: one call carries its status and tags too. Raises ``RecordRejected``."""
    if not (patch.email or "").strip():
        raise RecordRejected(
            "A person without an e-mail address can't be a member.", "Enter an address in the CRM.", code="no-address"
        )
    status = STATUSES[patch.consent or Consent.UNKNOWN]
    # A bulk creation takes no permissions, and a new member has given none.
    fields = {name: value for name, value in patch.fields.items() if not name.startswith(PERMISSION)}
    body = body_of(replace(patch, fields=fields), definitions, patch.email or "")
    return body | {"status": status, "tags": definitions.tag_names(patch.add)}


def has_tags(labels: frozenset[str]) -> bool:
    """Are there tags among some labels?"""
    return any(one.startswith(TAG) for one in labels)


def _taken_away(name: str, value: str, who: str) -> dict[str, object]:
    if value != "no":
        raise RecordRejected(
            f"A marketing permission of {who or 'this member'} can only be taken away: giving it is up to the person.",
            "Nothing is to be done; the person may change it by Mailchimp's own form.",
            code="permission",
        )
    return {"marketing_permission_id": name.removeprefix(PERMISSION), "enabled": False}


def _value(tag: str, value: str, types: Mapping[str, FieldType], who: str) -> object:
    if tag not in types:
        raise RecordRejected(
            f"The audience has no merge field {tag}, so its value for {who} has no place.",
            "Map the field anew, or make it again in Mailchimp.",
            code="field-missing",
        )
    try:
        return wire_of(types[tag], _sound(value, tag, who))
    except ValueError as error:
        raise RecordRejected(f"{tag} of {who or 'this member'}: {error}.", PERSON, code="invalid-value") from None


def _sound(text: str, what: str, who: str) -> str:
    """The text, unless it holds half a character, which no encoding can."""
    if _HALF.search(text):
        sound = who.encode("ascii", "replace").decode() or "this member"
        raise RecordRejected(f"{what} of {sound} holds half a character.", PERSON, code="invalid-value")
    return text
